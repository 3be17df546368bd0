//! `bool`: clauses combined.

use super::options::{Common, object, pairs, unknown, wrong_type};
use super::{Parser, Place};
use crate::boolean::Bool;
use crate::clause::Clause;
use crate::error::QueryError;
use crate::minimum::{Amount, Minimum};
use quidditch_document::Value;

const OPTIONS: [&str; 5] = [
    "must",
    "filter",
    "should",
    "must_not",
    "minimum_should_match",
];

impl Parser<'_> {
    #[inline(never)]
    pub(super) fn bool(&mut self, at: &Place<'_>, body: Value<'_>) -> Result<Clause, QueryError> {
        let mut common = Common::new();
        let mut bool = Bool::default();
        for pair in pairs(object(at, body)?) {
            let (key, value) = pair?;
            let inner = &Place::Key(at, key);
            match key {
                "must" => bool.must = self.clauses(inner, value)?,
                "filter" => bool.filter = self.clauses(inner, value)?,
                "should" => bool.should = self.clauses(inner, value)?,
                "must_not" => bool.must_not = self.clauses(inner, value)?,
                "minimum_should_match" => bool.minimum_should_match = Some(minimum(inner, value)?),
                _ if common.accept(at, key, value)? => {}
                _ => return Err(unknown(at, key, &OPTIONS)),
            }
        }
        bool.boost = common.boost;
        Ok(Clause::Bool(Box::new(bool.planned())))
    }

    /// One clause or an array of them.
    #[inline(never)]
    pub(super) fn clauses(
        &mut self,
        at: &Place<'_>,
        value: Value<'_>,
    ) -> Result<Vec<Clause>, QueryError> {
        match value {
            Value::Object(_) => Ok(vec![self.clause(at, value)?]),
            Value::Array(elements) => {
                // A loop: the frames of iterators would add up.
                let mut clauses = Vec::new();
                for (index, value) in elements.iter().enumerate() {
                    clauses.push(self.clause(&Place::Index(at, index), value?)?);
                }
                Ok(clauses)
            }
            other => Err(wrong_type(at, "a clause or an array of clauses", other)),
        }
    }
}

pub(super) fn minimum(at: &Place<'_>, value: Value<'_>) -> Result<Minimum, QueryError> {
    let minimum = match value {
        Value::Number(number) => {
            let count = number.to_i64().and_then(|count| i32::try_from(count).ok());
            count.map(|count| Minimum::Always(Amount::Count(count)))
        }
        Value::String(text) => std::str::from_utf8(text).ok().and_then(Minimum::parse),
        other => return Err(wrong_type(at, "a number or a string", other)),
    };
    minimum.ok_or_else(|| {
        at.invalid("expected a whole number or the like of \"75%\", \"-25%\" or \"3<90%\"")
    })
}
