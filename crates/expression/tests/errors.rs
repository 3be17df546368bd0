//! Every way to get an expression wrong, and what is said about it.

use quidditch_document::Document;
use quidditch_document::encode::Json;
use quidditch_expression::{ErrorKind, Expression, ExpressionError, Limits, Place};

fn parse_tree(tree: &str, limits: &Limits) -> Result<Expression, ExpressionError> {
    let json = tree
        .parse::<Json>()
        .unwrap_or_else(|offset| panic!("not JSON at {offset}: {tree}"));
    let bytes = json.encode();
    let root = Document::new(&bytes).unwrap().root().unwrap();
    Expression::parse_tree(root, limits)
}

#[track_caller]
fn check_text(cases: &[(&str, &str)]) {
    for (text, expected) in cases {
        let error = Expression::parse_text(text, &Limits::default()).expect_err(text);
        assert_eq!(error.to_string(), *expected, "{text}");
        assert_eq!(error.kind, ErrorKind::Invalid, "{text}");
    }
}

#[track_caller]
fn check_tree(cases: &[(&str, &str)]) {
    for (tree, expected) in cases {
        let error = parse_tree(tree, &Limits::default()).expect_err(tree);
        assert_eq!(error.to_string(), *expected, "{tree}");
        assert_eq!(error.kind, ErrorKind::Invalid, "{tree}");
    }
}

#[test]
fn text_that_is_no_expression() {
    check_text(&[
        ("", "column 1: expected a value, found the end"),
        ("  ", "column 3: expected a value, found the end"),
        ("price >", "column 8: expected a value, found the end"),
        ("price > > 5", "column 9: expected a value, found \">\""),
        ("(a", "column 3: expected \")\", found the end"),
        (
            "a)",
            "column 2: expected an operator or the end, found \")\"",
        ),
        (
            "a b",
            "column 3: expected an operator or the end, found \"b\"",
        ),
        (
            "a ADN b",
            "column 3: expected an operator or the end, found \"ADN\", did you mean \"AND\"?",
        ),
        (
            "a LIEK 'x'",
            "column 3: expected an operator or the end, found \"LIEK\", did you mean \"LIKE\"?",
        ),
        (
            "a = 1 betwen 2",
            "column 7: expected an operator or the end, found \"betwen\", did you mean \"BETWEEN\"?",
        ),
        (
            "a < b < c",
            "column 7: expected an operator or the end, found \"<\", comparisons don't chain, combine them with AND",
        ),
        (
            "a = b IN (1)",
            "column 7: expected an operator or the end, found \"IN\"",
        ),
        (
            "a 5",
            "column 3: expected an operator or the end, found \"5\"",
        ),
        (
            "a = NOT b",
            "column 5: NOT needs parentheses around it here",
        ),
        (
            "in = 5",
            "column 1: expected a value, found \"in\", a field of that name is written `in`",
        ),
        (
            "a NOT b",
            "column 7: expected IN, BETWEEN or LIKE, found \"b\"",
        ),
        ("a IS 5", "column 6: expected \"NULL\", found \"5\""),
        ("a IN 5", "column 6: expected \"(\", found \"5\""),
        (
            "a IN (1 2)",
            "column 9: expected \",\" or \")\", found \"2\"",
        ),
        ("a IN (1,)", "column 9: expected a value, found \")\""),
        (
            "a BETWEEN 1 OR 2",
            "column 13: expected \"AND\", found \"OR\"",
        ),
        ("a ? b", "column 6: expected \":\", found the end"),
        ("a ? b, c", "column 6: expected \":\", found \",\""),
        (
            "a & b",
            "column 3: unknown operator \"&\", did you mean \"AND\"?",
        ),
        (
            "a | b",
            "column 3: unknown operator \"|\", did you mean \"OR\"?",
        ),
        (
            "a === b",
            "column 3: unknown operator \"===\", did you mean \"=\"?",
        ),
        (
            "a !== b",
            "column 3: unknown operator \"!==\", did you mean \"!=\"?",
        ),
        (
            "a => 5",
            "column 3: unknown operator \"=>\", did you mean \">=\"?",
        ),
        (
            "a =< 5",
            "column 3: unknown operator \"=<\", did you mean \"<=\"?",
        ),
        (
            "a ^ 2",
            "column 3: unknown operator \"^\", did you mean \"**\"?",
        ),
        (
            "a ~ 'x'",
            "column 3: unknown operator \"~\", did you mean \"LIKE\"?",
        ),
        ("a; b", "column 2: unexpected character \";\""),
        ("é; b", "column 2: unexpected character \";\""),
        ("a = 'it", "column 5: unterminated string"),
        ("a = \"it", "column 5: unterminated string"),
        ("a = \"\\q\"", "column 5: a string that is not as in JSON"),
        ("`a", "column 1: unterminated key"),
        (
            "a.",
            "column 3: expected a key, other keys are written in backticks",
        ),
        (
            "a.-b",
            "column 3: expected a key, other keys are written in backticks",
        ),
        ("a[x]", "column 3: expected an array index or a quoted key"),
        ("a[\"x\"", "column 6: expected \"]\""),
        ("a[\"\\q\"]", "column 4: unknown escape in a quoted key"),
        (
            "a[99999999999999999999]",
            "column 3: expected an array index or a quoted key",
        ),
        ("5x", "column 1: not a number"),
        ("1.", "column 1: not a number"),
        ("1.2.3", "column 1: not a number"),
        (
            "1e400 > 5",
            "column 1: a number beyond the range of float64",
        ),
        (
            "1e99999999999 > 5",
            "column 1: \"1e99999999999\": number out of range",
        ),
        (
            "lowr(a) = 'x'",
            "column 1: unknown function \"lowr\", did you mean \"lower\"?",
        ),
        (
            "STARTSWITH(a, 'x')",
            "column 1: unknown function \"STARTSWITH\", did you mean \"starts_with\"?",
        ),
        ("xyzzy(a)", "column 1: unknown function \"xyzzy\""),
        ("abs()", "column 1: abs takes 1 argument, found 0"),
        ("1 + abs(1, 2)", "column 5: abs takes 1 argument, found 2"),
        ("pow(1)", "column 1: pow takes 2 arguments, found 1"),
        ("min()", "column 1: min takes 1 or more arguments, found 0"),
    ]);
}

