//! The counters of UDFs, as SQL sees them.

use std::collections::HashMap;

use pgrx::pg_sys;
use quidditch_cluster::{Entry, Failure};

use super::audit::{self, Operation};
use super::{catalog, runtime};
use crate::arguments::sql_function;
use crate::cluster;
use crate::report::{Code, Report};
use crate::rows::{Rows, bigint, column, timestamp};

sql_function! {
    /// `udf_counters()`: the counters of each UDF, of this database's for everybody, of all for those who may read
    /// all statistics. The last error's text is for those, and for a UDF's owner.
    fn quidditch_udf_counters(arguments) -> Result<Option<pg_sys::Datum>, Report> {
        let mut rows = Rows::new(arguments);
        let Some(statistics) = cluster::statistics() else { return Ok(None) };
        let (reads_all, here) = (runtime::reads_all_statistics(), runtime::database());
        let entries = statistics.entries().filter(|entry| reads_all || entry.database == here);
        let entries: Vec<_> = entries.collect();
        let owners = match reads_all || entries.iter().all(|entry| entry.last_error.is_none()) {
            true => HashMap::new(),
            false => catalog::all_owners()?,
        };
        for entry in entries {
            let is_shown = reads_all || owners.get(&entry.name).is_some_and(|owner| is_member(*owner));
            rows.push(columns(entry, is_shown));
        }
        Ok(None)
    }
}

sql_function! {
    /// `udf_calls_not_counted()`: calls of UDFs for which there was no room.
    fn quidditch_udf_calls_not_counted(_arguments) -> Result<Option<i64>, Report> {
        let overflow = cluster::statistics().map_or(0, |statistics| statistics.overflow());
        Ok(Some(i64::try_from(overflow).unwrap_or(i64::MAX)))
    }
}

sql_function! {
    /// `reset_udf_statistics(name)`: sets the counters of a UDF of this database to zero; without a name, forgets all
    /// of all databases.
    fn quidditch_reset_udf_statistics(arguments) -> Result<Option<pg_sys::Datum>, Report> {
        let name = arguments.text(0);
        let what = name.as_deref().unwrap_or("");
        audit::watch(Operation::ResetStatistics, what, || {
            let Some(statistics) = cluster::statistics() else { return Ok(()) };
            match &name {
                Some(name) => {
                    statistics.reset(runtime::database(), name, cluster::now());
                }
                None => {
                    let new = statistics.renew().map_err(|error| {
                        let message = format!("cannot make a new file for the statistics: {error}");
                        Report::new(Code::ERRCODE_IO_ERROR, message)
                    })?;
                    cluster::replace_statistics(new);
                }
            }
            Ok(())
        })?;
        // Of type void.
        Ok(Some(pg_sys::Datum::null()))
    }
}

fn is_member(owner: pg_sys::Oid) -> bool {
    // SAFETY: a look-up of role memberships.
    unsafe { pg_sys::has_privs_of_role(runtime::user(), owner) }
}

fn columns(entry: Entry, shows_error: bool) -> [Option<pg_sys::Datum>; 31] {
    let counts = &entry.counts;
    let failed = |failure: Failure| counts.failures[failure as usize];
    let failures = counts
        .failures
        .iter()
        .fold(0, |sum: u64, n| sum.saturating_add(*n));
    let milliseconds = |nanoseconds: f64| column(nanoseconds / 1e6);
    let percentile = |part| counts.percentile(part).and_then(milliseconds);
    // A function with a module of its own is called by its signature, in which there may be anything.
    let (name, version) = match entry.name.ends_with(')') {
        true => (entry.name.as_str(), ""),
        false => entry.name.split_once('@').unwrap_or((&entry.name, "")),
    };
    let error = entry.last_error;
    let shown = error.clone().filter(|_| shows_error);
    let is_timed = counts.timed > 0;
    [
        column(pg_sys::Oid::from(entry.database)),
        column(name),
        column(version),
        bigint(counts.calls),
        bigint(counts.kept),
        bigint(failures),
        bigint(failed(Failure::Trap)),
        bigint(failed(Failure::Memory)),
        bigint(failed(Failure::Stack)),
        bigint(failed(Failure::Time)),
        bigint(failed(Failure::Cancelled)),
        bigint(failed(Failure::Other)),
        milliseconds(counts.total_time()),
        is_timed
            .then(|| counts.time as f64 / counts.timed as f64)
            .and_then(milliseconds),
        counts
            .shortest
            .and_then(|shortest| milliseconds(shortest as f64)),
        is_timed
            .then_some(counts.longest as f64)
            .and_then(milliseconds),
        percentile(0.5),
        percentile(0.95),
        percentile(0.99),
        bigint(counts.timed),
        column(
            counts
                .histogram
                .map(|count| i64::try_from(count).unwrap_or(i64::MAX))
                .to_vec(),
        ),
        bigint(counts.memory),
        bigint(counts.instances),
        bigint(counts.compiles),
        milliseconds(counts.compile_time as f64),
        bigint(counts.loads),
        timestamp(counts.last_call),
        error.as_ref().and_then(|error| timestamp(error.time)),
        error.and_then(|error| column(error.state)),
        shown.and_then(|error| column(error.message)),
        timestamp(entry.since),
    ]
}
