//! Strings: those of the document and the constants where they lie, computed ones in a buffer that is kept from
//! row to row. The buffer is a stack: who compares strings releases what computing them took.

use std::cell::{Ref, RefCell};
use std::ops::Deref;

#[derive(Clone, Copy)]
pub(crate) enum Text<'v> {
    Borrowed(&'v [u8]),
    /// From here to there in the scratch buffer.
    Computed(usize, usize),
}

/// The buffer. It is no part of an expression's value: copies start with an empty one, and all are equal.
#[derive(Default)]
pub(crate) struct Scratch(RefCell<Vec<u8>>);

impl Clone for Scratch {
    fn clone(&self) -> Scratch {
        Scratch::default()
    }
}

impl PartialEq for Scratch {
    fn eq(&self, _: &Scratch) -> bool {
        true
    }
}

impl std::fmt::Debug for Scratch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Scratch")
    }
}

/// More than this is not kept between rows.
const KEPT: usize = 1 << 20;

impl Scratch {
    /// For [`Scratch::release`].
    #[inline]
    pub(crate) fn mark(&self) -> usize {
        self.0.borrow().len()
    }

    /// Forgets the strings computed since the mark.
    #[inline]
    pub(crate) fn release(&self, mark: usize) {
        let mut buffer = self.0.borrow_mut();
        buffer.truncate(mark);
        if mark == 0 && buffer.capacity() > KEPT {
            buffer.shrink_to(KEPT);
        }
    }

    pub(crate) fn bytes<'b>(&'b self, text: Text<'b>) -> impl Deref<Target = [u8]> + 'b {
        match text {
            Text::Borrowed(bytes) => Bytes::Borrowed(bytes),
            Text::Computed(start, end) => {
                Bytes::Computed(Ref::map(self.0.borrow(), |buffer| &buffer[start..end]))
            }
        }
    }

    /// The string with each of its characters mapped.
    pub(super) fn map<C: Iterator<Item = char>>(
        &self,
        text: Text<'_>,
        map: impl Fn(char) -> C,
    ) -> Text<'static> {
        if let Text::Borrowed(bytes) = text {
            quidditch_document::step(bytes.len());
        }
        let mut buffer = self.0.borrow_mut();
        let start = buffer.len();
        let push = |buffer: &mut Vec<u8>, unit| match unit {
            Unit::Character(char) => {
                for mapped in map(char) {
                    buffer.extend_from_slice(mapped.encode_utf8(&mut [0; 4]).as_bytes());
                }
            }
            Unit::Byte(byte) => buffer.push(byte),
        };
        match text {
            Text::Borrowed(mut bytes) => {
                while let Some((unit, length)) = first_unit(bytes) {
                    bytes = &bytes[length..];
                    push(&mut buffer, unit);
                }
            }
            Text::Computed(mut at, end) => {
                while let Some((unit, length)) = first_unit(&buffer[at..end]) {
                    at += length;
                    push(&mut buffer, unit);
                }
            }
        }
        Text::Computed(start, buffer.len())
    }
}

enum Bytes<'b> {
    Borrowed(&'b [u8]),
    Computed(Ref<'b, [u8]>),
}

impl Deref for Bytes<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Bytes::Borrowed(bytes) => bytes,
            Bytes::Computed(bytes) => bytes,
        }
    }
}

enum Unit {
    Character(char),
    /// Of what isn't UTF-8.
    Byte(u8),
}

fn first_unit(bytes: &[u8]) -> Option<(Unit, usize)> {
    let first = *bytes.first()?;
    let length = match first {
        0..0x80 => return Some((Unit::Character(char::from(first)), 1)),
        0xC0..0xE0 => 2,
        0xE0..0xF0 => 3,
        _ => 4,
    };
    let character = bytes
        .get(..length)
        .and_then(|bytes| std::str::from_utf8(bytes).ok());
    Some(
        match character.and_then(|character| character.chars().next()) {
            Some(char) => (Unit::Character(char), length),
            None => (Unit::Byte(first), 1),
        },
    )
}

/// In code points.
pub(super) fn length(text: &[u8]) -> i64 {
    text.iter().filter(|byte| **byte & 0xC0 != 0x80).count() as i64
}

pub(super) fn contains(text: &[u8], wanted: &[u8]) -> bool {
    memchr::memmem::find(text, wanted).is_some()
}
