//! Types in Python signatures: `str`, `int`, `float`, `bool`, and each of them or `None`.

use super::string;
use crate::mistake::Mistake;
use crate::tree::Node;
use crate::types::{Type, Written};

/// The most of an annotation that a message shows, in characters.
const SHOWN: usize = 40;

/// Reads an annotation. `hint` says what to write instead of one that isn't understood.
pub(crate) fn read(annotation: Node<'_>, hint: &str) -> Result<Written, Mistake> {
    let mut optional = false;
    let mut found = None;
    // What is left to look at: an annotation may nest as deeply as it likes.
    let mut left = vec![annotation];
    while let Some(node) = left.pop() {
        let ty = match node.kind() {
            "type" | "parenthesized_expression" | "union_type" | "type_parameter" => {
                left.extend(node.parts());
                continue;
            }
            "binary_operator" if node.has_word("|") => {
                left.extend(node.parts());
                continue;
            }
            "generic_type" | "subscript" => {
                let parts = node.parts();
                match parts.first().map(|name| name.text()) {
                    Some("Optional" | "typing.Optional") if parts.len() == 2 => optional = true,
                    Some("Union" | "typing.Union") => {}
                    _ => return Err(unknown(annotation, hint)),
                }
                left.extend(&parts[1..]);
                continue;
            }
            "none" => {
                optional = true;
                continue;
            }
            "string" => match string::decode(node) {
                Some(decoded) => named(decoded.passage.text()),
                None => None,
            },
            _ => named(node.text()),
        };
        match (ty, found) {
            (Some(ty), None) => found = Some(ty),
            (Some(ty), Some(before)) if ty == before => {}
            _ => return Err(unknown(annotation, hint)),
        }
    }
    match found {
        Some(ty) => Ok(Written { ty, optional }),
        None => Err(unknown(annotation, hint)),
    }
}

fn named(name: &str) -> Option<Type> {
    Some(match name {
        "str" => Type::String,
        "int" => Type::I64,
        "float" => Type::F64,
        "bool" => Type::Bool,
        _ => return None,
    })
}

fn unknown(annotation: Node<'_>, hint: &str) -> Mistake {
    let text = annotation.text();
    let shown: String = text.chars().take(SHOWN).collect();
    let more = if shown.len() < text.len() { "…" } else { "" };
    annotation.mistake(format!("{shown}{more} is no type of a UDF's"), hint)
}
