//! Dates: what a mapping makes of strings and numbers, rounding, math and zones.

mod support;

use support::{check, check_score, check_values, parsed};

/// A range of the field `f`, which the mapping says has dates.
fn range(bounds: &str) -> String {
    format!(
        r#"{{"query": {{"range": {{"f": {bounds}}}}}, "mapping": {{"properties": {{"f": {{"type": "date"}}}}}}}}"#
    )
}

#[track_caller]
fn check_range(bounds: &str, hits: &[&str], misses: &[&str]) {
    check_values(&range(bounds), hits, misses);
}

#[test]
fn a_date_is_a_string_or_a_number_of_milliseconds() {
    let equal = r#"{"query": {"term": {"f": "2024-02-29T10:20:30Z"}}, "mapping": {"properties": {"f": {"type": "date"}}}}"#;
    check_values(
        equal,
        &[
            r#""2024-02-29T10:20:30""#,
            r#""2024-02-29T10:20:30.000Z""#,
            r#""2024-02-29T11:20:30+01:00""#,
            r#""2024-02-29T06:50:30-0330""#,
            // A second is a thousand instants.
            r#""2024-02-29T10:20:30.999999999Z""#,
            "1709202030000",
            r#""1709202030000""#,
            r#"["no date", 1709202030000]"#,
        ],
        &[
            r#""2024-02-29T10:20:31Z""#,
            r#""2024-02-30T10:20:30Z""#,
            r#""2024-02-29 10:20:30""#,
            "1709202031000",
            "1709202030000.5",
            "true",
            "null",
        ],
    );
}

