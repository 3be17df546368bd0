//! Scores: the numbers that Elasticsearch's formulas give.

mod support;

use support::{check, check_score, check_values, score};

#[test]
fn clauses_that_are_constant_score_their_boost() {
    let document = r#"{"id": 1, "f": "x", "n": 5}"#;
    for clause in [
        r#"{"match_all": {BOOST}}"#,
        r#"{"term": {"f": {"value": "x", BOOST}}}"#,
        r#"{"terms": {"f": ["x"], BOOST}}"#,
        r#"{"range": {"n": {"gt": 1, BOOST}}}"#,
        r#"{"exists": {"field": "f", BOOST}}"#,
        r#"{"ids": {"values": [1], BOOST}}"#,
        r#"{"prefix": {"f": {"value": "x", BOOST}}}"#,
        r#"{"wildcard": {"f": {"value": "?", BOOST}}}"#,
        r#"{"regexp": {"f": {"value": "[xy]", BOOST}}}"#,
        r#"{"fuzzy": {"f": {"value": "x", BOOST}}}"#,
        r#"{"constant_score": {"filter": {"match": {"f": "x"}}, BOOST}}"#,
        r#"{"wasm_udf": {"name": "u", BOOST}}"#,
    ] {
        check_score(&clause.replace("BOOST", r#""boost": 2.5"#), document, 2.5);
        check_score(
            &clause.replace(", BOOST", "").replace("BOOST", ""),
            document,
            1.0,
        );
    }
    check_score(r#"{"expr": "n = 5"}"#, document, 1.0);
}

/// A clause of this score.
fn scoring(score: f64) -> String {
    format!(r#"{{"match_all": {{"boost": {score}}}}}"#)
}

#[test]
fn bool_adds_must_and_should() {
    let (two, three, five) = (scoring(2.0), scoring(3.0), scoring(5.0));
    let none = r#"{"match_none": {}}"#;
    for (query, expected) in [
        (
            format!(
                r#"{{"bool": {{"must": {two}, "should": [{three}, {none}], "filter": {five}}}}}"#
            ),
            5.0,
        ),
        (
            format!(
                r#"{{"bool": {{"should": [{two}, {three}], "must_not": {none}, "boost": 2}}}}"#
            ),
            10.0,
        ),
        (format!(r#"{{"bool": {{"filter": {five}}}}}"#), 0.0),
        (format!(r#"{{"bool": {{"must_not": {none}}}}}"#), 0.0),
        (r#"{"bool": {}}"#.to_owned(), 1.0),
    ] {
        check_score(&query, "{}", expected);
    }
}

#[test]
fn dis_max_takes_the_best_and_part_of_the_rest() {
    let queries = [
        scoring(2.0),
        scoring(5.0),
        scoring(1.0),
        r#"{"match_none": {}}"#.to_owned(),
    ]
    .join(", ");
    for (options, expected) in [
        ("", 5.0),
        (r#", "tie_breaker": 0.3"#, 5.0 + 0.3 * (2.0 + 1.0)),
        (r#", "tie_breaker": 1, "boost": 2"#, 16.0),
    ] {
        check_score(
            &format!(r#"{{"dis_max": {{"queries": [{queries}]{options}}}}}"#),
            "{}",
            expected,
        );
    }
    assert_eq!(
        score(r#"{"dis_max": {"queries": [{"match_none": {}}]}}"#, "{}"),
        None
    );
}

#[test]
fn boosting_lowers_what_the_negative_matches() {
    let query = format!(
        r#"{{"boosting": {{"positive": {}, "negative": {{"exists": {{"field": "f"}}}}, "negative_boost": 0.2}}}}"#,
        scoring(3.0)
    );
    check_score(&query, "{}", 3.0);
    check_score(&query, r#"{"f": 1}"#, 0.6);
    check(
        r#"{"boosting": {"positive": {"term": {"a": 1}}, "negative": {"match_all": {}}, "negative_boost": 0}}"#,
        &[(r#"{"a": 1}"#, true), ("{}", false)],
    );
}

#[test]
fn nested_combines_the_scores_of_its_elements() {
    // The second element doesn't match; the others score 1 + 3 and 1.
    let document = r#"{"items": [{"a": 1, "b": 1}, {"b": 1}, {"a": 1}]}"#;
    for (mode, expected) in [
        ("", 2.5),
        (r#", "score_mode": "avg""#, 2.5),
        (r#", "score_mode": "sum""#, 5.0),
        (r#", "score_mode": "max""#, 4.0),
        (r#", "score_mode": "min", "boost": 2"#, 2.0),
        (r#", "score_mode": "none""#, 0.0),
    ] {
        let query = format!(
            r#"{{"nested": {{"path": "items"{mode}, "query": {{"bool": {{
                "must": {{"term": {{"items.a": 1}}}},
                "should": {{"term": {{"items.b": {{"value": 1, "boost": 3}}}}}}}}}}}}}}"#
        );
        check_score(&query, document, expected);
    }
}

#[test]
fn decay_is_as_documented() {
    // distance = max(0, |value - origin| - offset)
    // gauss: exp(-distance² / 2σ²), σ² = -scale² / (2 ln decay); exp: exp(λ distance), λ = ln decay / scale;
    // linear: max(0, (s - distance) / s), s = scale / (1 - decay)
    let decay: f64 = 0.33;
    for value in [0.0f64, 7.0, 10.0, 12.5, 15.0, 20.0, 30.0, 100.0] {
        let distance = ((value - 10.0).abs() - 2.0).max(0.0);
        let sigma_squared = -25.0 / (2.0 * decay.ln());
        let s = 5.0 / (1.0 - decay);
        for (shape, expected) in [
            ("gauss", (-distance.powi(2) / (2.0 * sigma_squared)).exp()),
            ("exp", (decay.ln() / 5.0 * distance).exp()),
            ("linear", ((s - distance) / s).max(0.0)),
        ] {
            check_score(
                &format!(
                    r#"{{"function_score": {{"{shape}": {{"f": {{"origin": 10, "scale": 5, "offset": 2, "decay": 0.33}}}}}}}}"#
                ),
                &format!(r#"{{"f": {value}}}"#),
                expected,
            );
        }
    }
}

#[test]
fn decay_of_several_values_is_by_their_distances() {
    // Distances 1, 2 and 6 with a scale of 3: half for each.
    for (mode, distance) in [("min", 1.0), ("max", 6.0), ("avg", 3.0), ("sum", 9.0)] {
        check_score(
            &format!(
                r#"{{"function_score": {{"exp": {{"f": {{"origin": 0, "scale": 3}}, "multi_value_mode": "{mode}"}}}}}}"#
            ),
            r#"{"f": [2, -1, "x", 6]}"#,
            0.5f64.powf(distance / 3.0),
        );
    }
    // Nothing to be far from.
    check_score(
        r#"{"function_score": {"linear": {"f": {"origin": 0, "scale": 3}}}}"#,
        r#"{"f": null}"#,
        1.0,
    );
}

#[test]
fn decay_is_a_number_however_extreme_its_scale() {
    for shape in ["gauss", "exp", "linear"] {
        for scale in ["1e-300", "1e308"] {
            let query = format!(
                r#"{{"function_score": {{"{shape}": {{"f": {{"origin": 1, "scale": {scale}}}}}}}}}"#
            );
            check_score(&query, r#"{"f": 1}"#, 1.0);
        }
    }
}

#[test]
fn field_value_factor_has_all_modifiers() {
    let value: f64 = 1.2 * 7.0;
    for (modifier, expected) in [
        ("none", value),
        ("log", value.log10()),
        ("log1p", (value + 1.0).log10()),
        ("log2p", (value + 2.0).log10()),
        ("ln", value.ln()),
        ("ln1p", (value + 1.0).ln()),
        ("ln2p", (value + 2.0).ln()),
        ("square", value * value),
        ("sqrt", value.sqrt()),
        ("reciprocal", 1.0 / value),
    ] {
        let query = format!(
            r#"{{"function_score": {{"field_value_factor": {{"field": "f", "factor": 1.2, "modifier": "{modifier}", "missing": 3}}}}}}"#
        );
        // The smallest of several values.
        for document in [r#"{"f": 7}"#, r#"{"f": [9, "x", 7, 8]}"#] {
            check_score(&query, document, expected);
        }
    }
    let missing =
        r#"{"function_score": {"field_value_factor": {"field": "f", "factor": 2, "missing": 3}}}"#;
    check_score(missing, "{}", 6.0);
    check_score(missing, r#"{"f": [null, "7"]}"#, 6.0);
    // A score isn't negative.
    check_score(
        r#"{"function_score": {"field_value_factor": {"field": "f", "modifier": "ln"}}}"#,
        r#"{"f": 0.1}"#,
        0.0,
    );
    // A mapping makes a number of the string.
    check_score(
        r#"{"query": {"function_score": {"field_value_factor": {"field": "f"}}}, "mapping": {"properties": {"f": {"type": "double"}}}}"#,
        r#"{"f": "2.5"}"#,
        2.5,
    );
}

#[test]
fn modes_combine_functions_and_their_query() {
    // The query's score is 5; the functions that apply have 3 × 2 and 4, the weights are 2 and 4.
    let functions = r#"[
        {"expr": "n", "weight": 2},
        {"filter": {"term": {"f": "absent"}}, "weight": 100},
        {"filter": {"term": {"f": "x"}}, "weight": 4}]"#;
    for (score_mode, value) in [
        ("multiply", 24.0f64),
        ("sum", 10.0),
        ("avg", 10.0 / 6.0),
        ("first", 6.0),
        ("max", 6.0),
        ("min", 4.0),
    ] {
        for (boost_mode, expected) in [
            ("multiply", 5.0 * value),
            ("replace", value),
            ("sum", 5.0 + value),
            ("avg", (5.0 + value) / 2.0),
            ("max", value.max(5.0)),
            ("min", value.min(5.0)),
        ] {
            let query = format!(
                r#"{{"function_score": {{"query": {}, "functions": {functions}, "score_mode": "{score_mode}", "boost_mode": "{boost_mode}"}}}}"#,
                scoring(5.0)
            );
            check_score(&query, r#"{"n": 3, "f": "x"}"#, expected);
        }
    }
}

#[test]
fn max_boost_limits_the_functions_and_boost_the_query() {
    let query = |options: &str| {
        format!(
            r#"{{"function_score": {{"query": {}, "weight": 10, {options}}}}}"#,
            scoring(2.0)
        )
    };
    check_score(&query(r#""max_boost": 3"#), "{}", 6.0);
    check_score(
        &query(r#""max_boost": 3, "boost_mode": "sum", "boost": 4"#),
        "{}",
        11.0,
    );
    check_score(&query(r#""boost_mode": "replace", "boost": 4"#), "{}", 10.0);
}

#[test]
fn min_score_keeps_what_scores_as_much() {
    check_values(
        r#"{"function_score": {"field_value_factor": {"field": "f"}, "min_score": 2}}"#,
        &["2", "3", "[2, 9]"],
        &["1.999", "[1, 9]", "null"],
    );
    check_values(
        r#"{"script_score": {"query": {"exists": {"field": "f"}}, "script": {"source": "_score + f"}, "min_score": 3}}"#,
        &["2", "2.5"],
        &["1", "null", "\"x\""],
    );
    // Not in a filter alone: whether it matches depends on the score everywhere.
    check_values(
        r#"{"bool": {"must_not": {"function_score": {"expr": "f * 2", "boost_mode": "replace", "min_score": 5}}}}"#,
        &["2"],
        &["3"],
    );
}

#[test]
fn scripts_make_scores() {
    let document = r#"{"n": 4}"#;
    let query = |rest: &str| {
        format!(
            r#"{{"script_score": {{"query": {}, {rest}}}}}"#,
            scoring(3.0)
        )
    };
    check_score(
        &query(r#""script": {"source": "_score * sqrt(n)"}"#),
        document,
        6.0,
    );
    check_score(&query(r#""script": "n", "boost": 2"#), document, 8.0);
    check_score(&query(r#""expr": "absent + 1""#), document, 0.0);
    check_score(&query(r#""expr": "n > 3""#), document, 1.0);
    // The guest doubles the score.
    check_score(&query(r#""wasm_udf": {"name": "double"}"#), document, 6.0);
    check_score(
        r#"{"function_score": {"script_score": {"script": {"source": "n", "lang": "expression"}}, "boost_mode": "replace"}}"#,
        document,
        4.0,
    );
    check_score(
        r#"{"function_score": {"wasm_udf": {"name": "double"}, "weight": 3, "boost": 2}}"#,
        document,
        // The score is 2, the guest's 4.
        24.0,
    );
}

#[test]
fn what_does_not_match_has_no_score() {
    for query in [
        r#"{"term": {"f": 1}}"#,
        r#"{"bool": {"must": [{"match_all": {}}, {"match_none": {}}]}}"#,
        r#"{"nested": {"path": "f", "query": {"match_all": {}}}}"#,
        r#"{"function_score": {"query": {"match_none": {}}, "weight": 2}}"#,
        r#"{"script_score": {"query": {"match_none": {}}, "expr": "1"}}"#,
        r#"{"wasm_udf": {"name": "u"}}"#,
    ] {
        // Guests keep every document.
        assert_eq!(
            score(query, "{}").is_some(),
            query.contains("wasm"),
            "{query}"
        );
    }
}
