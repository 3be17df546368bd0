//! Numbers against the standard library's parser, machine integers, and decimal text itself.

#[path = "random/seeded.rs"]
mod seeded;

use quidditch_document::encode::numeric;
use quidditch_document::{Numeric, NumericBuf, NumericError};
use seeded::Seeded;
use std::cmp::Ordering;

fn digits(random: &mut Seeded, count: usize) -> String {
    // Zeros and nines, where carries and strips go wrong, more often than others.
    (0..count)
        .map(|_| *b"000123456789999".get(random.below(15)).unwrap() as char)
        .collect()
}

/// Plain decimal text, no exponent.
fn decimal(random: &mut Seeded, most: usize) -> String {
    let sign = if random.below(2) == 0 { "-" } else { "" };
    let (before, after) = (random.below(most) + 1, random.below(most));
    let (before, after) = (digits(random, before), digits(random, after));
    format!(
        "{sign}{before}{}{after}",
        if after.is_empty() { "" } else { "." }
    )
}

#[test]
fn a_million_numbers_to_f64_like_the_standard_library() {
    let mut random = Seeded(1);
    for round in 0..1_000_000 {
        let text = match round % 8 {
            0..3 => decimal(&mut random, 6),
            3 => decimal(&mut random, 20),
            4 => format!(
                "{}e{}",
                decimal(&mut random, 9),
                random.below(700) as i64 - 350
            ),
            // As text of an f64: 17 digits at most.
            5 => format!("{:e}", f64::from_bits(random.next() & !(1 << 62))),
            6 => format!("{}.{}", random.below(100_000), random.below(100)),
            _ => random.next().to_string(),
        };
        if text.contains('N') || text.contains('i') {
            continue;
        }
        let bytes = numeric(&text).expect("in range");
        let number = Numeric::from_bytes(&bytes).expect("undamaged");
        let expected: f64 = text.parse().unwrap();
        assert_eq!(number.to_f64(), expected, "{text}");
        // numeric has no negative zero, but a negative number may be too small for an f64.
        let sign = if number.to_i64() == Some(0) {
            1.0
        } else {
            expected.signum()
        };
        assert_eq!(number.to_f64().signum(), sign, "{text}");
    }
}

#[test]
fn halfway_cases_round_to_even_unless_something_follows() {
    // 2^53 + 1 lies between two f64; what follows decides, however far away.
    for zeros in [0, 1, 3, 4, 5, 30, 300, 790, 800, 5000] {
        let tie = format!("9007199254740993.{}", "0".repeat(zeros));
        for text in [tie.clone(), tie.clone() + "1", tie + "0"] {
            let number: NumericBuf = text.parse().unwrap();
            assert_eq!(
                number.as_numeric().to_f64(),
                text.parse::<f64>().unwrap(),
                "{text}"
            );
        }
    }
    for text in [
        "1e400",
        "-1e400",
        "1e-400",
        "-1e-400",
        "1.7976931348623158e308",
        "1.7976931348623159e308",
    ] {
        assert_eq!(
            text.parse::<NumericBuf>().unwrap().as_numeric().to_f64(),
            text.parse::<f64>().unwrap(),
            "{text}"
        );
    }
    for text in [
        "4.9e-324",
        "2.4703282292062328e-324",
        "2.4703282292062327e-324",
        "2.2250738585072011e-308",
    ] {
        assert_eq!(
            text.parse::<NumericBuf>().unwrap().as_numeric().to_f64(),
            text.parse::<f64>().unwrap(),
            "{text}"
        );
    }
}

