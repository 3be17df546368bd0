//! `whitespace`: what stands between whitespace, unchanged.

use crate::words::split_where;
use crate::{Token, Tokenizer};
use std::ops::ControlFlow;

pub(crate) struct Whitespace;

impl Tokenizer for Whitespace {
    fn tokens(
        &self,
        text: &str,
        sink: &mut dyn FnMut(Token<'_>) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        split_where(text, |char| !is_whitespace(char), sink)
    }
}

/// Whitespace as Java has it: spaces that don't break a line join words, the separators among the control
/// characters part them.
fn is_whitespace(char: char) -> bool {
    match char {
        '\u{1C}'..='\u{1F}' => true,
        '\u{85}' | '\u{A0}' | '\u{2007}' | '\u{202F}' => false,
        _ => char.is_whitespace(),
    }
}
