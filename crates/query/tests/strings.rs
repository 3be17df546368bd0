//! `query_string` and `simple_query_string`, by what their documentation says.

mod support;

use support::{check, parse, parsed};

/// Which texts a query in this syntax finds, in the field `f`.
#[track_caller]
fn check_texts(clause: &str, query: &str, options: &str, hits: &[&str], misses: &[&str]) {
    let query = serde_json::json!(query);
    let clause = format!(r#"{{"{clause}": {{"query": {query}, "fields": ["f"]{options}}}}}"#);
    for (texts, expected) in [(hits, true), (misses, false)] {
        for text in texts {
            check(&clause, &[(&format!(r#"{{"f": "{text}"}}"#), expected)]);
        }
    }
}

#[test]
fn query_strings_have_lucenes_operators() {
    for (query, hits, misses) in [
        ("quick fox", &["quick", "a fox"][..], &["dog"][..]),
        ("quick AND fox", &["fox quick"], &["quick", "fox"]),
        ("quick && fox", &["fox quick"], &["quick", "fox"]),
        ("quick || fox", &["quick"], &["dog"]),
        ("+quick fox", &["quick"], &["fox"]),
        ("quick -fox", &["quick"], &["quick fox", "dog"]),
        ("quick NOT fox", &["quick"], &["quick fox"]),
        ("quick !fox", &["quick"], &["quick fox"]),
        ("-fox", &["quick", ""], &["fox"]),
        // AND has no precedence: it makes both sides required, and the third is then optional.
        ("dog OR quick AND fox", &["quick fox"], &["dog"]),
        ("dog OR (quick AND fox)", &["quick fox", "dog"], &["quick"]),
        (
            "(quick OR brown) AND fox",
            &["brown fox"],
            &["brown", "fox"],
        ),
        // In lower case they are words.
        ("quick and fox", &["and"], &["dog"]),
        (
            r#""quick fox""#,
            &["the quick fox"],
            &["fox quick", "quick brown fox"],
        ),
        // Two that have swapped are two moves from where they were.
        (r#""quick fox"~1"#, &["quick brown fox"], &["fox quick"]),
        (r#""quick fox"~2"#, &["fox quick"], &["fox brown quick"]),
        ("qu?ck", &["quick"], &["quck", "quiick"]),
        ("Qu*", &["Quick", "quiz"], &["fox"]),
        ("*ick", &["quick"], &["icky"]),
        ("/qu[aio]ck/", &["quack"], &["quck"]),
        ("quikc~", &["quick"], &["quack"]),
        ("quikc~1", &["quick"], &["quack"]),
        ("quikc~2", &["quack"], &["qck"]),
        ("roam~0", &["roam"], &["foam"]),
        ("f:quick", &["quick"], &["fox"]),
        ("f:(quick fox)", &["quick"], &["dog"]),
        ("g:quick", &[], &["quick"]),
        ("_exists_:f", &["", "x"], &[]),
        ("_exists_:f^2 AND fox", &["fox"], &["x"]),
        ("*", &["", "x"], &[]),
        ("*:*", &["", "x"], &[]),
        ("f:*", &["", "x"], &[]),
        ("f:[b TO d]", &["b", "c", "d"], &["a", "da"]),
        ("f:{b TO d}", &["c"], &["b", "d"]),
        ("f:[b TO d}", &["b"], &["d"]),
        ("f:[b TO *]", &["b", "z"], &["a"]),
        ("f:>=b", &["b", "c"], &["a"]),
        ("f:<b", &["a"], &["b"]),
        (r"quick\ fox", &["fox"], &["dog"]),
        (r"f:\(1\+1\)\:2", &["2"], &["3"]),
        ("fox^2 dog", &["fox", "dog"], &["quick"]),
        ("", &[], &["", "x"]),
        ("  ", &[], &["", "x"]),
    ] {
        check_texts("query_string", query, "", hits, misses);
    }
    check_texts(
        "query_string",
        "quick fox",
        r#", "default_operator": "and""#,
        &["fox quick"],
        &["fox"],
    );
    check_texts(
        "query_string",
        "quick OR fox",
        r#", "default_operator": "and""#,
        &["fox"],
        &["dog"],
    );
    check_texts(
        "query_string",
        r#""quick fox""#,
        r#", "phrase_slop": 2"#,
        &["fox quick", "quick brown fox"],
        &["fox brown quick"],
    );
    check_texts(
        "query_string",
        "quick brown fox",
        r#", "minimum_should_match": 2"#,
        &["fox brown"],
        &["fox"],
    );
}

#[test]
fn a_boost_is_no_clause_among_others() {
    for query in ["fox", "fox^2", "(fox)^2"] {
        check_texts(
            "query_string",
            query,
            r#", "minimum_should_match": 2"#,
            &["fox"],
            &["dog"],
        );
        check_texts(
            "query_string",
            query,
            r#", "minimum_should_match": 2, "boost": 3"#,
            &["fox"],
            &["dog"],
        );
    }
    check_texts(
        "query_string",
        "(quick fox dog)^2",
        r#", "minimum_should_match": 2"#,
        &["fox dog"],
        &["fox"],
    );
}

#[test]
fn a_word_that_a_field_cannot_have_matches_nothing() {
    for (query, expected) in [
        ("fox AND n:>1", true),
        ("fox AND (5 OR quick)", true),
        ("fox +quick", false),
    ] {
        // "quick" is no number.
        let query = format!(
            r#"{{"query": {{"query_string": {{"query": "{}", "fields": ["n"], "lenient": true}}}},
                "mapping": {{"properties": {{"n": {{"type": "long"}}}}}}}}"#,
            query.replace("fox", "f:fox")
        );
        check(&query, &[(r#"{"f": "fox", "n": 5}"#, expected)]);
    }
}

#[test]
fn without_fields_all_text_is_looked_at() {
    for clause in ["query_string", "simple_query_string"] {
        check(
            &format!(r#"{{"{clause}": {{"query": "fox"}}}}"#),
            &[
                (r#"{"a": {"b": ["the fox"]}}"#, true),
                (r#"{"a": 1, "c": {"d": "Fox"}}"#, true),
                (r#"{"fox": 1}"#, false),
                ("{}", false),
            ],
        );
    }
    check(
        r#"{"query_string": {"query": "a.\\*:fox"}}"#,
        &[(r#"{"a": {"b": "fox"}}"#, true), (r#"{"b": "fox"}"#, false)],
    );
    check(
        r#"{"query_string": {"query": "price:[10 TO 20} AND tag:new"}}"#,
        &[
            (r#"{"price": 10, "tag": "new"}"#, true),
            (r#"{"price": 20, "tag": "new"}"#, false),
            (r#"{"price": "15", "tag": "new"}"#, false),
        ],
    );
}

#[test]
fn simple_query_strings_have_their_operators() {
    for (query, hits, misses) in [
        ("quick fox", &["quick", "fox"][..], &["dog"][..]),
        ("quick + fox", &["fox quick"], &["quick", "fox"]),
        ("quick | fox", &["quick"], &["dog"]),
        ("-fox", &["quick"], &["fox"]),
        ("quick + -fox", &["quick"], &["quick fox", "dog"]),
        // Without "+", what is not a fox is enough.
        ("quick -fox", &["quick fox", "dog"], &["fox"]),
        ("--fox", &["fox"], &["dog"]),
        (
            r#""fried eggs" +(eggplant | potato) -frittata"#,
            &["fried eggs potato"],
            &["potato frittata"],
        ),
        ("qui*", &["quick"], &["q"]),
        ("quikc~1", &["quick"], &["quack"]),
        ("quikc~", &["quick"], &["quack"]),
        (r#""quick fox"~2"#, &["fox quick"], &["fox brown quick"]),
        // A change of the operator takes what was before as one.
        ("dog + quick | fox", &["fox", "dog quick"], &["dog"]),
        ("dog | quick + fox", &["dog fox"], &["dog", "fox"]),
        // Of several operators the first counts, and without something before it none.
        ("quick + | fox", &["quick fox"], &["fox"]),
        ("+ fox", &["fox"], &["dog"]),
        ("quick - fox", &["fox"], &["dog"]),
        ("quick + -+fox", &["quick fox"], &["quick"]),
        (r"\-fox", &["fox"], &["dog"]),
        (r"fox\*", &["fox"], &["foxes"]),
        // No field: a colon inside a word is part of it.
        ("f:fox", &["f:fox"], &["fox"]),
        ("", &[], &["x"]),
        ("()", &[], &["x"]),
    ] {
        check_texts("simple_query_string", query, "", hits, misses);
    }
    check_texts(
        "simple_query_string",
        "quick fox",
        r#", "default_operator": "AND""#,
        &["fox quick"],
        &["fox"],
    );
    check_texts(
        "simple_query_string",
        "quick brown fox",
        r#", "minimum_should_match": "-1""#,
        &["fox brown"],
        &["fox"],
    );
}

#[test]
fn simple_query_strings_take_anything() {
    for query in [
        "(",
        ")",
        "((fox",
        "fox))",
        "\"fox",
        "fox\"",
        "~",
        "~1",
        "*",
        "+",
        "|",
        "-",
        "\\",
        "(+|-~*)",
        "\"\"~9",
        "fox~~",
        "a~99999999999999999999",
    ] {
        let query = serde_json::json!({"simple_query_string": {"query": query}});
        parse(&query.to_string());
    }
    let deep = format!("{}fox{}", "(".repeat(500), ")".repeat(500));
    parse(&serde_json::json!({"simple_query_string": {"query": deep}}).to_string());
    assert!(parsed(&serde_json::json!({"query_string": {"query": deep}}).to_string()).is_err());
}
