//! The expression, and what can be asked of it.

use crate::error::Fault;
use crate::evaluate::{Row, Scratch};
use crate::field::Field;
use crate::limits::Limits;
use crate::node::Node;
use quidditch_document::{Damaged, Value};
use std::fmt;

/// A parsed expression. Keep it from document to document: its paths remember where they found their keys.
#[derive(Clone, Debug, PartialEq)]
pub struct Expression {
    pub(crate) root: Node,
    pub(crate) fields: Box<[Field]>,
    pub(crate) uses_score: bool,
    pub(crate) scratch: Scratch,
}

/// The type of an expression's result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResultKind {
    /// A boolean.
    Bool,
    /// An int64 or a float64.
    Number,
    /// A string.
    String,
    /// Whatever a field holds.
    Any,
}

/// As errors say it.
impl fmt::Display for ResultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ResultKind::Bool => "a boolean",
            ResultKind::Number => "a number",
            ResultKind::String => "a string",
            ResultKind::Any => "a value",
        })
    }
}

impl Expression {
    pub(crate) fn new(
        root: Node,
        fields: Vec<Field>,
        limits: &Limits,
    ) -> Result<Expression, Fault> {
        if root.height() > limits.depth {
            return Err(Fault::too_deep(limits.depth));
        }
        Ok(Expression {
            uses_score: root.uses_score(),
            root,
            fields: fields.into(),
            scratch: Scratch::default(),
        })
    }

    /// The type of the result; that of a bare field isn't known before the document is.
    pub fn result(&self) -> ResultKind {
        self.root.kind()
    }

    /// Whether `_score` occurs in it.
    pub fn uses_score(&self) -> bool {
        self.uses_score
    }

    /// Whether it is true for the document: the row path of a filter. A missing result and one that is no
    /// boolean aren't.
    #[inline]
    pub fn matches(&self, root: Value<'_>, score: f64) -> Result<bool, Damaged> {
        let result = self.root.truth(&self.row(root, score));
        result.inspect_err(|_| self.scratch.release(0))
    }

    /// Its number for the document: the row path of scoring. A boolean is 1 or 0; none when the result is missing
    /// or a string.
    #[inline]
    pub fn number(&self, root: Value<'_>, score: f64) -> Result<Option<f64>, Damaged> {
        let result = self.root.score(&self.row(root, score));
        result.inspect_err(|_| self.scratch.release(0))
    }

    #[inline]
    fn row<'v>(&'v self, root: Value<'v>, score: f64) -> Row<'v> {
        Row {
            root,
            score,
            fields: &self.fields,
            scratch: &self.scratch,
        }
    }

    /// What evaluating it costs, relative to other clauses: in steps of about 10 ns.
    pub fn cost(&self) -> u32 {
        self.root.cost()
    }
}
