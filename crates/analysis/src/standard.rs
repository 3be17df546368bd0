//! `standard`: words, lowercased.

use crate::words::words;
use crate::{Token, Tokenizer};
use std::cell::Cell;
use std::ops::ControlFlow;

#[derive(Default)]
pub(crate) struct Standard {
    lowercased: Cell<String>,
}

impl Tokenizer for Standard {
    fn tokens(
        &self,
        text: &str,
        sink: &mut dyn FnMut(Token<'_>) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let mut buffer = self.lowercased.take();
        let mut position = 0;
        let flow = words(text, &mut |word| {
            let token = Token {
                text: word
                    .case
                    .lowercase(&text[word.start..word.end], &mut buffer),
                position,
                start: word.start,
                end: word.end,
            };
            position += 1;
            sink(token)
        });
        self.lowercased.set(buffer);
        flow
    }
}
