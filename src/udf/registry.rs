//! UDFs by name, compiled: what this backend has seen of the catalog so far.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::time::{Duration, Instant};

use quidditch_sandbox::{CodeCache, Digest, Entry, Limits, Module};

use super::catalog::{self, Row};
use super::metadata;
use super::parameters::Declared;
use super::{access, runtime, tally, version};
use crate::cluster;
use crate::report::{Code, Report};
use crate::settings;
use quidditch_query::nearest;

/// Compiled modules a backend keeps; the ones beyond are compiled or mapped again when they are used.
const MOST_MODULES: usize = 100;

/// A UDF ready to be instantiated.
pub struct Udf {
    /// `name@version`.
    pub label: String,
    pub version: String,
    pub module: Module,
    pub entry: Entry,
    pub declared: Vec<Declared>,
    own: OwnLimits,
}

struct OwnLimits {
    memory: Option<usize>,
    time: Option<Duration>,
}

impl Udf {
    /// The limits of an instance made now: the UDF's own under the ceilings of the configuration.
    pub fn limits(&self) -> Limits {
        let mut limits = settings::limits();
        if let Some(memory) = self.own.memory {
            limits.memory = limits.memory.min(memory);
        }
        if let Some(time) = self.own.time {
            // Zero is no ceiling.
            limits.time = if limits.time.is_zero() {
                time
            } else {
                limits.time.min(time)
            };
        }
        limits
    }
}

#[derive(Default)]
struct Registry {
    /// The state of the catalog and the settings that `udfs` was read under.
    read_under: (u64, usize),
    udfs: HashMap<String, HashMap<Option<String>, Rc<Udf>>>,
    /// By content and stack limit, so they outlive a change of the catalog.
    modules: HashMap<(Digest, usize), Module>,
}

thread_local! {
    static REGISTRY: RefCell<Registry> = RefCell::default();
}

/// Whether this backend has a module compiled, under whichever stack limit.
pub fn has_module(digest: &Digest) -> bool {
    REGISTRY.with_borrow(|registry| registry.modules.keys().any(|(known, _)| known == digest))
}

/// Finds a UDF; without a version, the latest.
///
/// # Errors
/// There is none (42704, with the versions or a similar name in the hint), or its module is no longer
/// accepted.
pub fn resolve(name: &str, version: Option<&str>) -> Result<Rc<Udf>, Report> {
    if name.len() > metadata::LONGEST_NAME {
        return Err(Report::new(
            Code::ERRCODE_UNDEFINED_OBJECT,
            "there is no UDF with so long a name",
        ));
    }
    // A statement that locks no table may not have been told of changes yet.
    // SAFETY: processes the messages other backends left, as every lock does.
    unsafe { pgrx::pg_sys::AcceptInvalidationMessages() };
    let now = (access::generation(), settings::max_stack());
    let known = REGISTRY.with_borrow_mut(|registry| {
        if registry.read_under != now {
            registry.udfs.clear();
            registry.read_under = now;
        }
        // The two-level map spares a new key for each look-up by borrowed strings.
        let versions = registry.udfs.get(name)?;
        versions
            .iter()
            .find(|(v, _)| v.as_deref() == version)
            .map(|(_, udf)| Rc::clone(udf))
    });
    if let Some(udf) = known {
        return Ok(udf);
    }
    let udf = Rc::new(read(name, version)?);
    // Under the number from before: reading may itself have been told of changes, after it saw the row.
    REGISTRY.with_borrow_mut(|registry| {
        let versions = registry.udfs.entry(name.to_owned()).or_default();
        versions.insert(version.map(String::from), Rc::clone(&udf));
    });
    Ok(udf)
}

fn read(name: &str, version: Option<&str>) -> Result<Udf, Report> {
    // What is removed after its row was read, and before its module was, is not there the next time.
    loop {
        if let Some(udf) = try_read(name, version)? {
            return Ok(udf);
        }
    }
}

