//! The guest ABI's types: what parameters and results can be, and which export type an entry
//! function must have for them.

use std::fmt;
use std::str::FromStr;

use wasmtime::{FuncType, ValType};

/// The type of a parameter or a result, as metadata declares it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    String,
    I32,
    I64,
    F32,
    F64,
    Bool,
}

impl Type {
    /// Every type, in the order error messages list them.
    pub const ALL: [Type; 6] = [
        Type::String,
        Type::I32,
        Type::I64,
        Type::F32,
        Type::F64,
        Type::Bool,
    ];

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

    /// How the type travels as a typed argument; a string doesn't, it stays behind `get_param_string`.
    pub(crate) fn argument(self) -> Option<ValType> {
        match self {
            Type::String => None,
            other => Some(other.result()),
        }
    }

    /// What an export that returns this type has as its WebAssembly result: a string comes back
    /// through `set_result_string`, and the i32 is a status.
    pub(crate) fn result(self) -> ValType {
        match self {
            Type::String | Type::I32 | Type::Bool => ValType::I32,
            Type::I64 => ValType::I64,
            Type::F32 => ValType::F32,
            Type::F64 => ValType::F64,
        }
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Type {
    type Err = ();

    fn from_str(name: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|t| t.name() == name).ok_or(())
    }
}

/// What metadata says of an entry function: its parameters in order and what it returns (`None`:
/// whatever number the export returns, an i32 being a bool).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Signature {
    pub parameters: Vec<Type>,
    pub returns: Option<Type>,
}

impl Signature {
    /// The argument types an export has after `ctx` when it takes typed parameters.
    pub(crate) fn arguments(&self) -> impl Iterator<Item = ValType> + '_ {
        self.parameters.iter().filter_map(|t| t.argument())
    }
}

/// `(i64, i32) -> i32`, the way messages print an import's or an export's type.
pub(crate) fn describe(ty: &FuncType) -> String {
    describe_parts(ty.params(), ty.results())
}

pub(crate) fn describe_parts(
    parameters: impl Iterator<Item = ValType>,
    results: impl Iterator<Item = ValType>,
) -> String {
    let list = |types: &mut dyn Iterator<Item = ValType>| {
        types.map(|t| t.to_string()).collect::<Vec<_>>().join(", ")
    };
    let (mut parameters, mut results) = (parameters, results);
    let results = list(&mut results);
    let results = if results.is_empty() {
        "nothing".into()
    } else {
        results
    };
    format!("({}) -> {results}", list(&mut parameters))
}
