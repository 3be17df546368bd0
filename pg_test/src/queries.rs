//! Random queries over the documents of [`crate::documents`]: every clause, nested a few deep.

use std::cell::RefCell;

use serde_json::{Map, Value, json};

use crate::Random;
use crate::documents::{CODES, DATES, number, text, word};

/// What an index's definition allows in its queries.
#[derive(Clone, Copy, Default)]
pub struct Dialect {
    /// Fields have types: the names below that say so do, and `title.raw` is there.
    pub is_mapped: bool,
}

/// The mapping that `is_mapped` is about.
pub fn mapping() -> Value {
    json!({"properties": {
        "title": {"type": "text", "analyzer": "english", "fields": {"raw": {"type": "keyword"}}},
        "body": {"type": "text", "search_analyzer": "standard", "analyzer": "english"},
        "tags": {"type": "keyword", "ignore_above": 100},
        "n": {"type": "long"},
        "price": {"type": "double"},
        "at": {"type": "date"},
        "ok": {"type": "boolean"},
        "obj": {"properties": {"code": {"type": "keyword"}, "note": {"type": "text", "analyzer": "simple"}}},
        "items": {"type": "nested", "properties": {"sku": {"type": "keyword"}, "qty": {"type": "double"}}},
    }})
}

/// A query.
pub fn query(random: &mut Random, dialect: Dialect) -> Value {
    Maker::new(random, dialect).clause(3)
}

/// A query whose scores are by words.
pub fn ranking(random: &mut Random, dialect: Dialect) -> Value {
    let maker = Maker::new(random, dialect);
    match maker.below(4) {
        0 => maker.clause(2),
        1 => json!({"bool": {"should": [maker.words(), maker.words(), maker.clause(1)]}}),
        2 => json!({"bool": {"must": maker.words(), "filter": maker.clause(1)}}),
        _ => maker.words(),
    }
}

const TEXTS: &[&str] = &["title", "body", "obj.note", "items.name", "m", "missing"];
const KEYWORDS: &[&str] = &[
    "tags",
    "obj.code",
    "items.sku",
    "m",
    "[\"a.b\"]",
    "tags[0]",
    "items.parts.sku",
];
const NUMBERS: &[&str] = &["n", "price", "items.qty", "obj.deep.x", "m.x", "n[-1]"];

struct Maker<'r> {
    /// So that a clause can be written down with its random parts in their places.
    random: RefCell<&'r mut Random>,
    dialect: Dialect,
}

impl<'r> Maker<'r> {
    fn new(random: &'r mut Random, dialect: Dialect) -> Self {
        Maker {
            random: RefCell::new(random),
            dialect,
        }
    }

    fn below(&self, n: usize) -> usize {
        self.random.borrow_mut().below(n)
    }

    fn one_in(&self, n: usize) -> bool {
        self.random.borrow_mut().one_in(n)
    }

    fn pick<T: Clone>(&self, choices: &[T]) -> T {
        choices[self.below(choices.len())].clone()
    }

    fn number(&self) -> Value {
        number(&mut self.random.borrow_mut())
    }

