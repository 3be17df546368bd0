//! The term-like clauses: which values pass.

use crate::dates;
use crate::fields::{At, Field, Kind};
use crate::regexp::Tree;
use serde_json::{Value, json};
use std::cmp::Ordering;

/// Whether there is something that isn't null.
pub fn has_value(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Array(elements) => elements.iter().any(has_value),
        Value::Object(pairs) => pairs.values().any(has_value),
        _ => true,
    }
}

pub fn order(left: &Value, right: &Value) -> Option<Ordering> {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => match (left.as_i64(), right.as_i64()) {
            (Some(left), Some(right)) => Some(left.cmp(&right)),
            _ => left.as_f64()?.partial_cmp(&right.as_f64()?),
        },
        (Value::String(left), Value::String(right)) => Some(left.chars().cmp(right.chars())),
        _ => None,
    }
}

pub fn equal(left: &Value, right: &Value) -> bool {
    order(left, right).map_or(left == right, Ordering::is_eq)
}

/// A constant as the field's values are.
pub fn coerced(field: &Field<'_>, value: &Value) -> Value {
    match (&field.kind, value) {
        (Kind::Text { .. } | Kind::Keyword { .. }, Value::Number(_) | Value::Bool(_)) => {
            json!(value.to_string())
        }
        (Kind::Number, Value::String(text)) => serde_json::from_str(text.trim()).unwrap(),
        (Kind::Boolean, Value::String(text)) => json!(text == "true"),
        (_, value) => value.clone(),
    }
}

/// The first and last instant of a query's date.
fn span(value: &Value) -> (i64, i64) {
    match value {
        Value::String(text) => dates::span(text).unwrap(),
        _ => {
            let instant = dates::instant(value).unwrap();
            (instant, instant)
        }
    }
}

pub fn is_one_of(field: &Field<'_>, at: At<'_>, wanted: &[Value]) -> bool {
    let terms = field.terms(at);
    if let Kind::Date = field.kind {
        return terms.iter().any(|instant| {
            let instant = instant.as_i64().unwrap();
            wanted.iter().any(|wanted| {
                let (first, last) = span(wanted);
                first <= instant && instant <= last
            })
        });
    }
    terms.iter().any(|found| {
        wanted
            .iter()
            .any(|value| equal(found, &coerced(field, value)))
    })
}

pub fn is_term(field: &Field<'_>, at: At<'_>, body: &Value) -> bool {
    let value = body.get("value").unwrap_or(body);
    if body["case_insensitive"] == true {
        let fold = |value: &Value| value.as_str().map(str::to_ascii_lowercase);
        return field
            .terms(at)
            .iter()
            .any(|found| found.is_string() && fold(found) == fold(&coerced(field, value)));
    }
    is_one_of(field, at, std::slice::from_ref(value))
}

pub fn is_in_range(field: &Field<'_>, at: At<'_>, bounds: &Value) -> bool {
    let bounded = ["gt", "gte", "lt", "lte"]
        .into_iter()
        .filter(|key| !bounds[*key].is_null());
    let terms = match field.kind {
        // Without bounds every value is in the range, whatever it is.
        _ if bounded.clone().count() == 0 && !matches!(field.kind, Kind::Date) => {
            return field.values(at).iter().any(|value| !value.is_object());
        }
        _ => field.terms(at),
    };
    terms.iter().any(|found| {
        !found.is_object()
            && bounded.clone().all(|key| {
                let mut bound = coerced(field, &bounds[key]);
                if let Kind::Date = field.kind {
                    // All of a day is after or before it, or belongs to it.
                    let (first, last) = span(&bound);
                    bound = json!(if matches!(key, "gt" | "lte") {
                        last
                    } else {
                        first
                    });
                }
                order(found, &bound).is_some_and(|order| match key {
                    "gt" => order.is_gt(),
                    "gte" => order.is_ge(),
                    "lt" => order.is_lt(),
                    _ => order.is_le(),
                })
            })
    })
}

/// `*` and `?` with backslashes, by trying.
pub fn is_like(pattern: &[char], text: &[char]) -> bool {
    match pattern {
        [] => text.is_empty(),
        ['*', rest @ ..] => (0..=text.len()).any(|taken| is_like(rest, &text[taken..])),
        ['?', rest @ ..] => !text.is_empty() && is_like(rest, &text[1..]),
        ['\\', literal, rest @ ..] | [literal, rest @ ..] => {
            text.first() == Some(literal) && is_like(rest, &text[1..])
        }
    }
}

