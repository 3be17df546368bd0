//! Dates by counting days; the random ones are of few forms.

use serde_json::Value;

const DAY: i64 = 86_400_000;

/// Days from 1970 to the first of a month, one year and one month after the other.
fn days(year: i64, month: i64) -> i64 {
    let leap = |year: i64| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let years: i64 = (1970..year).map(|year| 365 + i64::from(leap(year))).sum();
    let lengths = [
        31,
        28 + i64::from(leap(year)),
        31,
        30,
        31,
        30,
        31,
        31,
        30,
        31,
        30,
        31,
    ];
    years + lengths[..month as usize - 1].iter().sum::<i64>()
}

/// The first and the last millisecond of `2024`, `2024-02`, `2024-02-29` or `2024-02-29T10:20:30`.
pub fn span(text: &str) -> Option<(i64, i64)> {
    let parts: Vec<i64> = text
        .split(['-', 'T', ':'])
        .map(|part| part.parse().ok())
        .collect::<Option<_>>()?;
    let (first, after) = match (&parts[..], text.len()) {
        (&[year], 4) => (days(year, 1) * DAY, days(year + 1, 1) * DAY),
        (&[year, 12], 7) => (days(year, 12) * DAY, days(year + 1, 1) * DAY),
        (&[year, month], 7) => (days(year, month) * DAY, days(year, month + 1) * DAY),
        (&[year, month, day], 10) => {
            let first = (days(year, month) + day - 1) * DAY;
            (first, first + DAY)
        }
        (&[year, month, day, hour, minute, second], 19) => {
            let seconds = (hour * 60 + minute) * 60 + second;
            let first = (days(year, month) + day - 1) * DAY + seconds * 1000;
            (first, first + 1000)
        }
        _ => {
            let instant = text.parse().ok().filter(|_| text.len() != 4)?;
            return Some((instant, instant));
        }
    };
    Some((first, after - 1))
}

/// Of a document's value.
pub fn instant(value: &Value) -> Option<i64> {
    match value {
        Value::String(text) => span(text).map(|(first, _)| first),
        value => match value.as_f64() {
            // Every whole one of the random floats is small.
            Some(float) if value.is_f64() => (float.fract() == 0.0).then_some(float as i64),
            _ => value.as_i64(),
        },
    }
}
