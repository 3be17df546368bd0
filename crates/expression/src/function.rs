//! The functions: their names, and what they take and give.

use crate::ResultKind;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Function {
    Abs,
    Sqrt,
    Floor,
    Ceil,
    Round,
    Pow,
    Min,
    Max,
    Ln,
    Log10,
    Exp,
    Sin,
    Cos,
    Tan,
    Lower,
    Upper,
    Length,
    Contains,
    StartsWith,
    EndsWith,
    Coalesce,
}

/// Of two names of one function the first is the one that is printed.
const NAMES: [(&str, Function); 22] = [
    ("abs", Function::Abs),
    ("sqrt", Function::Sqrt),
    ("floor", Function::Floor),
    ("ceil", Function::Ceil),
    ("round", Function::Round),
    ("pow", Function::Pow),
    ("min", Function::Min),
    ("max", Function::Max),
    ("ln", Function::Ln),
    ("log", Function::Ln),
    ("log10", Function::Log10),
    ("exp", Function::Exp),
    ("sin", Function::Sin),
    ("cos", Function::Cos),
    ("tan", Function::Tan),
    ("lower", Function::Lower),
    ("upper", Function::Upper),
    ("length", Function::Length),
    ("contains", Function::Contains),
    ("starts_with", Function::StartsWith),
    ("ends_with", Function::EndsWith),
    ("coalesce", Function::Coalesce),
];

impl Function {
    pub(crate) fn from_name(name: &str) -> Option<Function> {
        let named = |(known, _): &&(&str, Function)| known.eq_ignore_ascii_case(name);
        NAMES.iter().find(named).map(|(_, function)| *function)
    }

    pub(crate) fn names() -> impl Iterator<Item = &'static str> {
        NAMES.iter().map(|(name, _)| *name)
    }

    pub(crate) fn name(self) -> &'static str {
        let named = NAMES.iter().find(|(_, function)| *function == self);
        named.map_or("", |(name, _)| name)
    }

    /// How many arguments at least and, when there is a limit, at most.
    pub(crate) fn arity(self) -> (usize, Option<usize>) {
        match self {
            Function::Min | Function::Max | Function::Coalesce => (1, None),
            Function::Pow | Function::Contains | Function::StartsWith | Function::EndsWith => {
                (2, Some(2))
            }
            _ => (1, Some(1)),
        }
    }

    /// What its arguments have to be.
    pub(crate) fn argument(self) -> ResultKind {
        match self {
            Function::Lower
            | Function::Upper
            | Function::Length
            | Function::Contains
            | Function::StartsWith
            | Function::EndsWith => ResultKind::String,
            Function::Coalesce => ResultKind::Any,
            _ => ResultKind::Number,
        }
    }

    /// What it gives; for `coalesce` that depends on its arguments.
    pub(crate) fn result(self) -> ResultKind {
        match self {
            Function::Lower | Function::Upper => ResultKind::String,
            Function::Contains | Function::StartsWith | Function::EndsWith => ResultKind::Bool,
            Function::Coalesce => ResultKind::Any,
            _ => ResultKind::Number,
        }
    }
}
