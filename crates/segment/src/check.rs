//! Reads a whole segment, and says what doesn't fit together.

use crate::{END, Error, ReadPages, Segment};
use std::fmt;

/// What is wrong with a segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem<E> {
    /// It can't be read.
    Unreadable(Error<E>),
    /// A number of something isn't what another place says.
    Count {
        /// Of what.
        what: &'static str,
        /// As it should be.
        expected: u64,
        /// As it is.
        found: u64,
    },
    /// The rows don't ascend from this document to the next.
    Rows {
        /// Its number.
        document: u32,
    },
    /// Terms or documents don't ascend here, or positions.
    Order {
        /// The key of the term.
        key: Vec<u8>,
    },
    /// A liveness page counts its dead wrongly.
    Dead {
        /// Its block.
        block: u32,
    },
}

impl<E> From<Error<E>> for Problem<E> {
    fn from(error: Error<E>) -> Problem<E> {
        Problem::Unreadable(error)
    }
}

impl<E: fmt::Display> fmt::Display for Problem<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Problem::Unreadable(error) => error.fmt(f),
            Problem::Count {
                what,
                expected,
                found,
            } => write!(f, "{found} {what} where {expected} should be"),
            Problem::Rows { document } => {
                write!(
                    f,
                    "the row of document {document} isn't before the next one's"
                )
            }
            Problem::Order { key } => write!(f, "term {} is out of order", key.escape_ascii()),
            Problem::Dead { block } => write!(f, "block {block} counts its dead wrongly"),
        }
    }
}

impl<E: std::error::Error> std::error::Error for Problem<E> {}

fn same<E>(what: &'static str, expected: u64, found: u64) -> Result<(), Problem<E>> {
    if expected == found {
        Ok(())
    } else {
        Err(Problem::Count {
            what,
            expected,
            found,
        })
    }
}

/// So many postings are skipped at a time, fewer than a block has.
const SKIPPED: u64 = 100;

impl<P: ReadPages> Segment<'_, P> {
    /// Reads everything: orders, counts against totals, every posting and position. `visit` sees each posting of a
    /// live document by its row and the term's key, to be looked for in the table.
    pub fn check(
        &self,
        mut visit: impl FnMut(crate::RowId, &[u8]),
    ) -> Result<(), Problem<P::Error>> {
        self.blocks(|_, _| {})?;
        if let Some(block) = self.miscounted_dead()? {
            return Err(Problem::Dead { block });
        }
        let mut rows = self.row_ids();
        let mut all = Vec::with_capacity(self.documents() as usize);
        for document in 0..self.documents() {
            let row = rows.get(document)?;
            if all.last().is_some_and(|last| *last >= row) {
                return Err(Problem::Rows {
                    document: document - 1,
                });
            }
            all.push(row);
        }
        let (mut term_count, mut posting_count) = (0, 0);
        let mut terms = self.terms(&[])?;
        let mut last_key: Option<Vec<u8>> = None;
        let mut positions = Vec::new();
        while let Some(key) = terms.key() {
            let order = || Problem::Order { key: key.to_vec() };
            if last_key.as_ref().is_some_and(|last| **last >= *key) {
                return Err(order());
            }
            // As searches find it: from the top of the dictionary, and past blocks of its list.
            let found = self.document_frequency(key)?;
            let expected = terms.document_frequency();
            same("documents of a term", expected.into(), found.into())?;
            let mut skipping = terms.postings()?;
            let mut liveness = self.liveness();
            let (mut documents, mut total) = (0, 0);
            if let Some(mut list) = terms.postings()? {
                while list.document() != END {
                    let document = list.document();
                    let (frequency, _) = list.frequency_and_length()?;
                    documents += 1;
                    if documents % SKIPPED == 0
                        && let Some(skipping) = &mut skipping
                        && skipping.seek(document)? != document
                    {
                        return Err(order());
                    }
                    total += u64::from(frequency);
                    if list.has_positions() {
                        positions.clear();
                        list.positions(&mut positions)?;
                        if !positions.is_sorted() {
                            return Err(order());
                        }
                        let found = positions.len() as u64;
                        same("positions", u64::from(frequency), found)?;
                    }
                    if liveness.is_live(document)? {
                        visit(all[document as usize], key);
                    }
                    if list.advance()? <= document {
                        return Err(order());
                    }
                }
            }
            same(
                "postings of a term",
                u64::from(terms.document_frequency()),
                documents,
            )?;
            if let Some(entry) = terms.entry().filter(|entry| entry.features.total) {
                same("tokens", entry.total, total)?;
            }
            term_count += 1;
            posting_count += documents;
            last_key = Some(key.to_vec());
            terms.advance()?;
        }
        same("terms", self.term_count(), term_count)?;
        same("postings", self.posting_count(), posting_count)
    }
}
