//! What a query means for a document: its score, if it matches.

use crate::fields::{At, Field};
use crate::regexp;
use crate::strings;
use crate::terms;
use crate::text;
use quidditch_document::{Document, encode};
use quidditch_expression::{Expression, Limits};
use serde_json::{Value, json};
use std::collections::HashMap;

/// What the texts of a query mean, by their text.
#[derive(Default)]
pub struct Meanings {
    pub regexps: HashMap<String, regexp::Tree>,
    pub query_strings: HashMap<String, strings::Tree>,
    pub simple: HashMap<String, strings::Tree>,
}

/// The evaluator.
pub struct Reference<'m> {
    /// Null without one.
    pub mapping: &'m Value,
    pub meanings: &'m Meanings,
}

/// Clauses over text have scores that depend on an index, which nothing here asks for.
const UNKNOWN: f64 = f64::NAN;

/// What the guest `yes` makes of a score, and what any other does.
pub fn guest(name: &str, score: f64) -> f64 {
    if name == "yes" {
        score * 2.0 + 1.0
    } else {
        -1.0
    }
}

fn list(clauses: &Value) -> Vec<&Value> {
    match clauses {
        Value::Null => vec![],
        Value::Array(clauses) => clauses.iter().collect(),
        clause => vec![clause],
    }
}

/// The field of a clause and what is said of it.
fn one_field(body: &Value) -> (&str, &Value) {
    let pairs = body.as_object().unwrap().iter();
    let mut fields = pairs.filter(|(key, _)| *key != "boost" && *key != "_name");
    let (name, value) = fields.next().unwrap();
    (name, value)
}

fn boost(body: &Value) -> f64 {
    let inner = || {
        body.as_object()?
            .values()
            .find_map(|value| value["boost"].as_f64())
    };
    body["boost"].as_f64().or_else(inner).unwrap_or(1.0)
}

/// Of several numbers, by `score_mode`, `boost_mode` or `multi_value_mode`.
fn combined(mode: &str, numbers: &[f64]) -> f64 {
    let numbers = numbers.iter().copied();
    match mode {
        "multiply" => numbers.product(),
        "sum" => numbers.sum(),
        "avg" => numbers.clone().sum::<f64>() / numbers.count() as f64,
        "first" => numbers.clone().next().unwrap(),
        "replace" => numbers.last().unwrap(),
        "max" => numbers.fold(f64::NEG_INFINITY, f64::max),
        "min" => numbers.fold(f64::INFINITY, f64::min),
        "none" => 0.0,
        mode => panic!("{mode}"),
    }
}

