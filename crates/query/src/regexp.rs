//! Lucene's regular expressions (`org.apache.lucene.util.automaton.RegExp`) to the syntax tree of an automaton.
//!
//! `.` `?` `+` `*` `{n,m}` `|` `(…)` `[…]` are as everywhere; there are no anchors, since the whole string has to
//! match. Flags switch on `"…"` and `@` (any string), `#` (no string), `<n-m>` (numbers). Lucene's complement `~`
//! and intersection `&` are not there: an automaton of linear size can't have them.

use crate::pattern::{any_character, character, class, repeated};
use regex_syntax::hir::{Class, Hir, HirKind};
use std::iter::Peekable;
use std::str::Chars;

/// The operators that aren't always on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Flags {
    /// `@`, any string.
    pub(crate) any_string: bool,
    /// `#`, no string.
    pub(crate) empty: bool,
    /// `<n-m>`, the numbers between.
    pub(crate) interval: bool,
}

impl Flags {
    pub(crate) const ALL: Flags = Flags {
        any_string: true,
        empty: true,
        interval: true,
    };

    /// `ALL`, `NONE`, or names with `|` between them.
    pub(crate) fn parse(text: &str) -> Option<Flags> {
        let mut flags = Flags {
            any_string: false,
            empty: false,
            interval: false,
        };
        for name in text.split('|') {
            match name {
                "" | "NONE" | "COMPLEMENT" | "INTERSECTION" => {}
                "ALL" => flags = Flags::ALL,
                "ANYSTRING" => flags.any_string = true,
                "EMPTY" => flags.empty = true,
                "INTERVAL" => flags.interval = true,
                _ => return None,
            }
        }
        Some(flags)
    }
}

impl std::fmt::Display for Flags {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names = [
            (self.any_string, "ANYSTRING"),
            (self.empty, "EMPTY"),
            (self.interval, "INTERVAL"),
        ];
        let on: Vec<_> = names
            .iter()
            .filter(|(on, _)| *on)
            .map(|(_, name)| *name)
            .collect();
        match on.len() {
            0 => f.write_str("NONE"),
            3 => f.write_str("ALL"),
            _ => f.write_str(&on.join("|")),
        }
    }
}

/// Groups may lie so deep in each other.
const DEEPEST: usize = 50;

/// Numbers of an interval have so many digits at most, and repetitions are so many at most.
const MOST_DIGITS: usize = 18;
const MOST_REPETITIONS: u32 = 1000;

/// # Errors
/// What is wrong, as part of a sentence.
pub(crate) fn parse(source: &str, flags: Flags, case_insensitive: bool) -> Result<Hir, String> {
    let mut parser = Parser {
        characters: source.chars().peekable(),
        flags,
        case_insensitive,
        depth: 0,
    };
    if source.is_empty() {
        return Ok(Hir::empty());
    }
    let hir = parser.union()?;
    match parser.characters.next() {
        None => Ok(hir),
        Some(found) => Err(format!("\"{found}\" without what it closes")),
    }
}

struct Parser<'s> {
    characters: Peekable<Chars<'s>>,
    flags: Flags,
    case_insensitive: bool,
    depth: usize,
}

