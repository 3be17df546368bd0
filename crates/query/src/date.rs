//! Dates, as Elasticsearch's `strict_date_optional_time||epoch_millis` and its date math have them.
//!
//! An instant is a number of milliseconds since 1970. A date that leaves out the end (`2024-03`) means its first
//! millisecond or, as the end of a range that takes it in whole, its last. Date math follows `now` or a date and
//! `||`: `now-7d/d`, `2024-01-31||+1M`.

use jiff::ToSpan;
use jiff::civil::{Date, DateTime};
use jiff::tz::Offset;
use quidditch_document::Value;

/// Instants from the first to the last, both in it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Span {
    pub(crate) first: i64,
    pub(crate) last: i64,
}

impl Span {
    pub(crate) fn contains(&self, instant: i64) -> bool {
        (self.first..=self.last).contains(&instant)
    }
}

/// The instant of a document's value: a string that is a date, or a number of milliseconds.
pub(crate) fn instant(value: Value<'_>) -> Option<i64> {
    match value {
        Value::Number(number) => number.to_i64(),
        Value::String(string) => {
            let text = std::str::from_utf8(string).ok()?;
            parse(text, Offset::UTC).map(|span| span.first)
        }
        _ => None,
    }
}

/// What a date of a query stands for: all of a `2024-03`, or one millisecond.
///
/// # Errors
/// What is wrong, as part of a sentence.
pub(crate) fn resolve(text: &str, zone: Offset, now: i64) -> Result<Span, String> {
    let not_a_date = || format!("\"{text}\" is not a date");
    let (start, math) = match text.strip_prefix("now") {
        Some(math) => (
            Span {
                first: now,
                last: now,
            },
            math,
        ),
        None => {
            let (date, math) = text.split_once("||").unwrap_or((text, ""));
            (parse(date, zone).ok_or_else(not_a_date)?, math)
        }
    };
    if math.is_empty() {
        return Ok(start);
    }
    calculate(start.first, math, zone).map_err(|what| format!("{}: {what}", not_a_date()))
}

/// `Z`, `+01:00`, `-0330`, `UTC`
pub(crate) fn zone(text: &str) -> Option<Offset> {
    if matches!(text, "Z" | "z" | "UTC" | "GMT") {
        return Some(Offset::UTC);
    }
    let (sign, digits) = match text.split_at_checked(1)? {
        ("+", digits) => (1, digits),
        ("-", digits) => (-1, digits),
        _ => return None,
    };
    let (hours, minutes) = match (digits.split_once(':'), digits.len()) {
        (Some((hours, minutes)), _) => (hours, minutes),
        (None, 4) => digits.split_at_checked(2)?,
        (None, _) => (digits, "00"),
    };
    let number = |text: &str| {
        let plain = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        plain.then(|| text.parse::<i32>().ok()).flatten()
    };
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    if hours > 18 || minutes > 59 {
        return None;
    }
    Offset::from_seconds(sign * (hours * 3600 + minutes * 60)).ok()
}

/// Reads digits and separators off a text.
struct Reader<'t>(&'t str);

impl<'t> Reader<'t> {
    fn accept(&mut self, prefix: char) -> bool {
        let rest = self.0.strip_prefix(prefix);
        self.0 = rest.unwrap_or(self.0);
        rest.is_some()
    }

    /// A number of exactly so many digits.
    fn number(&mut self, digits: usize) -> Option<i16> {
        let (number, rest) = self.0.split_at_checked(digits)?;
        if !number.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        self.0 = rest;
        number.parse().ok()
    }

    /// A number of exactly two digits after a separator, `Ok(None)` when there is no separator.
    fn part(&mut self, separator: char) -> Result<Option<i8>, ()> {
        if !self.accept(separator) {
            return Ok(None);
        }
        let number = self.number(2).and_then(|number| i8::try_from(number).ok());
        number.map(Some).ok_or(())
    }
}

/// `2024`, `2024-03`, `2024-03-01`, `2024-03-01T10`, `…:20`, `…:20:30`, `…:20:30.123456`, each of the last four
/// with a zone or without; or milliseconds since 1970.
fn parse(text: &str, zone: Offset) -> Option<Span> {
    let year_like = text.len() == 4 || text.as_bytes().get(4) == Some(&b'-');
    let digits = text.strip_prefix('-').unwrap_or(text);
    if !year_like && !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        let instant = text.parse().ok()?;
        return Some(Span {
            first: instant,
            last: instant,
        });
    }
    parse_parts(text, zone).ok().flatten()
}

