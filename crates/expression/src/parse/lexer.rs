//! Infix text to tokens.

use crate::error::Fault;
use quidditch_document::Path;

/// The reserved words.
const WORDS: [&str; 10] = [
    "AND", "OR", "NOT", "IN", "BETWEEN", "LIKE", "IS", "NULL", "TRUE", "FALSE",
];

/// A symbol comes before those that it begins with.
const SYMBOLS: [&str; 21] = [
    "**", "&&", "||", "==", "!=", "<>", "<=", ">=", "=", "<", ">", "+", "-", "*", "/", "%", "!",
    "?", ":", "(", ")",
];

/// What users of other languages write, and what it is here; looked for before the symbols.
const SLIPS: [(&str, &str); 9] = [
    ("===", "="),
    ("!==", "!="),
    ("=<", "<="),
    ("=>", ">="),
    ("=~", "LIKE"),
    ("&", "AND"),
    ("|", "OR"),
    ("^", "**"),
    ("~", "LIKE"),
];

/// Whether a key has to be written in brackets to stand first in a field.
pub(crate) fn is_reserved(name: &str) -> bool {
    word(name).is_some()
}

fn word(name: &str) -> Option<&'static str> {
    let found = WORDS.iter().find(|word| word.eq_ignore_ascii_case(name));
    found.copied()
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token<'t> {
    End,
    /// A reserved word in upper case, an operator or punctuation.
    Mark(&'static str),
    Number(&'t str),
    String(String),
    /// As [`Path`] writes it, and as a name, if it is a plain one.
    Field(String, Option<&'t str>),
}

/// The token that starts at `offset`, which is not a space, and where it ends. A fault comes with its offset.
pub(super) fn token(text: &str, offset: usize) -> Result<(Token<'_>, usize), (Fault, usize)> {
    let rest = &text[offset..];
    let Some(first) = rest.chars().next() else {
        return Ok((Token::End, offset));
    };
    let length_of = |part: fn(char) -> bool| rest.find(|char| !part(char)).unwrap_or(rest.len());
    match first {
        '0'..='9' | '.' => {
            let length = number_length(rest.as_bytes());
            let after = rest[length..].chars().next();
            if length == 0 || after.is_some_and(|char| is_name(char) || char == '.') {
                return Err((Fault::invalid("not a number"), offset));
            }
            Ok((Token::Number(&rest[..length]), offset + length))
        }
        '\'' => {
            let (string, end) = quoted(text, offset, '\'', "string")?;
            Ok((Token::String(string), end))
        }
        '"' => {
            let end = json_string_end(text, offset)?;
            let string = serde_json::from_str(&text[offset..end])
                .map_err(|_| (Fault::invalid("a string that is not as in JSON"), offset))?;
            Ok((Token::String(string), end))
        }
        '[' | '`' => field(text, offset),
        first if is_name(first) => {
            let name = &rest[..length_of(is_name)];
            match word(name) {
                Some(word) => Ok((Token::Mark(word), offset + name.len())),
                None => field(text, offset),
            }
        }
        ',' => Ok((Token::Mark(","), offset + 1)),
        _ => mark(rest)
            .map(|mark| (Token::Mark(mark), offset + mark.len()))
            .map_err(|fault| (fault, offset)),
    }
}

fn mark(rest: &str) -> Result<&'static str, Fault> {
    let symbol = SYMBOLS.iter().find(|symbol| rest.starts_with(**symbol));
    let slip = SLIPS.iter().find(|(slip, _)| rest.starts_with(slip));
    match (symbol, slip) {
        (Some(symbol), slip) if slip.is_none_or(|(slip, _)| slip.len() <= symbol.len()) => {
            Ok(symbol)
        }
        (_, Some((slip, meant))) => Err(Fault::invalid(format!("unknown operator \"{slip}\""))
            .hint(format!("did you mean \"{meant}\"?"))),
        _ => {
            let first: String = rest.chars().take(1).collect();
            Err(Fault::invalid(format!("unexpected character \"{first}\"")))
        }
    }
}

/// Whether a key may be written without brackets.
pub(crate) fn is_name(char: char) -> bool {
    char.is_alphanumeric() || char == '_'
}

/// Digits, a fraction, an exponent; 0 when it isn't one.
fn number_length(text: &[u8]) -> usize {
    let digits = |from: usize| {
        text[from..]
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count()
    };
    let whole = digits(0);
    let mut length = whole;
    if text.get(length) == Some(&b'.') {
        let fraction = digits(length + 1);
        if fraction == 0 {
            return 0;
        }
        length += 1 + fraction;
    }
    if matches!(text.get(length), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(text.get(length + 1), Some(b'+' | b'-')));
        let exponent = text
            .get(length + 1 + sign..)
            .map_or(0, |_| digits(length + 1 + sign));
        if exponent > 0 {
            length += 1 + sign + exponent;
        }
    }
    length
}

