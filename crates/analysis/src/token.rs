//! What an analyzer shows, and what shows it.

use std::ops::ControlFlow;

/// One token of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token<'a> {
    /// The term: lowercased, stemmed, whatever the analyzer does to words.
    pub text: &'a str,
    /// Which word of the text it is, from 0. Words that gave no token count too.
    pub position: u32,
    /// Where it starts, in bytes.
    pub start: usize,
    /// Where it ends, in bytes.
    pub end: usize,
}

/// Splits text into tokens.
pub trait Tokenizer {
    /// Shows each token in order, until `sink` breaks.
    fn tokens(
        &self,
        text: &str,
        sink: &mut dyn FnMut(Token<'_>) -> ControlFlow<()>,
    ) -> ControlFlow<()>;
}