impl Reference<'_> {
    fn field<'a>(&self, at: At<'a>, name: &str) -> Field<'a> {
        Field::named(self.mapping, at.outer, name)
    }

    pub fn score(&self, at: At<'_>, query: &Value) -> Option<f64> {
        let (name, body) = query.as_object().unwrap().iter().next().unwrap();
        let is = |matched: bool| matched.then(|| boost(body));
        let is_text = |matched: bool| matched.then_some(UNKNOWN);
        let on_field = |test: &dyn Fn(&Field<'_>, &Value) -> bool| {
            let (name, value) = one_field(body);
            is(test(&self.field(at, name), value))
        };
        match &**name {
            "match_all" => is(true),
            "match_none" => None,
            "exists" => {
                let field = self.field(at, body["field"].as_str().unwrap());
                is(field.exists(at))
            }
            "ids" => is(terms::is_id(at.value, &body["values"])),
            "term" => on_field(&|field, value| terms::is_term(field, at, value)),
            "terms" => {
                on_field(&|field, value| terms::is_one_of(field, at, value.as_array().unwrap()))
            }
            "range" => on_field(&|field, value| terms::is_in_range(field, at, value)),
            "fuzzy" => on_field(&|field, value| terms::is_fuzzy(field, at, value)),
            "prefix" | "wildcard" | "regexp" => on_field(&|field, value| {
                let source = value.get("value").unwrap_or(value).as_str().unwrap();
                let tree = self.meanings.regexps.get(source);
                terms::is_pattern(name, field, at, value, tree)
            }),
            "match" | "match_phrase" | "match_phrase_prefix" | "match_bool_prefix" => {
                let (field, options) = one_field(body);
                let query = options.get("query").unwrap_or(options);
                let query = query
                    .as_str()
                    .map_or_else(|| query.to_string(), str::to_owned);
                is_text(text::is_in_some(
                    self.mapping,
                    at,
                    name,
                    &[field],
                    &query,
                    options,
                ))
            }
            "multi_match" => is_text(text::is_multi_match(self.mapping, at, body)),
            "query_string" => {
                let tree = &self.meanings.query_strings[body["query"].as_str().unwrap()];
                is_text(self.is_string(at, tree, body))
            }
            "simple_query_string" => {
                let tree = &self.meanings.simple[body["query"].as_str().unwrap()];
                is_text(self.is_string(at, tree, body))
            }
            "bool" => self.bool(at, body),
            "constant_score" => self
                .score(at, &body["filter"])
                .map(|_| body["boost"].as_f64().unwrap_or(1.0)),
            "dis_max" => {
                let scores: Vec<_> = list(&body["queries"])
                    .into_iter()
                    .filter_map(|query| self.score(at, query))
                    .collect();
                let best = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                let others: f64 = scores.iter().sum::<f64>() - best;
                let score = best + body["tie_breaker"].as_f64().unwrap_or(0.0) * others;
                (!scores.is_empty()).then(|| body["boost"].as_f64().unwrap_or(1.0) * score)
            }
            "boosting" => {
                let score = self.score(at, &body["positive"])?;
                let negative = self.score(at, &body["negative"]).is_some();
                let factor = if negative {
                    body["negative_boost"].as_f64().unwrap()
                } else {
                    1.0
                };
                Some(body["boost"].as_f64().unwrap_or(1.0) * score * factor)
            }
            "nested" => {
                let path = body["path"].as_str().unwrap();
                let elements = Field::dynamic(at.outer, path);
                let elements = elements.values(at);
                let elements = elements.into_iter().filter(|element| element.is_object());
                let scores: Vec<_> = elements
                    .filter_map(|value| self.score(At { value, outer: path }, &body["query"]))
                    .collect();
                let mode = body["score_mode"].as_str().unwrap_or("avg");
                (!scores.is_empty())
                    .then(|| body["boost"].as_f64().unwrap_or(1.0) * combined(mode, &scores))
            }
            "function_score" => self.function_score(at, body),
            "script_score" => {
                let score = self.score(at, &body["query"])?;
                let value = self.function(at, body, score) * body["boost"].as_f64().unwrap_or(1.0);
                Some(value).filter(|value| {
                    body["min_score"]
                        .as_f64()
                        .is_none_or(|least| *value >= least)
                })
            }
            "expr" => {
                let (expression, bytes) = expression(at, body);
                let root = Document::new(&bytes).unwrap().root().unwrap();
                expression.matches(root, 0.0).unwrap().then_some(1.0)
            }
            "wasm_udf" => is(body["name"] == "yes"),
            _ => panic!("{name}"),
        }
    }

    fn bool(&self, at: At<'_>, body: &Value) -> Option<f64> {
        let scores = |key: &str| -> Vec<Option<f64>> {
            list(&body[key])
                .into_iter()
                .map(|clause| self.score(at, clause))
                .collect()
        };
        let lists = [
            scores("must"),
            scores("filter"),
            scores("should"),
            scores("must_not"),
        ];
        let boost = body["boost"].as_f64().unwrap_or(1.0);
        if lists.iter().all(Vec::is_empty) {
            return Some(boost);
        }
        let [must, filter, should, must_not] = lists;
        let count = should.iter().flatten().count() as i64;
        let asked = match &body["minimum_should_match"] {
            Value::Null => 0,
            spec => text::minimum(spec, should.len() as i64),
        };
        let optional = !must.is_empty() || !filter.is_empty() || should.is_empty();
        let needed = if optional { asked } else { asked.max(1) };
        let holds = must.iter().chain(&filter).all(Option::is_some)
            && must_not.iter().all(Option::is_none)
            && count >= needed;
        holds.then(|| boost * must.iter().chain(&should).flatten().sum::<f64>())
    }

    fn function_score(&self, at: At<'_>, body: &Value) -> Option<f64> {
        let score = match &body["query"] {
            Value::Null => 1.0,
            query => self.score(at, query)?,
        };
        let score = score * body["boost"].as_f64().unwrap_or(1.0);
        let (mut values, mut weights) = (Vec::new(), Vec::new());
        let functions = match &body["functions"] {
            Value::Null => vec![body],
            functions => list(functions),
        };
        for function in functions {
            let filter = &function["filter"];
            if filter.is_null() || self.score(at, filter).is_some() {
                let weight = function["weight"].as_f64().unwrap_or(1.0);
                values.push(self.function(at, function, score) * weight);
                weights.push(weight);
            }
        }
        let mode = body["score_mode"].as_str().unwrap_or("multiply");
        let score = if body["functions"] == json!([]) {
            score
        } else {
            let value = match mode {
                _ if values.is_empty() => 1.0,
                // Of the values before their weights.
                "avg" => values.iter().sum::<f64>() / weights.iter().sum::<f64>(),
                mode => combined(mode, &values),
            };
            let value = value.min(body["max_boost"].as_f64().unwrap_or(f64::INFINITY));
            combined(
                body["boost_mode"].as_str().unwrap_or("multiply"),
                &[score, value],
            )
        };
        Some(score).filter(|score| {
            body["min_score"]
                .as_f64()
                .is_none_or(|least| *score >= least)
        })
    }

    /// A function's value before its weight.
    fn function(&self, at: At<'_>, function: &Value, score: f64) -> f64 {
        let numbers = |name: &str| -> Vec<f64> {
            let terms = self.field(at, name).terms(at);
            terms.iter().filter_map(Value::as_f64).collect()
        };
        // Negative scores, and what is no number, count as nothing.
        let as_score = |value: f64| {
            if value > 0.0 {
                value.min(f64::MAX)
            } else {
                0.0
            }
        };
        for (key, options) in function.as_object().unwrap() {
            match &**key {
                "field_value_factor" => {
                    let least = numbers(options["field"].as_str().unwrap())
                        .into_iter()
                        .reduce(f64::min);
                    let Some(value) = least.or(options["missing"].as_f64()) else {
                        return 1.0;
                    };
                    let value = value * options["factor"].as_f64().unwrap_or(1.0);
                    return as_score(match options["modifier"].as_str().unwrap_or("none") {
                        "none" => value,
                        "log" => value.log10(),
                        "log1p" => (1.0 + value).log10(),
                        "log2p" => (2.0 + value).log10(),
                        "ln" => value.ln(),
                        "ln1p" => (1.0 + value).ln(),
                        "ln2p" => (2.0 + value).ln(),
                        "square" => value.powi(2),
                        "sqrt" => value.sqrt(),
                        "reciprocal" => 1.0 / value,
                        other => panic!("{other}"),
                    });
                }
                "gauss" | "exp" | "linear" => {
                    let pairs = options.as_object().unwrap().iter();
                    let (name, field) = pairs
                        .clone()
                        .find(|(key, _)| *key != "multi_value_mode")
                        .unwrap();
                    let number = |key: &str| field[key].as_f64();
                    let (origin, scale) = (number("origin").unwrap(), number("scale").unwrap());
                    let (offset, decay) = (
                        number("offset").unwrap_or(0.0),
                        number("decay").unwrap_or(0.5),
                    );
                    let distances: Vec<_> = numbers(name)
                        .into_iter()
                        .map(|value| ((value - origin).abs() - offset).max(0.0))
                        .collect();
                    if distances.is_empty() {
                        return 1.0;
                    }
                    let distance = combined(
                        options["multi_value_mode"].as_str().unwrap_or("min"),
                        &distances,
                    );
                    // The formulas of Elasticsearch's reference.
                    return match &**key {
                        "gauss" => {
                            let sigma_squared = -scale.powi(2) / (2.0 * decay.ln());
                            (-distance.powi(2) / (2.0 * sigma_squared)).exp()
                        }
                        "exp" => (decay.ln() / scale * distance).exp(),
                        _ => {
                            let s = scale / (1.0 - decay);
                            ((s - distance) / s).max(0.0)
                        }
                    };
                }
                "expr" | "script_score" | "script" => {
                    let source = match (&**key, options) {
                        ("script_score", _) => &options["script"]["source"],
                        ("script", _) => &options["source"],
                        _ => options,
                    };
                    let (expression, bytes) = expression(at, source);
                    let root = Document::new(&bytes).unwrap().root().unwrap();
                    return as_score(expression.number(root, score).unwrap().unwrap_or(0.0));
                }
                "wasm_udf" => return as_score(guest(options["name"].as_str().unwrap(), score)),
                _ => {}
            }
        }
        1.0
    }
}

/// An expression, and a document in which its fields are where it says: around an element of `nested` there is
/// nothing else.
fn expression(at: At<'_>, text: &Value) -> (Expression, Vec<u8>) {
    let expression = Expression::parse_text(text.as_str().unwrap(), &Limits::default()).unwrap();
    let keys = at.outer.split('.').filter(|key| !key.is_empty());
    let document = keys
        .rev()
        .fold(at.value.clone(), |value, key| json!({key: value}));
    (expression, encode::jsonb(&document))
}
