//! What expressions mean, case by case.

use quidditch_document::encode::Json;
use quidditch_document::{Document, Path};
use quidditch_expression::{Expression, Limits, ResultKind};

fn parse(text: &str) -> Expression {
    Expression::parse_text(text, &Limits::default())
        .unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn encoded(document: &str) -> Vec<u8> {
    document
        .parse::<Json>()
        .unwrap_or_else(|offset| panic!("{document}: {offset}"))
        .encode()
}

fn matches(text: &str, document: &str) -> bool {
    let bytes = encoded(document);
    let root = Document::new(&bytes).unwrap().root().unwrap();
    parse(text).matches(root, 1.5).unwrap()
}

fn number(text: &str, document: &str) -> Option<f64> {
    let bytes = encoded(document);
    let root = Document::new(&bytes).unwrap().root().unwrap();
    parse(text).number(root, 1.5).unwrap()
}

#[track_caller]
fn holds(document: &str, texts: &[&str]) {
    texts
        .iter()
        .for_each(|text| assert!(matches(text, document), "{text} on {document}"));
}

#[track_caller]
fn fails(document: &str, texts: &[&str]) {
    texts
        .iter()
        .for_each(|text| assert!(!matches(text, document), "{text} on {document}"));
}

#[track_caller]
fn gives(document: &str, cases: &[(&str, Option<f64>)]) {
    for (text, expected) in cases {
        assert_eq!(number(text, document), *expected, "{text} on {document}");
    }
}

#[test]
fn operators_bind_as_expected() {
    holds(
        "{}",
        &[
            "1 + 2 * 3 = 7",
            "(1 + 2) * 3 = 9",
            "10 - 3 - 2 = 5",
            "100 / 10 / 2 = 5",
            "7 % 4 * 2 = 6",
            "-2 ** 2 = -4",
            "(-2) ** 2 = 4",
            "2 ** 3 ** 2 = 512",
            "2 ** -1 = 0.5",
            "-7 % 3 = -1",
            "true OR true AND false",
            "NOT false AND true",
            "NOT 1 = 2",
            "!false = true",
            "not (TRUE and False)",
            "false ? true : true",
            "true || false && false",
            "(true ? false ? 1 : 2 : 3) = 2",
            "(false ? 1 : false ? 2 : 3) = 3",
            "1 <> 2 AND 1 != 2 AND 1 == 1",
            "--1 = 1",
            "+1 = 1",
            "1 BETWEEN 0 AND 2 AND 3 NOT BETWEEN 0 AND 2",
            "'a''b' = \"a'b\"",
            "'a\\b' = \"a\\\\b\"",
            "\"\\u00e9\" = 'é'",
            "1e3 = 1000 AND .5 = 0.5 AND 1E-1 = 0.1",
        ],
    );
    fails(
        "{}",
        &["false OR false", "NOT true", "1 = 2", "null", "1", "'a'"],
    );
}

#[test]
fn a_field_matches_with_any_of_its_values() {
    let document = r#"{"tags": ["red", ["ball", null]], "n": [1, 5.0, "x"], "o": [{"k": 1}, {"k": 2}], "flags": [false, true]}"#;
    holds(
        document,
        &[
            "tags = 'ball'",
            "'ball' = tags",
            "tags > 'a' AND tags < 'c'",
            "n = 5",
            "5 <= n",
            "n < 2",
            "n BETWEEN 4 AND 6",
            "n = 'x'",
            "n IN (7, 5)",
            "n LIKE '_'",
            "o.k = 2",
            "o[0].k = 1",
            "o[-1].k = 2",
            "tags.keyword = 'red'",
            "o != 3",
            "o IS NOT NULL",
            "tags != 'green'",
            "n NOT IN (2, 3)",
            "n NOT BETWEEN 10 AND 11",
            "tags NOT LIKE 'g%'",
            "flags",
            "flags AND NOT o",
            "flags = false",
            "'red' IN (tags)",
            "'red' IN (n, tags)",
            "2 BETWEEN n AND o.k",
            "n > _score",
            "n NOT IN (_score)",
        ],
    );
    fails(
        document,
        &[
            "tags = 'Ball'",
            "tags != 'ball'",
            "n != 5",
            "n NOT IN (2, 5)",
            "n NOT BETWEEN 4 AND 6",
            "tags NOT LIKE 'r%'",
            "o = 1",
            "o[0].k = 2",
            "n > 5",
            "n = true",
            "o IS NULL",
            "'red' NOT IN (tags)",
            "n > _score * 10",
            "n",
        ],
    );
}

#[test]
fn missing_and_null_satisfy_nothing() {
    for document in [
        "{}",
        r#"{"a": null}"#,
        r#"{"a": []}"#,
        r#"{"a": [null, [null]]}"#,
        "null",
        "5",
        "[]",
    ] {
        holds(
            document,
            &[
                "a IS NULL",
                "NOT a = 1",
                "NOT (a > 1)",
                "NOT a",
                "a + 1 IS NULL",
                "coalesce(a, 7) = 7",
            ],
        );
        fails(
            document,
            &[
                "a = 1",
                "a != 1",
                "a < 1",
                "a >= 1",
                "a = 'x'",
                "a != true",
                "a IN (1)",
                "a NOT IN (1)",
                "a NOT IN ()",
                "a BETWEEN 0 AND 9",
                "a NOT BETWEEN 0 AND 9",
                "a LIKE '%'",
                "a NOT LIKE 'x'",
                "a IS NOT NULL",
                "a",
                "a + 1 > 0",
                "a + 1 != 5",
                "1 != a",
                "a = a",
                "a != a",
                "a != b",
                "a > _score",
                "a != _score",
                "starts_with(a, '')",
                "1 NOT IN (2, a)",
                "3 NOT BETWEEN 1 + a AND 2",
            ],
        );
        gives(
            document,
            &[
                ("a", None),
                ("a + 1", None),
                ("min(a, 3)", Some(3.0)),
                ("max(a)", None),
                ("length(a)", None),
            ],
        );
    }
}

#[test]
fn other_types_satisfy_nothing_and_end_arithmetic() {
    let document = r#"{"s": "5", "n": 5, "b": true, "o": {}}"#;
    holds(
        document,
        &[
            "s != 5",
            "n != '5'",
            "b != 1",
            "s NOT IN (5)",
            "s NOT LIKE 'x'",
            "n NOT LIKE '5'",
            "s != n",
            "s != true",
            "s + 1 IS NULL",
            "b",
            "b = true",
            "true = b",
        ],
    );
    fails(
        document,
        &[
            "s = 5",
            "s > 4",
            "n = '5'",
            "n LIKE '5'",
            "s = n",
            "s < n",
            "s >= n",
            "b = 1",
            "n",
            "s",
            "o",
            "b > s",
            "b < b",
            "b <= b",
            "s + 1 = 6",
            "starts_with(n, '5')",
            "n AND b",
        ],
    );
    gives(
        document,
        &[
            ("s + 1", None),
            ("b + 1", None),
            ("o + 1", None),
            ("-s", None),
            ("b", Some(1.0)),
            ("n", Some(5.0)),
            ("s", None),
            ("n = 5", Some(1.0)),
            ("n = 6", Some(0.0)),
            ("coalesce(s, 1) + 1", None),
            ("min(s, 7, n)", Some(5.0)),
        ],
    );
}

#[test]
fn numbers_compare_exactly_with_constants() {
    let document = r#"{"i": 9007199254740993, "d": 0.3, "f": 0.30000000000000004, "w": 5.00,
        "big": 9223372036854775808, "huge": 1e400, "tiny": 0.1000000000000000055511151231257827}"#;
    holds(
        document,
        &[
            "i = 9007199254740993",
            "i > 9007199254740992",
            "i != 9007199254740992.0",
            "d = 0.3",
            "d != 0.1 + 0.2",
            "d < 0.1 + 0.2",
            "f = 0.1 + 0.2",
            "f != 0.3",
            "w = 5 AND w = 5.0 AND w = 10 / 2",
            "big > 9223372036854775807",
            "huge > 1e308",
            "tiny > 0.1",
            "tiny != 0.1",
            "i IN (9007199254740993)",
            "i NOT BETWEEN 9007199254740994 AND 9007199254740995",
            // Fields are as exact as constants, and computed numbers as arithmetic.
            "tiny != d AND i != big",
            "tiny + 0 = 0.1",
            "d + 0 != f",
            "i + 0 = 9007199254740993",
            "i + 0 > 9007199254740992.0",
            "0.1 + 0.2 > 0.3",
        ],
    );
    fails(
        document,
        &[
            "i = 9007199254740992",
            "d = 0.1 + 0.2",
            "f = 0.3",
            "huge + 0 > 1",
            "tiny = 0.1",
        ],
    );
}

