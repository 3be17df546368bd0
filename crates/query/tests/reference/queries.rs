//! Random queries of each kind.

use crate::random::Random;
use crate::regexp;
use crate::strings;
use serde_json::{Map, Value, json};

/// The clauses there are.
pub const CLAUSES: [&str; 27] = [
    "match_all",
    "match_none",
    "term",
    "terms",
    "range",
    "exists",
    "ids",
    "prefix",
    "wildcard",
    "regexp",
    "fuzzy",
    "match",
    "match_phrase",
    "match_phrase_prefix",
    "match_bool_prefix",
    "multi_match",
    "simple_query_string",
    "query_string",
    "bool",
    "constant_score",
    "dis_max",
    "boosting",
    "nested",
    "function_score",
    "script_score",
    "expr",
    "wasm_udf",
];

impl Random {
    fn minimum(&mut self) -> Value {
        self.one_of(&[
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
        ])
    }

    /// With each of these options or without.
    fn with(&mut self, mut body: Value, options: &[(&str, &[Value])]) -> Value {
        for (key, values) in options {
            if self.below(3) == 0 {
                body[*key] = self.one_of(values);
            }
        }
        body
    }

    /// A field and its value, as itself or with options.
    fn on_field(&mut self, field: String, value: Value, options: &[(&str, &[Value])]) -> Value {
        if self.below(3) == 0 {
            return json!({field: value});
        }
        let key = if options.iter().any(|(key, _)| *key == "zero_terms_query") {
            "query"
        } else {
            "value"
        };
        let body = self.with(json!({key: value}), options);
        json!({field: self.with(body, &[("boost", &[json!(2), json!(0.5)])])})
    }

    pub fn query(&mut self, depth: usize) -> Value {
        loop {
            let kind = self.below(CLAUSES.len());
            let kind = CLAUSES[if depth == 0 { kind % 18 } else { kind }];
            let over_text =
                kind.contains("match_") && !kind.ends_with("all") && !kind.ends_with("none")
                    || matches!(
                        kind,
                        "match" | "multi_match" | "query_string" | "simple_query_string"
                    );
            if self.text || !over_text {
                return self.clause(kind, depth);
            }
        }
    }

    fn queries(&mut self, depth: usize, least: usize, bound: usize) -> Value {
        (0..least + self.below(bound))
            .map(|_| self.query(depth))
            .collect()
    }

