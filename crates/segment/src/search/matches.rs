//! All rows that match.

use super::clause::Clause;
use super::hits::{BoxedHits, Hits};
use super::open::open;
use crate::{END, Liveness, ReadPages, Result, RowId, RowIds, Segment};

/// Goes through the live rows of a segment that match, in ascending order.
pub struct Matches<'s, P: ReadPages> {
    hits: Option<BoxedHits<'s, P::Error>>,
    rows: RowIds<'s, P>,
    liveness: Liveness<'s, P>,
    /// From where to look for the next one.
    target: u32,
}

impl<'s, P: ReadPages> Matches<'s, P> {
    /// Opens the clause.
    pub fn new(segment: &'s Segment<'_, P>, clause: &Clause) -> Result<Matches<'s, P>, P::Error> {
        Matches::starting_at(segment, clause, 0)
    }

    /// Opens it where another one [stopped](Matches::next_document).
    pub fn starting_at(
        segment: &'s Segment<'_, P>,
        clause: &Clause,
        document: u32,
    ) -> Result<Matches<'s, P>, P::Error> {
        Ok(Matches {
            hits: open(segment, clause)?,
            rows: segment.row_ids(),
            liveness: segment.liveness(),
            target: document,
        })
    }

    /// From where to go on.
    pub fn next_document(&self) -> u32 {
        self.target
    }

    /// About how many there are, and no fewer unless the clause is a disjunction.
    pub fn estimate(&self) -> u64 {
        self.hits.as_ref().map_or(0, |hits| hits.cost())
    }

    /// The next row and its score.
    pub fn advance(&mut self) -> Result<Option<(RowId, f64)>, P::Error> {
        let Some(hits) = &mut self.hits else {
            return Ok(None);
        };
        loop {
            let document = hits.seek(self.target)?;
            if document == END {
                return Ok(None);
            }
            self.target = document + 1;
            if self.liveness.is_live(document)?
                && let Some(score) = hits.confirm(f64::NEG_INFINITY)?
            {
                return Ok(Some((self.rows.get(document)?, score)));
            }
        }
    }
}
