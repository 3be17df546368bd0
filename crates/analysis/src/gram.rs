//! `ngram` and `edge_ngram`: runs of characters of the words.

use crate::lowercase::lowercase;
use crate::words::words;
use crate::{Token, Tokenizer};
use std::cell::Cell;
use std::ops::ControlFlow;

/// How many characters a gram has.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sizes {
    min: usize,
    max: usize,
}

impl Sizes {
    /// A limit, since a word of n characters has up to n times as many grams as there are sizes.
    pub(crate) const LARGEST: usize = 50;

    /// As in a name: `(2,10)`, or nothing for one and two characters.
    pub(crate) fn parse(sizes: &str) -> Option<Sizes> {
        if sizes.is_empty() {
            return Some(Sizes { min: 1, max: 2 });
        }
        let (min, max) = sizes
            .strip_prefix('(')?
            .strip_suffix(')')?
            .split_once(',')?;
        let min = min.trim().parse().ok()?;
        let max = max.trim().parse().ok()?;
        let valid = 1 <= min && min <= max && max <= Sizes::LARGEST;
        valid.then_some(Sizes { min, max })
    }
}

pub(crate) struct Grams {
    sizes: Sizes,
    /// Only those that start the word.
    edge: bool,
    word: Cell<Word>,
}

/// A word, ready to be cut.
#[derive(Default)]
struct Word {
    lowercased: String,
    /// Where its characters start and the last one ends: in `lowercased`, and in the text.
    bounds: Vec<(usize, usize)>,
}

impl Word {
    fn read(&mut self, text: &str, start: usize, end: usize) {
        self.lowercased.clear();
        self.bounds.clear();
        for (offset, char) in text[start..end].char_indices() {
            self.bounds.push((self.lowercased.len(), start + offset));
            self.lowercased.push(lowercase(char));
        }
        self.bounds.push((self.lowercased.len(), end));
    }
}

impl Grams {
    pub(crate) fn new(sizes: Sizes, edge: bool) -> Grams {
        Grams {
            sizes,
            edge,
            word: Cell::default(),
        }
    }

    fn of_word(
        &self,
        word: &Word,
        position: u32,
        sink: &mut dyn FnMut(Token<'_>) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let starts = if self.edge { 1 } else { word.bounds.len() - 1 };
        for first in 0..starts {
            let (from, start) = word.bounds[first];
            let ends = word.bounds[first..].iter().take(self.sizes.max + 1);
            for &(to, end) in ends.skip(self.sizes.min) {
                sink(Token {
                    text: &word.lowercased[from..to],
                    position,
                    start,
                    end,
                })?;
            }
        }
        ControlFlow::Continue(())
    }
}

impl Tokenizer for Grams {
    fn tokens(
        &self,
        text: &str,
        sink: &mut dyn FnMut(Token<'_>) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let mut word = self.word.take();
        let mut position = 0;
        let flow = words(text, &mut |found| {
            word.read(text, found.start, found.end);
            position += 1;
            self.of_word(&word, position - 1, sink)
        });
        self.word.set(word);
        flow
    }
}
