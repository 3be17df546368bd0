//! Queries over documents: the operators `@@@` and `<@>`, their planner support, and functions about queries.

mod about;
mod analyzer;
mod matches;
mod prepared;
mod score;
mod selectivity;
mod support;
