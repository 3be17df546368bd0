//! What each clause means, case by case.

use quidditch_document::Document;
use quidditch_document::encode::Json;
use quidditch_query::{Environment, MatchError, Query};
use std::convert::Infallible;

fn bytes(json: &str) -> Vec<u8> {
    json.parse::<Json>()
        .unwrap_or_else(|offset| panic!("not JSON at {offset}: {json}"))
        .encode()
}

fn parse(query: &str) -> Query {
    let bytes = bytes(query);
    let root = Document::new(&bytes).unwrap().root().unwrap();
    Query::parse(root, &Environment::default()).unwrap_or_else(|error| panic!("{error}: {query}"))
}

fn matches(query: &str, document: &str) -> bool {
    let bytes = bytes(document);
    let mut udf = |_: usize| -> Result<bool, Infallible> { panic!("no UDF in {query}") };
    parse(query)
        .matches(Document::new(&bytes).unwrap(), &mut udf)
        .unwrap()
}

/// Which of the documents match.
#[track_caller]
fn check(query: &str, cases: &[(&str, bool)]) {
    for (document, expected) in cases {
        assert_eq!(matches(query, document), *expected, "{query} on {document}");
    }
}

#[test]
fn term_is_exact_and_typed() {
    check(
        r#"{"term": {"f": 5}}"#,
        &[
            (r#"{"f": 5}"#, true),
            (r#"{"f": 5.000}"#, true),
            (r#"{"f": "5"}"#, false),
            (r#"{"f": 5.0000000000000000001}"#, false),
            (r#"{"f": [1, [2, [5]]]}"#, true),
            (r#"{"f": null}"#, false),
            (r#"{"f": {"value": 5}}"#, false),
            (r#"{"g": 5}"#, false),
            ("5", false),
            ("null", false),
            (r#"[{"f": 4}, [{"f": 5}]]"#, true),
        ],
    );
    check(
        r#"{"term": {"f": "Apple"}}"#,
        &[(r#"{"f": "Apple"}"#, true), (r#"{"f": "apple"}"#, false)],
    );
    check(
        r#"{"term": {"f": true}}"#,
        &[
            (r#"{"f": [false, true]}"#, true),
            (r#"{"f": "true"}"#, false),
        ],
    );
    // No f64 tells these two apart.
    check(
        r#"{"term": {"f": 9007199254740993}}"#,
        &[(r#"{"f": 9007199254740992}"#, false)],
    );
}

#[test]
fn term_may_ignore_the_case_of_ascii() {
    check(
        r#"{"term": {"f": {"value": "aPPle É", "case_insensitive": true}}}"#,
        &[
            (r#"{"f": "Apple É"}"#, true),
            (r#"{"f": "Apple é"}"#, false),
            (r#"{"f": 1}"#, false),
        ],
    );
}

#[test]
fn terms_match_any_of_many() {
    let values: Vec<_> = (0..1000).map(|i| format!("\"v{i}\", {i}")).collect();
    let query = format!(r#"{{"terms": {{"f": [{}, true]}}}}"#, values.join(", "));
    check(
        &query,
        &[
            (r#"{"f": "v999"}"#, true),
            (r#"{"f": "v1000"}"#, false),
            (r#"{"f": 0.0}"#, true),
            (r#"{"f": 0.5}"#, false),
            (r#"{"f": "7"}"#, false),
            (r#"{"f": true}"#, true),
            (r#"{"f": false}"#, false),
            (r#"{"f": ["no", "v0"]}"#, true),
        ],
    );
    check(
        r#"{"terms": {"f": []}}"#,
        &[(r#"{"f": 1}"#, false), ("{}", false)],
    );
}

#[test]
fn ranges_are_exact() {
    check(
        r#"{"range": {"f": {"gt": 1e400, "lte": 1e401}}}"#,
        &[
            (r#"{"f": 1e400}"#, false),
            (r#"{"f": 1.0000001e400}"#, true),
            (r#"{"f": 1e401}"#, true),
        ],
    );
    check(
        r#"{"range": {"f": {"gte": "b", "lt": "d"}}}"#,
        &[
            (r#"{"f": "b"}"#, true),
            (r#"{"f": "ccc"}"#, true),
            (r#"{"f": "d"}"#, false),
            (r#"{"f": "B"}"#, false),
            (r#"{"f": 1}"#, false),
        ],
    );
    // No single value is in the range, though one is above and one is below.
    check(
        r#"{"range": {"f": {"gt": 2, "lt": 4}}}"#,
        &[(r#"{"f": [1, 5]}"#, false), (r#"{"f": [1, 3]}"#, true)],
    );
    check(
        r#"{"range": {"f": {"gte": null, "lt": 4}}}"#,
        &[
            (r#"{"f": -1e99}"#, true),
            (r#"{"f": null}"#, false),
            (r#"{"f": "1"}"#, false),
        ],
    );
    check(
        r#"{"range": {"f": {}}}"#,
        &[
            (r#"{"f": "x"}"#, true),
            (r#"{"f": [null]}"#, false),
            ("{}", false),
        ],
    );
}

#[test]
fn exists_wants_a_value_that_is_not_null() {
    check(
        r#"{"exists": {"field": "a.b"}}"#,
        &[
            (r#"{"a": {"b": 0}}"#, true),
            (r#"{"a": {"b": ""}}"#, true),
            (r#"{"a": {"b": {}}}"#, false),
            (r#"{"a": {"b": {"c": null, "d": [{}]}}}"#, false),
            (r#"{"a": {"b": {"c": [{"d": 1}]}}}"#, true),
            (r#"{"a": {"b": null}}"#, false),
            (r#"{"a": {"b": []}}"#, false),
            (r#"{"a": {"b": [null, [null]]}}"#, false),
            (r#"{"a": {"b": [null, [false]]}}"#, true),
            (r#"{"a": [1, {"b": 1}]}"#, true),
            (r#"{"a": 1}"#, false),
        ],
    );
}

#[test]
fn what_is_missing_is_matched_by_must_not() {
    check(
        r#"{"bool": {"must_not": {"term": {"f": 1}}}}"#,
        &[
            ("{}", true),
            (r#"{"f": null}"#, true),
            (r#"{"f": [2, 1]}"#, false),
            ("17", true),
            ("[]", true),
        ],
    );
}

#[test]
fn top_level_arrays_are_flattened_and_scalars_have_no_fields() {
    check(
        r#"{"term": {"[0]": 5}}"#,
        &[("[5, 6]", true), ("[6, 5]", false), ("5", false)],
    );
    check(
        r#"{"term": {"[-1].a": 5}}"#,
        &[(r#"[1, {"a": [5]}]"#, true)],
    );
    check(
        r#"{"term": {"a[1]": 5}}"#,
        &[(r#"{"a": [4, [3, 5]]}"#, true), (r#"{"a": [5, 4]}"#, false)],
    );
    check(
        r#"{"match_all": {}}"#,
        &[("null", true), ("[]", true), ("5", true)],
    );
}

#[test]
fn keyword_is_the_field_itself_or_a_key_of_that_name() {
    check(
        r#"{"term": {"f.keyword": "x"}}"#,
        &[
            (r#"{"f": "x"}"#, true),
            (r#"{"f": ["y", "x"]}"#, true),
            (r#"{"f": {"keyword": "x"}}"#, true),
            (r#"{"f": [{"keyword": "x"}, "y"]}"#, true),
            (r#"{"f": "y"}"#, false),
            (r#"{"keyword": "x"}"#, false),
        ],
    );
    // An object is no keyword.
    check(
        r#"{"exists": {"field": "f.keyword"}}"#,
        &[
            (r#"{"f": {"other": 1}}"#, false),
            (r#"{"f": {"keyword": {}}}"#, false),
            (r#"{"f": {"keyword": {"g": 1}}}"#, true),
            (r#"{"f": 1}"#, true),
        ],
    );
    check(
        r#"{"term": {"keyword": "x"}}"#,
        &[(r#"{"keyword": "x"}"#, true), (r#""x""#, false)],
    );
}

/// How many of five should clauses have to match, with a must clause beside them or without.
#[track_caller]
fn needed(minimum: &str, clauses: usize, must: bool) -> usize {
    let should: Vec<_> = (0..clauses)
        .map(|i| format!(r#"{{"term": {{"f": {i}}}}}"#))
        .collect();
    let must = if must {
        r#""must": {"match_all": {}}, "#
    } else {
        ""
    };
    let query = format!(
        r#"{{"bool": {{{must}"minimum_should_match": {minimum}, "should": [{}]}}}}"#,
        should.join(", ")
    );
    let document = |count: usize| format!(r#"{{"f": {:?}}}"#, (0..count).collect::<Vec<_>>());
    (0..=clauses)
        .find(|&count| matches(&query, &document(count)))
        .unwrap_or(usize::MAX)
}

#[test]
fn minimum_should_match_has_all_of_elasticsearchs_forms() {
    // "Possible values for minimum_should_match", with its examples, then the corners.
    for (minimum, clauses, expected) in [
        ("3", 5, 3),
        ("\"3\"", 5, 3),
        ("\" +3 \"", 5, 3),
        ("3.0", 5, 3),
        ("-2", 5, 3),
        ("\"75%\"", 4, 3),
        ("\"75%\"", 5, 3),
        ("\"-25%\"", 4, 3),
        ("\"-25%\"", 5, 4),
        ("\"3<90%\"", 3, 3),
        ("\"3<90%\"", 5, 4),
        ("\"2<-25% 9<-3\"", 2, 2),
        ("\"2<-25% 9<-3\"", 8, 6),
        ("\"2<-25% 9<-3\"", 12, 9),
        ("\"2 < -25%  9 <-3\"", 12, 9),
        ("\"0<2\"", 5, 2),
        ("0", 5, 0),
        ("-5", 5, 0),
        ("-7", 5, 0),
        ("\"10%\"", 5, 0),
        ("\"-100%\"", 5, 0),
        ("6", 5, usize::MAX),
        ("\"200%\"", 2, usize::MAX),
    ] {
        assert_eq!(
            needed(minimum, clauses, true),
            expected,
            "{minimum} of {clauses}"
        );
        // Without must and filter, one at least.
        assert_eq!(
            needed(minimum, clauses, false),
            expected.max(1),
            "{minimum} of {clauses}, no must"
        );
    }
}

#[test]
fn bool_combines() {
    check(
        r#"{"bool": {"should": [{"term": {"a": 1}}, {"term": {"b": 1}}]}}"#,
        &[
            (r#"{"a": 1}"#, true),
            (r#"{"b": 1}"#, true),
            (r#"{"c": 1}"#, false),
        ],
    );
    // Beside must, should only scores.
    check(
        r#"{"bool": {"filter": {"exists": {"field": "a"}}, "should": {"term": {"b": 1}}}}"#,
        &[(r#"{"a": 1}"#, true), (r#"{"b": 1}"#, false)],
    );
    check(r#"{"bool": {}}"#, &[("{}", true), ("1", true)]);
    check(
        r#"{"bool": {"must": [], "minimum_should_match": 2}}"#,
        &[("{}", true)],
    );
    // As in Elasticsearch: one of no should clauses can't match.
    check(
        r#"{"bool": {"must": {"match_all": {}}, "minimum_should_match": 1}}"#,
        &[("{}", false)],
    );
    check(
        r#"{"bool": {"must": {"term": {"a": 1}}, "filter": [{"term": {"b": 1}}], "must_not": [{"term": {"c": 1}}]}}"#,
        &[
            (r#"{"a": 1, "b": 1}"#, true),
            (r#"{"a": 1, "b": 1, "c": 1}"#, false),
            (r#"{"a": 1}"#, false),
            (r#"{"b": 1}"#, false),
        ],
    );
}

#[test]
fn guests_are_asked_last_and_only_when_they_matter() {
    let query = parse(
        r#"{"bool": {
            "must": [{"wasm_udf": {"name": "one", "params": {"n": 5, "x": 2.50, "big": 1e300, "list": [null, "s"]}}},
                     {"bool": {"should": [{"wasm_udf": {"name": "two", "version": "1.2"}}, {"term": {"a": 1}}]}}],
            "filter": {"exists": {"field": "a"}},
            "must_not": {"wasm_udf": {"name": "three", "parameters": {}}}}}"#,
    );
    let udfs = query.udfs();
    let names: Vec<_> = udfs
        .iter()
        .map(|udf| (&*udf.name, udf.version.as_deref(), &*udf.path))
        .collect();
    assert_eq!(
        names,
        [
            ("one", None, "query.bool.must[0].wasm_udf"),
            (
                "two",
                Some("1.2"),
                "query.bool.must[1].bool.should[0].wasm_udf"
            ),
            ("three", None, "query.bool.must_not.wasm_udf"),
        ]
    );
    let expected = serde_json::json!({"n": 5, "x": 2.5, "big": 1e300, "list": [null, "s"]});
    assert_eq!(udfs[0].parameters, expected);
    assert_eq!(udfs[2].parameters, serde_json::json!({}));

    let asked = |document: &str, answers: [bool; 3]| {
        let mut asked = Vec::new();
        let bytes = bytes(document);
        let mut udf = |place: usize| {
            asked.push(place);
            Ok::<_, Infallible>(answers[place])
        };
        (
            query
                .matches(Document::new(&bytes).unwrap(), &mut udf)
                .unwrap(),
            asked,
        )
    };
    assert_eq!(asked("{}", [true; 3]), (false, vec![]));
    assert_eq!(
        asked(r#"{"a": 1}"#, [true, true, false]),
        (true, vec![0, 2])
    );
    assert_eq!(
        asked(r#"{"a": 1}"#, [true, true, true]),
        (false, vec![0, 2])
    );
    assert_eq!(asked(r#"{"a": 1}"#, [false, true, false]), (false, vec![0]));
    assert_eq!(
        asked(r#"{"a": 2}"#, [true, true, false]),
        (true, vec![0, 2, 1])
    );
    assert_eq!(
        asked(r#"{"a": 2}"#, [true, false, false]),
        (false, vec![0, 2, 1])
    );

    let bytes = bytes(r#"{"a": 1}"#);
    let result = query.matches(Document::new(&bytes).unwrap(), &mut |_| Err("trap"));
    assert_eq!(result, Err(MatchError::Udf("trap")));
}

#[test]
fn damage_is_an_error_and_no_answer() {
    let mut bytes = bytes(r#"{"f": [1, 2]}"#);
    let last = bytes.len() - 1;
    bytes[last] = 0xFF;
    let query = parse(r#"{"term": {"f": 2}}"#);
    let result = query.matches(Document::new(&bytes).unwrap(), &mut |_| {
        Ok::<_, Infallible>(true)
    });
    assert!(matches!(result, Err(MatchError::Damaged(_))), "{result:?}");
}

#[test]
fn queries_print_in_one_form() {
    for (written, printed) in [
        (
            r#"{"match_all": {"boost": 2.5, "_name": "x"}}"#,
            r#"{"match_all": {"boost": 2.5}}"#,
        ),
        (r#"{"match_none": {}}"#, r#"{"match_none": {}}"#),
        (
            r#"{"term": {"a[\"b\"]": {"value": 5.0, "boost": 1}}}"#,
            r#"{"term": {"a.b": 5.0}}"#,
        ),
        (
            r#"{"term": {"f": {"value": "x\"\n", "case_insensitive": true, "boost": 3}}}"#,
            r#"{"term": {"f": {"value": "x\"\n", "case_insensitive": true, "boost": 3}}}"#,
        ),
        (
            r#"{"terms": {"boost": 2, "[\"a.b\"]": ["y", 3, true, 3.0, "x"]}}"#,
            r#"{"terms": {"[\"a.b\"]": [true, 3, "x", "y"], "boost": 2}}"#,
        ),
        (
            r#"{"terms": {"[\"boost\"]": [1]}}"#,
            r#"{"terms": {"[\"boost\"]": [1]}}"#,
        ),
        (
            r#"{"term": {"[\"_name\"]": 1}}"#,
            r#"{"term": {"[\"_name\"]": 1}}"#,
        ),
        (
            r#"{"range": {"f": {"lt": "b", "gte": "a"}}}"#,
            r#"{"range": {"f": {"gte": "a", "lt": "b"}}}"#,
        ),
        (
            r#"{"exists": {"field": "boost", "boost": 0}}"#,
            r#"{"exists": {"field": "[\"boost\"]", "boost": 0}}"#,
        ),
        (
            r#"{"bool": {"minimum_should_match": "2 <-25% 9< -3", "should": {"match_all": {}}, "boost": 4}}"#,
            r#"{"bool": {"should": [{"match_all": {}}], "minimum_should_match": "2<-25% 9<-3", "boost": 4}}"#,
        ),
        (
            r#"{"bool": {"minimum_should_match": "2"}}"#,
            r#"{"bool": {"minimum_should_match": 2}}"#,
        ),
        (
            r#"{"wasm_udf": {"params": {"a": [1, 2.5]}, "name": "n", "version": "1", "_name": "ignored"}}"#,
            r#"{"wasm_udf": {"name": "n", "version": "1", "parameters": {"a":[1,2.5]}}}"#,
        ),
    ] {
        let query = parse(written);
        assert_eq!(query.to_string(), printed);
        assert_eq!(parse(printed), query, "{written}");
    }
}
