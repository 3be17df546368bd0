//! Whatever text a user writes, the answer is a query or an error.

#[path = "../../document/tests/random/seeded.rs"]
mod seeded;
mod support;

use seeded::Seeded;
use serde_json::{Value, json};
use support::{matches, parsed};

/// Marks of all the syntaxes, and some words, letters and bytes between them.
const PIECES: [&str; 64] = [
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "<",
    ">",
    "<=",
    ">=",
    "\"",
    "'",
    "/",
    "\\",
    "+",
    "-",
    "!",
    "&&",
    "||",
    "|",
    "&",
    "^",
    "~",
    "*",
    "?",
    ":",
    ".",
    ",",
    "=",
    "#",
    "@",
    " ",
    "  ",
    "\t",
    "AND",
    "OR",
    "NOT",
    "TO",
    "now",
    "/d",
    "+1M",
    "||",
    "_exists_",
    "f",
    "f:",
    "fox",
    "é",
    "日本",
    "𝄞",
    "\u{0301}",
    "0",
    "1",
    "24",
    "2024",
    "-02",
    "T10",
    "Z",
    "+01:00",
    "99999999999",
    "{1,2}",
    "[a-z]",
    "\\d",
    "%",
    "\n",
];

fn text(random: &mut Seeded) -> String {
    let count = 1 + random.below(12);
    (0..count)
        .map(|_| PIECES[random.below(PIECES.len())])
        .collect()
}

/// Parses the query and, if it is one, prints it, parses that and evaluates both.
fn survives(query: &Value) -> bool {
    let Ok(query) = parsed(&query.to_string()) else {
        return false;
    };
    let printed = query.to_string();
    let again = parsed(&printed).unwrap_or_else(|error| panic!("{error}: {printed}"));
    assert_eq!(again.to_string(), printed);
    for document in [
        r#"{"f": ["fox", 1, "2024-02-29", "a fox (1)"], "g": "é"}"#,
        "[]",
    ] {
        assert_eq!(
            matches(&query, document),
            matches(&again, document),
            "{printed}"
        );
    }
    true
}

#[test]
fn any_text_is_a_query_or_an_error() {
    let mut random = Seeded(11);
    let dates = json!({"properties": {"f": {"type": "date"}}});
    let mut counts = [0; 6];
    for _ in 0..4_000 {
        let text = text(&mut random);
        let queries = [
            json!({"simple_query_string": {"query": text}}),
            json!({"query_string": {"query": text}}),
            json!({"regexp": {"f": text}}),
            json!({"wildcard": {"f": text}}),
            json!({"query": {"range": {"f": {"gte": text}}}, "mapping": dates}),
            json!({"expr": text}),
        ];
        for (query, count) in queries.iter().zip(&mut counts) {
            *count += usize::from(survives(query));
        }
    }
    let [simple, strings, regexps, wildcards, dates, _] = counts;
    // These are never wrong; the others are now and then right.
    assert_eq!((simple, wildcards), (4_000, 4_000));
    assert!(strings > 200 && regexps > 200 && dates > 20, "{counts:?}");
}

#[test]
fn dates_begin_with_what_is_one() {
    // Nearly dates: each differs from one in a character.
    let dated = json!({"properties": {"f": {"type": "date"}}});
    let mut random = Seeded(12);
    for date in [
        "2024-02-29T10:20:30.123+01:00",
        "now-7d/d",
        "2024-01-31||+1M/d",
        "1709202030000",
        "9999-12-31T23:59:59Z",
    ] {
        for place in 0..date.len() {
            for _ in 0..12 {
                let replacement = PIECES[random.below(PIECES.len())];
                let text = format!("{}{replacement}{}", &date[..place], &date[place + 1..]);
                survives(&json!({"query": {"range": {"f": {"lte": text}}}, "mapping": dated}));
                // The same in a document.
                let document = json!({"f": text}).to_string();
                let query = json!({"query": {"range": {"f": {"lte": "now"}}}, "mapping": dated});
                matches(&parsed(&query.to_string()).unwrap(), &document);
            }
        }
    }
}
