//! Numbers to text, as `numeric_out` (`get_str_from_var` in `numeric.c`) prints them: never an exponent, and
//! as many decimals as the scale says.

use super::convert::ascii;
use super::{Kind, Numeric, NumericBuf};
use std::fmt::{self, Write};

impl Numeric<'_> {
    /// The digit that stands for this power of 10000.
    fn digit(&self, power: i32) -> u16 {
        let index = usize::try_from(self.weight - power).ok();
        index
            .and_then(|index| self.digits.get(index))
            .map_or(0, |digit| u16::from_ne_bytes(*digit))
    }
}

/// A number of thousands of digits may stand in a few bytes (1e131071), so a caller short of room should
/// print to a writer that refuses.
impl fmt::Display for Numeric<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            Kind::NaN => return f.write_str("NaN"),
            Kind::Infinity => return f.write_str("Infinity"),
            Kind::NegativeInfinity => return f.write_str("-Infinity"),
            Kind::Negative => f.write_char('-')?,
            Kind::Positive => {}
        }
        if self.digits.is_empty() || self.weight < 0 {
            f.write_char('0')?;
        } else {
            write!(f, "{}", self.digit(self.weight))?;
            for power in (0..self.weight).rev() {
                write_digits(f, self.digit(power), 4)?;
            }
        }
        let mut missing = usize::from(self.scale);
        if missing > 0 {
            f.write_char('.')?;
        }
        let mut power = -1;
        while missing > 0 {
            let shown = missing.min(4);
            write_digits(f, self.digit(power), shown)?;
            missing -= shown;
            power -= 1;
        }
        Ok(())
    }
}

/// The first `shown` of the four decimal digits.
fn write_digits(f: &mut fmt::Formatter<'_>, digit: u16, shown: usize) -> fmt::Result {
    ascii(digit)
        .into_iter()
        .take(shown)
        .try_for_each(|decimal| f.write_char(char::from(decimal)))
}

impl fmt::Debug for Numeric<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for NumericBuf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.as_numeric(), f)
    }
}

impl fmt::Debug for NumericBuf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