impl Parser<'_> {
    fn accept(&mut self, wanted: char) -> bool {
        self.characters.next_if_eq(&wanted).is_some()
    }

    fn expect(&mut self, wanted: char) -> Result<(), String> {
        if self.accept(wanted) {
            Ok(())
        } else {
            Err(format!("expected \"{wanted}\""))
        }
    }

    fn union(&mut self) -> Result<Hir, String> {
        let mut alternatives = vec![self.concatenation()?];
        while self.accept('|') {
            alternatives.push(self.concatenation()?);
        }
        Ok(Hir::alternation(alternatives))
    }

    fn concatenation(&mut self) -> Result<Hir, String> {
        let mut parts = Vec::new();
        while !matches!(self.characters.peek(), None | Some('|' | ')')) {
            parts.push(self.repetition()?);
        }
        if parts.is_empty() {
            return Err("expected a character or a group".to_owned());
        }
        Ok(Hir::concat(parts))
    }

    fn repetition(&mut self) -> Result<Hir, String> {
        let mut hir = self.simple()?;
        // A repetition of repetitions multiplies, and what it makes is measured only afterwards.
        let mut times = 1u32;
        loop {
            let (min, max) = if self.accept('?') {
                (0, Some(1))
            } else if self.accept('*') {
                (0, None)
            } else if self.accept('+') {
                (1, None)
            } else if self.accept('{') {
                self.times()?
            } else {
                return Ok(hir);
            };
            times = times.saturating_mul(max.unwrap_or(min).max(1));
            if times > MOST_REPETITIONS {
                return Err(format!("more than {MOST_REPETITIONS} repetitions"));
            }
            hir = repeated(hir, min, max);
        }
    }

    /// `n}`, `n,}`, `n,m}`
    fn times(&mut self) -> Result<(u32, Option<u32>), String> {
        let min = self.number()?;
        let max = if !self.accept(',') {
            Some(min)
        } else if self.characters.peek() == Some(&'}') {
            None
        } else {
            Some(self.number()?)
        };
        self.expect('}')?;
        if max.is_some_and(|max| max < min) {
            return Err("a repetition whose most is less than its least".to_owned());
        }
        Ok((min, max))
    }

    fn number(&mut self) -> Result<u32, String> {
        let number = self.digits().parse();
        number.map_err(|_| "expected a number of repetitions".to_owned())
    }

    fn digits(&mut self) -> String {
        std::iter::from_fn(|| self.characters.next_if(char::is_ascii_digit)).collect()
    }

    fn simple(&mut self) -> Result<Hir, String> {
        let Some(found) = self.characters.next() else {
            return Err("ends too early".to_owned());
        };
        match found {
            '.' => Ok(any_character()),
            '[' => self.class(),
            '(' => self.group(),
            '\\' => self.escaped(),
            '"' => self.quoted(),
            '@' if self.flags.any_string => Ok(repeated(any_character(), 0, None)),
            '#' if self.flags.empty => Ok(Hir::fail()),
            '<' if self.flags.interval => self.interval(),
            '~' | '&' => Err(format!(
                "the operator \"{found}\" is not supported; the character itself is \"\\{found}\""
            )),
            '?' | '*' | '+' | '{' => Err(format!("\"{found}\" with nothing to repeat")),
            other => Ok(character(other, self.case_insensitive)),
        }
    }

    fn group(&mut self) -> Result<Hir, String> {
        if self.accept(')') {
            return Ok(Hir::empty());
        }
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(format!("groups nested more than {DEEPEST} deep"));
        }
        let hir = self.union()?;
        self.depth -= 1;
        self.expect(')')?;
        Ok(hir)
    }

    fn escaped(&mut self) -> Result<Hir, String> {
        let found = self.characters.next().ok_or("ends with a backslash")?;
        Ok(match shorthand(found) {
            Some(ranges) => class(ranges.iter().copied()),
            None if found.is_ascii_uppercase()
                && shorthand(found.to_ascii_lowercase()).is_some() =>
            {
                let ranges = shorthand(found.to_ascii_lowercase()).unwrap_or_default();
                negated(class(ranges.iter().copied()))
            }
            None => character(found, self.case_insensitive),
        })
    }

    fn quoted(&mut self) -> Result<Hir, String> {
        let mut parts = Vec::new();
        loop {
            match self.characters.next() {
                Some('"') => return Ok(Hir::concat(parts)),
                Some(found) => parts.push(character(found, self.case_insensitive)),
                None => return Err("expected \"\\\"\"".to_owned()),
            }
        }
    }

    /// After its `[`.
    fn class(&mut self) -> Result<Hir, String> {
        let negative = self.accept('^');
        let mut ranges = Vec::new();
        loop {
            let first = match self.characters.next() {
                None => return Err("expected \"]\"".to_owned()),
                Some(']') if !ranges.is_empty() => break,
                Some('\\') => {
                    let found = self.characters.next().ok_or("ends with a backslash")?;
                    if let Some(shorthand) = shorthand(found) {
                        ranges.extend_from_slice(shorthand);
                        continue;
                    }
                    found
                }
                Some(found) => found,
            };
            let mut last = first;
            if self.accept('-') {
                match self.characters.next() {
                    Some(']') => {
                        ranges.extend([(first, first), ('-', '-')]);
                        break;
                    }
                    Some('\\') => last = self.characters.next().ok_or("ends with a backslash")?,
                    Some(found) => last = found,
                    None => return Err("expected \"]\"".to_owned()),
                }
            }
            if last < first {
                return Err(format!("the range \"{first}-{last}\" is empty"));
            }
            ranges.push((first, last));
            if self.case_insensitive {
                ranges.extend(other_case(first, last));
            }
        }
        let hir = class(ranges);
        Ok(if negative { negated(hir) } else { hir })
    }

    /// `n-m>`: numbers, with leading zeros where both ends have the same number of digits.
    fn interval(&mut self) -> Result<Hir, String> {
        let low = self.digits();
        self.expect('-')?;
        let high = self.digits();
        self.expect('>')?;
        let value = |digits: &str| {
            let short = digits.len() <= MOST_DIGITS;
            digits.parse::<u64>().ok().filter(|_| short)
        };
        let (Some(mut from), Some(mut to)) = (value(&low), value(&high)) else {
            return Err(format!(
                "expected two numbers of at most {MOST_DIGITS} digits between \"<\" and \">\""
            ));
        };
        if from > to {
            (from, to) = (to, from);
        }
        if low.len() == high.len() {
            return Ok(numbers(
                &format!("{from:0width$}", width = low.len()),
                &format!("{to:0width$}", width = low.len()),
            ));
        }
        // Each number of digits by itself.
        let mut alternatives = Vec::new();
        while from <= to {
            let digits = from.to_string();
            let longest = 10u64.pow(digits.len() as u32) - 1;
            alternatives.push(numbers(&digits, &to.min(longest).to_string()));
            from = longest + 1;
        }
        let zeros = repeated(character('0', false), 0, None);
        Ok(Hir::concat(vec![zeros, Hir::alternation(alternatives)]))
    }
}

