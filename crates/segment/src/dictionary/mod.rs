//! The term dictionary: a B+-tree written once, bottom up, with front-coded nodes of one page each.
//!
//! Finding a term is one descent, three pages for millions of terms; a range is a walk along the leaves.

mod cursor;
mod node;
mod writer;

pub use cursor::TermCursor;
pub(crate) use writer::{Dictionary, DictionaryWriter};
