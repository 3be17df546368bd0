//! The analyzer: a name and the tokenizer that does its work.

use crate::keyword::Keyword;
use crate::standard::Standard;
use crate::{Token, Tokenizer, UnknownAnalyzer, name};
use rustc_hash::FxHashMap;
use std::cell::RefCell;
use std::fmt;
use std::ops::ControlFlow;
use std::rc::Rc;

thread_local! {
    static KNOWN: RefCell<FxHashMap<String, Analyzer>> = RefCell::default();
}

/// More aren't kept: names with numbers in them have no end.
const MOST_KNOWN: usize = 64;

/// A text analyzer. Cheap to clone; clones share their buffers.
#[derive(Clone)]
pub struct Analyzer {
    name: Rc<str>,
    tokenizer: Rc<dyn Tokenizer>,
}

impl Analyzer {
    /// The analyzer of this name, as users write it. A thread has one of each, so what it has learned of a language's
    /// words serves the next query, too.
    pub fn named(name: &str) -> Result<Analyzer, UnknownAnalyzer> {
        if let Some(known) = KNOWN.with_borrow(|known| known.get(name).cloned()) {
            return Ok(known);
        }
        let analyzer = Analyzer::external(name, name::tokenizer(name)?);
        KNOWN.with_borrow_mut(|known| {
            if known.len() >= MOST_KNOWN {
                known.clear();
            }
            known.insert(name.to_owned(), analyzer.clone());
        });
        Ok(analyzer)
    }

    /// Words as Unicode and Lucene see them, lowercased.
    pub fn standard() -> Analyzer {
        Analyzer::external("standard", Rc::new(Standard::default()))
    }

    /// The whole text as one token.
    pub fn keyword() -> Analyzer {
        Analyzer::external("keyword", Rc::new(Keyword))
    }

    /// An analyzer that lives elsewhere.
    pub fn external(name: &str, tokenizer: Rc<dyn Tokenizer>) -> Analyzer {
        Analyzer {
            name: name.into(),
            tokenizer,
        }
    }

    /// The name it was asked for by.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Shows each token in order, until `sink` breaks.
    pub fn tokens(
        &self,
        text: &str,
        sink: &mut dyn FnMut(Token<'_>) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        self.tokenizer.tokens(text, sink)
    }
}

/// By name: equal names analyze alike.
impl PartialEq for Analyzer {
    fn eq(&self, other: &Analyzer) -> bool {
        self.name == other.name
    }
}

impl Eq for Analyzer {}

impl fmt::Debug for Analyzer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Analyzer").field(&self.name).finish()
    }
}
