//! A document, and the values in it.

use crate::container::{Container, Shape};
use crate::{Array, Damaged, Numeric, Object, WriteError};
use std::fmt;

/// The payload of one jsonb datum.
#[derive(Clone, Copy)]
pub struct Document<'a> {
    shape: Shape,
    root: Container<'a>,
}

/// PostgreSQL's `MaxAllocSize`: no datum is larger.
const MAX_BYTES: usize = 0x3FFF_FFFF;

impl<'a> Document<'a> {
    /// Takes the bytes that follow the varlena header of a detoasted jsonb. Only the root's header is read.
    #[inline(always)]
    pub fn new(bytes: &'a [u8]) -> Result<Document<'a>, Damaged> {
        if bytes.len() > MAX_BYTES {
            return Err(Damaged {
                offset: 0,
                what: "a document of more than 1 GB",
            });
        }
        let (shape, root) = Container::new(bytes, 0)?;
        Ok(Document { shape, root })
    }

    /// The document itself: an object, an array, or the scalar that PostgreSQL stores as an array of one.
    #[inline(always)]
    pub fn root(&self) -> Result<Value<'a>, Damaged> {
        match self.shape {
            Shape::Object => Ok(Value::Object(Object(self.root))),
            Shape::Array => Ok(Value::Array(Array(self.root))),
            Shape::Scalar => match self.root.value(0)? {
                Value::Array(_) | Value::Object(_) => {
                    Err(self.root.damaged(0, "a lone scalar that is a container"))
                }
                scalar => Ok(scalar),
            },
        }
    }
}

impl fmt::Debug for Document<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.root().fmt(f)
    }
}

/// One JSON value, borrowed from the document's bytes.
#[derive(Clone, Copy)]
pub enum Value<'a> {
    /// JSON null.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number of any size, exact.
    Number(Numeric<'a>),
    /// The bytes of a string, unescaped, in the server's encoding; not checked to be UTF-8.
    String(&'a [u8]),
    /// An array.
    Array(Array<'a>),
    /// An object.
    Object(Object<'a>),
}

impl Value<'_> {
    /// How many bytes it takes up in the document, entries and padding aside for scalars.
    pub fn stored_len(&self) -> usize {
        match self {
            Value::Null | Value::Bool(_) => 0,
            Value::Number(number) => number.digits.len() * 2,
            Value::String(string) => string.len(),
            Value::Array(Array(container)) | Value::Object(Object(container)) => {
                container.entries.len() * 4 + container.data.len()
            }
        }
    }

    /// `null`, `boolean`, `number`, `string`, `array` or `object`: the words of `jsonb_typeof`.
    pub fn type_name(&self) -> &'static str {
        match self {
            Value::Null => "null",
            Value::Bool(_) => "boolean",
            Value::Number(_) => "number",
            Value::String(_) => "string",
            Value::Array(_) => "array",
            Value::Object(_) => "object",
        }
    }
}

/// Shows the value as JSON.
impl fmt::Debug for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.write_json(f) {
            Ok(()) => Ok(()),
            Err(WriteError::Output(error)) => Err(error),
            Err(error) => write!(f, "<{error}>"),
        }
    }
}
