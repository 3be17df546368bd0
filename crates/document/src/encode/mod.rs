//! Writes binary jsonb, byte for byte as the server does (`convertJsonbValue` in `jsonb_util.c`).
//! For tests, benches and fuzzing: the extension itself only reads.

mod parse;

use crate::container::{
    ARRAY, CONTAINER, FALSE, HAS_OFFSET, NULL, NUMERIC, OBJECT, OFFSET_STRIDE, SCALAR, STRING, TRUE,
};
use crate::numeric::encode_numeric;
use crate::{NumericBuf, NumericError};

/// A JSON value to encode. Unlike `serde_json::Value` it has exact numbers, strings that may not be UTF-8, and
/// objects in which a key may come twice (the last one stays).
#[derive(Clone, Debug, PartialEq)]
pub enum Json {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// A number.
    Number(NumericBuf),
    /// The bytes of a string.
    String(Vec<u8>),
    /// An array.
    Array(Vec<Json>),
    /// Pairs in any order.
    Object(Vec<(Vec<u8>, Json)>),
}

/// A number that no jsonb can hold becomes null; `serde_json` itself reads none.
impl From<&serde_json::Value> for Json {
    fn from(value: &serde_json::Value) -> Json {
        match value {
            serde_json::Value::Null => Json::Null,
            serde_json::Value::Bool(bool) => Json::Bool(*bool),
            serde_json::Value::Number(number) => {
                number.to_string().parse().map_or(Json::Null, Json::Number)
            }
            serde_json::Value::String(string) => Json::String(string.clone().into()),
            serde_json::Value::Array(elements) => {
                Json::Array(elements.iter().map(Json::from).collect())
            }
            serde_json::Value::Object(pairs) => Json::Object(
                pairs
                    .iter()
                    .map(|(key, value)| (key.clone().into(), Json::from(value)))
                    .collect(),
            ),
        }
    }
}

/// The payload of a jsonb datum, as [`crate::Document::new`] reads it.
pub fn jsonb(value: &serde_json::Value) -> Vec<u8> {
    Json::from(value).encode()
}

/// A `numeric` datum with a varlena header of 4 bytes, as [`crate::Numeric::from_bytes`] reads it.
pub fn numeric(decimal: &str) -> Result<Vec<u8>, NumericError> {
    Ok(encode_numeric(&decimal.parse::<NumericBuf>()?.as_numeric()))
}

impl Json {
    /// The payload of a jsonb datum, as [`crate::Document::new`] reads it.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        match self {
            Json::Array(_) | Json::Object(_) => _ = self.write(&mut out),
            scalar => write_children(
                &mut out,
                1 | ARRAY | SCALAR,
                [scalar].into_iter().map(Child::Value),
            ),
        }
        out
    }

    /// Appends the value and returns its type bits.
    fn write(&self, out: &mut Vec<u8>) -> u32 {
        match self {
            Json::Null => NULL,
            Json::Bool(true) => TRUE,
            Json::Bool(false) => FALSE,
            Json::Number(number) => {
                pad(out);
                out.extend(encode_numeric(&number.as_numeric()));
                NUMERIC
            }
            Json::String(string) => {
                out.extend(string);
                STRING
            }
            Json::Array(elements) => {
                pad(out);
                write_children(
                    out,
                    elements.len() as u32 | ARRAY,
                    elements.iter().map(Child::Value),
                );
                CONTAINER
            }
            Json::Object(pairs) => {
                pad(out);
                // Stable and from the back, so that of equal keys the last one comes first, and stays.
                let mut sorted: Vec<_> = pairs.iter().rev().collect();
                sorted.sort_by(|(key, _), (other, _)| {
                    key.len().cmp(&other.len()).then_with(|| key.cmp(other))
                });
                sorted.dedup_by(|(key, _), (other, _)| key == other);
                let keys = sorted.iter().map(|(key, _)| Child::Key(key));
                let values = sorted.iter().map(|(_, value)| Child::Value(value));
                write_children(out, sorted.len() as u32 | OBJECT, keys.chain(values));
                CONTAINER
            }
        }
    }
}

/// What a container holds.
enum Child<'j> {
    Key(&'j [u8]),
    Value(&'j Json),
}

/// Appends a container whose children are these.
fn write_children<'j>(
    out: &mut Vec<u8>,
    header: u32,
    children: impl Iterator<Item = Child<'j>> + Clone,
) {
    out.extend(header.to_ne_bytes());
    let entries = out.len();
    out.resize(entries + 4 * children.clone().count(), 0);
    let data = out.len();
    for (index, child) in children.enumerate() {
        let start = out.len();
        let kind = match child {
            Child::Key(key) => {
                out.extend(key);
                STRING
            }
            Child::Value(value) => value.write(out),
        };
        // The padding before a child counts as part of it.
        let entry = if index % OFFSET_STRIDE == 0 {
            kind | HAS_OFFSET | (out.len() - data) as u32
        } else {
            kind | (out.len() - start) as u32
        };
        out[entries + 4 * index..][..4].copy_from_slice(&entry.to_ne_bytes());
    }
}

fn pad(out: &mut Vec<u8>) {
    out.resize(out.len().next_multiple_of(4), 0);
}
