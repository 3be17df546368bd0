//! `LIKE`: patterns of `%` and `_`, prepared once, and matched in time linear in the string without allocating.
//!
//! A pattern is cut at each `%`. What comes before the first and after the last has to stand at the ends of the
//! string, and the pieces between are looked for from left to right, each at the first place that it fits.

use crate::error::Fault;
use memchr::memmem::Finder;

/// A prepared pattern.
#[derive(Clone, Debug)]
pub(crate) struct Pattern {
    pub(crate) text: Box<str>,
    start: Anchored,
    middle: Box<[Floating]>,
    /// None without a `%`: then `start` is all of the string.
    end: Option<Anchored>,
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Pattern) -> bool {
        self.text == other.text
    }
}

/// A character, `None` for `_`.
type Element = Option<char>;

#[derive(Clone, Debug)]
enum Anchored {
    Literal(Box<str>),
    Gapped(Box<[Element]>),
}

#[derive(Clone, Debug)]
enum Floating {
    Literal(Box<Finder<'static>>),
    Gapped(Gapped),
}

impl Pattern {
    pub(crate) fn new(text: &str) -> Result<Pattern, Fault> {
        let mut pieces = vec![Vec::new()];
        let mut chars = text.chars();
        while let Some(char) = chars.next() {
            let element = match char {
                '%' => {
                    pieces.push(Vec::new());
                    continue;
                }
                '_' => None,
                '\\' => Some(chars.next().ok_or_else(|| {
                    Fault::invalid("a pattern that ends with a backslash")
                        .hint("write a backslash as \"\\\\\"")
                })?),
                char => Some(char),
            };
            if let Some(piece) = pieces.last_mut() {
                piece.push(element);
            }
        }
        let mut pieces = pieces.into_iter();
        let start = Anchored::new(pieces.next().unwrap_or_default());
        let end = pieces.next_back().map(Anchored::new);
        let middle = pieces
            .filter(|piece| !piece.is_empty())
            .map(Floating::new)
            .collect::<Result<_, _>>()?;
        Ok(Pattern {
            text: text.into(),
            start,
            middle,
            end,
        })
    }

    pub(crate) fn matches(&self, string: &[u8]) -> bool {
        quidditch_document::step(string.len() / 16);
        self.rest(string).is_some()
    }

    /// What the last of the pieces leaves of the string, when all of them fit.
    fn rest<'s>(&self, string: &'s [u8]) -> Option<&'s [u8]> {
        let mut rest = self.start.strip_from_start(string)?;
        match &self.end {
            Some(end) => rest = end.strip_from_end(rest)?,
            None => return rest.is_empty().then_some(rest),
        }
        for piece in &self.middle {
            rest = &rest[piece.end_in(rest)?..];
        }
        Some(rest)
    }
}

/// The piece as a string, when it has no gaps.
fn literal(piece: &[Element]) -> Option<String> {
    piece.iter().copied().collect()
}

impl Anchored {
    fn new(piece: Vec<Element>) -> Anchored {
        literal(&piece).map_or_else(
            || Anchored::Gapped(piece.into()),
            |literal| Anchored::Literal(literal.into()),
        )
    }

    fn strip_from_start<'s>(&self, string: &'s [u8]) -> Option<&'s [u8]> {
        match self {
            Anchored::Literal(literal) => string.strip_prefix(literal.as_bytes()),
            Anchored::Gapped(piece) => piece.iter().try_fold(string, |rest, element| {
                let (first, rest) = rest.split_at(first_length(rest)?);
                fits(*element, first).then_some(rest)
            }),
        }
    }

    fn strip_from_end<'s>(&self, string: &'s [u8]) -> Option<&'s [u8]> {
        match self {
            Anchored::Literal(literal) => string.strip_suffix(literal.as_bytes()),
            Anchored::Gapped(piece) => piece.iter().rev().try_fold(string, |rest, element| {
                let (rest, last) = rest.split_at(rest.len() - last_length(rest)?);
                fits(*element, last).then_some(rest)
            }),
        }
    }
}