#[test]
fn types_that_do_not_fit() {
    check_text(&[
        (
            "'a' > 5",
            "column 5: a string can't be compared to a number",
        ),
        (
            "a = 1 AND 5 = 'a'",
            "column 13: a number can't be compared to a string",
        ),
        (
            "(a > 1) = 5",
            "column 9: a boolean can't be compared to a number",
        ),
        ("a > true", "column 5: booleans have no order, use = or !="),
        (
            "(a = 1) < b",
            "column 1: booleans have no order, use = or !=",
        ),
        (
            "a = null",
            "column 5: a comparison with null is never true, use IS NULL",
        ),
        (
            "null != a",
            "column 1: a comparison with null is never true, use IS NULL",
        ),
        (
            "a IN (1, null)",
            "column 10: a comparison with null is never true, use IS NULL",
        ),
        (
            "null IN (1)",
            "column 1: a comparison with null is never true, use IS NULL",
        ),
        (
            "lower(a) IN ('x', 5)",
            "column 10: a string can't be compared to a number",
        ),
        (
            "a BETWEEN 1 AND 'x'",
            "column 3: a number can't be compared to a string",
        ),
        (
            "a BETWEEN false AND true",
            "column 11: booleans have no order, use = or !=",
        ),
        (
            "a BETWEEN 1 AND null",
            "column 17: a comparison with null is never true, use IS NULL",
        ),
        (
            "upper(price + 1) = 'X'",
            "column 7: expected a string, found a number",
        ),
        ("upper(null)", "column 7: expected a string, found null"),
        (
            "price AND 3",
            "column 11: expected a boolean, found a number",
        ),
        ("'x' OR a", "column 1: expected a boolean, found a string"),
        (
            "NOT lower(a)",
            "column 5: expected a boolean, found a string",
        ),
        ("!5", "column 2: expected a boolean, found a number"),
        ("-'x'", "column 2: expected a number, found a string"),
        ("+true", "column 2: expected a number, found a boolean"),
        ("a + 'x'", "column 5: expected a number, found a string"),
        (
            "a - b * (c = d)",
            "column 9: expected a number, found a boolean",
        ),
        ("2 ** 'x'", "column 6: expected a number, found a string"),
        ("null + 1", "column 1: expected a number, found null"),
        ("5 LIKE 'x'", "column 1: expected a string, found a number"),
        ("a LIKE 5", "column 8: expected a string, found a number"),
        (
            "a LIKE b",
            "column 8: the pattern of LIKE has to be a constant",
        ),
        (
            "a LIKE 'x\\'",
            "column 8: a pattern that ends with a backslash, write a backslash as \"\\\\\"",
        ),
        ("5 ? 1 : 2", "column 1: expected a boolean, found a number"),
        (
            "a ? 1 : 'x'",
            "column 9: a string where the others are a number",
        ),
        (
            "coalesce(a, 1, 'x')",
            "column 16: a string where the others are a number",
        ),
        (
            "(a ? 1 : 2) = 'x'",
            "column 13: a number can't be compared to a string",
        ),
    ]);
}

