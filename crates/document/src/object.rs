//! Objects: by key, or all the pairs. Keys are stored sorted by length, then by bytes.

use crate::container::{Children, Container, Entry};
use crate::{Damaged, Value};
use std::cell::Cell;
use std::cmp::Ordering;
use std::fmt;

/// Up to here one pass over the lengths beats jumping about.
const LINEAR: usize = 32;

/// A JSON object.
#[derive(Clone, Copy)]
pub struct Object<'a>(pub(crate) Container<'a>);

impl<'a> Object<'a> {
    /// The number of keys.
    pub fn len(&self) -> usize {
        self.0.entries.len() / 2
    }

    /// Whether it is `{}`.
    pub fn is_empty(&self) -> bool {
        self.0.entries.is_empty()
    }

    /// The value of `key`, `None` when there is no such key. `guess` remembers where the key was found last:
    /// the documents of one table tend to look alike, and a right guess saves the search.
    #[inline(always)]
    pub fn get(&self, key: &[u8], guess: &Cell<u32>) -> Result<Option<Value<'a>>, Damaged> {
        let index = guess.get() as usize;
        if index < self.len() {
            if self.0.entries.len() <= LINEAR {
                if let Some(value) = self.get_small(index, key) {
                    return value.map(Some);
                }
            } else if self.is_key(index, key) {
                return self.value(index).map(Some);
            }
        }
        match self.find(key) {
            Some(index) => {
                guess.set(index as u32);
                self.value(index).map(Some)
            }
            None => Ok(None),
        }
    }

    /// The pairs in stored order: by length of the key, then by its bytes.
    pub fn iter(&self) -> ObjectIter<'a> {
        let (count, container) = (self.len(), self.0);
        ObjectIter {
            container,
            keys: Children::new(&container, 0, count),
            values: Children::new(&container, count, count * 2),
        }
    }

    /// The value at `index` if the key is there, in an object of few keys: one pass over the lengths finds both.
    /// `None` also where offsets are that PostgreSQL doesn't write, which is for the caller's slower ways.
    // Not where frames are large as it is.
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn get_small(&self, index: usize, key: &[u8]) -> Option<Result<Value<'a>, Damaged>> {
        let entries = self.0.entries;
        let own = Entry::read(entries.get(index)?);
        if own.field() as usize != key.len() || !own.is_string() {
            return None;
        }
        let (before, rest) = entries.split_at_checked(index)?;
        let (mut start, mut offsets) = (0u32, 0u32);
        let mut add = |entry: &[u8; 4]| {
            let entry = Entry::read(entry);
            // Less than 32 lengths below 2^27 don't wrap; a longer one counts as an offset.
            start = start.wrapping_add(entry.field());
            offsets += entry.is_long();
            start
        };
        let key_start = before.iter().map(&mut add).last().unwrap_or(0);
        rest.get(..self.len())?
            .iter()
            .for_each(|entry| _ = add(entry));
        // The first entry's offset is its length.
        if offsets != Entry::read(entries.first()?).is_long() {
            return None;
        }
        let found = self.0.data.get(key_start as usize..)?.get(..key.len())?;
        if !equal(found, key) {
            return None;
        }
        let entry = Entry::read(entries.get(self.len() + index)?);
        Some(self.0.value_at(entry, start, entry.end(start)))
    }

    #[inline(always)]
    fn value(&self, index: usize) -> Result<Value<'a>, Damaged> {
        self.0.value(self.len() + index)
    }

    #[inline(always)]
    fn is_key(&self, index: usize, key: &[u8]) -> bool {
        let entry = Entry::read(&self.0.entries[index]);
        if !entry.has_offset() && entry.field() as usize != key.len() {
            return false;
        }
        let start = self.0.start(index);
        entry.is_string() && self.0.data.get(start as usize..entry.end(start) as usize) == Some(key)
    }

    /// By value, like [`Container::damaged`]: a reference would keep the object in memory on the fast path too.
    fn find(self, key: &[u8]) -> Option<usize> {
        let keys = &self.0.entries[..self.len()];
        if keys.len() > LINEAR {
            return self.find_by_halves(key);
        }
        let mut start = 0u32;
        for (index, entry) in keys.iter().enumerate() {
            let entry = Entry::read(entry);
            let end = entry.end(start);
            let length = end.saturating_sub(start) as usize;
            if length >= key.len() {
                if length > key.len() {
                    return None;
                }
                if entry.is_string() && self.0.data.get(start as usize..end as usize) == Some(key) {
                    return Some(index);
                }
            }
            start = end;
        }
        None
    }

    fn find_by_halves(self, key: &[u8]) -> Option<usize> {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = low + (high - low) / 2;
            match self.compare_key(middle, key)? {
                Ordering::Less => low = middle + 1,
                Ordering::Greater => high = middle,
                Ordering::Equal => return Some(middle),
            }
        }
        None
    }

    /// How the key at `index` compares to `key`; most often their lengths already say.
    fn compare_key(&self, index: usize, key: &[u8]) -> Option<Ordering> {
        let entry = Entry::read(self.0.entries.get(index)?);
        if !entry.has_offset() && entry.field() as usize != key.len() {
            return Some((entry.field() as usize).cmp(&key.len()));
        }
        let start = self.0.start(index);
        let found = self.0.data.get(start as usize..entry.end(start) as usize)?;
        Some(found.len().cmp(&key.len()).then_with(|| found.cmp(key)))
    }
}

