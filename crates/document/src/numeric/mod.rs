//! `numeric` as PostgreSQL stores it (`numeric.c`): decimal floating point in base 10000.
//!
//! A number is a row of base-10000 digits, the power of 10000 that the first of them stands for (`weight`),
//! a sign, and how many decimal digits to show after the point (`scale`), which comparisons ignore.

mod compare;
mod convert;
#[cfg(feature = "encode")]
mod encode;
mod owned;
mod text;

#[cfg(feature = "encode")]
pub(crate) use encode::encode_numeric;
pub use owned::{NumericBuf, NumericError};

use crate::Damaged;

/// One digit, 0 to 9999, in the machine's byte order and not necessarily aligned.
pub(crate) type Digit = [u8; 2];

pub(crate) const BASE: u16 = 10_000;

const FORM: u16 = 0xC000;
const FORM_NEGATIVE: u16 = 0x4000;
const FORM_SHORT: u16 = 0x8000;
const FORM_SPECIAL: u16 = 0xC000;
const SPECIAL: u16 = 0xF000;
const NAN: u16 = 0xC000;
const INFINITY: u16 = 0xD000;
const NEGATIVE_INFINITY: u16 = 0xF000;
const SHORT_NEGATIVE: u16 = 0x2000;
const SHORT_SCALE: u16 = 0x1F80;
const SHORT_SCALE_SHIFT: u32 = 7;
const SHORT_WEIGHT_SIGN: u16 = 0x0040;
const SHORT_WEIGHT: u16 = 0x003F;
const LONG_SCALE: u16 = 0x3FFF;

/// What kind of number, in PostgreSQL's order. Zero is positive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Kind {
    NegativeInfinity,
    Negative,
    Positive,
    Infinity,
    NaN,
}

/// An exact decimal number, borrowed from the document's bytes. JSON has no NaN and no infinities, but a
/// `numeric` may be one, and they order and print as in SQL.
#[derive(Clone, Copy)]
pub struct Numeric<'a> {
    pub(crate) kind: Kind,
    /// Of the first digit, as a power of 10000. Of no meaning without digits.
    pub(crate) weight: i32,
    pub(crate) scale: u16,
    /// The most significant first; neither the first nor the last is 0. None for zero and what isn't finite.
    pub(crate) digits: &'a [Digit],
}

impl<'a> Numeric<'a> {
    /// Reads a `numeric` datum with its varlena header, of 4 bytes (as inside jsonb) or of 1.
    /// Bytes after the datum are ignored.
    #[inline(always)]
    pub fn from_bytes(bytes: &'a [u8]) -> Result<Numeric<'a>, Damaged> {
        let damaged = |what| Damaged { offset: 0, what };
        let number = varlena(bytes).ok_or(damaged("a number with a bad length"))?;
        let (header, rest) = number
            .split_first_chunk()
            .ok_or(damaged("a number without its header"))?;
        let header = u16::from_ne_bytes(*header);
        let (negative, weight, scale, digits) = match header & FORM {
            FORM_SPECIAL => {
                let kind = match header & SPECIAL {
                    NAN => Kind::NaN,
                    INFINITY => Kind::Infinity,
                    NEGATIVE_INFINITY => Kind::NegativeInfinity,
                    _ => return Err(damaged("a number that is neither finite, infinite nor NaN")),
                };
                return Ok(Numeric {
                    kind,
                    weight: 0,
                    scale: 0,
                    digits: &[],
                });
            }
            FORM_SHORT => {
                let low = i32::from(header & SHORT_WEIGHT);
                let weight = if header & SHORT_WEIGHT_SIGN != 0 {
                    low - 64
                } else {
                    low
                };
                (
                    header & SHORT_NEGATIVE != 0,
                    weight,
                    (header & SHORT_SCALE) >> SHORT_SCALE_SHIFT,
                    rest,
                )
            }
            form => {
                let (weight, rest) = rest
                    .split_first_chunk()
                    .ok_or(damaged("a number without its weight"))?;
                (
                    form == FORM_NEGATIVE,
                    i32::from(i16::from_ne_bytes(*weight)),
                    header & LONG_SCALE,
                    rest,
                )
            }
        };
        let (digits, odd) = digits.as_chunks();
        if !odd.is_empty()
            || digits
                .iter()
                .any(|digit| u16::from_ne_bytes(*digit) >= BASE)
        {
            return Err(damaged("a number with a digit that is none"));
        }
        Ok(Numeric::finite(negative, weight, scale, digits))
    }

    /// A finite number; zeros at both ends of the digits are dropped.
    #[inline(always)]
    pub(crate) fn finite(
        negative: bool,
        mut weight: i32,
        scale: u16,
        mut digits: &'a [Digit],
    ) -> Numeric<'a> {
        while let [[0, 0], rest @ ..] = digits {
            digits = rest;
            weight -= 1;
        }
        while let [rest @ .., [0, 0]] = digits {
            digits = rest;
        }
        let kind = if negative && !digits.is_empty() {
            Kind::Negative
        } else {
            Kind::Positive
        };
        Numeric {
            kind,
            weight,
            scale,
            digits,
        }
    }

    /// Whether it is neither NaN nor infinite.
    pub fn is_finite(&self) -> bool {
        matches!(self.kind, Kind::Positive | Kind::Negative)
    }

    /// The digits as numbers, the most significant first.
    pub(crate) fn digits(
        &self,
    ) -> impl DoubleEndedIterator<Item = u16> + ExactSizeIterator + use<'a> {
        self.digits.iter().map(|digit| u16::from_ne_bytes(*digit))
    }
}

/// What is in a varlena (`postgres.h`, "varattrib"): uncompressed, in line, with a header of 4 bytes or of 1.
#[cfg(target_endian = "little")]
#[inline(always)]
fn varlena(bytes: &[u8]) -> Option<&[u8]> {
    let first = *bytes.first()?;
    if first & 1 == 1 {
        return bytes.get(1..usize::from(first >> 1));
    }
    let header = u32::from_ne_bytes(*bytes.first_chunk()?);
    if header & 2 == 2 {
        None
    } else {
        bytes.get(4..(header >> 2) as usize)
    }
}

#[cfg(target_endian = "big")]
#[inline(always)]
fn varlena(bytes: &[u8]) -> Option<&[u8]> {
    let first = *bytes.first()?;
    if first & 0x80 != 0 {
        return bytes.get(1..usize::from(first & 0x7F));
    }
    let header = u32::from_ne_bytes(*bytes.first_chunk()?);
    if header & 0x4000_0000 != 0 {
        None
    } else {
        bytes.get(4..header as usize)
    }
}
