//! Random documents and fields, few enough words and names that queries often match.

use crate::evaluate::Meanings;
use crate::seeded::Seeded;
use serde_json::{Map, Value, json};

pub struct Random {
    seeded: Seeded,
    pub meanings: Meanings,
    /// The paths of the `nested` clauses around the current one.
    pub outer: Vec<&'static str>,
    /// Whether clauses over text are wanted: their scores are unknown.
    pub text: bool,
}

/// Mappings of the same few fields.
pub fn mappings() -> Vec<Value> {
    vec![
        Value::Null,
        json!({"properties": {
            "a": {"properties": {"b": {"type": "text"}, "c": {"type": "long"}}},
            "b": {"type": "text", "analyzer": "english", "fields": {
                "raw": {"type": "keyword", "ignore_above": 5},
                "ws": {"type": "text", "analyzer": "whitespace", "search_analyzer": "standard"}}},
            "c": {"type": "keyword"},
            "d": {"type": "date"}},
            "dynamic": false}),
        json!({"properties": {
            "a": {"type": "boolean"},
            "b": {"type": "nested", "properties": {
                "a": {"type": "text", "search_analyzer": "whitespace"},
                "c": {"type": "keyword", "ignore_above": 3}}},
            "c": {"type": "double"},
            "d": {"type": "date", "fields": {"keyword": {"type": "keyword"}, "words": {"type": "text"}}}}}),
    ]
}

impl Random {
    pub fn new(seed: u64) -> Random {
        Random {
            seeded: Seeded(seed),
            meanings: Meanings::default(),
            outer: Vec::new(),
            text: true,
        }
    }

    pub fn below(&mut self, bound: usize) -> usize {
        self.seeded.below(bound)
    }

    pub fn one_of<T: Clone>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())].clone()
    }

    pub fn number(&mut self) -> Value {
        match self.below(16) {
            0 | 1 => json!(self.below(7) as f64 / 2.0),
            2 => json!(i64::MAX - self.below(3) as i64),
            3 => json!((1i64 << 53) + self.below(3) as i64),
            4..8 => json!(5),
            _ => json!(self.below(6) as i64 - 1),
        }
    }

    pub fn date(&mut self) -> Value {
        self.one_of(&[
            json!("2024-02-29"),
            json!("2024-02-29T10:20:30"),
            json!("2024-02"),
            json!("2024"),
            json!("2024-12-31"),
            json!("2023-12"),
            json!(1_709_202_030_000i64),
        ])
    }

    pub fn word(&mut self) -> String {
        self.one_of(&[
            "fox", "fox", "fox", "fox", "fox", "fox", "foxes", "Fox", "box", "fo", "ofx", "quick",
            "quick", "the", "dog", "5", "true", "fé", "",
        ])
        .to_owned()
    }

    pub fn words(&mut self, most: usize) -> String {
        let words: Vec<_> = (0..1 + self.below(most)).map(|_| self.word()).collect();
        words.join(" ")
    }

    pub fn string(&mut self) -> Value {
        match self.below(3) {
            0 => json!(self.words(5)),
            _ => json!(self.word()),
        }
    }

    pub fn scalar(&mut self) -> Value {
        match self.below(12) {
            0..3 => self.number(),
            3..10 => self.string(),
            10 => self.date(),
            _ => json!(self.below(2) == 0),
        }
    }

    /// Objects for the most part at the top, and full of strings further down.
    pub fn document(&mut self, depth: usize) -> Value {
        let top = depth == 4;
        match self.below(if depth == 0 { 7 } else { 15 }) {
            0 => Value::Null,
            1..7 if !top => self.scalar(),
            1 => self.scalar(),
            7..11 => (0..self.below(6))
                .map(|_| self.document(depth - 1))
                .collect(),
            _ => {
                let mut pairs = Map::new();
                for key in ["a", "b", "c", "d", "keyword", "_id", "id"] {
                    let rare = matches!(key, "d" | "keyword" | "_id" | "id");
                    if self.below(4) < if rare { 2 } else { 1 } {
                        continue;
                    }
                    let value = match key {
                        "d" => self.date(),
                        "_id" | "id" if top => {
                            self.one_of(&[json!("5"), json!(5), json!("x"), json!(null)])
                        }
                        "_id" | "id" => continue,
                        _ => self.document(depth - 1),
                    };
                    pairs.insert(key.to_owned(), value);
                }
                Value::Object(pairs)
            }
        }
    }

    /// Without indexes and patterns.
    pub fn plain_field(&mut self) -> String {
        match self.outer.last().copied() {
            Some(outer) => {
                let field = self.one_of(&["a", "b", "c", "a", "b", "c", "a.b", "a.keyword", "d"]);
                format!("{outer}.{field}")
            }
            None => self
                .one_of(&[
                    "a",
                    "b",
                    "c",
                    "a",
                    "b",
                    "c",
                    "a",
                    "b",
                    "c",
                    "d",
                    "a.b",
                    "a.c",
                    "b.a",
                    "b.raw",
                    "b.ws",
                    "a.keyword",
                    "keyword",
                ])
                .to_owned(),
        }
    }

    pub fn field(&mut self) -> String {
        if self.outer.is_empty() && self.below(4) == 0 {
            return self
                .one_of(&[
                    "b.a.c",
                    "a[0]",
                    "a[-1].b",
                    "[0]",
                    "[1].a",
                    "a.b.keyword",
                    "keyword.keyword",
                    "d.keyword",
                    "d.words",
                    "b.c",
                    "b[0].a",
                ])
                .to_owned();
        }
        self.plain_field()
    }

    /// For clauses that take patterns.
    pub fn pattern(&mut self) -> String {
        match self.below(3) {
            0 if self.outer.is_empty() => self
                .one_of(&["*", "a.*", "*b", "b*", "*.keyword"])
                .to_owned(),
            _ => self.field(),
        }
    }

    pub fn patterns(&mut self) -> Value {
        let names: Vec<_> = (0..1 + self.below(3))
            .map(|_| {
                let name = self.pattern();
                if self.below(3) == 0 {
                    format!("{name}^2")
                } else {
                    name
                }
            })
            .collect();
        json!(names)
    }
}
