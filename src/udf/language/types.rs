//! The SQL types of arguments and results, and which types of the ABI they can stand for.

use pgrx::pg_sys;
use quidditch_sandbox::Type;

/// What a list of them says in messages.
pub const KNOWN: &str =
    "text, boolean, smallint, integer, bigint, real, double precision and numeric";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SqlType {
    Boolean,
    SmallInt,
    Integer,
    BigInt,
    Real,
    Double,
    Numeric,
    /// `varchar`, too.
    Text,
    Jsonb,
}

impl SqlType {
    pub fn of(oid: pg_sys::Oid) -> Option<Self> {
        Some(match oid {
            pg_sys::BOOLOID => SqlType::Boolean,
            pg_sys::INT2OID => SqlType::SmallInt,
            pg_sys::INT4OID => SqlType::Integer,
            pg_sys::INT8OID => SqlType::BigInt,
            pg_sys::FLOAT4OID => SqlType::Real,
            pg_sys::FLOAT8OID => SqlType::Double,
            pg_sys::NUMERICOID => SqlType::Numeric,
            pg_sys::TEXTOID | pg_sys::VARCHAROID => SqlType::Text,
            pg_sys::JSONBOID => SqlType::Jsonb,
            _ => return None,
        })
    }

    pub fn name(self) -> &'static str {
        match self {
            SqlType::Boolean => "boolean",
            SqlType::SmallInt => "smallint",
            SqlType::Integer => "integer",
            SqlType::BigInt => "bigint",
            SqlType::Real => "real",
            SqlType::Double => "double precision",
            SqlType::Numeric => "numeric",
            SqlType::Text => "text",
            SqlType::Jsonb => "jsonb",
        }
    }

    /// The parameter that an argument of this type is where nothing is declared.
    pub fn parameter(self) -> Type {
        match self {
            SqlType::Boolean => Type::Bool,
            SqlType::SmallInt | SqlType::Integer => Type::I32,
            SqlType::BigInt => Type::I64,
            SqlType::Real => Type::F32,
            SqlType::Double | SqlType::Numeric => Type::F64,
            // A document is none.
            SqlType::Text | SqlType::Jsonb => Type::String,
        }
    }

    /// Whether values of this type and of that one can stand for each other. An f64 has mostly no `real`
    /// that is the same number.
    pub fn converts(self, ty: Type) -> bool {
        match self {
            SqlType::Boolean => ty == Type::Bool,
            SqlType::Text => ty == Type::String,
            SqlType::Jsonb => false,
            SqlType::SmallInt | SqlType::Integer | SqlType::BigInt | SqlType::Numeric => {
                matches!(ty, Type::I32 | Type::I64 | Type::F32 | Type::F64)
            }
            SqlType::Real => matches!(ty, Type::I32 | Type::I64 | Type::F32),
            SqlType::Double => matches!(ty, Type::I32 | Type::I64 | Type::F64),
        }
    }

    /// Whether an argument of this type can be a parameter of that one.
    pub fn is_argument_for(self, ty: Type) -> bool {
        // Every float4 is a float8.
        self.converts(ty) || (self, ty) == (SqlType::Real, Type::F64)
    }

    /// Whether a result of that type can become this one. `is_guess` says that a bool is only an i32 of
    /// which nothing else is known.
    pub fn is_result_of(self, ty: Type, is_guess: bool) -> bool {
        match (self, ty) {
            (SqlType::Jsonb, ty) => ty == Type::String,
            (SqlType::Double, Type::F32) => true,
            (sql, Type::Bool) if is_guess => sql == SqlType::Boolean || sql.converts(Type::I32),
            (sql, ty) => sql.converts(ty),
        }
    }

    /// What a result is declared as where only SQL declares it; numbers are what the export says.
    pub fn result(self) -> Option<Type> {
        matches!(self, SqlType::Text | SqlType::Jsonb).then_some(Type::String)
    }
}