fn parse_parts(text: &str, mut zone: Offset) -> Result<Option<Span>, ()> {
    let mut reader = Reader(text);
    let year = reader.number(4).ok_or(())?;
    let month = reader.part('-')?;
    let day = match month {
        Some(_) => reader.part('-')?,
        None => None,
    };
    let (mut hour, mut minute, mut second, mut millisecond) = (None, None, None, None);
    // A lone T is allowed.
    if day.is_some() && reader.accept('T') && !reader.0.is_empty() {
        let number = reader.number(2).ok_or(())?;
        hour = Some(i8::try_from(number).map_err(drop)?);
        minute = reader.part(':')?;
        if minute.is_some() {
            second = reader.part(':')?;
        }
        if second.is_some() && (reader.accept('.') || reader.accept(',')) {
            let end = reader.0.find(|c: char| !c.is_ascii_digit());
            let (fraction, rest) = reader.0.split_at(end.unwrap_or(reader.0.len()));
            if fraction.is_empty() || fraction.len() > 9 {
                return Err(());
            }
            let digits = fraction.bytes().chain(*b"00").take(3);
            millisecond = Some(digits.fold(0, |sum, digit| sum * 10 + i16::from(digit - b'0')));
            reader.0 = rest;
        }
        if !reader.0.is_empty() {
            zone = self::zone(reader.0).ok_or(())?;
            reader.0 = "";
        }
    }
    if !reader.0.is_empty() {
        return Err(());
    }
    let date = Date::new(year, month.unwrap_or(1), day.unwrap_or(1)).map_err(drop)?;
    let nanoseconds = i32::from(millisecond.unwrap_or(0)) * 1_000_000;
    let first = jiff::civil::Time::new(
        hour.unwrap_or(0),
        minute.unwrap_or(0),
        second.unwrap_or(0),
        nanoseconds,
    );
    let first = date.to_datetime(first.map_err(drop)?);
    let next = match (month, day, hour, minute, second, millisecond) {
        (None, ..) => first.checked_add(1.year()),
        (_, None, ..) => first.checked_add(1.month()),
        (_, _, None, ..) => first.checked_add(1.day()),
        (_, _, _, None, ..) => first.checked_add(1.hour()),
        (_, _, _, _, None, _) => first.checked_add(1.minute()),
        (_, _, _, _, _, None) => first.checked_add(1.second()),
        _ => first.checked_add(1.millisecond()),
    };
    let first = milliseconds(first, zone).ok_or(())?;
    // After the last year there is none.
    let last = next.ok().and_then(|next| milliseconds(next, zone));
    Ok(Some(Span {
        first,
        last: last.map_or(i64::MAX, |next| next - 1),
    }))
}

/// The instant of a local time. A `Timestamp` would end a day before the last year does.
fn milliseconds(local: DateTime, zone: Offset) -> Option<i64> {
    let since = local.duration_since(EPOCH).as_millis();
    i64::try_from(since - i128::from(zone.seconds()) * 1000).ok()
}

/// The local time of an instant.
fn local_time(instant: i64, zone: Offset) -> Option<DateTime> {
    let since = instant.checked_add(i64::from(zone.seconds()) * 1000)?;
    let since = jiff::SignedDuration::from_millis(since);
    EPOCH.checked_add(since).ok()
}

const EPOCH: DateTime = jiff::civil::date(1970, 1, 1).at(0, 0, 0, 0);

/// Date math: `+1d`, `-2M`, `/d`, one after the other. A rounding stands for all of its unit.
fn calculate(start: i64, math: &str, zone: Offset) -> Result<Span, String> {
    let out_of_range = |_: jiff::Error| "out of range".to_owned();
    let mut local = local_time(start, zone).ok_or("out of range")?;
    let mut end = None;
    let mut characters = math.chars().peekable();
    while let Some(operator) = characters.next() {
        let digits: String =
            std::iter::from_fn(|| characters.next_if(char::is_ascii_digit)).collect();
        let unit = characters
            .next()
            .ok_or("expected a unit: y, M, w, d, h, m or s")?;
        let count = match (operator, &*digits) {
            ('/', "") => 1,
            ('/', _) => return Err("a rounding has no number".to_owned()),
            (_, "") => 1,
            (_, digits) => digits
                .parse::<i32>()
                .map_err(|_| "a number too large".to_owned())?,
        };
        let span = |count: i32| {
            let span = jiff::Span::new();
            match unit {
                'y' => span.try_years(count),
                'M' => span.try_months(count),
                'w' => span.try_weeks(count),
                'd' => span.try_days(count),
                'h' | 'H' => span.try_hours(count),
                'm' => span.try_minutes(count),
                's' => span.try_seconds(count),
                _ => return Err(format!("unknown unit \"{unit}\"")),
            }
            .map_err(out_of_range)
        };
        let moved = match operator {
            '+' => local.checked_add(span(count)?),
            '-' => local.checked_sub(span(count)?),
            '/' => Ok(rounded_down(local, unit)),
            other => return Err(format!("unknown operator \"{other}\", expected +, - or /")),
        };
        local = moved.map_err(out_of_range)?;
        end = if operator == '/' {
            Some(local.checked_add(span(1)?).map_err(out_of_range)?)
        } else {
            None
        };
    }
    let instant = |local| milliseconds(local, zone).ok_or_else(|| "out of range".to_owned());
    let first = instant(local)?;
    let last = end.map(instant).transpose()?.map_or(first, |next| next - 1);
    Ok(Span { first, last })
}

/// The start of the year, month, week (Monday), day, hour, minute or second.
fn rounded_down(local: DateTime, unit: char) -> DateTime {
    let date = local.date();
    match unit {
        'y' => date
            .first_of_year()
            .to_datetime(jiff::civil::Time::midnight()),
        'M' => date
            .first_of_month()
            .to_datetime(jiff::civil::Time::midnight()),
        'w' => {
            let since = i64::from(date.weekday().to_monday_zero_offset());
            date.saturating_sub(since.days())
                .to_datetime(jiff::civil::Time::midnight())
        }
        'd' => date.to_datetime(jiff::civil::Time::midnight()),
        'h' | 'H' => date.at(local.hour(), 0, 0, 0),
        'm' => date.at(local.hour(), local.minute(), 0, 0),
        _ => date.at(local.hour(), local.minute(), local.second(), 0),
    }
}
