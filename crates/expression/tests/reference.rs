//! Random trees against random documents, and an evaluator written for clarity over `serde_json::Value`.

#[path = "../../document/tests/random/seeded.rs"]
mod seeded;

use quidditch_document::{Document, NumericBuf, encode};
use quidditch_expression::{Expression, Limits};
use seeded::Seeded;
use serde_json::{Value, json};
use std::cmp::Ordering;

/// A value of an operation.
#[derive(Clone, Debug)]
enum Of {
    Missing,
    Bool(bool),
    Int(i64),
    Float(f64),
    /// As in the document or as written.
    Decimal(NumericBuf),
    Text(String),
}

use Of::{Bool, Decimal, Float, Int, Missing, Text};

fn of(value: &Value) -> Of {
    match value {
        Value::Bool(bool) => Bool(*bool),
        Value::Number(number) => Decimal(number.to_string().parse().unwrap()),
        Value::String(string) => Text(string.clone()),
        _ => Missing,
    }
}

fn finite(float: f64) -> Of {
    if float.is_finite() {
        Float(float)
    } else {
        Missing
    }
}

/// As arithmetic sees it.
fn number(value: &Of) -> Of {
    match value {
        Int(integer) => Int(*integer),
        Float(float) => Float(*float),
        Decimal(decimal) => {
            let text = decimal.to_string();
            let whole = match text.split_once('.') {
                Some((whole, fraction)) if fraction.trim_matches('0').is_empty() => whole,
                _ => &text,
            };
            whole
                .parse()
                .map_or_else(|_| finite(text.parse().unwrap()), Int)
        }
        _ => Missing,
    }
}

fn float(value: &Of) -> f64 {
    match number(value) {
        Int(integer) => integer as f64,
        Float(float) => float,
        _ => f64::NAN,
    }
}

/// The decimal that an int64 is, or the shortest one for a float64.
fn decimal(value: &Of) -> Of {
    match value {
        Int(integer) => Decimal((*integer).into()),
        Float(float) => Decimal(format!("{float:?}").parse().unwrap()),
        other => other.clone(),
    }
}

/// The exact value of a float64: all of them are multiples of 2^-1074, and these tests' are of 2^-64.
fn exact(value: &Of) -> NumericBuf {
    match number(value) {
        Int(integer) => integer.into(),
        Float(float) => format!("{float:.1100}").parse().unwrap(),
        _ => panic!("no number"),
    }
}

fn order(left: &Of, right: &Of) -> Option<Ordering> {
    match (left, right) {
        (Text(left), Text(right)) => Some(left.chars().cmp(right.chars())),
        (Decimal(left), Decimal(right)) => Some(left.cmp(right)),
        _ => match (number(left), number(right)) {
            (Missing, _) | (_, Missing) => None,
            (left, right) => Some(exact(&left).cmp(&exact(&right))),
        },
    }
}

fn satisfies(value: &Of, operator: &str, operand: &Of) -> bool {
    if let (Bool(value), Bool(operand)) = (value, operand) {
        return operator == "=" && value == operand;
    }
    if operator == "LIKE" {
        return match (value, operand) {
            (Text(text), Text(pattern)) => like(
                &text.chars().collect::<Vec<_>>(),
                &pattern.chars().collect::<Vec<_>>(),
            ),
            _ => false,
        };
    }
    order(value, operand).is_some_and(|order| match operator {
        "=" => order.is_eq(),
        "<" => order.is_lt(),
        "<=" => order.is_le(),
        ">" => order.is_gt(),
        ">=" => order.is_ge(),
        _ => panic!("{operator}"),
    })
}

fn like(text: &[char], pattern: &[char]) -> bool {
    match pattern {
        [] => text.is_empty(),
        ['%', rest @ ..] => (0..=text.len()).any(|skipped| like(&text[skipped..], rest)),
        ['_', rest @ ..] => !text.is_empty() && like(&text[1..], rest),
        ['\\', char, rest @ ..] | [char, rest @ ..] => {
            text.first() == Some(char) && like(&text[1..], rest)
        }
    }
}