/// What stands between two quotes, which are doubled inside, and where it ends.
fn quoted(
    text: &str,
    offset: usize,
    quote: char,
    what: &str,
) -> Result<(String, usize), (Fault, usize)> {
    let mut string = String::new();
    let mut at = offset + 1;
    loop {
        let Some(length) = text[at..].find(quote) else {
            return Err((Fault::invalid(format!("unterminated {what}")), offset));
        };
        string.push_str(&text[at..at + length]);
        at += length + 1;
        if !text[at..].starts_with(quote) {
            return Ok((string, at));
        }
        string.push(quote);
        at += 1;
    }
}

/// Where the JSON string ends that starts at `offset`.
fn json_string_end(text: &str, offset: usize) -> Result<usize, (Fault, usize)> {
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(offset + 1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return Ok(at + 1),
            _ => {}
        }
    }
    Err((Fault::invalid("unterminated string"), offset))
}

/// A path without spaces. Keys in backticks become keys in brackets.
fn field(text: &str, offset: usize) -> Result<(Token<'_>, usize), (Fault, usize)> {
    let mut path = String::new();
    let mut at = offset;
    let mut plain = 0;
    let mut steps = 0;
    loop {
        let rest = &text[at..];
        let key = match rest.strip_prefix('.') {
            Some(key) if steps > 0 => key,
            _ if steps > 0 && !rest.starts_with('[') => break,
            _ => rest,
        };
        let key_at = text.len() - key.len();
        if key.starts_with('`') {
            let (key, end) = quoted(text, key_at, '`', "key")?;
            path.push_str(&format!("[{}]", serde_json::Value::String(key)));
            at = end;
        } else if rest.starts_with('[') {
            at = bracket_end(text, at)?;
            let step = &text[key_at..at];
            // Checked one by one, so that an error can say where.
            Path::parse(step)
                .map_err(|error| (Fault::invalid(error.what), key_at + error.offset))?;
            path.push_str(step);
        } else {
            let length = key.find(|char| !is_name(char)).unwrap_or(key.len());
            if length == 0 {
                let fault = Fault::invalid("expected a key");
                return Err((fault.hint("other keys are written in backticks"), key_at));
            }
            at = key_at + length;
            path.push_str(&text[key_at - usize::from(steps > 0)..at]);
            plain += 1;
        }
        steps += 1;
    }
    let name = (plain == 1 && steps == 1).then(|| &text[offset..at]);
    Ok((Token::Field(path, name), at))
}

fn bracket_end(text: &str, offset: usize) -> Result<usize, (Fault, usize)> {
    let inside = offset + 1;
    let from = if text[inside..].starts_with('"') {
        json_string_end(text, inside)?
    } else {
        inside
    };
    match text[from..].find(']') {
        Some(length) => Ok(from + length + 1),
        None => Err((Fault::invalid("expected \"]\""), text.len())),
    }
}
