//! What becomes of a word, remembered.
//!
//! A few thousand words make up most of any text, and a stemmer takes ten times as long as the look-up here.

use super::table::Row;
use rustc_hash::FxBuildHasher;
use snowball_stemmers_rs::Stemmer;
use std::collections::HashSet;
use std::hash::BuildHasher;

/// How many words are remembered at first: a query has few. Grows by [`GROWTH`] up to [`MOST`]; all are powers of two.
const FEW: usize = 256;
const GROWTH: usize = 4;
const MOST: usize = 4096;

/// Longer words, in bytes, are too rare to be remembered.
const LONGEST: usize = 32;

pub(super) struct Stems {
    row: &'static Row,
    stemmer: Stemmer,
    stopwords: HashSet<String>,
    spelled: String,
    /// A word's place is its hash; the last place is that of words that are too long.
    memory: Vec<Memory>,
    /// Words learned since the memory grew.
    learned: usize,
}

#[derive(Clone, Default)]
struct Memory {
    word: String,
    /// Empty for stop words.
    stem: String,
}

impl Stems {
    pub(super) fn new(row: &'static Row) -> Stems {
        Stems {
            row,
            stemmer: Stemmer::create(row.algorithm),
            stopwords: row.stopwords.set(|char| row.spelling(char)),
            spelled: String::new(),
            memory: vec![Memory::default(); FEW + 1],
            learned: 0,
        }
    }

    /// The stem of a lowercase word, `None` for a stop word.
    #[inline]
    pub(super) fn stem(&mut self, word: &str) -> Option<&str> {
        let mut place = self.place(word);
        if self.memory[place].word != word {
            place = self.learn(word);
        }
        let stem = self.memory[place].stem.as_str();
        (!stem.is_empty()).then_some(stem)
    }

    #[inline]
    fn place(&self, word: &str) -> usize {
        let last = self.memory.len() - 1;
        if word.len() > LONGEST {
            last
        } else {
            FxBuildHasher.hash_one(word) as usize & (last - 1)
        }
    }

    #[cold]
    fn learn(&mut self, word: &str) -> usize {
        let places = self.memory.len() - 1;
        self.learned += 1;
        if self.learned > places && places < MOST {
            self.memory = vec![Memory::default(); places * GROWTH + 1];
            self.learned = 0;
        }
        let place = self.place(word);
        let Memory { word: known, stem } = &mut self.memory[place];
        // Should the stemmer panic, the place must not claim to know the word.
        known.clear();
        stem.clear();
        let stripped = self.row.apostrophe.strip(word);
        let spelled = stripped.chars().map(|char| self.row.spelling(char));
        self.spelled.clear();
        self.spelled.extend(spelled);
        if !self.stopwords.contains(&self.spelled) {
            stem.push_str(&self.stemmer.stem(&self.spelled));
            if stem.is_empty() {
                stem.push_str(&self.spelled);
            }
        }
        known.push_str(word);
        place
    }
}
