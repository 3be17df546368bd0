//! What a mapping makes of the values of a document and the constants of a query.

mod support;

use support::{check_values, parse, parsed};

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
