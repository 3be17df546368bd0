//! Random queries against random documents, and an evaluator written for clarity over `serde_json::Value`.

#[path = "../../document/tests/random/seeded.rs"]
mod seeded;

use quidditch_document::{Document, encode};
use quidditch_query::{Environment, Query};
use seeded::Seeded;
use serde_json::{Value, json};
use std::cmp::Ordering;
use std::convert::Infallible;

/// All values of a field, arrays flattened.
fn values<'d>(document: &'d Value, steps: &[&str]) -> Vec<&'d Value> {
    match (document, steps.split_first()) {
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
            element.map_or(vec![], |element| values(element, rest))
        }
        (Value::Array(elements), _) => elements
            .iter()
            .flat_map(|element| values(element, steps))
            .collect(),
        (Value::Object(pairs), Some((step, rest))) => {
            pairs.get(*step).map_or(vec![], |value| values(value, rest))
        }
        (value, None) => vec![value],
        _ => vec![],
    }
}

fn field<'d>(document: &'d Value, name: &str) -> Vec<&'d Value> {
    let spaced = name.replace('.', " ").replace('[', " [");
    let steps: Vec<_> = spaced.split_whitespace().collect();
    let mut found = values(document, &steps);
    if let Some(("keyword", rest)) = steps.split_last().map(|(last, rest)| (*last, rest))
        && !rest.is_empty()
    {
        found.extend(
            values(document, rest)
                .into_iter()
                .filter(|value| !value.is_object()),
        );
    }
    found.retain(|value| !value.is_null());
    found
}

/// Whether there is something that isn't null.
fn has_value(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Array(elements) => elements.iter().any(has_value),
        Value::Object(pairs) => pairs.values().any(has_value),
        _ => true,
    }
}

fn order(left: &Value, right: &Value) -> Option<Ordering> {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => match (left.as_i64(), right.as_i64()) {
            (Some(left), Some(right)) => Some(left.cmp(&right)),
            _ => left.as_f64()?.partial_cmp(&right.as_f64()?),
        },
        (Value::String(left), Value::String(right)) => Some(left.chars().cmp(right.chars())),
        _ => None,
    }
}

fn equal(left: &Value, right: &Value) -> bool {
    order(left, right).map_or(left == right, Ordering::is_eq)
}

fn list(clauses: &Value) -> Vec<&Value> {
    match clauses {
        Value::Null => vec![],
        Value::Array(clauses) => clauses.iter().collect(),
        clause => vec![clause],
    }
}

/// Elasticsearch's reference: an integer, from the end if negative; a percentage of the clauses, rounded down,
/// as what may be missing if negative; `n<x`, all of up to n clauses and x of more.
fn minimum(spec: &str, clauses: i64) -> i64 {
    if spec.contains('<') {
        let mut result = clauses;
        for condition in spec.split(' ') {
            let (bound, amount) = condition.split_once('<').unwrap();
            if clauses <= bound.parse().unwrap() {
                return result;
            }
            result = minimum(amount, clauses);
        }
        return result;
    }
    let (number, percent) = match spec.strip_suffix('%') {
        Some(percent) => {
            let percent: i64 = percent.parse().unwrap();
            (percent, clauses * percent.abs() / 100)
        }
        None => {
            let number: i64 = spec.parse().unwrap();
            (number, number.abs())
        }
    };
    if number < 0 {
        (clauses - percent).max(0)
    } else {
        percent
    }
}

