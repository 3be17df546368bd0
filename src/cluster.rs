//! The files that all backends of this server share (`quidditch-cluster`), as this backend has them open: each is mapped
//! when it is first needed, and looked after once in a statement, since it may have been removed or replaced.

use std::cell::RefCell;
use std::collections::HashSet;
use std::ffi::CStr;
use std::io;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::{SystemTime, UNIX_EPOCH};

use pgrx::{PgLogLevel, pg_sys};
use quidditch_cluster::{Audit, Ring, Slots, Statistics};

use crate::{callsite, report, settings};

thread_local! {
    static STATISTICS: Kept<Statistics> = const {
        Kept::new("the statistics", Statistics::open, Statistics::is_current)
    };
    static CHANGES: Kept<Audit> = const {
        Kept::new("the audit trail", |directory| open_ring(directory, Ring::Changes), is_right_ring)
    };
    static CALLS: Kept<Audit> = const {
        Kept::new("the audit trail of calls", |directory| open_ring(directory, Ring::Calls), is_right_ring)
    };
    static SLOTS: Kept<Slots> = const {
        Kept::new("the slots of running UDFs", Slots::open, Slots::is_current)
    };
}

/// The counters of UDFs; none where the file can't be had.
pub fn statistics() -> Option<Rc<Statistics>> {
    STATISTICS.with(Kept::get)
}

/// The counters with the place of a UDF's, for which room is made if there is none.
pub fn statistics_of(database: u32, label: &str) -> Option<(Rc<Statistics>, Option<usize>)> {
    let statistics = statistics()?;
    let now = now();
    if let Some(place) = statistics.place(database, label, now) {
        return Some((statistics, Some(place)));
    }
    // Nothing is looked up while the directory is locked.
    let mut databases: HashSet<_> = statistics.entries().map(|entry| entry.database).collect();
    databases.retain(|database| database_exists(*database));
    match statistics.make_room(now, |database| databases.contains(&database)) {
        Ok(Some(new)) => {
            let place = new.place(database, label, now);
            replace_statistics(new);
            Some((self::statistics()?, place))
        }
        // Where the new file can't be had, the old one does as it can.
        Ok(None) | Err(_) => Some((statistics, None)),
    }
}

fn database_exists(oid: u32) -> bool {
    // SAFETY: a catalog look-up; of a database that isn't there, there is no name.
    unsafe {
        let name = pg_sys::get_database_name(oid.into());
        if name.is_null() {
            return false;
        }
        pg_sys::pfree(name.cast());
        true
    }
}

/// The counters from now on, after [`Statistics::renew`].
pub fn replace_statistics(new: Statistics) {
    STATISTICS.with(|kept| kept.replace(new));
}

/// A ring of audit records; none where the file can't be had, or nobody wants it.
pub fn audit(ring: Ring) -> Option<Rc<Audit>> {
    if settings::audit_capacity() == 0 {
        return None;
    }
    match ring {
        Ring::Changes => CHANGES.with(Kept::get),
        Ring::Calls => CALLS.with(Kept::get),
    }
}

/// The slots of running UDFs; none where the file can't be had.
#[inline]
pub fn slots() -> Option<Rc<Slots>> {
    SLOTS.with(Kept::get)
}

/// Where the files are, and compiled code: `$PGDATA/quidditch`.
pub fn directory() -> Option<PathBuf> {
    // SAFETY: DataDir is set before the first backend starts, and is never changed.
    let data = unsafe { CStr::from_ptr(pg_sys::DataDir) };
    Some(Path::new(data.to_str().ok()?).join("quidditch"))
}

/// Microseconds since 1970.
pub fn now() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.map_or(0, |since| since.as_micros() as u64)
}

/// A file as this backend has it.
struct Kept<T: 'static> {
    what: &'static str,
    open: fn(&Path) -> io::Result<T>,
    is_right: fn(&T) -> bool,
    state: RefCell<State<T>>,
}

struct State<T> {
    file: Option<Rc<T>>,
    /// The statement that it was last looked after in.
    statement: Option<pg_sys::TimestampTz>,
    /// Whether the log already says that it can't be had.
    is_logged: bool,
}

impl<T> Kept<T> {
    const fn new(
        what: &'static str,
        open: fn(&Path) -> io::Result<T>,
        is_right: fn(&T) -> bool,
    ) -> Self {
        Kept {
            what,
            open,
            is_right,
            state: RefCell::new(State {
                file: None,
                statement: None,
                is_logged: false,
            }),
        }
    }

    #[inline]
    fn get(&self) -> Option<Rc<T>> {
        let statement = Some(callsite::message());
        {
            let state = self.state.borrow();
            if state.statement == statement {
                return state.file.clone();
            }
        }
        self.look_after(statement)
    }

    #[cold]
    fn look_after(&self, statement: Option<pg_sys::TimestampTz>) -> Option<Rc<T>> {
        let mut state = self.state.borrow_mut();
        state.statement = statement;
        if !state.file.as_deref().is_some_and(self.is_right) {
            state.file = None;
            let opened = directory()
                .ok_or_else(|| io::ErrorKind::InvalidFilename.into())
                .and_then(|directory| (self.open)(&directory));
            match opened {
                Ok(file) => state.file = Some(Rc::new(file)),
                Err(_) if state.is_logged => {}
                Err(error) => {
                    state.is_logged = true;
                    drop(state);
                    let message = format!("quidditch goes on without {}: {error}", self.what);
                    report::emit(PgLogLevel::LOG, &message);
                    return None;
                }
            }
        }
        state.file.clone()
    }

    fn replace(&self, file: T) {
        self.state.borrow_mut().file = Some(Rc::new(file));
    }
}

/// Opens a ring with as many records as the setting says. A parallel worker leaves that to others: it may have been
/// started by a session that hasn't seen the setting change yet.
fn open_ring(directory: &Path, ring: Ring) -> io::Result<Audit> {
    let capacity = settings::audit_capacity();
    let audit = Audit::open(directory, ring, capacity)?;
    if audit.capacity() == capacity || is_worker() {
        return Ok(audit);
    }
    audit.resize(capacity)
}

fn is_right_ring(audit: &Audit) -> bool {
    audit.is_current() && (audit.capacity() == settings::audit_capacity() || is_worker())
}

fn is_worker() -> bool {
    // SAFETY: reads a variable of the backend.
    unsafe { pg_sys::ParallelWorkerNumber >= 0 }
}
