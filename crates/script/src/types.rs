//! The types of parameters and results, and the names that tags give them.

use std::fmt;

/// A type of a parameter or a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// UTF-8 text.
    String,
    /// A 32-bit integer.
    I32,
    /// A 64-bit integer.
    I64,
    /// A 32-bit float.
    F32,
    /// A 64-bit float.
    F64,
    /// True or false.
    Bool,
}

impl Type {
    /// Its name in metadata.
    pub fn name(self) -> &'static str {
        match self {
            Type::String => "string",
            Type::I32 => "i32",
            Type::I64 => "i64",
            Type::F32 => "f32",
            Type::F64 => "f64",
            Type::Bool => "bool",
        }
    }

    /// The type that both say: the same, or the narrower one of two integers or two floats.
    pub(crate) fn common(self, other: Type) -> Option<Type> {
        match (self, other) {
            (a, b) if a == b => Some(a),
            (Type::I32, Type::I64) | (Type::I64, Type::I32) => Some(Type::I32),
            (Type::F32, Type::F64) | (Type::F64, Type::F32) => Some(Type::F32),
            _ => None,
        }
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A type as it is written somewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Written {
    pub(crate) ty: Type,
    /// Whether there may be nothing in its place.
    pub(crate) optional: bool,
}

impl Written {
    /// Reads the type of a tag: a name, `Optional[name]`, `name | None`, `name|null`, `?name`, `name=`.
    pub(crate) fn parse(text: &str) -> Option<Written> {
        let mut text = text.trim();
        let mut optional = false;
        if let Some(inner) = text
            .strip_prefix("typing.")
            .unwrap_or(text)
            .strip_prefix("Optional[")
        {
            text = inner.strip_suffix(']')?;
            optional = true;
        }
        if let Some(inner) = text.strip_prefix('?').or_else(|| text.strip_suffix('=')) {
            text = inner;
            optional = true;
        }
        let mut found = None;
        for name in text.split('|').map(str::trim) {
            match name {
                "None" | "null" | "undefined" => optional = true,
                name if found.is_none() => found = Some(named(name)?),
                _ => return None,
            }
        }
        found.map(|ty| Written { ty, optional })
    }
}

/// The type that either language or the metadata calls that.
fn named(name: &str) -> Option<Type> {
    Some(match name {
        "str" | "string" => Type::String,
        "int" | "integer" | "bigint" | "i64" => Type::I64,
        "i32" => Type::I32,
        "float" | "number" | "f64" => Type::F64,
        "f32" => Type::F32,
        "bool" | "boolean" => Type::Bool,
        _ => return None,
    })
}
