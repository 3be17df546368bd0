//! The configuration parameters, `quidditch.*`. Those that a connection's options made before there were any are
//! looked at in [`startup`].

mod startup;

use std::time::Duration;

use pgrx::{GucContext, GucFlags, GucRegistry, GucSetting, PostgresGucEnum};
use quidditch_cluster::{MOST_RECORDS, MOST_SLOTS};
use quidditch_sandbox::Limits;

use crate::report::OrRaise;

/// Most native stack a guest may use, in kB. PostgreSQL keeps 512 kB (`STACK_DEPTH_SLOP`) between
/// `max_stack_depth` and the end of the stack; a guest that starts at the very edge must leave a
/// quarter of that to the host functions it calls.
const MOST_STACK: i32 = 384;

static MAX_MEMORY: GucSetting<i32> = GucSetting::<i32>::new(16 << 10);
static MAX_EXECUTION_TIME: GucSetting<i32> = GucSetting::<i32>::new(5000);
static MAX_STACK: GucSetting<i32> = GucSetting::<i32>::new(256);
static MAX_MODULE_SIZE: GucSetting<i32> = GucSetting::<i32>::new(8 << 10);
static MAX_LOG_SIZE: GucSetting<i32> = GucSetting::<i32>::new(16);
static MAX_LOG_LINES: GucSetting<i32> = GucSetting::<i32>::new(100);
static MAX_QUERY_DEPTH: GucSetting<i32> = GucSetting::<i32>::new(100);
static MAX_QUERY_CLAUSES: GucSetting<i32> = GucSetting::<i32>::new(10_000);
static MAX_QUERY_SIZE: GucSetting<i32> = GucSetting::<i32>::new(1 << 10);
static CODE_CACHE: GucSetting<bool> = GucSetting::<bool>::new(true);
static REQUIRE_SIGNATURE: GucSetting<RequireSignature> =
    GucSetting::<RequireSignature>::new(RequireSignature::Off);
static TRACK_UDFS: GucSetting<bool> = GucSetting::<bool>::new(true);
static AUDIT_CAPACITY: GucSetting<i32> = GucSetting::<i32>::new(1000);
static AUDIT_CALLS: GucSetting<f64> = GucSetting::<f64>::new(0.0);
static MAX_CONCURRENT_UDFS: GucSetting<i32> = GucSetting::<i32>::new(0);
static LOG_LEVEL: GucSetting<LogLevel> = GucSetting::<LogLevel>::new(LogLevel::Debug1);

/// What becomes of a UDF without the signature of a trusted key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PostgresGucEnum)]
pub enum RequireSignature {
    #[name = c"off"]
    Off,
    #[name = c"warn"]
    Warn,
    #[name = c"on"]
    On,
}

/// At which level of the server's messages a guest's log lines appear.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PostgresGucEnum)]
pub enum LogLevel {
    #[name = c"off"]
    Off,
    #[name = c"debug1"]
    Debug1,
    #[name = c"log"]
    Log,
    #[name = c"info"]
    Info,
    #[name = c"notice"]
    Notice,
    #[name = c"warning"]
    Warning,
}

