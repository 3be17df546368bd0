//! The values a call gives a UDF: the same for all calls of an instance, or set anew between them.
//!
//! A guest may keep what it made of a parameter for its later calls. So each value remembers whether the
//! guest asked for it: when it changes after that, and the guest doesn't ask again, what the guest
//! answers may belong to the earlier value ([`Instance::is_outdated`](crate::Instance::is_outdated)).

use std::cell::Cell;
use std::rc::Rc;

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
/// default is absent. Each instance has a copy.
#[derive(Clone, Debug, Default)]
pub struct Parameters(Vec<Place>);

#[derive(Clone, Debug)]
struct Place {
    name: Rc<str>,
    ty: Type,
    value: Option<Parameter>,
    /// Whether the guest asked for this value.
    asked: Cell<bool>,
    /// Whether the guest asked for an earlier value, and not for this one yet.
    outdated: Cell<bool>,
}

impl Place {
    fn changed(&self) {
        if self.asked.take() {
            self.outdated.set(true);
        }
    }
}

impl Parameters {
    pub fn new(values: Vec<(String, Type, Option<Parameter>)>) -> Self {
        let places = values.into_iter().map(|(name, ty, value)| Place {
            name: name.into(),
            ty,
            value,
            asked: Cell::new(false),
            outdated: Cell::new(false),
        });
        Parameters(places.collect())
    }

    /// Sets the parameter at a place of the declaration, to a value of its type or to nothing.
    #[inline]
    pub fn set(&mut self, place: usize, value: Option<Parameter>) {
        let place = &mut self.0[place];
        let is_same = match (&place.value, &value) {
            // Zeros have signs.
            (Some(Parameter::Float(a)), Some(Parameter::Float(b))) => a.to_bits() == b.to_bits(),
            (known, new) => known == new,
        };
        if !is_same {
            place.value = value;
            place.changed();
        }
    }

    /// Sets a string, in the memory of the one before it.
    #[inline]
    pub fn set_text(&mut self, place: usize, text: &str) {
        let place = &mut self.0[place];
        match &mut place.value {
            Some(Parameter::String(known)) if known == text => return,
            Some(Parameter::String(known)) => {
                known.clear();
                known.push_str(text);
            }
            value => *value = Some(Parameter::String(text.to_owned())),
        }
        place.changed();
    }

    /// The value of that name, for the guest that asks.
    pub(crate) fn ask(&self, name: &[u8]) -> Option<&Parameter> {
        let place = self.0.iter().find(|p| p.name.as_bytes() == name)?;
        place.asked.set(true);
        place.outdated.set(false);
        place.value.as_ref()
    }

    /// Whether the guest asked for a value that is another one now, and hasn't asked again.
    #[inline]
    pub(crate) fn are_outdated(&self) -> bool {
        self.0.iter().any(|place| place.outdated.get())
    }

    /// Names and types, in the order of the declaration.
    pub(crate) fn declared(&self) -> impl Iterator<Item = (&str, Type)> {
        self.0.iter().map(|place| (&*place.name, place.ty))
    }

    pub(crate) fn types(&self) -> impl Iterator<Item = Type> {
        self.0.iter().map(|place| place.ty)
    }

    /// What the typed arguments behind `ctx` are made of: every number and bool in order.
    pub(crate) fn arguments(&self) -> impl Iterator<Item = Option<&Parameter>> {
        let typed = self.0.iter().filter(|place| place.ty != Type::String);
        typed.map(|place| place.value.as_ref())
    }
}

/// The integer a float stands for, when it stands for exactly one.
pub fn exact_integer(float: f64) -> Option<i64> {
    // 2^63 itself is out of range, and every float below it that is whole converts exactly.
    let in_range = (-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&float);
    (in_range && float.fract() == 0.0).then_some(float as i64)
}

/// The float an integer stands for, when it stands for exactly one.
pub fn exact_float(integer: i64) -> Option<f64> {
    let float = integer as f64;
    (exact_integer(float) == Some(integer)).then_some(float)
}
