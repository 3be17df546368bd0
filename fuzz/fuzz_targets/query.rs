//! Arbitrary queries: a stored jsonb when the first byte is even, JSON text when it is odd. What parses prints
//! as something that parses to the same, and both give the same answers.

#![no_main]

use libfuzzer_sys::fuzz_target;
use quidditch_document::Document;
use quidditch_document::encode::Json;
use quidditch_query::{Environment, MatchError, Query};
use std::sync::LazyLock;

static DOCUMENTS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    [
        r#"{"a": [1, {"b": "x", "keyword": null}], "f": "é"}"#,
        "[[5, true], {\"a\": 1.50}]",
        "null",
        "{}",
    ]
    .iter()
    .map(|text| text.parse::<Json>().expect("valid JSON").encode())
    .collect()
});

fn parse(bytes: &[u8]) -> Option<Query> {
    let root = Document::new(bytes)
        .and_then(|document| document.root())
        .ok()?;
    Query::parse(root, &Environment::default())
        .inspect_err(|error| drop(error.to_string()))
        .ok()
}

/// Guests by turns answer yes, no, and fail.
fn answers(query: &Query) -> Vec<Result<bool, MatchError<()>>> {
    let mut guest =
        |place: usize| [Ok(true), Ok(false), Err(())][query.udfs()[place].name.len() % 3];
    let documents = DOCUMENTS
        .iter()
        .map(|bytes| Document::new(bytes).expect("undamaged"));
    documents
        .map(|document| query.matches(document, &mut guest))
        .collect()
}

fuzz_target!(|bytes: &[u8]| {
    let Some((form, bytes)) = bytes.split_first() else {
        return;
    };
    let query = if form % 2 == 0 {
        parse(bytes)
    } else {
        let text = std::str::from_utf8(bytes).ok();
        // Its parser recurses, and is there for tests alone.
        let text = text.filter(|text| {
            text.bytes()
                .filter(|byte| matches!(byte, b'[' | b'{'))
                .count()
                < 300
        });
        text.and_then(|text| text.parse::<Json>().ok())
            .and_then(|json| parse(&json.encode()))
    };
    let Some(query) = query else { return };
    let printed = query.to_string();
    // A number may print as 131,072 digits, and then the text is beyond the limits.
    if printed.len() > 1 << 16 {
        return;
    }
    let json: Json = printed
        .parse()
        .unwrap_or_else(|offset| panic!("not JSON at {offset}: {printed}"));
    let again = parse(&json.encode()).unwrap_or_else(|| panic!("no query: {printed}"));
    assert_eq!(again.to_string(), printed);
    assert_eq!(answers(&again), answers(&query), "{printed}");
});
