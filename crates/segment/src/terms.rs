//! The terms of one document, as its values are walked.

use crate::bytes::{Bytes, push_varint};
use crate::key::{KeyHash, date};
use crate::number::push_number;
use crate::{Damaged, Field, Key, MAX_KEY, TermKind, encode_length};
use quidditch_document::Numeric;
use std::convert::Infallible;

/// Collects a document's terms; [`Terms::clear`] makes it ready for the next one.
#[derive(Clone, Debug, Default)]
pub struct Terms {
    /// Keys, and of tokens what follows the path and the kind: a long document has its path but once.
    keys: Vec<u8>,
    occurrences: Vec<Occurrence>,
    texts: Vec<Text>,
    key: Vec<u8>,
    raw: Vec<u8>,
}

#[derive(Clone, Copy, Debug)]
struct Occurrence {
    /// Of the whole key.
    hash: u64,
    start: usize,
    length: u16,
    /// The field's place in `texts`, or [`NO_TEXT`].
    text: u32,
    position: u32,
}

const NO_TEXT: u32 = u32::MAX;

/// What a field has of text.
#[derive(Clone, Debug)]
struct Text {
    field: Field,
    /// What the hashes of its tokens begin with.
    hash: KeyHash,
    tokens: u32,
    last_position: Option<u32>,
}

/// A field's text in the current document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TextPlace(u32);

/// A term in a document.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TermInDocument<'a> {
    pub(crate) key: &'a [u8],
    /// Of the key.
    pub(crate) hash: u64,
    pub(crate) frequency: u32,
    /// The code of the field's length.
    pub(crate) length: u8,
    /// Of the tokens, as they will be in their chain.
    pub(crate) positions: &'a [u8],
}

impl Terms {
    /// Forgets the document.
    pub fn clear(&mut self) {
        self.keys.clear();
        self.occurrences.clear();
        self.texts.clear();
    }

    /// The document has this term, which is no text. Once is enough.
    pub fn add(&mut self, key: &Key) {
        let start = self.keys.len();
        self.keys.extend_from_slice(key.as_bytes());
        self.push_key_from(start);
    }

    /// How many terms there are so far, each occurrence counted.
    pub fn len(&self) -> usize {
        self.occurrences.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.occurrences.is_empty()
    }

    /// The field has a value.
    pub fn add_exists(&mut self, field: &Field) {
        self.push_key(field, TermKind::Exists, |_| {});
    }

    /// The field is that boolean.
    pub fn add_boolean(&mut self, field: &Field, value: bool) {
        self.push_key(field, TermKind::Boolean, |bytes| {
            bytes.push(u8::from(value))
        });
    }

    /// The field is that number.
    pub fn add_number(&mut self, field: &Field, value: &Numeric<'_>) {
        self.push_key(field, TermKind::Number, |bytes| push_number(bytes, value));
    }

    /// The field is that instant.
    pub fn add_date(&mut self, field: &Field, milliseconds: i64) {
        self.push_key(field, TermKind::Date, |bytes| {
            bytes.extend(date(milliseconds))
        });
    }

    /// The field is that string.
    pub fn add_keyword(&mut self, field: &Field, value: &[u8]) {
        self.push_key(field, TermKind::Keyword, |bytes| {
            bytes.extend_from_slice(value)
        });
    }

    fn push_key(&mut self, field: &Field, kind: TermKind, push: impl FnOnce(&mut Vec<u8>)) {
        let start = self.keys.len();
        field.push_key(&mut self.keys, kind, push);
        self.push_key_from(start);
    }

    /// The field's text has that token there. Positions run on through the values of an array, with a gap between
    /// two.
    ///
    /// The field's length counts positions that have tokens, as Lucene's does: synonyms don't make a text longer.
    pub fn add_token(&mut self, field: &Field, token: &[u8], position: u32) {
        let known = self.texts.iter().rposition(|text| text.field == *field);
        let place = match known {
            Some(place) => TextPlace(place as u32),
            None => self.add_text(field),
        };
        self.add_token_at(place, token, position);
    }

    /// A text of a field that has none yet: for [`Terms::add_token_at`], where looking for the field would be dear.
    pub fn add_text(&mut self, field: &Field) -> TextPlace {
        self.texts.push(Text {
            field: field.clone(),
            hash: KeyHash::of_field(field, TermKind::Text),
            tokens: 0,
            last_position: None,
        });
        TextPlace(self.texts.len() as u32 - 1)
    }

    /// As [`Terms::add_token`].
    ///
    /// # Panics
    /// If the text isn't one of this document.
    pub fn add_token_at(&mut self, place: TextPlace, token: &[u8], position: u32) {
        let text = &mut self.texts[place.0 as usize];
        text.tokens += u32::from(text.last_position != Some(position));
        text.last_position = Some(position);
        let start = self.keys.len();
        let before = text.field.as_bytes().len() + 1;
        if before + token.len() < MAX_KEY {
            self.keys.extend_from_slice(token);
        } else {
            let key = text.field.token(token);
            self.keys.extend_from_slice(&key.as_bytes()[before..]);
        }
        let hash = text.hash.with_value(&self.keys[start..]);
        self.push_from(start, hash, place.0, position);
    }

