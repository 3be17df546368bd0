//! The clauses over text: which words a field has, and where.

use crate::analysis::{standard, tokens};
use crate::fields::{At, Field, Kind, expanded};
use crate::terms;
use quidditch_analysis::Analyzer;
use serde_json::{Value, json};

/// One word of a query.
pub enum Word {
    Exact(String),
    Prefix(String),
    /// With `fuzziness`, `prefix_length`, `transpositions`.
    Fuzzy(String, Value, u64, bool),
}

impl Word {
    pub fn is(&self, token: &str) -> bool {
        match self {
            Word::Exact(word) => word == token,
            Word::Prefix(prefix) => token.starts_with(prefix),
            Word::Fuzzy(word, fuzziness, prefix, transpositions) => {
                terms::is_near(word, token, fuzziness, *prefix, *transpositions)
            }
        }
    }
}

/// Elasticsearch's reference: an integer, from the end if negative; a percentage of the clauses, rounded down,
/// as what may be missing if negative; `n<x`, all of up to n clauses and x of more.
pub fn minimum(spec: &Value, clauses: i64) -> i64 {
    let text = match spec {
        Value::String(text) => text.clone(),
        number => number.to_string(),
    };
    if text.contains('<') {
        let mut result = clauses;
        for condition in text.split(' ') {
            let (bound, amount) = condition.split_once('<').unwrap();
            if clauses <= bound.parse().unwrap() {
                return result;
            }
            result = minimum(&json!(amount), clauses);
        }
        return result;
    }
    let (number, amount) = match text.strip_suffix('%') {
        Some(percent) => {
            let percent: i64 = percent.parse().unwrap();
            (percent, clauses * percent.abs() / 100)
        }
        None => {
            let number: i64 = text.parse().unwrap();
            (number, number.abs())
        }
    };
    if number < 0 {
        (clauses - amount).max(0)
    } else {
        amount
    }
}

/// A value of this kind can't be the text.
fn is_foreign(field: &Field<'_>, text: &str) -> bool {
    match field.kind {
        Kind::Number => serde_json::from_str::<serde_json::Number>(text.trim()).is_err(),
        Kind::Boolean => !matches!(text, "true" | "false"),
        Kind::Date => crate::dates::span(text).is_none(),
        _ => false,
    }
}

/// The analyzers of a field: of documents, of queries.
fn analyzers(field: &Field<'_>, own: Option<&Analyzer>) -> (Analyzer, Analyzer) {
    let or_own = |analyzer: Analyzer| own.cloned().unwrap_or(analyzer);
    match &field.kind {
        Kind::Text { documents, queries } => (documents.clone(), or_own(queries.clone())),
        Kind::Keyword { .. } => (Analyzer::keyword(), or_own(Analyzer::keyword())),
        _ if field.keyword_of.is_some() => {
            (or_own(Analyzer::keyword()), or_own(Analyzer::keyword()))
        }
        _ => (or_own(standard()), or_own(standard())),
    }
}

/// A text's words by their position.
fn groups(analyzer: &Analyzer, text: &str) -> Vec<(u32, Vec<String>)> {
    let mut groups: Vec<(u32, Vec<String>)> = Vec::new();
    for (position, token) in tokens(analyzer, text) {
        match groups.last_mut().filter(|(last, _)| *last == position) {
            Some((_, words)) => words.push(token),
            None => groups.push((position, vec![token])),
        }
    }
    groups
}