/// All values of a field other than null, arrays flattened.
fn values<'d>(document: &'d Value, name: &str) -> Vec<&'d Value> {
    fn walk<'d>(value: &'d Value, steps: &[&str], found: &mut Vec<&'d Value>) {
        match (value, steps) {
            (Value::Array(elements), [step, rest @ ..]) if step.starts_with('[') => {
                let index: i64 = step.trim_matches(['[', ']']).parse().unwrap();
                let place = index.rem_euclid(elements.len().max(1) as i64);
                if (-(elements.len() as i64)..elements.len() as i64).contains(&index) {
                    walk(&elements[place as usize], rest, found);
                }
            }
            (Value::Array(elements), steps) => {
                elements
                    .iter()
                    .for_each(|element| walk(element, steps, found));
            }
            (Value::Object(pairs), [step, rest @ ..]) => {
                pairs
                    .get(*step)
                    .into_iter()
                    .for_each(|value| walk(value, rest, found));
            }
            (value, []) => found.push(value),
            _ => {}
        }
    }
    let spaced = name.replace('.', " ").replace('[', " [");
    let steps: Vec<_> = spaced.split_whitespace().collect();
    let mut found = Vec::new();
    walk(document, &steps, &mut found);
    if let [rest @ .., "keyword"] = &*steps
        && !rest.is_empty()
    {
        let mut scalars = Vec::new();
        walk(document, rest, &mut scalars);
        found.extend(scalars.into_iter().filter(|value| !value.is_object()));
    }
    found.retain(|value| !value.is_null());
    found
}

fn field(tree: &Value) -> Option<&str> {
    tree["field"].as_str().filter(|name| *name != "_score")
}

fn mentions(tree: &Value, what: &dyn Fn(&Value) -> bool) -> bool {
    let inner: Vec<_> = match tree {
        Value::Array(elements) => elements.iter().collect(),
        Value::Object(pairs) => pairs.values().collect(),
        _ => vec![],
    };
    what(tree) || inner.into_iter().any(|tree| mentions(tree, what))
}

fn has_field(tree: &Value) -> bool {
    mentions(tree, &|tree| field(tree).is_some())
}

struct Evaluator<'d> {
    document: &'d Value,
    score: f64,
}