    /// A key that was appended to the keys.
    fn push_key_from(&mut self, start: usize) {
        let hash = KeyHash::of_key(&self.keys[start..]);
        self.push_from(start, hash, NO_TEXT, 0);
    }

    /// An occurrence of what was appended to the keys.
    fn push_from(&mut self, start: usize, hash: u64, text: u32, position: u32) {
        self.occurrences.push(Occurrence {
            hash,
            start,
            length: (self.keys.len() - start) as u16,
            text,
            position,
        });
    }

    /// Appends the terms as bytes, for [`SegmentWriter::add_encoded`](crate::SegmentWriter::add_encoded): what is kept
    /// of a document that isn't in a segment yet.
    ///
    /// For each term: the length of its key (varint) and the key; frequency (varint); length code (a byte); how many
    /// bytes the positions take (varint), and these.
    pub fn encode(&mut self, bytes: &mut Vec<u8>) {
        let Ok(()) = self.each(|term| -> Result<(), Infallible> {
            push_varint(bytes, term.key.len() as u64);
            bytes.extend_from_slice(term.key);
            push_varint(bytes, u64::from(term.frequency));
            bytes.push(term.length);
            push_varint(bytes, term.positions.len() as u64);
            bytes.extend_from_slice(term.positions);
            Ok(())
        });
    }

    /// Shows the key of each term once, in no particular order.
    pub fn each_key(&mut self, mut visit: impl FnMut(&[u8])) {
        let Ok(()) = self.each(|term| -> Result<(), Infallible> {
            visit(term.key);
            Ok(())
        });
    }

    /// Shows each term once, in no particular order.
    pub(crate) fn each<E>(
        &mut self,
        mut visit: impl FnMut(TermInDocument<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let Terms {
            keys,
            occurrences,
            texts,
            key,
            raw,
        } = self;
        let end_of = |occurrence: &Occurrence| {
            (
                occurrence.text,
                &keys[occurrence.start..][..usize::from(occurrence.length)],
            )
        };
        // Most are told apart without a look at their bytes.
        occurrences.sort_unstable_by(|left, right| {
            left.hash
                .cmp(&right.hash)
                .then_with(|| end_of(left).cmp(&end_of(right)))
                .then_with(|| left.position.cmp(&right.position))
        });
        let is_same = |left: &Occurrence, right: &Occurrence| {
            left.hash == right.hash && end_of(left) == end_of(right)
        };
        for same in occurrences.chunk_by(is_same) {
            let (text, end) = end_of(&same[0]);
            key.clear();
            raw.clear();
            let (mut frequency, mut length) = (1, 0);
            if let Some(text) = texts.get(text as usize) {
                key.extend_from_slice(text.field.as_bytes());
                key.push(TermKind::Text as u8);
                let mut last = 0;
                for occurrence in same {
                    push_varint(raw, u64::from(occurrence.position - last));
                    last = occurrence.position;
                }
                frequency = same.len() as u32;
                length = encode_length(text.tokens);
            }
            key.extend_from_slice(end);
            visit(TermInDocument {
                key,
                hash: same[0].hash,
                frequency,
                length,
                positions: raw,
            })?;
        }
        for text in texts {
            key.clear();
            key.extend_from_slice(text.field.as_bytes());
            key.push(TermKind::Length as u8);
            visit(TermInDocument {
                key,
                hash: KeyHash::of_field(&text.field, TermKind::Length).with_value(&[]),
                frequency: text.tokens,
                length: 0,
                positions: &[],
            })?;
        }
        Ok(())
    }
}

/// Shows the terms that [`Terms::encode`] has written. The offset of damage is one into the bytes.
pub(crate) fn each_encoded(
    bytes: &[u8],
    mut visit: impl FnMut(TermInDocument<'_>),
) -> Result<(), Damaged> {
    let mut bytes = Bytes::new(bytes, u32::MAX, 0);
    while !bytes.at_end() {
        let count = bytes.varint32()? as usize;
        if count > MAX_KEY {
            return Err(bytes.damaged("a key that is too long"));
        }
        let key = bytes.take(count)?;
        let frequency = bytes.varint32()?;
        let length = bytes.u8()?;
        let count = bytes.varint32()? as usize;
        let positions = bytes.take(count)?;
        let ends = positions.iter().filter(|byte| **byte < 0x80).count();
        let is_text = TermKind::of(key) == Some(TermKind::Text);
        let whole = positions.last().is_none_or(|last| *last < 0x80);
        if frequency == 0 || !whole || is_text && ends != frequency as usize {
            return Err(bytes.damaged("a term with other positions than its frequency says"));
        }
        visit(TermInDocument {
            key,
            hash: KeyHash::of_key(key),
            frequency,
            length,
            positions,
        });
    }
    Ok(())
}
