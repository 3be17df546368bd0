//! The languages: words, lowercased, without stop words, as stems.
//!
//! The stems are Snowball's for all of them. Elasticsearch prefers Porter's first algorithm for English and lighter
//! ones of its own for French, German, Italian, Portuguese, Spanish and some more.

mod apostrophe;
mod spelling;
mod stems;
mod stopwords;
mod table;

pub(crate) use table::LANGUAGES;

use crate::lowercase;
use crate::words::words;
use crate::{Token, Tokenizer};
use std::cell::Cell;
use std::ops::ControlFlow;
use stems::Stems;
use table::Row;

pub(crate) struct Language {
    turkish: bool,
    /// Built for the first text, and taken while one is analyzed.
    stems: Cell<Option<Box<Stems>>>,
    row: &'static Row,
    lowercased: Cell<String>,
}

impl Language {
    pub(crate) fn new(row: &'static Row) -> Language {
        Language {
            turkish: row.name == "turkish",
            stems: Cell::new(None),
            row,
            lowercased: Cell::default(),
        }
    }
}

impl Tokenizer for Language {
    fn tokens(
        &self,
        text: &str,
        sink: &mut dyn FnMut(Token<'_>) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let stems = self.stems.take();
        let mut stems = stems.unwrap_or_else(|| Box::new(Stems::new(self.row)));
        let mut buffer = self.lowercased.take();
        let mut position = 0;
        let flow = words(text, &mut |found| {
            let word = &text[found.start..found.end];
            let lowercased = if self.turkish {
                lowercase::turkish(word, &mut buffer);
                &buffer
            } else {
                found.case.lowercase(word, &mut buffer)
            };
            position += 1;
            let Some(stem) = stems.stem(lowercased) else {
                return ControlFlow::Continue(());
            };
            sink(Token {
                text: stem,
                position: position - 1,
                start: found.start,
                end: found.end,
            })
        });
        self.lowercased.set(buffer);
        self.stems.set(Some(stems));
        flow
    }
}