fn characters(text: &str, fold: bool) -> Vec<char> {
    let fold = |c: char| if fold { c.to_ascii_lowercase() } else { c };
    text.chars().map(fold).collect()
}

/// `prefix`, `wildcard` and `regexp`, whose source is a tree's text.
pub fn is_pattern(
    name: &str,
    field: &Field<'_>,
    at: At<'_>,
    body: &Value,
    tree: Option<&Tree>,
) -> bool {
    let source = body.get("value").unwrap_or(body).as_str().unwrap();
    let fold = body["case_insensitive"] == true;
    let source = characters(source, fold);
    field.terms(at).iter().any(|found| {
        let Some(text) = found.as_str() else {
            return false;
        };
        let text = characters(text, fold);
        match name {
            "prefix" => text.starts_with(&source),
            "wildcard" => is_like(&source, &text),
            _ => tree.unwrap().matches_all(&text, fold),
        }
    })
}

/// How many edits a fuzziness allows for a word of so many characters.
pub fn edits(fuzziness: &Value, length: usize) -> usize {
    match fuzziness {
        Value::Number(number) => number.as_u64().unwrap() as usize,
        Value::String(text) if text != "AUTO" && !text.starts_with("AUTO:") => {
            text.parse().unwrap()
        }
        fuzziness => {
            let lengths = fuzziness
                .as_str()
                .and_then(|text| text.strip_prefix("AUTO:"));
            let (one, two) = lengths.unwrap_or("3,6").split_once(',').unwrap();
            let (one, two): (usize, usize) = (one.parse().unwrap(), two.parse().unwrap());
            usize::from(length >= one) + usize::from(length >= two)
        }
    }
}

/// The whole table of distances between the beginnings of two words.
pub fn distance(left: &[char], right: &[char], transpositions: bool) -> usize {
    let mut table = vec![vec![0; right.len() + 1]; left.len() + 1];
    for i in 0..=left.len() {
        for j in 0..=right.len() {
            if i == 0 || j == 0 {
                table[i][j] = i + j;
                continue;
            }
            let differ = usize::from(left[i - 1] != right[j - 1]);
            let mut least = (table[i - 1][j] + 1)
                .min(table[i][j - 1] + 1)
                .min(table[i - 1][j - 1] + differ);
            let swapped =
                i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1];
            if transpositions && swapped {
                least = least.min(table[i - 2][j - 2] + 1);
            }
            table[i][j] = least;
        }
    }
    table[left.len()][right.len()]
}

/// Whether a word is within the edits of another, with the options of a `fuzzy` or a `match`.
pub fn is_near(
    wanted: &str,
    found: &str,
    fuzziness: &Value,
    prefix: u64,
    transpositions: bool,
) -> bool {
    let (wanted, found) = (characters(wanted, false), characters(found, false));
    let prefix = wanted.len().min(prefix as usize);
    found.starts_with(&wanted[..prefix])
        && distance(&wanted, &found, transpositions) <= edits(fuzziness, wanted.len())
}

pub fn is_fuzzy(field: &Field<'_>, at: At<'_>, body: &Value) -> bool {
    let wanted = body.get("value").unwrap_or(body).as_str().unwrap();
    field.terms(at).iter().any(|found| {
        found.as_str().is_some_and(|found| {
            let prefix = body["prefix_length"].as_u64().unwrap_or(0);
            is_near(
                wanted,
                found,
                &body["fuzziness"],
                prefix,
                body["transpositions"] != false,
            )
        })
    })
}

/// `_id`, or `id` where there is none.
pub fn is_id(document: &Value, values: &Value) -> bool {
    let id = if document["_id"].is_null() {
        &document["id"]
    } else {
        &document["_id"]
    };
    let id = match id {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => return false,
    };
    let values = match values {
        Value::Array(values) => values.clone(),
        value => vec![value.clone()],
    };
    values.iter().any(|value| match value {
        Value::String(text) => *text == id,
        number => *number.to_string() == *id,
    })
}