#[test]
fn int64_overflows_to_float64() {
    let document = r#"{"max": 9223372036854775807, "min": -9223372036854775808, "x": 3, "h": 2.5}"#;
    gives(
        document,
        &[
            ("max + 1", Some(9223372036854775808.0)),
            ("min - 1", Some(-9223372036854775808.0)),
            ("max * 2", Some(18446744073709551614.0)),
            ("-min", Some(9223372036854775808.0)),
            ("abs(min)", Some(9223372036854775808.0)),
            ("min % -1", Some(0.0)),
            ("2 ** 63", Some(9223372036854775808.0)),
            ("x ** 39 = 4052555153018976267 ? 1 : 0", Some(1.0)),
            ("0 ** 0", Some(1.0)),
            ("(-1) ** 9223372036854775807", Some(-1.0)),
            ("2 ** -1", Some(0.5)),
            ("pow(h, 2)", Some(6.25)),
            ("x / 2", Some(1.5)),
            ("7 % x", Some(1.0)),
            ("-7 % x", Some(-1.0)),
            ("h % 1", Some(0.5)),
            ("x + h", Some(5.5)),
        ],
    );
    holds(
        document,
        &[
            "max + 1 > max",
            "max + 0 = 9223372036854775807",
            "max - 1 < max",
            "max + 1 = 9223372036854775808.0",
        ],
    );
}

