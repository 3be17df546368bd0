//! Where a phrase stands in a text, and how often: one answer for the index and for whoever looks at a document alone.
//!
//! Each word of the phrase has a place with an offset. In a text its occurrences are taken back by that offset; where
//! the phrase stands literally, all of them then meet in one position. With a slop they may lie that far apart, so
//! words may have moved, or two have swapped, which costs two. A word that the phrase has twice needs two occurrences,
//! and so do a word and a prefix of it.
//!
//! A literal phrase counts as often as it stands. With a slop the frequency is Lucene's (`SloppyPhraseMatcher`): a
//! sweep through the occurrences finds one stretch of text after the other in which all places have a word, and each
//! counts for `1 / (1 + how far they lie apart)`. The sweep doesn't try everything: it may miss a phrase whose prefix is
//! also a word of it, in a text with several tokens in one position. Such a one counts as the widest the slop allows.

use quidditch_document::step;

/// Finds out where a phrase stands. Keep it from text to text: it has buffers.
#[derive(Clone, Debug)]
pub struct Standing {
    places: Vec<Place>,
    slop: i64,
    /// Whether an occurrence of the last place may be one of an earlier place, too.
    last_shares: bool,
    /// What is chosen for each place, while one way of standing is tried.
    chosen: Vec<i64>,
}

#[derive(Clone, Debug)]
struct Place {
    offset: i64,
    /// An earlier place with the same words.
    same_as: Option<usize>,
    /// The first of all places with these words.
    words: usize,
    /// In the text at hand, ascending.
    positions: Vec<u32>,
    /// The occurrence at which the sweep is.
    head: usize,
}

impl Place {
    fn start(&self) -> i64 {
        i64::from(self.positions[self.head]) - self.offset
    }
}

impl Standing {
    /// `places`: the offset of each, ascending, and the nearest earlier place with the same words. `last_shares`:
    /// whether a word of an earlier place may stand at the last one, a prefix, too.
    pub fn new(
        places: impl IntoIterator<Item = (u32, Option<usize>)>,
        slop: u32,
        last_shares: bool,
    ) -> Standing {
        let mut all: Vec<Place> = Vec::new();
        for (offset, same_as) in places {
            all.push(Place {
                offset: i64::from(offset),
                same_as,
                words: same_as.map_or(all.len(), |same| all[same].words),
                positions: Vec::new(),
                head: 0,
            });
        }
        Standing {
            chosen: vec![0; all.len()],
            places: all,
            slop: i64::from(slop),
            last_shares,
        }
    }

    /// Forgets the text.
    pub fn clear(&mut self) {
        for place in &mut self.places {
            place.positions.clear();
        }
    }

    /// Where the words of a place are in the text: to be filled in, in any order, one position as often as you like.
    pub fn positions(&mut self, place: usize) -> &mut Vec<u32> {
        &mut self.places[place].positions
    }

    /// Whether the phrase stands somewhere.
    pub fn stands(&mut self) -> bool {
        self.sort() && self.stands_somewhere()
    }

    /// How often it stands. It is positive where the phrase stands, and no more than all places' positions together.
    pub fn frequency(&mut self) -> f64 {
        if !self.sort() {
            return 0.0;
        }
        if self.is_literal() {
            let count = self.places[0].positions.len();
            let standing = (0..count).filter(|occurrence| self.stands_from(0, *occurrence));
            return standing.count() as f64;
        }
        let found = self.sweep();
        let repeats = self.last_shares || self.places.iter().any(|place| place.same_as.is_some());
        if found == 0.0 && repeats && self.stands_somewhere() {
            return 1.0 / (1.0 + self.slop as f64);
        }
        found
    }

    /// Whether it stands where its first word does, or nowhere.
    fn is_literal(&self) -> bool {
        self.slop == 0 || self.places.len() == 1
    }

    /// Whether each place has an occurrence.
    fn sort(&mut self) -> bool {
        for place in &mut self.places {
            place.positions.sort_unstable();
            place.positions.dedup();
        }
        !self.places.is_empty() && self.places.iter().all(|place| !place.positions.is_empty())
    }

    fn stands_somewhere(&mut self) -> bool {
        // With a slop, any of the words may come first.
        let beginnings = if self.is_literal() {
            1
        } else {
            self.places.len()
        };
        (0..beginnings).any(|place| {
            let count = self.places[place].positions.len();
            (0..count).any(|occurrence| self.stands_from(place, occurrence))
        })
    }

