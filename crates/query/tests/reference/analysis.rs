//! Tokens, for which the analyzers themselves are asked.

use quidditch_analysis::{Analyzer, Token};
use std::ops::ControlFlow;

pub fn standard() -> Analyzer {
    Analyzer::standard()
}

/// Each token with its position.
pub fn tokens(analyzer: &Analyzer, text: &str) -> Vec<(u32, String)> {
    let mut found = Vec::new();
    let _ = analyzer.tokens(text, &mut |token: Token<'_>| {
        found.push((token.position, token.text.to_owned()));
        ControlFlow::Continue(())
    });
    found
}
