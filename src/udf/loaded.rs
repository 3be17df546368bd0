//! Which compiled code there is, and which instances this session has.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use pgrx::pg_sys;

use super::registry::{self, Udf};
use crate::arguments::sql_function;
use crate::cluster;
use crate::report::Report;
use crate::rows::{Rows, bigint, column, timestamp};

thread_local! {
    /// The instances that this backend has.
    static INSTANCES: RefCell<Vec<Weak<About>>> = const { RefCell::new(Vec::new()) };
}

struct About {
    udf: Rc<Udf>,
    user: pg_sys::Oid,
    since: u64,
    calls: Cell<u64>,
    memory: Cell<usize>,
}

/// An instance's place in the list, as long as it lives.
pub struct Listed(Rc<About>);

impl Listed {
    pub fn new(udf: &Rc<Udf>, user: pg_sys::Oid, memory: usize) -> Self {
        let about = Rc::new(About {
            udf: Rc::clone(udf),
            user,
            since: cluster::now(),
            calls: Cell::new(0),
            memory: Cell::new(memory),
        });
        INSTANCES.with_borrow_mut(|instances| {
            // Those that are gone make room.
            instances.retain(|about| about.strong_count() > 0);
            instances.push(Rc::downgrade(&about));
        });
        Listed(about)
    }

    /// Says what was seen last of the instance.
    pub fn update(&self, calls: u64, memory: usize) {
        self.0.calls.set(calls);
        self.0.memory.set(memory);
    }
}

sql_function! {
    /// `instances()`: what this session has of instances.
    fn quidditch_instances(arguments) -> Result<Option<pg_sys::Datum>, Report> {
        let mut rows = Rows::new(arguments);
        let instances: Vec<_> =
            INSTANCES.with_borrow(|instances| instances.iter().filter_map(Weak::upgrade).collect());
        for about in instances {
            let (name, version) = about.udf.label.split_once('@').unwrap_or((&about.udf.label, ""));
            rows.push([
                column(name),
                column(version),
                column(about.user),
                timestamp(about.since),
                bigint(about.calls.get()),
                bigint(about.memory.get() as u64),
            ]);
        }
        Ok(None)
    }
}

sql_function! {
    /// `compiled_code(sha256)`: where a module's compiled code is.
    fn quidditch_compiled_code(arguments) -> Result<Option<pg_sys::Datum>, Report> {
        let mut rows = Rows::new(arguments);
        let Some(digest) = arguments.bytes(0).and_then(|bytes| bytes.try_into().ok()) else {
            return Ok(None);
        };
        let is_loaded = registry::has_module(&digest);
        let files = registry::code_cache().map_or_else(Vec::new, |cache| cache.files(&digest));
        for file in &files {
            rows.push([
                column(file.engine.as_str()),
                bigint(file.bytes),
                timestamp(file.written),
                column(is_loaded),
            ]);
        }
        if files.is_empty() && is_loaded {
            rows.push([None, None, None, column(true)]);
        }
        Ok(None)
    }
}
