//! Numbers that own their digits: the constants of a query, read from jsonb or from decimal text.

use super::{BASE, Digit, Kind, Numeric};
use std::fmt;
use std::str::FromStr;

/// An exact decimal number that outlives the document.
#[derive(Clone)]
pub struct NumericBuf {
    kind: Kind,
    weight: i32,
    scale: u16,
    digits: Box<[Digit]>,
}

/// `NUMERIC_DSCALE_MAX`: as many digits after the point are stored at most.
const MAX_SCALE: i64 = 0x3FFF;

/// Where PostgreSQL gives up on an exponent, whatever the digits are.
const MAX_EXPONENT: i64 = (i32::MAX / 2) as i64;

impl NumericBuf {
    /// Borrows it, for the comparisons and conversions of [`Numeric`]. Free of cost.
    #[inline]
    pub fn as_numeric(&self) -> Numeric<'_> {
        Numeric {
            kind: self.kind,
            weight: self.weight,
            scale: self.scale,
            digits: &self.digits,
        }
    }

    fn special(kind: Kind) -> NumericBuf {
        NumericBuf {
            kind,
            weight: 0,
            scale: 0,
            digits: Box::default(),
        }
    }
}

impl From<Numeric<'_>> for NumericBuf {
    fn from(number: Numeric<'_>) -> NumericBuf {
        NumericBuf {
            kind: number.kind,
            weight: number.weight,
            scale: number.scale,
            digits: number.digits.into(),
        }
    }
}

impl From<i64> for NumericBuf {
    fn from(integer: i64) -> NumericBuf {
        let mut magnitude = integer.unsigned_abs();
        let mut digits = Vec::new();
        while magnitude > 0 {
            digits.push(((magnitude % u64::from(BASE)) as u16).to_ne_bytes());
            magnitude /= u64::from(BASE);
        }
        digits.reverse();
        Numeric::finite(integer < 0, digits.len() as i32 - 1, 0, &digits).into()
    }
}

/// Text that is not a number, or not one that a `numeric` holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NumericError {
    /// Not a decimal number.
    Syntax,
    /// More than 131,072 digits before the point or 16,383 after it.
    OutOfRange,
}

impl fmt::Display for NumericError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            NumericError::Syntax => "not a decimal number",
            NumericError::OutOfRange => "number out of range",
        })
    }
}

impl std::error::Error for NumericError {}

/// Reads what JSON and SQL write: `-12.50`, `1e3`, `.5`, and `NaN`, `Infinity`, `-Infinity`. The scale is
/// the one PostgreSQL gives it (`set_var_from_str`): digits after the point, less the exponent.
impl FromStr for NumericBuf {
    type Err = NumericError;

    fn from_str(text: &str) -> Result<NumericBuf, NumericError> {
        match text {
            "NaN" => return Ok(NumericBuf::special(Kind::NaN)),
            "Infinity" => return Ok(NumericBuf::special(Kind::Infinity)),
            "-Infinity" => return Ok(NumericBuf::special(Kind::NegativeInfinity)),
            _ => {}
        }
        let (negative, unsigned) = match text.as_bytes() {
            [b'-', rest @ ..] => (true, rest),
            [b'+', rest @ ..] => (false, rest),
            rest => (false, rest),
        };
        let (mantissa, exponent) =
            match unsigned.iter().position(|byte| matches!(byte, b'e' | b'E')) {
                Some(at) => (&unsigned[..at], parse_exponent(&unsigned[at + 1..])?),
                None => (unsigned, 0),
            };
        let (whole, fraction) = match mantissa.iter().position(|&byte| byte == b'.') {
            Some(at) => (&mantissa[..at], &mantissa[at + 1..]),
            None => (mantissa, &[][..]),
        };
        if whole.is_empty() && fraction.is_empty()
            || !whole.iter().chain(fraction).all(u8::is_ascii_digit)
        {
            return Err(NumericError::Syntax);
        }
        let scale = (fraction.len() as i64 - exponent).max(0);
        if scale > MAX_SCALE {
            return Err(NumericError::OutOfRange);
        }
        let leading = whole
            .iter()
            .chain(fraction)
            .take_while(|&&byte| byte == b'0')
            .count();
        let decimals = whole.iter().chain(fraction).skip(leading);
        // Decimal digits before the point; the first base-10000 digit starts at a multiple of four of them.
        let point = whole.len() as i64 + exponent - leading as i64;
        let weight = (point - 1).div_euclid(4);
        let padding = (weight + 1) * 4 - point;
        let mut digits =
            vec![0u16; (whole.len() + fraction.len() - leading + padding as usize).div_ceil(4)];
        for (position, &decimal) in decimals.enumerate() {
            let position = position + padding as usize;
            digits[position / 4] += u16::from(decimal - b'0') * [1000, 100, 10, 1][position % 4];
        }
        if digits.iter().all(|&digit| digit == 0) {
            return Ok(Numeric::finite(false, 0, scale as u16, &[]).into());
        }
        if weight > i64::from(i16::MAX) {
            return Err(NumericError::OutOfRange);
        }
        let digits: Vec<Digit> = digits.into_iter().map(u16::to_ne_bytes).collect();
        Ok(Numeric::finite(negative, weight as i32, scale as u16, &digits).into())
    }
}

fn parse_exponent(text: &[u8]) -> Result<i64, NumericError> {
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        rest => (false, rest),
    };
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return Err(NumericError::Syntax);
    }
    let exponent = digits.iter().fold(0i64, |sum, digit| {
        (sum * 10 + i64::from(digit - b'0')).min(MAX_EXPONENT)
    });
    if exponent >= MAX_EXPONENT {
        return Err(NumericError::OutOfRange);
    }
    Ok(if negative { -exponent } else { exponent })
}
