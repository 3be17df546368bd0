//! The tokens of a text, collected.

use quidditch_analysis::Analyzer;
use std::ops::ControlFlow;

/// Term, position, start, end.
pub type Shown = (String, u32, usize, usize);

pub fn tokens(analyzer: &Analyzer, text: &str) -> Vec<Shown> {
    let mut shown = Vec::new();
    let flow = analyzer.tokens(text, &mut |token| {
        shown.push((token.text.into(), token.position, token.start, token.end));
        ControlFlow::Continue(())
    });
    assert!(flow.is_continue());
    shown
}
