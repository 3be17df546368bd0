//! JavaScript's string literals.

use crate::tree::Node;

/// The value of a string, or of a template without substitutions. None when it is no valid Unicode.
pub(crate) fn decode(node: Node<'_>) -> Option<String> {
    let is_template = match node.kind() {
        "string" => false,
        "template_string" => true,
        _ => return None,
    };
    if node
        .parts()
        .iter()
        .any(|part| part.kind() == "template_substitution")
    {
        return None;
    }
    let text = node.text();
    let body = text.get(1..text.len().checked_sub(1)?)?;
    let mut units: Vec<u16> = Vec::with_capacity(body.len());
    let mut rest = body;
    while let Some(length) = rest.find('\\') {
        units.extend(rest[..length].encode_utf16());
        rest = &rest[length + 1..];
        let escaped = rest.chars().next()?;
        rest = &rest[escaped.len_utf8()..];
        match escaped {
            '\n' | '\u{2028}' | '\u{2029}' => {}
            'b' => units.push(0x08),
            'f' => units.push(0x0c),
            'n' => units.push(0x0a),
            'r' => units.push(0x0d),
            't' => units.push(0x09),
            'v' => units.push(0x0b),
            '0'..='7' => {
                let zero = escaped == '0' && !rest.starts_with(|c: char| c.is_ascii_digit());
                if !zero && is_template {
                    return None;
                }
                // Sloppy mode: up to three octal digits, up to 377.
                let most = if escaped <= '3' { 2 } else { 1 };
                let more = rest
                    .bytes()
                    .take(most)
                    .take_while(|b| matches!(b, b'0'..=b'7'));
                let more = more.count();
                let digits = format!("{escaped}{}", &rest[..more]);
                rest = &rest[more..];
                units.push(u16::from_str_radix(&digits, 8).ok()?);
            }
            '8' | '9' if is_template => return None,
            'x' => {
                let value = hexadecimal(rest.get(..2)?)?;
                rest = &rest[2..];
                units.push(u16::try_from(value).ok()?);
            }
            'u' => {
                let value = match rest.strip_prefix('{') {
                    Some(inner) => {
                        let (digits, after) = inner.split_once('}')?;
                        rest = after;
                        hexadecimal(digits)?
                    }
                    None => {
                        let digits = rest.get(..4)?;
                        rest = &rest[4..];
                        hexadecimal(digits)?
                    }
                };
                match u16::try_from(value) {
                    // Perhaps half of a pair.
                    Ok(unit) => units.push(unit),
                    Err(_) => {
                        units.extend_from_slice(char::from_u32(value)?.encode_utf16(&mut [0; 2]))
                    }
                }
            }
            other => units.extend_from_slice(other.encode_utf16(&mut [0; 2])),
        }
    }
    units.extend(rest.encode_utf16());
    String::from_utf16(&units).ok()
}

fn hexadecimal(digits: &str) -> Option<u32> {
    let all = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_hexdigit());
    all.then(|| u32::from_str_radix(digits, 16).ok())?
}
