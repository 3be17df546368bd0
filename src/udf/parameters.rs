//! A query's parameters against a UDF's declaration.

use quidditch_sandbox::{Parameter, Parameters, Type};
use serde_json::{Map, Value};

use crate::report::Report;
use quidditch_query::nearest;

/// A declared parameter.
#[derive(Clone, Debug, PartialEq)]
pub struct Declared {
    pub name: String,
    pub ty: Type,
    pub required: bool,
    pub default: Option<Parameter>,
}

/// Checks the parameters a query gives to the UDF `label` (`name@version`) and fills in the defaults.
///
/// # Errors
/// A parameter is missing, unknown or of another type: 22023, naming it and the UDF.
pub fn bind(
    label: &str,
    declared: &[Declared],
    given: &Map<String, Value>,
) -> Result<Parameters, Report> {
    for name in given.keys() {
        if !declared.iter().any(|d| d.name == *name) {
            let mut message = format!("UDF {label} has no parameter {name:?}");
            if let Some(near) = nearest(name, declared.iter().map(|d| d.name.as_str())) {
                message += &format!(", did you mean {near:?}?");
            }
            return Err(Report::invalid(message).hint(list(declared)));
        }
    }
    let bound = declared.iter().map(|d| {
        let value = match given.get(&d.name) {
            Some(value) => Some(convert(value, d.ty).ok_or_else(|| {
                Report::invalid(format!(
                    "parameter {:?} of UDF {label} is of type {}, got {}",
                    d.name,
                    d.ty,
                    describe(value)
                ))
            })?),
            None if d.required => {
                let message = format!(
                    "UDF {label} needs the parameter {:?} of type {}",
                    d.name, d.ty
                );
                return Err(Report::invalid(message).hint(list(declared)));
            }
            None => d.default.clone(),
        };
        Ok((d.name.clone(), d.ty, value))
    });
    Ok(Parameters::new(bound.collect::<Result<_, Report>>()?))
}

/// The parameters where none is given: their names and types, and the defaults that there are.
pub fn defaults(declared: &[Declared]) -> Parameters {
    let each = declared.iter();
    let each = each.map(|d| (d.name.clone(), d.ty, d.default.clone()));
    Parameters::new(each.collect())
}

/// What parameters there are, for a hint.
pub fn list(declared: &[Declared]) -> String {
    if declared.is_empty() {
        return "It has no parameters.".into();
    }
    let each = declared.iter().map(|d| match d.required {
        true => format!("{} {}", d.name, d.ty),
        false => format!("{} {} (optional)", d.name, d.ty),
    });
    format!("Its parameters: {}.", each.collect::<Vec<_>>().join(", "))
}

/// The JSON value as a value of that type, if it is one: no rounding, no parsing of strings. A whole
/// number is an integer however it is written (3.0), and an f32 is the nearest one.
pub fn convert(value: &Value, ty: Type) -> Option<Parameter> {
    Some(match (ty, value) {
        (Type::String, Value::String(text)) => Parameter::String(text.clone()),
        (Type::Bool, Value::Bool(b)) => Parameter::Bool(*b),
        (Type::I64, Value::Number(_)) => Parameter::Integer(integer(value)?),
        (Type::I32, Value::Number(_)) => {
            Parameter::Integer(i32::try_from(integer(value)?).ok()?.into())
        }
        (Type::F64, Value::Number(number)) => Parameter::Float(number.as_f64()?),
        (Type::F32, Value::Number(number)) => {
            let nearest = number.as_f64()? as f32;
            Parameter::Float(nearest.is_finite().then_some(nearest)?.into())
        }
        _ => return None,
    })
}

fn integer(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| {
        let float = value
            .as_f64()
            .filter(|f| f.fract() == 0.0 && f.abs() < 9e15)?;
        Some(float as i64)
    })
}

/// `the string "abc"`, `null`, `an array`: a JSON value for a message.
pub fn describe(value: &Value) -> String {
    const LONGEST: usize = 40;
    match value {
        Value::Array(_) => "an array".into(),
        Value::Object(_) => "an object".into(),
        Value::String(text) if text.chars().count() > LONGEST => {
            format!(
                "the string {:?}…",
                text.chars().take(LONGEST).collect::<String>()
            )
        }
        Value::String(text) => format!("the string {text:?}"),
        Value::Number(number) => format!("the number {number}"),
        Value::Bool(_) | Value::Null => value.to_string(),
    }
}
