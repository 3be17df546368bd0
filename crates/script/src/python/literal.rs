//! Python's literals, with the values that `ast.literal_eval` gives them.

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
        "none" => Literal::Nothing,
        "integer" => integer(node.text())?,
        "float" => float(node.text())?,
        "string" | "concatenated_string" => {
            let decoded = string::decode(node)?;
            Literal::Text(decoded.exact.then(|| decoded.passage.text().to_owned())?)
        }
        "unary_operator" => {
            let argument = read_number(node.field("argument")?)?;
            match (node.field("operator")?.text(), argument) {
                ("+", number) => number,
                ("-", Literal::Integer(i)) => Literal::Integer(-i),
                ("-", Literal::Float(f)) => Literal::Float(-f),
                _ => return None,
            }
        }
        _ => return None,
    })
}

fn read_number(node: Node<'_>) -> Option<Literal> {
    let node = node.without_parentheses();
    match node.kind() {
        "integer" => integer(node.text()),
        "float" => float(node.text()),
        _ => None,
    }
}

/// None for a complex number, and for one that doesn't fit: the language has no bounds.
fn integer(text: &str) -> Option<Literal> {
    let text = text.replace('_', "");
    let (digits, radix) = match text.get(..2) {
        Some("0x" | "0X") => (&text[2..], 16),
        Some("0o" | "0O") => (&text[2..], 8),
        Some("0b" | "0B") => (&text[2..], 2),
        _ => (&text[..], 10),
    };
    i128::from_str_radix(digits, radix)
        .ok()
        .map(Literal::Integer)
}

fn float(text: &str) -> Option<Literal> {
    text.replace('_', "").parse().ok().map(Literal::Float)
}
