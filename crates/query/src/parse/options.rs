//! The options of a clause: their types, and those that all clauses have.

use super::Place;
use crate::clause::Boost;
use crate::error::QueryError;
use quidditch_document::{Object, Value};

/// A value's type with its article.
fn described(value: Value<'_>) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

pub(super) fn wrong_type(at: &Place<'_>, expected: &str, value: Value<'_>) -> QueryError {
    at.invalid(format!("expected {expected}, found {}", described(value)))
}

pub(super) fn object<'a>(at: &Place<'_>, value: Value<'a>) -> Result<Object<'a>, QueryError> {
    match value {
        Value::Object(object) => Ok(object),
        other => Err(wrong_type(at, "an object", other)),
    }
}

pub(super) fn string<'a>(at: &Place<'_>, value: Value<'a>) -> Result<&'a str, QueryError> {
    match value {
        Value::String(string) => text(at, string),
        other => Err(wrong_type(at, "a string", other)),
    }
}

pub(super) fn text<'a>(at: &Place<'_>, string: &'a [u8]) -> Result<&'a str, QueryError> {
    std::str::from_utf8(string).map_err(|_| at.invalid("a string that is not UTF-8"))
}

pub(super) fn boolean(at: &Place<'_>, value: Value<'_>) -> Result<bool, QueryError> {
    match value {
        Value::Bool(bool) => Ok(bool),
        other => Err(wrong_type(at, "a boolean", other)),
    }
}

/// The pairs of an object of the query.
pub(super) fn pairs<'a>(
    object: Object<'a>,
) -> impl Iterator<Item = Result<(&'a str, Value<'a>), QueryError>> {
    object.iter().map(|pair| {
        let (key, value) = pair?;
        Ok((text(&Place::Root, key)?, value))
    })
}

pub(super) fn unknown(at: &Place<'_>, key: &str, known: &[&str]) -> QueryError {
    // An option of other clauses of the kind is among the known ones, too.
    let known = known.iter().chain(&Common::KEYS).copied();
    let known = known.filter(|known| *known != key);
    at.invalid(format!("unknown option \"{key}\""))
        .did_you_mean(key, known)
}

pub(super) fn boost(at: &Place<'_>, value: Value<'_>) -> Result<Boost, QueryError> {
    let Value::Number(number) = value else {
        return Err(wrong_type(at, "a number", value));
    };
    let boost = number.to_f64();
    if !(0.0..f64::INFINITY).contains(&boost) {
        return Err(at.invalid("a boost may be neither negative nor infinite"));
    }
    Ok(Boost(boost))
}

/// What every clause may say.
pub(super) struct Common {
    pub(super) boost: Boost,
}

impl Common {
    const KEYS: [&'static str; 2] = ["boost", "_name"];

    pub(super) fn new() -> Common {
        Common { boost: Boost::ONE }
    }

    /// Takes the option if it is one of these.
    pub(super) fn accept(
        &mut self,
        at: &Place<'_>,
        key: &str,
        value: Value<'_>,
    ) -> Result<bool, QueryError> {
        let at = &Place::Key(at, key);
        match key {
            "boost" => {
                self.boost = boost(at, value)?;
            }
            // Elasticsearch's name for the clause in its answers.
            "_name" => _ = string(at, value)?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// The body of a clause that says nothing else.
    pub(super) fn only(at: &Place<'_>, body: Value<'_>) -> Result<Common, QueryError> {
        let mut common = Common::new();
        for pair in pairs(object(at, body)?) {
            let (key, value) = pair?;
            if !common.accept(at, key, value)? {
                return Err(unknown(at, key, &[]));
            }
        }
        Ok(common)
    }
}

/// One of the names, given at `at`.
pub(super) fn one_of<T: Copy>(
    at: &Place<'_>,
    value: Value<'_>,
    names: &[(&str, T)],
) -> Result<T, QueryError> {
    let name = string(at, value)?;
    let found = names
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(name));
    found.map(|(_, wanted)| *wanted).ok_or_else(|| {
        let known: Vec<_> = names
            .iter()
            .map(|(known, _)| format!("\"{known}\""))
            .collect();
        at.invalid(format!(
            "unknown value \"{name}\", expected one of {}",
            known.join(", ")
        ))
        .did_you_mean(name, names.iter().map(|(known, _)| *known))
    })
}

/// A number that is neither negative nor infinite.
pub(super) fn amount(at: &Place<'_>, value: Value<'_>) -> Result<f64, QueryError> {
    let Value::Number(number) = value else {
        return Err(wrong_type(at, "a number", value));
    };
    let number = number.to_f64();
    if !(0.0..f64::INFINITY).contains(&number) {
        return Err(at.invalid("expected a number that is neither negative nor infinite"));
    }
    Ok(number)
}

/// A whole number, not negative and no more than `most`. Elasticsearch takes it as a string, too.
pub(super) fn whole(at: &Place<'_>, value: Value<'_>, most: usize) -> Result<usize, QueryError> {
    let number = match value {
        Value::Number(number) => number.to_i64(),
        Value::String(string) => text(at, string)?.parse().ok(),
        other => return Err(wrong_type(at, "a whole number", other)),
    };
    let number = number.and_then(|number| usize::try_from(number).ok());
    number
        .filter(|number| *number <= most)
        .ok_or_else(|| at.invalid(format!("expected a whole number from 0 to {most}")))
}

/// The body of a clause about one field: `{"field": value}` with the common options beside it.
pub(super) fn one_field<'a>(
    at: &Place<'_>,
    body: Value<'a>,
) -> Result<(&'a str, Value<'a>, Common), QueryError> {
    let mut common = Common::new();
    let mut only = None;
    for pair in pairs(object(at, body)?) {
        let (key, value) = pair?;
        if common.accept(at, key, value)? {
            continue;
        }
        if let Some((first, _)) = only.replace((key, value)) {
            return Err(at.invalid(format!(
                "expected one field, found \"{first}\" and \"{key}\""
            )));
        }
    }
    let (name, value) = only.ok_or_else(|| at.invalid("expected a field"))?;
    Ok((name, value, common))
}
