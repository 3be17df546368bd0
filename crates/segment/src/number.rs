//! Numbers as bytes whose order is that of the numbers, exactly: PostgreSQL's `numeric` has no limit that eight bytes
//! could keep, and decimal fractions are rarely binary ones.
//!
//! A positive number is `0.d₁d₂d₃… × 100ᵉ`, each `d` two decimal digits, the first one not 0:
//!
//! * One byte for the class and, in common cases, the exponent: `80` is zero, `82` to `FC` are the exponents -20 to
//!   102; `81` and `FD` are followed by a smaller or larger one in three bytes. `FE` is infinity, `FF` is NaN.
//! * A byte `d + 1` for each `d` up to the last that isn't 0.
//!
//! A negative number has all these bits inverted, and then a byte `FF`: of two with the same beginning the longer is the
//! smaller. 5 takes two bytes, 12.50 three, 2026 three.

use quidditch_document::Numeric;
use std::fmt::Write;

const ZERO: u8 = 0x80;
const SMALL: u8 = 0x81;
const FIRST: u8 = 0x82;
const LARGE: u8 = 0xFD;
const INFINITY: u8 = 0xFE;
const NAN: u8 = 0xFF;

/// The exponent that the byte `FIRST` stands for.
const FIRST_EXPONENT: i32 = -20;
/// Added to exponents of three bytes. No numeric has one beyond 65,536 or below -8,192.
const BIAS: i32 = 1 << 20;

/// Appends the number's bytes.
pub(crate) fn push_number(bytes: &mut Vec<u8>, number: &Numeric<'_>) {
    if let Some(integer) = number.to_i64() {
        return push_integer(bytes, integer);
    }
    if !number.is_finite() {
        let special = number.to_f64();
        return bytes.push(if special.is_nan() {
            NAN
        } else if special > 0.0 {
            INFINITY
        } else {
            !INFINITY
        });
    }
    let mut text = String::new();
    // Writing to a string can't fail.
    let _ = write!(text, "{number}");
    let unsigned = text.strip_prefix('-');
    let (whole, fraction) = match unsigned.unwrap_or(&text).split_once('.') {
        Some(parts) => parts,
        None => (unsigned.unwrap_or(&text), ""),
    };
    // To an even number of digits on both sides of the point.
    let mut digits = Vec::with_capacity(text.len() + 2);
    if whole.len() % 2 == 1 {
        digits.push(b'0');
    }
    digits.extend_from_slice(whole.as_bytes());
    let exponent = digits.len() as i32 / 2;
    digits.extend_from_slice(fraction.as_bytes());
    if digits.len() % 2 == 1 {
        digits.push(b'0');
    }
    let pairs = digits
        .as_chunks::<2>()
        .0
        .iter()
        .map(|[tens, ones]| (tens - b'0') * 10 + (ones - b'0'));
    push_pairs(bytes, unsigned.is_some(), exponent, pairs);
}

fn push_integer(bytes: &mut Vec<u8>, integer: i64) {
    if integer == 0 {
        return bytes.push(ZERO);
    }
    let mut rest = integer.unsigned_abs();
    let mut pairs = [0u8; 10];
    for pair in pairs.iter_mut().rev() {
        *pair = (rest % 100) as u8;
        rest /= 100;
    }
    push_pairs(bytes, integer < 0, 10, pairs.into_iter());
}