#[test]
fn ends_of_a_range_round_as_far_as_they_say() {
    // The first instant of what is written, or the last: "gt" and "lte" have all of it on one side.
    check_range(
        r#"{"gt": "2024-02"}"#,
        &[r#""2024-03-01""#],
        &[r#""2024-02-29T23:59:59.999Z""#],
    );
    check_range(
        r#"{"gte": "2024-02"}"#,
        &[r#""2024-02-01""#],
        &[r#""2024-01-31T23:59:59.999Z""#],
    );
    check_range(
        r#"{"lt": "2024-02"}"#,
        &[r#""2024-01-31T23:59:59.999Z""#],
        &[r#""2024-02-01""#],
    );
    check_range(
        r#"{"lte": "2024-02"}"#,
        &[r#""2024-02-29T23:59:59.999Z""#],
        &[r#""2024-03-01""#],
    );
    check_range(
        r#"{"gte": "2024-02-28", "lte": "2024-02-28"}"#,
        &[r#""2024-02-28T00:00:00Z""#, r#""2024-02-28T23:59:59.999Z""#],
        &[r#""2024-02-29""#, r#""2024-02-27T23:59:59.999Z""#],
    );
    check_range(
        r#"{"lte": "2024-02-28T10:20"}"#,
        &[r#""2024-02-28T10:20:59.999Z""#],
        &[r#""2024-02-28T10:21:00Z""#],
    );
    check_range(
        r#"{"gt": "2024"}"#,
        &[r#""2025-01-01""#],
        &[r#""2024-12-31T23:59:59.999Z""#],
    );
}

#[test]
fn math_moves_and_rounds() {
    // Elasticsearch's examples of rounding: 2014-11-18||/M.
    for (bounds, hit, miss) in [
        (
            r#"{"gt": "2014-11-18||/M"}"#,
            "2014-12-01T00:00:00Z",
            "2014-11-30T23:59:59.999Z",
        ),
        (
            r#"{"gte": "2014-11-18||/M"}"#,
            "2014-11-01T00:00:00Z",
            "2014-10-31T23:59:59.999Z",
        ),
        (
            r#"{"lt": "2014-11-18||/M"}"#,
            "2014-10-31T23:59:59.999Z",
            "2014-11-01T00:00:00Z",
        ),
        (
            r#"{"lte": "2014-11-18||/M"}"#,
            "2014-11-30T23:59:59.999Z",
            "2014-12-01T00:00:00Z",
        ),
        // Now is 2024-03-15T12:30, a Friday.
        (
            r#"{"gte": "now-7d/d"}"#,
            "2024-03-08T00:00:00Z",
            "2024-03-07T23:59:59.999Z",
        ),
        (
            r#"{"lt": "now"}"#,
            "2024-03-15T12:29:59.999Z",
            "2024-03-15T12:30:00Z",
        ),
        (
            r#"{"lte": "now"}"#,
            "2024-03-15T12:30:00Z",
            "2024-03-15T12:30:00.001Z",
        ),
        (
            r#"{"gte": "now/w"}"#,
            "2024-03-11T00:00:00Z",
            "2024-03-10T23:59:59.999Z",
        ),
        (
            r#"{"gte": "now-1h/h"}"#,
            "2024-03-15T11:00:00Z",
            "2024-03-15T10:59:59.999Z",
        ),
        (
            r#"{"gte": "now-1H+30m"}"#,
            "2024-03-15T12:00:00Z",
            "2024-03-15T11:59:59.999Z",
        ),
        (
            r#"{"gte": "now/y"}"#,
            "2024-01-01",
            "2023-12-31T23:59:59.999Z",
        ),
        (
            r#"{"lte": "now+d/d"}"#,
            "2024-03-16T23:59:59.999Z",
            "2024-03-17",
        ),
        // The end of a shorter month.
        (
            r#"{"gte": "2024-01-31||+1M/d"}"#,
            "2024-02-29",
            "2024-02-28T23:59:59.999Z",
        ),
        (
            r#"{"gte": "2023-01-31||+1M"}"#,
            "2023-02-28",
            "2023-02-27T23:59:59.999Z",
        ),
        (
            r#"{"gte": "2024-02-29||+1y"}"#,
            "2025-02-28",
            "2025-02-27T23:59:59.999Z",
        ),
        (
            r#"{"gte": "2024-02-28||+1d"}"#,
            "2024-02-29",
            "2024-02-28T23:59:59.999Z",
        ),
        (
            r#"{"gte": "2023-02-28||+24h"}"#,
            "2023-03-01",
            "2023-02-28T23:59:59.999Z",
        ),
        (
            r#"{"gte": "2024-01-01||-1s"}"#,
            "2023-12-31T23:59:59Z",
            "2023-12-31T23:59:58.999Z",
        ),
        (
            r#"{"gte": "2024-01-01||+2w"}"#,
            "2024-01-15",
            "2024-01-14T23:59:59.999Z",
        ),
    ] {
        check_range(bounds, &[&format!("\"{hit}\"")], &[&format!("\"{miss}\"")]);
    }
}

#[test]
fn leap_days_are_where_the_calendar_has_them() {
    for (day, exists) in [
        ("2024-02-29", true),
        ("2000-02-29", true),
        ("1900-02-29", false),
        ("2023-02-29", false),
    ] {
        assert_eq!(
            parsed(&range(&format!(r#"{{"gte": "{day}"}}"#))).is_ok(),
            exists,
            "{day}"
        );
    }
}

#[test]
fn zones_are_of_the_query_or_of_the_date() {
    check_range(
        r#"{"gte": "2024-03-01", "time_zone": "+02:00"}"#,
        &[r#""2024-02-29T22:00:00Z""#],
        &[r#""2024-02-29T21:59:59.999Z""#],
    );
    // The date's own zone wins.
    check_range(
        r#"{"gte": "2024-03-01T00:00:00Z", "time_zone": "+02:00"}"#,
        &[r#""2024-03-01""#],
        &[r#""2024-02-29T23:59:59.999Z""#],
    );
    // "now" is the same everywhere, but its day isn't.
    check_range(
        r#"{"gte": "now", "time_zone": "-05:00"}"#,
        &[r#""2024-03-15T12:30:00Z""#],
        &[r#""2024-03-15T12:29:59.999Z""#],
    );
    check_range(
        r#"{"gte": "now/d", "time_zone": "-05:00"}"#,
        &[r#""2024-03-15T05:00:00Z""#],
        &[r#""2024-03-15T04:59:59.999Z""#],
    );
}

#[test]
fn milliseconds_are_dates_in_queries_too() {
    check_range(
        r#"{"gte": 1709164800000, "lt": "1709251200000", "format": "epoch_millis"}"#,
        &[r#""2024-02-29""#, r#""2024-02-29T23:59:59.999Z""#],
        &[r#""2024-03-01""#, r#""2024-02-28T23:59:59.999Z""#],
    );
    check_range(
        r#"{"lt": 0}"#,
        &["-1", r#""1969-12-31""#],
        &["0", r#""1970-01-01""#],
    );
}

#[test]
fn the_last_day_is_one_as_well() {
    // What stands for "forever" in many tables.
    check_range(
        r#"{"gte": "2024-01-01", "lte": "9999-12-31"}"#,
        &[
            r#""9999-12-31T23:59:59.999Z""#,
            r#""9999-12-31""#,
            r#""2024-01-01""#,
        ],
        &[r#""2023-12-31""#],
    );
    check_range(
        r#"{"gte": "9999-12-30||/d"}"#,
        &[r#""9999-12-30""#],
        &[r#""9999-12-29""#],
    );
    check_range(
        r#"{"lt": "0001-01-01"}"#,
        &[r#""0000-12-31""#],
        &[r#""0001-01-01""#],
    );
}

#[test]
fn without_a_mapping_dates_are_strings() {
    check(
        r#"{"range": {"f": {"gte": "2024-02"}}}"#,
        &[
            (r#"{"f": "2024-02-01"}"#, true),
            (r#"{"f": "2024-01-31"}"#, false),
            (r#"{"f": 1709202030000}"#, false),
        ],
    );
}

#[test]
fn terms_and_matches_of_dates_are_instants() {
    let mapping = r#""mapping": {"properties": {"f": {"type": "date"}}}"#;
    check_values(
        &format!(r#"{{"query": {{"terms": {{"f": ["2024-02-29", 0]}}}}, {mapping}}}"#),
        &[r#""2024-02-29T15:00:00Z""#, r#""1970-01-01T00:00:00""#],
        &[r#""2024-03-01""#, "1"],
    );
    check_values(
        &format!(r#"{{"query": {{"match": {{"f": "2024-02-29"}}}}, {mapping}}}"#),
        &[r#""2024-02-29T15:00:00Z""#],
        &[r#""2024-03-01""#],
    );
}

#[test]
fn decay_of_dates_counts_durations() {
    // Elasticsearch's example: half the score 10 days from the origin, beyond an offset of 5.
    let query = |shape: &str| {
        format!(
            r#"{{"function_score": {{"{shape}": {{"f": {{"origin": "2013-09-17", "scale": "10d", "offset": "5d", "decay": 0.5}}}}}}}}"#
        )
    };
    for shape in ["gauss", "exp", "linear"] {
        check_score(&query(shape), r#"{"f": "2013-09-20"}"#, 1.0);
        check_score(&query(shape), r#"{"f": "2013-10-02"}"#, 0.5);
        check_score(&query(shape), r#"{"f": "2013-09-02"}"#, 0.5);
    }
    // The origin is now, unless it is given.
    check_score(
        r#"{"function_score": {"exp": {"f": {"scale": "12h"}}}}"#,
        r#"{"f": "2024-03-14T12:30:00Z"}"#,
        0.25,
    );
}
