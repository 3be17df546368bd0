//! `nested`: clauses that have to hold within one element of an array.

use crate::clause::{Boost, Clause};
use quidditch_document::{Damaged, Path, Value, step};
use std::ops::ControlFlow;

/// Clauses for the elements of an array.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Nested {
    /// From the document's root on.
    pub(crate) name: Path,
    /// Below the path of the `nested` around it.
    pub(crate) path: Path,
    pub(crate) query: Clause,
    pub(crate) score_mode: NestedScore,
    pub(crate) boost: Boost,
    /// What the query costs for one element, in steps.
    pub(crate) steps: usize,
}

/// How the scores of the elements that match become one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum NestedScore {
    Average,
    Sum,
    Max,
    Min,
    None,
}

impl NestedScore {
    pub(crate) const NAMES: [(&'static str, NestedScore); 5] = [
        ("avg", NestedScore::Average),
        ("sum", NestedScore::Sum),
        ("max", NestedScore::Max),
        ("min", NestedScore::Min),
        ("none", NestedScore::None),
    ];
}

impl Nested {
    /// Shows each element, until `each` breaks or fails. One object is an array of one.
    pub(crate) fn visit<'a, E: From<Damaged>>(
        &self,
        root: Value<'a>,
        mut each: impl FnMut(Value<'a>) -> Result<ControlFlow<()>, E>,
    ) -> Result<(), E> {
        let flow = self.path.visit(root, &mut |value| {
            if !matches!(value, Value::Object(_)) {
                return ControlFlow::Continue(());
            }
            step(self.steps);
            match each(value) {
                Ok(ControlFlow::Continue(())) => ControlFlow::Continue(()),
                Ok(ControlFlow::Break(())) => ControlFlow::Break(Ok(())),
                Err(error) => ControlFlow::Break(Err(error)),
            }
        })?;
        match flow {
            ControlFlow::Break(result) => result,
            ControlFlow::Continue(()) => Ok(()),
        }
    }
}
