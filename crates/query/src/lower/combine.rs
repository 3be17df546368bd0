//! Clauses of an index put together, without those that say nothing.

use super::IndexQuery;
use quidditch_segment::Clause;

impl IndexQuery {
    /// Every document.
    pub(super) fn every(exact: bool) -> IndexQuery {
        let clause = Clause::Every { score: 0.0 };
        IndexQuery { clause, exact }
    }

    /// No document. Since it leaves none out, it is exact.
    pub(super) fn nothing() -> IndexQuery {
        let clause = Clause::Terms {
            keys: Vec::new(),
            ranges: Vec::new(),
            score: 0.0,
        };
        let exact = true;
        IndexQuery { clause, exact }
    }

    pub(super) fn inexact(self) -> IndexQuery {
        let exact = self.is_nothing();
        IndexQuery { exact, ..self }
    }

    fn is_every(&self) -> bool {
        matches!(self.clause, Clause::Every { .. })
    }

    pub(super) fn is_nothing(&self) -> bool {
        is_nothing(&self.clause)
    }
}

/// Whether it finds no document, to be seen without a look into the index.
pub(super) fn is_nothing(clause: &Clause) -> bool {
    match clause {
        Clause::Terms { keys, ranges, .. } => keys.is_empty() && ranges.is_empty(),
        _ => false,
    }
}

/// A conjunction.
#[derive(Debug)]
pub(super) struct All {
    pub(super) required: Vec<Clause>,
    pub(super) excluded: Vec<Clause>,
    pub(super) exact: bool,
    pub(super) is_nothing: bool,
}

impl Default for All {
    fn default() -> All {
        All {
            required: Vec::new(),
            excluded: Vec::new(),
            exact: true,
            is_nothing: false,
        }
    }
}

impl All {
    /// Whether it says nothing so far.
    pub(super) fn is_empty(&self) -> bool {
        self.required.is_empty() && self.excluded.is_empty() && !self.is_nothing
    }

    pub(super) fn require(&mut self, query: IndexQuery) {
        self.exact &= query.exact;
        if query.is_nothing() {
            self.is_nothing = true;
        } else if !query.is_every() {
            self.required.push(query.clause);
        }
    }

    pub(super) fn exclude(&mut self, query: IndexQuery) {
        if !query.exact {
            // Some of what it finds doesn't match it, and nobody knows which.
            self.exact = false;
        } else if query.is_every() {
            self.is_nothing = true;
        } else if !query.is_nothing() {
            self.excluded.push(query.clause);
        }
    }

    pub(super) fn finish(mut self) -> IndexQuery {
        if self.is_nothing {
            return IndexQuery::nothing();
        }
        let exact = self.exact;
        let clause = match (self.required.len(), self.excluded.len()) {
            (0, 0) => return IndexQuery::every(exact),
            (1, 0) => self.required.remove(0),
            _ => Clause::Bool {
                must: Vec::new(),
                filter: self.required,
                must_not: self.excluded,
                should: Vec::new(),
                needed: 0,
            },
        };
        IndexQuery { clause, exact }
    }
}

/// So many of these.
pub(super) fn any_of(queries: Vec<IndexQuery>, needed: usize) -> IndexQuery {
    let surely = |query: &&IndexQuery| query.is_every() && query.exact;
    if queries.iter().filter(surely).count() >= needed {
        return IndexQuery::every(true);
    }
    let exact = queries.iter().all(|query| query.exact);
    let every = queries.iter().filter(|query| query.is_every()).count();
    if every >= needed {
        return IndexQuery::every(false);
    }
    let needed = needed - every;
    let some = queries.into_iter();
    let mut some: Vec<_> = some
        .filter(|query| !query.is_every() && !query.is_nothing())
        .map(|query| query.clause)
        .collect();
    if some.len() < needed {
        return IndexQuery::nothing();
    }
    let clause = if some.len() == 1 {
        some.remove(0)
    } else if some.len() == needed {
        Clause::Bool {
            must: Vec::new(),
            filter: some,
            must_not: Vec::new(),
            should: Vec::new(),
            needed: 0,
        }
    } else {
        Clause::Bool {
            must: Vec::new(),
            filter: Vec::new(),
            must_not: Vec::new(),
            should: some,
            needed,
        }
    };
    IndexQuery { clause, exact }
}
