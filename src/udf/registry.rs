//! UDFs by name, compiled: what this backend has seen of the catalog so far.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::time::{Duration, Instant};

use quidditch_sandbox::{CodeCache, Digest, Entry, Limits, Module, Refused};
use sha2::Digest as _;

use super::catalog::{self, Row};
use super::metadata::{self, OwnLimits};
use super::parameters::Declared;
use super::rights::Rights;
use super::signature::manifest::Manifest;
use super::signature::{self, Until};
use super::{access, permissions, runtime, scripts, tally, version};
use crate::report::{Code, Report};
use crate::settings::{self, RequireSignature};
use crate::{callsite, cluster};
use quidditch_query::nearest;

/// Compiled modules a backend keeps; the ones beyond are compiled or mapped again when they are used.
const MOST_MODULES: usize = 100;

/// A UDF ready to be instantiated.
#[derive(Clone)]
pub struct Udf {
    /// `name@version`.
    pub label: String,
    pub version: String,
    pub module: Module,
    pub entry: Entry,
    /// The export that is registered, which `entry` is.
    pub function: String,
    pub declared: Vec<Declared>,
    pub rights: Rights,
    own: OwnLimits,
    /// Its signature holds until then.
    signed_until: Until,
}

impl Udf {
    /// The limits of an instance made now: the UDF's own under the ceilings of the configuration.
    pub fn limits(&self) -> Limits {
        let mut limits = settings::limits();
        if let Some(bytes) = self.own.memory {
            limits.memory = limits.memory.min(bytes as usize);
        }
        if let Some(milliseconds) = self.own.execution_time {
            let time = Duration::from_millis(milliseconds as u64);
            // Zero is no ceiling.
            limits.time = if limits.time.is_zero() {
                time
            } else {
                limits.time.min(time)
            };
        }
        limits
    }

    /// Whether its signature still holds in the running statement.
    fn is_current(&self) -> bool {
        self.signed_until
            .is_none_or(|until| callsite::message() < until)
    }

    /// A module that is in no catalog, with what is declared of it, under the configuration's limits.
    pub fn uncatalogued(
        label: String,
        module: Module,
        function: &str,
        entry: Entry,
        declared: Vec<Declared>,
    ) -> Self {
        Udf {
            label,
            version: String::new(),
            module,
            entry,
            function: function.to_owned(),
            declared,
            rights: Rights::of_everybody(),
            own: OwnLimits::default(),
            signed_until: None,
        }
    }

    /// The same UDF, called at another of its exports.
    pub fn at(&self, function: &str, entry: Entry) -> Self {
        Udf {
            entry,
            function: function.to_owned(),
            ..self.clone()
        }
    }
}