/// `match`, `match_phrase`, `match_phrase_prefix` or `match_bool_prefix` of one field.
pub fn is_text(shape: &str, field: &Field<'_>, at: At<'_>, text: &str, options: &Value) -> bool {
    if let Kind::Number | Kind::Boolean | Kind::Date = field.kind {
        return !is_foreign(field, text) && terms::is_one_of(field, at, &[json!(text)]);
    }
    let own = options["analyzer"]
        .as_str()
        .map(|name| Analyzer::named(name).unwrap());
    let (documents, queries) = analyzers(field, own.as_ref());
    let groups = groups(&queries, text);
    if groups.is_empty() {
        return options["zero_terms_query"] == "all";
    }
    let found = field.tokens(at, &documents);
    let word = |place: usize, word: &String| {
        let prefix = shape.ends_with("prefix") && place + 1 == groups.len();
        match &options["fuzziness"] {
            _ if prefix => Word::Prefix(word.clone()),
            Value::Null => Word::Exact(word.clone()),
            fuzziness => Word::Fuzzy(
                word.clone(),
                fuzziness.clone(),
                options["prefix_length"].as_u64().unwrap_or(0),
                options["fuzzy_transpositions"] != false,
            ),
        }
    };
    // For each word, where it is.
    let places: Vec<Vec<u32>> = groups
        .iter()
        .enumerate()
        .map(|(place, (_, words))| {
            let is = |token: &str| words.iter().any(|text| word(place, text).is(token));
            let found = found.iter().filter(|(_, token)| is(token));
            found.map(|(position, _)| *position).collect()
        })
        .collect();
    if shape.contains("phrase") {
        let offsets: Vec<_> = groups
            .iter()
            .map(|(offset, _)| i64::from(*offset))
            .collect();
        let slop = options["slop"].as_i64().unwrap_or(0);
        return is_phrase(&places, &offsets, slop, &mut Vec::new());
    }
    let count = places.iter().filter(|places| !places.is_empty()).count() as i64;
    let needed = match &options["minimum_should_match"] {
        _ if options["operator"] == "and" || groups.len() == 1 => groups.len() as i64,
        Value::Null => 1,
        spec => minimum(spec, groups.len() as i64).max(1),
    };
    // Where no mapping says what a field is, it may hold the number or the boolean that the text spells.
    let spelled = serde_json::from_str(text)
        .ok()
        .filter(|value: &Value| !value.is_string() && !value.is_null() && text.trim() == text);
    let scalar = spelled.is_some_and(|wanted| {
        let values = field.values(at);
        matches!(field.kind, Kind::Dynamic)
            && values.into_iter().any(|value| terms::equal(value, &wanted))
    });
    count >= needed || scalar && needed <= groups.len() as i64
}

/// Tries all occurrences of each word: taken back by their offsets, they may lie so far apart. None is two words.
fn is_phrase(places: &[Vec<u32>], offsets: &[i64], slop: i64, chosen: &mut Vec<u32>) -> bool {
    let place = chosen.len();
    if place == places.len() {
        let shifted = chosen
            .iter()
            .zip(offsets)
            .map(|(position, offset)| i64::from(*position) - offset);
        let (least, most) = (shifted.clone().min().unwrap(), shifted.max().unwrap());
        return most - least <= slop;
    }
    places[place].iter().any(|position| {
        if chosen.contains(position) {
            return false;
        }
        chosen.push(*position);
        let found = is_phrase(places, offsets, slop, chosen);
        chosen.pop();
        found
    })
}

/// The name in front of a boost.
pub fn unweighted(name: &str) -> &str {
    name.split('^').next().unwrap()
}

/// A text in one of several fields, which may be patterns.
pub fn is_in_some(
    mapping: &Value,
    at: At<'_>,
    shape: &str,
    names: &[&str],
    text: &str,
    options: &Value,
) -> bool {
    names.iter().any(|name| {
        let pattern = name.contains('*');
        let fields = expanded(mapping, at, unweighted(name));
        fields.into_iter().any(|field| {
            // A pattern doesn't ask what the names of a document's fields are.
            let keywords = unweighted(name).ends_with(".keyword");
            let asks = !pattern || keywords || field.keyword_of.is_none();
            if !asks && options["analyzer"].is_null() {
                let mut options = if options.is_object() {
                    options.clone()
                } else {
                    json!({})
                };
                options["analyzer"] = json!("standard");
                return is_text(shape, &field, at, text, &options);
            }
            is_text(shape, &field, at, text, options)
        })
    })
}

