//! Arrays: by index, or one element after the other.

use crate::container::{Children, Container};
use crate::{Damaged, Value};
use std::fmt;

/// A JSON array.
#[derive(Clone, Copy)]
pub struct Array<'a>(pub(crate) Container<'a>);

impl<'a> Array<'a> {
    /// The number of elements.
    pub fn len(&self) -> usize {
        self.0.entries.len()
    }

    /// Whether it is `[]`.
    pub fn is_empty(&self) -> bool {
        self.0.entries.is_empty()
    }

    /// Element `index`, counted from 0, or from the end (-1 is the last); `None` beyond either end.
    #[inline(always)]
    pub fn get(&self, index: i64) -> Result<Option<Value<'a>>, Damaged> {
        let length = self.len();
        let index = match usize::try_from(index.unsigned_abs()) {
            Ok(distance) if index < 0 => length.checked_sub(distance),
            distance => distance.ok().filter(|&index| index < length),
        };
        index.map(|index| self.0.value(index)).transpose()
    }

    /// The elements in order. Ends after the first damaged one that hides where the next would start.
    #[inline]
    pub fn iter(&self) -> ArrayIter<'a> {
        ArrayIter {
            container: self.0,
            elements: Children::new(&self.0, 0, self.len()),
        }
    }
}

impl fmt::Debug for Array<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Value::Array(*self).fmt(f)
    }
}

impl<'a> IntoIterator for Array<'a> {
    type Item = Result<Value<'a>, Damaged>;
    type IntoIter = ArrayIter<'a>;

    fn into_iter(self) -> ArrayIter<'a> {
        self.iter()
    }
}

/// The elements of an [`Array`].
#[derive(Clone)]
pub struct ArrayIter<'a> {
    container: Container<'a>,
    elements: Children<'a>,
}

impl<'a> Iterator for ArrayIter<'a> {
    type Item = Result<Value<'a>, Damaged>;

    fn next(&mut self) -> Option<Self::Item> {
        let element = self.elements.next(&self.container)?;
        Some(element.and_then(|(entry, start, end)| self.container.value_at(entry, start, end)))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, Some(self.elements.remaining()))
    }
}
