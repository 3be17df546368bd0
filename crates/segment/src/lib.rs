//! stub
#![forbid(unsafe_code)]
#![warn(missing_docs)]
mod builder;
mod bytes;
mod chain;
mod dictionary;
mod documents;
mod error;
mod format;
mod inverted;
mod key;
mod length;
mod merge;
mod number;
mod page;
mod postings;
mod score;
mod search;
mod segment;
mod terms;
mod writer;

pub use dictionary::TermCursor;
pub use documents::{Liveness, Marked, RowId, RowIds, mark_dead};
pub use error::{Damaged, Error, Result};
pub use key::{Field, Key, KeyRange, MAX_KEY, PATH_SEPARATOR, TermKind, is_cut};
pub use length::{decode_length, encode_length};
pub use merge::Merge;
pub use page::{
    MIN_CAPACITY, MemoryPages, NoSuchPage, POSTGRES_CAPACITY, PageKind, ReadPages, UpdatePages,
    WritePages,
};
pub use postings::{END, Postings};
pub use score::{Bm25, LengthFactors, Weight};
pub use search::{Clause, Hit, Matches, Phrase, PhrasePlace, TopHits};
pub use segment::{FieldTotals, Segment};
pub use terms::Terms;
pub use writer::{SegmentWriter, WriterOptions};
