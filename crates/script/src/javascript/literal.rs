//! JavaScript's literals.

use super::string;
use crate::literal::Literal;
use crate::tree::Node;

/// The value, if it is a literal that can be a default.
pub(crate) fn read(node: Node<'_>) -> Option<Literal> {
    let node = node.without_parentheses();
    if node.first_error().is_some() {
        return None;
    }
    Some(match node.kind() {
        "true" => Literal::Bool(true),
        "false" => Literal::Bool(false),
        "null" | "undefined" => Literal::Nothing,
        "number" => number(node.text())?,
        "string" | "template_string" => Literal::Text(string::decode(node)?),
        "unary_expression" => {
            let argument = node.field("argument")?.without_parentheses();
            if argument.kind() != "number" {
                return None;
            }
            match (node.field("operator")?.text(), number(argument.text())?) {
                ("-", Literal::Number(n)) => Literal::Number(-n),
                ("-", Literal::BigInt(i)) => Literal::BigInt(-i),
                // A BigInt has no unary plus.
                ("+", Literal::Number(n)) => Literal::Number(n),
                _ => return None,
            }
        }
        _ => return None,
    })
}

/// None for the octal notation of old, and for integers of more than 127 bits in other bases than 10.
fn number(text: &str) -> Option<Literal> {
    let text = text.replace('_', "");
    let (text, is_big) = match text.strip_suffix('n') {
        Some(text) => (text, true),
        None => (&text[..], false),
    };
    let (digits, radix) = match text.get(..2) {
        Some("0x" | "0X") => (&text[2..], 16),
        Some("0o" | "0O") => (&text[2..], 8),
        Some("0b" | "0B") => (&text[2..], 2),
        Some(start) if start.starts_with('0') && start.ends_with(|c: char| c.is_ascii_digit()) => {
            return None;
        }
        _ => (text, 10),
    };
    if radix == 10 && !is_big {
        return digits.parse().ok().map(Literal::Number);
    }
    let integer = i128::from_str_radix(digits, radix).ok()?;
    Some(match is_big {
        true => Literal::BigInt(integer),
        false => Literal::Number(integer as f64),
    })
}
