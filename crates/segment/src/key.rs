//! Terms as keys: `path · kind · value`, in bytes whose order is the order wanted of the dictionary.
//!
//! All terms of a field lie together, in it those of a kind, in those the values in their own order. So a term, a
//! prefix, a range and "any value at all" are each one [`KeyRange`] of neighbours.
//!
//! The path is the keys on the way to the value, arrays left out, joined by a byte `FF`. The kind is a byte from `F8` to
//! `FE`. Neither occurs in UTF-8, so the kind also ends the path.
//!
//! Keys are cut at [`MAX_KEY`] bytes: what would get longer keeps its beginning and has a hash in place of the rest.
//! A whole text is a keyword too, and nobody should pay for it twice. A cut key keeps its order towards everything that
//! differs from it in the part that was kept; where that isn't enough, the key or range says that it isn't
//! [exact](Key::is_exact), and rows found by it have to be checked.

use crate::number::push_number;
use quidditch_document::Numeric;
use rustc_hash::FxHasher;
use std::hash::Hasher;
use std::ops::Bound;

/// No key is longer than so many bytes.
pub const MAX_KEY: usize = 256;
/// No path is longer than so many bytes.
const MAX_PATH: usize = 128;
/// How many of them stand for what was cut off.
const HASH: usize = 8;

/// Between the keys of a path.
pub const PATH_SEPARATOR: u8 = 0xFF;

/// What a term says of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum TermKind {
    /// The field has some value other than null. No bytes of value.
    Exists = 0xF8,
    /// The field is `false` (0) or `true` (1).
    Boolean = 0xF9,
    /// The field is a number; its exact bytes are described at the top of `number.rs`.
    Number = 0xFA,
    /// The field is an instant: milliseconds since 1970 in eight bytes, the sign bit inverted, big-endian.
    Date = 0xFB,
    /// The field is a string, these bytes.
    Keyword = 0xFC,
    /// The field's text has the token. Its postings have frequencies, lengths and positions.
    Text = 0xFD,
    /// The field has text; the "frequency" is its exact length in tokens, so that totals survive merges.
    Length = 0xFE,
}

impl TermKind {
    /// The kind of a term by its key; keys that no field made have none.
    pub fn of(key: &[u8]) -> Option<TermKind> {
        let kind = key.iter().find(|byte| (0xF8..0xFF).contains(*byte))?;
        Some(match kind {
            0xF8 => TermKind::Exists,
            0xF9 => TermKind::Boolean,
            0xFA => TermKind::Number,
            0xFB => TermKind::Date,
            0xFC => TermKind::Keyword,
            0xFD => TermKind::Text,
            _ => TermKind::Length,
        })
    }
}

/// The key of a term.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    bytes: Vec<u8>,
    exact: bool,
}

impl Key {
    /// Its place in the dictionary.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Of rows that have no document, which no query matches. It is the last key of all, longer than any path.
    pub fn no_document() -> Key {
        Key {
            bytes: vec![PATH_SEPARATOR; MAX_PATH],
            exact: true,
        }
    }

    /// Whether only what it was made of has this key.
    pub fn is_exact(&self) -> bool {
        self.exact
    }
}

/// Neighbouring keys of a dictionary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRange {
    /// The first key that may be in it.
    pub from: Vec<u8>,
    /// The first one after it.
    pub until: Vec<u8>,
    /// Whether all keys in it are meant; otherwise some may be meant or not.
    pub exact: bool,
}

impl KeyRange {
    /// Whether the key lies in it.
    pub fn contains(&self, key: &[u8]) -> bool {
        *self.from <= *key && *key < *self.until
    }
}

/// A field: where the keys of its terms begin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    path: Vec<u8>,
    exact: bool,
}

