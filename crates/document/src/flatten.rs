//! All values at a path, as the clauses of a query see documents: arrays are flattened wherever they stand.

use crate::{Array, ArrayIter, Damaged, Path, Step, Value, step};
use std::ops::ControlFlow;

/// Arrays inside arrays are walked by recursion up to here, and with a stack on the heap below.
const RECURSION: u32 = 8;

/// Where the steps of a path lead before they meet an array to flatten.
enum Reached<'p, 'a> {
    Nothing,
    Value(Value<'a>),
    Elements(Array<'a>, &'p [Step]),
}

/// What a path leads to, as far as its first array.
pub enum Reach<'a> {
    /// Nothing.
    Nothing,
    /// One value, which is no array.
    Value(Value<'a>),
    /// An array, whose elements are for [`Path::visit`].
    Array,
}

impl Path {
    /// Where the path leads when it meets no array: most paths, for which this is the whole of [`Path::visit`].
    #[inline(always)]
    pub fn reach<'a>(&self, value: Value<'a>) -> Result<Reach<'a>, Damaged> {
        Ok(match descend(&self.steps, value)? {
            Reached::Nothing => Reach::Nothing,
            Reached::Value(value) => Reach::Value(value),
            Reached::Elements(..) => Reach::Array,
        })
    }

    /// Shows `visitor` each value at the path, from `value` on, until it breaks. An array on the way of a key
    /// stands for its elements, an array at the end too, and so does an array in an array, so the visitor sees
    /// scalars and objects alone. An index picks its element, and nothing from what isn't an array.
    ///
    /// A row allocates only when arrays lie more than 8 deep in each other along the path.
    pub fn visit<'a, B>(
        &self,
        value: Value<'a>,
        visitor: &mut impl FnMut(Value<'a>) -> ControlFlow<B>,
    ) -> Result<ControlFlow<B>, Damaged> {
        walk(&self.steps, value, 0, visitor)
    }
}

impl<'a> Value<'a> {
    /// [`Path::visit`] with the empty path: the value itself, or its elements, flattened.
    pub fn visit<B>(
        self,
        visitor: &mut impl FnMut(Value<'a>) -> ControlFlow<B>,
    ) -> Result<ControlFlow<B>, Damaged> {
        walk(&[], self, 0, visitor)
    }
}

#[inline(always)]
fn descend<'p, 'a>(
    mut steps: &'p [Step],
    mut value: Value<'a>,
) -> Result<Reached<'p, 'a>, Damaged> {
    while let Some((step, rest)) = steps.split_first() {
        let next = match (step, value) {
            (Step::Key { name, guess }, Value::Object(object)) => {
                object.get(name.as_bytes(), guess)?
            }
            (Step::Key { .. }, Value::Array(array)) => return Ok(Reached::Elements(array, steps)),
            (Step::Index(index), Value::Array(array)) => array.get(*index)?,
            _ => None,
        };
        match next {
            Some(next) => (steps, value) = (rest, next),
            None => return Ok(Reached::Nothing),
        }
    }
    Ok(match value {
        Value::Array(array) => Reached::Elements(array, steps),
        value => Reached::Value(value),
    })
}

fn walk<'a, B>(
    steps: &[Step],
    value: Value<'a>,
    depth: u32,
    visitor: &mut impl FnMut(Value<'a>) -> ControlFlow<B>,
) -> Result<ControlFlow<B>, Damaged> {
    match descend(steps, value)? {
        Reached::Nothing => {}
        Reached::Value(value) => return Ok(visitor(value)),
        Reached::Elements(array, steps) if depth == RECURSION => {
            return walk_deep(steps, array, visitor);
        }
        Reached::Elements(array, steps) => {
            for element in array {
                step(1);
                let flow = walk(steps, element?, depth + 1, visitor)?;
                if flow.is_break() {
                    return Ok(flow);
                }
            }
        }
    }
    Ok(ControlFlow::Continue(()))
}

/// The same for arrays that nest deeper than the thread's stack should be trusted with.
#[cold]
fn walk_deep<'a, B>(
    steps: &[Step],
    array: Array<'a>,
    visitor: &mut impl FnMut(Value<'a>) -> ControlFlow<B>,
) -> Result<ControlFlow<B>, Damaged> {
    let mut open: Vec<(&[Step], ArrayIter<'a>)> = vec![(steps, array.iter())];
    while let Some((steps, elements)) = open.last_mut() {
        let Some(element) = elements.next() else {
            open.pop();
            continue;
        };
        step(1);
        match descend(steps, element?)? {
            Reached::Nothing => {}
            Reached::Value(value) => {
                let flow = visitor(value);
                if flow.is_break() {
                    return Ok(flow);
                }
            }
            Reached::Elements(array, steps) => open.push((steps, array.iter())),
        }
    }
    Ok(ControlFlow::Continue(()))
}
