//! The clauses about whole values of a field: `term`, `terms`, `range`, `exists`.

use super::Place;
use super::options::{
    Common, boolean, field, object, one_field, pairs, string, text, unknown, wrong_type,
};
use crate::clause::{Bound, Clause};
use crate::error::{ErrorKind, QueryError};
use crate::scalar::{Scalar, ScalarSet};
use quidditch_document::Value;

fn scalar(at: &Place<'_>, value: Value<'_>) -> Result<Scalar, QueryError> {
    match value {
        Value::Bool(bool) => Ok(Scalar::Bool(bool)),
        Value::Number(number) => Ok(Scalar::Number(number.into())),
        Value::String(string) => Ok(Scalar::String(text(at, string)?.into())),
        other => Err(wrong_type(at, "a string, a number or a boolean", other)),
    }
}

/// `{"f": v}` or `{"f": {"value": v, "case_insensitive": true}}`
pub(super) fn term(at: &Place<'_>, body: Value<'_>) -> Result<Clause, QueryError> {
    let (name, field, value, mut common) = one_field(at, body)?;
    let at = &Place::Key(at, name);
    let Value::Object(options) = value else {
        let value = scalar(at, value)?;
        return Ok(Clause::Term {
            field,
            value,
            case_insensitive: false,
            boost: common.boost,
        });
    };
    let (mut wanted, mut case_insensitive) = (None, false);
    for pair in pairs(options) {
        let (key, value) = pair?;
        match key {
            "value" => wanted = Some(scalar(&Place::Key(at, key), value)?),
            "case_insensitive" => case_insensitive = boolean(&Place::Key(at, key), value)?,
            _ if common.accept(at, key, value)? => {}
            _ => return Err(unknown(at, key, &["value", "case_insensitive"])),
        }
    }
    let value = wanted.ok_or_else(|| at.invalid("expected a \"value\""))?;
    if case_insensitive && !matches!(value, Scalar::String(_)) {
        return Err(at.invalid("only a string can be \"case_insensitive\""));
    }
    Ok(Clause::Term {
        field,
        value,
        case_insensitive,
        boost: common.boost,
    })
}

/// `{"f": [v, …]}`
pub(super) fn terms(at: &Place<'_>, body: Value<'_>) -> Result<Clause, QueryError> {
    let (name, field, value, common) = one_field(at, body)?;
    let at = &Place::Key(at, name);
    let values = match value {
        Value::Array(values) => values,
        Value::Object(_) => {
            return Err(at.error(
                ErrorKind::NotSupported,
                "looking up terms is not supported yet",
            ));
        }
        other => return Err(wrong_type(at, "an array", other)),
    };
    let scalars = values
        .iter()
        .enumerate()
        .map(|(index, value)| scalar(&Place::Index(at, index), value?));
    Ok(Clause::Terms {
        field,
        values: scalars.collect::<Result<ScalarSet, _>>()?,
        boost: common.boost,
    })
}

/// `{"f": {"gte": v, "lt": v}}`. A null bound is no bound; without any, each value of the field is in the range.
pub(super) fn range(at: &Place<'_>, body: Value<'_>) -> Result<Clause, QueryError> {
    let (name, field, options, mut common) = one_field(at, body)?;
    let at = &Place::Key(at, name);
    let (mut lower, mut upper) = (None, None);
    for pair in pairs(object(at, options)?) {
        let (key, value) = pair?;
        match key {
            "gt" | "gte" | "lt" | "lte" => {
                let end = if key.starts_with('g') {
                    &mut lower
                } else {
                    &mut upper
                };
                let Some(bound) = bound(&Place::Key(at, key), key, value)? else {
                    continue;
                };
                if end.replace(bound).is_some() {
                    let either = if key.starts_with('g') {
                        "\"gt\" or \"gte\""
                    } else {
                        "\"lt\" or \"lte\""
                    };
                    return Err(at.invalid(format!("expected {either}, found both")));
                }
            }
            "format" | "time_zone" | "relation" => {
                let message = format!("option \"{key}\" is not supported yet");
                return Err(Place::Key(at, key).error(ErrorKind::NotSupported, message));
            }
            _ if common.accept(at, key, value)? => {}
            _ => return Err(unknown(at, key, &["gt", "gte", "lt", "lte"])),
        }
    }
    if let (Some(Bound { value: low, .. }), Some(Bound { value: high, .. })) = (&lower, &upper)
        && std::mem::discriminant(low) != std::mem::discriminant(high)
    {
        return Err(at.invalid("one end of the range is a number and the other a string"));
    }
    Ok(Clause::Range {
        field,
        lower,
        upper,
        boost: common.boost,
    })
}

fn bound(at: &Place<'_>, key: &str, value: Value<'_>) -> Result<Option<Bound>, QueryError> {
    match value {
        Value::Null => Ok(None),
        Value::Number(_) | Value::String(_) => Ok(Some(Bound {
            value: scalar(at, value)?,
            inclusive: key.ends_with('e'),
        })),
        other => Err(wrong_type(at, "a number or a string", other)),
    }
}

/// `{"field": "f"}`
pub(super) fn exists(at: &Place<'_>, body: Value<'_>) -> Result<Clause, QueryError> {
    let (mut common, mut wanted) = (Common::new(), None);
    for pair in pairs(object(at, body)?) {
        let (key, value) = pair?;
        match key {
            "field" => {
                let at = &Place::Key(at, key);
                wanted = Some(field(at, string(at, value)?)?);
            }
            _ if common.accept(at, key, value)? => {}
            _ => return Err(unknown(at, key, &["field"])),
        }
    }
    let field = wanted.ok_or_else(|| at.invalid("expected a \"field\""))?;
    Ok(Clause::Exists {
        field,
        boost: common.boost,
    })
}