impl Field {
    /// The field at the end of these keys.
    pub fn new<'k>(keys: impl IntoIterator<Item = &'k [u8]>) -> Field {
        let mut keys = keys.into_iter();
        let first = Field::cut(keys.next().unwrap_or_default().to_vec());
        keys.fold(first, |field, key| field.child(key))
    }

    /// The field at a key of this one's objects. What it takes doesn't grow with the path.
    pub fn child(&self, key: &[u8]) -> Field {
        Field::cut([&self.path, &[PATH_SEPARATOR][..], key].concat())
    }

    /// The field of that path, which begins with one that was cut if it is too long itself.
    fn cut(mut path: Vec<u8>) -> Field {
        let exact = path.len() < MAX_PATH;
        if !exact {
            // In letters, so that no byte of it is taken for a kind.
            let hash = hash(&path).map(|byte| [b'a' + (byte >> 4), b'a' + (byte & 15)]);
            path.truncate(MAX_PATH - 2 * HASH);
            path.extend_from_slice(hash.as_flattened());
        }
        Field { path, exact }
    }

    /// The field of a term; keys that no field made have none.
    pub fn of_key(key: &[u8]) -> Option<Field> {
        let end = key.iter().position(|byte| (0xF8..0xFF).contains(byte))?;
        Some(Field {
            path: key[..end].to_vec(),
            exact: end < MAX_PATH,
        })
    }

    /// Whether its path is all of the path, which no other field has.
    pub fn is_exact(&self) -> bool {
        self.exact
    }

    /// The path in its keys.
    pub fn as_bytes(&self) -> &[u8] {
        &self.path
    }

    fn key(&self, kind: TermKind, value: &[u8]) -> Key {
        let mut bytes = Vec::with_capacity(MAX_KEY);
        let cut = self.push_key(&mut bytes, kind, |bytes| bytes.extend_from_slice(value));
        Key {
            bytes,
            exact: self.exact && !cut,
        }
    }

    /// Appends the key of the value that `push` appends. Whether it was cut.
    pub(crate) fn push_key(
        &self,
        bytes: &mut Vec<u8>,
        kind: TermKind,
        push: impl FnOnce(&mut Vec<u8>),
    ) -> bool {
        let start = bytes.len();
        bytes.extend_from_slice(&self.path);
        bytes.push(kind as u8);
        push(bytes);
        cut(bytes, start)
    }

    fn start(&self, kind: TermKind) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(MAX_KEY);
        bytes.extend_from_slice(&self.path);
        bytes.push(kind as u8);
        bytes
    }

    /// Documents in which the field has a value.
    pub fn exists(&self) -> Key {
        self.key(TermKind::Exists, &[])
    }

    /// Documents in which it has text.
    pub fn length(&self) -> Key {
        self.key(TermKind::Length, &[])
    }

    /// Documents in which it is that boolean.
    pub fn boolean(&self, value: bool) -> Key {
        self.key(TermKind::Boolean, &[u8::from(value)])
    }

    /// Documents in which it is that number.
    pub fn number(&self, value: &Numeric<'_>) -> Key {
        self.key(TermKind::Number, &number(value))
    }

    /// Documents in which it is that instant.
    pub fn date(&self, milliseconds: i64) -> Key {
        self.key(TermKind::Date, &date(milliseconds))
    }

    /// Documents in which it is that string.
    pub fn keyword(&self, value: &[u8]) -> Key {
        self.key(TermKind::Keyword, value)
    }

    /// Documents whose text there has that token.
    pub fn token(&self, token: &[u8]) -> Key {
        self.key(TermKind::Text, token)
    }

    /// All terms of a kind.
    pub fn all(&self, kind: TermKind) -> KeyRange {
        self.range::<&[u8]>(kind, Bound::Unbounded, Bound::Unbounded)
    }

    /// All terms of the fields below it; not exact when some of those may lie elsewhere.
    pub fn below(&self) -> KeyRange {
        let mut from = self.path.clone();
        from.push(PATH_SEPARATOR);
        KeyRange {
            until: after_all(&from),
            // Longer paths are cut to less.
            exact: (2..=MAX_PATH - 2 * HASH).contains(&from.len()),
            from,
        }
    }

    /// Strings or tokens that begin so.
    pub fn prefix(&self, kind: TermKind, prefix: &[u8]) -> KeyRange {
        let mut from = self.start(kind);
        from.extend_from_slice(prefix);
        let cut = cut_off(&mut from);
        KeyRange {
            until: after_all(&from),
            from,
            exact: self.exact && !cut,
        }
    }

    /// Numbers between the bounds.
    pub fn numbers(&self, lower: Bound<&Numeric<'_>>, upper: Bound<&Numeric<'_>>) -> KeyRange {
        self.range(TermKind::Number, lower.map(number), upper.map(number))
    }

    /// Instants between the bounds.
    pub fn dates(&self, lower: Bound<i64>, upper: Bound<i64>) -> KeyRange {
        self.range(TermKind::Date, lower.map(date), upper.map(date))
    }

    /// Strings ([`TermKind::Keyword`]) or tokens ([`TermKind::Text`]) between the bounds, by code point.
    pub fn strings(&self, kind: TermKind, lower: Bound<&[u8]>, upper: Bound<&[u8]>) -> KeyRange {
        self.range(kind, lower, upper)
    }

    fn range<V: AsRef<[u8]>>(&self, kind: TermKind, lower: Bound<V>, upper: Bound<V>) -> KeyRange {
        let mut exact = self.exact;
        // A bound that is cut takes in all that share what is left of it.
        let mut bound = |value: &V| {
            let mut bytes = self.start(kind);
            bytes.extend_from_slice(value.as_ref());
            let cut = cut_off(&mut bytes);
            exact &= !cut;
            (bytes, cut)
        };
        let from = match &lower {
            Bound::Unbounded => self.start(kind),
            Bound::Included(value) => bound(value).0,
            Bound::Excluded(value) => {
                let (mut bytes, cut) = bound(value);
                if !cut {
                    bytes.push(0);
                }
                bytes
            }
        };
        let until = match &upper {
            Bound::Unbounded => after_all(&self.start(kind)),
            Bound::Included(value) | Bound::Excluded(value) => {
                let (mut bytes, cut) = bound(value);
                if cut {
                    bytes = after_all(&bytes);
                } else if matches!(upper, Bound::Included(_)) {
                    bytes.push(0);
                }
                bytes
            }
        };
        KeyRange { from, until, exact }
    }
}

