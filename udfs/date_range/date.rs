//! ISO 8601 dates as instants: milliseconds since 1970, in the proleptic Gregorian calendar, from year 0000 to 9999.

/// The first and the last millisecond of what a date stands for: all of a `2024-03`, one millisecond of a timestamp.
pub struct Span {
    pub first: i64,
    pub last: i64,
}

const SECOND: i64 = 1000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// `2024`, `2024-03`, `2024-03-01`, `2024-03-01T10`, `…:20`, `…:20:30`, `…:20:30.123456789`, from the hour on with an
/// offset or in `zone`; or milliseconds since 1970. A fraction counts to its third digit.
pub fn parse(text: &str, zone: i64) -> Option<Span> {
    let mut rest = Reader(text.as_bytes());
    if text.starts_with('-') || (text.len() != 4 && text.as_bytes().get(4) != Some(&b'-')) {
        return milliseconds(text);
    }

    let year = rest.digits(4)?;
    if rest.is_empty() {
        return span(year_start(year), year_start(year + 1), zone);
    }
    rest.expect(b'-')?;
    let month = rest.digits(2).filter(|month| (1..=12).contains(month))?;
    let month_start = year_start(year) + days_before(month, year) * DAY;
    let month_end = year_start(year) + days_before(month + 1, year) * DAY;
    if rest.is_empty() {
        return span(month_start, month_end, zone);
    }
    rest.expect(b'-')?;
    let day = rest.digits(2).filter(|&day| day >= 1)?;
    let mut start = month_start + (day - 1) * DAY;
    if start >= month_end {
        return None;
    }
    let is_followed = rest.accept(b'T');
    if rest.is_empty() {
        return span(start, start + DAY, zone); // a lone T is allowed, as in Elasticsearch
    }
    if !is_followed {
        return None;
    }

    let mut unit = DAY;
    for (separator, most, part) in [(None, 23, HOUR), (Some(b':'), 59, MINUTE), (Some(b':'), 59, SECOND)] {
        match separator {
            Some(separator) if !rest.accept(separator) => break,
            _ => start += rest.digits(2).filter(|&number| number <= most)? * part,
        }
        unit = part;
    }
    if unit == SECOND && (rest.accept(b'.') || rest.accept(b',')) {
        start += rest.fraction()?;
        unit = 1;
    }
    let zone = if rest.is_empty() { zone } else { offset(core::str::from_utf8(rest.0).ok()?)? };
    span(start, start + unit, zone)
}

/// `Z`, `+01:00`, `-0330`, `+01` in milliseconds: how far local time is ahead.
pub fn offset(text: &str) -> Option<i64> {
    let mut rest = Reader(text.as_bytes());
    if rest.accept(b'Z') {
        return rest.is_empty().then_some(0);
    }
    let sign = match (rest.accept(b'+'), rest.accept(b'-')) {
        (true, false) => 1,
        (false, true) => -1,
        _ => return None,
    };
    let hours = rest.digits(2).filter(|&hours| hours <= 18)?;
    let minutes = if rest.is_empty() {
        0
    } else {
        rest.accept(b':');
        rest.digits(2).filter(|&minutes| minutes <= 59)?
    };
    rest.is_empty().then_some(sign * (hours * HOUR + minutes * MINUTE))
}

fn span(start: i64, end: i64, zone: i64) -> Option<Span> {
    Some(Span { first: start - zone, last: end - zone - 1 })
}

fn milliseconds(text: &str) -> Option<Span> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let instant = text.parse().ok()?;
    Some(Span { first: instant, last: instant })
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

/// The first instant of a year, from 0000 on.
fn year_start(year: i64) -> i64 {
    // Of the years before this one, 0000 among them, so many are leap years.
    let leap = (year + 3) / 4 - (year + 99) / 100 + (year + 399) / 400;
    (365 * year + leap - 719_528) * DAY
}

/// How many days of a year lie before a month; 13 stands for the next year's first.
fn days_before(month: i64, year: i64) -> i64 {
    const DAYS: [i64; 13] = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365];
    DAYS[month as usize - 1] + (month > 2 && is_leap(year)) as i64
}

/// Takes parts off the front of a text.
struct Reader<'t>(&'t [u8]);

impl Reader<'_> {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn accept(&mut self, byte: u8) -> bool {
        let is_there = self.0.first() == Some(&byte);
        if is_there {
            self.0 = &self.0[1..];
        }
        is_there
    }

    fn expect(&mut self, byte: u8) -> Option<()> {
        self.accept(byte).then_some(())
    }

    fn digit(&mut self) -> Option<i64> {
        let (&byte, rest) = self.0.split_first()?;
        if !byte.is_ascii_digit() {
            return None;
        }
        self.0 = rest;
        Some((byte - b'0') as i64)
    }

    /// A number of exactly so many digits.
    fn digits(&mut self, count: usize) -> Option<i64> {
        let mut number = 0;
        for _ in 0..count {
            number = number * 10 + self.digit()?;
        }
        Some(number)
    }

    /// One to nine digits, as milliseconds.
    fn fraction(&mut self) -> Option<i64> {
        let mut milliseconds = self.digit()? * 100;
        let mut weight = 10;
        for _ in 1..9 {
            match self.digit() {
                Some(digit) => milliseconds += digit * weight,
                None => break,
            }
            weight /= 10;
        }
        Some(milliseconds)
    }
}
