//! Numbers to the machine's types: `i64` when exact, the nearest `f64` always.

use std::fmt::LowerExp;

use super::{BASE, Kind, Numeric, NumericBuf};

/// 10000^i, exact in an f64.
const POWERS: [f64; 6] = [1e0, 1e4, 1e8, 1e12, 1e16, 1e20];

/// Integers up to here are all exact in an f64.
const EXACT: u64 = 1 << 53;

/// Base-10000 digits after which a further one can tell no two f64 apart, except by being there:
/// halfway between two of them lies a number of at most 768 decimal digits.
const DECISIVE: usize = 200;

impl Numeric<'_> {
    /// The nearest f64, ties to even. Too large becomes an infinity and too small a zero, where the server's
    /// own cast (`numeric_float8`) raises "out of range": a filter should not fail on one odd row.
    #[inline]
    pub fn to_f64(&self) -> f64 {
        let magnitude = match self.kind {
            Kind::NaN => return f64::NAN,
            Kind::Infinity => return f64::INFINITY,
            Kind::NegativeInfinity => return f64::NEG_INFINITY,
            Kind::Positive | Kind::Negative => self.magnitude(),
        };
        if self.kind == Kind::Negative {
            -magnitude
        } else {
            magnitude
        }
    }

    /// The f64 whose shortest text is this number: 0.1 has one, though no f64 is a tenth, and 0.10000000000000000001
    /// has none. What isn't finite stays that.
    pub fn to_f64_exactly(&self) -> Option<f64> {
        let float = self.to_f64();
        // Any 15 decimal digits are told apart, if the exponent is far from the ends of the range.
        if self.digits.len() <= 3 && (-50..50).contains(&self.weight) {
            return Some(float);
        }
        self.is_shortest(float.is_finite(), float).then_some(float)
    }

    /// The same for an f32.
    pub fn to_f32_exactly(&self) -> Option<f32> {
        let float = self.to_f64() as f32;
        self.is_shortest(float.is_finite(), float).then_some(float)
    }

    fn is_shortest(&self, is_finite: bool, float: impl LowerExp) -> bool {
        if !is_finite || !self.is_finite() {
            return is_finite == self.is_finite();
        }
        let text: Result<NumericBuf, _> = format!("{float:e}").parse();
        text.is_ok_and(|number| number.as_numeric() == *self)
    }

    #[inline]
    fn magnitude(&self) -> f64 {
        let count = self.digits.len();
        if count <= 4 {
            // At most 10^16: an exact integer, times or divided by an exact power, is rounded only once.
            let integer = self
                .digits()
                .fold(0, |sum, digit| sum * u64::from(BASE) + u64::from(digit));
            let exponent = if count == 0 {
                0
            } else {
                self.weight + 1 - count as i32
            };
            if exponent == 0 {
                return integer as f64;
            }
            if let Some(power) = POWERS.get(exponent.unsigned_abs() as usize)
                && integer <= EXACT
            {
                return if exponent < 0 {
                    integer as f64 / power
                } else {
                    integer as f64 * power
                };
            }
        }
        if count <= 8 {
            self.parse_digits::<48>()
        } else {
            self.parse_digits::<{ 4 * DECISIVE + 16 }>()
        }
    }

    /// Has the standard library's correctly rounding parser read `<digits>e<exponent>`. `SIZE` must hold
    /// four characters for each of up to `DECISIVE` digits, and 16 more.
    fn parse_digits<const SIZE: usize>(&self) -> f64 {
        let mut text = [b'0'; SIZE];
        let kept = self.digits.len().min(DECISIVE).min((SIZE - 16) / 4);
        for (out, digit) in text
            .as_chunks_mut::<4>()
            .0
            .iter_mut()
            .zip(self.digits().take(kept))
        {
            *out = ascii(digit);
        }
        let mut length = kept * 4;
        let mut exponent = (self.weight + 1 - kept as i32) * 4;
        if kept < self.digits.len() {
            // The last digit isn't 0, so what is cut off isn't either.
            text[length] = b'1';
            length += 1;
            exponent -= 1;
        }
        text[length] = b'e';
        text[length + 1] = if exponent < 0 { b'-' } else { b'+' };
        // Far beyond an f64's range they are all alike.
        let power = exponent.unsigned_abs().min(200_000);
        text[length + 2..length + 6].copy_from_slice(&ascii((power / 100) as u16));
        text[length + 6..length + 10].copy_from_slice(&ascii((power % 100 * 100) as u16));
        // Two of the last four are the exponent's; its two leading zeros don't matter.
        length += 8;
        std::str::from_utf8(&text[..length])
            .ok()
            .and_then(|text| text.parse().ok())
            .unwrap_or(f64::NAN)
    }

    /// The number as an integer, when it is one that fits (5.0 is 5).
    #[inline]
    pub fn to_i64(&self) -> Option<i64> {
        if self.digits.is_empty() {
            return self.is_finite().then_some(0);
        }
        // Trailing zeros are never stored, so a digit below the units makes it a fraction.
        let zeros = self.weight + 1 - self.digits.len() as i32;
        if zeros < 0 || self.weight > 4 {
            return None;
        }
        let integer = self
            .digits()
            .fold(0, |sum, digit| sum * i128::from(BASE) + i128::from(digit));
        let integer = integer * i128::from(BASE).pow(zeros.unsigned_abs());
        i64::try_from(if self.kind == Kind::Negative {
            -integer
        } else {
            integer
        })
        .ok()
    }
}

/// The four decimal digits of a base-10000 digit.
pub(super) fn ascii(digit: u16) -> [u8; 4] {
    let (high, low) = (digit / 100, digit % 100);
    [high / 10, high % 10, low / 10, low % 10].map(|decimal| b'0' + decimal as u8)
}
