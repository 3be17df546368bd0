//! `LANGUAGE wasm`: SQL functions whose body is a UDF's name and version, or a whole module.
//!
//! * [`declaration`] reads what `CREATE FUNCTION` said, [`types`] are the SQL types it may name;
//! * [`body`] tells the two kinds of bodies apart;
//! * [`function`] checks declaration and body against each other and remembers the outcome;
//! * [`values`] converts arguments and results, exactly or not at all;
//! * [`handler`] is called for each row, [`validator`] by `CREATE FUNCTION`;
//! * [`users`] finds the functions that use a UDF, which can't be removed meanwhile.

mod body;
mod declaration;
mod function;
mod handler;
mod types;
mod users;
mod validator;
mod values;

pub use users::check_unused;
