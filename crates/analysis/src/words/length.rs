//! Words have a length limit; longer ones are cut.

use super::Word;
use super::character::{Class, class, is_complex};
use crate::Token;
use std::ops::ControlFlow;

/// In UTF-16 code units, as Java counts.
pub(super) const LONGEST: usize = 255;

/// How many bytes of `text` fit into a word.
fn fitting(text: &str) -> usize {
    if text.len() <= LONGEST {
        return text.len();
    }
    let mut units = 0;
    let over = text.char_indices().find(|(_, char)| {
        units += char.len_utf16();
        units > LONGEST
    });
    over.map_or(text.len(), |(offset, _)| offset)
}

/// Shows a word in pieces that aren't too long, each of which is a word by itself.
pub(super) fn cut(
    text: &str,
    word: Word,
    found: &mut impl FnMut(Word) -> ControlFlow<()>,
) -> ControlFlow<()> {
    let mut start = word.start;
    loop {
        let rest = &text[start..word.end];
        let fitting = fitting(rest);
        if fitting == rest.len() && start == word.start {
            return found(word);
        }
        let mut piece = &rest[..fitting];
        if fitting < rest.len() {
            piece = piece.trim_end_matches(|char| class(char) == Class::Mid);
        }
        if piece
            .chars()
            .any(|char| starts_word(char) && class(char) != Class::Joins)
        {
            let end = start + piece.len();
            found(Word { start, end, ..word })?;
        }
        let next = rest[fitting..].find(starts_word);
        let Some(next) = next else {
            return ControlFlow::Continue(());
        };
        start += fitting + next;
    }
}

fn starts_word(char: char) -> bool {
    match class(char) {
        Class::Word | Class::Joins | Class::Other => true,
        Class::Mid | Class::Extends => is_complex(char),
    }
}

/// Shows the runs of characters that belong into tokens, cut if they are too long.
pub(crate) fn split_where(
    text: &str,
    belongs: impl Fn(char) -> bool,
    sink: &mut (impl FnMut(Token<'_>) -> ControlFlow<()> + ?Sized),
) -> ControlFlow<()> {
    let mut position = 0;
    let mut start = 0;
    while let Some(skipped) = text[start..].find(&belongs) {
        start += skipped;
        let rest = &text[start..];
        let mut run = &rest[..rest.find(|char| !belongs(char)).unwrap_or(rest.len())];
        while !run.is_empty() {
            let (token, rest) = run.split_at(fitting(run));
            let end = start + token.len();
            sink(Token {
                text: token,
                position,
                start,
                end,
            })?;
            position += 1;
            start = end;
            run = rest;
        }
    }
    ControlFlow::Continue(())
}
