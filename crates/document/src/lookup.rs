//! One value by its path, as the getters of a WebAssembly guest see documents: arrays are not searched.

use crate::{Damaged, Path, Step, Value};
use std::cell::Cell;

/// What stands at a path.
#[derive(Clone, Copy, Debug)]
pub enum Lookup<'a> {
    /// This value; JSON null is one.
    Found(Value<'a>),
    /// Nothing: no such key or element, or a key or an index into a scalar.
    Missing,
    /// On the way to a key lies an array, and the path doesn't say which of its elements is meant.
    ArrayWithoutIndex,
}

impl Path {
    /// Follows the path from `value` on. Nothing is allocated.
    pub fn lookup<'a>(&self, mut value: Value<'a>) -> Result<Lookup<'a>, Damaged> {
        for step in &self.steps {
            let next = match (step, value) {
                (Step::Key { name, guess }, Value::Object(object)) => {
                    object.get(name.as_bytes(), guess)?
                }
                (Step::Key { .. }, Value::Array(_)) => return Ok(Lookup::ArrayWithoutIndex),
                (Step::Index(index), Value::Array(array)) => array.get(*index)?,
                _ => None,
            };
            match next {
                Some(next) => value = next,
                None => return Ok(Lookup::Missing),
            }
        }
        Ok(Lookup::Found(value))
    }
}

/// Follows a single key, as a path of that one step would; for [`Path::is_plain_key`] paths that come as bytes.
#[inline(always)]
pub fn lookup_key<'a>(
    value: Value<'a>,
    key: &[u8],
    guess: &Cell<u32>,
) -> Result<Lookup<'a>, Damaged> {
    match value {
        Value::Object(object) => Ok(object
            .get(key, guess)?
            .map_or(Lookup::Missing, Lookup::Found)),
        Value::Array(_) => Ok(Lookup::ArrayWithoutIndex),
        _ => Ok(Lookup::Missing),
    }
}
