//! Every way to get a query wrong, and what is said about it.

use quidditch_document::Document;
use quidditch_document::encode::Json;
use quidditch_query::{Environment, ErrorKind, Limits, Query, QueryError};

fn error_within(query: &str, limits: &Limits) -> QueryError {
    let bytes = query
        .parse::<Json>()
        .unwrap_or_else(|offset| panic!("not JSON at {offset}: {query}"))
        .encode();
    let root = Document::new(&bytes).unwrap().root().unwrap();
    Query::parse(
        root,
        &Environment {
            limits: *limits,
            ..Environment::default()
        },
    )
    .expect_err(query)
}

#[track_caller]
fn check(kind: ErrorKind, cases: &[(&str, &str)]) {
    for (query, expected) in cases {
        let error = error_within(query, &Limits::default());
        assert_eq!(error.to_string(), *expected, "{query}");
        assert_eq!(error.kind, kind, "{query}");
    }
}

#[test]
fn mistakes_are_named_by_their_path() {
    check(
        ErrorKind::Invalid,
        &[
            ("5", "query: expected an object, found a number"),
            ("[]", "query: expected an object, found an array"),
            ("{}", "query: empty query, expected a clause"),
            (
                r#"{"term": {"a": 1}, "terms": {"a": []}}"#,
                r#"query: expected one clause, found "term" and "terms", combine clauses with "bool""#,
            ),
            (
                r#"{"trem": {"a": 1}}"#,
                r#"query: unknown clause "trem", did you mean "term"?"#,
            ),
            (
                r#"{"boole": {}}"#,
                r#"query: unknown clause "boole", did you mean "bool"?"#,
            ),
            (r#"{"xyzzy": {}}"#, r#"query: unknown clause "xyzzy""#),
            (
                r#"{"bool": {"must": [{"match_all": {}}, {"range": {"price": {"gtt": 1}}}]}}"#,
                r#"query.bool.must[1].range.price: unknown option "gtt", did you mean "gt"?"#,
            ),
            (
                r#"{"bool": {"should": {"wasm": {}}}}"#,
                r#"query.bool.should: unknown clause "wasm""#,
            ),
            (
                r#"{"bool": {"shoud": []}}"#,
                r#"query.bool: unknown option "shoud", did you mean "should"?"#,
            ),
            (
                r#"{"bool": {"must": 5}}"#,
                "query.bool.must: expected a clause or an array of clauses, found a number",
            ),
            (
                r#"{"bool": {"must": [5]}}"#,
                "query.bool.must[0]: expected an object, found a number",
            ),
            (
                r#"{"bool": []}"#,
                "query.bool: expected an object, found an array",
            ),
            (
                r#"{"match_all": {"bost": 1}}"#,
                r#"query.match_all: unknown option "bost", did you mean "boost"?"#,
            ),
            (
                r#"{"match_all": {"boost": "1"}}"#,
                "query.match_all.boost: expected a number, found a string",
            ),
            (
                r#"{"match_all": {"boost": -1}}"#,
                "query.match_all.boost: a boost may be neither negative nor infinite",
            ),
            (
                r#"{"match_all": {"boost": 1e400}}"#,
                "query.match_all.boost: a boost may be neither negative nor infinite",
            ),
            (
                r#"{"match_all": {"_name": 1}}"#,
                "query.match_all._name: expected a string, found a number",
            ),
            (
                r#"{"term": "x"}"#,
                "query.term: expected an object, found a string",
            ),
            (r#"{"term": {}}"#, "query.term: expected a field"),
            (
                r#"{"term": {"_name": "x"}}"#,
                "query.term: expected a field",
            ),
            (
                r#"{"term": {"a": 1, "b": 2}}"#,
                r#"query.term: expected one field, found "a" and "b""#,
            ),
            (r#"{"term": {"": 1}}"#, "query.term: empty field"),
            (
                r#"{"term": {"a..b": 1}}"#,
                r#"query.term: field "a..b": invalid path at byte 2: empty key"#,
            ),
            (
                r#"{"term": {"a": null}}"#,
                "query.term.a: expected a string, a number or a boolean, found null",
            ),
            (
                r#"{"term": {"a": [1]}}"#,
                "query.term.a: expected a string, a number or a boolean, found an array",
            ),
            (
                r#"{"term": {"a": {}}}"#,
                r#"query.term.a: expected a "value""#,
            ),
            (
                r#"{"term": {"a.b": {"value": {}}}}"#,
                r#"query.term["a.b"].value: expected a string, a number or a boolean, found an object"#,
            ),
            (
                r#"{"term": {"a": {"valu": 1}}}"#,
                r#"query.term.a: unknown option "valu", did you mean "value"?"#,
            ),
            (
                r#"{"term": {"a": {"value": "x", "case_insensitive": 1}}}"#,
                "query.term.a.case_insensitive: expected a boolean, found a number",
            ),
            (
                r#"{"term": {"a": {"value": 1, "case_insensitive": true}}}"#,
                r#"query.term.a: only a string can be "case_insensitive""#,
            ),
            (
                r#"{"terms": {"a": 1}}"#,
                "query.terms.a: expected an array, found a number",
            ),
            (
                r#"{"terms": {"a": [1, null]}}"#,
                "query.terms.a[1]: expected a string, a number or a boolean, found null",
            ),
            (
                r#"{"range": {"a": 1}}"#,
                "query.range.a: expected an object, found a number",
            ),
            (
                r#"{"range": {"a": {"gt": true}}}"#,
                "query.range.a.gt: expected a number or a string, found a boolean",
            ),
            (
                r#"{"range": {"a": {"gt": 1, "gte": 2}}}"#,
                r#"query.range.a: expected "gt" or "gte", found both"#,
            ),
            (
                r#"{"range": {"a": {"lt": 1, "lte": 2}}}"#,
                r#"query.range.a: expected "lt" or "lte", found both"#,
            ),
            (
                r#"{"range": {"a": {"gt": 1, "lt": "2"}}}"#,
                "query.range.a: one end of the range is a number and the other a string",
            ),
            (r#"{"exists": {}}"#, r#"query.exists: expected a "field""#),
            (
                r#"{"exists": {"field": ""}}"#,
                "query.exists.field: empty field",
            ),
            (
                r#"{"exists": {"field": 5}}"#,
                "query.exists.field: expected a string, found a number",
            ),
            (
                r#"{"exists": {"feild": "a"}}"#,
                r#"query.exists: unknown option "feild", did you mean "field"?"#,
            ),
            (
                r#"{"wasm_udf": {}}"#,
                r#"query.wasm_udf: expected a "name""#,
            ),
            (
                r#"{"wasm_udf": {"name": ""}}"#,
                "query.wasm_udf.name: empty name",
            ),
            (
                r#"{"wasm_udf": {"name": 5}}"#,
                "query.wasm_udf.name: expected a string, found a number",
            ),
            (
                r#"{"wasm_udf": {"name": "f", "version": 1}}"#,
                "query.wasm_udf.version: expected a string, found a number",
            ),
            (
                r#"{"wasm_udf": {"name": "f", "params": []}}"#,
                "query.wasm_udf.params: expected an object, found an array",
            ),
            (
                r#"{"wasm_udf": {"name": "f", "params": {}, "parameters": {}}}"#,
                r#"query.wasm_udf: expected "parameters" or "params", found both"#,
            ),
            (
                r#"{"wasm_udf": {"name": "f", "parameter": {}}}"#,
                r#"query.wasm_udf: unknown option "parameter", did you mean "parameters"?"#,
            ),
            (
                r#"{"wasm_udf": {"name": "f", "params": {"x": [1e400]}}}"#,
                "query.wasm_udf.params.x[0]: a number that no f64 can hold",
            ),
        ],
    );
}

#[test]
fn minimum_should_match_is_checked() {
    let expected = "query.bool.minimum_should_match: \
                    expected a whole number or the like of \"75%\", \"-25%\" or \"3<90%\"";
    for minimum in [
        "1.5",
        "1e10",
        "\"\"",
        "\"x\"",
        "\"%\"",
        "\"3<\"",
        "\"<3\"",
        "\"2<3<4\"",
        "\"3<90% 4\"",
        "\"1 2\"",
    ] {
        check(
            ErrorKind::Invalid,
            &[(
                &format!(r#"{{"bool": {{"minimum_should_match": {minimum}}}}}"#),
                expected,
            )],
        );
    }
    check(
        ErrorKind::Invalid,
        &[(
            r#"{"bool": {"minimum_should_match": null}}"#,
            "query.bool.minimum_should_match: expected a number or a string, found null",
        )],
    );
}

#[test]
fn what_elasticsearch_has_beyond_this_says_so() {
    check(
        ErrorKind::NotSupported,
        &[
            (
                r#"{"terms": {"a": {"index": "x"}}}"#,
                "query.terms.a: looking up terms in another index is not supported",
            ),
            (
                r#"{"function_score": {"random_score": {}}}"#,
                "query.function_score.random_score: random scores are not supported",
            ),
            (
                r#"{"script_score": {"query": {"match_all": {}}, "script": {"source": "1", "lang": "painless"}}}"#,
                "query.script_score.script.lang: scripts in painless are not supported, an expression or a wasm_udf may do the same",
            ),
            (
                r#"{"function_score": {"gauss": {"place": {"origin": {"lat": 1, "lon": 2}, "scale": "2km"}}}}"#,
                "query.function_score.gauss.place.origin: distances between places are not supported; a wasm_udf may compute them",
            ),
            (
                r#"{"nested": {"path": "a", "query": {"match": {"a.*": "x"}}}}"#,
                "query.nested.query.match: the pattern \"a.*\" inside a nested clause is not supported",
            ),
        ],
    );
}

#[test]
fn limits_hold() {
    let limits = Limits {
        depth: 3,
        clauses: 5,
        bytes: 1000,
    };
    let nested = |depth: usize| {
        format!(
            "{}{}{}",
            r#"{"bool": {"must": "#.repeat(depth),
            r#"{"match_all": {}}"#,
            "}}".repeat(depth)
        )
    };
    let many = |count: usize| {
        format!(
            r#"{{"bool": {{"should": [{}]}}}}"#,
            [r#"{"match_all": {}}"#].repeat(count).join(",")
        )
    };
    let parameters = |depth: usize| {
        format!(
            r#"{{"wasm_udf": {{"name": "f", "params": {{"x": {}{}}}}}}}"#,
            "[".repeat(depth),
            "]".repeat(depth)
        )
    };
    for (query, expected) in [
        (
            nested(3),
            "query.bool.must.bool.must.bool.must: clauses nested more than 3 deep",
        ),
        (many(5), "query.bool.should[4]: more than 5 clauses"),
        (
            format!(r#"{{"term": {{"a": "{}"}}}}"#, "x".repeat(1000)),
            "query: larger than 1000 bytes",
        ),
        (
            parameters(4),
            "query.wasm_udf.params.x[0][0][0]: nested more than 3 deep",
        ),
    ] {
        let error = error_within(&query, &limits);
        assert_eq!(
            (error.kind, &*error.to_string()),
            (ErrorKind::LimitExceeded, expected)
        );
    }
    for query in [nested(2), many(4), parameters(3)] {
        let bytes = query.parse::<Json>().unwrap().encode();
        let root = Document::new(&bytes).unwrap().root().unwrap();
        Query::parse(
            root,
            &Environment {
                limits,
                ..Environment::default()
            },
        )
        .unwrap_or_else(|error| panic!("{error}"));
    }
}

#[test]
fn a_damaged_query_says_so() {
    let mut bytes = r#"{"term": {"a": 1}}"#.parse::<Json>().unwrap().encode();
    let last = bytes.len() - 1;
    bytes[last] = 0xFF;
    let root = Document::new(&bytes).unwrap().root().unwrap();
    let error = Query::parse(root, &Environment::default()).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Damaged);
    assert!(
        error.message.starts_with("damaged jsonb at byte "),
        "{error}"
    );
}

#[test]
fn strings_must_be_utf8() {
    let query = Json::Object(vec![(
        b"term".into(),
        Json::Object(vec![(b"a".into(), Json::String(b"\xE9".into()))]),
    )]);
    let bytes = query.encode();
    let root = Document::new(&bytes).unwrap().root().unwrap();
    let error = Query::parse(root, &Environment::default()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "query.term.a: a string that is not UTF-8"
    );
}
