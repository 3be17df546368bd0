//! What is wrong with a query, and where.

use quidditch_document::Damaged;
use std::fmt;

/// Why a query can't be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueryError {
    /// What kind of error, and so which SQLSTATE.
    pub kind: ErrorKind,
    /// Where in the query, as in `query.bool.must[1].range.price`.
    pub path: String,
    /// What is wrong there.
    pub message: String,
    /// What may have been meant, as in `did you mean "gt"?`.
    pub hint: Option<String>,
}

/// The kinds of [`QueryError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// Not a query of this language (22023, `invalid_parameter_value`).
    Invalid,
    /// Of the language, but not implemented (0A000, `feature_not_supported`).
    NotSupported,
    /// Larger than [`crate::Limits`] allow (54000, `program_limit_exceeded`).
    LimitExceeded,
    /// The jsonb that holds the query is damaged (XX001, `data_corrupted`).
    Damaged,
}

impl fmt::Display for QueryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.message)?;
        self.hint.iter().try_for_each(|hint| write!(f, ", {hint}"))
    }
}

impl std::error::Error for QueryError {}

impl From<Damaged> for QueryError {
    fn from(damaged: Damaged) -> QueryError {
        let message = damaged.to_string();
        QueryError {
            kind: ErrorKind::Damaged,
            path: "query".into(),
            message,
            hint: None,
        }
    }
}

impl QueryError {
    /// Adds the closest of `known` as a hint, when one is close enough to be a slip.
    pub(crate) fn did_you_mean<'k>(
        mut self,
        wrong: &str,
        known: impl IntoIterator<Item = &'k str>,
    ) -> QueryError {
        let distance = |known: &&str| strsim::damerau_levenshtein(wrong, known);
        // Edit distance is quadratic, and nothing so long is a slip.
        if wrong.len() <= 64 {
            let closest = known.into_iter().min_by_key(distance);
            let slip = closest.filter(|known| distance(known) <= 1.max(known.len() / 3));
            self.hint = slip.map(|known| format!("did you mean \"{known}\"?"));
        }
        self
    }
}
