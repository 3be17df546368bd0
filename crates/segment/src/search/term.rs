//! The documents of one term.

use super::hits::Hits;
use crate::{END, Postings, ReadPages, Result, Weight};

/// A posting list with what its postings are worth.
pub(crate) struct Term<'p, P: ReadPages> {
    postings: Postings<'p, P>,
    worth: Worth,
}

pub(crate) enum Worth {
    Weight(Weight),
    Score(f64),
}

impl<'p, P: ReadPages> Term<'p, P> {
    /// Gives the documents from `first` to `last` with their scores, and stands after them then.
    #[inline]
    pub(crate) fn score_all(
        &mut self,
        first: u32,
        last: u32,
        mut give: impl FnMut(u32, f64),
    ) -> Result<(), P::Error> {
        self.seek(first)?;
        while self.document() <= last && self.document() != END {
            let rest = self.postings.rest_of_block()?;
            let count = rest.documents.partition_point(|document| *document <= last);
            let documents = &rest.documents[..count];
            match &self.worth {
                Worth::Weight(weight) => {
                    let postings = documents.iter().zip(rest.frequencies).zip(rest.lengths);
                    for ((document, frequency), length) in postings {
                        give(*document, weight.score(*frequency, *length as u8));
                    }
                }
                Worth::Score(score) => documents
                    .iter()
                    .for_each(|document| give(*document, *score)),
            }
            let next = documents[count - 1] + 1;
            self.postings.seek(next)?;
        }
        Ok(())
    }

    pub(crate) fn new(postings: Postings<'p, P>, worth: Worth) -> Term<'p, P> {
        Term { postings, worth }
    }
}

impl<P: ReadPages> Hits<P::Error> for Term<'_, P> {
    #[inline]
    fn document(&self) -> u32 {
        self.postings.document()
    }

    #[inline]
    fn seek(&mut self, target: u32) -> Result<u32, P::Error> {
        let document = self.postings.document();
        if target == document.wrapping_add(1) && document != END {
            self.postings.advance()
        } else {
            self.postings.seek(target)
        }
    }

    #[inline]
    fn seek_scoring(&mut self, target: u32, until: u32, floor: f64) -> Result<u32, P::Error> {
        match &self.worth {
            Worth::Weight(weight) => match weight.reach(floor) {
                Some(reach) => self.postings.seek_reaching(target, until, weight, reach),
                None => self.seek(target),
            },
            Worth::Score(_) => self.seek(target),
        }
    }

    #[inline]
    fn confirm(&mut self, _: f64) -> Result<Option<f64>, P::Error> {
        match &self.worth {
            Worth::Weight(weight) => {
                let (frequency, length) = self.postings.frequency_and_length()?;
                Ok(Some(weight.score(frequency, length)))
            }
            Worth::Score(score) => Ok(Some(*score)),
        }
    }

    fn bound_end(&mut self, from: u32) -> Result<u32, P::Error> {
        match self.worth {
            Worth::Score(_) => Ok(END - 1),
            Worth::Weight(_) => {
                let found = self.postings.seek_block(from)?;
                Ok(if found {
                    self.postings.block_end()
                } else {
                    END - 1
                })
            }
        }
    }

    fn bound(&mut self, from: u32, until: u32) -> Result<f64, P::Error> {
        match &self.worth {
            Worth::Score(score) => Ok(*score),
            Worth::Weight(weight) => {
                // The documents before it were looked for.
                if self.postings.document() <= until && self.postings.seek_block(from)? {
                    self.postings.bound(until, weight)
                } else {
                    Ok(0.0)
                }
            }
        }
    }

    fn total_bound(&mut self) -> Result<f64, P::Error> {
        match &self.worth {
            Worth::Score(score) => Ok(*score),
            Worth::Weight(weight) => self.postings.list_bound(weight),
        }
    }

    fn cost(&self) -> u64 {
        u64::from(self.postings.document_frequency())
    }
}
