//! What a mapping makes of the values of a document and the constants of a query.

mod support;

use quidditch_document::Document;
use quidditch_query::{Environment, Mapping, Query, QueryError};
use std::rc::Rc;
use support::{bytes, check_values, parse, parsed};

/// Binds a clause about `f` to a mapping that says this of the field.
fn bound(clause: &str, property: &str) -> String {
    format!(r#"{{"query": {clause}, "mapping": {{"properties": {{"f": {property}}}}}}}"#)
}

#[track_caller]
fn check(clause: &str, property: &str, hits: &[&str], misses: &[&str]) {
    check_values(&bound(clause, property), hits, misses);
}

#[test]
fn text_is_its_words_to_all_clauses() {
    let text = r#"{"type": "text"}"#;
    let quick = r#""The Quick Foxes""#;
    for clause in [
        r#"{"term": {"f": "quick"}}"#,
        r#"{"terms": {"f": ["x", "foxes"]}}"#,
        r#"{"prefix": {"f": "qui"}}"#,
        r#"{"wildcard": {"f": "f*s"}}"#,
        r#"{"regexp": {"f": "[a-q]uick"}}"#,
        r#"{"fuzzy": {"f": "quikc"}}"#,
        r#"{"range": {"f": {"gte": "quick", "lt": "quicker"}}}"#,
        r#"{"match": {"f": "QUICK"}}"#,
        r#"{"term": {"f.keyword": "The Quick Foxes"}}"#,
        r#"{"exists": {"field": "f"}}"#,
    ] {
        check(clause, text, &[quick], &["null", "[]"]);
    }
    for clause in [
        r#"{"term": {"f": "The Quick Foxes"}}"#,
        r#"{"term": {"f": "Quick"}}"#,
        r#"{"prefix": {"f": "The"}}"#,
        r#"{"wildcard": {"f": "*quick*foxes"}}"#,
        r#"{"term": {"f.keyword": "quick"}}"#,
    ] {
        check(clause, text, &[], &[quick]);
    }
    // Numbers and booleans are text as well.
    check(
        r#"{"term": {"f": 5}}"#,
        text,
        &["5", r#""5 dogs""#],
        &["55", "5.0"],
    );
    check(
        r#"{"match": {"f": "true"}}"#,
        text,
        &["true", r#""TRUE""#],
        &["false"],
    );
}

#[test]
fn analyzers_are_of_documents_or_of_queries() {
    let english = r#"{"type": "text", "analyzer": "english"}"#;
    check(
        r#"{"match": {"f": "foxes"}}"#,
        english,
        &[r#""a fox""#],
        &[r#""foxy""#],
    );
    check(r#"{"term": {"f": "foxes"}}"#, english, &[], &[r#""foxes""#]);
    check(r#"{"match": {"f": "the"}}"#, english, &[], &[r#""the""#]);
    // The clause's own analyzer wins, but only for its text.
    check(
        r#"{"match": {"f": {"query": "foxes", "analyzer": "standard"}}}"#,
        english,
        &[],
        &[r#""foxes""#],
    );
    check(
        r#"{"match": {"f": "foxes"}}"#,
        r#"{"type": "text", "analyzer": "english", "search_analyzer": "standard"}"#,
        &[],
        &[r#""foxes""#],
    );
}

#[test]
fn keywords_are_whole_and_not_too_long() {
    let short = r#"{"type": "keyword", "ignore_above": 4}"#;
    check(
        r#"{"term": {"f": "Ab d"}}"#,
        short,
        &[r#""Ab d""#],
        &[r#""ab d""#, r#""Ab""#],
    );
    check(
        r#"{"match": {"f": "Ab d"}}"#,
        short,
        &[r#""Ab d""#],
        &[r#""ab d""#, r#""d""#],
    );
    // In characters, up to the limit.
    check(
        r#"{"prefix": {"f": "é"}}"#,
        short,
        &[r#""éééé""#],
        &[r#""ééééé""#],
    );
    check(r#"{"term": {"f": "abcde"}}"#, short, &[], &[r#""abcde""#]);
    check(
        r#"{"term": {"f": 5}}"#,
        short,
        &["5", r#""5""#],
        &["5.0", r#"" 5""#],
    );
    check(r#"{"term": {"f": "true"}}"#, short, &["true"], &["false"]);
}

#[test]
fn numbers_and_booleans_may_be_strings() {
    for kind in [
        "long",
        "integer",
        "short",
        "byte",
        "double",
        "float",
        "half_float",
    ] {
        let number = format!(r#"{{"type": "{kind}"}}"#);
        for clause in [
            r#"{"term": {"f": "5"}}"#,
            r#"{"terms": {"f": [" 5.0 "]}}"#,
            r#"{"match": {"f": "5"}}"#,
            r#"{"range": {"f": {"gt": "4.5", "lte": 5}}}"#,
        ] {
            check(
                clause,
                &number,
                &["5", r#""5""#, r#"" 5.00""#, "[1, 5]"],
                &["6", r#""five""#, "true", "null"],
            );
        }
    }
    let boolean = r#"{"type": "boolean"}"#;
    for clause in [
        r#"{"term": {"f": true}}"#,
        r#"{"term": {"f": "true"}}"#,
        r#"{"match": {"f": "true"}}"#,
        r#"{"terms": {"f": ["true"]}}"#,
    ] {
        check(
            clause,
            boolean,
            &["true", r#""true""#],
            &["false", r#""True""#, "1", r#""false""#],
        );
    }
}

#[test]
fn a_field_may_be_seen_in_several_ways() {
    let fields = r#"{"type": "text", "analyzer": "english", "fields": {
        "raw": {"type": "keyword", "ignore_above": 10}, "plain": {"type": "text"}, "n": {"type": "long"}}}"#;
    check(
        r#"{"term": {"f.raw": "Two Foxes"}}"#,
        fields,
        &[r#""Two Foxes""#],
        &[r#""two foxes""#],
    );
    check(
        r#"{"prefix": {"f.raw": "Two"}}"#,
        fields,
        &[r#""Two Foxes""#],
        &[r#""Two hundred Foxes""#],
    );
    check(
        r#"{"match": {"f.plain": "foxes"}}"#,
        fields,
        &[r#""Foxes""#],
        &[r#""fox""#],
    );
    check(
        r#"{"match": {"f": "foxes"}}"#,
        fields,
        &[r#""Foxes""#, r#""fox""#],
        &[r#""dog""#],
    );
    check(
        r#"{"range": {"f.n": {"gt": 10}}}"#,
        fields,
        &["11", r#""11""#],
        &["9", r#""9""#],
    );
    // All of them, the words of the stems too.
    check(
        r#"{"multi_match": {"query": "foxes", "fields": ["f", "f.*"]}}"#,
        fields,
        &[r#""Foxes""#, r#""fox""#],
        &[r#""dog""#],
    );
    // Without a sub-field of that name it is the field's whole value.
    check(
        r#"{"term": {"f.keyword": "Two Foxes"}}"#,
        fields,
        &[r#""Two Foxes""#],
        &[r#""foxes""#],
    );
}

#[test]
fn objects_have_fields_of_their_own() {
    let object = r#"{"properties": {"n": {"type": "long"}, "deep": {"type": "object", "properties": {"t": {"type": "text"}}}}}"#;
    check(
        r#"{"term": {"f.n": 5}}"#,
        object,
        &[r#"{"n": "5"}"#, r#"[{"n": 1}, {"n": "5"}]"#],
        &[r#"{"n": "x"}"#, "5"],
    );
    check(
        r#"{"term": {"f.deep.t": "fox"}}"#,
        object,
        &[r#"{"deep": {"t": "A Fox"}}"#],
        &[r#"{"deep": "fox"}"#],
    );
    check(
        r#"{"term": {"f.deep[0].t": "fox"}}"#,
        object,
        &[r#"{"deep": [{"t": "A Fox"}]}"#],
        &[r#"{"deep": [1, {"t": "fox"}]}"#],
    );
    // What the mapping doesn't describe is as it would be without.
    check(
        r#"{"term": {"f.deep.x": "A Fox"}}"#,
        object,
        &[r#"{"deep": {"x": "A Fox"}}"#],
        &[r#"{"deep": {"x": "fox"}}"#],
    );
}

#[test]
fn patterns_stand_for_text() {
    let text = r#"{"multi_match": {"query": "fox", "fields": ["*"]}}"#;
    check(
        text,
        r#"{"type": "text"}"#,
        &[r#""a fox""#],
        &[r#""foxes""#],
    );
    check(
        text,
        r#"{"type": "text", "analyzer": "english"}"#,
        &[r#""foxes""#],
        &[],
    );
    check(text, r#"{"type": "keyword"}"#, &[], &[r#""fox""#]);
    // Other fields are text while the mapping is dynamic.
    let closed = r#"{"query": {"multi_match": {"query": "fox"}}, "mapping": {"properties": {"g": {"type": "text"}}, "dynamic": false}}"#;
    check_values(closed, &[], &[r#""fox""#]);
    check_values(&closed.replace("false", "true"), &[r#""fox""#], &[]);
}

#[test]
fn what_a_mapping_forbids_is_an_error_or_lenient() {
    for (clause, property) in [
        (r#"{"term": {"f": "five"}}"#, r#"{"type": "long"}"#),
        (r#"{"match": {"f": "five"}}"#, r#"{"type": "long"}"#),
        (r#"{"term": {"f": "yes"}}"#, r#"{"type": "boolean"}"#),
        (
            r#"{"term": {"f": {"value": "2024", "case_insensitive": true}}}"#,
            r#"{"type": "date"}"#,
        ),
        (
            r#"{"range": {"f": {"gt": "false"}}}"#,
            r#"{"type": "boolean"}"#,
        ),
    ] {
        assert!(parsed(&bound(clause, property)).is_err(), "{clause}");
    }
    check(
        r#"{"match": {"f": {"query": "five", "lenient": true}}}"#,
        r#"{"type": "long"}"#,
        &[],
        &["5"],
    );
    check(
        r#"{"multi_match": {"query": "five", "fields": ["f", "g"]}}"#,
        r#"{"type": "long"}"#,
        &[],
        &["5"],
    );
}

#[test]
fn mappings_print_in_one_form() {
    let query = parse(
        r#"{"mapping": {"dynamic": "strict", "properties": {
            "b": {"type": "integer", "store": true, "index": false},
            "a": {"type": "text", "search_analyzer": "simple", "fields": {"k": {"type": "keyword", "ignore_above": 9}}},
            "c": {"properties": {"d": {"type": "date", "format": "epoch_millis"}}}}},
          "query": {"term": {"b": "5"}}}"#,
    );
    let printed = query.to_string();
    assert_eq!(
        printed,
        concat!(
            r#"{"query": {"term": {"b": 5}}, "mapping": {"dynamic":false,"properties":{"#,
            r#""a":{"analyzer":"standard","fields":{"k":{"ignore_above":9,"type":"keyword"}},"#,
            r#""search_analyzer":"simple","type":"text"},"#,
            r#""b":{"index":false,"type":"long"},"#,
            r#""c":{"properties":{"d":{"type":"date"}},"type":"object"}}}}"#
        )
    );
    assert_eq!(parse(&printed), query);
}

fn mapping(json: &str) -> Result<Mapping, QueryError> {
    let bytes = bytes(json);
    let root = Document::new(&bytes).unwrap().root().unwrap();
    Mapping::parse(root, &Environment::default())
}

#[test]
fn a_mapping_may_be_read_by_itself() {
    let printed =
        r#"{"analyzer":"english","properties":{"a":{"analyzer":"english","type":"text"}}}"#;
    let read =
        mapping(r#"{"properties": {"a": {"type": "text"}}, "analyzer": "english"}"#).unwrap();
    assert_eq!(read.to_string(), printed);
    assert_eq!(mapping(printed).unwrap(), read);
    assert_eq!(mapping("{}").unwrap(), Mapping::default());
    assert_eq!(Mapping::default().to_string(), r#"{"properties":{}}"#);
    for (json, expected) in [
        ("[]", "mapping: expected an object, found an array"),
        (
            r#"{"analyzer": "englisch"}"#,
            r#"mapping.analyzer: unknown analyzer "englisch", did you mean "english"?"#,
        ),
        (
            r#"{"analyzers": "english"}"#,
            r#"mapping: unknown option "analyzers", did you mean "analyzer"?"#,
        ),
        (
            r#"{"properties": {"price": {"type": "lang"}}}"#,
            "mapping.properties.price.type: unknown value \"lang\"",
        ),
    ] {
        let error = mapping(json).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{error}");
    }
}

#[test]
fn the_analyzer_of_a_mapping_is_that_of_all_its_text() {
    let bound = |clause: &str| {
        format!(
            r#"{{"query": {clause}, "mapping": {{"analyzer": "english", "properties": {{"g": {{"type": "text"}}}}}}}}"#
        )
    };
    for clause in [
        r#"{"match": {"f": "foxes"}}"#,
        r#"{"match_phrase": {"f": "the foxes"}}"#,
        r#"{"multi_match": {"query": "foxes"}}"#,
        r#"{"multi_match": {"query": "foxes", "fields": ["f", "g"], "type": "cross_fields"}}"#,
        r#"{"query_string": {"query": "foxes"}}"#,
        r#"{"query_string": {"query": "f:fo?"}}"#,
        r#"{"simple_query_string": {"query": "foxes", "fields": ["f"]}}"#,
    ] {
        check_values(&bound(clause), &[r#""the fox""#], &[r#""the box""#]);
    }
    let own = r#"{"match": {"f": {"query": "foxes", "analyzer": "standard"}}}"#;
    check_values(&bound(own), &[r#""foxes""#], &[r#""fox""#]);
    let text = bound(r#"{"match": {"g": "foxes"}}"#);
    support::check(
        &text,
        &[(r#"{"g": "a fox"}"#, true), (r#"{"g": "a box"}"#, false)],
    );
}

#[test]
fn a_query_without_a_mapping_takes_that_of_its_environment() {
    let own = Rc::new(mapping(r#"{"properties": {"f": {"type": "long"}}}"#).unwrap());
    let parse = |query: &str| {
        let bytes = bytes(query);
        let root = Document::new(&bytes).unwrap().root().unwrap();
        let environment = Environment {
            mapping: Some(&own),
            ..Environment::default()
        };
        Query::parse(root, &environment).unwrap()
    };
    let bound = r#"{"query": {"term": {"f": 5}}, "mapping": {"properties":{"f":{"type":"long"}}}}"#;
    for query in [
        r#"{"term": {"f": "5"}}"#,
        r#"{"query": {"term": {"f": "5"}}}"#,
        r#"{"query": {"term": {"f": "5"}}, "mapping": null}"#,
    ] {
        let query = parse(query);
        assert_eq!(query.to_string(), bound);
        assert_eq!(query.mapping(), Some(&own));
        assert!(query.is_bound());
    }
    let other = parse(r#"{"query": {"term": {"f": "5"}}, "mapping": {"properties": {}}}"#);
    assert_eq!(
        other.to_string(),
        r#"{"query": {"term": {"f": "5"}}, "mapping": {"properties":{}}}"#
    );
}

#[test]
fn a_query_may_name_an_index() {
    let mut query = parse(r#"{"match_all": {}}"#);
    assert_eq!((query.index(), query.is_bound()), (None, false));
    query.set_index("s.i");
    let printed = r#"{"query": {"match_all": {}}, "index": "s.i"}"#;
    assert_eq!(query.to_string(), printed);
    assert_eq!((query.index(), query.is_bound()), (Some("s.i"), true));
    assert_eq!(parse(printed), query);
    let both = r#"{"query": {"match_all": {}}, "mapping": {"properties":{}}, "index": "s.\"i\""}"#;
    assert_eq!(parse(both).to_string(), both);
    for (query, expected) in [
        (
            r#"{"index": "s.i"}"#,
            r#"query: expected a "query" beside the "index""#,
        ),
        (
            r#"{"query": {"match_all": {}}, "index": 5}"#,
            "query.index: expected a string, found a number",
        ),
        (
            r#"{"query": {"match_all": {}}, "indexx": "i"}"#,
            r#"query: unknown option "indexx", did you mean "index"?"#,
        ),
    ] {
        assert_eq!(parsed(query).unwrap_err().to_string(), expected);
    }
}
