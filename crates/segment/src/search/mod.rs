//! Searching one segment after the other: which documents match, and the best of them.
//!
//! A [`Clause`] is what a query becomes once its words are analysed and its weights known; weights come from the
//! statistics of all segments, so the same clause is asked of each. [`Matches`] gives all rows, [`TopHits`] the best
//! ones, without looking at documents that can't be among them. Both score by the same code in the same order, so what
//! [`TopHits`] finds is what sorting all [`Matches`] would.

mod all_of;
mod any_of;
mod any_word;
mod clause;
mod estimate;
mod every;
mod hits;
mod matches;
mod open;
mod phrase;
mod set;
mod term;
mod top;

pub use clause::{Clause, Phrase, PhrasePlace};
pub use matches::Matches;
pub use top::{Hit, TopHits};