#[test]
fn what_has_no_finite_value_is_missing() {
    let document = r#"{"z": 0, "n": -1, "big": 1e308}"#;
    for text in [
        "1 / z",
        "1 % z",
        "1.5 % z",
        "z / z",
        "sqrt(n)",
        "ln(z)",
        "log(n)",
        "log10(0)",
        "n ** 0.5",
        "z ** n",
        "big * 10",
        "exp(1000)",
        "1e308 + 1e308",
    ] {
        assert_eq!(number(text, document), None, "{text}");
        assert!(!matches(&format!("({text}) = 1"), document), "{text}");
        assert!(!matches(&format!("({text}) != 1"), document), "{text}");
        assert!(!matches(&format!("z > {text}"), document), "{text}");
        assert!(!matches(&format!("z != {text}"), document), "{text}");
        assert!(matches(&format!("({text}) IS NULL"), document), "{text}");
        assert_eq!(
            number(&format!("coalesce({text}, 4)"), document),
            Some(4.0),
            "{text}"
        );
    }
    let bytes = encoded("{}");
    let root = Document::new(&bytes).unwrap().root().unwrap();
    for score in [f64::NAN, f64::INFINITY] {
        assert_eq!(parse("_score + 1").number(root, score), Ok(None));
        assert_eq!(parse("_score > 0").matches(root, score), Ok(false));
    }
}

