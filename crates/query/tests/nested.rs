//! `nested`: clauses within one element of an array.

mod support;

use support::check;

const ORDER: &str = r#"{"items": [
    {"sku": "a", "n": 1, "name": "red quaffle", "parts": [{"id": 1, "ok": true}, {"id": 2, "ok": false}]},
    {"sku": "b", "n": 2, "name": "broom", "parts": {"id": 3, "ok": true}}], "sku": "c"}"#;

#[track_caller]
fn check_order(query: &str, expected: bool) {
    check(query, &[(ORDER, expected)]);
    // The whole document in an array, and the elements in a deeper one.
    check(query, &[(&format!("[{ORDER}]"), expected)]);
    check(
        query,
        &[(
            &ORDER
                .replace("\"items\": [", "\"items\": [[")
                .replace("}}]", "}}]]"),
            expected,
        )],
    );
}

#[test]
fn clauses_hold_within_one_element() {
    let both = |inner: &str| {
        format!(
            r#"{{"bool": {{"must": [{{"term": {{"items.sku": "{inner}"}}}}, {{"range": {{"items.n": {{"gte": 2}}}}}}]}}}}"#
        )
    };
    let nested = |query: &str| format!(r#"{{"nested": {{"path": "items", "query": {query}}}}}"#);
    // Flattened, some element has the one and some the other.
    check_order(&both("a"), true);
    check_order(&nested(&both("a")), false);
    check_order(&nested(&both("b")), true);
    check_order(
        &nested(r#"{"match": {"items.name": {"query": "red broom", "operator": "and"}}}"#),
        false,
    );
    check_order(
        &nested(r#"{"match": {"items.name": {"query": "red quaffle", "operator": "and"}}}"#),
        true,
    );
    check_order(
        &nested(r#"{"expr": "items.n = 1 AND items.sku = 'b'"}"#),
        false,
    );
    check_order(
        &nested(r#"{"expr": "items.n = 2 AND items.sku = 'b'"}"#),
        true,
    );
    check_order(
        &nested(r#"{"bool": {"must_not": {"term": {"items.sku": "a"}}}}"#),
        true,
    );
    check_order(
        &nested(r#"{"bool": {"must_not": {"exists": {"field": "items.sku"}}}}"#),
        false,
    );
    check_order(&nested(r#"{"exists": {"field": "items.parts.id"}}"#), true);
}

#[test]
fn nested_may_be_in_nested() {
    let query = |sku: &str, id: u32, ok: bool| {
        format!(
            r#"{{"nested": {{"path": "items", "query": {{"bool": {{"must": [
                {{"term": {{"items.sku": "{sku}"}}}},
                {{"nested": {{"path": "items.parts", "query": {{"bool": {{"filter": [
                    {{"term": {{"items.parts.id": {id}}}}}, {{"term": {{"items.parts.ok": {ok}}}}}]}}}}}}}}]}}}}}}}}"#
        )
    };
    check_order(&query("a", 1, true), true);
    check_order(&query("a", 1, false), false);
    check_order(&query("a", 3, true), false);
    check_order(&query("b", 3, true), true);
}

#[test]
fn only_objects_are_elements() {
    let all = r#"{"nested": {"path": "a.b", "query": {"match_all": {}}}}"#;
    check(
        all,
        &[
            (r#"{"a": {"b": {}}}"#, true),
            (r#"{"a": [{"b": 1}, {"b": [2, {"c": null}]}]}"#, true),
            (r#"{"a": {"b": [1, "x", null, []]}}"#, false),
            (r#"{"a": {"b": null}}"#, false),
            (r#"{"a": []}"#, false),
            ("{}", false),
            ("5", false),
        ],
    );
    check(
        r#"{"bool": {"must_not": {"nested": {"path": "a", "query": {"term": {"a.b": 1}}}}}}"#,
        &[("{}", true), (r#"{"a": {"b": 1}}"#, false)],
    );
}

#[test]
fn mappings_and_keywords_hold_inside() {
    check(
        r#"{"query": {"nested": {"path": "a", "query": {"bool": {"must": [
              {"term": {"a.t": "fox"}}, {"term": {"a.n": "5"}}, {"range": {"a.d": {"gte": "2024-02", "lte": "2024-02"}}}]}}}},
            "mapping": {"properties": {"a": {"type": "nested", "properties": {
              "t": {"type": "text"}, "n": {"type": "long"}, "d": {"type": "date"}}}}}}"#,
        &[
            (
                r#"{"a": [{"t": "A Fox", "n": "5", "d": "2024-02-29"}]}"#,
                true,
            ),
            (
                r#"{"a": [{"t": "A Fox", "n": "5", "d": "2024-03-01"}]}"#,
                false,
            ),
            (
                r#"{"a": [{"t": "A Fox", "n": 5}, {"d": "2024-02-29"}]}"#,
                false,
            ),
        ],
    );
    check(
        r#"{"nested": {"path": "a", "query": {"term": {"a.t.keyword": "A Fox"}}}}"#,
        &[
            (r#"{"a": {"t": "A Fox"}}"#, true),
            (r#"{"a": {"t": "fox"}}"#, false),
        ],
    );
}
