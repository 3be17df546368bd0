//! `wasm_udf`: a guest's function and its parameters.

use super::options::{Common, object, pairs, string, text, unknown};
use super::{Parser, Place};
use crate::clause::{Boost, Clause, UdfClause};
use crate::error::{ErrorKind, QueryError};
use quidditch_document::Value;
use serde_json::Map;

const OPTIONS: [&str; 4] = ["name", "version", "parameters", "params"];

/// 2^63: whole f64 below it are i64.
const MAX_WHOLE: f64 = 9_223_372_036_854_775_808.0;

impl Parser<'_> {
    #[inline(never)]
    pub(super) fn udf(&mut self, at: &Place<'_>, body: Value<'_>) -> Result<Clause, QueryError> {
        let (place, boost) = self.udf_place(at, body)?;
        Ok(Clause::Udf { place, boost })
    }

    /// Takes up a UDF and says at which place it is.
    #[inline(never)]
    pub(super) fn udf_place(
        &mut self,
        at: &Place<'_>,
        body: Value<'_>,
    ) -> Result<(usize, Boost), QueryError> {
        let (mut name, mut version, mut parameters) = (None, None, None);
        let mut common = Common::new();
        for pair in pairs(object(at, body)?) {
            let (key, value) = pair?;
            let inner = &Place::Key(at, key);
            match key {
                "name" => name = Some(string(inner, value)?),
                "version" => version = Some(string(inner, value)?.to_owned()),
                "parameters" | "params" => {
                    object(inner, value)?;
                    if parameters
                        .replace(parameter(inner, value, 0, self.environment.limits.depth)?)
                        .is_some()
                    {
                        return Err(at.invalid("expected \"parameters\" or \"params\", found both"));
                    }
                }
                _ if common.accept(at, key, value)? => {}
                _ => return Err(unknown(at, key, &OPTIONS)),
            }
        }
        let name = name
            .ok_or_else(|| at.invalid("expected a \"name\""))?
            .to_owned();
        if name.is_empty() {
            return Err(Place::Key(at, "name").invalid("empty name"));
        }
        let parameters = parameters.unwrap_or_else(|| Map::new().into());
        self.udfs.push(UdfClause {
            name,
            version,
            parameters,
            path: at.to_string(),
        });
        Ok((self.udfs.len() - 1, common.boost))
    }
}

/// Turns jsonb into a tree, containers inside each other up to `depth`. Numbers are i64 where they are whole
/// and fit, else the nearest f64.
///
/// # Errors
/// Too deep, or a number beyond every f64; the path begins with `query`.
pub fn to_json(value: Value<'_>, depth: usize) -> Result<serde_json::Value, QueryError> {
    parameter(&Place::Root, value, 0, depth)
}

fn parameter(
    at: &Place<'_>,
    value: Value<'_>,
    depth: usize,
    most: usize,
) -> Result<serde_json::Value, QueryError> {
    if depth > most {
        let message = format!("nested more than {most} deep");
        return Err(at.error(ErrorKind::LimitExceeded, message));
    }
    Ok(match value {
        Value::Null => serde_json::Value::Null,
        Value::Bool(bool) => bool.into(),
        Value::Number(number) => {
            // Rounding may make a number whole, and then it prints, and is read again, as an integer.
            let float = number.to_f64();
            let whole = (float.fract() == 0.0 && float.abs() < MAX_WHOLE).then_some(float as i64);
            match number.to_i64().or(whole) {
                Some(integer) => integer.into(),
                None => serde_json::Number::from_f64(float)
                    .ok_or_else(|| at.invalid("a number that no f64 can hold"))?
                    .into(),
            }
        }
        Value::String(string) => text(at, string)?.into(),
        Value::Array(elements) => {
            let element = |(index, element): (usize, Result<Value<'_>, _>)| {
                parameter(&Place::Index(at, index), element?, depth + 1, most)
            };
            elements
                .iter()
                .enumerate()
                .map(element)
                .collect::<Result<Vec<_>, _>>()?
                .into()
        }
        Value::Object(object) => {
            let pair = |pair: Result<(&str, Value<'_>), QueryError>| {
                let (key, value) = pair?;
                Ok((
                    key.to_owned(),
                    parameter(&Place::Key(at, key), value, depth + 1, most)?,
                ))
            };
            pairs(object)
                .map(pair)
                .collect::<Result<Map<_, _>, QueryError>>()?
                .into()
        }
    })
}