/// `None` when the UDF vanished meanwhile.
fn try_read(name: &str, version: Option<&str>) -> Result<Option<Udf>, Report> {
    let rows = catalog::rows(name)?;
    let wanted = match version {
        Some(version) => Some(version),
        None => version::latest(rows.iter().map(|row| row.version.as_str())),
    };
    let Some(row) = rows.iter().find(|row| Some(row.version.as_str()) == wanted) else {
        return Err(unknown(name, version, &rows)?);
    };
    let label = format!("{name}@{}", row.version);
    let stack = row
        .max_stack
        .map_or(usize::MAX, |stack| stack as usize)
        .min(settings::max_stack());
    let Some(module) = module(name, row, stack)? else {
        return Ok(None);
    };
    let (declared, returns) = metadata::stored(&row.parameters, &row.returns)?;
    let entry = module
        .entry(&row.function_name, &metadata::signature(&declared, returns))
        .map_err(|refused| Report::invalid(format!("UDF {label} can't be used: {refused}")))?;
    Ok(Some(Udf {
        label,
        version: row.version.clone(),
        module,
        entry,
        declared,
        own: OwnLimits {
            memory: row.max_memory.map(|bytes| bytes as usize),
            time: row
                .max_execution_time
                .map(|ms| Duration::from_millis(ms as u64)),
        },
    }))
}

/// The row's module: from this backend's memory, the code cache on disk, or the compiler; `None` when
/// the row is no longer there to be compiled.
fn module(name: &str, row: &Row, stack: usize) -> Result<Option<Module>, Report> {
    let key = (row.digest, stack);
    if let Some(module) = REGISTRY.with_borrow(|registry| registry.modules.get(&key).cloned()) {
        return Ok(Some(module));
    }
    runtime::check_stack()?;
    let sandbox = runtime::sandbox(stack)?;
    let cache = code_cache();
    let mapped = cache
        .as_ref()
        .and_then(|cache| sandbox.load(&row.digest, cache));
    let label = format!("{name}@{}", row.version);
    let module = match mapped {
        Some(module) => {
            tally::count_module(&label, None);
            module
        }
        None => {
            let Some(bytes) = catalog::module(name, &row.version)? else {
                return Ok(None);
            };
            let started = Instant::now();
            let compiled = match &cache {
                Some(cache) => sandbox.compile_into(&bytes, &row.digest, cache),
                None => sandbox.compile(&bytes),
            };
            let module = compiled.map_err(|refused| {
                Report::invalid(format!("UDF {label} can't be used: {refused}"))
            })?;
            tally::count_module(&label, Some(started.elapsed()));
            module
        }
    };
    REGISTRY.with_borrow_mut(|registry| {
        if registry.modules.len() >= MOST_MODULES {
            // The UDFs hold on to their modules.
            registry.udfs.clear();
            registry.modules.clear();
        }
        registry.modules.insert(key, module.clone());
    });
    Ok(Some(module))
}

/// Compiled code of this cluster, `$PGDATA/quidditch`; none when it is turned off.
pub fn code_cache() -> Option<CodeCache> {
    if !settings::code_cache() {
        return None;
    }
    Some(CodeCache::new(cluster::directory()?))
}

/// The error for a UDF that is not among `rows`, the rows of its name.
pub fn unknown(name: &str, version: Option<&str>, rows: &[Row]) -> Result<Report, Report> {
    let code = Code::ERRCODE_UNDEFINED_OBJECT;
    if let (Some(version), false) = (version, rows.is_empty()) {
        let mut versions: Vec<_> = rows.iter().map(|row| row.version.as_str()).collect();
        version::sort_descending(&mut versions, |v| v);
        return Ok(
            Report::new(code, format!("UDF {name:?} has no version {version:?}"))
                .hint(format!("There is {}.", versions.join(", "))),
        );
    }
    let report = Report::new(code, format!("UDF {name:?} doesn't exist"));
    let all = catalog::names()?;
    Ok(match nearest(name, all.iter().map(String::as_str)) {
        Some(near) => report.hint(format!("There is a UDF {near:?}.")),
        None => report.hint("SELECT name, version FROM quidditch.udfs lists the registered ones."),
    })
}
