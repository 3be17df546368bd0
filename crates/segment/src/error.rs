//! Why an index can't be read or written.

use std::fmt;

/// Bytes that no writer of this version has written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Damaged {
    /// The page's block number.
    pub block: u32,
    /// Where in the page's payload, in bytes.
    pub offset: usize,
    /// What is wrong there.
    pub what: &'static str,
}

impl fmt::Display for Damaged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Damaged {
            block,
            offset,
            what,
        } = self;
        write!(
            f,
            "damaged index: {what} at block {block}, byte {offset} of its contents"
        )
    }
}

impl std::error::Error for Damaged {}

/// What can go wrong: the pages' own errors, an interrupt among them, or damage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error<E> {
    /// A page can't be had.
    Pages(E),
    /// A page holds what it can't.
    Damaged(Damaged),
}

impl<E> From<Damaged> for Error<E> {
    fn from(damaged: Damaged) -> Error<E> {
        Error::Damaged(damaged)
    }
}

impl<E: fmt::Display> fmt::Display for Error<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Pages(error) => error.fmt(f),
            Error::Damaged(damaged) => damaged.fmt(f),
        }
    }
}

impl<E: std::error::Error> std::error::Error for Error<E> {}

/// A result that may be an error of the pages or damage.
pub type Result<T, E> = std::result::Result<T, Error<E>>;
