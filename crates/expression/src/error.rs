//! What is wrong with an expression, and where.

use std::fmt;

/// Why an expression can't be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpressionError {
    /// What kind of error, and so which SQLSTATE.
    pub kind: ErrorKind,
    /// Where in the expression.
    pub place: Place,
    /// What is wrong there.
    pub message: String,
    /// What may have been meant, as in `did you mean "lower"?`.
    pub hint: Option<String>,
}

/// The kinds of [`ExpressionError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// Not an expression of this language (22023, `invalid_parameter_value`).
    Invalid,
    /// Larger than [`crate::Limits`] or the language allow (54000, `program_limit_exceeded`).
    LimitExceeded,
    /// The jsonb that holds the tree is damaged (XX001, `data_corrupted`).
    Damaged,
}

/// A place in an expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// In text.
    Text {
        /// In bytes from its start.
        offset: usize,
        /// In characters, counted from 1.
        column: usize,
    },
    /// In a tree: the path below it, as in `left.args[0]`, empty for the tree itself.
    Tree(String),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Text { column, .. } => write!(f, "column {column}"),
            Place::Tree(path) => f.write_str(path),
        }
    }
}

impl fmt::Display for ExpressionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !matches!(&self.place, Place::Tree(path) if path.is_empty()) {
            write!(f, "{}: ", self.place)?;
        }
        f.write_str(&self.message)?;
        self.hint.iter().try_for_each(|hint| write!(f, ", {hint}"))
    }
}

impl std::error::Error for ExpressionError {}

/// An error whose place is yet to be filled in.
#[derive(Debug)]
pub(crate) struct Fault {
    pub(crate) kind: ErrorKind,
    /// Which operand is to blame; none for the operator or function itself.
    pub(crate) operand: Option<usize>,
    pub(crate) message: String,
    pub(crate) hint: Option<String>,
}

impl Fault {
    pub(crate) fn invalid(message: impl Into<String>) -> Fault {
        Fault {
            kind: ErrorKind::Invalid,
            operand: None,
            message: message.into(),
            hint: None,
        }
    }

    pub(crate) fn limit(message: impl Into<String>) -> Fault {
        Fault {
            kind: ErrorKind::LimitExceeded,
            ..Fault::invalid(message)
        }
    }

    pub(crate) fn too_deep(most: usize) -> Fault {
        Fault::limit(format!("nested more than {most} deep"))
    }

    pub(crate) fn too_many(most: usize) -> Fault {
        Fault::limit(format!(
            "more than {most} operands, operators and functions"
        ))
    }

    pub(crate) fn of(self, operand: usize) -> Fault {
        Fault {
            operand: Some(operand),
            ..self
        }
    }

    pub(crate) fn hint(self, hint: impl Into<String>) -> Fault {
        Fault {
            hint: Some(hint.into()),
            ..self
        }
    }

    /// Adds the closest of `known` as a hint, when one is close enough to be a slip.
    pub(crate) fn did_you_mean<'k>(
        mut self,
        wrong: &str,
        known: impl IntoIterator<Item = &'k str>,
    ) -> Fault {
        let distance = |known: &&str| strsim::damerau_levenshtein(wrong, known);
        // Edit distance is quadratic, and nothing so long is a slip.
        if wrong.len() <= 64 {
            let closest = known.into_iter().min_by_key(distance);
            let slip = closest.filter(|known| distance(known) <= 1.max(known.len() / 3));
            self.hint = slip.map(|known| format!("did you mean \"{known}\"?"));
        }
        self
    }

    pub(crate) fn at(self, place: Place) -> ExpressionError {
        ExpressionError {
            kind: self.kind,
            place,
            message: self.message,
            hint: self.hint,
        }
    }
}