/// The default is all fields.
pub fn names(fields: &Value) -> Vec<&str> {
    match fields {
        Value::Array(names) => names.iter().map(|name| name.as_str().unwrap()).collect(),
        Value::String(name) => vec![name],
        _ => vec!["*"],
    }
}

pub fn is_multi_match(mapping: &Value, at: At<'_>, body: &Value) -> bool {
    let text = body["query"].as_str().unwrap();
    let names = names(&body["fields"]);
    let shape = match body["type"].as_str() {
        Some("cross_fields") => return is_across(mapping, at, &names, text, body),
        Some("phrase") => "match_phrase",
        Some("phrase_prefix") => "match_phrase_prefix",
        Some("bool_prefix") => "match_bool_prefix",
        _ => "match",
    };
    is_in_some(mapping, at, shape, &names, text, body)
}

/// `cross_fields`: the fields that analyze queries alike are as one field, in which each word may be.
fn is_across(mapping: &Value, at: At<'_>, names: &[&str], text: &str, options: &Value) -> bool {
    let own = options["analyzer"]
        .as_str()
        .map(|name| Analyzer::named(name).unwrap());
    let mut fields = Vec::new();
    for name in names {
        for field in expanded(mapping, at, unweighted(name)) {
            let pattern = name.contains('*') && matches!(field.kind, Kind::Dynamic);
            let queries = match &field.kind {
                Kind::Number | Kind::Boolean | Kind::Date => {
                    own.clone().unwrap_or_else(Analyzer::keyword)
                }
                Kind::Dynamic if pattern => own.clone().unwrap_or_else(standard),
                // Unlike in `match`, a word of the text may be one of the keyword.
                Kind::Dynamic => own.clone().unwrap_or_else(standard),
                _ => analyzers(&field, own.as_ref()).1,
            };
            fields.push((field, queries));
        }
    }
    let mut analyzers_seen: Vec<&Analyzer> = Vec::new();
    for (_, analyzer) in &fields {
        if !analyzers_seen.contains(&analyzer) {
            analyzers_seen.push(analyzer);
        }
    }
    analyzers_seen.into_iter().any(|analyzer| {
        let groups = groups(analyzer, text);
        if groups.is_empty() {
            return options["zero_terms_query"] == "all";
        }
        let has = |words: &[String]| {
            let group = fields.iter().filter(|(_, queries)| queries == analyzer);
            group.clone().any(|(field, _)| {
                let mut options = json!({"fuzziness": options["fuzziness"], "prefix_length": options["prefix_length"], "fuzzy_transpositions": options["fuzzy_transpositions"]});
                let documents = match &field.kind {
                    Kind::Text { documents, .. } => documents.clone(),
                    Kind::Keyword { .. } => Analyzer::keyword(),
                    Kind::Dynamic => analyzer.clone(),
                    Kind::Date => return false,
                    _ => return is_text("match", field, at, &words[0], &json!({})),
                };
                let found = field.tokens(at, &documents);
                let fuzziness = options["fuzziness"].take();
                let prefix = options["prefix_length"].as_u64().unwrap_or(0);
                let transpositions = options["fuzzy_transpositions"] != false;
                let is = |token: &str| {
                    words.iter().any(|word| match &fuzziness {
                        Value::Null => word == token,
                        fuzziness => terms::is_near(word, token, fuzziness, prefix, transpositions),
                    })
                };
                let spelled: Option<Value> = serde_json::from_str(&words[0]).ok();
                let spelled = spelled.filter(|value| value.is_number() || value.is_boolean());
                found.iter().any(|(_, token)| is(token))
                    || matches!(field.kind, Kind::Dynamic)
                        && spelled.is_some_and(|wanted| field.values(at).into_iter().any(|value| terms::equal(value, &wanted)))
            })
        };
        let count = groups.iter().filter(|(_, words)| has(words)).count() as i64;
        let needed = match &options["minimum_should_match"] {
            _ if options["operator"] == "and" || groups.len() == 1 => groups.len() as i64,
            Value::Null => 1,
            spec => minimum(spec, groups.len() as i64).max(1),
        };
        count >= needed
    })
}
