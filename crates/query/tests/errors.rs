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
fn mistakes_about_values_are_named() {
    check(
        ErrorKind::Invalid,
        &[
            (r#"{"ids": {}}"#, r#"query.ids: expected "values""#),
            (
                r#"{"ids": {"values": [true]}}"#,
                "query.ids.values[0]: expected a string or a number",
            ),
            (
                r#"{"ids": {"values": null}}"#,
                "query.ids.values: expected a string, a number or a boolean, found null",
            ),
            (
                r#"{"ids": {"value": 1}}"#,
                r#"query.ids: unknown option "value", did you mean "values"?"#,
            ),
            (
                r#"{"prefix": {"f": 5}}"#,
                "query.prefix.f: expected a string, found a number",
            ),
            (
                r#"{"prefix": {"f": {}}}"#,
                r#"query.prefix.f: expected a "value""#,
            ),
            (
                r#"{"prefix": {"f": {"value": "x", "flags": "ALL"}}}"#,
                r#"query.prefix.f: unknown option "flags""#,
            ),
            (
                r#"{"wildcard": {"f": {"wildcart": "x"}}}"#,
                r#"query.wildcard.f: unknown option "wildcart""#,
            ),
            (
                r#"{"wildcard": {"a*": "x"}}"#,
                r#"query.wildcard: "*" in field "a*": only clauses over text take patterns"#,
            ),
            (
                r#"{"regexp": {"f": {"value": "x", "flags": "SOME"}}}"#,
                r#"query.regexp.f.flags: unknown flags "SOME", expected ALL, NONE, or ANYSTRING, EMPTY and INTERVAL with | between them"#,
            ),
            (
                r#"{"regexp": {"f": "("}}"#,
                r#"query.regexp.f: "(": expected a character or a group"#,
            ),
            (
                r#"{"regexp": {"f": "(a"}}"#,
                r#"query.regexp.f: "(a": expected ")""#,
            ),
            (
                r#"{"regexp": {"f": "a)"}}"#,
                r#"query.regexp.f: "a)": ")" without what it closes"#,
            ),
            (
                r#"{"regexp": {"f": "*a"}}"#,
                r#"query.regexp.f: "*a": "*" with nothing to repeat"#,
            ),
            (
                r#"{"regexp": {"f": "a||b"}}"#,
                r#"query.regexp.f: "a||b": expected a character or a group"#,
            ),
            (
                r#"{"regexp": {"f": "[a"}}"#,
                r#"query.regexp.f: "[a": expected "]""#,
            ),
            (
                r#"{"regexp": {"f": "[b-a]"}}"#,
                r#"query.regexp.f: "[b-a]": the range "b-a" is empty"#,
            ),
            (
                r#"{"regexp": {"f": "a{x}"}}"#,
                r#"query.regexp.f: "a{x}": expected a number of repetitions"#,
            ),
            (
                r#"{"regexp": {"f": "a{2"}}"#,
                r#"query.regexp.f: "a{2": expected "}""#,
            ),
            (
                r#"{"regexp": {"f": "a{3,2}"}}"#,
                r#"query.regexp.f: "a{3,2}": a repetition whose most is less than its least"#,
            ),
            (
                r#"{"regexp": {"f": "a{1001}"}}"#,
                r#"query.regexp.f: "a{1001}": more than 1000 repetitions"#,
            ),
            (
                r#"{"regexp": {"f": "((.{1000}){1000}){1000}"}}"#,
                r#"query.regexp.f: "((.{1000}){1000}){1000}": the pattern needs too large an automaton"#,
            ),
            (
                r#"{"regexp": {"f": "a~b"}}"#,
                r#"query.regexp.f: "a~b": the operator "~" is not supported; the character itself is "\~""#,
            ),
            (
                r#"{"regexp": {"f": "a\\"}}"#,
                r#"query.regexp.f: "a\": ends with a backslash"#,
            ),
            (
                r#"{"regexp": {"f": "<1-x>"}}"#,
                r#"query.regexp.f: "<1-x>": expected ">""#,
            ),
            (
                r#"{"regexp": {"f": "<-9>"}}"#,
                r#"query.regexp.f: "<-9>": expected two numbers of at most 18 digits between "<" and ">""#,
            ),
            (
                r#"{"regexp": {"f": "\"a"}}"#,
                r#"query.regexp.f: ""a": expected "\"""#,
            ),
            (
                r#"{"fuzzy": {"f": 5}}"#,
                "query.fuzzy.f: fuzzy needs a string, and a field of strings",
            ),
            (
                r#"{"fuzzy": {"f": {"fuzziness": 1}}}"#,
                r#"query.fuzzy.f: expected a "value""#,
            ),
            (
                r#"{"fuzzy": {"f": {"value": "x", "fuzziness": 3}}}"#,
                r#"query.fuzzy.f.fuzziness: unknown fuzziness "3", expected "AUTO", 0, 1 or 2"#,
            ),
            (
                r#"{"fuzzy": {"f": {"value": "x", "fuzziness": "AUTO:5,2"}}}"#,
                r#"query.fuzzy.f.fuzziness: unknown fuzziness "AUTO:5,2", expected "AUTO", 0, 1 or 2"#,
            ),
            (
                r#"{"fuzzy": {"f": {"value": "x", "fuzziness": true}}}"#,
                "query.fuzzy.f.fuzziness: expected a string, found a boolean",
            ),
            (
                r#"{"fuzzy": {"f": {"value": "x", "prefix_length": -1}}}"#,
                "query.fuzzy.f.prefix_length: expected a whole number from 0 to 8191",
            ),
            (
                r#"{"fuzzy": {"f": {"value": "x", "prefix_lenght": 1}}}"#,
                r#"query.fuzzy.f: unknown option "prefix_lenght", did you mean "prefix_length"?"#,
            ),
            (
                r#"{"range": {"f": {"gt": 1, "time_zone": "Europe/Berlin"}}}"#,
                r#"query.range.f.time_zone: "Europe/Berlin" is not an offset from UTC like "+01:00""#,
            ),
            (
                r#"{"range": {"f": {"gt": 1, "format": "MM"}}}"#,
                r#"query.range.f.format: unknown format "MM", expected one of strict_date_optional_time, date_optional_time, epoch_millis, yyyy-MM-dd, yyyy-MM, yyyy or several with || between them"#,
            ),
            (
                r#"{"range": {"f": {"gt": 1, "relation": "WITHIN"}}}"#,
                "query.range.f.relation: fields of ranges are not supported",
            ),
        ],
    );
}

#[test]
fn mistakes_about_text_are_named() {
    check(
        ErrorKind::Invalid,
        &[
            (
                r#"{"match": {"f": {}}}"#,
                r#"query.match.f: expected a "query""#,
            ),
            (
                r#"{"match": {"f": null}}"#,
                "query.match.f: expected a string, found null",
            ),
            (
                r#"{"match": {"f": {"query": []}}}"#,
                "query.match.f.query: expected a string, found an array",
            ),
            (
                r#"{"match": {"f": {"query": "x", "operater": "and"}}}"#,
                r#"query.match.f: unknown option "operater", did you mean "operator"?"#,
            ),
            (
                r#"{"match": {"f": {"query": "x", "operator": "xor"}}}"#,
                r#"query.match.f.operator: unknown value "xor", expected one of "or", "and", did you mean "or"?"#,
            ),
            (
                r#"{"match": {"f": {"query": "x", "slop": 1}}}"#,
                r#"query.match.f: unknown option "slop""#,
            ),
            (
                r#"{"match": {"f": {"query": "x", "analyzer": "englich"}}}"#,
                r#"query.match.f.analyzer: unknown analyzer "englich", did you mean "english"?"#,
            ),
            (
                r#"{"match": {"f": {"query": "x", "analyzer": "pg:x"}}}"#,
                r#"query.match.f.analyzer: unknown analyzer "pg:x""#,
            ),
            (
                r#"{"match": {"f": {"query": "x", "minimum_should_match": "x"}}}"#,
                r#"query.match.f.minimum_should_match: expected a whole number or the like of "75%", "-25%" or "3<90%""#,
            ),
            (
                r#"{"match": {"f": {"query": "x", "zero_terms_query": "some"}}}"#,
                r#"query.match.f.zero_terms_query: unknown value "some", expected one of "none", "all""#,
            ),
            (
                r#"{"match_phrase": {"f": {"query": "x", "slop": "many"}}}"#,
                "query.match_phrase.f.slop: expected a whole number from 0 to 2147483647",
            ),
            (
                r#"{"match_phrase": {"f": {"query": "x", "slop": null}}}"#,
                "query.match_phrase.f.slop: expected a whole number, found null",
            ),
            (
                r#"{"match_phrase_prefix": {"f": {"query": "x", "max_expansions": 1.5}}}"#,
                "query.match_phrase_prefix.f.max_expansions: expected a whole number from 0 to 2147483647",
            ),
            (r#"{"match": {"": "x"}}"#, "query.match: empty field"),
            (
                r#"{"multi_match": {}}"#,
                r#"query.multi_match: expected a "query""#,
            ),
            (
                r#"{"multi_match": {"query": "x", "fields": []}}"#,
                "query.multi_match.fields: expected at least one field",
            ),
            (
                r#"{"multi_match": {"query": "x", "fields": 5}}"#,
                "query.multi_match.fields: expected an array of fields, found a number",
            ),
            (
                r#"{"multi_match": {"query": "x", "fields": ["a", 5]}}"#,
                "query.multi_match.fields[1]: expected a string, found a number",
            ),
            (
                r#"{"multi_match": {"query": "x", "fields": ["a", "b^x"]}}"#,
                r#"query.multi_match.fields[1]: "x" is not a boost, as in "title^3""#,
            ),
            (
                r#"{"multi_match": {"query": "x", "type": "best_field"}}"#,
                r#"query.multi_match.type: unknown value "best_field", expected one of "best_fields", "most_fields", "cross_fields", "phrase", "phrase_prefix", "bool_prefix", did you mean "best_fields"?"#,
            ),
            (
                r#"{"multi_match": {"query": "x", "tie_breaker": -1}}"#,
                "query.multi_match.tie_breaker: expected a number that is neither negative nor infinite",
            ),
            (
                r#"{"multi_match": {"query": "x", "feilds": "a"}}"#,
                r#"query.multi_match: unknown option "feilds", did you mean "fields"?"#,
            ),
        ],
    );
}

#[test]
fn mistakes_in_query_strings_are_named() {
    for (text, expected) in [
        (
            "(fox",
            r#"syntax error at character 1: a "(" without its ")""#,
        ),
        (
            "fox)",
            r#"syntax error at character 4: a ")" without its "(""#,
        ),
        (
            r#"é \"fox"#,
            r#"syntax error at character 3: a " without its end"#,
        ),
        ("/fox", "syntax error at character 1: a / without its end"),
        (
            "AND fox",
            "syntax error at character 5: expected a clause before AND or OR",
        ),
        ("fox OR", "syntax error at character 7: expected a clause"),
        ("fox -", "syntax error at character 5: expected a clause"),
        (
            "fox^",
            r#"syntax error at character 5: expected a number after "^""#,
        ),
        (
            "fox^1.2.3",
            r#"syntax error at character 5: expected a number after "^""#,
        ),
        ("fox ~2", r#"syntax error at character 5: unexpected "~""#),
        ("f:", "syntax error at character 3: expected a value"),
        (
            "f:[1 5]",
            "syntax error at character 3: expected a range like [1 TO 5]",
        ),
        (
            "f:[1 TO 5",
            r#"syntax error at character 3: a range without its "]" or "}""#,
        ),
        (
            "f:[ TO 5]",
            "syntax error at character 3: expected a range like [1 TO 5]",
        ),
        (
            "f:[1 TO ]",
            r#"syntax error at character 9: expected a value or "*""#,
        ),
        ("f:>", "syntax error at character 4: expected a value"),
        (
            "_exists_:",
            "syntax error at character 10: expected a value",
        ),
        ("/[b-a]/", r#""[b-a]": the range "b-a" is empty"#),
    ] {
        check(
            ErrorKind::Invalid,
            &[(
                &format!(r#"{{"query_string": {{"query": "{text}"}}}}"#),
                &format!("query.query_string.query: {expected}"),
            )],
        );
    }
    check(
        ErrorKind::Invalid,
        &[
            (
                r#"{"query_string": {}}"#,
                r#"query.query_string: expected a "query""#,
            ),
            (
                r#"{"query_string": {"query": "*x", "allow_leading_wildcard": false}}"#,
                "query.query_string.query: syntax error at character 1: a pattern may not begin with a wildcard",
            ),
            (
                r#"{"query_string": {"query": "x", "default_feild": "f"}}"#,
                r#"query.query_string: unknown option "default_feild", did you mean "default_field"?"#,
            ),
            (
                r#"{"simple_query_string": {}}"#,
                r#"query.simple_query_string: expected a "query""#,
            ),
            (
                r#"{"simple_query_string": {"query": "x", "default_operator": 1}}"#,
                "query.simple_query_string.default_operator: expected a string, found a number",
            ),
            (
                r#"{"simple_query_string": {"query": "x", "phrase_slop": 1}}"#,
                r#"query.simple_query_string: unknown option "phrase_slop""#,
            ),
        ],
    );
    check(
        ErrorKind::NotSupported,
        &[(
            r#"{"query_string": {"query": "x", "type": "phrase"}}"#,
            "query.query_string.type: query_string combines fields as best_fields only",
        )],
    );
}

#[test]
fn mistakes_in_clauses_around_others_are_named() {
    check(
        ErrorKind::Invalid,
        &[
            (
                r#"{"constant_score": {}}"#,
                r#"query.constant_score: expected a "filter""#,
            ),
            (
                r#"{"constant_score": {"filtre": {}}}"#,
                r#"query.constant_score: unknown option "filtre", did you mean "filter"?"#,
            ),
            (
                r#"{"constant_score": {"filter": []}}"#,
                "query.constant_score.filter: expected an object, found an array",
            ),
            (r#"{"dis_max": {}}"#, r#"query.dis_max: expected "queries""#),
            (
                r#"{"dis_max": {"queries": []}}"#,
                r#"query.dis_max: expected "queries""#,
            ),
            (
                r#"{"dis_max": {"queries": [{"match_all": {}}], "tie_breaker": "x"}}"#,
                "query.dis_max.tie_breaker: expected a number, found a string",
            ),
            (
                r#"{"dis_max": {"query": []}}"#,
                r#"query.dis_max: unknown option "query""#,
            ),
            (
                r#"{"boosting": {"negative": {"match_all": {}}, "negative_boost": 1}}"#,
                r#"query.boosting: expected a "positive""#,
            ),
            (
                r#"{"boosting": {"positive": {"match_all": {}}, "negative_boost": 1}}"#,
                r#"query.boosting: expected a "negative""#,
            ),
            (
                r#"{"boosting": {"positive": {"match_all": {}}, "negative": {"match_all": {}}}}"#,
                r#"query.boosting: expected a "negative_boost""#,
            ),
            (
                r#"{"boosting": {"positiv": {}}}"#,
                r#"query.boosting: unknown option "positiv", did you mean "positive"?"#,
            ),
            (
                r#"{"nested": {"query": {"match_all": {}}}}"#,
                r#"query.nested: expected a "path""#,
            ),
            (
                r#"{"nested": {"path": "a"}}"#,
                r#"query.nested: expected a "query""#,
            ),
            (
                r#"{"nested": {"path": "a[0]", "query": {"match_all": {}}}}"#,
                "query.nested.path: a nested path has no indexes",
            ),
            (
                r#"{"nested": {"path": "a", "query": {"term": {"b": 1}}}}"#,
                r#"query.nested.query.term: field "b" is not in the nested path "a""#,
            ),
            (
                r#"{"nested": {"path": "a", "query": {"expr": "b > 1"}}}"#,
                r#"query.nested.query.expr: field "b" is not in the nested path "a""#,
            ),
            (
                r#"{"nested": {"path": "a", "query": {"nested": {"path": "b", "query": {"match_all": {}}}}}}"#,
                r#"query.nested.query.nested.path: "b" is not in the nested path "a""#,
            ),
            (
                r#"{"nested": {"path": "a", "score_mode": "total", "query": {"match_all": {}}}}"#,
                r#"query.nested.score_mode: unknown value "total", expected one of "avg", "sum", "max", "min", "none""#,
            ),
            (
                r#"{"expr": "price + 1"}"#,
                "query.expr: a clause needs an expression that is true or false",
            ),
        ],
    );
}

#[test]
fn mistakes_about_scores_are_named() {
    let function = |rest: &str| format!(r#"{{"function_score": {{{rest}}}}}"#);
    for (rest, expected) in [
        (
            r#""weigth": 1"#,
            r#": unknown option "weigth", did you mean "weight"?"#,
        ),
        (
            r#""weight": -1"#,
            ".weight: expected a number that is neither negative nor infinite",
        ),
        (
            r#""functions": {}"#,
            ".functions: expected an array of functions, found an object",
        ),
        (
            r#""functions": [], "weight": 1"#,
            r#": expected "functions" or one function, found both"#,
        ),
        (
            r#""functions": [{}]"#,
            ".functions[0]: expected a function, one of weight, field_value_factor, gauss, exp, linear, script_score, wasm_udf, expr",
        ),
        (
            r#""functions": [{"filters": {}}]"#,
            r#".functions[0]: unknown option "filters", did you mean "filter"?"#,
        ),
        (
            r#""expr": "1", "exp": {"f": {"origin": 0, "scale": 1}}"#,
            ": expected one function, found several",
        ),
        (
            r#""score_mode": "replace""#,
            r#".score_mode: unknown value "replace", expected one of "multiply", "sum", "avg", "first", "max", "min""#,
        ),
        (
            r#""boost_mode": "first""#,
            r#".boost_mode: unknown value "first", expected one of "multiply", "replace", "sum", "avg", "max", "min""#,
        ),
        (
            r#""expr": "'a'""#,
            ".expr: a score needs an expression that is a number",
        ),
        (
            r#""script_score": {}"#,
            r#".script_score: expected a "script""#,
        ),
        (
            r#""script_score": {"script": {}}"#,
            r#".script_score.script: expected a "source""#,
        ),
        (
            r#""script_score": {"script": {"sauce": "1"}}"#,
            r#".script_score.script: unknown option "sauce", did you mean "source"?"#,
        ),
        (
            r#""field_value_factor": {}"#,
            r#".field_value_factor: expected a "field""#,
        ),
        (
            r#""field_value_factor": {"field": "f", "modifier": "log3p"}"#,
            r#".field_value_factor.modifier: unknown value "log3p", expected one of "none", "log", "log1p", "log2p", "ln", "ln1p", "ln2p", "square", "sqrt", "reciprocal", did you mean "log1p"?"#,
        ),
        (r#""gauss": {}"#, ".gauss: expected a field"),
        (
            r#""gauss": {"f": {}, "g": {}}"#,
            r#".gauss: expected one field, found "f" and "g""#,
        ),
        (
            r#""gauss": {"f": {"origin": 0}}"#,
            r#".gauss.f: expected a "scale""#,
        ),
        (
            r#""gauss": {"f": {"scale": 1}}"#,
            r#".gauss.f: expected an "origin""#,
        ),
        (
            r#""gauss": {"f": {"origin": 0, "scale": 0}}"#,
            ".gauss.f.scale: a scale is more than 0",
        ),
        (
            r#""gauss": {"f": {"origin": 0, "scale": 1, "decay": 1}}"#,
            ".gauss.f.decay: expected a number between 0 and 1",
        ),
        (
            r#""gauss": {"f": {"origin": "0", "scale": 1}}"#,
            ".gauss.f.origin: expected a number, found a string",
        ),
        (
            r#""gauss": {"f": {"scale": "10 parsecs"}}"#,
            r#".gauss.f.scale: "10 parsecs" is not a duration like "10d" or "1.5h""#,
        ),
        (
            r#""gauss": {"f": {"origin": "soon", "scale": "1d"}}"#,
            r#".gauss.f.origin: "soon" is not a date"#,
        ),
        (
            r#""gauss": {"f": {"origin": 0, "scale": 1, "ofset": 1}}"#,
            r#".gauss.f: unknown option "ofset", did you mean "offset"?"#,
        ),
        (
            r#""gauss": {"f": {"origin": 0, "scale": 1}, "multi_value_mode": "median"}"#,
            r#".gauss.multi_value_mode: unknown value "median", expected one of "min", "max", "avg", "sum""#,
        ),
    ] {
        check(
            ErrorKind::Invalid,
            &[(&function(rest), &format!("query.function_score{expected}"))],
        );
    }
    check(
        ErrorKind::Invalid,
        &[
            (
                r#"{"script_score": {"expr": "1"}}"#,
                r#"query.script_score: expected a "query""#,
            ),
            (
                r#"{"script_score": {"query": {"match_all": {}}}}"#,
                r#"query.script_score: expected a "script", an "expr" or a "wasm_udf""#,
            ),
            (
                r#"{"script_score": {"query": {"match_all": {}}, "expr": "1", "script": "2"}}"#,
                r#"query.script_score: expected one of "script", "expr" and "wasm_udf", found several"#,
            ),
            (
                r#"{"script_score": {"query": {"match_all": {}}, "expression": "1"}}"#,
                r#"query.script_score: unknown option "expression""#,
            ),
        ],
    );
    check(
        ErrorKind::NotSupported,
        &[(
            r#"{"script_score": {"query": {"match_all": {}}, "script": {"source": "1", "params": {}}}}"#,
            "query.script_score.script.params: scripts take no parameters: their values stand in the source",
        )],
    );
}

#[test]
fn mistakes_in_mappings_are_named() {
    for (mapping, expected) in [
        ("5", ": expected an object, found a number"),
        (
            r#"{"propertys": {}}"#,
            r#": unknown option "propertys", did you mean "properties"?"#,
        ),
        (
            r#"{"dynamic": "maybe"}"#,
            r#".dynamic: unknown value "maybe", expected one of "true", "false", "strict""#,
        ),
        (
            r#"{"properties": {"": {"type": "text"}}}"#,
            ".properties: empty field",
        ),
        (
            r#"{"properties": {"f": {}}}"#,
            r#".properties.f: expected a "type""#,
        ),
        (
            r#"{"properties": {"f": {"type": "keywrod"}}}"#,
            r#".properties.f.type: unknown value "keywrod", expected one of "text", "keyword", "date", "long", "integer", "short", "byte", "double", "float", "half_float", "boolean", "object", "nested", "constant_keyword", "wildcard", did you mean "keyword"?"#,
        ),
        (
            r#"{"properties": {"f": {"type": "long", "analyzer": "english"}}}"#,
            r#".properties.f.analyzer: "analyzer" is for fields of type text, not long"#,
        ),
        (
            r#"{"properties": {"f": {"type": "keyword", "search_analyzer": "english"}}}"#,
            r#".properties.f.search_analyzer: "search_analyzer" is for fields of type text, not keyword"#,
        ),
        (
            r#"{"properties": {"f": {"type": "text", "ignore_above": 5}}}"#,
            r#".properties.f.ignore_above: "ignore_above" is for fields of type keyword, not text"#,
        ),
        (
            r#"{"properties": {"f": {"type": "keyword", "ignore_above": -5}}}"#,
            ".properties.f.ignore_above: expected a whole number from 0 to 2147483647",
        ),
        (
            r#"{"properties": {"f": {"type": "text", "analyzer": "klingon"}}}"#,
            r#".properties.f.analyzer: unknown analyzer "klingon""#,
        ),
        (
            r#"{"properties": {"f": {"type": "text", "properties": {"g": {"type": "text"}}}}}"#,
            ".properties.f.properties: only objects have properties, not a text",
        ),
        (
            r#"{"properties": {"f": {"type": "text", "fields": {"g": {"type": "object"}}}}}"#,
            ".properties.f.fields.g: a sub-field can't be an object",
        ),
        (
            r#"{"properties": {"f": {"type": "text", "anlyzer": "english"}}}"#,
            r#".properties.f: unknown option "anlyzer", did you mean "analyzer"?"#,
        ),
        (
            r#"{"properties": {"f": {"type": "text", "index": 1}}}"#,
            ".properties.f.index: expected a boolean, found a number",
        ),
    ] {
        check(
            ErrorKind::Invalid,
            &[(
                &format!(r#"{{"query": {{"match_all": {{}}}}, "mapping": {mapping}}}"#),
                &format!("query.mapping{expected}"),
            )],
        );
    }
    let mapped = |kind: &str, clause: &str| {
        format!(
            r#"{{"mapping": {{"properties": {{"f": {{"type": "{kind}"}}}}}}, "query": {clause}}}"#
        )
    };
    for (kind, clause, expected) in [
        (
            "long",
            r#"{"term": {"f": "x"}}"#,
            r#"term.f: "x" is not a number, and the mapping says that f is"#,
        ),
        (
            "long",
            r#"{"term": {"f": true}}"#,
            r#"term.f: "true" is not a number, and the mapping says that f is"#,
        ),
        (
            "boolean",
            r#"{"terms": {"f": [true, "yes"]}}"#,
            r#"terms.f[1]: "yes" is not a boolean, and the mapping says that f is"#,
        ),
        (
            "boolean",
            r#"{"term": {"f": {"value": 1}}}"#,
            r#"term.f.value: "1" is not a boolean, and the mapping says that f is"#,
        ),
        (
            "boolean",
            r#"{"range": {"f": {"gt": "false"}}}"#,
            "range.f: f is a boolean, and those have no ranges",
        ),
        (
            "date",
            r#"{"range": {"f": {"gt": "soon"}}}"#,
            r#"range.f: "soon" is not a date"#,
        ),
        (
            "date",
            r#"{"range": {"f": {"gt": 1.5}}}"#,
            "range.f: a date in milliseconds is a whole number",
        ),
        (
            "date",
            r#"{"range": {"f": {"gt": "now-1x"}}}"#,
            r#"range.f: "now-1x" is not a date: unknown unit "x""#,
        ),
        (
            "date",
            r#"{"range": {"f": {"gt": "now-"}}}"#,
            r#"range.f: "now-" is not a date: expected a unit: y, M, w, d, h, m or s"#,
        ),
        (
            "date",
            r#"{"range": {"f": {"gt": "now/2d"}}}"#,
            r#"range.f: "now/2d" is not a date: a rounding has no number"#,
        ),
        (
            "date",
            r#"{"range": {"f": {"gt": "now*2d"}}}"#,
            r#"range.f: "now*2d" is not a date: unknown operator "*", expected +, - or /"#,
        ),
        (
            "date",
            r#"{"range": {"f": {"gt": "now+99999y"}}}"#,
            r#"range.f: "now+99999y" is not a date: out of range"#,
        ),
        (
            "date",
            r#"{"range": {"f": {"gt": "now+9999999999d"}}}"#,
            r#"range.f: "now+9999999999d" is not a date: a number too large"#,
        ),
        (
            "date",
            r#"{"term": {"f": true}}"#,
            "term.f: a boolean is not a date",
        ),
        (
            "date",
            r#"{"prefix": {"f": "2024"}}"#,
            "prefix.f: prefix needs a field of strings, and f is none",
        ),
        (
            "date",
            r#"{"fuzzy": {"f": "2024"}}"#,
            "fuzzy.f: fuzzy needs a string, and a field of strings",
        ),
        (
            "date",
            r#"{"term": {"f": {"value": "2024", "case_insensitive": true}}}"#,
            r#"term.f: only a string can be "case_insensitive""#,
        ),
        (
            "long",
            r#"{"match": {"f": "x"}}"#,
            r#"match.f: "x" is not a number, and the mapping says that f is"#,
        ),
    ] {
        check(
            ErrorKind::Invalid,
            &[(&mapped(kind, clause), &format!("query.query.{expected}"))],
        );
    }
    check(
        ErrorKind::Invalid,
        &[
            (
                r#"{"mapping": {}}"#,
                r#"query: expected a "query" beside the "mapping""#,
            ),
            (
                r#"{"query": {"match_all": {}}, "maping": {}}"#,
                r#"query: unknown option "maping", did you mean "mapping"?"#,
            ),
        ],
    );
}

#[test]
fn limits_count_words_and_groups() {
    let limits = Limits {
        depth: 3,
        clauses: 5,
        bytes: 2000,
    };
    let mapping = (0..20).fold(r#"{"type": "text"}"#.to_owned(), |inner, _| {
        format!(r#"{{"properties": {{"o": {inner}}}}}"#)
    });
    let groups = |count: usize| format!("{}x{}", "(".repeat(count), ")".repeat(count));
    for (query, expected, limits) in [
        // The clause itself is one.
        (r#"{"match": {"f": "a b c d e"}}"#.to_owned(), "query.match.f: more than 5 clauses", limits),
        (r#"{"multi_match": {"query": "a b c", "fields": ["f", "g"]}}"#.to_owned(), "query.multi_match.fields[1]: more than 5 clauses", limits),
        (r#"{"query_string": {"query": "a OR b OR c"}}"#.to_owned(), "query.query_string.query: more than 5 clauses", limits),
        (r#"{"dis_max": {"queries": [{"constant_score": {"filter": {"boosting": {}}}}]}}"#.to_owned(), "query.dis_max.queries[0].constant_score.filter.boosting: expected a \"positive\"", limits),
        (
            r#"{"dis_max": {"queries": [{"constant_score": {"filter": {"bool": {"must": {"match_all": {}}}}}}]}}"#.to_owned(),
            "query.dis_max.queries[0].constant_score.filter.bool.must: clauses nested more than 3 deep",
            limits,
        ),
        (
            format!(r#"{{"query_string": {{"query": "{}"}}}}"#, groups(51)),
            "query.query_string.query: groups nested more than 50 deep",
            Limits::default(),
        ),
        (
            format!(r#"{{"query": {{"match_all": {{}}}}, "mapping": {{"properties": {{"o": {mapping}}}}}}}"#),
            &format!("query.mapping{}.properties: objects nested more than 20 deep", ".properties.o".repeat(20)),
            Limits::default(),
        ),
    ] {
        let error = error_within(&query, &limits);
        assert_eq!(error.to_string(), expected);
        let exceeded = !expected.contains("positive");
        assert_eq!(error.kind == ErrorKind::LimitExceeded, exceeded, "{expected}");
    }
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