#[test]
fn functions() {
    gives(
        r#"{"x": -2.5, "s": "Straße", "l": [7, 9]}"#,
        &[
            ("abs(x)", Some(2.5)),
            ("ABS(-3)", Some(3.0)),
            ("floor(x)", Some(-3.0)),
            ("ceil(x)", Some(-2.0)),
            ("round(x)", Some(-3.0)),
            ("round(2.5)", Some(3.0)),
            ("sqrt(16)", Some(4.0)),
            ("min(3, x, 1)", Some(-2.5)),
            ("max(l, 8)", Some(8.0)),
            ("ln(exp(1))", Some(1.0)),
            ("log(1)", Some(0.0)),
            ("log10(1000)", Some(3.0)),
            ("sin(0) + cos(0) + tan(0)", Some(1.0)),
            ("length(s)", Some(6.0)),
            ("length(upper(s))", Some(7.0)),
            ("length('')", Some(0.0)),
            ("_score * 2", Some(3.0)),
            ("x < 0 ? -1 : 1", Some(-1.0)),
            ("true", Some(1.0)),
            ("l", Some(7.0)),
        ],
    );
    holds(
        r#"{"s": "Straße", "t": ["Ab", "cD"], "e": "ÉΣ"}"#,
        &[
            "upper(s) = 'STRASSE'",
            "lower(upper(s)) = 'strasse'",
            "lower(e) = 'éσ'",
            "contains(s, 'raß')",
            "contains(lower(s), lower('RA'))",
            "contains(s, '')",
            "starts_with(s, 'Str') AND NOT starts_with(s, 'str')",
            "ends_with(s, 'ße')",
            "lower(t) = 'ab'",
            "lower(t) IN ('x', lower('AB'))",
            "lower(t) LIKE 'a_'",
            "lower(t) BETWEEN 'aa' AND 'ac'",
            "upper(t) < upper(s)",
            "(contains(s, 'x') ? 'y' : 'n') = 'n'",
            "starts_with(missing, 'x') = true OR true",
            "coalesce(missing, t, 'z') = 'Ab'",
            "coalesce(missing, lower(missing), upper('z')) = 'Z'",
        ],
    );
    fails(
        r#"{"s": "a"}"#,
        &[
            "starts_with(s, missing)",
            "starts_with(missing, 'x') = false",
            "contains(s, 'ab')",
        ],
    );
}

#[test]
fn like() {
    #[track_caller]
    fn check(pattern: &str, yes: &[&str], no: &[&str]) {
        let expression = parse(&format!("s LIKE '{}'", pattern.replace('\'', "''")));
        for (texts, expected) in [(yes, true), (no, false)] {
            for text in texts {
                let bytes = Json::Object(vec![(
                    b"s".to_vec(),
                    Json::String(text.as_bytes().to_vec()),
                )])
                .encode();
                let root = Document::new(&bytes).unwrap().root().unwrap();
                assert_eq!(
                    expression.matches(root, 0.0),
                    Ok(expected),
                    "{pattern} on {text}"
                );
            }
        }
    }
    check("", &[""], &["a"]);
    check("abc", &["abc"], &["", "ab", "abcd", "ABC"]);
    check("%", &["", "a", "é\n"], &[]);
    check("a%", &["a", "ab"], &["", "ba"]);
    check("%a", &["a", "ba"], &["", "ab"]);
    check("%a%", &["a", "bab"], &["", "b"]);
    check("a%a", &["aa", "aba"], &["a"]);
    check("_", &["a", "é", "€", "𝄞"], &["", "ab"]);
    check("__", &["éé"], &["é"]);
    check("%_", &["a", "é€"], &[""]);
    check("_%_", &["ab", "abc"], &["a"]);
    check("%é_", &["aéb"], &["é"]);
    check("%b_d%", &["abcd", "bxbdbcd", "béd"], &["bd", "bccd"]);
    check("%_b%", &["ab", "bb", "abc"], &["b", "ba"]);
    check("%a_%b_%", &["axby", "aabbb"], &["ab", "axb", "byax"]);
    check("%ab%ab%", &["abab", "abxab"], &["ab", "aba"]);
    check("100\\%", &["100%"], &["1000"]);
    check("a\\_b", &["a_b"], &["axb"]);
    check("\\\\", &["\\"], &["\\\\"]);
    check("\\a", &["a"], &["\\a"]);
    check("it's%", &["it's so"], &["its"]);
    // 70 characters: more than a word of bits.
    let long = format!("%{}_{}%", "x".repeat(68), "y");
    check(
        &long,
        &[&format!("{}zy", "x".repeat(80))],
        &[&format!("{}zy", "x".repeat(67))],
    );
}

