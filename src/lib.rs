//! Quidditch: a search engine over `jsonb`, and user code in sandboxed WebAssembly that filters and
//! scores rows during the scan.
//!
//! This crate is what touches PostgreSQL, and as little else as possible: the documents are read by
//! `quidditch-document`, the query language is `quidditch-query`, guest code runs in
//! `quidditch-sandbox`. Here stand
//!
//! * [`settings`]: the configuration parameters,
//! * [`report`]: errors with SQLSTATE, detail and hint,
//! * [`arguments`]: declaring SQL functions and reading their arguments,
//! * [`rows`]: functions that answer rows,
//! * [`nodes`]: expression trees of the planner and the executor,
//! * [`callsite`]: state that lives as long as a function call's place in a plan,
//! * [`cluster`]: the files that all backends share,
//! * [`datum`]: a jsonb datum as a document, mostly without a copy,
//! * [`udf`]: the catalog of UDFs, and running them under the server's limits and interrupts,
//! * [`search`]: the operators `@@@` and `<@>`, and what the planner is told of them,
//! * [`index`]: the access method `quidditch`,
//! * [`storage`]: an index's pages.
//!
//! The SQL that declares all of it is written by hand, in `sql/`.

use pgrx::prelude::*;

mod arguments;
mod callsite;
mod cluster;
mod datum;
mod index;
mod nodes;
mod report;
mod rows;
mod search;
mod settings;
mod storage;
mod udf;

::pgrx::pg_module_magic!(name, version);

/// Runs when a backend loads the library: at the first call of one of its functions.
#[pg_guard]
pub extern "C-unwind" fn _PG_init() {
    settings::define();
    index::options::define();
    index::altered::watch();
    quidditch_document::on_long_work(check_for_interrupts);
}

fn check_for_interrupts() {
    pgrx::check_for_interrupts!();
}