#[test]
fn integers_are_exact_or_none() {
    let to_i64 = |text: &str| text.parse::<NumericBuf>().unwrap().as_numeric().to_i64();
    for (text, integer) in [
        ("9223372036854775807", Some(i64::MAX)),
        ("9223372036854775807.000", Some(i64::MAX)),
        ("9223372036854775807.1", None),
        ("9223372036854775808", None),
        ("-9223372036854775808", Some(i64::MIN)),
        ("-9223372036854775809", None),
        ("5.0", Some(5)),
        ("5.5", None),
        ("0.0001", None),
        ("-0.0", Some(0)),
        ("1e18", Some(1_000_000_000_000_000_000)),
        ("1e19", None),
        ("99999999999999999999", None),
        ("1e131071", None),
        ("NaN", None),
        ("Infinity", None),
    ] {
        assert_eq!(to_i64(text), integer, "{text}");
    }
    let mut random = Seeded(2);
    for _ in 0..200_000 {
        let integer = random.next() as i64 >> random.below(64);
        assert_eq!(to_i64(&integer.to_string()), Some(integer));
        assert_eq!(
            NumericBuf::from(integer),
            integer.to_string().parse().unwrap()
        );
        assert_eq!(NumericBuf::from(integer).to_string(), integer.to_string());
    }
}

/// The order of two plain decimals, from their characters.
fn compare_text(left: &str, right: &str) -> Ordering {
    let parts = |text: &str| {
        let (negative, text) = text
            .strip_prefix('-')
            .map_or((false, text), |text| (true, text));
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let (whole, fraction) = (
            whole.trim_start_matches('0'),
            fraction.trim_end_matches('0'),
        );
        let zero = whole.is_empty() && fraction.is_empty();
        (
            negative && !zero,
            (whole.len(), whole.to_owned(), fraction.to_owned()),
        )
    };
    match (parts(left), parts(right)) {
        ((false, left), (false, right)) => left.cmp(&right),
        ((true, left), (true, right)) => right.cmp(&left),
        ((true, _), (false, _)) => Ordering::Less,
        ((false, _), (true, _)) => Ordering::Greater,
    }
}

#[test]
fn the_order_is_that_of_the_decimals() {
    let mut random = Seeded(3);
    for _ in 0..300_000 {
        let left = decimal(&mut random, 7);
        let right = match random.below(3) {
            0 => decimal(&mut random, 7),
            1 if left.contains('.') => format!("{left}00"),
            _ => {
                // One character off.
                let mut near = left.clone().into_bytes();
                let at = random.below(near.len());
                if near[at].is_ascii_digit() {
                    near[at] = b'0' + random.below(10) as u8;
                }
                String::from_utf8(near).unwrap()
            }
        };
        let (a, b) = (numeric(&left).unwrap(), numeric(&right).unwrap());
        let (a, b) = (
            Numeric::from_bytes(&a).unwrap(),
            Numeric::from_bytes(&b).unwrap(),
        );
        assert_eq!(a.cmp(&b), compare_text(&left, &right), "{left} {right}");
        assert_eq!(
            a == b,
            compare_text(&left, &right).is_eq(),
            "{left} {right}"
        );
    }
}

#[test]
fn special_numbers_order_as_in_sql() {
    let order = [
        "-Infinity",
        "-1e131071",
        "-1",
        "0",
        "1e-16383",
        "1",
        "1e131071",
        "Infinity",
        "NaN",
    ];
    let numbers = order.map(|text| text.parse::<NumericBuf>().unwrap());
    assert!(numbers.is_sorted());
    for (number, text) in numbers.iter().zip(order) {
        assert_eq!(number, &number.clone());
        let bytes = numeric(text).unwrap();
        assert_eq!(Numeric::from_bytes(&bytes).unwrap(), number.as_numeric());
    }
    assert!(numbers[8].as_numeric().to_f64().is_nan());
    assert_eq!(numbers[0].as_numeric().to_f64(), f64::NEG_INFINITY);
    assert_eq!(numbers[7].to_string(), "Infinity");
}

