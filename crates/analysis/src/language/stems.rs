//! What becomes of a word, remembered.
//!
//! A few thousand words make up most of any text, and a stemmer takes ten times as long as the look-up here.

use super::table::Row;
use rustc_hash::FxBuildHasher;
use snowball_stemmers_rs::Stemmer;
use std::collections::HashSet;
use std::hash::BuildHasher;

/// How many words are remembered at first: a query has few. Grows by [`GROWTH`] up to [`MOST`], which a table of texts
/// needs; all are powers of two.
const FEW: usize = 256;
const GROWTH: usize = 4;
const MOST: usize = 65_536;

/// Longer words, in bytes, are too rare to be remembered.
const LONGEST: usize = 31;

pub(super) struct Stems {
    row: &'static Row,
    stemmer: Stemmer,
    stopwords: HashSet<String>,
    spelled: String,
    /// A word's place is its hash.
    memory: Vec<Memory>,
    /// Words learned since the memory grew.
    learned: usize,
    /// The stem of a word that isn't remembered.
    unremembered: String,
}

/// A word and what becomes of it. One takes a line of the processor's cache.
#[derive(Clone, Default)]
#[repr(align(64))]
struct Memory {
    length: u8,
    word: [u8; LONGEST],
    stem: Stem,
}

#[derive(Clone, Default)]
enum Stem {
    /// So many bytes of the word, as most are; none of a stop word.
    Beginning(u8),
    Other(Box<str>),
    #[default]
    Unknown,
}

impl Stems {
    pub(super) fn new(row: &'static Row) -> Stems {
        Stems {
            row,
            stemmer: Stemmer::create(row.algorithm),
            stopwords: row.stopwords.set(|char| row.spelling(char)),
            spelled: String::new(),
            memory: vec![Memory::default(); FEW],
            learned: 0,
            unremembered: String::new(),
        }
    }

    /// The stem of a lowercase word, `None` for a stop word.
    #[inline]
    pub(super) fn stem<'s>(&'s mut self, word: &'s str) -> Option<&'s str> {
        if word.len() > LONGEST {
            self.unremembered = self.find(word);
            return (!self.unremembered.is_empty()).then_some(&self.unremembered);
        }
        let mut place = self.place(word);
        let known = &self.memory[place];
        if known.word.get(..usize::from(known.length)) != Some(word.as_bytes()) {
            place = self.learn(word);
        }
        let stem = match &self.memory[place].stem {
            Stem::Beginning(length) => &word[..usize::from(*length)],
            Stem::Other(stem) => stem,
            Stem::Unknown => "",
        };
        (!stem.is_empty()).then_some(stem)
    }

    #[inline]
    fn place(&self, word: &str) -> usize {
        FxBuildHasher.hash_one(word) as usize & (self.memory.len() - 1)
    }

    #[cold]
    fn learn(&mut self, word: &str) -> usize {
        let places = self.memory.len();
        self.learned += 1;
        if self.learned > places && places < MOST {
            self.memory = vec![Memory::default(); places * GROWTH];
            self.learned = 0;
        }
        let stem = self.find(word);
        let place = self.place(word);
        let memory = &mut self.memory[place];
        memory.length = word.len() as u8;
        memory.word[..word.len()].copy_from_slice(word.as_bytes());
        memory.stem = if word.starts_with(&stem) {
            Stem::Beginning(stem.len() as u8)
        } else {
            Stem::Other(stem.into())
        };
        place
    }

    /// What becomes of a word; nothing of a stop word.
    fn find(&mut self, word: &str) -> String {
        let stripped = self.row.apostrophe.strip(word);
        let spelled = stripped.chars().map(|char| self.row.spelling(char));
        self.spelled.clear();
        self.spelled.extend(spelled);
        if self.stopwords.contains(&self.spelled) {
            return String::new();
        }
        let stem = self.stemmer.stem(&self.spelled);
        if stem.is_empty() {
            self.spelled.clone()
        } else {
            stem.into_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::LANGUAGES;

    #[test]
    fn what_is_remembered_is_what_was_found() {
        for name in ["english", "greek", "turkish"] {
            let row = LANGUAGES.iter().find(|row| row.name == name);
            let row = row.expect("a language");
            let (mut stems, mut other) = (Stems::new(row), Stems::new(row));
            // More than are remembered, at first and at last; twice, since the second time some are.
            for _ in 0..2 {
                for number in 0..MOST + MOST / 8 {
                    let word = format!("{}ings's", char::from(b'a' + (number % 26) as u8))
                        + &number.to_string()
                        + ["", "ies", "ness's", "λόγος"][number % 4];
                    let found = other.find(&word);
                    assert_eq!(stems.stem(&word).unwrap_or_default(), found);
                }
            }
            for word in ["", "the", "of", "x", "flies", "happy", &"long".repeat(20)] {
                for _ in 0..2 {
                    let found = other.find(word);
                    assert_eq!(stems.stem(word).unwrap_or_default(), found, "{word}");
                }
            }
        }
    }
}
