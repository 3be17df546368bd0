//! BM25, in one order of operations that everything follows: what scores a document and what bounds the scores of a
//! block use the same function, which never falls when the frequency rises or the length falls, in `f64` arithmetic
//! as on paper. So bounds are bounds to the last bit.

use crate::decode_length;
use crate::format::{Impact, Impacts};
use std::rc::Rc;

/// The parameters of BM25.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bm25 {
    /// How soon further occurrences stop to count.
    pub k1: f64,
    /// How much long documents are worth less.
    pub b: f64,
}

impl Default for Bm25 {
    fn default() -> Bm25 {
        Bm25 { k1: 1.2, b: 0.75 }
    }
}

/// What the length of a field's text does to scores: a factor for each length code. Cheap to clone.
#[derive(Clone, Debug, PartialEq)]
pub struct LengthFactors(Rc<[f64; 256]>);

impl Bm25 {
    /// For a field that `documents` have, with so many tokens in all of them, over all segments.
    pub fn length_factors(&self, documents: u64, tokens: u64) -> LengthFactors {
        let average = (tokens as f64 / documents as f64).max(1.0);
        let factor = |code| {
            let length = f64::from(decode_length(code as u8));
            1.0 / (self.k1 * (1.0 - self.b + self.b * (length / average)))
        };
        LengthFactors(Rc::new(std::array::from_fn(factor)))
    }

    /// How much a term is worth that `having` of `documents` have.
    pub fn inverse_document_frequency(documents: u64, having: u64) -> f64 {
        let (documents, having) = (documents as f64, having as f64);
        ((documents - having + 0.5) / (having + 0.5)).ln_1p()
    }

    /// A term's weight, as Elasticsearch has it: `boost × (k1 + 1) × idf`.
    pub fn weight(&self, boost: f64, idf: f64, lengths: &LengthFactors) -> Weight {
        Weight {
            most: boost * (self.k1 + 1.0) * idf,
            lengths: lengths.clone(),
        }
    }
}

/// Makes scores from frequencies and lengths.
#[derive(Clone, Debug, PartialEq)]
pub struct Weight {
    /// No score reaches it.
    most: f64,
    lengths: LengthFactors,
}

impl Weight {
    /// The score of a posting.
    ///
    /// It is `most × f / (f + norm)`, written so that each step is monotone.
    #[inline]
    pub fn score(&self, frequency: u32, length: u8) -> f64 {
        self.score_of(f64::from(frequency), length)
    }

    /// The score of what isn't there a whole number of times: a phrase whose words lie apart.
    #[inline]
    pub fn score_of(&self, frequency: f64, length: u8) -> f64 {
        let factor = self.lengths.0[usize::from(length)];
        self.most - self.most / (1.0 + frequency * factor)
    }

    /// What [`Weight::reaches`] tells postings by that score `floor`; `None` if all do.
    pub(crate) fn reach(&self, floor: f64) -> Option<f64> {
        // Scores are differences from `most`, which is what their last bits are bits of.
        let floor = floor - 1e-9 * self.most;
        // `floor = most - most / (1 + reach)`
        (floor > 0.0).then(|| match floor / (self.most - floor) {
            reach if reach > 0.0 => reach,
            _ => f64::INFINITY,
        })
    }

    /// Whether a posting may score the floor that `reach` is of. Without a division, unlike its score.
    #[inline]
    pub(crate) fn reaches(&self, frequency: u32, length: u8, reach: f64) -> bool {
        f64::from(frequency) * self.lengths.0[usize::from(length)] >= reach
    }

    /// What no score reaches, whatever the frequency and the length.
    pub fn limit(&self) -> f64 {
        self.most
    }

    pub(crate) fn bound(&self, impacts: &Impacts) -> f64 {
        let scores = impacts.iter().map(|impact| match impact.frequency {
            u16::MAX => self.most,
            frequency => self.score(u32::from(frequency), impact.length),
        });
        scores.fold(0.0, f64::max)
    }
}

/// Finds few pairs that bound many postings.
#[derive(Default)]
pub(crate) struct ImpactCollector {
    pairs: Vec<Impact>,
}

impl ImpactCollector {
    pub(crate) fn add(&mut self, frequency: u32, length: u8) {
        self.add_impact(Impact {
            frequency: frequency.min(u32::from(u16::MAX)) as u16,
            length,
        });
    }

