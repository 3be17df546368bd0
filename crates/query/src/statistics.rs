//! What the scores of clauses over text depend on besides the document: how rare words are, and how long texts.
//!
//! [`Query::weigh`] asks for it once and leaves the weights in the clauses; from then on [`Query::score`] needs the
//! document alone. The weights are those that an index searches by, and what is made of them is the same to the last
//! bit:
//!
//! - A word scores by BM25. Documents, their average length, and those that have the word are the whole column's, and
//!   so they are where only part of a field is looked at: an element of an array, of a `nested`, or what an analyzer
//!   of the clause's own makes of it.
//! - Of the words of one position the best counts, and the sum over the positions is taken in their order.
//! - The weight of a phrase is that of all its words together, but for prefixes, and for those that no document has
//!   where other words may stand in their place.
//! - A field that no document of the index has text in is worth nothing. What is in it matches all the same.
//! - What is found by its beginning, a pattern, or being nearly the word scores the clause's boost, and so does a
//!   whole value. Lucene scores the words that it finds so each by itself; that would take the dictionary.

use crate::clause::{Clause, Query};
use crate::nested::NestedScore;
use quidditch_segment::{Bm25, Field, FieldTotals, LengthFactors, Weight};
use std::collections::HashMap;
use std::fmt;
use std::ops::ControlFlow;

/// What a column's index knows about its words.
pub trait Statistics {
    /// Why it can't be told.
    type Error;

    /// How many documents have text in the field, and how many tokens that is.
    fn field_totals(&self, field: &Field) -> Result<FieldTotals, Self::Error>;

    /// How many documents have the term of this key.
    fn document_frequency(&self, key: &[u8]) -> Result<u64, Self::Error>;

    /// Shows the path of each field with text, its keys joined by [`quidditch_segment::PATH_SEPARATOR`], until the
    /// visitor breaks.
    fn text_fields(
        &self,
        visit: &mut dyn FnMut(&[u8]) -> ControlFlow<()>,
    ) -> Result<(), Self::Error>;
}

/// Why a query can't be weighed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WeighError<E> {
    /// The statistics can't be told.
    Statistics(E),
    /// A pattern is for the names of more fields than are looked up.
    TooManyFields {
        /// The pattern.
        pattern: String,
        /// How many there may be.
        most: usize,
    },
}

impl<E: fmt::Display> fmt::Display for WeighError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            WeighError::Statistics(error) => error.fmt(f),
            WeighError::TooManyFields { pattern, most } => {
                write!(f, "more than {most} fields are named like \"{pattern}\"")
            }
        }
    }
}

impl<E: std::error::Error> std::error::Error for WeighError<E> {}

impl Query {
    /// Weighs the words of all clauses whose scores matter. The query can then score any document, and so can its
    /// clones.
    pub fn weigh<S: Statistics>(
        &mut self,
        bm25: &Bm25,
        statistics: &S,
    ) -> Result<(), WeighError<S::Error>> {
        let mut weighing = Weighing {
            bm25: *bm25,
            statistics: Some(statistics),
            fields: HashMap::new(),
        };
        self.root.weigh(&mut weighing, true)
    }
}