impl Evaluator<'_> {
    fn truth(&self, tree: &Value) -> bool {
        if let Some(name) = field(tree) {
            return values(self.document, name).contains(&&json!(true));
        }
        if !tree["condition"].is_null() {
            let branch = if self.truth(&tree["condition"]) {
                "true"
            } else {
                "false"
            };
            return self.truth(&tree[branch]);
        }
        matches!(self.value(tree), Bool(true))
    }

    /// What a field is compared to: a computed number as its decimal, unless it depends on the score.
    fn constant(&self, tree: &Value) -> Of {
        let value = self.value(tree);
        if mentions(tree, &|tree| tree["field"] == "_score") {
            value
        } else {
            decimal(&value)
        }
    }

    fn value(&self, tree: &Value) -> Of {
        let Value::Object(pairs) = tree else {
            return of(tree);
        };
        if tree["field"] == "_score" {
            return finite(self.score);
        }
        if let Some(name) = field(tree) {
            let values = values(self.document, name);
            let first = values.into_iter().find(|value| !value.is_object());
            return first.map_or(Missing, of);
        }
        if let Some(constant) = pairs.get("const") {
            return of(constant);
        }
        if !tree["condition"].is_null() {
            let branch = if self.truth(&tree["condition"]) {
                "true"
            } else {
                "false"
            };
            return self.value(&tree[branch]);
        }
        if let Some(name) = tree["func"].as_str() {
            let arguments: Vec<_> = tree["args"]
                .as_array()
                .unwrap()
                .iter()
                .map(|tree| self.value(tree))
                .collect();
            return call(name, &arguments);
        }
        let operands: Vec<Value> = match &tree["args"] {
            Value::Array(operands) => operands.clone(),
            _ => ["arg", "left", "right"]
                .iter()
                .filter_map(|key| pairs.get(*key).cloned())
                .flat_map(|operand| match operand {
                    Value::Array(list) => list,
                    one => vec![one],
                })
                .collect(),
        };
        let operator = tree["op"].as_str().unwrap();
        match operator {
            "AND" => Bool(operands.iter().all(|tree| self.truth(tree))),
            "OR" => Bool(operands.iter().any(|tree| self.truth(tree))),
            "NOT" => Bool(!self.truth(&operands[0])),
            "+" | "-" | "*" | "/" | "%" | "**" => {
                let operands: Vec<_> = operands
                    .iter()
                    .map(|tree| number(&self.value(tree)))
                    .collect();
                arithmetic(operator, &operands)
            }
            _ => Bool(self.predicate(operator, &operands)),
        }
    }

    fn predicate(&self, operator: &str, operands: &[Value]) -> bool {
        let negative = operator.starts_with("NOT ") || operator == "!=";
        let positive = match operator {
            "!=" => "=",
            other => other.trim_start_matches("NOT "),
        };
        let (subject, rest) = operands.split_first().unwrap();
        if positive == "IS NULL" || positive == "IS NOT NULL" {
            let missing = match field(subject) {
                Some(name) => values(self.document, name).is_empty(),
                None => matches!(self.value(subject), Missing),
            };
            return missing == (positive == "IS NULL");
        }
        // Each side as all that it stands for, and whether that counts as present.
        let any = |tree: &Value| {
            let values = values(self.document, field(tree).unwrap());
            let present = !values.is_empty();
            (values.into_iter().map(of).collect::<Vec<_>>(), present)
        };
        let one = |value: Of| {
            let present = !matches!(value, Missing);
            (vec![value], present)
        };
        let rest_has_field = rest.iter().any(has_field);
        let (subject, rest): (_, Vec<_>) = if field(subject).is_some() && !rest_has_field {
            (
                any(subject),
                rest.iter().map(|tree| one(self.constant(tree))).collect(),
            )
        } else if rest_has_field && !has_field(subject) {
            let operand = |tree: &Value| match field(tree) {
                Some(_) => any(tree),
                None => one(self.value(tree)),
            };
            (
                one(self.constant(subject)),
                rest.iter().map(operand).collect(),
            )
        } else {
            (
                one(self.value(subject)),
                rest.iter().map(|tree| one(self.value(tree))).collect(),
            )
        };
        let meets = |value: &Of, operator: &str, operand: &(Vec<Of>, bool)| {
            operand
                .0
                .iter()
                .any(|operand| satisfies(value, operator, operand))
        };
        let satisfied = subject.0.iter().any(|value| match positive {
            "IN" => rest.iter().any(|operand| meets(value, "=", operand)),
            "BETWEEN" => meets(value, ">=", &rest[0]) && meets(value, "<=", &rest[1]),
            operator => meets(value, operator, &rest[0]),
        });
        if negative {
            subject.1 && rest.iter().all(|(_, present)| *present) && !satisfied
        } else {
            satisfied
        }
    }
}

fn arithmetic(operator: &str, operands: &[Of]) -> Of {
    if let [Int(left), Int(right)] = *operands {
        let (wide, other) = (i128::from(left), i128::from(right));
        let exact = match operator {
            "+" => Some(wide + other),
            "-" => Some(wide - other),
            "*" => Some(wide * other),
            "%" if right != 0 => Some(wide % other),
            // A huge exponent counts for these by its parity alone.
            "**" if wide.abs() <= 1 && right > 0 => Some(wide.pow(2 - (right % 2) as u32)),
            "**" => u32::try_from(right)
                .ok()
                .and_then(|power| wide.checked_pow(power)),
            _ => None,
        };
        if let Some(exact) = exact.and_then(|exact| i64::try_from(exact).ok()) {
            return Int(exact);
        }
    }
    if let [Int(operand)] = *operands {
        return operand.checked_neg().map_or(Float(-(operand as f64)), Int);
    }
    match operands {
        [Missing, ..] | [_, Missing] => Missing,
        [operand] => finite(-float(operand)),
        [left, right] => {
            let (left, right) = (float(left), float(right));
            finite(match operator {
                "+" => left + right,
                "-" => left - right,
                "*" => left * right,
                "/" => left / right,
                "%" => left % right,
                _ => left.powf(right),
            })
        }
        _ => panic!("{operator}"),
    }
}

