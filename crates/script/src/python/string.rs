//! Python's string literals.

use crate::passage::Passage;
use crate::tree::Node;

/// The value of a string literal.
pub(crate) struct Decoded<'t> {
    pub(crate) passage: Passage<'t>,
    /// Whether that is all of it: named characters and lone surrogates stay as they are written.
    pub(crate) exact: bool,
}

/// Decodes a string, or several that stand side by side. None for bytes and for what holds expressions.
pub(crate) fn decode<'t>(node: Node<'t>) -> Option<Decoded<'t>> {
    let mut decoded = Decoded {
        passage: Passage::new(node.source()),
        exact: true,
    };
    match node.kind() {
        "string" => decode_one(node, &mut decoded)?,
        "concatenated_string" => {
            for part in node.parts() {
                decode_one(part, &mut decoded)?;
            }
        }
        _ => return None,
    }
    Some(decoded)
}

fn decode_one(node: Node<'_>, decoded: &mut Decoded<'_>) -> Option<()> {
    let parts = node.parts();
    let (open, close) = (parts.first()?, parts.last()?);
    if (open.kind(), close.kind()) != ("string_start", "string_end") {
        return None;
    }
    let quotes = open
        .text()
        .trim_start_matches(|c: char| c.is_ascii_alphabetic());
    let prefix = &open.text()[..open.text().len() - quotes.len()];
    let is_raw = match prefix {
        "" | "u" | "U" => false,
        "r" | "R" => true,
        _ => return None,
    };
    // The grammar takes a backslash at the beginning of a raw string for a part of the closing quotes.
    let (start, end) = (open.range().end, close.range().end - quotes.len());
    let body = node.source().text().get(start..end)?;
    if is_raw {
        decoded.passage.push(body, start);
    } else {
        unescape(body, start, decoded);
    }
    Some(())
}

fn unescape(body: &str, start: usize, decoded: &mut Decoded<'_>) {
    let mut at = 0;
    while let Some(length) = body[at..].find('\\') {
        let backslash = at + length;
        decoded.passage.push(&body[at..backslash], start + at);
        at = backslash + 1;
        let Some(escaped) = body[at..].chars().next() else {
            break;
        };
        at += escaped.len_utf8();
        let simple = match escaped {
            '\n' => "",
            '\\' => "\\",
            '\'' => "'",
            '"' => "\"",
            'a' => "\x07",
            'b' => "\x08",
            'f' => "\x0c",
            'n' => "\n",
            'r' => "\r",
            't' => "\t",
            'v' => "\x0b",
            _ => {
                let (digits, radix) = match escaped {
                    '0'..='7' => {
                        at = backslash + 1;
                        let octal = body[at..].bytes().take(3);
                        (octal.take_while(|b| matches!(b, b'0'..=b'7')).count(), 8)
                    }
                    'x' => (2, 16),
                    'u' => (4, 16),
                    'U' => (8, 16),
                    _ => (0, 0),
                };
                let character = body
                    .get(at..at + digits)
                    .filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()))
                    .and_then(|digits| u32::from_str_radix(digits, radix.max(2)).ok())
                    .and_then(char::from_u32);
                match character {
                    Some(character) => {
                        at += digits;
                        let mut buffer = [0; 4];
                        let text = character.encode_utf8(&mut buffer);
                        decoded.passage.push(text, start + backslash);
                    }
                    None => {
                        // Python keeps the backslash of an escape that it doesn't know.
                        decoded.exact &= digits == 0 && escaped != 'N';
                        decoded
                            .passage
                            .push(&body[backslash..at], start + backslash);
                    }
                }
                continue;
            }
        };
        decoded.passage.push(simple, start + backslash);
    }
    decoded.passage.push(&body[at..], start + at);
}
