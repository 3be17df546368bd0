//! Arguments as parameters, and answers as results: the same value, or an error (22003). Decimals are the
//! same as a float when they are the shortest text of that float, so 0.1 is.

use pgrx::pg_sys::{self, Datum};
use pgrx::prelude::*;
use quidditch_document::Numeric;
use quidditch_sandbox::{Output, Parameter, Parameters, Type, exact_float, exact_integer};

use super::function::{Argument, Function};
use super::types::SqlType;
use crate::datum::{self, Varlena};
use crate::report::{Code, Report};

/// How much of a number a message shows, in characters.
const LONGEST_NUMBER: usize = 50;

/// Puts an argument into its place among the parameters; NULL is the parameter's default.
///
/// # Errors
/// The value isn't one of the parameter's type, or there must be one.
#[inline]
pub fn set(
    parameters: &mut Parameters,
    function: &Function,
    argument: &Argument,
    datum: Option<Datum>,
) -> Result<(), Report> {
    let ty = argument.declared.ty;
    let declared = &function.udf.declared[argument.parameter];
    let Some(datum) = datum else {
        if declared.required {
            return Err(Report::null(&title(function, argument))
                .hint("A STRICT function answers NULL instead."));
        }
        parameters.set(argument.parameter, declared.default.clone());
        return Ok(());
    };
    if ty == SqlType::Text {
        // SAFETY: the argument was declared as text, and stays for the call.
        let text = unsafe { Varlena::new(datum) };
        // The database's encoding is UTF-8, and the server checks what comes in.
        let text = std::str::from_utf8(text.bytes())
            .map_err(|_| Report::internal("a text that is not UTF-8"))?;
        parameters.set_text(argument.parameter, text);
        return Ok(());
    }
    match parameter(datum, ty, declared.ty)? {
        Some(value) => parameters.set(argument.parameter, Some(value)),
        None => return Err(no_parameter(datum, function, argument)),
    }
    Ok(())
}

/// A value of that type as a parameter of that type, if it is one.
#[inline]
fn parameter(datum: Datum, from: SqlType, to: Type) -> Result<Option<Parameter>, Report> {
    Ok(match from {
        SqlType::Boolean => Some(Parameter::Bool(datum.value() != 0)),
        SqlType::SmallInt => integer(i64::from(datum.value() as i16), to),
        SqlType::Integer => integer(i64::from(datum.value() as i32), to),
        SqlType::BigInt => integer(datum.value() as i64, to),
        SqlType::Real => float(f64::from(f32::from_bits(datum.value() as u32)), to),
        SqlType::Double => float(f64::from_bits(datum.value() as u64), to),
        SqlType::Numeric => {
            // SAFETY: the argument was declared as numeric, and stays for the call.
            let stored = unsafe { Varlena::new(datum) };
            let numeric = Numeric::from_bytes(stored.with_header())?;
            match to {
                Type::F64 => numeric.to_f64_exactly().map(Parameter::Float),
                Type::F32 => numeric
                    .to_f32_exactly()
                    .map(|f| Parameter::Float(f64::from(f))),
                _ => numeric.to_i64().and_then(|i| integer(i, to)),
            }
        }
        SqlType::Text | SqlType::Jsonb => None,
    })
}

#[inline]
fn integer(i: i64, to: Type) -> Option<Parameter> {
    Some(match to {
        Type::I32 => Parameter::Integer(i32::try_from(i).ok()?.into()),
        Type::I64 => Parameter::Integer(i),
        Type::F32 => Parameter::Float(exact_float(i).filter(|f| f64::from(*f as f32) == *f)?),
        Type::F64 => Parameter::Float(exact_float(i)?),
        Type::String | Type::Bool => return None,
    })
}

/// A `real` is as well an f32 as an f64; a `double precision` is never asked to be an f32.
#[inline]
fn float(f: f64, to: Type) -> Option<Parameter> {
    match to {
        Type::F32 | Type::F64 => Some(Parameter::Float(f)),
        _ => integer(exact_integer(f)?, to),
    }
}

