//! The inverted index, without PostgreSQL: immutable segments of term dictionary, posting lists and positions, over
//! anybody's pages.
//!
//! **Writing.** [`Terms`] collects what one document has: [`Key`]s that its [`Field`]s make of values, and tokens with
//! positions. A [`SegmentWriter`] takes documents in any order and writes a segment, known from then on by the block of
//! its header. It never changes again, but for who is dead: [`mark_dead`]. [`Merge`] makes one segment of several,
//! without the dead, in steps.
//!
//! **Reading.** [`Segment::open`] reads the header. [`Segment::terms`] walks the dictionary, [`Segment::postings`] the
//! documents of a term. A query becomes a [`Clause`]; [`Segment::estimate`] says about how many documents match,
//! [`Matches`] goes through the rows that match it, [`TopHits`]
//! collects the best of several segments and scores only documents that could be among them. [`Segment::check`] reads
//! everything. [`Weight`] and [`Standing`] score documents that nobody has indexed, to the last bit alike.
//!
//! **Pages** are whatever implements [`ReadPages`] and [`WritePages`]; [`MemoryPages`] do. What they hold is not believed:
//! reads are checked, walks make progress, and damage is an [`Error::Damaged`] that says where.
//!
//! ```
//! use quidditch_segment::*;
//!
//! let title = Field::new([&b"title"[..]]);
//! let options = WriterOptions { positions: true, memory: 64 << 20 };
//! let mut writer = SegmentWriter::new(MemoryPages::new(POSTGRES_CAPACITY), options);
//! let mut terms = Terms::default();
//! for (number, text) in (1..).zip(["golden snitch", "a snitch caught", "quaffle"]) {
//!     terms.clear();
//!     for (position, word) in (0..).zip(text.split(' ')) {
//!         terms.add_token(&title, word.as_bytes(), position);
//!     }
//!     writer.add(RowId { block: 0, offset: number }, &mut terms)?;
//! }
//! let mut pages = MemoryPages::new(POSTGRES_CAPACITY);
//! let root = writer.finish(&mut pages)?;
//!
//! let segment = Segment::open(&pages, root)?;
//! let totals = segment.field_totals(&title)?;
//! let key = title.token(b"snitch").as_bytes().to_vec();
//! let having = u64::from(segment.document_frequency(&key)?);
//! let idf = Bm25::inverse_document_frequency(totals.documents, having);
//! let bm25 = Bm25::default();
//! let weight = bm25.weight(1.0, idf, &bm25.length_factors(totals.documents, totals.tokens));
//! let mut top = TopHits::new(10, None);
//! top.search(&segment, &Clause::Word { key, weight })?;
//! let rows: Vec<u16> = top.into_hits().iter().map(|hit| hit.row.offset).collect();
//! assert_eq!(rows, [1, 2]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod builder;
mod bytes;
mod chain;
mod check;
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
mod standing;
mod terms;
mod writer;

pub use check::Problem;
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
pub use standing::Standing;
pub use terms::{Terms, TextPlace};
pub use writer::{SegmentWriter, WriterOptions};
