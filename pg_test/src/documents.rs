//! Random documents: all that JSON has, with a vocabulary so small that most queries find something.

use serde_json::{Map, Value, json};

use crate::Random;

/// Words that stem alike, fold alike, are stop words, or aren't separated by spaces.
pub const WORDS: &[&str] = &[
    "quick",
    "quicker",
    "fox",
    "foxes",
    "Fox",
    "brown",
    "run",
    "running",
    "runs",
    "the",
    "of",
    "lazy",
    "dog",
    "dogs",
    "jump",
    "jumped",
    "over",
    "Straße",
    "naïve",
    "日本語",
    "x1",
    "3.5",
    "wi-fi",
    "e-mail",
    "isn't",
    "O'Neil",
    "databse",
    "database",
    "data",
    "base",
    "index",
];

/// Whole values.
pub const CODES: &[&str] = &[
    "alpha",
    "Alpha",
    "beta",
    "gamma ray",
    "delta",
    "a",
    "",
    "x%y",
    "x_y",
    "päckchen",
    "42",
    "true",
    "alphabet",
    "beta-1",
    "beta-2",
    "be*a",
    "be?a",
];

pub const DATES: &[&str] = &[
    "2026-03-01",
    "2026-03",
    "2025",
    "2026-03-01T10:20:30Z",
    "2026-03-01T00:30:00+01:00",
    "2026-02-28T23:59:59.999Z",
    "2024-02-29",
    "1969-12-31T23:59:59Z",
];

/// Numbers that no binary floating point has, in the place of `"#0"`, `"#1"`…
const HUGE: &[&str] = &[
    "12345678901234567890.5",
    "12345678901234567891",
    "1e200",
    "-1e-200",
    "0.1000000000000000000001",
];

/// Some words. The first of the vocabulary are the most frequent.
pub fn text(random: &mut Random, most: usize) -> String {
    let count = 1 + random.below(most);
    let words: Vec<&str> = (0..count).map(|_| word(random)).collect();
    words.join(if random.one_in(10) { ", " } else { " " })
}

pub fn word(random: &mut Random) -> &'static str {
    let end = 1 + random.below(WORDS.len());
    WORDS[random.below(end)]
}

pub fn number(random: &mut Random) -> Value {
    match random.below(8) {
        0..=3 => json!(random.below(20)),
        4 => json!(-(random.below(20) as i64)),
        5 => json!(random.below(200) as f64 / 10.0),
        6 => json!(*random.pick(&[
            0.1,
            -0.5,
            1e15,
            1e-7,
            9007199254740993.0,
            0.30000000000000004
        ])),
        _ => json!(*random.pick(&[i64::MAX, i64::MIN, 0, 1 << 53, (1 << 53) + 1])),
    }
}

/// One value, or several, or none.
fn some(random: &mut Random, mut make: impl FnMut(&mut Random) -> Value) -> Value {
    match random.below(12) {
        0 => Value::Null,
        1 => json!([]),
        2 => (0..random.below(4)).map(|_| make(random)).collect(),
        3 => json!([make(random), null, [make(random)]]),
        _ => make(random),
    }
}

fn item(random: &mut Random) -> Value {
    let mut item = Map::new();
    if !random.one_in(5) {
        item.insert("sku".into(), some(random, |r| json!(r.pick(CODES))));
    }
    if !random.one_in(5) {
        item.insert("qty".into(), some(random, number));
    }
    if random.one_in(3) {
        item.insert("name".into(), json!(text(random, 4)));
    }
    if random.one_in(8) {
        item.insert(
            "parts".into(),
            json!([{"sku": random.pick(CODES)}, {"sku": "beta"}]),
        );
    }
    Value::Object(item)
}

fn mixed(random: &mut Random) -> Value {
    match random.below(8) {
        0 => Value::Null,
        1 => json!(random.one_in(2)),
        2 => json!({"x": number(random), "": "empty", "y": {"z": word(random)}}),
        3 => json!(random.pick(DATES)),
        4 => json!([1, "1", true, null, {"x": 1}, ["beta"]]),
        5 => json!(format!("#{}", random.below(HUGE.len()))),
        6 => number(random),
        _ => json!(random.pick(CODES)),
    }
}

fn object(random: &mut Random) -> Map<String, Value> {
    let mut object = Map::new();
    let mut maybe =
        |random: &mut Random, name: &str, make: &mut dyn FnMut(&mut Random) -> Value| {
            if !random.one_in(6) {
                let value = make(random);
                object.insert(name.to_owned(), value);
            }
        };
    maybe(random, "title", &mut |r| some(r, |r| json!(text(r, 6))));
    maybe(random, "body", &mut |r| {
        let most = if r.one_in(20) { 300 } else { 15 };
        json!(text(r, most))
    });
    maybe(random, "tags", &mut |r| some(r, |r| json!(r.pick(CODES))));
    maybe(random, "n", &mut |r| some(r, number));
    maybe(random, "price", &mut number);
    maybe(random, "at", &mut |r| match r.below(10) {
        0 => json!("soon"),
        1 => json!(1_772_323_200_000_i64),
        _ => json!(r.pick(DATES)),
    });
    maybe(random, "ok", &mut |r| json!(r.one_in(2)));
    maybe(random, "m", &mut mixed);
    maybe(
        random,
        "obj",
        &mut |r| json!({"code": r.pick(CODES), "note": text(r, 5), "deep": {"x": number(r)}}),
    );
    maybe(random, "items", &mut |r| match r.below(6) {
        0 => item(r),
        1 => json!([item(r), 5, [item(r)]]),
        _ => (0..r.below(4)).map(|_| item(r)).collect(),
    });
    maybe(random, "a.b", &mut |r| json!(r.pick(CODES)));
    maybe(random, "id", &mut |r| {
        let id = r.below(50);
        if r.one_in(2) {
            json!(id)
        } else {
            json!(id.to_string())
        }
    });
    if random.one_in(10) {
        object.insert("_id".into(), json!(random.below(50).to_string()));
    }
    object
}

/// A document as JSON; `None` is the SQL NULL.
pub fn document(random: &mut Random) -> Option<String> {
    let value = match random.below(60) {
        0 => return None,
        1 => Value::Null,
        2 => number(random),
        3 => json!(text(random, 3)),
        4 => json!([object(random), object(random)]),
        5 => json!([word(random), number(random), null]),
        6 => json!({}),
        7 => json!([]),
        8 => {
            // More than a page of the pending list, with words that nobody else has.
            let mut object = object(random);
            let rare: Vec<String> = (0..1500)
                .map(|_| format!("w{}", random.below(5000)))
                .collect();
            object.insert("body".into(), json!(rare.join(" ")));
            Value::Object(object)
        }
        9 => {
            // A whole value that is too long to be a term.
            let mut object = object(random);
            object.insert(
                "tags".into(),
                json!(["alpha".repeat(1700), "beta".repeat(2000 + random.below(2))]),
            );
            Value::Object(object)
        }
        _ => Value::Object(object(random)),
    };
    let mut text = value.to_string();
    for (place, number) in HUGE.iter().enumerate() {
        text = text.replace(&format!("\"#{place}\""), number);
    }
    Some(text)
}

/// A string as an SQL literal.
pub fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// A document as an SQL literal.
pub fn sql(document: Option<&str>) -> String {
    document.map_or("NULL".to_owned(), literal)
}
