//! All documents.

use super::hits::Hits;
use crate::{END, Result};

/// Goes through all documents.
pub(crate) struct Every {
    documents: u32,
    document: u32,
    score: f64,
}

impl Every {
    pub(crate) fn new(documents: u32, score: f64) -> Every {
        Every {
            documents,
            document: if documents == 0 { END } else { 0 },
            score,
        }
    }
}

impl<E> Hits<E> for Every {
    fn document(&self) -> u32 {
        self.document
    }

    fn seek(&mut self, target: u32) -> Result<u32, E> {
        if target > self.document {
            self.document = if target < self.documents { target } else { END };
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
        u64::from(self.documents)
    }
}
