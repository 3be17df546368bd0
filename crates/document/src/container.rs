//! `JsonbContainer` and its `JEntry` array (`jsonb.h`): what arrays and objects have in common.
//!
//! A container is a header (count and flags), one entry per child, then the children's data. An entry holds
//! its child's type and either the length of the child or, in every 32nd, the offset at which it ends.

use crate::{Array, Damaged, Numeric, Object, Value};

const OFFSET_OR_LENGTH: u32 = 0x0FFF_FFFF;
const TYPE: u32 = 0x7000_0000;
pub(crate) const HAS_OFFSET: u32 = 0x8000_0000;

pub(crate) const STRING: u32 = 0x0000_0000;
pub(crate) const NUMERIC: u32 = 0x1000_0000;
pub(crate) const FALSE: u32 = 0x2000_0000;
pub(crate) const TRUE: u32 = 0x3000_0000;
pub(crate) const NULL: u32 = 0x4000_0000;
pub(crate) const CONTAINER: u32 = 0x5000_0000;

const COUNT: u32 = 0x0FFF_FFFF;
pub(crate) const SCALAR: u32 = 0x1000_0000;
pub(crate) const OBJECT: u32 = 0x2000_0000;
pub(crate) const ARRAY: u32 = 0x4000_0000;

/// Every so many entries the writer stores an offset (`JB_OFFSET_STRIDE`). A reader may only guess by it.
pub(crate) const OFFSET_STRIDE: usize = 32;

/// A `JEntry`: the type of a child, and its length or the offset of its end.
#[derive(Clone, Copy)]
pub(crate) struct Entry(u32);

impl Entry {
    pub(crate) fn read(bytes: &[u8; 4]) -> Entry {
        Entry(u32::from_ne_bytes(*bytes))
    }

    pub(crate) fn has_offset(self) -> bool {
        self.0 & HAS_OFFSET != 0
    }

    /// 1 if it has an offset, or a length of 2^27 and more.
    pub(crate) fn is_long(self) -> u32 {
        u32::from(self.0 & (HAS_OFFSET | 1 << 27) != 0)
    }

    pub(crate) fn is_string(self) -> bool {
        self.0 & TYPE == STRING
    }

    /// The offset or the length, whichever it is.
    pub(crate) fn field(self) -> u32 {
        self.0 & OFFSET_OR_LENGTH
    }

    /// Where the child ends that starts at `start`. Saturates: such an end is out of bounds anyway.
    pub(crate) fn end(self, start: u32) -> u32 {
        if self.has_offset() {
            self.field()
        } else {
            start.saturating_add(self.field())
        }
    }
}

/// The flags of a container's header.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// An array of one element that stands for the scalar in it; at the root alone.
    Scalar,
    Array,
    Object,
}

#[derive(Clone, Copy)]
pub(crate) struct Container<'a> {
    /// One per element, or all the keys and then all the values.
    pub(crate) entries: &'a [[u8; 4]],
    pub(crate) data: &'a [u8],
    /// Offset of `data` in the document, for errors.
    at: u32,
}

impl<'a> Container<'a> {
    /// Splits the bytes of a container, which start at `at` in the document and are less than 1 GB.
    #[inline(always)]
    pub(crate) fn new(bytes: &'a [u8], at: u32) -> Result<(Shape, Container<'a>), Damaged> {
        let damaged = |what| Damaged {
            offset: at as usize,
            what,
        };
        let (header, rest) = bytes
            .split_first_chunk()
            .ok_or(damaged("no room for a container's header"))?;
        let header = u32::from_ne_bytes(*header);
        let count = (header & COUNT) as usize;
        let shape = match header & !COUNT {
            OBJECT => Shape::Object,
            ARRAY => Shape::Array,
            flags if flags == ARRAY | SCALAR && count == 1 => Shape::Scalar,
            _ => return Err(damaged("a container that is neither array nor object")),
        };
        let count = if shape == Shape::Object {
            count * 2
        } else {
            count
        };
        let (entries, data) = rest
            .split_at_checked(count * 4)
            .ok_or(damaged("more children than the container has room for"))?;
        let data_at = at + (bytes.len() - data.len()) as u32;
        Ok((
            shape,
            Container {
                entries: entries.as_chunks().0,
                data,
                at: data_at,
            },
        ))
    }

    #[cold]
    pub(crate) fn damaged(self, offset: u32, what: &'static str) -> Damaged {
        Damaged {
            offset: self.at as usize + offset as usize,
            what,
        }
    }

