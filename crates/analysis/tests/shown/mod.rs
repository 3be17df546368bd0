//! What an analyzer shows, collected, and what it should.

mod tokens;

pub use tokens::{Shown, tokens};

use quidditch_analysis::Analyzer;

pub fn named(name: &str, text: &str) -> Vec<Shown> {
    tokens(&Analyzer::named(name).expect("a known name"), text)
}

/// The terms alone, with spaces between them.
pub fn terms(name: &str, text: &str) -> String {
    let shown = named(name, text);
    let terms: Vec<_> = shown.iter().map(|(term, ..)| term.as_str()).collect();
    terms.join(" ")
}

/// For literals.
pub fn expected(shown: &[(&str, u32, usize, usize)]) -> Vec<Shown> {
    let owned = |&(term, position, start, end): &(&str, _, _, _)| {
        (String::from(term), position, start, end)
    };
    shown.iter().map(owned).collect()
}