fn matches(document: &Value, query: &Value) -> bool {
    let (name, body) = query.as_object().unwrap().iter().next().unwrap();
    let one = || {
        body.as_object()
            .unwrap()
            .iter()
            .find(|(key, _)| *key != "boost" && *key != "_name")
            .unwrap()
    };
    match &**name {
        "match_all" => true,
        "match_none" => false,
        "exists" => field(document, body["field"].as_str().unwrap())
            .into_iter()
            .any(has_value),
        "term" => {
            let (name, value) = one();
            let fold = |value: &Value| json!(value.as_str().map(str::to_ascii_lowercase));
            let ignore_case = value["case_insensitive"] == true;
            let value = value.get("value").unwrap_or(value);
            field(document, name)
                .into_iter()
                .any(|found| match ignore_case && found.is_string() {
                    true => fold(found) == fold(value),
                    false => equal(found, value),
                })
        }
        "terms" => {
            let (name, wanted) = one();
            let wanted = wanted.as_array().unwrap();
            field(document, name)
                .into_iter()
                .any(|found| wanted.iter().any(|value| equal(found, value)))
        }
        "range" => {
            let (name, bounds) = one();
            let holds = |found: &Value, bound: &str, accepted: &[Ordering]| {
                bounds[bound].is_null()
                    || order(found, &bounds[bound]).is_some_and(|order| accepted.contains(&order))
            };
            field(document, name).into_iter().any(|found| {
                !found.is_object()
                    && holds(found, "gt", &[Ordering::Greater])
                    && holds(found, "gte", &[Ordering::Greater, Ordering::Equal])
                    && holds(found, "lt", &[Ordering::Less])
                    && holds(found, "lte", &[Ordering::Less, Ordering::Equal])
            })
        }
        "bool" => {
            let all = |key: &str| {
                list(&body[key])
                    .into_iter()
                    .map(|clause| matches(document, clause))
            };
            let should = all("should").filter(|matched| *matched).count() as i64;
            let empty = ["must", "filter", "should", "must_not"]
                .iter()
                .all(|key| list(&body[key]).is_empty());
            let optional = !list(&body["must"]).is_empty() || !list(&body["filter"]).is_empty();
            let count = list(&body["should"]).len() as i64;
            let asked = match &body["minimum_should_match"] {
                Value::Null => 0,
                Value::String(spec) => minimum(spec, count),
                number => minimum(&number.to_string(), count),
            };
            let needed = if optional || count == 0 {
                asked
            } else {
                asked.max(1)
            };
            empty
                || all("must").chain(all("filter")).all(|matched| matched)
                    && !all("must_not").any(|matched| matched)
                    && should >= needed
        }
        "wasm_udf" => body["name"] == "yes",
        _ => panic!("{name}"),
    }
}

struct Random(Seeded);

impl Random {
    fn one_of<T: Clone>(&mut self, choices: &[T]) -> T {
        choices[self.0.below(choices.len())].clone()
    }

    fn number(&mut self) -> Value {
        match self.0.below(6) {
            0 => json!(self.0.below(7) as f64 / 2.0),
            1 => json!(i64::MAX - self.0.below(3) as i64),
            2 => json!((1i64 << 53) + self.0.below(3) as i64),
            _ => json!(self.0.below(5) as i64 - 1),
        }
    }

    fn string(&mut self) -> Value {
        json!(self.one_of(&["", "a", "A", "ab", "aB", "b", "é", "É", "1", "true", "z"]))
    }

    fn scalar(&mut self) -> Value {
        match self.0.below(7) {
            0..3 => self.number(),
            3..6 => self.string(),
            _ => json!(self.0.below(2) == 0),
        }
    }

    fn document(&mut self, depth: usize) -> Value {
        match self.0.below(if depth == 0 { 4 } else { 10 }) {
            0 => Value::Null,
            1..4 => self.scalar(),
            4..6 => (0..self.0.below(4))
                .map(|_| self.document(depth - 1))
                .collect(),
            _ => {
                let pair = |random: &mut Self| {
                    let key = random.one_of(&["a", "b", "c", "keyword"]).to_owned();
                    (key, random.document(depth - 1))
                };
                let pairs: Vec<_> = (0..1 + self.0.below(4)).map(|_| pair(self)).collect();
                Value::Object(pairs.into_iter().collect())
            }
        }
    }

    fn field(&mut self) -> String {
        self.one_of(&[
            "a",
            "a",
            "b",
            "c",
            "a.b",
            "a.b",
            "b.a.c",
            "a[0]",
            "a[-1].b",
            "[0]",
            "[1].a",
            "a.keyword",
            "keyword",
            "a.b.keyword",
            "keyword.keyword",
        ])
        .to_owned()
    }