impl Floating {
    fn new(piece: Vec<Element>) -> Result<Floating, Fault> {
        Ok(match literal(&piece) {
            Some(literal) => Floating::Literal(Box::new(Finder::new(&literal).into_owned())),
            None => Floating::Gapped(Gapped::new(&piece)?),
        })
    }

    /// Where the piece ends at its first place in the string.
    fn end_in(&self, string: &[u8]) -> Option<usize> {
        match self {
            Floating::Literal(finder) => Some(finder.find(string)? + finder.needle().len()),
            Floating::Gapped(piece) => piece.end_in(string),
        }
    }
}

const WORDS: usize = 4;
/// As long may a piece with gaps between two `%` be, in characters.
const MOST: usize = WORDS * 64;

/// A piece with gaps that may stand anywhere, for the shift-and algorithm: bit `i` of the state says that the
/// last `i + 1` characters fit the start of the piece.
#[derive(Clone, Debug)]
struct Gapped {
    length: usize,
    /// Sorted, each with the positions that it fits, gaps included.
    characters: Box<[(char, [u64; WORDS])]>,
    /// The positions that any other character fits.
    gaps: [u64; WORDS],
}

impl Gapped {
    fn new(piece: &[Element]) -> Result<Gapped, Fault> {
        if piece.len() > MOST {
            let message = format!("more than {MOST} characters with \"_\" between two \"%\"");
            return Err(Fault::limit(message));
        }
        let positions = |wanted: Element| {
            let mut bits = [0; WORDS];
            for (place, element) in piece.iter().enumerate() {
                if element.is_none() || *element == wanted {
                    bits[place / 64] |= 1 << (place % 64);
                }
            }
            bits
        };
        let mut distinct: Vec<char> = piece.iter().copied().flatten().collect();
        distinct.sort_unstable();
        distinct.dedup();
        Ok(Gapped {
            length: piece.len(),
            characters: distinct
                .into_iter()
                .map(|char| (char, positions(Some(char))))
                .collect(),
            gaps: positions(None),
        })
    }

    fn end_in(&self, string: &[u8]) -> Option<usize> {
        let (last_word, last_bit) = ((self.length - 1) / 64, (self.length - 1) % 64);
        let mut state = [0u64; WORDS];
        let mut end = 0;
        while let Some(length) = first_length(&string[end..]) {
            let char = decode(&string[end..end + length]);
            end += length;
            let known = char.and_then(|char| {
                let place = self
                    .characters
                    .binary_search_by_key(&char, |(char, _)| *char);
                place.ok().map(|place| &self.characters[place].1)
            });
            let fitting = known.unwrap_or(&self.gaps);
            let mut carry = 1;
            for (word, fitting) in state.iter_mut().zip(fitting).take(last_word + 1) {
                let next = *word >> 63;
                *word = (*word << 1 | carry) & fitting;
                carry = next;
            }
            if state[last_word] >> last_bit & 1 == 1 {
                return Some(end);
            }
        }
        None
    }
}

fn is_continuation(byte: u8) -> bool {
    byte & 0xC0 == 0x80
}

/// The length of the first character. Bytes that aren't UTF-8 are characters of one to four bytes.
fn first_length(string: &[u8]) -> Option<usize> {
    let (_, rest) = string.split_first()?;
    let continuation = rest
        .iter()
        .take(3)
        .take_while(|byte| is_continuation(**byte));
    Some(1 + continuation.count())
}

fn last_length(string: &[u8]) -> Option<usize> {
    let continuation = string
        .iter()
        .rev()
        .take(3)
        .take_while(|byte| is_continuation(**byte));
    (!string.is_empty()).then_some((1 + continuation.count()).min(string.len()))
}

fn decode(character: &[u8]) -> Option<char> {
    match character {
        [ascii @ 0..0x80] => Some(char::from(*ascii)),
        _ => std::str::from_utf8(character).ok()?.chars().next(),
    }
}

fn fits(element: Element, character: &[u8]) -> bool {
    element.is_none_or(|char| char.encode_utf8(&mut [0; 4]).as_bytes() == character)
}
