//! The tokens of a field, as match-like clauses see them, and what one of them has to be.

use crate::field::{Field, Kind, until, with_text};
use crate::fuzzy::Fuzzy;
use crate::pattern::Pattern;
use quidditch_analysis::{Analyzer, Token};
use quidditch_document::{Damaged, Value, step};
use quidditch_segment::encode_length;
use std::cell::RefCell;
use std::collections::HashSet;
use std::ops::ControlFlow;

/// So many positions lie between the values of an array: a phrase doesn't match across them.
const GAP: u32 = 100;

/// Shows each token of the field's strings with its position, until the sink breaks. Whether it did.
pub(crate) fn visit(
    field: &Field,
    analyzer: &Analyzer,
    root: Value<'_>,
    sink: &mut dyn FnMut(&str, u32) -> ControlFlow<()>,
) -> Result<bool, Damaged> {
    let mut values = Values::default();
    field.any(root, |value| match value {
        // Only a mapping makes text of them.
        Value::Number(_) | Value::Bool(_) if field.kind == Kind::Dynamic => false,
        value => with_text(value, |text| {
            field.kind.sees(text) && values.tokens(analyzer, text, sink).is_break()
        }),
    })
}

/// The values of a field, whose positions run on from one to the next.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Values {
    /// Of the next value's first token.
    start: u32,
}

impl Values {
    /// Shows the tokens of the next value with their positions in the field, until the sink breaks.
    pub(crate) fn tokens(
        &mut self,
        analyzer: &Analyzer,
        text: &str,
        sink: &mut dyn FnMut(&str, u32) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let start = self.start;
        let mut last = None;
        let flow = analyzer.tokens(text, &mut |token: Token<'_>| {
            step(10);
            let position = token.position.saturating_add(start);
            last = Some(position);
            sink(token.text, position)
        });
        self.start = last.map_or(start, |last: u32| last.saturating_add(GAP + 1));
        flow
    }
}

/// Counts the positions that have tokens, as [`quidditch_segment::Terms`] does: how long a field's text is.
#[derive(Default)]
pub(crate) struct Length {
    positions: u32,
    last: Option<u32>,
}

impl Length {
    #[inline]
    pub(crate) fn add(&mut self, position: u32) {
        self.positions += u32::from(self.last != Some(position));
        self.last = Some(position);
    }

    /// As scores know it.
    pub(crate) fn code(&self) -> u8 {
        encode_length(self.positions)
    }
}

/// A word of a text clause.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Word {
    Exact(Box<str>),
    Prefix(Box<str>),
    Fuzzy(Box<Fuzzy>),
    Pattern(Pattern),
}

impl Word {
    #[inline]
    pub(crate) fn matches(&self, token: &str) -> bool {
        match self {
            Word::Exact(word) => **word == *token,
            Word::Prefix(prefix) => token.starts_with(&**prefix),
            Word::Fuzzy(fuzzy) => fuzzy.matches(token.as_bytes()),
            Word::Pattern(pattern) => pattern.matches(token.as_bytes()),
        }
    }
}

/// The words of a text by ascending position.
pub(crate) type Positions = Vec<(u32, Vec<Box<str>>)>;

/// The tokens of a query's text, those of one position together. `None` when there are more than so many.
pub(crate) fn positions(analyzer: &Analyzer, text: &str, most: usize) -> Option<Positions> {
    let mut positions = Positions::new();
    let mut here: HashSet<Box<str>> = HashSet::new();
    let mut count = 0;
    let mut sink = |token: Token<'_>| {
        step(10);
        count += 1;
        if positions
            .last()
            .is_none_or(|(position, _)| *position != token.position)
        {
            positions.push((token.position, Vec::new()));
            here.clear();
        }
        // A word that one position has twice is one alternative.
        if let (true, Some((_, words))) = (here.insert(token.text.into()), positions.last_mut()) {
            words.push(token.text.into());
        }
        until(count > most)
    };
    let flow = analyzer.tokens(text, &mut sink);
    flow.is_continue().then_some(positions)
}

/// A buffer that a clause keeps from row to row; it says nothing about the clause.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scratch<T>(pub(crate) RefCell<T>);

impl<T> PartialEq for Scratch<T> {
    fn eq(&self, _: &Scratch<T>) -> bool {
        true
    }
}
