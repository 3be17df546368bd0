//! Random clauses over random documents in several segments, some of them dead, against an evaluator written for
//! clarity: the same rows with the same scores, to the last bit, and the best of them in the same order.

mod naive;

use naive::seeded::Seeded;
use naive::*;
use quidditch_document::NumericBuf;
use quidditch_segment::*;
use std::collections::BTreeSet;
use std::ops::Bound;

/// A document with its terms at hand.
struct Known<'d> {
    document: &'d Document,
    keys: BTreeSet<Vec<u8>>,
    tokens: Vec<(Vec<u8>, u32)>,
}

impl Known<'_> {
    fn new(document: &Document) -> Known<'_> {
        let lists = lists(std::slice::from_ref(document));
        let tokens = document.tokens().into_iter();
        let tokens = tokens.map(|(token, at)| {
            (
                field("body").token(token.as_bytes()).as_bytes().to_vec(),
                at,
            )
        });
        Known {
            document,
            keys: lists.into_keys().collect(),
            tokens: tokens.collect(),
        }
    }

    fn length(&self) -> u8 {
        encode_length(self.tokens.len() as u32)
    }

    fn score(&self, clause: &Clause) -> Option<f64> {
        match clause {
            Clause::Every { score } => Some(*score),
            Clause::Terms {
                keys,
                ranges,
                score,
            } => {
                let mut found = self.keys.iter();
                found
                    .any(|key| keys.contains(key) || ranges.iter().any(|range| range.contains(key)))
                    .then_some(*score)
            }
            Clause::Word { key, weight } => {
                let frequency = self.tokens.iter().filter(|(token, _)| token == key).count();
                (frequency > 0).then(|| weight.score(frequency as u32, self.length()))
            }
            Clause::Phrase(phrase) => {
                let frequency = self.phrase_frequency(phrase);
                (frequency > 0.0).then(|| phrase.weight.score_of(frequency, self.length()))
            }
            Clause::Bool {
                must,
                filter,
                must_not,
                should,
                needed,
            } => {
                let mut sum = 0.0;
                for clause in must {
                    sum += self.score(clause)?;
                }
                for clause in filter {
                    self.score(clause)?;
                }
                if must_not.iter().any(|clause| self.score(clause).is_some()) {
                    return None;
                }
                let mut matched = 0;
                for score in should.iter().filter_map(|clause| self.score(clause)) {
                    sum += score;
                    matched += 1;
                }
                if [must, filter, must_not, should]
                    .iter()
                    .all(|clauses| clauses.is_empty())
                {
                    sum = 1.0;
                }
                (matched >= *needed).then_some(sum)
            }
            Clause::DisMax {
                clauses,
                tie_breaker,
            } => {
                let scores: Vec<f64> = clauses
                    .iter()
                    .filter_map(|clause| self.score(clause))
                    .collect();
                let sum = scores.iter().fold(0.0, |sum, score| sum + score);
                let best = scores.iter().copied().reduce(f64::max)?;
                Some(best + tie_breaker * (sum - best))
            }
            Clause::Constant { clause, score } => self.score(clause).map(|_| *score),
            Clause::Boosted { clause, boost } => self.score(clause).map(|score| boost * score),
        }
    }

    /// Where it stands is found out by trying all ways to give each place an occurrence of its own.
    fn phrase_frequency(&self, phrase: &Phrase) -> f64 {
        let occurrences: Vec<Vec<i64>> = phrase
            .places
            .iter()
            .map(|place| {
                let tokens = self.tokens.iter().filter(|(token, _)| {
                    place.keys.contains(token)
                        || place.ranges.iter().any(|range| range.contains(token))
                });
                tokens.map(|(_, at)| i64::from(*at)).collect()
            })
            .collect();
        let mut starts = BTreeSet::new();
        let beginnings = if phrase.slop == 0 {
            1
        } else {
            phrase.places.len()
        };
        for (place, occurrences) in phrase.places.iter().zip(&occurrences).take(beginnings) {
            starts.extend(occurrences.iter().map(|at| at - i64::from(place.offset)));
        }
        fn stands(
            places: &[PhrasePlace],
            occurrences: &[Vec<i64>],
            start: i64,
            slop: i64,
            taken: &mut Vec<i64>,
        ) -> bool {
            let (Some(place), Some(own)) = (places.first(), occurrences.first()) else {
                return true;
            };
            let earliest = start + i64::from(place.offset);
            own.iter().any(|at| {
                if *at < earliest || *at > earliest + slop || taken.contains(at) {
                    return false;
                }
                taken.push(*at);
                let stands = stands(&places[1..], &occurrences[1..], start, slop, taken);
                taken.pop();
                stands
            })
        }
        let slop = i64::from(phrase.slop);
        let standing = starts
            .iter()
            .filter(|start| stands(&phrase.places, &occurrences, **start, slop, &mut Vec::new()));
        let count = standing.count();
        if slop == 0 || phrase.places.len() == 1 || count == 0 {
            return count as f64;
        }
        match sloppy_frequency(phrase, &occurrences) {
            0.0 => 1.0 / (1.0 + slop as f64),
            frequency => frequency,
        }
    }
}

