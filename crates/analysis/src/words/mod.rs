//! The words of a text: UAX #29's, of those the ones that Lucene takes for words.
//!
//! ASCII is split with a table, in [`ascii`]. Where other characters come into play, the text up to the next
//! whitespace goes through the full rules, in [`segments`]. That comes to the same, since whitespace always parts
//! words, and whatever clings to it is no word.

mod ascii;
mod character;
mod length;
mod segments;

pub(crate) use length::split_where;

use crate::lowercase::Case;
use length::LONGEST;
use std::ops::ControlFlow;

/// Where a word stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Word {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) case: Case,
}

/// Shows each word in order, until `found` breaks.
#[inline]
pub(crate) fn words(
    text: &str,
    found: &mut impl FnMut(Word) -> ControlFlow<()>,
) -> ControlFlow<()> {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        if ascii::flags(bytes, at) & (ascii::WORD | ascii::BEYOND) == 0 {
            at += 1;
            continue;
        }
        let (end, seen) = ascii::word(bytes, at);
        if seen & ascii::BEYOND != 0 {
            // These start a word in one case: when they are the base of a keycap emoji.
            let keycap = at > 0 && matches!(bytes[at - 1], b'#' | b'*');
            let start = if keycap { at - 1 } else { at };
            let rest = &bytes[end..];
            let length = rest.iter().position(u8::is_ascii_whitespace);
            at = end + length.unwrap_or(rest.len());
            segments::words(text, start..at, found)?;
            continue;
        }
        let word = Word {
            start: at,
            end,
            case: if seen & ascii::UPPERCASE == 0 {
                Case::Lower
            } else {
                Case::Ascii
            },
        };
        if end - at > LONGEST {
            length::cut(text, word, found)?;
        } else if seen & (ascii::LETTER | ascii::DIGIT) != 0 {
            found(word)?;
        }
        at = end;
    }
    ControlFlow::Continue(())
}
