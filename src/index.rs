//! The index access method `quidditch`: `CREATE INDEX … USING quidditch (doc)`.
//!
//! [`handler`] tells PostgreSQL what there is. [`build`] and [`insert`] write, [`pending`] is where an insert goes first,
//! [`maintain`] makes segments of that and merges them, [`vacuum`] drops what is dead. A search sees the index as a
//! [`view`]: its segments and, in memory, the [`recent`] documents; [`scan`] gives rows, [`cost`] what it takes.
//! [`options`] are the storage parameters, [`altered`] minds when they change, [`definition`] is what an index was built with. [`check`] reads everything,
//! [`about`] answers questions about an index, [`estimate`] the planner's;
//! [`statistics`] are for scores.

mod about;
pub mod altered;
mod build;
mod check;
mod cost;
pub mod definition;
pub mod estimate;
mod handler;
mod insert;
mod maintain;
pub mod options;
mod parallel;
mod pending;
mod recent;
pub mod returned;
mod rows;
mod scan;
pub mod statistics;
mod vacuum;
mod view;

pub use about::is_ours;
