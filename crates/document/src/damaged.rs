//! The one error of reading: bytes that are not a jsonb PostgreSQL wrote.

use std::fmt;

/// The bytes are not a well-formed jsonb. The server maps it to `data_corrupted` (XX001).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Damaged {
    /// Where, in bytes from the start of the document (of the number, for [`crate::Numeric::from_bytes`]).
    pub offset: usize,
    /// What is wrong there.
    pub what: &'static str,
}

impl fmt::Display for Damaged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "damaged jsonb at byte {}: {}", self.offset, self.what)
    }
}

impl std::error::Error for Damaged {}
