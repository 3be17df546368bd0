//! The clauses over text, by what their documentation says.

mod support;

use support::{check, check_values, parse};

/// A clause over the field `f` with these options.
fn clause(name: &str, query: &str, options: &str) -> String {
    format!(r#"{{"{name}": {{"f": {{"query": "{query}"{options}}}}}}}"#)
}

#[track_caller]
fn check_texts(query: &str, hits: &[&str], misses: &[&str]) {
    for (texts, expected) in [(hits, true), (misses, false)] {
        for text in texts {
            check(query, &[(&format!(r#"{{"f": "{text}"}}"#), expected)]);
        }
    }
}

#[test]
fn match_takes_any_word_or_all() {
    check_texts(
        &clause("match", "Quick fox!", ""),
        &["quick", "the FOX"],
        &["quicker", ""],
    );
    check_texts(
        &clause("match", "quick fox", r#", "operator": "and""#),
        &["fox, quick"],
        &["quick", "fox"],
    );
    // In any of the values together.
    check_values(
        &clause("match", "quick fox", r#", "operator": "and""#),
        &[r#"["quick", "fox"]"#, r#"["x", ["fox", "quick"]]"#],
        &[r#"["quick"]"#, "null", "[]", "{}"],
    );
    check(
        r#"{"match": {"f": "x"}}"#,
        &[("{}", false), ("5", false), (r#"[{"f": "x"}]"#, true)],
    );
}

#[test]
fn minimum_should_match_counts_words() {
    // How many of these five words are enough.
    let words = ["one", "two", "three", "four", "five"];
    for (minimum, needed) in [
        ("3", 3),
        ("-2", 3),
        (r#""75%""#, 3),
        (r#""-25%""#, 4),
        (r#""3<90%""#, 4),
        (r#""5<1""#, 5),
        (r#""2<-25% 9<-3""#, 4),
        // One at least.
        ("0", 1),
        ("-9", 1),
        (r#""10%""#, 1),
    ] {
        let query = clause(
            "match",
            &words.join(" "),
            &format!(r#", "minimum_should_match": {minimum}"#),
        );
        check_texts(
            &query,
            &[&words[..needed].join(" ")],
            &[&words[..needed - 1].join(" ")],
        );
    }
    check_texts(
        &clause("match", "one two", r#", "minimum_should_match": 3"#),
        &[],
        &["one two"],
    );
    // A word alone is needed, and with "and" each is.
    check_texts(
        &clause("match", "one", r#", "minimum_should_match": 2"#),
        &["one"],
        &["two"],
    );
    check_texts(
        &clause(
            "match",
            "one two",
            r#", "minimum_should_match": 1, "operator": "and""#,
        ),
        &["two one"],
        &["one"],
    );
}

#[test]
fn fuzziness_is_by_length() {
    let query = |word: &str, options: &str| {
        clause("match", word, &format!(r#", "fuzziness": "AUTO"{options}"#))
    };
    // None up to two characters, one up to five, then two; é is one.
    check_texts(&query("ab", ""), &["ab"], &["abc", "ba", "a"]);
    check_texts(
        &query("abé", ""),
        &["abé", "ab", "aé", "baé", "xabé"],
        &["a", "bxé", "abéxy"],
    );
    check_texts(&query("abcde", ""), &["abcd"], &["abc", "abdxe"]);
    check_texts(
        &query("abcdef", ""),
        &["abcd", "badcef", "bacdfe"],
        &["abc", "bacdxy"],
    );
    check_texts(
        &clause("match", "abcdef", r#", "fuzziness": "AUTO:6,7""#),
        &["abcde"],
        &["abcd"],
    );
    check_texts(
        &query("abcdef", r#", "prefix_length": 2"#),
        &["abdcef"],
        &["bacdef"],
    );
    check_texts(
        &query("abcd", r#", "fuzzy_transpositions": false"#),
        &["abcx"],
        &["bacd"],
    );
}

#[test]
fn fuzzy_is_about_whole_values() {
    let query = |options: &str| format!(r#"{{"fuzzy": {{"f": {{"value": "ki tten"{options}}}}}}}"#);
    check_texts(
        &query(""),
        &["ki tten", "ki ttne", "k itten", "kitten"],
        &["Kit ten!", "ki"],
    );
    check_texts(
        &query(r#", "fuzziness": 1"#),
        &["kitten", "ik tten"],
        &["ik ttne"],
    );
    check_texts(
        &query(r#", "fuzziness": 1, "transpositions": false"#),
        &["kitten"],
        &["ik tten"],
    );
    check_texts(&query(r#", "prefix_length": 1"#), &["ki tte"], &["i tten"]);
    check_texts(&query(r#", "fuzziness": 0"#), &["ki tten"], &["kitten"]);
    // In a field of text, about its words.
    check(
        r#"{"query": {"fuzzy": {"f": "ki"}}, "mapping": {"properties": {"f": {"type": "text"}}}}"#,
        &[(r#"{"f": "Ki tten"}"#, true), (r#"{"f": "kix"}"#, false)],
    );
}

#[test]
fn texts_without_words_are_as_zero_terms_query_says() {
    for name in [
        "match",
        "match_phrase",
        "match_phrase_prefix",
        "match_bool_prefix",
    ] {
        check(
            &clause(name, "!?", ""),
            &[(r#"{"f": "!?"}"#, false), ("{}", false)],
        );
        check(
            &clause(
                name,
                "the",
                r#", "analyzer": "english", "zero_terms_query": "all""#,
            ),
            &[(r#"{"f": "x"}"#, true), ("{}", true)],
        );
        check(
            &clause(name, "fox", r#", "zero_terms_query": "all""#),
            &[(r#"{"f": "x"}"#, false), (r#"{"f": "fox"}"#, true)],
        );
    }
}

#[test]
fn phrases_have_an_order_and_a_slop() {
    let phrase = |slop: u32| clause("match_phrase", "quick fox", &format!(r#", "slop": {slop}"#));
    check_texts(
        &phrase(0),
        &["the Quick, fox"],
        &["fox quick", "quick brown fox"],
    );
    check_texts(
        &phrase(1),
        &["quick brown fox"],
        &["fox quick", "quick brown red fox"],
    );
    // Swapped, each is one place from where it was.
    check_texts(
        &phrase(2),
        &["fox quick", "quick brown red fox"],
        &["fox brown quick"],
    );
    check_texts(&phrase(3), &["fox brown quick"], &["fox brown red quick"]);
    // Values of an array are 100 places apart.
    check_values(&phrase(99), &[r#""quick fox""#], &[r#"["quick", "fox"]"#]);
    check_values(&phrase(100), &[r#"["quick", "fox"]"#], &[]);
    // A stop word leaves a gap, in the text and in the phrase.
    let english = clause("match_phrase", "jump the fox", r#", "analyzer": "english""#);
    check_texts(
        &english,
        &["jumps over fox", "jumping a fox"],
        &["jump fox", "jump over the fox"],
    );
    // What the phrase has twice, the text has to have twice.
    let twice = clause("match_phrase", "fox fox", r#", "slop": 5"#);
    check_texts(&twice, &["fox and a fox"], &["fox"]);
    let prefix = clause("match_phrase_prefix", "fox fo", r#", "slop": 5"#);
    check_texts(&prefix, &["fox and fog", "fog fox"], &["fox", "fog"]);
}

#[test]
fn prefixes_are_of_the_last_word() {
    check_texts(
        &clause("match_phrase_prefix", "quick brown f", ""),
        &["quick brown fox", "a quick brown f"],
        &["quick f", "brown quick fox", "quick brown dog"],
    );
    check_texts(
        &clause("match_phrase_prefix", "f", ""),
        &["the fox"],
        &["off"],
    );
    // In any order, and any of them.
    check_texts(
        &clause("match_bool_prefix", "quick brown f", ""),
        &["fox", "brown"],
        &["browner", "off"],
    );
    check_texts(
        &clause(
            "match_bool_prefix",
            "quick brown f",
            r#", "operator": "and""#,
        ),
        &["fox brown quick"],
        &["brown quick"],
    );
}

#[test]
fn numbers_and_booleans_are_found_by_their_text() {
    check_values(
        r#"{"match": {"f": 5}}"#,
        &["5", "5.0", r#""a 5""#, r#"["x", 5]"#],
        &["6", "[]", r#""55""#],
    );
    check_values(
        r#"{"match": {"f": "true"}}"#,
        &["true", r#""True""#],
        &["false"],
    );
    check_values(r#"{"match": {"f": "5 dogs"}}"#, &[r#""5""#], &["5"]);
}

#[test]
fn a_keyword_is_one_word() {
    check_values(
        r#"{"match": {"f.keyword": "Quick fox"}}"#,
        &[r#""Quick fox""#, r#"["x", "Quick fox"]"#],
        &[r#""quick fox""#, r#""Quick""#],
    );
    check_values(r#"{"match": {"f.keyword": ""}}"#, &[r#""""#], &[r#""x""#]);
}

#[test]
fn multi_match_has_all_its_types() {
    let query = |kind: &str, options: &str| {
        format!(
            r#"{{"multi_match": {{"query": "quick fox", "fields": ["a", "b^2"], "type": "{kind}"{options}}}}}"#
        )
    };
    let (apart, together) = (
        r#"{"a": "quick", "b": "fox"}"#,
        r#"{"a": "x", "b": "the quick fox"}"#,
    );
    let and = r#", "operator": "and""#;
    for (kind, options, in_apart) in [
        ("best_fields", "", true),
        ("best_fields", and, false),
        ("most_fields", "", true),
        ("most_fields", and, false),
        // The fields are as one.
        ("cross_fields", and, true),
        ("phrase", "", false),
        ("phrase_prefix", "", false),
        ("bool_prefix", and, false),
    ] {
        check(
            &query(kind, options),
            &[
                (apart, in_apart),
                (together, true),
                (r#"{"a": "dog", "c": "quick fox"}"#, false),
            ],
        );
    }
    check(
        r#"{"multi_match": {"query": "quick fo", "fields": "a*", "type": "phrase_prefix"}}"#,
        &[
            (r#"{"ab": "quick fox"}"#, true),
            (r#"{"a": {"b": ["x", "quick fox"]}}"#, true),
            (r#"{"b": "quick fox"}"#, false),
        ],
    );
    // No field has such a name: that is no reason to match.
    for kind in ["best_fields", "most_fields", "bool_prefix", "cross_fields"] {
        check(
            &format!(
                r#"{{"query": {{"multi_match": {{"query": "x", "fields": ["z*"], "type": "{kind}"}}}},
                    "mapping": {{"properties": {{"a": {{"type": "text"}}}}, "dynamic": false}}}}"#
            ),
            &[(r#"{"a": "x", "z": "x"}"#, false)],
        );
    }
    // Each field by its own analyzer.
    check(
        r#"{"query": {"multi_match": {"query": "running foxes", "type": "cross_fields", "operator": "and", "fields": ["*"]}},
            "mapping": {"properties": {"a": {"type": "text", "analyzer": "english"}, "b": {"type": "text", "analyzer": "english"}}}}"#,
        &[
            (r#"{"a": "run", "b": "fox"}"#, true),
            (r#"{"a": "run"}"#, false),
        ],
    );
}

#[test]
fn texts_print_as_they_were() {
    for (written, printed) in [
        (r#"{"match": {"f": 5.0}}"#, r#"{"match": {"f":"5.0"}}"#),
        (
            r#"{"match": {"f": {"query": 12345678901234567890123, "boost": 2}}}"#,
            r#"{"match": {"f":{"boost":2,"query":"12345678901234567890123"}}}"#,
        ),
        (
            r#"{"multi_match": {"query": 1.50}}"#,
            r#"{"multi_match": {"query":"1.50"}}"#,
        ),
        (
            r#"{"match_phrase": {"f": true}}"#,
            r#"{"match_phrase": {"f":"true"}}"#,
        ),
    ] {
        assert_eq!(parse(written).to_string(), printed);
        assert_eq!(parse(printed).to_string(), printed);
    }
}