/// Whether a key of the dictionary was cut, so that its value is known only in part.
pub fn is_cut(key: &[u8]) -> bool {
    key.len() >= MAX_KEY
}

/// What follows all keys that begin so. The kind in it is never `FF`, so there is a byte to increment.
fn after_all(beginning: &[u8]) -> Vec<u8> {
    let last = beginning.iter().rposition(|byte| *byte != 0xFF);
    let mut bytes = beginning[..last.map_or(0, |last| last + 1)].to_vec();
    if let Some(last) = bytes.last_mut() {
        *last += 1;
    }
    bytes
}

/// Cuts the key that begins at `start`, if it is too long.
fn cut(bytes: &mut Vec<u8>, start: usize) -> bool {
    if bytes.len() - start < MAX_KEY {
        return false;
    }
    let hash = hash(&bytes[start..]);
    bytes.truncate(start + MAX_KEY - HASH);
    bytes.extend_from_slice(&hash);
    true
}

/// What all keys share that are cut from values with this beginning.
fn cut_off(key: &mut Vec<u8>) -> bool {
    let cut = key.len() > MAX_KEY - HASH;
    key.truncate(MAX_KEY - HASH);
    cut
}

/// Hashes keys in two steps, since many of a document share all but the value.
#[derive(Clone, Copy, Debug)]
pub(crate) struct KeyHash(u64);

impl KeyHash {
    /// Of the field's keys of a kind, all but the value.
    pub(crate) fn of_field(field: &Field, kind: TermKind) -> KeyHash {
        KeyHash(KeyHash(kind as u64).with_value(&field.path))
    }

    /// Of a whole key.
    pub(crate) fn of_key(key: &[u8]) -> u64 {
        let kind = key.iter().position(|byte| (0xF8..0xFF).contains(byte));
        let (path, value) = key.split_at(kind.unwrap_or(key.len()));
        let Some((kind, value)) = value.split_first() else {
            return KeyHash(0).with_value(path);
        };
        KeyHash(KeyHash(u64::from(*kind)).with_value(path)).with_value(value)
    }

    #[inline]
    pub(crate) fn with_value(self, value: &[u8]) -> u64 {
        let mut hasher = FxHasher::with_seed(self.0 as usize);
        hasher.write(value);
        hasher.finish()
    }
}

/// FNV-1a. Rows are checked, so collisions cost time alone.
fn hash(bytes: &[u8]) -> [u8; HASH] {
    let step = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01B3);
    bytes.iter().fold(0xCBF2_9CE4_8422_2325, step).to_be_bytes()
}

fn number(value: &Numeric<'_>) -> Vec<u8> {
    let mut bytes = Vec::new();
    push_number(&mut bytes, value);
    bytes
}

