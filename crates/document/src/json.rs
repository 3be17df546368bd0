//! Values to JSON text, the same as the server's `jsonb::text` (`JsonbToCString`, `escape_json`).

use crate::{ArrayIter, Damaged, ObjectIter, Value};
use std::fmt;

/// Why a value could not be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WriteError {
    /// The document is damaged.
    Damaged(Damaged),
    /// A string is not UTF-8, as may be in a database of another encoding.
    Encoding,
    /// The output refused.
    Output(fmt::Error),
}

impl From<Damaged> for WriteError {
    fn from(damaged: Damaged) -> WriteError {
        WriteError::Damaged(damaged)
    }
}

impl From<fmt::Error> for WriteError {
    fn from(error: fmt::Error) -> WriteError {
        WriteError::Output(error)
    }
}

impl fmt::Display for WriteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            WriteError::Damaged(damaged) => damaged.fmt(f),
            WriteError::Encoding => f.write_str("a string that is not UTF-8"),
            WriteError::Output(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for WriteError {}

/// A container being written.
enum Open<'a> {
    Array(ArrayIter<'a>),
    Object(ObjectIter<'a>),
}

impl<'a> Value<'a> {
    /// Writes the value as JSON text, as in `{"a": 1, "b": [true, 2.50]}`. Open containers are kept on the heap,
    /// so a deep document needs no deep stack, and a scalar allocates nothing. The text may be far longer than
    /// the document (1e131071 is 131,072 digits): an output with a limit should refuse to grow.
    pub fn write_json(&self, out: &mut impl fmt::Write) -> Result<(), WriteError> {
        let mut open = Vec::new();
        open.extend(begin(*self, out)?);
        let mut first = true;
        while let Some(container) = open.last_mut() {
            let (next, end) = match container {
                Open::Array(elements) => (
                    elements.next().transpose()?.map(|element| (None, element)),
                    ']',
                ),
                Open::Object(pairs) => (
                    pairs
                        .next()
                        .transpose()?
                        .map(|(key, value)| (Some(key), value)),
                    '}',
                ),
            };
            let Some((key, value)) = next else {
                out.write_char(end)?;
                open.pop();
                first = false;
                continue;
            };
            if !first {
                out.write_str(", ")?;
            }
            if let Some(key) = key {
                write_string(out, text(key)?)?;
                out.write_str(": ")?;
            }
            let inner = begin(value, out)?;
            first = inner.is_some();
            open.extend(inner);
        }
        Ok(())
    }
}

/// Writes a scalar, or the bracket that opens a container.
fn begin<'a>(value: Value<'a>, out: &mut impl fmt::Write) -> Result<Option<Open<'a>>, WriteError> {
    match value {
        Value::Null => out.write_str("null")?,
        Value::Bool(true) => out.write_str("true")?,
        Value::Bool(false) => out.write_str("false")?,
        Value::Number(number) => write!(out, "{number}")?,
        Value::String(string) => write_string(out, text(string)?)?,
        Value::Array(array) => {
            out.write_char('[')?;
            return Ok(Some(Open::Array(array.iter())));
        }
        Value::Object(object) => {
            out.write_char('{')?;
            return Ok(Some(Open::Object(object.iter())));
        }
    }
    Ok(None)
}

fn text(string: &[u8]) -> Result<&str, WriteError> {
    std::str::from_utf8(string).map_err(|_| WriteError::Encoding)
}

/// Writes a string in quotes, escaped as `escape_json` does.
pub(crate) fn write_string(out: &mut impl fmt::Write, string: &str) -> fmt::Result {
    out.write_char('"')?;
    let mut rest = string;
    while let Some(at) = rest
        .bytes()
        .position(|byte| matches!(byte, b'"' | b'\\' | 0..b' '))
    {
        let (plain, escaped) = rest.split_at(at);
        out.write_str(plain)?;
        match escaped.as_bytes()[0] {
            b'"' => out.write_str("\\\"")?,
            b'\\' => out.write_str("\\\\")?,
            0x08 => out.write_str("\\b")?,
            0x0C => out.write_str("\\f")?,
            b'\n' => out.write_str("\\n")?,
            b'\r' => out.write_str("\\r")?,
            b'\t' => out.write_str("\\t")?,
            control => write!(out, "\\u{control:04x}")?,
        }
        rest = &escaped[1..];
    }
    out.write_str(rest)?;
    out.write_char('"')
}