#[cold]
fn no_parameter(datum: Datum, function: &Function, argument: &Argument) -> Report {
    let value = match argument.declared.ty {
        SqlType::SmallInt => (datum.value() as i16).to_string(),
        SqlType::Integer => (datum.value() as i32).to_string(),
        SqlType::BigInt => (datum.value() as i64).to_string(),
        SqlType::Real => f32::from_bits(datum.value() as u32).to_string(),
        SqlType::Double => f64::from_bits(datum.value() as u64).to_string(),
        SqlType::Numeric => {
            // SAFETY: as in `parameter`.
            let stored = unsafe { Varlena::new(datum) };
            Numeric::from_bytes(stored.with_header())
                .map_or_else(|d| d.to_string(), |n| n.to_string())
        }
        SqlType::Boolean | SqlType::Text | SqlType::Jsonb => "a value".into(),
    };
    let cut: String = value.chars().take(LONGEST_NUMBER).collect();
    let more = if cut.len() < value.len() { "…" } else { "" };
    let ty = function.udf.declared[argument.parameter].ty;
    let title = title(function, argument);
    let report = out_of_range(format!("{title} is {cut}{more}, which is no {ty} exactly"));
    match ty {
        Type::F64 => {
            report.hint("An argument of type double precision is rounded before the call.")
        }
        Type::F32 => report.hint("An argument of type real is rounded before the call."),
        _ => report,
    }
}

fn title(function: &Function, argument: &Argument) -> String {
    let title = argument.declared.title();
    format!("{title} of function {}", function.label)
}

/// An answer as a result.
///
/// # Errors
/// It isn't a value of the result's type: 22003, or 22P02 for text that is no JSON.
#[inline]
pub fn result(output: Output, function: &Function) -> Result<Datum, Report> {
    let ty = function.result;
    let datum = match &output {
        Output::I32(i) => integer_result(i64::from(*i), ty),
        Output::I64(i) => integer_result(*i, ty),
        Output::F32(f) if ty == SqlType::Numeric => Some(numeric(*f)),
        Output::F32(f) => float_result(f64::from(*f), ty),
        Output::F64(f) if ty == SqlType::Numeric => Some(numeric(*f)),
        Output::F64(f) => float_result(*f, ty),
        Output::String(text) if ty == SqlType::Jsonb => Some(datum::jsonb(text)?),
        Output::String(text) => text.as_str().into_datum(),
    };
    datum.ok_or_else(|| no_result(&output, function))
}

#[inline]
fn integer_result(i: i64, ty: SqlType) -> Option<Datum> {
    Some(match ty {
        SqlType::Boolean => Datum::from(i != 0),
        SqlType::SmallInt => Datum::from(i16::try_from(i).ok()?),
        SqlType::Integer => Datum::from(i32::try_from(i).ok()?),
        SqlType::BigInt => Datum::from(i),
        // SAFETY: makes a numeric of any integer.
        SqlType::Numeric => unsafe { pg_sys::int64_to_numeric(i) }.into(),
        SqlType::Real | SqlType::Double => float_result(exact_float(i)?, ty)?,
        SqlType::Text | SqlType::Jsonb => return None,
    })
}

#[inline]
fn float_result(f: f64, ty: SqlType) -> Option<Datum> {
    match ty {
        SqlType::Double => f.into_datum(),
        SqlType::Real => {
            let real = f as f32;
            (f64::from(real) == f || f.is_nan())
                .then_some(real)?
                .into_datum()
        }
        SqlType::SmallInt | SqlType::Integer | SqlType::BigInt => {
            integer_result(exact_integer(f)?, ty)
        }
        _ => None,
    }
}

/// A float as the decimal that is its shortest text.
fn numeric(float: impl std::fmt::Display) -> Datum {
    // SAFETY: the type's input function gets a NUL-terminated text; NaN and inf are such, too.
    unsafe {
        let text = std::ffi::CString::new(float.to_string()).unwrap_or_default();
        pg_sys::OidInputFunctionCall(
            pg_sys::Oid::from(pg_sys::F_NUMERIC_IN),
            text.as_ptr().cast_mut(),
            pg_sys::InvalidOid,
            -1,
        )
    }
}

#[cold]
fn no_result(output: &Output, function: &Function) -> Report {
    let (label, ty) = (&function.label, function.result);
    let value = match output {
        Output::I32(i) => i.to_string(),
        Output::I64(i) => i.to_string(),
        Output::F32(f) => f.to_string(),
        Output::F64(f) => f.to_string(),
        Output::String(_) => "a string".into(),
    };
    out_of_range(format!(
        "function {label} answered {value}, which is no {} exactly",
        ty.name()
    ))
}

fn out_of_range(message: String) -> Report {
    Report::new(Code::ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE, message)
}