    /// A clause of this kind; the depth of clauses in it.
    pub fn clause(&mut self, kind: &str, depth: usize) -> Value {
        let boosts: &[(&str, &[Value])] = &[("boost", &[json!(2), json!(0.25)])];
        let truths: &[Value] = &[json!(true), json!(false)];
        let inner = depth.saturating_sub(1);
        let body = match kind {
            "match_all" | "match_none" => self.with(json!({}), boosts),
            "exists" => {
                let field = self.field();
                self.with(json!({"field": field}), boosts)
            }
            "ids" => {
                let ids = self.one_of(&[
                    json!(["5"]),
                    json!([5]),
                    json!(["x", "y", 7]),
                    json!("x"),
                    json!([]),
                ]);
                self.with(json!({"values": ids}), boosts)
            }
            "term" => {
                let (field, value) = (self.field(), self.scalar());
                let dated = self.outer.is_empty()
                    && value.as_str().is_some_and(|text| text.starts_with('2'));
                let field = if dated { "d".to_owned() } else { field };
                let fold = value.is_string() && self.below(3) == 0;
                let options: &[(&str, &[Value])] = if fold {
                    &[("case_insensitive", &[json!(true)])]
                } else {
                    &[]
                };
                self.on_field(field, value, options)
            }
            "terms" => {
                let values: Vec<_> = (0..self.below(8)).map(|_| self.scalar()).collect();
                let field = self.field();
                self.with(json!({field: values}), boosts)
            }
            "range" => {
                let of = self.below(3);
                let mut bounds: Map<String, Value> = Map::new();
                for pair in [["gt", "gte"], ["lt", "lte"]] {
                    let bound = match of {
                        0 => json!(self.word()),
                        1 => self.number(),
                        _ => self.date(),
                    };
                    // Both are strings, or neither is.
                    let alike = bounds
                        .values()
                        .all(|other| other.is_string() == bound.is_string());
                    if alike && self.below(3) > 0 {
                        bounds.insert(self.one_of(&pair).to_owned(), bound);
                    }
                }
                let field = if of == 2 && self.outer.is_empty() {
                    "d".to_owned()
                } else {
                    self.field()
                };
                json!({field: bounds})
            }
            "prefix" => {
                let (field, prefix) = (
                    self.field(),
                    self.one_of(&["f", "fo", "F", "", "bo", "fox ", "true"]),
                );
                self.on_field(field, json!(prefix), &[("case_insensitive", truths)])
            }
            "wildcard" => {
                let pattern = self.one_of(&[
                    "f*", "*o*", "?ox", "f?x*", "*", "", "F*x", "*\\*", "b\\ox", "*é", "**5",
                ]);
                let field = self.field();
                self.on_field(field, json!(pattern), &[("case_insensitive", truths)])
            }
            "regexp" => {
                let mut tree = regexp::Tree::random(self, 3);
                if self.below(3) == 0 {
                    // Longer texts, too.
                    let any = regexp::Tree::Repeated(Box::new(regexp::Tree::Any), 0, None);
                    tree = regexp::Tree::Sequence(vec![tree, any]);
                }
                let source = tree.to_string();
                self.meanings.regexps.insert(source.clone(), tree);
                let field = self.field();
                self.on_field(field, json!(source), &[("case_insensitive", truths)])
            }
            "fuzzy" => {
                let (field, word) = (
                    self.field(),
                    self.one_of(&["fox", "ofx", "foxse", "x", "quikc", "fé", "boxes", "fix"]),
                );
                let options: &[(&str, &[Value])] = &[
                    (
                        "fuzziness",
                        &[
                            json!("AUTO"),
                            json!("AUTO:1,3"),
                            json!(0),
                            json!(1),
                            json!("2"),
                            json!(2),
                        ],
                    ),
                    ("prefix_length", &[json!(0), json!(1), json!(9)]),
                    ("transpositions", truths),
                ];
                self.on_field(field, json!(word), options)
            }
            "match" | "match_bool_prefix" => {
                let (field, text) = (self.pattern(), self.text());
                let options = self.text_options(true);
                let options: Vec<(&str, &[Value])> = options
                    .iter()
                    .map(|(key, values)| (*key, &values[..]))
                    .collect();
                self.on_field(field, text, &options)
            }
            "match_phrase" | "match_phrase_prefix" => {
                let (field, text) = (self.pattern(), self.text());
                let options = self.text_options(false);
                let options: Vec<(&str, &[Value])> = options
                    .iter()
                    .map(|(key, values)| (*key, &values[..]))
                    .collect();
                self.on_field(field, text, &options)
            }
            "multi_match" => {
                let mut body = json!({"query": self.words(3), "fields": self.patterns()});
                let kinds = [
                    "best_fields",
                    "most_fields",
                    "cross_fields",
                    "phrase",
                    "phrase_prefix",
                    "bool_prefix",
                ];
                let kind = self.one_of(&kinds);
                body["type"] = json!(kind);
                let options = self.text_options(!kind.starts_with("phrase"));
                let options: Vec<(&str, &[Value])> = options
                    .iter()
                    .map(|(key, values)| (*key, &values[..]))
                    .collect();
                self.with(body, &options)
            }
            "query_string" | "simple_query_string" => {
                let simple = kind == "simple_query_string";
                let depth = self.below(3);
                let tree = strings::Tree::random(self, depth, simple);
                let text = if simple {
                    tree.simple()
                } else {
                    tree.query_string()
                };
                let mut body = json!({"query": text});
                if simple {
                    self.meanings.simple.insert(text, tree);
                } else {
                    self.meanings.query_strings.insert(text, tree);
                }
                if !self.outer.is_empty() || self.below(2) == 0 {
                    body["fields"] = self.patterns();
                }
                let options: &[(&str, &[Value])] = &[
                    ("default_operator", &[json!("and"), json!("or")]),
                    ("analyzer", &[json!("standard"), json!("english")]),
                ];
                self.with(body, options)
            }
            "bool" => {
                let mut body = json!({});
                for key in ["must", "filter", "should", "must_not"] {
                    let bound = match self.below(3) {
                        0 => continue,
                        1 => 3,
                        _ if key == "should" => 6,
                        _ => 2,
                    };
                    let clauses = self.queries(inner, 0, bound);
                    let single = clauses.as_array().unwrap().len() == 1 && self.below(2) == 0;
                    body[key] = if single { clauses[0].clone() } else { clauses };
                }
                if self.below(3) == 0 {
                    body["minimum_should_match"] = self.minimum();
                }
                self.with(body, boosts)
            }
            "constant_score" => {
                let filter = self.query(inner);
                self.with(json!({"filter": filter}), boosts)
            }
            "dis_max" => {
                let queries = self.queries(inner, 1, 3);
                let body = self.with(json!({"queries": queries}), boosts);
                self.with(body, &[("tie_breaker", &[json!(0.5), json!(0.3)])])
            }
            "boosting" => {
                let (positive, negative) = (self.query(inner), self.query(inner));
                self.with(
                    json!({"positive": positive, "negative": negative, "negative_boost": 0.5}),
                    boosts,
                )
            }
            "nested" => {
                let path = match self.outer.last() {
                    None => self.one_of(&["a", "b", "b", "a.b"]),
                    Some(&"a") => "a.b",
                    Some(&"b") => "b.a",
                    Some(&"b.a") => "b.a.b",
                    Some(&"a.b") => "a.b.c",
                    Some(_) => "a.b.c.a",
                };
                self.outer.push(path);
                let query = self.query(inner);
                self.outer.pop();
                let modes: &[Value] = &[
                    json!("avg"),
                    json!("sum"),
                    json!("max"),
                    json!("min"),
                    json!("none"),
                ];
                let body = self.with(json!({"path": path, "query": query}), boosts);
                self.with(body, &[("score_mode", modes)])
            }
            "function_score" => self.function_score(inner),
            "script_score" => {
                let mut body = json!({});
                let least = self.below(2) == 0;
                let text = self.without_text(least);
                body["query"] = self.query(inner);
                self.text = text;
                if least {
                    body["min_score"] = self.one_of(&[json!(0.7), json!(1.7), json!(3)]);
                }
                let field = self.plain_field();
                match self.below(3) {
                    0 => body["script"] = json!({"source": format!("_score * 2 + {field}")}),
                    1 => body["expr"] = json!(format!("coalesce(abs({field}), 0.5) + _score")),
                    _ => body["wasm_udf"] = json!({"name": self.one_of(&["yes", "no"])}),
                }
                self.with(body, boosts)
            }
            "expr" => {
                let (one, other) = (self.plain_field(), self.plain_field());
                let template = self.one_of(&[
                    "ONE > 1",
                    "ONE = 'fox' OR OTHER <= 2",
                    "ONE IN (1, 'fox', 5)",
                    "ONE IS NULL",
                    "ONE IS NOT NULL AND NOT OTHER = 5",
                    "length(ONE) > 3",
                    "ONE + 1 > 2",
                    "ONE LIKE '%o%'",
                    "lower(ONE) = 'fox'",
                    "ONE",
                ]);
                return json!({"expr": template.replace("ONE", &one).replace("OTHER", &other)});
            }
            _ => {
                let body = json!({"name": self.one_of(&["yes", "no"])});
                self.with(body, boosts)
            }
        };
        json!({kind: body})
    }

