//! `ids`: documents by their `_id`, or `id` where there is no `_id`.

use crate::scalar::{Scalar, ScalarSet};
use quidditch_document::{Damaged, NumericBuf, Value};
use std::cell::Cell;

/// What ids like these may be in a document: the strings themselves, and the numbers they spell.
pub(crate) fn values(written: &[Box<str>]) -> ScalarSet {
    let strings = written.iter().cloned().map(Scalar::String);
    let numbers = written.iter().filter_map(|text| {
        let number: NumericBuf = text.parse().ok()?;
        // "5.0" is another id than "5".
        (number.to_string() == **text).then_some(Scalar::Number(number))
    });
    strings.chain(numbers).collect()
}

pub(crate) fn matches(values: &ScalarSet, root: Value<'_>) -> Result<bool, Damaged> {
    let Value::Object(object) = root else {
        return Ok(false);
    };
    let guess = Cell::new(0);
    let id = match object.get(b"_id", &guess)? {
        Some(Value::Null) | None => object.get(b"id", &guess)?,
        id => id,
    };
    Ok(id.is_some_and(|id| values.contains(id)))
}
