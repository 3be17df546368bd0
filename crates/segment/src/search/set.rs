//! Documents of many terms, put together beforehand: the terms of a range can be too many to walk side by side.

use super::hits::Hits;
use crate::{END, Result};

/// A set of documents and a place in it.
pub(crate) struct Set {
    members: Members,
    document: u32,
    score: f64,
}

enum Members {
    Sorted { documents: Vec<u32>, at: usize },
    Bits(Vec<u64>),
}

impl Set {
    /// For about so many postings of a segment of so many documents: a few are sorted, many are bits.
    pub(crate) fn new(documents: u32, postings: u64, score: f64) -> Set {
        let members = if postings < u64::from(documents) / 64 {
            Members::Sorted {
                documents: Vec::with_capacity(postings as usize),
                at: 0,
            }
        } else {
            Members::Bits(vec![0; (documents as usize).div_ceil(64)])
        };
        Set {
            members,
            document: END,
            score,
        }
    }

    pub(crate) fn insert(&mut self, document: u32) {
        match &mut self.members {
            Members::Sorted { documents, .. } => documents.push(document),
            Members::Bits(words) => {
                if let Some(word) = words.get_mut(document as usize / 64) {
                    *word |= 1 << (document % 64);
                }
            }
        }
    }

    /// To the first member, once all are in.
    pub(crate) fn start(mut self) -> Set {
        if let Members::Sorted { documents, .. } = &mut self.members {
            documents.sort_unstable();
            documents.dedup();
        }
        self.document = self.find(0);
        self
    }

    fn find(&mut self, target: u32) -> u32 {
        match &mut self.members {
            Members::Sorted { documents, at } => {
                *at += documents[*at..].partition_point(|document| *document < target);
                documents.get(*at).copied().unwrap_or(END)
            }
            Members::Bits(words) => {
                let start = target as usize / 64;
                let mut rest = words.iter().enumerate().skip(start);
                let masked = rest
                    .next()
                    .map(|(place, word)| (place, word >> (target % 64) << (target % 64)));
                let found = masked
                    .into_iter()
                    .chain(rest.map(|(place, word)| (place, *word)))
                    .find(|(_, word)| *word != 0);
                found.map_or(END, |(place, word)| {
                    64 * place as u32 + word.trailing_zeros()
                })
            }
        }
    }
}

impl<E> Hits<E> for Set {
    fn document(&self) -> u32 {
        self.document
    }

    fn seek(&mut self, target: u32) -> Result<u32, E> {
        if target > self.document {
            self.document = self.find(target);
        }
        Ok(self.document)
    }

    fn confirm(&mut self, _: f64) -> Result<Option<f64>, E> {
        Ok(Some(self.score))
    }

    fn bound_end(&mut self, _: u32) -> Result<u32, E> {
        Ok(END - 1)
    }

    fn bound(&mut self, _: u32, _: u32) -> Result<f64, E> {
        Ok(self.score)
    }

    fn total_bound(&mut self) -> Result<f64, E> {
        Ok(self.score)
    }

    fn cost(&self) -> u64 {
        match &self.members {
            Members::Sorted { documents, .. } => documents.len() as u64,
            Members::Bits(words) => 32 * words.len() as u64,
        }
    }
}