    /// Whether it stands so that this occurrence of a place is its first word.
    fn stands_from(&mut self, place: usize, occurrence: usize) -> bool {
        step(10 * self.places.len());
        let place = &self.places[place];
        let start = i64::from(place.positions[occurrence]) - place.offset;
        self.stands_at(start)
    }

    /// Whether each place has an occurrence of its own that, taken back by its offset, is at `start` or up to the slop
    /// after.
    fn stands_at(&mut self, start: i64) -> bool {
        let last = self.places.len() - 1;
        if !self.last_shares {
            return self.choose(last + 1, None, start);
        }
        // The others need fewer occurrences than there are places, so one of as many is free if any is.
        let mut taken = start + self.places[last].offset;
        let latest = taken + self.slop;
        for _ in 0..=last {
            match next_from(&self.places[last].positions, taken) {
                Some(position) if position <= latest => {
                    if self.choose(last, Some(position), start) {
                        return true;
                    }
                    taken = position + 1;
                }
                _ => return false,
            }
        }
        false
    }

    /// Chooses occurrences for the first so many places, other than `taken`.
    fn choose(&mut self, count: usize, taken: Option<i64>, start: i64) -> bool {
        for (at, place) in self.places[..count].iter().enumerate() {
            let earliest = start + place.offset;
            // The same words' occurrences are taken in order, each once.
            let after = place.same_as.map_or(i64::MIN, |same| self.chosen[same] + 1);
            let mut found = next_from(&place.positions, earliest.max(after));
            if found.is_some() && found == taken {
                found = found.and_then(|position| next_from(&place.positions, position + 1));
            }
            match found {
                Some(position) if position <= earliest + self.slop => self.chosen[at] = position,
                _ => return false,
            }
        }
        true
    }

    /// Lucene's sum. All places go through their occurrences, always the one that is furthest back, as far as it comes
    /// without overtaking the next; there it is as near to the one in front as it gets.
    fn sweep(&mut self) -> f64 {
        for place in &mut self.places {
            place.head = 0;
        }
        let mut sum = 0.0;
        let mut left = (0..self.places.len()).all(|place| self.resolve_collisions(place, false));
        while left {
            let (least, next) = self.two_last();
            let mut apart = self.foremost() - self.places[least].start();
            loop {
                step(5 * self.places.len());
                left = self.advance(least) && self.resolve_collisions(least, true);
                if !left || self.places[least].start() > next {
                    break;
                }
                apart = apart.min(self.foremost() - self.places[least].start());
            }
            if apart <= self.slop {
                sum += 1.0 / (1.0 + apart as f64);
            }
        }
        sum
    }

    /// The place that is furthest back, of several the one with the least offset, and where the next one is.
    fn two_last(&self) -> (usize, i64) {
        let (mut least, mut next) = (0, i64::MAX);
        for (at, place) in self.places.iter().enumerate().skip(1) {
            if place.start() < self.places[least].start() {
                next = self.places[least].start();
                least = at;
            } else {
                next = next.min(place.start());
            }
        }
        (least, next)
    }

    fn foremost(&self) -> i64 {
        let starts = self.places.iter().map(Place::start);
        starts.max().unwrap_or(0)
    }

    /// `false` when the place has no more.
    fn advance(&mut self, place: usize) -> bool {
        let place = &mut self.places[place];
        place.head += 1;
        place.head < place.positions.len()
    }

    /// Of two places at one word that only one of them can have, moves on the one that is further back, until there
    /// are no more such, and, if it `follows`, those of whom it moves. `false` when one has no more.
    fn resolve_collisions(&mut self, mut place: usize, follows: bool) -> bool {
        while let Some(other) = self.colliding(place) {
            let (one, two) = (&self.places[place], &self.places[other]);
            let behind = if (two.start(), two.offset) < (one.start(), one.offset) {
                other
            } else {
                place
            };
            if !self.advance(behind) {
                return false;
            }
            if follows {
                place = behind;
            }
        }
        true
    }

    /// Another place at the same word.
    fn colliding(&self, place: usize) -> Option<usize> {
        let last = self.places.len() - 1;
        let own = &self.places[place];
        (0..self.places.len()).find(|at| {
            let other = &self.places[*at];
            let shares =
                other.words == own.words || self.last_shares && (*at == last || place == last);
            *at != place && shares && other.positions[other.head] == own.positions[own.head]
        })
    }
}