/// The numbers between two of the same number of digits.
fn numbers(low: &str, high: &str) -> Hir {
    let digit = |text: &str| text.chars().next();
    let (Some(first), Some(last)) = (digit(low), digit(high)) else {
        return Hir::empty();
    };
    if low.bytes().all(|digit| digit == b'0') && high.bytes().all(|digit| digit == b'9') {
        let count = low.len() as u32;
        return repeated(class([('0', '9')]), count, Some(count));
    }
    let (low_rest, high_rest) = (&low[1..], &high[1..]);
    let with = |digit: char, rest: Hir| Hir::concat(vec![character(digit, false), rest]);
    if first == last {
        return with(first, numbers(low_rest, high_rest));
    }
    let (nines, zeros) = ("9".repeat(low_rest.len()), "0".repeat(low_rest.len()));
    let mut alternatives = vec![
        with(first, numbers(low_rest, &nines)),
        with(last, numbers(&zeros, high_rest)),
    ];
    let between = (first as u8 + 1, last as u8 - 1);
    if between.0 <= between.1 {
        let any = repeated(
            class([('0', '9')]),
            low_rest.len() as u32,
            Some(low_rest.len() as u32),
        );
        let middle = class([(between.0 as char, between.1 as char)]);
        alternatives.push(Hir::concat(vec![middle, any]));
    }
    Hir::alternation(alternatives)
}

/// `\d`, `\w`, `\s`
fn shorthand(letter: char) -> Option<&'static [(char, char)]> {
    match letter {
        'd' => Some(&[('0', '9')]),
        'w' => Some(&[('0', '9'), ('A', 'Z'), ('_', '_'), ('a', 'z')]),
        's' => Some(&[('\t', '\r'), (' ', ' ')]),
        _ => None,
    }
}

fn negated(hir: Hir) -> Hir {
    match hir.into_kind() {
        HirKind::Class(Class::Unicode(mut class)) => {
            class.negate();
            Hir::class(Class::Unicode(class))
        }
        // The class of a single character.
        HirKind::Literal(literal) => {
            let text = std::str::from_utf8(&literal.0).unwrap_or_default();
            negated_characters(text.chars())
        }
        _ => any_character(),
    }
}

fn negated_characters(characters: impl Iterator<Item = char>) -> Hir {
    use regex_syntax::hir::{ClassUnicode, ClassUnicodeRange};
    let ranges = characters.map(|character| ClassUnicodeRange::new(character, character));
    let mut class = ClassUnicode::new(ranges);
    class.negate();
    Hir::class(Class::Unicode(class))
}

/// The ASCII letters of a range in their other case.
fn other_case(first: char, last: char) -> impl Iterator<Item = (char, char)> {
    let swap = |character: char| {
        if character.is_ascii_lowercase() {
            character.to_ascii_uppercase()
        } else {
            character.to_ascii_lowercase()
        }
    };
    [('a', 'z'), ('A', 'Z')]
        .into_iter()
        .filter_map(move |(from, to)| {
            let (from, to) = (from.max(first), to.min(last));
            (from <= to).then(|| (swap(from), swap(to)))
        })
}
