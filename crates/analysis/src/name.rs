//! The names of analyzers, and what they stand for.

use crate::Tokenizer;
use crate::gram::{Grams, Sizes};
use crate::keyword::Keyword;
use crate::language::{LANGUAGES, Language};
use crate::simple::Simple;
use crate::standard::Standard;
use crate::whitespace::Whitespace;
use std::fmt;
use std::rc::Rc;

const GENERAL: [&str; 6] = [
    "standard",
    "simple",
    "whitespace",
    "keyword",
    "edge_ngram",
    "ngram",
];

/// The names that [`crate::Analyzer::named`] knows. `edge_ngram` and `ngram` may have sizes: `ngram(3,3)`.
pub const NAMES: &[&str] = &{
    let mut names = [""; GENERAL.len() + LANGUAGES.len()];
    let mut filled = 0;
    while filled < names.len() {
        names[filled] = if filled < GENERAL.len() {
            GENERAL[filled]
        } else {
            LANGUAGES[filled - GENERAL.len()].name
        };
        filled += 1;
    }
    names
};

/// A name that is no analyzer's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownAnalyzer {
    name: Box<str>,
    /// The analyzer is known, its sizes are wrong.
    sizes: bool,
}

impl UnknownAnalyzer {
    /// The names there are, for a hint at what may have been meant.
    pub fn known() -> impl Iterator<Item = &'static str> {
        NAMES.iter().copied()
    }
}

impl fmt::Display for UnknownAnalyzer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let UnknownAnalyzer { name, sizes } = self;
        if *sizes {
            write!(
                f,
                "analyzer \"{name}\": sizes are written (min,max), with 1 <= min <= max <= {}",
                Sizes::LARGEST
            )
        } else {
            write!(f, "unknown analyzer \"{name}\"")
        }
    }
}

impl std::error::Error for UnknownAnalyzer {}

pub(crate) fn tokenizer(name: &str) -> Result<Rc<dyn Tokenizer>, UnknownAnalyzer> {
    let unknown = |sizes| UnknownAnalyzer {
        name: name.into(),
        sizes,
    };
    let (kind, sizes) = match name.find('(') {
        Some(open) => name.split_at(open),
        None => (name, ""),
    };
    Ok(match kind {
        "ngram" | "edge_ngram" => {
            let sizes = Sizes::parse(sizes).ok_or_else(|| unknown(true))?;
            Rc::new(Grams::new(sizes, kind == "edge_ngram"))
        }
        _ if !sizes.is_empty() => return Err(unknown(false)),
        "standard" => Rc::new(Standard::default()),
        "simple" => Rc::new(Simple::default()),
        "whitespace" => Rc::new(Whitespace),
        "keyword" => Rc::new(Keyword),
        _ => {
            let found = LANGUAGES.iter().find(|language| language.name == name);
            Rc::new(Language::new(found.ok_or_else(|| unknown(false))?))
        }
    })
}