#[derive(Default)]
struct Registry {
    /// The state of the catalog and the settings that `udfs` was read under.
    read_under: Option<(u64, usize, RequireSignature)>,
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
    let now = Some((
        access::generation(),
        settings::max_stack(),
        settings::require_signature(),
    ));
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
    if let Some(udf) = known.filter(|udf| udf.is_current()) {
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
    let row = row(name, version)?;
    let label = format!("{name}@{}", row.version);
    let (declared, returns) = metadata::stored(&row.parameters, &row.returns)?;
    let manifest = Manifest::stored(name, &row, &declared, returns);
    let signed_until = signature::at_load(&label, &manifest, row.signed.as_ref())?;
    let stack = row
        .limits
        .stack
        .map_or(usize::MAX, |stack| stack as usize)
        .min(settings::max_stack());
    let read = || {
        let bytes = catalog::module(name, &row.version)?;
        // What was signed, and what the code will be found by, is the digest.
        match bytes {
            Some(bytes) if sha2::Sha256::digest(&bytes)[..] != row.digest => {
                let message =
                    format!("the module of UDF {label} is not the one that its sha256 is of");
                Err(Report::new(Code::ERRCODE_DATA_CORRUPTED, message))
            }
            bytes => Ok(bytes),
        }
    };
    let module = match &row.interpreter {
        None => module(&label, &row.digest, stack, read).map_err(|unusable| unusable.of(&label))?,
        Some(interpreter) => {
            let language = scripts::language(interpreter)?;
            match read()? {
                None => None,
                Some(bytes) => {
                    let source = String::from_utf8(bytes)
                        .map_err(|_| Report::internal("a source that is not UTF-8"))?;
                    let permissions = &row.permissions;
                    Some(scripts::module(
                        language,
                        stack,
                        &label,
                        &source,
                        permissions,
                    )?)
                }
            }
        }
    };
    let Some(module) = module else {
        return Ok(None);
    };
    if row.interpreter.is_none() {
        permissions::check(&module, &row.permissions)
            .map_err(|report| report.context(&format!("UDF {label} can't be used")))?;
    }
    let entry = module
        .entry(&row.function_name, &metadata::signature(&declared, returns))
        .map_err(|refused| Report::invalid(format!("UDF {label} can't be used: {refused}")))?;
    Ok(Some(Udf {
        label,
        version: row.version,
        module,
        entry,
        function: row.function_name,
        declared,
        rights: row.rights,
        own: row.limits,
        signed_until,
    }))
}

/// The row of a UDF; without a version, the latest.
pub fn row(name: &str, version: Option<&str>) -> Result<Row, Report> {
    let mut rows = catalog::rows(name)?;
    let wanted = match version {
        Some(version) => Some(version),
        None => version::latest(rows.iter().map(|row| row.version.as_str())),
    };
    let found = rows
        .iter()
        .position(|row| Some(row.version.as_str()) == wanted);
    match found {
        Some(found) => Ok(rows.swap_remove(found)),
        None => Err(unknown(name, version, &rows)?),
    }
}

/// A module that isn't in the catalog, compiled.
pub fn uncatalogued(label: &str, bytes: &[u8]) -> Result<Module, Unusable> {
    let digest = sha2::Sha256::digest(bytes).into();
    let module = module(label, &digest, settings::max_stack(), || Ok(Some(bytes)))?;
    module.ok_or_else(|| Report::internal("no module").into())
}

/// Why there is no compiled module.
pub enum Unusable {
    Refused(Refused),
    Failed(Report),
}

impl From<Report> for Unusable {
    fn from(report: Report) -> Self {
        Unusable::Failed(report)
    }
}

impl Unusable {
    /// The error for the UDF whose module it is.
    fn of(self, label: &str) -> Report {
        match self {
            Unusable::Refused(refused) => {
                Report::invalid(format!("UDF {label} can't be used: {refused}"))
            }
            Unusable::Failed(report) => report,
        }
    }
}

/// A module: from this backend's memory, the code cache on disk, or compiled from its bytes; `None` when
/// there are none.
fn module<B: AsRef<[u8]>>(
    label: &str,
    digest: &Digest,
    stack: usize,
    bytes: impl FnOnce() -> Result<Option<B>, Report>,
) -> Result<Option<Module>, Unusable> {
    let key = (*digest, stack);
    if let Some(module) = REGISTRY.with_borrow(|registry| registry.modules.get(&key).cloned()) {
        return Ok(Some(module));
    }
    runtime::check_stack()?;
    let sandbox = runtime::sandbox(stack)?;
    let cache = code_cache();
    let mapped = cache.as_ref().and_then(|cache| sandbox.load(digest, cache));
    let module = match mapped {
        Some(module) => {
            tally::count_module(label, None);
            module
        }
        None => {
            let Some(bytes) = bytes()? else {
                return Ok(None);
            };
            let started = Instant::now();
            let compiled = match &cache {
                Some(cache) => sandbox.compile_into(bytes.as_ref(), digest, cache),
                None => sandbox.compile(bytes.as_ref()),
            };
            let module = compiled.map_err(Unusable::Refused)?;
            tally::count_module(label, Some(started.elapsed()));
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
