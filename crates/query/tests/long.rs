//! Long documents give way: whoever is asked may end the evaluation by unwinding, and the query remains usable.

use quidditch_document::{Document, encode, on_long_work};
use quidditch_query::{Environment, Query};
use serde_json::{Value, json};
use std::cell::Cell;
use std::convert::Infallible;
use std::panic::{AssertUnwindSafe, catch_unwind};

thread_local! {
    static ASKED: Cell<u32> = const { Cell::new(0) };
    static STOP: Cell<bool> = const { Cell::new(false) };
}

fn ask() {
    ASKED.set(ASKED.get() + 1);
    if STOP.get() {
        std::panic::resume_unwind(Box::new("stop"));
    }
}

fn parse(query: &Value) -> Query {
    let bytes = encode::jsonb(query);
    let root = Document::new(&bytes).unwrap().root().unwrap();
    Query::parse(root, &Environment::default()).unwrap()
}

#[test]
fn long_texts_and_many_keys_ask() {
    on_long_work(ask);
    let words = encode::jsonb(&json!({"t": "a b ".repeat(50_000), "u": "c"}));
    let keys: serde_json::Map<_, _> = (0..50_000)
        .map(|key| (key.to_string(), json!(key)))
        .collect();
    let keys = encode::jsonb(&json!({"o": keys}));
    let short = encode::jsonb(&json!({"t": "b a c", "o": {"x": "c"}}));
    for (query, long) in [
        (json!({"match": {"t": "c"}}), &words),
        (json!({"match_phrase": {"t": "b a c"}}), &words),
        // Each of 100,000 occurrences may begin it, and none does.
        (
            json!({"match_phrase": {"t": {"query": "a a a b b b", "slop": 1}}}),
            &words,
        ),
        (
            json!({"query": {"term": {"t": "c"}}, "mapping": {"properties": {"t": {"type": "text"}}}}),
            &words,
        ),
        (
            json!({"multi_match": {"query": "c", "fields": ["o.*"]}}),
            &keys,
        ),
    ] {
        let query = parse(&query);
        let matches = |bytes: &[u8]| {
            let document = Document::new(bytes).unwrap();
            query
                .matches(document, &mut |_| Ok::<_, Infallible>(true))
                .unwrap()
        };
        let before = matches(&short);
        ASKED.set(0);
        assert!(!matches(long), "{query}");
        assert!(ASKED.get() >= 3, "{query}: asked {} times", ASKED.get());
        STOP.set(true);
        assert!(
            catch_unwind(AssertUnwindSafe(|| matches(long))).is_err(),
            "{query}"
        );
        STOP.set(false);
        assert_eq!(matches(&short), before, "{query}");
    }
}
