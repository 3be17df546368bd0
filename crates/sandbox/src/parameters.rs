//! The values a query gives a UDF: constant for the life of an instance.

use std::rc::Rc;

use wasmtime::{Val, ValType};

use crate::abi::Type;

/// One value, already of its declared type. An `i32` is an `Integer` in range, an `f32` a `Float`
/// rounded to it.
#[derive(Clone, Debug, PartialEq)]
pub enum Parameter {
    String(String),
    Integer(i64),
    Float(f64),
    Bool(bool),
}

/// The values by name, in the order of the declaration. A parameter that was neither given nor has a
/// default is absent.
#[derive(Clone, Debug, Default)]
pub struct Parameters(Rc<[(String, Type, Option<Parameter>)]>);

impl Parameters {
    pub fn new(values: Vec<(String, Type, Option<Parameter>)>) -> Self {
        Parameters(values.into())
    }

    pub(crate) fn get(&self, name: &[u8]) -> Option<&Parameter> {
        let (_, _, value) = self.0.iter().find(|(n, _, _)| n.as_bytes() == name)?;
        value.as_ref()
    }

    /// The typed arguments behind `ctx`: every number and bool in order, an absent one as zero.
    pub(crate) fn arguments(&self) -> impl Iterator<Item = Val> + '_ {
        self.0.iter().filter_map(|(_, ty, value)| {
            let ty = ty.argument()?;
            Some(match value {
                Some(Parameter::Integer(i)) if matches!(ty, ValType::I32) => Val::I32(*i as i32),
                Some(Parameter::Integer(i)) => Val::I64(*i),
                Some(Parameter::Float(f)) if matches!(ty, ValType::F32) => Val::from(*f as f32),
                Some(Parameter::Float(f)) => Val::from(*f),
                Some(Parameter::Bool(b)) => Val::I32(*b as i32),
                Some(Parameter::String(_)) | None => Val::default_for_ty(&ty)?,
            })
        })
    }
}

/// The integer a float stands for, when it stands for exactly one.
pub(crate) fn exact_integer(float: f64) -> Option<i64> {
    // 2^63 itself is out of range, and every float below it that is whole converts exactly.
    let in_range = (-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&float);
    (in_range && float.fract() == 0.0).then_some(float as i64)
}

/// The float an integer stands for, when it stands for exactly one.
pub(crate) fn exact_float(integer: i64) -> Option<f64> {
    let float = integer as f64;
    (exact_integer(float) == Some(integer)).then_some(float)
}