pub(crate) fn date(milliseconds: i64) -> [u8; 8] {
    (milliseconds ^ i64::MIN).to_be_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn field(path: &str) -> Field {
        Field::new(path.split('.').map(str::as_bytes))
    }

    #[test]
    fn kinds_of_a_field_lie_together() {
        let a = field("a");
        let keys = [
            a.exists(),
            a.boolean(false),
            a.boolean(true),
            a.date(-1),
            a.date(0),
            a.keyword(b""),
            a.keyword(b"x"),
            a.token(b"x"),
            a.length(),
            field("a.b").exists(),
            field("a.b").length(),
            field("ab").exists(),
        ];
        let mut bytes: Vec<_> = keys.iter().map(Key::as_bytes).collect();
        assert!(bytes[..9].is_sorted());
        bytes.sort();
        bytes.dedup();
        assert_eq!(bytes.len(), keys.len());
        let strings = a.all(TermKind::Keyword);
        assert_eq!(
            keys.iter()
                .filter(|key| strings.contains(key.as_bytes()))
                .count(),
            2
        );
    }

    #[test]
    fn long_values_and_paths_are_cut() {
        let a = field("a");
        for length in [0, 100, 253, 254, 255, 8191, 100_000] {
            let key = a.keyword(&vec![b'x'; length]);
            assert!(key.as_bytes().len() <= MAX_KEY);
            assert_eq!(key.is_exact(), length < 254, "{length}");
            assert_eq!(is_cut(key.as_bytes()), length >= 254);
        }
        let long = field(&"k".repeat(128));
        assert!(!long.exists().is_exact());
        assert_eq!(
            TermKind::of(long.token(&[b'y'; 300]).as_bytes()),
            Some(TermKind::Text)
        );
        assert_ne!(long, field(&"k".repeat(129)));
        assert_ne!(long.child(b"a"), long.child(b"b"));
        assert_eq!(long.child(b"a").as_bytes().len(), 128);
        for field in [long, field("a.b.")] {
            let key = field.keyword(&[0xFF, b'x']);
            assert_eq!(Field::of_key(key.as_bytes()), Some(field));
        }
    }

    #[test]
    fn fields_below_another_lie_together() {
        let range = field("a.b").below();
        for (name, below) in [
            ("a.b.c", true),
            ("a.b.", true),
            ("a.b.c.d", true),
            ("a.b", false),
            ("a.bc", false),
            ("a.c", false),
            ("a", false),
        ] {
            for key in [field(name).exists(), field(name).keyword(&[0xFF; 300])] {
                assert_eq!(range.contains(key.as_bytes()), below, "{name}");
            }
        }
        let long = |length| Field::new([&vec![b'k'; length][..], &[b'c'; 200]]);
        for length in [2, 111, 112, 127, 128] {
            let range = Field::new([&vec![b'k'; length][..]]).below();
            let found = range.contains(long(length).exists().as_bytes());
            assert!(found || !range.exact, "{length}");
            assert_eq!(range.exact, length <= 111);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(5_000))]

        #[test]
        fn ranges_hold_what_they_should(
            head in 0usize..2,
            value in "[ab]{0,9}",
            lower in "[ab]{0,9}",
            upper in "[ab]{0,9}",
            form in 0..9,
        ) {
            // With a long common beginning the keys are cut.
            let long = |rest: &str| "c".repeat(head * 245) + rest;
            let (value, lower, upper) = (long(&value), long(&lower), long(&upper));
            let bound = |form, text| match form {
                0 => Bound::Unbounded,
                1 => Bound::Included(text),
                _ => Bound::Excluded(text),
            };
            let (low, high) = (bound(form % 3, lower.as_bytes()), bound(form / 3, upper.as_bytes()));
            let a = field("a");
            let range = a.strings(TermKind::Keyword, low, high);
            let expected = (low, high);
            let expected = std::ops::RangeBounds::<[u8]>::contains(&expected, value.as_bytes());
            let found = range.contains(a.keyword(value.as_bytes()).as_bytes());
            prop_assert!(found == expected || found && !range.exact);
            let prefix = a.prefix(TermKind::Keyword, lower.as_bytes());
            let found = prefix.contains(a.keyword(value.as_bytes()).as_bytes());
            let expected = value.starts_with(&lower);
            prop_assert!(found == expected || found && !prefix.exact);
        }
    }
}