    pub(crate) fn add_impact(&mut self, impact: Impact) {
        // Most postings are alike.
        if self.pairs.last() != Some(&impact) {
            self.pairs.push(impact);
        }
    }

    /// What bounds all that was added, and starts again.
    pub(crate) fn finish(&mut self) -> Impacts {
        use crate::format::IMPACTS;
        // By ascending length only those matter whose frequency is above all before.
        self.pairs
            .sort_unstable_by_key(|pair| (pair.length, std::cmp::Reverse(pair.frequency)));
        let mut highest = 0;
        self.pairs.retain(|pair| {
            let higher = pair.frequency > highest;
            highest = highest.max(pair.frequency);
            higher
        });
        while self.pairs.len() > IMPACTS {
            // Of two neighbours becomes a pair that bounds both; those that lose least by it.
            let loss = |place: usize| {
                let (left, right) = (self.pairs[place], self.pairs[place + 1]);
                let lengths = f64::from(decode_length(right.length).max(1))
                    / f64::from(decode_length(left.length).max(1));
                f64::from(right.frequency) / f64::from(left.frequency) * lengths
            };
            let place = (0..self.pairs.len() - 1)
                .min_by(|left, right| loss(*left).total_cmp(&loss(*right)))
                .unwrap_or(0);
            let length = self.pairs[place].length;
            self.pairs.remove(place);
            self.pairs[place].length = length;
        }
        let last = self.pairs.last().copied().unwrap_or_default();
        let impacts = std::array::from_fn(|place| self.pairs.get(place).copied().unwrap_or(last));
        self.pairs.clear();
        impacts
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn scores_are_elasticsearchs() {
        // {"match": {"body": "fox"}}: 3 documents of 4 words on average, 1 with the term, once in 5 words.
        let bm25 = Bm25::default();
        let idf = Bm25::inverse_document_frequency(3, 1);
        assert!((idf - 0.980_829_253_011_726_2).abs() < 1e-15);
        let weight = bm25.weight(1.0, idf, &bm25.length_factors(3, 12));
        let expected = 2.2 * idf * (1.0 / (1.0 + 1.2 * (0.25 + 0.75 * 5.0 / 4.0)));
        assert!((weight.score(1, 5) - expected).abs() < 1e-12);
    }

    proptest! {
        #[test]
        fn impacts_bound_all_postings(
            postings in prop::collection::vec((prop_oneof![1u32..9, 1u32..99, 60_000u32..70_000], 0u8..=255), 1..200),
            average in 1u64..500,
        ) {
            let mut collector = ImpactCollector::default();
            postings.iter().for_each(|(frequency, length)| collector.add(*frequency, *length));
            let impacts = collector.finish();
            let bm25 = Bm25::default();
            let weight = bm25.weight(1.0, 3.7, &bm25.length_factors(1, average));
            let bound = weight.bound(&impacts);
            let most = postings.iter().map(|(frequency, length)| weight.score(*frequency, *length)).fold(0.0, f64::max);
            prop_assert!(most <= bound);
        }

        #[test]
        fn what_scores_a_floor_reaches_it(
            frequency in prop_oneof![1u32..9, 1..u32::MAX], length in 0u8..=255, average in 1u64..500, part in 0.0f64..2.0,
        ) {
            let bm25 = Bm25::default();
            let weight = bm25.weight(1.3, 0.7, &bm25.length_factors(1, average));
            let score = weight.score(frequency, length);
            prop_assert!(weight.reach(score).is_none_or(|reach| weight.reaches(frequency, length, reach)));
            let reaches = |floor| weight.reach(floor).is_none_or(|reach| weight.reaches(frequency, length, reach));
            prop_assert!(part > 1.0 || reaches(part * score));
            prop_assert!(part * score < score + 1e-8 || !reaches(part * score));
        }

        #[test]
        fn scores_are_monotone(frequency in 1u32..u32::MAX, part in 0.0f64..1.0, length in 0u8..255, average in 1u64..500) {
            let bm25 = Bm25::default();
            let weight = bm25.weight(1.3, 0.7, &bm25.length_factors(1, average));
            let score = weight.score(frequency, length);
            prop_assert!(weight.score(frequency - 1, length) <= score);
            prop_assert!(weight.score(frequency, length + 1) <= score);
            prop_assert!(weight.score_of(f64::from(frequency) - part, length) <= score);
        }
    }
}
