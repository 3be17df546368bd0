//! The values of a field, as a mapping says to take them.

use crate::analysis::{standard, tokens};
use crate::dates;
use crate::terms;
use quidditch_analysis::Analyzer;
use serde_json::{Value, json};

/// What the values of a field are taken for.
#[derive(Clone)]
pub enum Kind {
    Dynamic,
    Text {
        documents: Analyzer,
        queries: Analyzer,
    },
    Keyword {
        ignore_above: usize,
    },
    Date,
    Number,
    Boolean,
}

/// A field, seen from the element that the `nested` clauses around it are at.
#[derive(Clone)]
pub struct Field<'q> {
    pub kind: Kind,
    /// Where the values are.
    path: String,
    /// `f`, for an unmapped `f.keyword`.
    pub keyword_of: Option<String>,
    /// Of `nested`.
    outer: &'q str,
}

/// A document, or an element of an array at `outer`.
#[derive(Clone, Copy)]
pub struct At<'d> {
    pub value: &'d Value,
    pub outer: &'d str,
}

fn steps(path: &str) -> Vec<String> {
    let spaced = path.replace('.', " ").replace('[', " [");
    spaced.split_whitespace().map(str::to_owned).collect()
}

/// All values at a path, arrays flattened.
fn flattened<'d>(value: &'d Value, steps: &[String]) -> Vec<&'d Value> {
    match (value, steps.split_first()) {
        (Value::Array(elements), Some((step, rest))) if step.starts_with('[') => {
            let index: i64 = step[1..step.len() - 1].parse().unwrap();
            let index = if index < 0 {
                index + elements.len() as i64
            } else {
                index
            };
            let element = usize::try_from(index)
                .ok()
                .and_then(|index| elements.get(index));
            element.map_or(vec![], |element| flattened(element, rest))
        }
        (Value::Array(elements), _) => elements
            .iter()
            .flat_map(|element| flattened(element, steps))
            .collect(),
        (Value::Object(pairs), Some((step, rest))) => pairs
            .get(&**step)
            .map_or(vec![], |value| flattened(value, rest)),
        (value, None) => vec![value],
        _ => vec![],
    }
}

/// The path below another one.
fn below<'p>(path: &'p str, outer: &str) -> &'p str {
    match outer {
        "" => path,
        outer => path.strip_prefix(outer).unwrap().trim_start_matches('.'),
    }
}

impl<'q> Field<'q> {
    /// As the mapping has it, or else by its name alone.
    pub fn named(mapping: &Value, outer: &'q str, name: &str) -> Field<'q> {
        let keys: Vec<_> = steps(name)
            .into_iter()
            .filter(|step| !step.starts_with('['))
            .collect();
        let mut property = mapping;
        for (place, key) in keys.iter().enumerate() {
            let inner = &property["properties"][key];
            let sub_field = &property["fields"][key];
            if !inner.is_null() {
                property = inner;
            } else if !sub_field.is_null() && place + 1 == keys.len() {
                let path = name[..name.rfind('.').unwrap()].to_owned();
                return Field {
                    kind: kind(sub_field),
                    path,
                    keyword_of: None,
                    outer,
                };
            } else {
                return Field::dynamic(outer, name);
            }
        }
        match mapping {
            Value::Null => Field::dynamic(outer, name),
            _ => Field {
                kind: kind(property),
                path: name.to_owned(),
                keyword_of: None,
                outer,
            },
        }
    }

    pub fn dynamic(outer: &'q str, name: &str) -> Field<'q> {
        let keyword_of = name.strip_suffix(".keyword").map(str::to_owned);
        Field {
            kind: Kind::Dynamic,
            path: name.to_owned(),
            keyword_of,
            outer,
        }
    }

    /// The values that aren't null, as they stand there.
    pub fn values<'d>(&self, at: At<'d>) -> Vec<&'d Value> {
        let found = |path: &str| flattened(at.value, &steps(below(path, self.outer)));
        let mut values = found(&self.path);
        if let Some(path) = self
            .keyword_of
            .as_deref()
            .filter(|path| *path != self.outer)
        {
            values.extend(found(path).into_iter().filter(|value| !value.is_object()));
        }
        values.retain(|value| !value.is_null());
        values
    }

    /// Whether it has a value. What is too long for a keyword isn't there.
    pub fn exists(&self, at: At<'_>) -> bool {
        match self.kind {
            Kind::Keyword { ignore_above } if ignore_above != usize::MAX => {
                !self.terms(at).is_empty()
            }
            _ => self.values(at).into_iter().any(terms::has_value),
        }
    }

