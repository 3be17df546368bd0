//! Hostile sources: long, deep, ambiguous. Each is answered, in bounded time and without running out of stack.

use std::time::{Duration, Instant};

use quidditch_script::{LONGEST_SOURCE, Language, describe, describe_while};

/// Far more than the limit of ten seconds, far less than some would take without it.
const LONGEST: Duration = Duration::from_secs(30);

/// Long enough to run out of an ordinary stack.
const LONG: usize = LONGEST_SOURCE / 4;

fn repeated(piece: &str) -> String {
    piece.repeat(LONG / piece.len())
}

fn check(language: Language, piece: &str) {
    let source = repeated(piece);
    let start = Instant::now();
    drop(describe(language, &source));
    assert!(
        start.elapsed() < LONGEST,
        "{piece:?} took {:?}",
        start.elapsed()
    );
}

#[test]
fn python() {
    for piece in [
        "(",
        "[",
        "{",
        "x=[",
        "f\"{",
        "f'{f\"{",
        "\\\n",
        "not ",
        "lambda ",
        "lambda: ",
        "def ",
        "@a\n",
        "print ",
        "a<b>",
        "x if y else ",
        "match x:\n",
        "\"\"\"a",
        "'",
        "def f(a=(",
        "try:\n<not )",
        "if x:\n ",
        "async ",
        "await ",
        "*",
        "é",
    ] {
        check(Language::Python, piece);
    }
    let indented: String = (0..1400).map(|i| " ".repeat(i) + "if x:\n").collect();
    assert!(describe(Language::Python, &indented).is_err());
}

#[test]
fn javascript() {
    for piece in [
        "(",
        "[",
        "{",
        "`${",
        "a=>",
        "(a,",
        "{a:",
        "({a=1,",
        "<a>",
        "new ",
        "a?b:",
        "class A{",
        "async ",
        "!",
        "/",
        "function f(a=(",
        "=>",
        "++??",
        "`import in async =>",
        "...",
    ] {
        check(Language::JavaScript, piece);
    }
}

/// What nests within what is read: annotations, defaults, tags.
#[test]
fn nested_where_it_is_read() {
    let n = 100_000;
    let nested = |open: &str, close: &str| open.repeat(n) + "1" + &close.repeat(n);
    let found = describe(
        Language::Python,
        &format!("def filter(x={}): pass", nested("(", ")")),
    )
    .unwrap();
    assert_eq!(found.parameters[0].default, Some(1.into()));
    let found = describe(
        Language::Python,
        &format!("def filter(x: {}): pass", nested("Optional[", "]")),
    );
    assert!(
        found
            .unwrap_err()
            .message
            .ends_with("… is no type of a UDF's")
    );
    let union = "str | ".repeat(n) + "None";
    let found = describe(Language::Python, &format!("def filter(x: {union}): pass")).unwrap();
    assert!(!found.parameters[0].required);
    let found = describe(
        Language::JavaScript,
        &format!("function filter(x = {}) {{}}", nested("(", ")")),
    )
    .unwrap();
    assert_eq!(found.parameters[0].default, Some(1.into()));
    let braces = "{".repeat(n);
    assert!(
        describe(
            Language::JavaScript,
            &format!("/** @param {braces} x */ function filter(x) {{}}")
        )
        .is_err()
    );
    // In a default that a tag states, the parser starts anew.
    let tag = format!(
        "/** @param {{number}} [x={}] */ function filter(x) {{}}",
        nested("(", ")")
    );
    assert_eq!(
        describe(Language::JavaScript, &tag).unwrap().parameters[0].default,
        Some(1.into())
    );
}

/// Many of what is held against each other.
#[test]
fn many_tags() {
    let start = Instant::now();
    let keys: String = (0..90_000).map(|i| format!("k{i}=1 ")).collect();
    let found = describe(
        Language::Python,
        &format!("# @udf: {keys}\ndef filter(): pass"),
    )
    .unwrap_err();
    assert_eq!(found.message, "more than 100 keys");
    let tags: String = (0..40_000)
        .map(|i| format!("* @param [k{i}=1]\n"))
        .collect();
    let found = describe(
        Language::JavaScript,
        &format!("/**\n{tags}*/function filter(x = 1) {{}}"),
    )
    .unwrap_err();
    assert_eq!(found.message, "tags of more than 100 parameters");
    let name = "é".repeat(100_000);
    let found = describe(
        Language::Python,
        &format!("# @udf: name={name}\ndef filter(): pass"),
    )
    .unwrap_err();
    assert_eq!(found.message.chars().count(), 1001);
    let same = "@quidditch.udf name=a\n".repeat(40_000);
    assert!(
        describe(
            Language::Python,
            &format!("'''\n{same}'''\ndef filter(): pass")
        )
        .is_ok()
    );
    let functions: String = (0..40_000).map(|i| format!("def f{i}(): pass\n")).collect();
    assert!(describe(Language::Python, &functions).is_err());
    assert!(start.elapsed() < LONGEST);
}

#[test]
fn a_long_source_is_read_and_a_longer_one_refused() {
    let body = "    x = (1, 2, 'three')  # four\n";
    let function = "def filter(query: str) -> bool:\n";
    let fits = function.to_owned() + &body.repeat((LONGEST_SOURCE - function.len()) / body.len());
    assert_eq!(
        describe(Language::Python, &fits).unwrap().parameters.len(),
        1
    );
    let found = describe(Language::Python, &(fits + body)).unwrap_err();
    assert!(found.message.ends_with("more than 1048576"), "{found}");
}

#[test]
fn scanning_again_and_again_is_given_up() {
    let found = describe(Language::Python, &repeated("\\\n")).unwrap_err();
    assert_eq!(found.message, "the source takes too long to parse");
    assert_eq!((found.line, found.column), (1, 1));
}

/// The limit may be reached within a character.
#[test]
fn given_up_in_a_long_line_of_wide_characters() {
    for i in 0..8 {
        let source = "#".repeat(i) + &"try:\nprint ".repeat(6000) + &"étry:\n#".repeat(6000);
        assert!(describe(Language::Python, &source).is_err());
        let source = " ".repeat(i) + &"\\\n".repeat(5000) + &"é".repeat(20_000);
        assert!(describe(Language::Python, &source).is_err());
    }
}

#[test]
fn recovering_from_errors_ends() {
    // Quadratic, and without a moment to be interrupted: minutes, if it didn't end.
    let source = format!("x = 1;\n`import {}", repeated("in async =>"));
    let found = describe(Language::JavaScript, &source).unwrap_err();
    assert!(found.message.contains("invalid syntax"), "{found}");
    // What stands before an error is known, and what follows soon after.
    let function = "def filter(query: str): pass\n";
    let error = "x = = 1\n";
    let long = "y = (1, 2)\n".repeat(20_000);
    for source in [
        format!("{function}{error}{long}"),
        format!("{long}{error}{function}"),
    ] {
        assert_eq!(
            describe(Language::Python, &source)
                .unwrap()
                .parameters
                .len(),
            1
        );
    }
    let found = describe(Language::Python, &format!("{error}{long}{function}")).unwrap_err();
    assert_eq!(
        (found.message.as_str(), found.line),
        ("no function filter was found: invalid syntax", 1)
    );
}

#[test]
fn whoever_asked_can_give_up() {
    let source = repeated("x = 1\n");
    let mut asked = 0;
    let found = describe_while(Language::Python, &source, &mut || {
        asked += 1;
        asked < 10
    });
    assert!(found.is_err());
    assert_eq!(asked, 10);
}