impl Clause {
    pub(crate) fn weigh<S: Statistics>(
        &mut self,
        weighing: &mut Weighing<'_, S>,
        is_scored: bool,
    ) -> Result<(), WeighError<S::Error>> {
        let mut each = |clauses: &mut [Clause], is_scored: bool| {
            let mut clauses = clauses.iter_mut();
            clauses.try_for_each(|clause| clause.weigh(weighing, is_scored))
        };
        match self {
            Clause::Words(words) if is_scored => words.weigh(weighing),
            Clause::Phrase(phrase) if is_scored => phrase.weigh(weighing),
            Clause::EachField(fields) if is_scored => fields.weigh(weighing),
            Clause::Text(text) => text.meaning.weigh(weighing, is_scored),
            Clause::Bool(bool) => {
                each(&mut bool.must, is_scored)?;
                each(&mut bool.should, is_scored)?;
                each(&mut bool.filter, false)?;
                each(&mut bool.must_not, false)
            }
            Clause::ConstantScore { filter, .. } => filter.weigh(weighing, false),
            Clause::DisMax { queries, .. } => each(queries, is_scored),
            Clause::Boosting {
                positive, negative, ..
            } => {
                positive.weigh(weighing, is_scored)?;
                negative.weigh(weighing, false)
            }
            Clause::Nested(nested) => {
                let is_scored = is_scored && nested.score_mode != NestedScore::None;
                nested.query.weigh(weighing, is_scored)
            }
            Clause::FunctionScore(function) => {
                // Whether it matches may depend on the score, wherever it stands.
                let is_scored = is_scored || function.min_score.is_some();
                let is_scored = is_scored && function.uses_score();
                let filters = function.functions.iter_mut();
                for filter in filters.filter_map(|function| function.filter.as_mut()) {
                    filter.weigh(weighing, false)?;
                }
                function.query.weigh(weighing, is_scored)
            }
            _ => Ok(()),
        }
    }
}

/// Makes weights, and remembers what is known of the fields.
pub(crate) struct Weighing<'s, S> {
    bm25: Bm25,
    /// Without them, nothing is in the index.
    statistics: Option<&'s S>,
    fields: HashMap<Box<[u8]>, (u64, LengthFactors)>,
}

impl<S: Statistics> Weighing<'_, S> {
    /// The same for fields that the index doesn't know.
    pub(crate) fn of_nothing(&self) -> Self {
        Weighing {
            bm25: self.bm25,
            statistics: None,
            fields: HashMap::new(),
        }
    }

    pub(crate) fn statistics(&self) -> Option<&S> {
        self.statistics
    }

    /// How rare a word is.
    pub(crate) fn rarity(
        &mut self,
        field: &Field,
        word: &str,
    ) -> Result<Rarity, WeighError<S::Error>> {
        let (documents, _) = *self.field(field)?;
        let (Some(statistics), 1..) = (self.statistics, documents) else {
            return Ok(Rarity::default());
        };
        let key = field.token(word.as_bytes());
        let having = statistics.document_frequency(key.as_bytes());
        let having = having.map_err(WeighError::Statistics)?;
        Ok(Rarity {
            // No more than all have it, even if the index changes meanwhile.
            idf: Bm25::inverse_document_frequency(documents.max(having), having),
            is_known: having > 0,
        })
    }

    /// What is worth that much in the field.
    pub(crate) fn weight(
        &mut self,
        field: &Field,
        boost: f64,
        idf: f64,
    ) -> Result<Weight, WeighError<S::Error>> {
        let bm25 = self.bm25;
        let (_, lengths) = self.field(field)?;
        Ok(bm25.weight(boost, idf, lengths))
    }

    fn field(&mut self, field: &Field) -> Result<&(u64, LengthFactors), WeighError<S::Error>> {
        use std::collections::hash_map::Entry;
        Ok(match self.fields.entry(field.as_bytes().into()) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(unknown) => {
                let totals = self.statistics.map(|index| index.field_totals(field));
                let totals = totals.transpose().map_err(WeighError::Statistics)?;
                let FieldTotals { documents, tokens } = totals.unwrap_or_default();
                unknown.insert((documents, self.bm25.length_factors(documents, tokens)))
            }
        })
    }
}

/// How rare a word is.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Rarity {
    /// Nothing in fields without text.
    pub(crate) idf: f64,
    /// Whether some document has it.
    pub(crate) is_known: bool,
}

/// What a clause has once it is weighed; it says nothing about the clause.
#[derive(Clone, Debug)]
pub(crate) struct Weighed<T>(pub(crate) Option<T>);

impl<T> Default for Weighed<T> {
    fn default() -> Weighed<T> {
        Weighed(None)
    }
}

impl<T> PartialEq for Weighed<T> {
    fn eq(&self, _: &Weighed<T>) -> bool {
        true
    }
}