#[test]
fn bytes_that_are_not_utf8_do_no_harm() {
    for string in [
        &[0xFF, 0xFE][..],
        &[0x80; 9],
        &[b'a', 0xC3],
        &[0xE2, 0x82, b'a'],
        &[0xC3, 0xA9, 0x80],
    ] {
        let bytes = Json::Object(vec![(b"s".to_vec(), Json::String(string.to_vec()))]).encode();
        let root = Document::new(&bytes).unwrap().root().unwrap();
        for text in [
            "lower(s) = s",
            "upper(lower(s)) != 'x'",
            "s LIKE '%'",
            "s NOT LIKE '%_b_%'",
            "length(s) >= 0",
            "s LIKE '%_'",
            "s LIKE '_%'",
        ] {
            parse(text).matches(root, 0.0).unwrap();
        }
        assert_eq!(
            parse("lower(s) = s").matches(root, 0.0),
            Ok(true),
            "{string:?}"
        );
    }
}

#[test]
fn fields_are_written_in_several_ways() {
    let document = r#"{"a.b": 1, "odd key": {"x-y": 2}, "like": 3, "_score": 4, "0": {"1": 5}, "naïve": 6, "q`\"": 7, "a": {"in": 8}}"#;
    holds(
        document,
        &[
            "[\"a.b\"] = 1",
            "`odd key`.`x-y` = 2",
            "`odd key`[\"x-y\"] = 2",
            "`like` = 3",
            "[\"_score\"] = 4",
            "`_score` = 4",
            "_score = 1.5",
            "`0`.1 = 5",
            "naïve = 6",
            "`q``\"` = 7",
            "[\"q`\\\"\"] = 7",
            "a.in = 8",
        ],
    );
    holds(r#"[[1, 2], {"a": 3}]"#, &["[0] = 2", "[1].a = 3", "a = 3"]);
}

#[test]
fn the_result_and_the_score_are_known() {
    for (text, kind, score) in [
        ("a", ResultKind::Any, false),
        ("null", ResultKind::Any, false),
        ("a > 1", ResultKind::Bool, false),
        ("starts_with(a, 'x')", ResultKind::Bool, false),
        ("_score", ResultKind::Number, true),
        ("-a", ResultKind::Number, false),
        ("min(a, _score)", ResultKind::Number, true),
        ("lower(a)", ResultKind::String, false),
        ("a ? 'x' : 'y'", ResultKind::String, false),
        ("a ? 'x' : b", ResultKind::Any, false),
        ("a ? null : 5", ResultKind::Number, false),
        ("coalesce(a, 5)", ResultKind::Any, false),
        ("coalesce(1, 5)", ResultKind::Number, false),
        ("a > _score", ResultKind::Bool, true),
    ] {
        let expression = parse(text);
        assert_eq!(expression.result(), kind, "{text}");
        assert_eq!(expression.uses_score(), score, "{text}");
    }
    assert!(parse("a = 1").cost() < parse("a = 1 AND lower(b) = 'x'").cost());
}

#[test]
fn canonical_text() {
    for (text, printed) in [
        ("100<price", "price > 100"),
        ("price > 10 * 10", "price > 100"),
        ("(a and b) and ((c))", "a AND b AND c"),
        ("a or (b or c) and d", "a OR (b OR c) AND d"),
        ("!(a = 1) || not b", "NOT a = 1 OR NOT b"),
        ("(a + b) - (c + d) * e", "a + b - (c + d) * e"),
        ("-(a ** 2)", "-a ** 2"),
        ("(-a) ** 2", "(-a) ** 2"),
        ("(-2) ** (2 ** 3)", "(-2) ** 2 ** 3"),
        ("(2 ** 3) ** 2", "(2 ** 3) ** 2"),
        ("pow(a, b)", "a ** b"),
        ("LOG(a)", "ln(a)"),
        ("a <> \"it's\"", "a != 'it''s'"),
        ("a in (3, 'x', 2, 3.0, true)", "a IN (true, 2, 3, 'x')"),
        ("not a not in ()", "NOT a NOT IN ()"),
        (
            "a is not null ? 1 : b ? 2 : 3",
            "a IS NOT NULL ? 1 : b ? 2 : 3",
        ),
        ("(a ? b : c) ? 1 : 2", "(a ? b : c) ? 1 : 2"),
        ("(a = b) = (c < d)", "(a = b) = (c < d)"),
        (
            "`odd key`.x[0].`in`.`` > 0",
            "[\"odd key\"].x[0].in[\"\"] > 0",
        ),
        (
            "`and` AND `_score` AND x._score",
            "[\"and\"] AND [\"_score\"] AND x._score",
        ),
        ("a = 1e300", "a = 1e300"),
        (
            "a = 1.50 AND b = -0.00000000000000000000000000012",
            "a = 1.5 AND b = -12e-29",
        ),
        ("5 in (a, 1)", "5 IN (a, 1)"),
        ("a between 1+1 and _score", "a BETWEEN 2 AND _score"),
    ] {
        let expression = parse(text);
        assert_eq!(expression.to_string(), printed, "{text}");
        assert_eq!(parse(printed), expression, "{text}");
    }
}

#[test]
fn a_prefix_is_stripped() {
    let steps = |path: &str| Path::parse(path).unwrap();
    let expression = parse("items.price > 5 AND items[\"a.b\"].c = items.keyword");
    let inner = expression.strip_prefix(steps("items").steps()).unwrap();
    assert_eq!(inner.to_string(), "price > 5 AND [\"a.b\"].c = keyword");
    assert_eq!(parse(&inner.to_string()), inner);
    let deep = parse("a.b[\"x.y\"][0].c = 1").strip_prefix(steps("a.b[\"x.y\"]").steps());
    assert_eq!(deep.unwrap().to_string(), "[0].c = 1");
    assert_eq!(expression.strip_prefix(&[]).unwrap(), expression);
    for (text, offending) in [
        ("items.a = 1 AND other.b = 2", "other.b"),
        ("items = 1", "items"),
        ("a.items.b", "a.items.b"),
    ] {
        assert_eq!(
            parse(text).strip_prefix(steps("items").steps()),
            Err(offending.to_owned())
        );
    }
    let document = encoded(r#"{"price": 7, "a.b": {"c": 1}, "keyword": 1}"#);
    let root = Document::new(&document).unwrap().root().unwrap();
    assert_eq!(inner.matches(root, 0.0), Ok(true));
}

#[test]
fn damage_is_an_error_and_not_an_answer() {
    let mut bytes = encoded(r#"{"a": "xyz", "b": ["some", "strings"]}"#);
    bytes.truncate(bytes.len() - 4);
    let root = Document::new(&bytes).unwrap().root().unwrap();
    for text in [
        "b = 'nothing'",
        "lower(b) = 'x'",
        "b + 1 = 2",
        "NOT b",
        "b > _score",
        "'x' IN (b)",
        "b IS NULL",
    ] {
        assert!(parse(text).matches(root, 0.0).is_err(), "{text}");
        assert!(parse(text).number(root, 0.0).is_err(), "{text}");
    }
}
