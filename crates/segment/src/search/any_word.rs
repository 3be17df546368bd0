//! Words of which some have to match: [`AnyOf`], with the lists that have to be walked scored many documents at a time.
//!
//! Where several lists have to be walked, nobody can foretell which of them has the next document, a processor neither.
//! So they are walked one after the other, as far as a stretch of documents goes, and the scores are added up by
//! document. Then only those are looked at that the other lists can still lift above the floor; there are few.

use super::any_of::{AnyOf, Combine, Tally};
use super::hits::{Hits, ROUNDED};
use super::term::Term;
use crate::{END, ReadPages, Result};

/// How many documents a stretch has at most.
const STRETCH: usize = 1024;

/// So many lists at most are walked in that way: each has scores for a whole stretch.
const LISTS: usize = 64;

/// Goes through the documents that some of the words have.
pub(crate) struct AnyWord<'p, P: ReadPages> {
    words: AnyOf<Term<'p, P>>,
    stretch: Option<Box<Stretch>>,
    /// Whether the candidate was found in it.
    is_in_stretch: bool,
}

/// Documents with their scores in the lists that were walked.
struct Stretch {
    first: u32,
    /// The last one; less than the first one if there is none.
    last: u32,
    /// The lists that were walked are those from this rank on.
    ranks: usize,
    /// What the other lists add at most.
    open: f64,
    sums: [f64; STRETCH],
    /// Those that some list has.
    marks: Marks,
    /// By the list's place.
    columns: Vec<Column>,
}

/// Of one list.
#[derive(Clone)]
struct Column {
    scores: [f64; STRETCH],
    marks: Marks,
}

/// A bit for each document.
type Marks = [u64; STRETCH / 64];

const NO_MARKS: Marks = [0; STRETCH / 64];

impl Stretch {
    fn new(lists: usize) -> Box<Stretch> {
        let column = Column {
            scores: [0.0; STRETCH],
            marks: NO_MARKS,
        };
        Box::new(Stretch {
            first: 1,
            last: 0,
            ranks: 0,
            open: 0.0,
            sums: [0.0; STRETCH],
            marks: NO_MARKS,
            columns: vec![column; lists],
        })
    }

    /// The first document from `target` on that can reach the floor.
    fn find(&self, target: u32, floor: f64) -> Option<u32> {
        let from = self.place(target);
        let least = floor / ROUNDED - self.open;
        let mut unseen = !0 << (from % 64);
        for (word, marks) in self.marks.iter().enumerate().skip(from / 64) {
            let mut marks = marks & unseen;
            unseen = !0;
            while marks != 0 {
                let place = word * 64 + marks.trailing_zeros() as usize;
                if self.sums[place] >= least {
                    return Some(self.first + place as u32);
                }
                marks &= marks - 1;
            }
        }
        None
    }

    fn has(&self, document: u32) -> bool {
        (self.first..=self.last).contains(&document)
    }

    fn place(&self, document: u32) -> usize {
        (document - self.first) as usize
    }
}

impl Column {
    fn score(&self, place: usize) -> Option<f64> {
        (self.marks[place / 64] >> (place % 64) & 1 == 1).then(|| self.scores[place])
    }
}

impl<'p, P: ReadPages> AnyWord<'p, P> {
    pub(crate) fn new(
        words: Vec<Term<'p, P>>,
        combine: Combine,
        needed: usize,
    ) -> Result<AnyWord<'p, P>, P::Error> {
        Ok(AnyWord {
            words: AnyOf::new(words, combine, needed)?,
            stretch: None,
            is_in_stretch: false,
        })
    }

    /// Whether the lists are better walked in stretches: several have to be walked.
    fn suits_stretches(&self) -> bool {
        let lists = self.words.order.len();
        let has_several = lists - self.words.optional > 1 && lists <= LISTS;
        has_several && self.words.floor > f64::NEG_INFINITY && self.words.is_within_sum()
    }

    /// Walks the lists for the stretch from `first` on.
    fn fill(&mut self, first: u32) -> Result<(), P::Error> {
        let words = &mut self.words;
        let lists = words.order.len();
        let stretch = self.stretch.get_or_insert_with(|| Stretch::new(lists));
        let last = words
            .window_end
            .min(first.saturating_add(STRETCH as u32 - 1));
        (stretch.first, stretch.last) = (first, last);
        stretch.ranks = words.optional;
        stretch.open = words.optional_bound();
        stretch.sums[..=(last - first) as usize].fill(0.0);
        stretch.marks = NO_MARKS;
        for list in &words.order[words.optional..] {
            let (sums, column) = (&mut stretch.sums, &mut stretch.columns[*list]);
            column.marks = NO_MARKS;
            words.children[*list].score_all(first, last, |document, score| {
                let place = (document - first) as usize % STRETCH;
                column.marks[place / 64] |= 1 << (place % 64);
                column.scores[place] = score;
                sums[place] += score;
            })?;
            for (all, of_list) in stretch.marks.iter_mut().zip(&column.marks) {
                *all |= of_list;
            }
        }
        Ok(())
    }
}

impl<P: ReadPages> Hits<P::Error> for AnyWord<'_, P> {
    #[inline]
    fn document(&self) -> u32 {
        self.words.document
    }

    fn seek(&mut self, mut target: u32) -> Result<u32, P::Error> {
        if target <= self.words.document {
            return Ok(self.words.document);
        }
        // Who jumps wants few documents.
        let jumps = target > self.words.document.saturating_add(1);
        self.is_in_stretch = false;
        while target != END {
            if target > self.words.window_end {
                self.words.open_window(target)?;
            }
            match &self.stretch {
                Some(stretch) if stretch.has(target) => {
                    if let Some(document) = stretch.find(target, self.words.floor) {
                        self.is_in_stretch = true;
                        self.words.document = document;
                        return Ok(document);
                    }
                    target = stretch.last + 1;
                }
                _ => {
                    let document = self.words.seek_in_window(target)?;
                    if document > self.words.window_end {
                        target = self.words.window_end + 1;
                    } else if !jumps && self.suits_stretches() {
                        self.fill(document)?;
                        target = document;
                    } else {
                        self.words.document = document;
                        return Ok(document);
                    }
                }
            }
        }
        self.words.document = END;
        Ok(END)
    }

    fn confirm(&mut self, floor: f64) -> Result<Option<f64>, P::Error> {
        match &self.stretch {
            Some(stretch) if self.is_in_stretch => {
                let words = &mut self.words;
                let place = stretch.place(words.document);
                // However they are combined here, the sum is no less.
                let known = Tally::default().with(stretch.sums[place]);
                let Some(mut matched) = words.confirm_below(stretch.ranks, known, floor)? else {
                    return Ok(None);
                };
                for list in &words.order[stretch.ranks..] {
                    let score = stretch.columns[*list].score(place);
                    matched += usize::from(score.is_some());
                    words.scores[*list] = score.unwrap_or(0.0);
                }
                Ok(words.combined(matched))
            }
            _ => self.words.confirm(floor),
        }
    }

    fn bound_end(&mut self, from: u32) -> Result<u32, P::Error> {
        self.words.bound_end(from)
    }

    fn bound(&mut self, from: u32, until: u32) -> Result<f64, P::Error> {
        self.words.bound(from, until)
    }

    fn total_bound(&mut self) -> Result<f64, P::Error> {
        self.words.total_bound()
    }

    fn cost(&self) -> u64 {
        self.words.cost()
    }

    fn raise_floor(&mut self, floor: f64) -> bool {
        self.words.raise_floor(floor)
    }
}