/// Lucene's sweep, on what is left of each place's occurrences.
fn sloppy_frequency(phrase: &Phrase, occurrences: &[Vec<i64>]) -> f64 {
    let places = &phrase.places;
    let last = places.len() - 1;
    let shares = places[..last].iter().flat_map(|place| &place.keys);
    let last_shares = shares
        .into_iter()
        .any(|key| places[last].ranges.iter().any(|range| range.contains(key)));
    let collide = |one: usize, other: usize| {
        let same =
            places[one].keys == places[other].keys && places[one].ranges == places[other].ranges;
        one != other && (same || last_shares && (one == last || other == last))
    };
    // The next of each place comes last.
    let mut left: Vec<Vec<i64>> = occurrences.to_vec();
    left.iter_mut().for_each(|left| left.reverse());
    // Taken back by the offset; of two in one position the place that comes later in the phrase is further back.
    let start = |left: &[Vec<i64>], place: usize| {
        let position = left[place].last()?;
        Some((position - i64::from(places[place].offset), place))
    };
    let collision = |left: &[Vec<i64>], place: usize| {
        (0..places.len())
            .find(|other| collide(place, *other) && left[place].last() == left[*other].last())
    };
    for place in 0..places.len() {
        while let Some(other) = collision(&left, place) {
            let behind = start(&left, place).min(start(&left, other)).unwrap().1;
            left[behind].pop();
            if left[behind].is_empty() {
                return 0.0;
            }
        }
    }
    let mut sum = 0.0;
    loop {
        let mut starts: Vec<_> = (0..places.len())
            .map(|place| start(&left, place).unwrap())
            .collect();
        starts.sort();
        let ((_, lead), (next, _)) = (starts[0], starts[1]);
        let mut least = i64::MAX;
        let mut ended = false;
        while !ended && start(&left, lead).unwrap().0 <= next {
            let most = (0..places.len())
                .filter_map(|place| start(&left, place))
                .max()
                .unwrap()
                .0;
            least = least.min(most - start(&left, lead).unwrap().0);
            let mut moved = lead;
            left[moved].pop();
            while !left[moved].is_empty()
                && let Some(other) = collision(&left, moved)
            {
                moved = start(&left, moved).min(start(&left, other)).unwrap().1;
                left[moved].pop();
            }
            ended = left[moved].is_empty();
        }
        if least <= i64::from(phrase.slop) {
            sum += 1.0 / (1.0 + least as f64);
        }
        if ended {
            return sum;
        }
    }
}

/// Makes clauses with weights for the whole corpus.
struct Clauses {
    documents: u64,
    lengths: LengthFactors,
    lists: Lists,
}

impl Clauses {
    fn weight(&self, random: &mut Seeded, keys: &[Vec<u8>]) -> Weight {
        let having = keys
            .iter()
            .map(|key| self.lists.get(key).map_or(0, Vec::len) as u64);
        let idf = having.map(|having| Bm25::inverse_document_frequency(self.documents, having));
        let boost = [1.0, 1.0, 2.5, 0.1][random.below(4)];
        Bm25::default().weight(boost, idf.sum(), &self.lengths)
    }

