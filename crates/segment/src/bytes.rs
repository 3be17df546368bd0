//! Numbers in bytes: checked reading from a page, and appending to what becomes one.
//!
//! All are little-endian. A *varint* has seven bits a byte, the lowest first, and a high bit that says whether more
//! follow.

use crate::Damaged;

/// A place in a page that moves on as it is read.
#[derive(Clone, Copy)]
pub(crate) struct Bytes<'a> {
    bytes: &'a [u8],
    block: u32,
    pub(crate) offset: usize,
}

impl<'a> Bytes<'a> {
    pub(crate) fn new(bytes: &'a [u8], block: u32, offset: usize) -> Bytes<'a> {
        Bytes {
            bytes,
            block,
            offset,
        }
    }

    #[cold]
    pub(crate) fn damaged(&self, what: &'static str) -> Damaged {
        Damaged {
            block: self.block,
            offset: self.offset,
            what,
        }
    }

    pub(crate) fn at_end(&self) -> bool {
        self.offset >= self.bytes.len()
    }

    #[inline]
    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], Damaged> {
        match self.bytes.get(self.offset..).and_then(<[u8]>::first_chunk) {
            Some(chunk) => {
                self.offset += N;
                Ok(*chunk)
            }
            None => Err(self.damaged("a page that ends too early")),
        }
    }

    #[inline]
    pub(crate) fn take(&mut self, count: usize) -> Result<&'a [u8], Damaged> {
        let rest = self.bytes.get(self.offset..);
        match rest.and_then(|rest| rest.get(..count)) {
            Some(taken) => {
                self.offset += count;
                Ok(taken)
            }
            None => Err(self.damaged("a page that ends too early")),
        }
    }

    #[inline]
    pub(crate) fn u8(&mut self) -> Result<u8, Damaged> {
        self.array().map(|[byte]| byte)
    }

    #[inline]
    pub(crate) fn u16(&mut self) -> Result<u16, Damaged> {
        self.array().map(u16::from_le_bytes)
    }

    #[inline]
    pub(crate) fn u32(&mut self) -> Result<u32, Damaged> {
        self.array().map(u32::from_le_bytes)
    }

    #[inline]
    pub(crate) fn u64(&mut self) -> Result<u64, Damaged> {
        self.array().map(u64::from_le_bytes)
    }

    #[inline]
    pub(crate) fn varint(&mut self) -> Result<u64, Damaged> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.u8()?;
            number |= u64::from(byte & 0x7F) << shift;
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err(self.damaged("a number that is too long"))
    }

    #[inline]
    pub(crate) fn varint32(&mut self) -> Result<u32, Damaged> {
        let number = self.varint()?;
        u32::try_from(number).map_err(|_| self.damaged("a number that is too large"))
    }
}

pub(crate) fn push_varint(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}