/// The first of the positions from `from` on.
fn next_from(positions: &[u32], from: i64) -> Option<i64> {
    let next = positions.partition_point(|position| i64::from(*position) < from);
    positions.get(next).map(|position| i64::from(*position))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// How often words stand in a text, with some slop.
    fn frequency(phrase: &str, slop: u32, text: &str) -> f64 {
        let words: Vec<&str> = phrase.split(' ').collect();
        let same = |place: usize| {
            (0..place)
                .rev()
                .find(|earlier| words[*earlier] == words[place])
        };
        let places = (0..words.len()).map(|place| (place as u32, same(place)));
        let mut standing = Standing::new(places, slop, false);
        for (position, token) in (0..).zip(text.split(' ')) {
            for (place, word) in words.iter().enumerate() {
                if *word == token {
                    standing.positions(place).push(position);
                }
            }
        }
        let frequency = standing.frequency();
        assert_eq!(
            frequency > 0.0,
            standing.stands(),
            "{phrase}~{slop} in {text}"
        );
        frequency
    }

    #[test]
    fn nearness_counts() {
        for (phrase, slop, text, expected) in [
            ("a b", 0, "a b a b b a", 2.0),
            ("a b", 1, "a b a b", 2.0),
            ("a b", 1, "a x b", 1.0 / 2.0),
            ("a b", 1, "b a", 0.0),
            ("a b", 2, "b a", 1.0 / 3.0),
            // Once as it is written, once in the other order.
            ("a b", 2, "a b a", 1.0 + 1.0 / 3.0),
            ("a b", 5, "a x x b", 1.0 / 3.0),
            ("a b c", 3, "a b x c", 1.0 / 2.0),
            ("a", 3, "a a", 2.0),
            ("a a", 1, "a", 0.0),
            ("a a", 1, "a x a", 1.0 / 2.0),
            ("a b a", 2, "a b a", 1.0),
        ] {
            let found = frequency(phrase, slop, text);
            assert!(
                (found - expected).abs() < 1e-12,
                "{found}, not {expected}: {phrase}~{slop} in {text}"
            );
        }
    }

    #[test]
    fn what_the_sweep_misses_counts() {
        // Two tokens in the second position. The sweep sends the prefix past both of them, out of the way of the others.
        let mut standing = Standing::new([(1, None), (2, None), (3, None)], 4, true);
        for (place, positions) in [&[1][..], &[0, 1], &[0, 1]].into_iter().enumerate() {
            standing.positions(place).extend(positions);
        }
        assert!(standing.stands());
        assert_eq!(standing.frequency(), 1.0 / 5.0);
    }

    proptest! {
        #[test]
        fn it_counts_where_it_stands(
            words in prop::collection::vec((0u8..3, 1u32..3), 2..5),
            text in prop::collection::vec(0u8..8, 1..10),
            slop in 0u32..5,
            is_prefix: bool,
        ) {
            let ranks: Vec<u8> = words.iter().map(|(word, _)| *word).collect();
            // A prefix stands for two of the three words, and isn't the same as any of them.
            let prefix = ranks.len() - 1;
            let is_prefix_at = |place: usize| is_prefix && place == prefix;
            // A position has none of the words, or one, or several.
            let is_at = |place: usize, tokens: u8| {
                tokens & if is_prefix_at(place) { 3 } else { 1 << ranks[place] } != 0
            };
            let same = |place: usize| {
                let mut earlier = (0..place).rev().filter(|_| !is_prefix_at(place));
                earlier.find(|earlier| ranks[*earlier] == ranks[place])
            };
            let last_shares = is_prefix && ranks[..prefix].iter().any(|word| *word < 2);
            let mut offset = 0;
            let places = words.iter().enumerate().map(|(place, (_, gap))| {
                offset += gap;
                (offset, same(place))
            });
            let mut standing = Standing::new(places.collect::<Vec<_>>(), slop, last_shares);
            for (position, tokens) in (0..).zip(&text) {
                for place in (0..ranks.len()).filter(|place| is_at(*place, *tokens)) {
                    standing.positions(place).push(position);
                }
            }
            let frequency = standing.frequency();
            prop_assert_eq!(frequency > 0.0, standing.stands());
            let most: usize = (0..ranks.len()).map(|place| standing.positions(place).len()).sum();
            prop_assert!(frequency <= most as f64);
        }
    }
}