fn call(name: &str, arguments: &[Of]) -> Of {
    let text = |place: usize| match &arguments[place] {
        Text(text) => Some(text.clone()),
        _ => None,
    };
    let two = |predicate: fn(&str, &str) -> bool| match (text(0), text(1)) {
        (Some(text), Some(other)) => Bool(predicate(&text, &other)),
        _ => Missing,
    };
    let first = number(&arguments[0]);
    let math = |function: fn(f64) -> f64| match first {
        Missing => Missing,
        _ => finite(function(float(&first))),
    };
    let rounded = |function: fn(f64) -> f64| match first {
        Int(integer) => Int(integer),
        _ => math(function),
    };
    match name {
        "coalesce" => {
            let mut present = arguments.iter().filter(|value| !matches!(value, Missing));
            present.next().cloned().unwrap_or(Missing)
        }
        "min" | "max" => {
            let wanted = if name == "min" {
                Ordering::Less
            } else {
                Ordering::Greater
            };
            let numbers = arguments
                .iter()
                .map(number)
                .filter(|value| !matches!(value, Missing));
            let better = |best: Of, next: Of| {
                if order(&next, &best) == Some(wanted) {
                    next
                } else {
                    best
                }
            };
            numbers.reduce(better).unwrap_or(Missing)
        }
        "abs" => match first {
            Int(integer) => integer
                .checked_abs()
                .map_or(Float(9223372036854775808.0), Int),
            _ => math(f64::abs),
        },
        "floor" => rounded(f64::floor),
        "ceil" => rounded(f64::ceil),
        "round" => rounded(f64::round),
        "sqrt" => math(f64::sqrt),
        "ln" | "log" => math(f64::ln),
        "log10" => math(f64::log10),
        "exp" => math(f64::exp),
        "sin" => math(f64::sin),
        "cos" => math(f64::cos),
        "tan" => math(f64::tan),
        "pow" => arithmetic("**", &[first, number(&arguments[1])]),
        "length" => text(0).map_or(Missing, |text| Int(text.chars().count() as i64)),
        "lower" => text(0).map_or(Missing, |text| {
            Text(text.chars().flat_map(char::to_lowercase).collect())
        }),
        "upper" => text(0).map_or(Missing, |text| {
            Text(text.chars().flat_map(char::to_uppercase).collect())
        }),
        "contains" => two(|text, other| text.contains(other)),
        "starts_with" => two(|text, other| text.starts_with(other)),
        "ends_with" => two(|text, other| text.ends_with(other)),
        _ => panic!("{name}"),
    }
}

struct Random(Seeded);

impl Random {
    fn one_of<T: Clone>(&mut self, choices: &[T]) -> T {
        choices[self.0.below(choices.len())].clone()
    }

    fn scalar_number(&mut self) -> Value {
        match self.0.below(9) {
            0..2 => json!(self.0.below(7) as f64 / 2.0),
            2 => json!(i64::MAX - self.0.below(3) as i64),
            3 => json!(i64::MIN + self.0.below(3) as i64),
            4 => json!((1i64 << 53) + self.0.below(3) as i64),
            5 => self.one_of(&[
                json!(0.1),
                json!(0.2),
                json!(0.3),
                json!(0.30000000000000004),
                json!(9e18),
                json!(1e19),
                json!(1e300),
            ]),
            _ => json!(self.0.below(5) as i64 - 1),
        }
    }

    fn scalar_string(&mut self) -> Value {
        json!(self.one_of(&[
            "", "a", "A", "ab", "aB", "aab", "b", "é", "É", "ß", "a'b", "a%", "true", "z€z"
        ]))
    }

    fn scalar(&mut self) -> Value {
        match self.0.below(8) {
            0..4 => self.scalar_number(),
            4..7 => self.scalar_string(),
            _ => json!(self.0.below(2) == 0),
        }
    }