    fn word(&self) -> &'static str {
        word(&mut self.random.borrow_mut())
    }

    fn text(&self, most: usize) -> String {
        text(&mut self.random.borrow_mut(), most)
    }

    fn clause(&self, depth: usize) -> Value {
        match self.below(if depth > 0 { 18 } else { 12 }) {
            0..=4 => self.value(),
            5..=8 => self.words(),
            9 => json!({"exists": {"field": self.field()}}),
            10 => self.ids(),
            11 => self.expression(),
            12..=14 => self.bool(depth - 1),
            15 => self.around(depth - 1),
            16 => self.nested(depth - 1),
            _ => self.scored(depth - 1),
        }
    }

    fn clauses(&self, depth: usize, most: usize) -> Value {
        (0..1 + self.below(most))
            .map(|_| self.clause(depth))
            .collect()
    }

    fn field(&self) -> &'static str {
        match self.below(5) {
            0 => self.pick(TEXTS),
            1 => self.pick(KEYWORDS),
            2 => self.pick(NUMBERS),
            3 => self.pick(&[
                "at",
                "ok",
                "obj",
                "items",
                "title.keyword",
                "obj.deep",
                "items[1]",
            ]),
            _ => self.pick(&["title", "tags", "n", "at", "m"]),
        }
    }

    /// Adds a boost now and then.
    fn boosted(&self, mut options: Map<String, Value>) -> Value {
        if self.one_in(4) {
            options.insert("boost".into(), json!(self.pick(&[2.0, 0.5, 0.0, 3.25])));
        }
        Value::Object(options)
    }

    fn about(&self, clause: &str, field: &str, options: Value) -> Value {
        let Value::Object(options) = options else {
            unreachable!()
        };
        let options = self.boosted(options);
        json!({clause: {field: options}})
    }

    fn value(&self) -> Value {
        match self.below(10) {
            0 => {
                let (field, value) = self.field_and_value();
                self.about("term", field, json!({"value": value}))
            }
            1 => {
                let field = self.pick(KEYWORDS);
                let value = self.pick(CODES).to_uppercase();
                self.about(
                    "term",
                    field,
                    json!({"value": value, "case_insensitive": true}),
                )
            }
            2 => {
                let field = self.pick(KEYWORDS);
                let values: Vec<_> = (0..self.below(4)).map(|_| self.pick(CODES)).collect();
                json!({"terms": {field: values}})
            }
            3 => {
                let field = self.pick(NUMBERS);
                let values: Vec<_> = (0..1 + self.below(3)).map(|_| self.number()).collect();
                json!({"terms": {field: values}})
            }
            4 | 5 => self.range(),
            6 => {
                let field = self.pick(KEYWORDS);
                let start: String = self.pick(CODES).chars().take(self.below(4)).collect();
                self.about(
                    "prefix",
                    field,
                    json!({"value": start, "case_insensitive": self.one_in(3)}),
                )
            }
            7 => {
                let field = self.pick(KEYWORDS);
                let pattern = self.pick(&[
                    "al*", "*a", "b?ta", "be*-?", "*", "x\\*y", "?", "be\\*a", "A*t", "*lph*",
                ]);
                self.about(
                    "wildcard",
                    field,
                    json!({"value": pattern, "case_insensitive": self.one_in(3)}),
                )
            }
            8 => {
                let field = self.pick(&["tags", "obj.code", "title", "m"]);
                let pattern = self.pick(&[
                    "al.*",
                    "(alpha|beta).*",
                    "beta-<1-9>",
                    "[a-d].+",
                    "@",
                    "x.y",
                    ".*ray",
                    "a?",
                    "#",
                ]);
                self.about("regexp", field, json!({"value": pattern}))
            }
            _ => {
                let field = self.pick(&["tags", "obj.code", "title", "items.sku"]);
                let value = self.pick(&[
                    "alpah", "bta", "delta", "", "gama ray", "fx", "databse", "päckchn",
                ]);
                let fuzziness = self
                    .pick(&[json!("AUTO"), json!(0), json!(1), json!(2)])
                    .clone();
                let options = json!({"value": value, "fuzziness": fuzziness,
                    "prefix_length": self.below(3), "transpositions": !self.one_in(3)});
                self.about("fuzzy", field, options)
            }
        }
    }

    fn field_and_value(&self) -> (&'static str, Value) {
        match self.below(6) {
            0 => ("ok", json!(self.one_in(2))),
            1 => ("at", json!(self.pick(DATES))),
            2 => (self.pick(NUMBERS), self.number()),
            3 if self.dialect.is_mapped => {
                ("title", json!(self.pick(&["fox", "quick", "run", "foxes"])))
            }
            3 => ("title.keyword", json!(self.word())),
            4 if self.dialect.is_mapped => ("title.raw", json!(self.word())),
            4 => ("m", json!(self.one_in(2))),
            _ => (self.pick(KEYWORDS), json!(self.pick(CODES))),
        }
    }

    fn range(&self) -> Value {
        let mut bounds = Map::new();
        let kind = self.below(4);
        let field = match kind {
            0 => self.pick(KEYWORDS),
            1 => "at",
            _ => self.pick(NUMBERS),
        };
        for names in [["gt", "gte"], ["lt", "lte"]] {
            let bound = match kind {
                _ if self.one_in(4) => continue,
                0 => json!(self.pick(CODES)),
                1 if self.dialect.is_mapped && self.one_in(3) => {
                    json!(self.pick(&[
                        "2026-03-01||-1M/M",
                        "now",
                        "2026-03||/y",
                        "2025-06-01||+9M"
                    ]))
                }
                1 => json!(self.pick(DATES)),
                _ => self.number(),
            };
            bounds.insert(self.pick(&names).into(), bound);
        }
        self.about("range", field, Value::Object(bounds))
    }

    fn words(&self) -> Value {
        let field = self.pick(TEXTS);
        let query = self.text(3);
        match self.below(14) {
            0..=2 => self.about("match", field, json!({"query": query})),
            3 => self.about("match", field, json!({"query": query, "operator": "and"})),
            4 => {
                let least = self
                    .pick(&[json!(2), json!("50%"), json!(-1), json!("2<75%")])
                    .clone();
                self.about(
                    "match",
                    field,
                    json!({"query": query, "minimum_should_match": least}),
                )
            }
            5 => {
                let query = self.pick(&["quikc fox", "databse", "jumpd ovr", "the"]);
                self.about(
                    "match",
                    field,
                    json!({"query": query, "fuzziness": "AUTO", "prefix_length": self.below(2)}),
                )
            }
            6 => {
                let analyzer = self.pick(&["english", "whitespace", "simple", "keyword"]);
                self.about(
                    "match",
                    field,
                    json!({"query": query, "analyzer": analyzer, "zero_terms_query": "all"}),
                )
            }
            7 => self.about("match_phrase", field, json!({"query": query})),
            8 => self.about(
                "match_phrase",
                field,
                json!({"query": query, "slop": self.below(4)}),
            ),
            9 => {
                let query = format!(
                    "{} {}",
                    self.word(),
                    self.pick(&["f", "ru", "da", "q", "zz"])
                );
                let clause = self.pick(&["match_phrase_prefix", "match_bool_prefix"]);
                self.about(clause, field, json!({"query": query}))
            }
            10 | 11 => {
                let kind = self.pick(&[
                    "best_fields",
                    "most_fields",
                    "cross_fields",
                    "phrase",
                    "phrase_prefix",
                    "bool_prefix",
                ]);
                let fields = self
                    .pick(&[
                        json!(["title^3", "body"]),
                        json!(["body", "obj.note^2", "m"]),
                        json!(["t*", "body"]),
                        json!(["*"]),
                    ])
                    .clone();
                let mut options = json!({"query": query, "type": kind, "fields": fields});
                if !kind.contains("phrase") && self.one_in(3) {
                    options["operator"] = json!("and");
                }
                if kind == "best_fields" && self.one_in(2) {
                    options["tie_breaker"] = json!(0.3);
                }
                json!({"multi_match": options})
            }
            12 => {
                let query = self.pick(&[
                    "quick AND NOT title:dog",
                    "+fox -brown",
                    "\"quick fox\"~2 OR body:(lazy dog)",
                    "title:ru* body:/da.*/",
                    "n:[1 TO 5] fox",
                    "_exists_:tags AND run~",
                    "items.sku:beta^2 fox",
                    "price:>3",
                    "(quick OR lazy) AND tags:alpha",
                    "qui?k",
                    "*:*",
                    "body:\"the quick\"",
                ]);
                json!({"query_string": {"query": query, "fields": ["title^2", "body"], "default_operator": self.pick(&["or", "and"])}})
            }
            _ => {
                let query = self.pick(&[
                    "quick +fox",
                    "\"lazy dog\" | run*",
                    "-fox",
                    "databse~1",
                    "(quick | lazy) + dog",
                    "\"",
                    "fox -brown",
                ]);
                json!({"simple_query_string": {"query": query, "fields": ["title^2", "body", "obj.note"]}})
            }
        }
    }

    fn ids(&self) -> Value {
        let values: Vec<Value> = (0..self.below(4))
            .map(|_| match self.one_in(2) {
                true => json!(self.below(50)),
                false => json!(self.below(50).to_string()),
            })
            .collect();
        json!({"ids": {"values": values}})
    }

    fn expression(&self) -> Value {
        let bound = self.below(20);
        let expression = match self.below(12) {
            0 => format!("n > {bound}"),
            1 => format!("n >= {bound} AND tags = 'alpha'"),
            2 => format!("n * 2 < price + {bound}"),
            3 => "tags IN ('alpha', 'beta') OR ok = true".to_owned(),
            4 => "tags LIKE 'al%'".to_owned(),
            5 => "obj.code != 'beta'".to_owned(),
            6 => format!("n BETWEEN 2 AND {bound}"),
            7 => "m IS NULL".to_owned(),
            8 => "NOT obj.code = 'beta'".to_owned(),
            9 => "length(obj.code) > 4 AND n < 10".to_owned(),
            10 => format!("coalesce(price, 0) >= {bound}"),
            _ => "n NOT IN (1, 2, 3) AND obj.deep.x <= 7.5".to_owned(),
        };
        json!({"expr": expression})
    }

    fn bool(&self, depth: usize) -> Value {
        let mut bool = Map::new();
        for (kind, chance) in [("must", 2), ("filter", 3), ("should", 2), ("must_not", 4)] {
            if self.one_in(chance) {
                bool.insert(kind.into(), self.clauses(depth, 3));
            }
        }
        if bool.contains_key("should") && self.one_in(3) {
            let least = self
                .pick(&[json!(1), json!(2), json!("75%"), json!(0), json!(-1)])
                .clone();
            bool.insert("minimum_should_match".into(), least);
        }
        let bool = self.boosted(bool);
        json!({"bool": bool})
    }

    fn around(&self, depth: usize) -> Value {
        match self.below(4) {
            0 => json!({"constant_score": {"filter": self.clause(depth), "boost": 2.5}}),
            1 => {
                json!({"dis_max": {"queries": self.clauses(depth, 3), "tie_breaker": self.pick(&[0.0, 0.3, 1.0])}})
            }
            2 => {
                json!({"boosting": {"positive": self.clause(depth), "negative": self.clause(depth), "negative_boost": 0.5}})
            }
            _ => self
                .pick(&[
                    json!({"match_all": {}}),
                    json!({"match_none": {}}),
                    json!({"match_all": {"boost": 3}}),
                ])
                .clone(),
        }
    }

    fn nested(&self, depth: usize) -> Value {
        let inner = || match self.below(6) {
            0 => json!({"term": {"items.sku": self.pick(CODES)}}),
            1 => json!({"range": {"items.qty": {"gte": self.number()}}}),
            2 => json!({"match": {"items.name": self.text(2)}}),
            3 => json!({"bool": {"must_not": {"term": {"items.sku": self.pick(CODES)}}}}),
            4 => json!({"exists": {"field": "items.qty"}}),
            _ if depth > 0 => {
                json!({"nested": {"path": "items.parts", "query": {"term": {"items.parts.sku": "beta"}}}})
            }
            _ => json!({"expr": "items.sku = 'beta' AND items.qty > 3"}),
        };
        let query = match self.one_in(3) {
            true => inner(),
            false => json!({"bool": {"must": [inner(), inner()]}}),
        };
        let mode = self.pick(&["avg", "sum", "max", "min", "none"]);
        json!({"nested": {"path": "items", "query": query, "score_mode": mode}})
    }

    fn scored(&self, depth: usize) -> Value {
        match self.below(5) {
            0 => json!({"function_score": {"query": self.clause(depth), "weight": 2,
                "field_value_factor": {"field": "price", "factor": 1.2, "modifier": "log1p", "missing": 1}}}),
            1 => {
                json!({"function_score": {"query": self.clause(depth), "score_mode": "sum", "boost_mode": "sum", "functions": [
                {"filter": self.clause(depth), "weight": 3}, {"gauss": {"n": {"origin": 5, "scale": 3}}, "weight": 0.5}]}})
            }
            2 => {
                json!({"function_score": {"query": self.clause(depth), "weight": 2, "min_score": 1.5}})
            }
            3 => {
                json!({"script_score": {"query": self.clause(depth), "script": {"source": "_score + coalesce(obj.deep.x, 1)"}}})
            }
            _ => {
                json!({"script_score": {"query": self.words(), "script": {"source": "_score * 2"}, "min_score": 1}})
            }
        }
    }
}