    /// Where child `index` starts in `data`: the end of the one before it. Not yet checked against `data`.
    #[inline(always)]
    pub(crate) fn start(&self, index: usize) -> u32 {
        let before = self.entries.get(..index).unwrap_or(self.entries);
        let stride = index.saturating_sub(1) & !(OFFSET_STRIDE - 1);
        let Some((first, lengths)) = before.get(stride..).and_then(<[_]>::split_first) else {
            return 0;
        };
        let (mut sum, mut seen) = (0u32, 0u32);
        for entry in lengths {
            let entry = u32::from_ne_bytes(*entry);
            sum = sum.wrapping_add(entry & OFFSET_OR_LENGTH);
            seen |= entry;
        }
        // Lengths below 2^27 alone, so the sum of 31 of them and an offset can't have wrapped.
        let first = Entry::read(first);
        if first.has_offset() && seen & (HAS_OFFSET | 1 << 27) == 0 {
            return first.field() + sum;
        }
        Self::start_after(before)
    }

    /// The same by the letter of the format, wherever the offsets are.
    #[cold]
    fn start_after(before: &[[u8; 4]]) -> u32 {
        let mut length = 0u32;
        for entry in before.iter().rev().map(Entry::read) {
            length = length.saturating_add(entry.field());
            if entry.has_offset() {
                break;
            }
        }
        length
    }

    #[inline(always)]
    pub(crate) fn bytes(&self, start: u32, end: u32) -> Result<&'a [u8], Damaged> {
        self.data
            .get(start as usize..end as usize)
            .ok_or_else(|| self.damaged(start, "a value that ends outside its container"))
    }

    /// Child `index`, by direct access.
    #[inline(always)]
    pub(crate) fn value(&self, index: usize) -> Result<Value<'a>, Damaged> {
        let entry = self
            .entries
            .get(index)
            .ok_or_else(|| self.damaged(0, "a child that isn't there"))?;
        let entry = Entry::read(entry);
        let start = self.start(index);
        self.value_at(entry, start, entry.end(start))
    }

    /// The child of this entry in `data[start..end]`. Numbers and containers are aligned to 4 bytes, and the
    /// padding belongs to them.
    #[inline(always)]
    pub(crate) fn value_at(
        &self,
        entry: Entry,
        start: u32,
        end: u32,
    ) -> Result<Value<'a>, Damaged> {
        let aligned = start.saturating_add(3) & !3;
        match entry.0 & TYPE {
            STRING => Ok(Value::String(self.bytes(start, end)?)),
            NUMERIC => match Numeric::from_bytes(self.bytes(aligned, end)?) {
                Ok(number) => Ok(Value::Number(number)),
                Err(damaged) => Err(self.damaged(aligned + damaged.offset as u32, damaged.what)),
            },
            FALSE => Ok(Value::Bool(false)),
            TRUE => Ok(Value::Bool(true)),
            NULL => Ok(Value::Null),
            CONTAINER => match Container::new(self.bytes(aligned, end)?, self.at + aligned)? {
                (Shape::Object, container) => Ok(Value::Object(Object(container))),
                (Shape::Array, container) => Ok(Value::Array(Array(container))),
                (Shape::Scalar, _) => Err(self.damaged(aligned, "a lone scalar below the root")),
            },
            _ => Err(self.damaged(start, "a value of unknown type")),
        }
    }
}

/// Walks consecutive children. They may not overlap, so that walking a whole document stays linear.
#[derive(Clone)]
pub(crate) struct Children<'a> {
    entries: std::slice::Iter<'a, [u8; 4]>,
    start: u32,
}

impl<'a> Children<'a> {
    /// The children `from..to` of a container.
    pub(crate) fn new(container: &Container<'a>, from: usize, to: usize) -> Children<'a> {
        let entries = container.entries.get(from..to).unwrap_or_default();
        Children {
            entries: entries.iter(),
            start: container.start(from),
        }
    }

    pub(crate) fn remaining(&self) -> usize {
        self.entries.len()
    }

    /// The next child's entry, start and end. After damage there is no next.
    #[inline(always)]
    pub(crate) fn next(
        &mut self,
        container: &Container<'a>,
    ) -> Option<Result<(Entry, u32, u32), Damaged>> {
        let entry = Entry::read(self.entries.next()?);
        let start = self.start;
        let end = entry.end(start);
        if end < start {
            self.entries = Default::default();
            return Some(Err(
                container.damaged(start, "a value that ends before it starts")
            ));
        }
        self.start = end;
        Some(Ok((entry, start, end)))
    }
}