#[test]
fn text_keeps_the_scale() {
    let mut random = Seeded(4);
    for _ in 0..100_000 {
        let text = decimal(&mut random, 12);
        let (sign, digits) = text.split_at(text.len() - text.trim_start_matches('-').len());
        let trimmed = digits.trim_start_matches('0');
        let zero = !digits.contains(|digit| matches!(digit, '1'..='9'));
        let leading = if trimmed.is_empty() || trimmed.starts_with('.') {
            "0"
        } else {
            ""
        };
        let expected = format!("{}{leading}{trimmed}", if zero { "" } else { sign });
        assert_eq!(
            Numeric::from_bytes(&numeric(&text).unwrap())
                .unwrap()
                .to_string(),
            expected,
            "{text}"
        );
    }
}

#[test]
fn short_varlena_headers_are_read_too() {
    let long = numeric("-12.5").unwrap();
    let length = long.len() as u8 - 3;
    let header = if cfg!(target_endian = "little") {
        length << 1 | 1
    } else {
        length | 0x80
    };
    let short = [&[header], &long[4..]].concat();
    assert_eq!(Numeric::from_bytes(&short).unwrap().to_string(), "-12.5");
}

#[test]
fn text_that_is_no_number_is_refused() {
    for text in [
        "", "-", ".", "1e", "e5", "1.2.3", "0x10", " 1", "1 ", "--1", "1e+", "inf", "nan", "١",
    ] {
        assert_eq!(
            text.parse::<NumericBuf>().unwrap_err(),
            NumericError::Syntax,
            "{text:?}"
        );
    }
    for text in [
        "1e131072",
        "1e-16384",
        "0.1e-16383",
        "1e99999999999999999999",
        "0e-20000",
    ] {
        assert_eq!(
            text.parse::<NumericBuf>().unwrap_err(),
            NumericError::OutOfRange,
            "{text:?}"
        );
    }
    assert_eq!("0e5000".parse::<NumericBuf>().unwrap().to_string(), "0");
}

/// A float's shortest text comes back as that float; a digit more, and no float is meant.
#[test]
fn floats_that_decimals_stand_for() {
    let exactly = |text: &str| {
        let number: NumericBuf = text.parse().unwrap();
        let number = number.as_numeric();
        (number.to_f64_exactly(), number.to_f32_exactly())
    };
    for text in [
        "0", "1", "-7", "0.1", "0.5", "16777216", "1e10", "-2.5e-3", "1e38",
    ] {
        let float = text.parse().ok();
        assert_eq!(exactly(text).0, float, "{text}");
        assert_eq!(exactly(text).1, text.parse().ok(), "{text}");
    }
    for (text, f64_too) in [
        ("16777217", true),
        ("0.123456789", true),
        ("1e39", true),
        ("1e-50", true),
        ("9007199254740993", false),
        ("0.10000000000000000001", false),
        ("1e309", false),
        ("-1e400", false),
        ("1e-400", false),
        ("1e131071", false),
    ] {
        assert_eq!(exactly(text).0.is_some(), f64_too, "{text}");
        assert_eq!(exactly(text).1, None, "{text}");
    }
    assert_eq!(
        exactly("-Infinity"),
        (Some(f64::NEG_INFINITY), Some(f32::NEG_INFINITY))
    );
    let (nan64, nan32) = exactly("NaN");
    assert!(nan64.unwrap().is_nan() && nan32.unwrap().is_nan());
}

#[test]
fn a_hundred_thousand_floats_through_their_texts() {
    let mut random = Seeded(7);
    for _ in 0..100_000 {
        let (float, real) = (
            f64::from_bits(random.next()),
            f32::from_bits(random.next() as u32),
        );
        if float.is_finite() {
            let number: NumericBuf = float.to_string().parse().unwrap();
            assert_eq!(number.as_numeric().to_f64_exactly(), Some(float));
        }
        if real.is_finite() {
            let number: NumericBuf = real.to_string().parse().unwrap();
            assert_eq!(number.as_numeric().to_f32_exactly(), Some(real));
        }
        // Any fifteen digits are told apart.
        let digits = random.next() % 1_000_000_000_000_000;
        let text = format!("{digits}e{}", random.next() % 40);
        let number: NumericBuf = text.parse().unwrap();
        assert_eq!(number.as_numeric().to_f64_exactly(), text.parse().ok());
    }
}
