//! The query language: JSON in the dialect of Elasticsearch and OpenSearch, and whether a document matches.
//!
//! [`Query::parse`] turns the query, itself a jsonb value, into a typed tree or an error that names the JSON path
//! of the culprit. [`Query::matches`] then evaluates the tree against one document after the other, without
//! allocating. `wasm_udf` clauses are handed to a callback, which gets the clause's place in [`Query::udfs`].
//!
//! What a clause means for arrays, missing fields and nulls is the same for all of them: arrays are flattened and
//! one matching element is enough; what is missing or null matches nothing.

#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod clause;
mod error;
mod field;
mod limits;
mod matches;
mod minimum;
mod parse;
mod print;
mod scalar;

pub use clause::{Query, UdfClause};
pub use error::{ErrorKind, QueryError};
pub use limits::Limits;
pub use matches::MatchError;
pub use parse::to_json;