    /// Leaves clauses over text out if so; returns whether they were there.
    fn without_text(&mut self, without: bool) -> bool {
        let before = self.text;
        self.text = before && !without;
        before
    }

    fn text(&mut self) -> Value {
        match self.below(10) {
            0 => json!(5),
            1 => json!(true),
            2 => self.date(),
            _ => json!(self.words(3)),
        }
    }

    /// The options of `match` and its kin, for words in any order or for phrases.
    fn text_options(&mut self, words: bool) -> Vec<(&'static str, Vec<Value>)> {
        let mut options = vec![
            (
                "analyzer",
                vec![json!("standard"), json!("english"), json!("whitespace")],
            ),
            ("zero_terms_query", vec![json!("all"), json!("none")]),
        ];
        if words {
            let minimum = self.minimum();
            options.extend([
                ("operator", vec![json!("and"), json!("or")]),
                ("minimum_should_match", vec![minimum]),
                (
                    "fuzziness",
                    vec![json!("AUTO"), json!(1), json!("AUTO:2,4")],
                ),
                ("prefix_length", vec![json!(1)]),
                ("fuzzy_transpositions", vec![json!(false)]),
            ]);
        } else {
            options.push(("slop", (0..4).map(|slop| json!(slop)).collect()));
            options.push(("slop", vec![json!(1), json!(101)]));
        }
        options
    }