    fn token(&self, random: &mut Seeded) -> Vec<u8> {
        let word = zipf_word(random, 40);
        field("body").token(word.as_bytes()).as_bytes().to_vec()
    }

    fn word(&self, random: &mut Seeded) -> Clause {
        let key = self.token(random);
        let weight = self.weight(random, std::slice::from_ref(&key));
        Clause::Word { key, weight }
    }

    fn several(&self, random: &mut Seeded, depth: usize, most: usize) -> Vec<Clause> {
        let words_only = random.below(3) == 0;
        (0..random.below(most + 1))
            .map(|_| {
                if words_only {
                    self.word(random)
                } else {
                    self.clause(random, depth)
                }
            })
            .collect()
    }

    fn clause(&self, random: &mut Seeded, depth: usize) -> Clause {
        let score = [1.0, 0.5, 3.0][random.below(3)];
        let kind = if depth == 0 {
            random.below(6)
        } else {
            random.below(11)
        };
        match kind {
            0 if random.below(4) == 0 => Clause::Every { score },
            1 => {
                let number = |random: &mut Seeded| -> NumericBuf {
                    (random.below(240) as i64 - 120)
                        .to_string()
                        .parse()
                        .unwrap()
                };
                let (low, high) = (number(random), number(random));
                let (low, high) = (low.as_numeric(), high.as_numeric());
                let range = field("price").numbers(Bound::Included(&low), Bound::Excluded(&high));
                Clause::Terms {
                    keys: vec![],
                    ranges: vec![range],
                    score,
                }
            }
            2 => {
                let tags = (0..random.below(3) + 1).map(|_| zipf_word(random, 300));
                let keys = tags.map(|tag| {
                    field("meta.tag")
                        .keyword(tag.as_bytes())
                        .as_bytes()
                        .to_vec()
                });
                Clause::Terms {
                    keys: keys.collect(),
                    ranges: vec![],
                    score,
                }
            }
            3 => {
                let mut places = Vec::new();
                let mut offset = 0;
                // Of few words, so that some are there twice.
                let repeats = random.below(2) == 0;
                for _ in 0..random.below(3) + 1 + usize::from(repeats) {
                    let word = zipf_word(random, if repeats { 3 } else { 40 });
                    let word = field("body").token(word.as_bytes());
                    let mut keys = vec![word.as_bytes().to_vec()];
                    if random.below(6) == 0 {
                        keys.push(self.token(random));
                    }
                    places.push(PhrasePlace {
                        offset,
                        keys,
                        ranges: vec![],
                    });
                    offset += 1 + u32::from(random.below(5) == 0);
                }
                // The matcher gives each place an occurrence of its own only where words are the same.
                let alike = |places: &[PhrasePlace]| {
                    places.iter().enumerate().any(|(at, place)| {
                        places[..at].iter().any(|other| {
                            other.keys != place.keys
                                && other.keys.iter().any(|key| place.keys.contains(key))
                        })
                    })
                };
                if alike(&places) {
                    places.truncate(1);
                }
                let last = places.last_mut().unwrap();
                if random.below(4) == 0 {
                    let prefix = [&b"w"[..], b"w1", b"w2"][random.below(3)];
                    last.keys.clear();
                    last.ranges = vec![field("body").prefix(TermKind::Text, prefix)];
                }
                let keys: Vec<_> = places.iter().flat_map(|place| place.keys.clone()).collect();
                Clause::Phrase(Phrase {
                    places,
                    slop: [0, 0, 1, 3][random.below(4)],
                    weight: self.weight(random, &keys),
                })
            }
            6..9 => {
                let must = self.several(random, depth - 1, 2);
                let (filters, exclusions) = (random.below(2), random.below(2));
                let filter = self.several(random, depth - 1, filters);
                let must_not = self.several(random, depth - 1, exclusions);
                let should = self.several(random, depth - 1, 7);
                let alone = must.is_empty() && filter.is_empty();
                let needed = if alone {
                    usize::from(!should.is_empty())
                } else {
                    0
                };
                let needed = if random.below(4) == 0 {
                    random.below(3)
                } else {
                    needed
                };
                Clause::Bool {
                    must,
                    filter,
                    must_not,
                    should,
                    needed,
                }
            }
            9 => Clause::DisMax {
                clauses: self.several(random, depth - 1, 4),
                tie_breaker: [0.0, 0.3, 1.0, 2.5][random.below(4)],
            },
            10 => {
                let clause = Box::new(self.clause(random, depth - 1));
                if random.below(2) == 0 {
                    Clause::Constant { clause, score }
                } else {
                    Clause::Boosted {
                        clause,
                        boost: score,
                    }
                }
            }
            _ => self.word(random),
        }
    }
}

