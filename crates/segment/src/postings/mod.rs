//! Posting lists: for each term the documents that have it, with frequencies, lengths and positions.

mod block;
mod cursor;
mod skips;
mod writer;

pub use cursor::Postings;
pub(crate) use writer::{Lists, PostingsWriter};

/// The document number after the last posting, and of no document.
pub const END: u32 = u32::MAX;
