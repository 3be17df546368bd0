//! UDFs: user code in WebAssembly, its catalog, and running it.
//!
//! * [`register`] checks a module and its [`metadata`] and stores both in the table `quidditch.udf`,
//!   which [`catalog`] reads and writes; [`manage`] answers what is there, in JSON;
//! * [`access`] reaches that table as its owner and knows when it changed;
//! * [`rights`]: who may run a UDF; [`permissions`]: what the host lets it do; [`signature`]: who vouches for it;
//! * [`registry`] finds a UDF by name and [`version`], compiled, and knows when the catalog changed;
//! * [`parameters`] checks a query's parameters against the declaration;
//! * [`bound`] is a UDF with its parameters at one place of a statement, ready to be called for each row;
//! * [`runtime`] keeps guest code within the server's limits and interruptible;
//! * [`limit`] is how many backends run guest code at once;
//! * [`run`] calls one for a single document: `call_udf`, `test_udf`;
//! * [`scripts`] are UDFs in Python and JavaScript, which interpreters run that come along;
//! * [`language`] is `LANGUAGE wasm`: SQL functions whose bodies are UDFs or modules;
//! * [`tally`] counts what calls take and come to, and [`statistics`] answers it;
//! * [`audit`] records what is done to the catalog, what is refused, and calls;
//! * [`loaded`] answers which code and which instances there are.

mod access;
mod audit;
mod bound;
mod catalog;
mod language;
mod limit;
mod loaded;
mod manage;
mod metadata;
mod parameters;
mod permissions;
mod register;
mod registry;
mod rights;
mod run;
mod runtime;
mod scripts;
mod signature;
mod statistics;
mod tally;
mod version;

pub use bound::Bound;
