//! Words by the full rules of UAX #29, and which of its segments are words.
//!
//! Lucene's tokenizer has a grammar of its own, with the segments of UAX #29 for words, and beyond them: emoji are
//! words; a run of Thai, Lao, Khmer or Myanmar is one word, since only a dictionary could part it; an emoji joined
//! to a letter is a word of its own.

use super::character::{
    Class, class, is_complex, is_emoji_modifier, is_ideograph_or_hiragana, is_pictograph,
    is_regional_indicator,
};
use super::{Word, length};
use crate::lowercase::Case;
use std::ops::{ControlFlow, Range};
use unicode_segmentation::UnicodeSegmentation;

const JOINER: char = '\u{200D}';
const TEXT_PRESENTATION: char = '\u{FE0E}';
const KEYCAP: char = '\u{20E3}';

/// What a segment is.
enum Kind {
    Word,
    Emoji,
    /// Part of a word of a script that is written without spaces.
    Complex,
    /// Punctuation, whitespace, symbols.
    Other,
}

/// Shows each word in `range`, until `found` breaks.
pub(super) fn words(
    text: &str,
    range: Range<usize>,
    found: &mut impl FnMut(Word) -> ControlFlow<()>,
) -> ControlFlow<()> {
    let mut complex: Option<Range<usize>> = None;
    for (offset, segment) in text[range.clone()].split_word_bound_indices() {
        let start = range.start + offset;
        let end = start + segment.len();
        let kind = kind(segment);
        if let Kind::Complex = kind {
            complex = Some(complex.map_or(start, |run| run.start)..end);
            continue;
        }
        if let Some(run) = complex.take() {
            show(text, run, found)?;
        }
        match kind {
            Kind::Word => show(text, start..end, found)?,
            Kind::Emoji => emoji(text, start..end, found)?,
            Kind::Complex | Kind::Other => {
                if let Some(joined) = joined_emoji(segment) {
                    emoji(text, start + joined..end, found)?;
                }
            }
        }
    }
    complex.map_or(ControlFlow::Continue(()), |run| show(text, run, found))
}

fn kind(segment: &str) -> Kind {
    let mut chars = segment.chars();
    let Some(first) = chars.next() else {
        return Kind::Other;
    };
    match class(first) {
        Class::Word => Kind::Word,
        Class::Joins if chars.any(|char| class(char) == Class::Word) => Kind::Word,
        Class::Joins | Class::Mid => Kind::Other,
        Class::Extends | Class::Other if first.is_ascii() => {
            if matches!(first, '#' | '*') && segment.contains(KEYCAP) {
                Kind::Emoji
            } else {
                Kind::Other
            }
        }
        Class::Extends | Class::Other if is_complex(first) => Kind::Complex,
        Class::Other if is_ideograph_or_hiragana(first) => Kind::Word,
        Class::Other if is_pictograph(first) => Kind::Emoji,
        Class::Other if is_regional_indicator(first) && chars.any(is_regional_indicator) => {
            Kind::Emoji
        }
        Class::Extends if is_emoji_modifier(first) => Kind::Emoji,
        Class::Extends | Class::Other => Kind::Other,
    }
}

/// Shows a word, and the emoji that is joined to it.
fn show(
    text: &str,
    range: Range<usize>,
    found: &mut impl FnMut(Word) -> ControlFlow<()>,
) -> ControlFlow<()> {
    let joined = joined_emoji(&text[range.clone()]).map(|offset| range.start + offset);
    let end = joined.unwrap_or(range.end);
    let word = Word {
        start: range.start,
        end,
        case: Case::Any,
    };
    length::cut(text, word, found)?;
    joined.map_or(ControlFlow::Continue(()), |start| {
        emoji(text, start..range.end, found)
    })
}

/// Shows an emoji. A selector that asks for text instead of the picture isn't part of it.
fn emoji(
    text: &str,
    range: Range<usize>,
    found: &mut impl FnMut(Word) -> ControlFlow<()>,
) -> ControlFlow<()> {
    let length = text[range.clone()].find(TEXT_PRESENTATION);
    let word = Word {
        start: range.start,
        end: length.map_or(range.end, |length| range.start + length),
        case: Case::Any,
    };
    length::cut(text, word, found)
}

/// Where in a segment an emoji starts that is joined to what stands before it.
fn joined_emoji(segment: &str) -> Option<usize> {
    let mut joiners = segment.match_indices(JOINER);
    joiners.find_map(|(offset, joiner)| {
        let emoji = offset + joiner.len();
        let first = segment[emoji..].chars().next()?;
        is_pictograph(first).then_some(emoji)
    })
}
