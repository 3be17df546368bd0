//! How large an expression may be.

/// Caps on an expression; beyond one of them parsing fails with [`crate::ErrorKind::LimitExceeded`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Operators and functions inside each other. Chains like `a AND b AND c` or `a + b - c` are one.
    pub depth: usize,
    /// Operands, operators and functions in all.
    pub nodes: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            depth: 100,
            nodes: 10_000,
        }
    }
}
