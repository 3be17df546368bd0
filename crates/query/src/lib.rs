//! The query language: JSON in the dialect of Elasticsearch and OpenSearch, and whether a document matches.
//!
//! [`Query::parse`] turns the query, itself a jsonb value, into a typed tree or an error that names the JSON path
//! of the culprit. [`Query::matches`] then evaluates the tree against one document after the other, and
//! [`Query::score`] gives a document its score; where that depends on what else is in the column, [`Query::weigh`]
//! asks its [`Statistics`] first. `wasm_udf` clauses are handed to [`Guests`], which get the clause's
//! place in [`Query::udfs`].
//!
//! What a clause means for arrays, missing fields and nulls is the same for all of them: arrays are flattened and
//! one matching element is enough; what is missing or null matches nothing. A query may carry a [`Mapping`], which
//! says what its fields are taken for, and the name of an index.
//!
//! The way of a query through this crate: `parse` makes a `Clause` of it, and of the clauses over text several
//! simpler ones (`words`, `phrase`, `value`); `boolean` orders the clauses of a `bool` by their `cost`; `statistics`
//! weighs words; `matches` and `score` evaluate. For the planner, `split` takes a conjunction apart and `print` writes
//! the parts as queries; `explain` tells people what a query does.
//!
//! For an index, an [`Indexer`] makes the terms of documents and [`Query::lower`] the clause that finds them. It finds
//! every document that [`Query::matches`] does, and says whether it finds others.

#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod boolean;
mod clause;
mod cost;
mod date;
mod each_field;
mod environment;
mod error;
mod explain;
mod field;
mod function;
mod fuzzy;
mod ids;
mod indexer;
mod lower;
mod mapping;
mod matches;
mod minimum;
mod nested;
mod parse;
mod pattern;
mod phrase;
mod print;
mod regexp;
mod scalar;
mod score;
mod split;
mod statistics;
mod tokens;
mod value;
mod wildcard;
mod words;

pub use clause::{Query, UdfClause};
pub use environment::{Environment, Limits};
pub use error::{ErrorKind, QueryError, nearest};
pub use indexer::{IndexError, Indexer};
pub use lower::{Dictionary, IndexQuery, IndexScore, ScoredQuery};
pub use mapping::Mapping;
pub use matches::{Guests, MatchError};
pub use parse::to_json;
pub use statistics::{Statistics, WeighError};
