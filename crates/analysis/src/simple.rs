//! `simple`: runs of letters, lowercased.

use crate::lowercase::Case;
use crate::words::split_where;
use crate::{Token, Tokenizer};
use icu_properties::CodePointMapData;
use icu_properties::props::{GeneralCategory, GeneralCategoryGroup};
use std::cell::Cell;
use std::ops::ControlFlow;

#[derive(Default)]
pub(crate) struct Simple {
    lowercased: Cell<String>,
}

impl Tokenizer for Simple {
    fn tokens(
        &self,
        text: &str,
        sink: &mut dyn FnMut(Token<'_>) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let mut buffer = self.lowercased.take();
        let flow = split_where(text, is_letter, &mut |token| {
            sink(Token {
                text: Case::Any.lowercase(token.text, &mut buffer),
                ..token
            })
        });
        self.lowercased.set(buffer);
        flow
    }
}

/// A letter by its general category, unlike [`char::is_alphabetic`], which also takes marks and numbers in.
fn is_letter(char: char) -> bool {
    if char.is_ascii() {
        return char.is_ascii_alphabetic();
    }
    GeneralCategoryGroup::Letter.contains(CodePointMapData::<GeneralCategory>::new().get(char))
}
