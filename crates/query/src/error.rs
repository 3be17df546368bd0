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
    pub(crate) fn with_hint(mut self, hint: String) -> QueryError {
        self.hint = Some(hint);
        self
    }

    /// Adds the closest of `known` as a hint, when one is close enough to be a slip.
    pub(crate) fn did_you_mean<'k>(
        mut self,
        wrong: &str,
        known: impl IntoIterator<Item = &'k str>,
    ) -> QueryError {
        self.hint = nearest(wrong, known).map(|known| format!("did you mean \"{known}\"?"));
        self
    }
}

/// Longer words aren't compared, in bytes: the distance takes time by the product of the lengths.
const LONGEST: usize = 100;

/// "Did you mean": the candidate that differs from `word` in its case alone, or else least, by at most a third of
/// the longer one's letters.
pub fn nearest<'k>(word: &str, candidates: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    if word.len() > LONGEST {
        return None;
    }
    let word = word.to_lowercase();
    let length = word.chars().count();
    candidates
        .into_iter()
        .map(|candidate| {
            let distance = strsim::osa_distance(&word, &candidate.to_lowercase());
            (distance, candidate)
        })
        .filter(|(distance, candidate)| *distance <= length.max(candidate.chars().count()) / 3)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}
