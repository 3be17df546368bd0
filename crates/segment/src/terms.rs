//! The terms of one document, as its values are walked.

use crate::bytes::push_varint;
use crate::{Field, Key, MAX_KEY, TermKind, encode_length};

/// Collects a document's terms; [`Terms::clear`] makes it ready for the next one.
#[derive(Clone, Debug, Default)]
pub struct Terms {
    keys: Vec<u8>,
    occurrences: Vec<Occurrence>,
    texts: Vec<Text>,
    raw: Vec<u8>,
}

#[derive(Clone, Copy, Debug)]
struct Occurrence {
    start: u32,
    length: u32,
    /// The field's place in `texts`, or [`NO_TEXT`].
    text: u32,
    position: u32,
}

const NO_TEXT: u32 = u32::MAX;

/// What a field has of text.
#[derive(Clone, Debug)]
struct Text {
    field: Field,
    tokens: u32,
    last_position: Option<u32>,
}

/// A term in a document.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TermInDocument<'a> {
    pub(crate) key: &'a [u8],
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
        self.push(key.as_bytes(), NO_TEXT, 0);
    }

    /// The field's text has that token there. Positions run on through the values of an array, with a gap between
    /// two.
    ///
    /// The field's length counts positions that have tokens, as Lucene's does: synonyms don't make a text longer.
    pub fn add_token(&mut self, field: &Field, token: &[u8], position: u32) {
        let known = self.texts.iter().rposition(|text| text.field == *field);
        let place = known.unwrap_or_else(|| {
            self.texts.push(Text {
                field: field.clone(),
                tokens: 0,
                last_position: None,
            });
            self.texts.len() - 1
        });
        let text = &mut self.texts[place];
        text.tokens += u32::from(text.last_position != Some(position));
        text.last_position = Some(position);
        let path = field.as_bytes();
        if path.len() + 1 + token.len() < MAX_KEY {
            let start = self.keys.len();
            self.keys.extend_from_slice(path);
            self.keys.push(TermKind::Text as u8);
            self.keys.extend_from_slice(token);
            self.note(start, place as u32, position);
        } else {
            self.push(field.token(token).as_bytes(), place as u32, position);
        }
    }

    fn push(&mut self, key: &[u8], text: u32, position: u32) {
        let start = self.keys.len();
        self.keys.extend_from_slice(key);
        self.note(start, text, position);
    }

    fn note(&mut self, start: usize, text: u32, position: u32) {
        self.occurrences.push(Occurrence {
            start: start as u32,
            length: (self.keys.len() - start) as u32,
            text,
            position,
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
            raw,
        } = self;
        let key = |occurrence: &Occurrence| {
            &keys[occurrence.start as usize..][..occurrence.length as usize]
        };
        // Those of different lengths can't be the same.
        occurrences.sort_unstable_by(|left, right| {
            (left.length, key(left), left.position).cmp(&(right.length, key(right), right.position))
        });
        for same in occurrences.chunk_by(|left, right| key(left) == key(right)) {
            raw.clear();
            let mut term = TermInDocument {
                key: key(&same[0]),
                frequency: 1,
                length: 0,
                positions: &[],
            };
            if let Some(text) = texts.get(same[0].text as usize) {
                let mut last = 0;
                for occurrence in same {
                    push_varint(raw, u64::from(occurrence.position - last));
                    last = occurrence.position;
                }
                term.frequency = same.len() as u32;
                term.length = encode_length(text.tokens);
                term.positions = raw;
            }
            visit(term)?;
        }
        for text in texts {
            visit(TermInDocument {
                key: text.field.length().as_bytes(),
                frequency: text.tokens,
                length: 0,
                positions: &[],
            })?;
        }
        Ok(())
    }
}
