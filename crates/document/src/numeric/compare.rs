//! The exact order of numbers, that of PostgreSQL's `numeric`: 5 = 5.0, NaN = NaN, and NaN is the greatest.

use super::{Kind, Numeric, NumericBuf};
use std::cmp::Ordering;
use std::hash::{Hash, Hasher};

impl Numeric<'_> {
    fn compare_magnitude(&self, other: &Numeric<'_>) -> Ordering {
        match (self.digits.is_empty(), other.digits.is_empty()) {
            (false, false) => self
                .weight
                .cmp(&other.weight)
                .then_with(|| self.digits().cmp(other.digits())),
            (self_is_zero, other_is_zero) => other_is_zero.cmp(&self_is_zero),
        }
    }
}

impl Ord for Numeric<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.kind.cmp(&other.kind).then_with(|| match self.kind {
            Kind::Negative => other.compare_magnitude(self),
            _ => self.compare_magnitude(other),
        })
    }
}

impl PartialOrd for Numeric<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Numeric<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Numeric<'_> {}

impl Hash for Numeric<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.kind.hash(state);
        if !self.digits.is_empty() {
            self.weight.hash(state);
        }
        self.digits.hash(state);
    }
}

impl Ord for NumericBuf {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_numeric().cmp(&other.as_numeric())
    }
}

impl PartialOrd for NumericBuf {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for NumericBuf {
    fn eq(&self, other: &Self) -> bool {
        self.as_numeric() == other.as_numeric()
    }
}

impl Eq for NumericBuf {}

impl Hash for NumericBuf {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_numeric().hash(state);
    }
}
