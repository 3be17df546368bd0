//! `keyword`: the whole text is one token, also when it is empty.

use crate::{Token, Tokenizer};
use std::ops::ControlFlow;

pub(crate) struct Keyword;

impl Tokenizer for Keyword {
    fn tokens(
        &self,
        text: &str,
        sink: &mut dyn FnMut(Token<'_>) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        sink(Token {
            text,
            position: 0,
            start: 0,
            end: text.len(),
        })
    }
}