    fn query(&mut self, depth: usize) -> Value {
        let field = self.field();
        let boosted = self.0.below(8) == 0;
        let mut body = match self.0.below(if depth == 0 { 13 } else { 20 }) {
            0 => {
                return self.one_of(&[
                    json!({"match_all": {}}),
                    json!({"match_none": {"_name": "n"}}),
                ]);
            }
            1 => return json!({"wasm_udf": {"name": self.one_of(&["yes", "no"])}}),
            2..4 => json!({"exists": {"field": field}}),
            4..7 => {
                let value = self.scalar();
                match self.0.below(4) {
                    0 => json!({"term": {field: {"value": value}}}),
                    1 => {
                        json!({"term": {field: {"value": self.string(), "case_insensitive": true, "boost": 2}}})
                    }
                    _ => json!({"term": {field: value}}),
                }
            }
            7..9 => {
                let values: Vec<_> = (0..self.0.below(12)).map(|_| self.scalar()).collect();
                json!({"terms": {field: values}})
            }
            9..13 => {
                let strings = self.0.below(2) == 0;
                let mut bounds = serde_json::Map::new();
                for pair in [["gt", "gte"], ["lt", "lte"]] {
                    let bound = if strings {
                        self.string()
                    } else {
                        self.number()
                    };
                    if self.0.below(3) > 0 {
                        bounds.insert(self.one_of(&pair).to_owned(), bound);
                    }
                }
                json!({"range": {field: bounds}})
            }
            _ => {
                let mut body = serde_json::Map::new();
                for key in ["must", "filter", "should", "must_not"] {
                    let clauses: Vec<_> = match self.0.below(3) {
                        0 => continue,
                        1 => (0..self.0.below(3))
                            .map(|_| self.query(depth - 1))
                            .collect(),
                        _ => (0..self.0.below(6))
                            .map(|_| self.query(depth - 1))
                            .collect(),
                    };
                    let single = clauses.len() == 1 && self.0.below(2) == 0;
                    let clauses = if single {
                        clauses[0].clone()
                    } else {
                        clauses.into()
                    };
                    body.insert(key.to_owned(), clauses);
                }
                if self.0.below(3) == 0 {
                    let spec = self.one_of(&[
                        json!(0),
                        json!(1),
                        json!(2),
                        json!(-1),
                        json!("2"),
                        json!("50%"),
                        json!("75%"),
                        json!("-25%"),
                        json!("2<50%"),
                        json!("1<-1 3<60%"),
                        json!("100%"),
                        json!("-100%"),
                        json!(-9),
                    ]);
                    body.insert("minimum_should_match".to_owned(), spec);
                }
                json!({"bool": body})
            }
        };
        if boosted && body.get("exists").is_some() {
            body["exists"]["boost"] = json!(0.5);
        }
        body
    }
}

fn parse(query: &Value) -> Query {
    let bytes = encode::jsonb(query);
    let root = Document::new(&bytes).unwrap().root().unwrap();
    Query::parse(root, &Environment::default()).unwrap_or_else(|error| panic!("{error}: {query}"))
}

fn evaluate(query: &Query, document: &[u8]) -> bool {
    let mut udf = |place: usize| Ok::<_, Infallible>(query.udfs()[place].name == "yes");
    query
        .matches(Document::new(document).unwrap(), &mut udf)
        .unwrap()
}

#[test]
fn three_hundred_thousand_random_pairs_agree() {
    let mut random = Random(Seeded(7));
    // Most of them objects, or most fields would be missing.
    let mut document = |place| loop {
        let document = random.document(4);
        if document.is_object() || place % 5 == 0 {
            break document;
        }
    };
    let documents: Vec<_> = (0..300).map(&mut document).collect();
    let encoded: Vec<_> = documents.iter().map(encode::jsonb).collect();
    let (mut matched, mut pairs) = (0, 0);
    for _ in 0..10_000 {
        let depth = random.0.below(4);
        let written = random.query(depth);
        let query = parse(&written);

        let printed = query.to_string();
        let again = parse(&serde_json::from_str(&printed).expect("printed as JSON"));
        assert_eq!(again.to_string(), printed, "{written}");

        for _ in 0..30 {
            let place = random.0.below(documents.len());
            let expected = matches(&documents[place], &written);
            let (document, bytes) = (&documents[place], &encoded[place]);
            assert_eq!(evaluate(&query, bytes), expected, "{written} on {document}");
            assert_eq!(evaluate(&again, bytes), expected, "{printed} on {document}");
            matched += usize::from(expected);
            pairs += 1;
        }
    }
    // Neither answer is rare.
    assert!(
        matched > pairs / 8 && matched < pairs * 7 / 8,
        "{matched} of {pairs}"
    );
}