/// `exponent` is that of the first pair, whether it is 0 or not.
fn push_pairs(
    bytes: &mut Vec<u8>,
    negative: bool,
    mut exponent: i32,
    pairs: impl Iterator<Item = u8>,
) {
    let start = bytes.len();
    let mut pairs = pairs
        .inspect(|_| exponent -= 1)
        .skip_while(|pair| *pair == 0);
    let Some(first) = pairs.next() else {
        return bytes.push(ZERO);
    };
    let mut digits = vec![first + 1];
    digits.extend(pairs.map(|pair| pair + 1));
    let last = digits.iter().rposition(|digit| *digit != 1);
    let skipped_to = exponent + digits.len() as i32;
    digits.truncate(last.map_or(0, |last| last + 1));
    match u8::try_from(skipped_to - FIRST_EXPONENT) {
        Ok(place) if place < LARGE - FIRST => bytes.push(FIRST + place),
        _ => {
            bytes.push(if skipped_to < FIRST_EXPONENT {
                SMALL
            } else {
                LARGE
            });
            bytes.extend_from_slice(&(skipped_to + BIAS).to_be_bytes()[1..]);
        }
    }
    bytes.extend_from_slice(&digits);
    if negative {
        for byte in &mut bytes[start..] {
            *byte = !*byte;
        }
        bytes.push(0xFF);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use quidditch_document::NumericBuf;

    fn encoded(number: &NumericBuf) -> Vec<u8> {
        let mut bytes = Vec::new();
        push_number(&mut bytes, &number.as_numeric());
        bytes
    }

    fn parsed(text: &str) -> NumericBuf {
        text.parse().expect("a number")
    }

    #[test]
    fn common_numbers_are_short() {
        for (text, bytes) in [
            ("0", vec![0x80]),
            ("5", vec![FIRST + 21, 6]),
            ("12.50", vec![FIRST + 21, 13, 51]),
            ("2026", vec![FIRST + 22, 21, 27]),
            ("-5", vec![!(FIRST + 21), !6, 0xFF]),
            ("0.05", vec![FIRST + 20, 6]),
        ] {
            assert_eq!(encoded(&parsed(text)), bytes, "{text}");
        }
    }

    #[test]
    fn the_order_is_exact_at_the_edges() {
        let ascending = [
            "-1e131071",
            "-1e300",
            "-9223372036854775809",
            "-9223372036854775808",
            "-100",
            "-99.99",
            "-1.0000000001",
            "-1",
            "-0.51",
            "-0.5001",
            "-0.5",
            "-1e-16000",
            "0",
            "1e-16000",
            "1e-300",
            "1e-42",
            "1e-41",
            "1e-40",
            "0.1",
            "0.10000000000000000000000000001",
            "1",
            "9007199254740993",
            "9007199254740993.5",
            "1e203",
            "1e204",
            "1e205",
            "1e131071",
        ];
        let bytes: Vec<_> = ascending
            .iter()
            .map(|text| encoded(&parsed(text)))
            .collect();
        for (place, pair) in bytes.windows(2).enumerate() {
            assert!(
                pair[0] < pair[1],
                "{} {}",
                ascending[place],
                ascending[place + 1]
            );
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20_000))]

        #[test]
        fn the_order_of_bytes_is_that_of_numbers(
            left in "-?[0-9]{1,6}(\\.[0-9]{1,5})?(e-?[0-9]{1,2})?",
            right in "-?[0-9]{1,6}(\\.[0-9]{1,5})?(e-?[0-9]{1,2})?",
            near in "[0-9]{0,3}",
        ) {
            let (left, right) = (parsed(&left), parsed(&right));
            prop_assert_eq!(encoded(&left).cmp(&encoded(&right)), left.cmp(&right));
            let text = left.to_string();
            let point = if text.contains('.') { "" } else { "." };
            let next = parsed(&format!("{text}{point}0{near}"));
            prop_assert_eq!(encoded(&left).cmp(&encoded(&next)), left.cmp(&next));
        }

        #[test]
        fn integers_take_the_same_bytes_as_their_text(integer: i64) {
            let mut bytes = Vec::new();
            push_integer(&mut bytes, integer);
            let larger = parsed(&format!("{integer}.{}", if integer < 0 { "-" } else { "" }.replace('-', "") + "5"));
            let order = encoded(&larger).cmp(&bytes);
            prop_assert_eq!(order, larger.cmp(&parsed(&integer.to_string())));
        }
    }
}