    fn document(&mut self, depth: usize) -> Value {
        match self.0.below(if depth == 0 { 5 } else { 10 }) {
            0 => Value::Null,
            1..5 => self.scalar(),
            5..7 => (0..self.0.below(4))
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

    fn field(&mut self) -> Value {
        let field = self.one_of(&[
            "a",
            "a",
            "b",
            "b",
            "c",
            "c",
            "a.b",
            "b.a",
            "b.a.c",
            "a[0]",
            "b[-1]",
            "a[-1].b",
            "[0]",
            "[1].a",
            "a.keyword",
            "keyword",
        ]);
        json!({"field": field})
    }

    fn written(&mut self, scalar: Value) -> Value {
        match self.0.below(2) {
            0 => scalar,
            _ => json!({"const": scalar}),
        }
    }

    fn number(&mut self, depth: usize) -> Value {
        match self.0.below(if depth == 0 { 6 } else { 16 }) {
            0..3 => self.field(),
            3..5 => {
                let scalar = self.scalar_number();
                self.written(scalar)
            }
            5 => json!({"field": "_score"}),
            6..11 => {
                let operator = self.one_of(&["+", "-", "*", "/", "%", "**"]);
                json!({"op": operator, "left": self.number(depth - 1), "right": self.number(depth - 1)})
            }
            11 => json!({"op": "-", "arg": self.number(depth - 1)}),
            12 => {
                let function = self.one_of(&["min", "max", "coalesce"]);
                let arguments: Vec<_> = (0..1 + self.0.below(3))
                    .map(|_| self.number(depth - 1))
                    .collect();
                json!({"func": function, "args": arguments})
            }
            13 => match self.0.below(3) {
                0 => json!({"func": "length", "args": [self.string(depth - 1)]}),
                _ => {
                    json!({"condition": self.bool(depth - 1), "true": self.number(depth - 1), "false": self.number(depth - 1)})
                }
            },
            14 => json!({"func": "pow", "args": [self.number(depth - 1), self.number(depth - 1)]}),
            _ => {
                let function = self.one_of(&[
                    "abs", "sqrt", "floor", "ceil", "round", "ln", "log", "log10", "exp", "sin",
                    "cos", "tan",
                ]);
                json!({"func": function, "args": [self.number(depth - 1)]})
            }
        }
    }

    fn string(&mut self, depth: usize) -> Value {
        match self.0.below(if depth == 0 { 5 } else { 9 }) {
            0..3 => self.field(),
            3..5 => {
                let scalar = self.scalar_string();
                self.written(scalar)
            }
            5..7 => {
                let function = self.one_of(&["lower", "upper"]);
                json!({"func": function, "args": [self.string(depth - 1)]})
            }
            7 => {
                json!({"func": "coalesce", "args": [self.string(depth - 1), self.string(depth - 1)]})
            }
            _ => {
                json!({"condition": self.bool(depth - 1), "true": self.string(depth - 1), "false": self.string(depth - 1)})
            }
        }
    }

    /// Something to compare, the same type for the same coin.
    fn side(&mut self, strings: bool, depth: usize) -> Value {
        match self.0.below(3) {
            0 => self.field(),
            1 if strings => self.scalar_string(),
            1 => self.scalar_number(),
            _ if strings => self.string(depth),
            _ => self.number(depth),
        }
    }

    fn bool(&mut self, depth: usize) -> Value {
        let inner = depth.saturating_sub(1);
        let strings = self.0.below(2) == 0;
        match self.0.below(if depth == 0 { 11 } else { 18 }) {
            0..4 => {
                let operator = self.one_of(&["=", "!=", "<", "<=", ">", ">="]);
                json!({"op": operator, "left": self.side(strings, inner), "right": self.side(strings, inner)})
            }
            4 => {
                let operator = self.one_of(&["=", "!="]);
                json!({"op": operator, "left": self.field(), "right": self.one_of(&[true, false])})
            }
            5..7 => {
                let operator = self.one_of(&["IN", "NOT IN"]);
                let list: Vec<_> = match self.0.below(2) {
                    0 => (0..self.0.below(6)).map(|_| self.scalar()).collect(),
                    _ => (0..self.0.below(4))
                        .map(|_| self.side(strings, inner))
                        .collect(),
                };
                let subject = if list.iter().any(has_field) && self.0.below(2) == 0 {
                    self.side(strings, inner)
                } else {
                    self.field()
                };
                json!({"op": operator, "left": subject, "right": list})
            }
            7 => {
                let operator = self.one_of(&["BETWEEN", "NOT BETWEEN"]);
                let sides: Vec<_> = (0..3).map(|_| self.side(strings, inner)).collect();
                json!({"op": operator, "args": sides})
            }
            8 => {
                let operator = self.one_of(&["LIKE", "NOT LIKE"]);
                let pattern = self.one_of(&[
                    "a%", "%b", "%a%", "a_", "_", "%", "", "a\\%", "%_%", "_%b", "z_z", "%_b%",
                    "a''b", "%é%", "a%b%_",
                ]);
                json!({"op": operator, "left": self.string(inner), "right": pattern})
            }
            9 => {
                let operator = self.one_of(&["IS NULL", "IS NOT NULL"]);
                json!({"op": operator, "arg": self.side(strings, inner)})
            }
            10 => self.field(),
            11..14 => {
                let operator = self.one_of(&["AND", "OR"]);
                json!({"op": operator, "left": self.bool(inner), "right": self.bool(inner)})
            }
            14 => json!({"op": "NOT", "arg": self.bool(inner)}),
            15 => {
                let operator = self.one_of(&["AND", "OR"]);
                let operands: Vec<_> = (0..1 + self.0.below(4)).map(|_| self.bool(inner)).collect();
                json!({"op": operator, "args": operands})
            }
            16 => {
                let function = self.one_of(&["contains", "starts_with", "ends_with"]);
                json!({"func": function, "args": [self.string(inner), self.string(inner)]})
            }
            _ => {
                json!({"condition": self.bool(inner), "true": self.bool(inner), "false": self.bool(inner)})
            }
        }
    }
}

/// None when no type fits: a field in a branch hides from the generator what the other one is.
fn parse(tree: &Value) -> Option<Expression> {
    let bytes = encode::jsonb(tree);
    let root = Document::new(&bytes).unwrap().root().unwrap();
    Expression::parse_tree(root, &Limits::default()).ok()
}

#[test]
fn three_hundred_thousand_random_pairs_agree() {
    let mut random = Random(Seeded(11));
    // Most of them objects, or most fields would be missing.
    let mut document = |place| loop {
        let document = random.document(3);
        if document.is_object() || place % 5 == 0 {
            break document;
        }
    };
    let documents: Vec<_> = (0..300).map(&mut document).collect();
    let encoded: Vec<_> = documents.iter().map(encode::jsonb).collect();
    let (mut matched, mut present, mut filters, mut scores, mut refused) = (0, 0, 0, 0, 0);
    for round in 0..12_000 {
        let depth = random.0.below(4);
        let is_filter = round % 3 > 0;
        let written = if is_filter {
            random.bool(depth)
        } else {
            random.number(depth)
        };
        let Some(expression) = parse(&written) else {
            refused += 1;
            continue;
        };
        let printed = expression.to_string();
        let again = Expression::parse_text(&printed, &Limits::default())
            .unwrap_or_else(|error| panic!("{error}: {printed} of {written}"));
        assert_eq!(again, expression, "{printed} of {written}");
        assert_eq!(again.to_string(), printed, "{written}");
        assert_eq!(
            again.uses_score(),
            mentions(&written, &|tree| tree["field"] == "_score")
        );

        for _ in 0..30 {
            let place = random.0.below(documents.len());
            let (document, bytes) = (&documents[place], &encoded[place]);
            let score = random.one_of(&[0.5, 2.0, 3.0, 1e300, 0.0]);
            let evaluator = Evaluator { document, score };
            let root = Document::new(bytes).unwrap().root().unwrap();
            if is_filter {
                let expected = evaluator.truth(&written);
                let found = expression.matches(root, score).unwrap();
                assert_eq!(
                    found, expected,
                    "{printed} of {written} on {document}, {score}"
                );
                matched += usize::from(expected);
                filters += 1;
            }
            let expected = match evaluator.value(&written) {
                Bool(bool) => Some(f64::from(u8::from(bool))),
                value => Some(float(&value)).filter(|float| !float.is_nan()),
            };
            let found = expression.number(root, score).unwrap();
            assert_eq!(
                found, expected,
                "{printed} of {written} on {document}, {score}"
            );
            present += usize::from(!is_filter && expected.is_some());
            scores += usize::from(!is_filter);
        }
    }
    // No answer is rare.
    assert!(
        matched > filters / 8 && matched < filters * 7 / 8,
        "{matched} of {filters}"
    );
    assert!(
        present > scores / 8 && present < scores * 7 / 8,
        "{present} of {scores}"
    );
    assert!(
        filters + scores > 300_000 && refused < 1_000,
        "{filters}, {scores}, {refused}"
    );
}
