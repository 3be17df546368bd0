//! Words so frequent that they are left out.

use std::collections::HashSet;

/// Where a language's stop words are from.
#[derive(Clone, Copy)]
pub(super) enum StopWords {
    /// There are none.
    None,
    /// Lucene's short list.
    English,
    /// The list of this ISO 639-1 code.
    Of(&'static str),
}

const ENGLISH: &str = "a an and are as at be but by for if in into is it no not of on or such that the their then \
                       there these they this to was will with";

impl StopWords {
    /// The words, in the language's spelling.
    pub(super) fn set(self, spelling: impl Fn(char) -> char) -> HashSet<String> {
        match self {
            StopWords::None => HashSet::new(),
            StopWords::English => ENGLISH.split(' ').map(String::from).collect(),
            StopWords::Of(code) => {
                let words = stop_words::lookup(code).unwrap_or_default();
                let spelled = words
                    .iter()
                    .map(|word| word.chars().map(&spelling).collect());
                spelled.collect()
            }
        }
    }
}