    fn function_score(&mut self, depth: usize) -> Value {
        let boosts: &[(&str, &[Value])] = &[("boost", &[json!(2), json!(0.25)])];
        let mut body = json!({});
        let least = self.below(2) == 0;
        // Whether it matches then depends on the score.
        let text = self.without_text(least);
        if self.below(4) > 0 {
            body["query"] = self.query(depth);
        }
        if least {
            body["min_score"] = self.one_of(&[json!(0.7), json!(1.7), json!(3)]);
        }
        if self.below(3) == 0 {
            let function = self.function();
            body.as_object_mut()
                .unwrap()
                .extend(function.as_object().unwrap().clone());
        } else {
            let mut functions = Vec::new();
            for _ in 0..self.below(4) {
                let mut function = self.function();
                if self.below(2) == 0 {
                    function["filter"] = self.query(depth);
                }
                functions.push(function);
            }
            body["functions"] = json!(functions);
        }
        self.text = text;
        let modes =
            |names: &[&str]| -> Vec<Value> { names.iter().map(|name| json!(name)).collect() };
        let score_modes = modes(&["multiply", "sum", "avg", "first", "max", "min"]);
        let boost_modes = modes(&["multiply", "replace", "sum", "avg", "max", "min"]);
        let body = self.with(
            body,
            &[
                ("score_mode", &score_modes),
                ("boost_mode", &boost_modes),
                ("max_boost", &[json!(1.5)]),
            ],
        );
        self.with(body, boosts)
    }

    fn function(&mut self) -> Value {
        let field = self.field();
        let function = match self.below(6) {
            0 => return json!({"weight": self.one_of(&[json!(0.5), json!(3)])}),
            1 => {
                let modifiers: Vec<Value> = [
                    "none",
                    "log",
                    "log1p",
                    "log2p",
                    "ln",
                    "ln1p",
                    "ln2p",
                    "square",
                    "sqrt",
                    "reciprocal",
                ]
                .map(|name| json!(name))
                .into();
                let factor = self.with(
                    json!({"field": field}),
                    &[
                        ("factor", &[json!(1.2), json!(3)]),
                        ("modifier", &modifiers),
                        ("missing", &[json!(2)]),
                    ],
                );
                json!({"field_value_factor": factor})
            }
            2 | 3 => {
                let (origin, scale) = (self.below(5), 1 + self.below(4));
                let options = self.with(
                    json!({"origin": origin, "scale": scale}),
                    &[
                        ("offset", &[json!(1)]),
                        ("decay", &[json!(0.25), json!(0.9)]),
                    ],
                );
                let modes: &[Value] = &[json!("min"), json!("max"), json!("avg"), json!("sum")];
                let decay = self.with(json!({field: options}), &[("multi_value_mode", modes)]);
                let shape = self.one_of(&["gauss", "exp", "linear"]);
                json!({shape: decay})
            }
            4 => {
                let field = self.plain_field();
                json!({"expr": format!("sqrt(abs({field})) + _score")})
            }
            _ => json!({"wasm_udf": {"name": self.one_of(&["yes", "no"])}}),
        };
        self.with(function, &[("weight", &[json!(0.5), json!(2)])])
    }
}
