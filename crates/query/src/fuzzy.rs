//! Words within a few edits of another: `fuzzy`, and `fuzziness` in the clauses over text.
//!
//! The distance is the optimal string alignment distance over characters (Levenshtein's, where swapping two
//! neighbours may count as one edit), as in Lucene's automata. At most two edits are allowed, so of its table only
//! five diagonals are ever computed.

/// How many edits are allowed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Fuzziness {
    /// By the word's length: none below the first number of characters, one below the second, else two.
    Auto(usize, usize),
    Edits(usize),
}

impl Fuzziness {
    pub(crate) const AUTO: Fuzziness = Fuzziness::Auto(3, 6);

    /// `AUTO`, `AUTO:3,6`, `0`, `1`, `2`.
    pub(crate) fn parse(text: &str) -> Option<Fuzziness> {
        let lengths = match text.split_at_checked(4) {
            Some((auto, lengths)) if auto.eq_ignore_ascii_case("auto") => lengths,
            _ => {
                let edits = text.trim_end_matches(".0").parse().ok()?;
                return (edits <= MOST_EDITS).then_some(Fuzziness::Edits(edits));
            }
        };
        if lengths.is_empty() {
            return Some(Fuzziness::AUTO);
        }
        let (one, two) = lengths.strip_prefix(':')?.split_once(',')?;
        let (one, two) = (one.trim().parse().ok()?, two.trim().parse().ok()?);
        (one <= two).then_some(Fuzziness::Auto(one, two))
    }

    fn edits(self, length: usize) -> usize {
        match self {
            Fuzziness::Edits(edits) => edits,
            Fuzziness::Auto(one, _) if length < one => 0,
            Fuzziness::Auto(_, two) if length < two => 1,
            Fuzziness::Auto(..) => 2,
        }
    }
}

/// Lucene's most, too.
const MOST_EDITS: usize = 2;

/// Diagonals of the table that may hold a distance of at most [`MOST_EDITS`].
const BAND: usize = 2 * MOST_EDITS + 1;

/// More than any distance that matters.
const FAR: u8 = MOST_EDITS as u8 + 1;

/// A word, and how far others may be from it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Fuzzy {
    pub(crate) word: Box<str>,
    pub(crate) fuzziness: Fuzziness,
    /// So many characters at the start have to be the same.
    pub(crate) prefix_length: usize,
    /// Whether swapping two neighbours is one edit, not two.
    pub(crate) transpositions: bool,
    characters: Box<[char]>,
    edits: usize,
}

impl Fuzzy {
    pub(crate) fn new(
        word: &str,
        fuzziness: Fuzziness,
        prefix_length: usize,
        transpositions: bool,
    ) -> Fuzzy {
        let characters: Box<[char]> = word.chars().collect();
        Fuzzy {
            word: word.into(),
            fuzziness,
            prefix_length,
            transpositions,
            edits: fuzziness.edits(characters.len()),
            characters,
        }
    }

    /// How many edits are allowed to this word.
    pub(crate) fn edits(&self) -> usize {
        self.edits
    }

    /// What all words begin with that are near enough.
    pub(crate) fn prefix(&self) -> &str {
        let mut characters = self.word.chars();
        characters.by_ref().take(self.prefix_length).for_each(drop);
        &self.word[..self.word.len() - characters.as_str().len()]
    }

    /// Whether a word is near enough.
    pub(crate) fn matches(&self, word: &[u8]) -> bool {
        if self.edits == 0 {
            return word == self.word.as_bytes();
        }
        // A character more or less is at most four bytes.
        if word.len().abs_diff(self.word.len()) > 4 * self.edits {
            return false;
        }
        let Ok(word) = std::str::from_utf8(word) else {
            return false;
        };
        let mut characters = word.chars();
        let same = self.prefix_length.min(self.characters.len());
        let (prefix, rest) = self.characters.split_at(same);
        if !prefix
            .iter()
            .all(|character| characters.next() == Some(*character))
        {
            return false;
        }
        distance_within(rest, characters, self.edits, self.transpositions)
    }
}

/// Whether the distance between two words is at most `edits`.
fn distance_within(
    wanted: &[char],
    word: impl Iterator<Item = char>,
    edits: usize,
    transpositions: bool,
) -> bool {
    // Column j of the table holds the distances between the first j characters of the word and the first
    // j - MOST_EDITS ..= j + MOST_EDITS of the wanted one.
    let wanted_before = |i: usize, offset: usize| i.checked_sub(offset).and_then(|i| wanted.get(i));
    let mut columns = [[FAR; BAND]; 3];
    for (slot, distance) in (MOST_EDITS..BAND).zip(0..) {
        columns[0][slot] = distance;
    }
    let mut previous = None;
    let mut length = 0;
    for character in word {
        length += 1;
        columns.rotate_right(1);
        let [current, last, before] = &mut columns;
        let mut nearest = FAR;
        for slot in 0..BAND {
            // Of the wanted word, so many characters.
            let Some(i) = (length + slot).checked_sub(MOST_EDITS) else {
                current[slot] = FAR;
                continue;
            };
            let mut distance = last.get(slot + 1).map_or(FAR, |distance| distance + 1);
            if i > 0 && slot > 0 {
                distance = distance.min(current[slot - 1] + 1);
            }
            if let Some(own) = wanted_before(i, 1) {
                distance = distance.min(last[slot] + u8::from(*own != character));
                let swapped = transpositions
                    && previous == Some(*own)
                    && wanted_before(i, 2) == Some(&character);
                if swapped {
                    distance = distance.min(before[slot] + 1);
                }
            } else if i > 0 {
                distance = FAR;
            }
            current[slot] = distance.min(FAR);
            nearest = nearest.min(current[slot]);
        }
        if usize::from(nearest) > edits {
            return false;
        }
        previous = Some(character);
    }
    (wanted.len() + MOST_EDITS)
        .checked_sub(length)
        .and_then(|slot| columns[0].get(slot))
        .is_some_and(|distance| usize::from(*distance) <= edits)
}
