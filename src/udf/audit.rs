//! The audit trail: who did what to the catalog, what was refused, and calls, as far as `quidditch.audit_calls` wants them.
//!
//! Records go to files that all backends share, not to a table, so those of failures stay when their transaction is
//! rolled back, and those of successes too. [`watch`] runs an operation and records how it ended.

use std::panic::AssertUnwindSafe;
use std::time::{Duration, Instant};

use pgrx::pg_sys;
use pgrx::pg_sys::panic::CaughtError;
use pgrx::prelude::*;
use quidditch_cluster::{Audit, Record, Ring};
use sha2::{Digest as _, Sha256};

use super::runtime;
use crate::arguments::sql_function;
use crate::cluster;
use crate::report::{self, Code, Report};
use crate::rows::{Rows, column, timestamp};

/// What was done. The numbers are in files: they stay, and another operation gets the next one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    Register = 1,
    Unregister = 2,
    ResetStatistics = 3,
    Call = 4,
    Grant = 5,
    Revoke = 6,
    AddKey = 7,
    RevokeKey = 8,
}

impl Operation {
    const ALL: [Operation; 8] = [
        Operation::Register,
        Operation::Unregister,
        Operation::ResetStatistics,
        Operation::Call,
        Operation::Grant,
        Operation::Revoke,
        Operation::AddKey,
        Operation::RevokeKey,
    ];

    fn name(self) -> &'static str {
        match self {
            Operation::Register => "register",
            Operation::Unregister => "unregister",
            Operation::ResetStatistics => "reset statistics",
            Operation::Call => "call",
            Operation::Grant => "grant",
            Operation::Revoke => "revoke",
            Operation::AddKey => "add key",
            Operation::RevokeKey => "revoke key",
        }
    }

    /// What everybody may do as often as he likes doesn't push out the rest.
    fn ring(self, outcome: &Outcome<'_>) -> Ring {
        match (self, outcome) {
            (Operation::Call, _) => Ring::Calls,
            (_, Outcome::Done) => Ring::Changes,
            (Operation::Grant | Operation::Revoke, _) => Ring::Calls,
            _ => Ring::Changes,
        }
    }
}

/// How something ended.
pub enum Outcome<'r> {
    Done,
    Failed(&'r Report),
    /// By an error of the server's own: its code and message.
    Ended(Code, &'r str),
}

/// Records a call by the current user. Touches nothing but memory, so it may happen in a panic.
pub fn record_call(
    ring: &Audit,
    label: &str,
    outcome: &Outcome<'_>,
    took: Option<Duration>,
    parameters: Option<[u8; 16]>,
) {
    let user = runtime::user();
    write(
        ring,
        Operation::Call,
        label,
        outcome,
        user,
        took,
        parameters,
    );
}

/// Records that the current user was refused a UDF. Whatever the setting of calls, since that is no call yet.
pub fn refused(label: &str, report: Report) -> Report {
    if report.code() == Code::ERRCODE_INSUFFICIENT_PRIVILEGE
        && let Some(ring) = cluster::audit(Ring::Calls)
    {
        record_call(&ring, label, &Outcome::Failed(&report), None, None);
    }
    report
}

/// Does something and records how it ended, with an error of the server's own too: cancelled, a full disk, ….
pub fn watch<T>(
    operation: Operation,
    what: &str,
    work: impl FnOnce() -> Result<T, Report>,
) -> Result<T, Report> {
    let (user, started) = (runtime::user(), Instant::now());
    let ended = |outcome: &Outcome<'_>| {
        if let Some(ring) = cluster::audit(operation.ring(outcome)) {
            let took = Some(started.elapsed());
            write(&ring, operation, what, outcome, user, took, None);
        }
    };
    // The work's values are gone when its panic is caught, and the panic goes on.
    let result = PgTryBuilder::new(AssertUnwindSafe(work))
        .catch_others(|error| {
            let (code, message) = match &error {
                CaughtError::PostgresError(error) | CaughtError::ErrorReport(error) => {
                    (error.sql_error_code(), error.message())
                }
                CaughtError::RustPanic { ereport, .. } => {
                    (ereport.sql_error_code(), ereport.message())
                }
            };
            ended(&Outcome::Ended(code, message));
            error.rethrow()
        })
        .execute();
    match &result {
        Ok(_) => ended(&Outcome::Done),
        Err(report) => ended(&Outcome::Failed(report)),
    }
    result
}

/// The beginning of a digest of parameters: equal ones have the same, and nobody reads the values in it.
pub fn digest(parameters: &serde_json::Value) -> [u8; 16] {
    let digest = Sha256::digest(parameters.to_string());
    std::array::from_fn(|at| digest[at])
}

fn write(
    ring: &Audit,
    operation: Operation,
    what: &str,
    outcome: &Outcome<'_>,
    user: pg_sys::Oid,
    took: Option<Duration>,
    parameters: Option<[u8; 16]>,
) {
    let (state, message) = match outcome {
        Outcome::Done => (None, String::new()),
        Outcome::Failed(report) => (Some(report.sqlstate()), report.to_string()),
        Outcome::Ended(code, message) => (Some(report::sqlstate(*code)), (*message).to_owned()),
    };
    ring.append(&Record {
        time: cluster::now(),
        role: user.to_u32(),
        session_role: runtime::session_user().to_u32(),
        database: runtime::database(),
        process: std::process::id(),
        operation: operation as u8,
        duration: took.map(|took| took.as_nanos() as u64),
        state,
        parameters,
        name: what.to_owned(),
        message,
    });
}

sql_function! {
    /// `audit_records()`: the records of both rings, each oldest first.
    fn quidditch_audit_records(arguments) -> Result<Option<pg_sys::Datum>, Report> {
        let mut rows = Rows::new(arguments);
        let rings = [Ring::Changes, Ring::Calls];
        for record in rings.into_iter().filter_map(cluster::audit).flat_map(|ring| ring.records()) {
            let operation = Operation::ALL.into_iter().find(|o| *o as u8 == record.operation);
            rows.push([
                timestamp(record.time),
                column(pg_sys::Oid::from(record.role)),
                column(pg_sys::Oid::from(record.session_role)),
                column(pg_sys::Oid::from(record.database)),
                column(record.process as i32),
                column(operation.map_or("unknown", Operation::name)),
                column(record.name),
                column(record.state.is_none()),
                column(record.state),
                column((!record.message.is_empty()).then_some(record.message)),
                record.duration.and_then(|took| column(took as f64 / 1e6)),
                column(record.parameters.map(|digest| digest.to_vec())),
            ]);
        }
        Ok(None)
    }
}
