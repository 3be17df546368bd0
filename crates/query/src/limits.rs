//! How large a query may be.

/// Caps on a query; beyond one of them parsing fails with [`crate::ErrorKind::LimitExceeded`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Clauses inside each other, and containers inside each other in the parameters of a UDF.
    pub depth: usize,
    /// Clauses in all.
    pub clauses: usize,
    /// Bytes of the query, as binary jsonb.
    pub bytes: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            depth: 100,
            clauses: 10_000,
            bytes: 1 << 20,
        }
    }
}