#[test]
fn trees_that_are_none() {
    check_tree(&[
        ("[]", "expected an expression, found array"),
        (
            "{}",
            "expected one of \"op\", \"func\", \"field\", \"const\" and \"condition\"",
        ),
        (
            r#"{"left": 1}"#,
            "expected one of \"op\", \"func\", \"field\", \"const\" and \"condition\"",
        ),
        (
            r#"{"op": "=", "const": 1}"#,
            "expected one of \"op\", \"func\", \"field\", \"const\" and \"condition\", found \"op\" and \"const\"",
        ),
        (
            r#"{"op": "=", "lefd": 1}"#,
            "unknown key \"lefd\", did you mean \"left\"?",
        ),
        (
            r#"{"field": "a", "args": []}"#,
            "\"args\" doesn't go with \"field\"",
        ),
        (r#"{"op": 5}"#, "op: expected a string, found number"),
        (
            r#"{"op": "=>", "left": 1, "right": 2}"#,
            "op: unknown operator \"=>\", did you mean \"=\"?",
        ),
        (
            r#"{"op": "betwen", "left": 1, "right": [1, 2]}"#,
            "op: unknown operator \"betwen\", did you mean \"BETWEEN\"?",
        ),
        (r#"{"op": "xyzzy"}"#, "op: unknown operator \"xyzzy\""),
        (r#"{"op": "=", "left": 1}"#, "= takes 2 operands, found 1"),
        (r#"{"op": "NOT"}"#, "NOT takes 1 operand, found 0"),
        (
            r#"{"op": "AND", "args": []}"#,
            "AND takes 1 or more operands, found 0",
        ),
        (
            r#"{"op": "in", "args": []}"#,
            "in takes 1 or more operands, found 0",
        ),
        (
            r#"{"op": "+", "args": [1, 2, 3]}"#,
            "+ takes 2 operands, found 3",
        ),
        (
            r#"{"op": "+", "left": 1, "args": [1]}"#,
            "args: \"args\" stands for all operands",
        ),
        (
            r#"{"op": "between", "left": {"field": "a"}, "right": [1]}"#,
            "between takes 3 operands, found 2",
        ),
        (
            r#"{"op": "IN", "left": {"field": "a"}, "right": 5}"#,
            "right: expected a list, found number",
        ),
        (
            r#"{"op": "=", "left": {"field": "a"}, "right": [5]}"#,
            "right: expected an expression, found array",
        ),
        (
            r#"{"op": "AND", "left": {"field": "a"}, "right": 5}"#,
            "right: expected a boolean, found a number",
        ),
        (
            r#"{"op": "AND", "args": [{"field": "a"}, 5]}"#,
            "args[1]: expected a boolean, found a number",
        ),
        (
            r#"{"op": "IN", "left": {"field": "a"}, "right": [1, null]}"#,
            "right[1]: a comparison with null is never true, use IS NULL",
        ),
        (
            r#"{"op": "=", "left": {"func": "abs", "args": [{"op": ">", "left": "a", "right": 5}]}, "right": 1}"#,
            "left.args[0]: a string can't be compared to a number",
        ),
        (
            r#"{"func": "abs", "args": [{"op": "*", "left": "a", "right": 5}]}"#,
            "args[0].left: expected a number, found a string",
        ),
        (r#"{"func": "abs"}"#, "abs takes 1 argument, found 0"),
        (
            r#"{"func": "absolute", "args": [1]}"#,
            "unknown function \"absolute\"",
        ),
        (
            r#"{"func": "uper", "args": [1]}"#,
            "unknown function \"uper\", did you mean \"upper\"?",
        ),
        (
            r#"{"func": "abs", "args": 5}"#,
            "args: expected a list, found number",
        ),
        (
            r#"{"const": [1]}"#,
            "const: expected a constant: a string, number, boolean or null",
        ),
        (
            r#"{"const": 1e400}"#,
            "const: a number beyond the range of float64",
        ),
        (r#"{"field": 5}"#, "field: expected a string, found number"),
        (r#"{"field": ""}"#, "field: empty field"),
        (
            r#"{"field": "a..b"}"#,
            "field: field \"a..b\": invalid path at byte 2: empty key",
        ),
        (
            r#"{"field": "a.*"}"#,
            "field: \"*\" in field \"a.*\": an expression needs one field",
        ),
        (
            r#"{"condition": {"field": "a"}, "true": 1}"#,
            "expected \"false\"",
        ),
        (
            r#"{"condition": 5, "true": 1, "false": 2}"#,
            "condition: expected a boolean, found a number",
        ),
        (
            r#"{"condition": true, "true": {"field": "a"}, "false": {"op": "-", "arg": "x"}}"#,
            "false.arg: expected a number, found a string",
        ),
        (
            r#"{"condition": true, "true": 1, "false": "x"}"#,
            "false: a string where the others are a number",
        ),
    ]);
}

#[test]
fn places_are_exact() {
    let error =
        Expression::parse_text("naïve = 1 AND é > 'x' + 1", &Limits::default()).unwrap_err();
    assert_eq!(
        error.place,
        Place::Text {
            offset: 20,
            column: 19
        }
    );
    let error =
        parse_tree(r#"{"op": "NOT", "arg": {"func": "x"}}"#, &Limits::default()).unwrap_err();
    assert_eq!(error.place, Place::Tree("arg".to_owned()));
    let error = parse_tree(r#"{}"#, &Limits::default()).unwrap_err();
    assert_eq!(error.place, Place::Tree(String::new()));
}

fn limit(text: &str, limits: &Limits) -> String {
    let error = Expression::parse_text(text, limits).expect_err("a limit");
    assert_eq!(error.kind, ErrorKind::LimitExceeded);
    error.to_string()
}

#[test]
fn depth_is_limited() {
    let limits = Limits::default();
    for (open, close) in [
        ("(", ")"),
        ("-", ""),
        ("NOT ", ""),
        ("!", ""),
        ("abs(", ")"),
        ("1 + (", ")"),
        ("a ? b : ", ""),
        ("a ? ", " : b"),
        ("2 ** ", ""),
        ("a IN (", ")"),
        ("a = (", ")"),
        ("[", "]"),
    ] {
        let text = format!("{}a{}", open.repeat(100_000), close.repeat(100_000));
        let error = Expression::parse_text(&text, &limits).expect_err(open);
        assert!(
            open == "[" || error.kind == ErrorKind::LimitExceeded,
            "{open}: {error}"
        );
    }
    assert_eq!(
        limit(&"(".repeat(1000), &limits),
        "column 202: nested more than 100 deep"
    );
    let nested = |levels| format!("{}a", "-".repeat(levels));
    assert!(Expression::parse_text(&nested(99), &limits).is_ok());
    assert_eq!(
        limit(&nested(100), &limits),
        "column 1: nested more than 100 deep"
    );

    let tree = |levels| {
        format!(
            "{}{{\"field\": \"a\"}}{}",
            "{\"op\": \"NOT\", \"arg\": ".repeat(levels),
            "}".repeat(levels)
        )
    };
    let expression = parse_tree(&tree(99), &limits).unwrap();
    assert_eq!(
        Expression::parse_text(&expression.to_string(), &limits),
        Ok(expression)
    );
    let error = parse_tree(&tree(100), &limits).unwrap_err();
    assert_eq!(error.kind, ErrorKind::LimitExceeded);
    assert_eq!(error.place, Place::Tree(vec!["arg"; 100].join(".")));
    assert_eq!(error.message, "nested more than 100 deep");
}

#[test]
fn what_prints_deep_parses_within_the_same_limit() {
    let mut tree = r#"{"field": "a"}"#.to_owned();
    for _ in 0..33 {
        tree = format!(
            r#"{{"op": "**", "left": {{"op": "-", "arg": {{"op": "*", "left": 2, "right": {tree}}}}}, "right": 2}}"#
        );
    }
    let expression = parse_tree(&tree, &Limits::default()).unwrap();
    let printed = expression.to_string();
    assert_eq!(
        Expression::parse_text(&printed, &Limits::default()),
        Ok(expression)
    );
}

#[test]
fn chains_are_flat() {
    for operator in [" AND ", " OR ", " + ", " * "] {
        let text = vec!["a"; 5_000].join(operator);
        let expression = Expression::parse_text(&text, &Limits::default()).expect("flat");
        assert_eq!(expression.to_string(), text);
    }
    let list = format!("a IN ({})", vec!["b"; 5_000].join(", "));
    assert_eq!(
        Expression::parse_text(&list, &Limits::default())
            .unwrap()
            .to_string(),
        list
    );
}

#[test]
fn nodes_are_limited() {
    let limits = Limits {
        depth: 100,
        nodes: 7,
    };
    assert!(Expression::parse_text("a = 1 AND b = 2", &limits).is_ok());
    assert_eq!(
        limit("a = 1 AND b = 2 OR c", &limits),
        "column 17: more than 7 operands, operators and functions"
    );
    let tree = r#"{"op": "AND", "args": [true, true, true, true, true, true, true]}"#;
    let error = parse_tree(tree, &limits).unwrap_err();
    assert_eq!(error.kind, ErrorKind::LimitExceeded);
    assert_eq!(
        error.to_string(),
        "args[6]: more than 7 operands, operators and functions"
    );
}

#[test]
fn gaps_in_patterns_are_limited() {
    let text = |gaps| format!("a LIKE '%{}%'", "_x".repeat(gaps));
    assert!(Expression::parse_text(&text(128), &Limits::default()).is_ok());
    assert_eq!(
        limit(&text(129), &Limits::default()),
        "column 8: more than 256 characters with \"_\" between two \"%\""
    );
}

#[test]
fn damaged_trees_are_errors() {
    let bytes = r#"{"op": "=", "left": {"field": "abc"}, "right": [1, 2, 3]}"#
        .parse::<Json>()
        .unwrap()
        .encode();
    let (mut damaged, mut parsed) = (0, 0);
    for length in 0..bytes.len() {
        let Ok(root) = Document::new(&bytes[..length]).and_then(|document| document.root()) else {
            continue;
        };
        match Expression::parse_tree(root, &Limits::default()) {
            Err(error) if error.kind == ErrorKind::Damaged => damaged += 1,
            Err(_) => {}
            Ok(_) => parsed += 1,
        }
    }
    assert!(damaged > 0 && parsed == 0);
}
