//! What is asked of a segment.

use crate::{KeyRange, Weight};

/// A query as the index sees it. Scores and boosts are not negative.
#[derive(Clone, Debug, PartialEq)]
pub enum Clause {
    /// Every document.
    Every {
        /// Of each.
        score: f64,
    },
    /// Documents with some term of these.
    Terms {
        /// Single terms.
        keys: Vec<Vec<u8>>,
        /// All terms in these.
        ranges: Vec<KeyRange>,
        /// Of each document.
        score: f64,
    },
    /// Documents whose text has a token, scored by how often and how short the text is.
    Word {
        /// The token's key.
        key: Vec<u8>,
        /// What it is worth.
        weight: Weight,
    },
    /// Documents whose text has tokens in an order.
    Phrase(Phrase),
    /// Elasticsearch's `bool`. The score is the sum, in order, of `must` and those of `should` that match.
    Bool {
        /// All of them match.
        must: Vec<Clause>,
        /// All of them match, and score nothing.
        filter: Vec<Clause>,
        /// None of them matches.
        must_not: Vec<Clause>,
        /// Some of them match.
        should: Vec<Clause>,
        /// How many of `should` match at least.
        needed: usize,
    },
    /// Documents that match one of the clauses, with the best score, and so much of the others.
    DisMax {
        /// The clauses.
        clauses: Vec<Clause>,
        /// Not negative.
        tie_breaker: f64,
    },
    /// The clause's documents with one score for all.
    Constant {
        /// What matches.
        clause: Box<Clause>,
        /// Of each.
        score: f64,
    },
    /// The clause's documents with so many times their score.
    Boosted {
        /// What matches.
        clause: Box<Clause>,
        /// The factor.
        boost: f64,
    },
}

impl Clause {
    /// Whether a document may match that has none of the terms which the clause names.
    pub fn may_match_without_terms(&self) -> bool {
        match self {
            Clause::Every { .. } => true,
            Clause::Terms { .. } | Clause::Word { .. } | Clause::Phrase(_) => false,
            Clause::Bool {
                must,
                filter,
                should,
                needed,
                ..
            } => {
                let may = Clause::may_match_without_terms;
                let optional = should.iter().filter(|clause| may(clause)).count();
                must.iter().chain(filter).all(may) && optional >= *needed
            }
            Clause::DisMax { clauses, .. } => clauses.iter().any(Clause::may_match_without_terms),
            Clause::Constant { clause, .. } | Clause::Boosted { clause, .. } => {
                clause.may_match_without_terms()
            }
        }
    }
}

/// Tokens in an order, as `match_phrase` of the query language means it.
#[derive(Clone, Debug, PartialEq)]
pub struct Phrase {
    /// By ascending offset.
    pub places: Vec<PhrasePlace>,
    /// How far the tokens may be from where they should be.
    pub slop: u32,
    /// What it is worth, by how often it [stands](crate::Standing::frequency).
    pub weight: Weight,
}

/// A place in a phrase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhrasePlace {
    /// Counted in positions.
    pub offset: u32,
    /// Tokens that may stand there.
    pub keys: Vec<Vec<u8>>,
    /// All tokens in these may, too: a prefix.
    pub ranges: Vec<KeyRange>,
}