pub(crate) fn define() {
    startup::check().or_raise();
    let plain = GucFlags::default();
    GucRegistry::define_int_guc(
        c"quidditch.max_memory",
        c"Sets the most memory that an instance of a UDF may use.",
        c"A UDF's own limit may only be smaller.",
        &MAX_MEMORY,
        64,
        1 << 20,
        GucContext::Suset,
        GucFlags::UNIT_KB,
    );
    GucRegistry::define_int_guc(
        c"quidditch.max_execution_time",
        c"Sets the longest time that one call of a UDF may take.",
        c"A UDF's own limit may only be smaller. Zero turns the limit off.",
        &MAX_EXECUTION_TIME,
        0,
        i32::MAX,
        GucContext::Suset,
        GucFlags::UNIT_MS,
    );
    GucRegistry::define_int_guc(
        c"quidditch.max_stack",
        c"Sets the most stack that a call of a UDF may use.",
        c"A UDF's own limit may only be smaller.",
        &MAX_STACK,
        16,
        MOST_STACK,
        GucContext::Suset,
        GucFlags::UNIT_KB,
    );
    GucRegistry::define_int_guc(
        c"quidditch.max_module_size",
        c"Sets the largest module that can be registered.",
        c"Compiling takes about a second for a megabyte, and can't be interrupted.",
        &MAX_MODULE_SIZE,
        1,
        64 << 10,
        GucContext::Suset,
        GucFlags::UNIT_KB,
    );
    GucRegistry::define_int_guc(
        c"quidditch.max_log_size",
        c"Sets how much log text of one UDF call is kept.",
        c"Further lines are counted and dropped.",
        &MAX_LOG_SIZE,
        0,
        1 << 10,
        GucContext::Suset,
        GucFlags::UNIT_KB,
    );
    GucRegistry::define_int_guc(
        c"quidditch.max_log_lines",
        c"Sets how many log lines of one UDF call are kept.",
        c"Further lines are counted and dropped.",
        &MAX_LOG_LINES,
        0,
        10_000,
        GucContext::Suset,
        plain,
    );
    GucRegistry::define_int_guc(
        c"quidditch.max_query_depth",
        c"Sets how deep the clauses of a query may be nested.",
        c"",
        &MAX_QUERY_DEPTH,
        1,
        // Matching recurses; at this depth it uses less stack than the slop above max_stack_depth.
        500,
        GucContext::Userset,
        plain,
    );
    GucRegistry::define_int_guc(
        c"quidditch.max_query_clauses",
        c"Sets how many clauses a query may have.",
        c"",
        &MAX_QUERY_CLAUSES,
        1,
        1_000_000,
        GucContext::Userset,
        plain,
    );
    GucRegistry::define_int_guc(
        c"quidditch.max_query_size",
        c"Sets how large a query may be.",
        c"The size is that of its jsonb value.",
        &MAX_QUERY_SIZE,
        1,
        1 << 18,
        GucContext::Userset,
        GucFlags::UNIT_KB,
    );
    GucRegistry::define_bool_guc(
        c"quidditch.code_cache",
        c"Keeps compiled UDFs in the data directory.",
        c"Without it every backend compiles the modules it uses.",
        &CODE_CACHE,
        GucContext::Suset,
        plain,
    );
    GucRegistry::define_bool_guc(
        c"quidditch.track_udfs",
        c"Collects statistics on calls of UDFs.",
        c"",
        &TRACK_UDFS,
        GucContext::Suset,
        plain,
    );
    GucRegistry::define_int_guc(
        c"quidditch.audit_capacity",
        c"Sets how many records the audit trail keeps.",
        c"As many changes, and as many calls. Zero turns it off.",
        &AUDIT_CAPACITY,
        0,
        MOST_RECORDS as i32,
        GucContext::Sighup,
        plain,
    );
    GucRegistry::define_float_guc(
        c"quidditch.audit_calls",
        c"Sets which part of the calls of UDFs is recorded in the audit trail.",
        c"Zero records none, 1 all. If it isn't zero, calls that fail are recorded all.",
        &AUDIT_CALLS,
        0.0,
        1.0,
        GucContext::Suset,
        plain,
    );
    GucRegistry::define_int_guc(
        c"quidditch.max_concurrent_udfs",
        c"Sets how many processes may run UDFs at the same time.",
        c"Others wait. Zero is no limit.",
        &MAX_CONCURRENT_UDFS,
        0,
        MOST_SLOTS as i32,
        GucContext::Sighup,
        plain,
    );
    GucRegistry::define_enum_guc(
        c"quidditch.require_signature",
        c"Sets whether UDFs must be signed with a trusted key.",
        c"Signatures are checked when a UDF is registered and when a session first uses it.",
        &REQUIRE_SIGNATURE,
        GucContext::Suset,
        plain,
    );
    GucRegistry::define_enum_guc(
        c"quidditch.log_level",
        c"Sets the message level at which log lines of UDFs are emitted.",
        c"",
        &LOG_LEVEL,
        GucContext::Userset,
        plain,
    );
    #[cfg(feature = "fault-points")]
    crate::storage::log::fault::define();
    // SAFETY: the prefix is a constant; misspelled parameters under it are errors from here on.
    unsafe { pgrx::pg_sys::MarkGUCPrefixReserved(c"quidditch".as_ptr()) };
}

/// The ceilings of every instance's limits.
pub fn limits() -> Limits {
    Limits {
        memory: kilobytes(&MAX_MEMORY),
        time: Duration::from_millis(MAX_EXECUTION_TIME.get() as u64),
        log_bytes: kilobytes(&MAX_LOG_SIZE),
        log_lines: MAX_LOG_LINES.get() as usize,
    }
}

/// What a query may have at most.
pub fn query_limits() -> quidditch_query::Limits {
    quidditch_query::Limits {
        depth: MAX_QUERY_DEPTH.get() as usize,
        clauses: MAX_QUERY_CLAUSES.get() as usize,
        bytes: kilobytes(&MAX_QUERY_SIZE),
    }
}

/// The ceiling of a call's stack, in bytes.
pub fn max_stack() -> usize {
    kilobytes(&MAX_STACK)
}

/// The largest module, in bytes.
pub fn max_module_size() -> usize {
    kilobytes(&MAX_MODULE_SIZE)
}

pub fn code_cache() -> bool {
    CODE_CACHE.get()
}

pub fn require_signature() -> RequireSignature {
    REQUIRE_SIGNATURE.get()
}

/// Whether calls are counted.
pub fn track_udfs() -> bool {
    TRACK_UDFS.get()
}

/// How many audit records are kept.
pub fn audit_capacity() -> usize {
    AUDIT_CAPACITY.get() as usize
}

/// Which part of the calls is recorded.
pub fn audit_calls() -> f64 {
    AUDIT_CALLS.get()
}

/// How many processes may run guest code at once; 0 is no limit.
#[inline]
pub fn max_concurrent_udfs() -> usize {
    MAX_CONCURRENT_UDFS.get() as usize
}

pub fn log_level() -> LogLevel {
    LOG_LEVEL.get()
}

fn kilobytes(setting: &GucSetting<i32>) -> usize {
    setting.get() as usize * 1024
}
