//! What an apostrophe inside a word parts.

/// What goes with the apostrophe.
#[derive(Clone, Copy)]
pub(super) enum Apostrophe {
    /// Nothing.
    Keep,
    /// The `'s` at the end, as in "the dog's".
    Possessive,
    /// One of these words at the start, as in "l'eau".
    Elision(&'static [&'static str]),
    /// What follows it, as in "Ankara'da".
    Suffix,
}

/// The plain one and the typographic one.
const APOSTROPHES: [char; 2] = ['\'', '\u{2019}'];

impl Apostrophe {
    /// What remains of a lowercase word.
    pub(super) fn strip(self, word: &str) -> &str {
        match self {
            Apostrophe::Keep => word,
            Apostrophe::Possessive => {
                let owner = word.strip_suffix('s').unwrap_or_default();
                owner
                    .strip_suffix(['\'', '\u{2019}', '\u{FF07}'])
                    .unwrap_or(word)
            }
            Apostrophe::Elision(elided) => match word.split_once(APOSTROPHES) {
                Some((article, rest)) if elided.contains(&article) => rest,
                _ => word,
            },
            Apostrophe::Suffix => word.split(APOSTROPHES).next().unwrap_or(word),
        }
    }
}