fn check(seed: u64, count: usize, rounds: usize) {
    let mut random = Seeded(seed);
    let words = [30, 2000][random.below(2)];
    let documents = corpus(&mut random, count, words);
    let parts = random.below(3) + 1;
    let mut split: Vec<Vec<Document>> = vec![Vec::new(); parts];
    for document in &documents {
        split[random.below(parts)].push(document.clone());
    }
    let mut pages = MemoryPages::new(MIN_CAPACITY);
    let roots: Vec<u32> = split
        .iter()
        .map(|part| write(&mut pages, part, PLENTY))
        .collect();
    let share = [0, 20][random.below(2)];
    let dead = documents.iter().filter(|_| random.below(100) < share);
    let dead: BTreeSet<RowId> = dead.map(|document| document.row).collect();
    for root in &roots {
        mark_dead(&mut pages, *root, |row| dead.contains(&row)).unwrap();
    }
    let segments: Vec<_> = roots
        .iter()
        .map(|root| Segment::open(&pages, *root).unwrap())
        .collect();
    let mut totals = FieldTotals::default();
    for segment in &segments {
        let part = segment.field_totals(&field("body")).unwrap();
        totals.documents += part.documents;
        totals.tokens += part.tokens;
    }
    let clauses = Clauses {
        documents: totals.documents,
        lengths: Bm25::default().length_factors(totals.documents, totals.tokens),
        lists: lists(&documents),
    };
    let known: Vec<Known> = documents.iter().map(Known::new).collect();
    for round in 0..rounds {
        let clause = clauses.clause(&mut random, 1 + round % 2);
        let live = known
            .iter()
            .filter(|known| !dead.contains(&known.document.row));
        let hit = |known: &Known| {
            let score = known.score(&clause)?;
            Some(Hit {
                score,
                row: known.document.row,
            })
        };
        let mut expected: Vec<Hit> = live.filter_map(hit).collect();
        expected.sort();
        let mut found = Vec::new();
        for segment in &segments {
            let mut matches = Matches::new(segment, &clause).unwrap();
            while let Some((row, score)) = matches.advance().unwrap() {
                found.push(Hit { score, row });
            }
        }
        found.sort();
        assert!(
            found == expected,
            "{} hits for {}: {clause:?}",
            found.len(),
            expected.len()
        );
        for count in [1, 3, 20] {
            let mut after = None;
            let mut rest = expected.as_slice();
            // The second and third time it goes on after what was found.
            for page in 0..3 {
                let count = count << (2 * page);
                let mut top = TopHits::new(count, after);
                for segment in &segments {
                    top.search(segment, &clause).unwrap();
                }
                let hits = top.into_hits();
                let (now, later) = rest.split_at(count.min(rest.len()));
                assert!(hits == now, "{count} of {hits:?}\nnot {now:?}\n{clause:?}");
                rest = later;
                after = now.last().copied().or(after);
            }
        }
    }
}

#[test]
fn small_indexes() {
    for seed in 0..60 {
        check(seed, [1, 5, 40, 200][seed as usize % 4], 60);
    }
}

#[test]
fn lists_of_many_blocks() {
    for seed in 100..106 {
        check(seed, 3000, 60);
    }
}
