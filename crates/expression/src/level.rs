//! Precedence: what the parser takes apart by it, printing puts parentheses around by it.

/// How tightly an operator or a node binds, from the loosest on.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    Choice,
    Or,
    And,
    Not,
    Comparison,
    Additive,
    Multiplicative,
    Unary,
    Power,
    Value,
}
