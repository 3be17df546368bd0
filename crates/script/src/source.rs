//! A source as it is parsed: without a byte order mark, with `\n` for every end of a line, and places in it.

use std::borrow::Cow;

use crate::mistake::Mistake;

/// The longest source, in bytes.
pub const LONGEST_SOURCE: usize = 1 << 20;

/// The most of a message or hint, in characters: it may quote what the source says.
const LONGEST_MESSAGE: usize = 1000;

/// Text of a program.
pub(crate) struct Source<'s> {
    text: Cow<'s, str>,
}

impl<'s> Source<'s> {
    pub(crate) fn new(text: &'s str) -> Result<Self, Mistake> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        // Both languages take these ends of lines for `\n`, in their strings, too.
        let text = if text.contains('\r') {
            Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n"))
        } else {
            Cow::Borrowed(text)
        };
        let source = Source { text };
        if source.text.len() > LONGEST_SOURCE {
            let message = format!(
                "the source has {} bytes, more than {LONGEST_SOURCE}",
                source.text.len()
            );
            return Err(source.mistake(
                0,
                message,
                "Move tables out of the source, to parameters.",
            ));
        }
        if let Some(offset) = source.text.find('\0') {
            let hint = r"Remove it. In a string, write \x00.";
            return Err(source.mistake(offset, "a NUL character in the source", hint));
        }
        Ok(source)
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// A mistake at a place, in bytes from the beginning.
    pub(crate) fn mistake(
        &self,
        offset: usize,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) -> Mistake {
        let before = &self.text[..offset];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Mistake {
            message: shortened(message.into()),
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
            hint: shortened(hint.into()),
            is_syntax: false,
        }
    }

    pub(crate) fn line(&self, offset: usize) -> usize {
        self.text[..offset].matches('\n').count() + 1
    }
}

fn shortened(mut text: String) -> String {
    if let Some((end, _)) = text.char_indices().nth(LONGEST_MESSAGE) {
        text.truncate(end);
        text.push('…');
    }
    text
}
