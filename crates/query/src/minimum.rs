//! `minimum_should_match`: `3`, `-1`, `"75%"`, `"-25%"`, `"3<90%"`, `"2<-25% 9<-3"`, read and applied as
//! Elasticsearch does (`Queries.calculateMinShouldMatch`).

use std::fmt;

/// How many `should` clauses have to match, in terms of how many there are.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Minimum {
    Always(Amount),
    /// `bound<amount`: with more than `bound` clauses, `amount`; with no more than the first bound, all of them.
    Above(Vec<(i32, Amount)>),
}

/// A number of clauses, from the end when negative.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Amount {
    Count(i32),
    Percent(i32),
}

impl Minimum {
    pub(crate) fn parse(text: &str) -> Option<Minimum> {
        if !text.contains('<') {
            return Amount::parse(text.trim()).map(Minimum::Always);
        }
        // Spaces separate conditions, but may also stand around a "<".
        let spaced = text.replace('<', " < ");
        let mut words = spaced.split_whitespace();
        let mut conditions = Vec::new();
        while let Some(bound) = words.next() {
            if words.next()? != "<" {
                return None;
            }
            conditions.push((bound.parse().ok()?, Amount::parse(words.next()?)?));
        }
        Some(Minimum::Above(conditions))
    }

    /// May be more than `clauses`, and then nothing matches.
    pub(crate) fn of(&self, clauses: usize) -> usize {
        match self {
            Minimum::Always(amount) => amount.of(clauses),
            Minimum::Above(conditions) => {
                let exceeded = |(bound, _): &&(i32, Amount)| {
                    usize::try_from(*bound).is_ok_and(|bound| clauses <= bound)
                };
                let met = conditions
                    .iter()
                    .take_while(|condition| !exceeded(condition))
                    .last();
                met.map_or(clauses, |(_, amount)| amount.of(clauses))
            }
        }
    }
}

impl Amount {
    fn parse(text: &str) -> Option<Amount> {
        match text.strip_suffix('%') {
            Some(percent) => percent.parse().ok().map(Amount::Percent),
            None => text.parse().ok().map(Amount::Count),
        }
    }

    fn of(self, clauses: usize) -> usize {
        let clauses = clauses as i64;
        let amount = match self {
            Amount::Count(count) => i64::from(count),
            Amount::Percent(percent) => clauses * i64::from(percent) / 100,
        };
        // "-0.5" of a clause is no clause, but negative all the same: all of them.
        let from_end = match self {
            Amount::Count(count) | Amount::Percent(count) => count < 0,
        };
        usize::try_from(if from_end { clauses + amount } else { amount }).unwrap_or(0)
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Amount::Count(count) => write!(f, "{count}"),
            Amount::Percent(percent) => write!(f, "{percent}%"),
        }
    }
}

/// As JSON: a number where it is one, else a string.
impl fmt::Display for Minimum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Minimum::Always(amount @ Amount::Count(_)) => write!(f, "{amount}"),
            Minimum::Always(amount) => write!(f, "\"{amount}\""),
            Minimum::Above(conditions) => {
                let conditions: Vec<_> = conditions
                    .iter()
                    .map(|(bound, amount)| format!("{bound}<{amount}"))
                    .collect();
                write!(f, "\"{}\"", conditions.join(" "))
            }
        }
    }
}