/// Whether two strings are the same. Most are short, and then no call is worth it.
#[inline(always)]
pub fn equal(left: &[u8], right: &[u8]) -> bool {
    if left.len() != right.len() {
        return false;
    }
    // Two overlapping reads cover what is between one and two times their size.
    let ends8 = |bytes: &[u8]| Some((*bytes.first_chunk::<8>()?, *bytes.last_chunk::<8>()?));
    let ends4 = |bytes: &[u8]| Some((*bytes.first_chunk::<4>()?, *bytes.last_chunk::<4>()?));
    match left.len() {
        0..4 => left.iter().eq(right),
        4..8 => ends4(left) == ends4(right),
        8..=16 => ends8(left) == ends8(right),
        _ => left == right,
    }
}

impl fmt::Debug for Object<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Value::Object(*self).fmt(f)
    }
}

impl<'a> IntoIterator for Object<'a> {
    type Item = Result<(&'a [u8], Value<'a>), Damaged>;
    type IntoIter = ObjectIter<'a>;

    fn into_iter(self) -> ObjectIter<'a> {
        self.iter()
    }
}

/// The pairs of an [`Object`].
#[derive(Clone)]
pub struct ObjectIter<'a> {
    container: Container<'a>,
    keys: Children<'a>,
    values: Children<'a>,
}

impl<'a> ObjectIter<'a> {
    fn pair(&self, key: (Entry, u32, u32), value: (Entry, u32, u32)) -> <Self as Iterator>::Item {
        let (entry, start, end) = key;
        if !entry.is_string() {
            return Err(self.container.damaged(start, "a key that is not a string"));
        }
        let key = self.container.bytes(start, end)?;
        let (entry, start, end) = value;
        Ok((key, self.container.value_at(entry, start, end)?))
    }
}

impl<'a> Iterator for ObjectIter<'a> {
    type Item = Result<(&'a [u8], Value<'a>), Damaged>;

    fn next(&mut self) -> Option<Self::Item> {
        match (
            self.keys.next(&self.container)?,
            self.values.next(&self.container)?,
        ) {
            (Ok(key), Ok(value)) => Some(self.pair(key, value)),
            (Err(damaged), _) | (_, Err(damaged)) => Some(Err(damaged)),
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, Some(self.keys.remaining()))
    }
}
