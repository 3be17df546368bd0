//! Queries over documents: the operators `@@@` and `<@>`, their planner support, and functions about queries.

mod about;
pub mod analyzer;
mod binding;
mod column;
mod environment;
mod matches;
pub mod prepared;
pub mod score;
mod selectivity;
pub mod support;

pub use environment::environment;