    /// The values as term-like clauses see them.
    pub fn terms(&self, at: At<'_>) -> Vec<Value> {
        let values = self.values(at).into_iter();
        let number = |text: &str| serde_json::from_str::<serde_json::Number>(text.trim()).ok();
        match &self.kind {
            Kind::Dynamic => values.cloned().collect(),
            Kind::Keyword { ignore_above } => values
                .filter_map(text)
                .filter(|text| text.chars().count() <= *ignore_above)
                .map(Value::String)
                .collect(),
            Kind::Text { documents, .. } => values
                .filter_map(text)
                .flat_map(|text| tokens(documents, &text))
                .map(|(_, token)| Value::String(token))
                .collect(),
            Kind::Date => values
                .filter_map(dates::instant)
                .map(|instant| json!(instant))
                .collect(),
            Kind::Number => values
                .filter_map(|value| match value {
                    Value::String(text) => number(text).map(Value::Number),
                    value => Some(value.clone()),
                })
                .collect(),
            Kind::Boolean => values
                .filter_map(|value| match value.as_str() {
                    Some(text) => text.parse().ok().map(Value::Bool),
                    None => Some(value.clone()),
                })
                .collect(),
        }
    }

    /// The tokens as match-like clauses see them, with their positions: those of different values are 100 apart.
    pub fn tokens(&self, at: At<'_>, analyzer: &Analyzer) -> Vec<(u32, String)> {
        let dynamic = matches!(self.kind, Kind::Dynamic);
        let most = match self.kind {
            Kind::Keyword { ignore_above } => ignore_above,
            _ => usize::MAX,
        };
        let mut all: Vec<(u32, String)> = Vec::new();
        for value in self.values(at) {
            let Some(text) = text(value).filter(|text| text.chars().count() <= most) else {
                continue;
            };
            if dynamic && !value.is_string() {
                continue;
            }
            let start = all.last().map_or(0, |(last, _)| last + 101);
            let found = tokens(analyzer, &text).into_iter();
            all.extend(found.map(|(position, token)| (start + position, token)));
        }
        all
    }
}

fn kind(property: &Value) -> Kind {
    let analyzer = |key: &str| {
        let name = property[key].as_str();
        name.map(|name| Analyzer::named(name).unwrap())
    };
    match property["type"].as_str() {
        Some("text") => {
            let documents = analyzer("analyzer").unwrap_or_else(standard);
            let queries = analyzer("search_analyzer").unwrap_or_else(|| documents.clone());
            Kind::Text { documents, queries }
        }
        Some("keyword") => Kind::Keyword {
            ignore_above: property["ignore_above"]
                .as_u64()
                .map_or(usize::MAX, |most| most as usize),
        },
        Some("date") => Kind::Date,
        Some("long" | "double") => Kind::Number,
        Some("boolean") => Kind::Boolean,
        _ => Kind::Dynamic,
    }
}

/// A scalar as a field of strings has it.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        _ => None,
    }
}

/// `*` for any characters.
pub fn is_of_pattern(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((start, rest)) => name.strip_prefix(start).is_some_and(|name| {
            let ends = name.char_indices().map(|(place, _)| place);
            ends.chain([name.len()])
                .any(|place| is_of_pattern(rest, &name[place..]))
        }),
    }
}

/// The fields of text that a name or a pattern stands for. Fields that a pattern finds in the document itself are
/// analyzed as any text.
pub fn expanded<'q>(mapping: &Value, at: At<'q>, name: &str) -> Vec<Field<'q>> {
    if !name.contains('*') {
        return vec![Field::named(mapping, at.outer, name)];
    }
    let mut leaves = Vec::new();
    mapped(mapping, "", &mut leaves);
    let mut present = Vec::new();
    if mapping["dynamic"] != false {
        strings(at.value, "", &mut present);
        present.sort();
        present.dedup();
        present.retain(|path| !leaves.iter().any(|(leaf, _)| leaf == path));
    }
    let text = leaves.into_iter().filter(|(_, text)| *text);
    let text = text
        .map(|(path, _)| path)
        .filter(|path| is_of_pattern(name, path));
    // A pattern of keywords is for those of the document's strings, too.
    let dynamic = present.iter().filter_map(|path| {
        let keyword = format!("{path}.keyword");
        if is_of_pattern(name, path) {
            Some(path.clone())
        } else {
            (name.ends_with(".keyword") && is_of_pattern(name, &keyword)).then_some(keyword)
        }
    });
    text.map(|path| Field::named(mapping, at.outer, &path))
        .chain(dynamic.map(|path| Field::dynamic(at.outer, &path)))
        .collect()
}

/// The leaves of a mapping, and whether they are text.
fn mapped(property: &Value, path: &str, leaves: &mut Vec<(String, bool)>) {
    for key in ["properties", "fields"] {
        for (name, inner) in property[key].as_object().into_iter().flatten() {
            let path = if path.is_empty() {
                name.clone()
            } else {
                format!("{path}.{name}")
            };
            mapped(inner, &path, leaves);
            match inner["type"].as_str() {
                Some("nested" | "object") | None => {}
                Some(kind) => leaves.push((path, kind == "text")),
            }
        }
    }
}

/// The paths at which a document has strings.
fn strings(value: &Value, path: &str, found: &mut Vec<String>) {
    match value {
        Value::String(_) if !path.is_empty() => found.push(path.to_owned()),
        Value::Array(elements) => elements
            .iter()
            .for_each(|element| strings(element, path, found)),
        Value::Object(pairs) => {
            for (key, value) in pairs {
                let path = if path.is_empty() {
                    key.clone()
                } else {
                    format!("{path}.{key}")
                };
                strings(value, &path, found);
            }
        }
        _ => {}
    }
}
