//! Python sources, case by case.

mod common;

use quidditch_script::{Call, Description, Language, Mistake, describe};
use serde_json::{Value, json};

#[track_caller]
fn read(source: &str) -> Description {
    common::read(Language::Python, source)
}

#[track_caller]
fn parameters(source: &str) -> Value {
    read(source).metadata()["parameters"].take()
}

/// The parameters of `def filter(…)`.
#[track_caller]
fn signature(parameters_of_filter: &str) -> Value {
    parameters(&format!("def filter({parameters_of_filter}):\n    pass\n"))
}

#[track_caller]
fn mistake(source: &str) -> Mistake {
    common::mistake(Language::Python, source)
}

#[track_caller]
fn check(cases: &[(&str, &str, &str)]) {
    common::check(Language::Python, cases);
}

const EXAMPLE: &str = r#""""
Text similarity filter

@quidditch.udf name=text_similarity version=1.0.0 category=text tags=similarity,fuzzy
@quidditch.param query: str - Text to compare with
@quidditch.param threshold: int - Largest edit distance
@quidditch.returns bool - True if close enough
"""
def levenshtein(a, b): ...
def filter(query: str, threshold: int = 2) -> bool:
    title = get_field_string("title")
    return title is not None and levenshtein(title, query) <= threshold
"#;

#[test]
fn the_example() {
    let found = read(EXAMPLE);
    assert_eq!(found.name.as_deref(), Some("text_similarity"));
    assert_eq!(found.version.as_deref(), Some("1.0.0"));
    assert_eq!(found.call, Call::Named);
    assert_eq!(
        found.metadata(),
        json!({
            "language": "python",
            "function_name": "filter",
            "description": "Text similarity filter",
            "category": "text",
            "tags": ["similarity", "fuzzy"],
            "parameters": [
                {"name": "query", "type": "string", "required": true, "description": "Text to compare with"},
                {"name": "threshold", "type": "i64", "required": false, "default": 2, "description": "Largest edit distance"},
            ],
            "returns": [{"type": "bool", "description": "True if close enough"}],
        })
    );
}

#[test]
fn other_ends_of_lines_and_a_byte_order_mark_change_nothing() {
    let expected = read(EXAMPLE);
    for end in ["\r\n", "\r"] {
        assert_eq!(read(&EXAMPLE.replace('\n', end)), expected);
    }
    assert_eq!(read(&format!("\u{feff}{EXAMPLE}")), expected);
    // Without an end of the last line.
    assert_eq!(read(EXAMPLE.trim_end()), expected);
    assert_eq!(read(&EXAMPLE.replace("    ", "\t")), expected);
}

#[test]
fn a_bare_filter_is_enough() {
    let found = read("def filter(): return True");
    assert_eq!(found.name, None);
    assert_eq!(
        found.metadata(),
        json!({"language": "python", "function_name": "filter", "parameters": [], "returns": [{"type": "bool"}]})
    );
}

#[test]
fn annotations() {
    let ty = |annotation: &str| {
        let found = &signature(&format!("x: {annotation}"))[0];
        format!("{} {}", found["type"].as_str().unwrap(), found["required"])
    };
    for (annotation, expected) in [
        ("str", "string true"),
        ("int", "i64 true"),
        ("float", "f64 true"),
        ("bool", "bool true"),
        ("\"int\"", "i64 true"),
        ("(str)", "string true"),
        ("Optional[str]", "string false"),
        ("typing.Optional[ int ]", "i64 false"),
        ("Optional[Optional[bool]]", "bool false"),
        ("str | None", "string false"),
        ("None | float", "f64 false"),
        ("Union[str, None]", "string false"),
        ("typing.Union[None, str]", "string false"),
        ("Union[str]", "string true"),
        ("str | str", "string true"),
    ] {
        assert_eq!(ty(annotation), expected, "{annotation}");
    }
}

#[test]
fn annotations_that_are_no_types() {
    for annotation in [
        "list",
        "List[str]",
        "str | int",
        "Union[int, str, None]",
        "None",
        "Optional[None]",
        "Optional",
        "Optional[str, int]",
        "dict[str, int]",
        "\"Optional[str]\"",
        "f(x)",
        "1",
        "b\"str\"",
        "typing.Any",
        "str & None",
        "größe",
    ] {
        let found = mistake(&format!("def filter(a: int, x: {annotation}): pass"));
        let shown: String = annotation.chars().take(40).collect();
        assert_eq!(found.message, format!("{shown} is no type of a UDF's"));
        assert_eq!((found.line, found.column), (1, 23));
        assert_eq!(
            found.hint,
            "Write x: str; the types are str, int, float and bool, or Optional[str] and the like."
        );
    }
}

#[test]
fn defaults() {
    // Of a literal, type and default follow.
    for (default, ty, value) in [
        ("2", "i64", json!(2)),
        ("-1", "i64", json!(-1)),
        ("+1", "i64", json!(1)),
        ("- (1)", "i64", json!(-1)),
        ("(((7)))", "i64", json!(7)),
        ("0xFF", "i64", json!(255)),
        ("-0x8000_0000_0000_0000", "i64", json!(i64::MIN)),
        ("9223372036854775807", "i64", json!(i64::MAX)),
        ("1.5", "f64", json!(1.5)),
        ("-1e3", "f64", json!(-1000)),
        ("True", "bool", json!(true)),
        ("False", "bool", json!(false)),
        ("'a' \"b\"", "string", json!("ab")),
        ("('a'\n   'b')", "string", json!("ab")),
        ("''", "string", json!("")),
    ] {
        let expected = json!([{"name": "x", "type": ty, "required": false, "default": value}]);
        assert_eq!(signature(&format!("x={default}")), expected, "{default}");
    }
    // Without a value that can be written down, the language takes its own.
    for (parameter, ty) in [
        ("x: str = None", "string"),
        ("x: str = f'{a}'", "string"),
        ("x: str = f'a'", "string"),
        ("x: str = 'a' f'b'", "string"),
        ("x: str = 'a' + 'b'", "string"),
        ("x: str = '\\N{BULLET}'", "string"),
        ("x: str = '\\ud800'", "string"),
        ("x: str = '\\0'", "string"),
        ("x: str = b'a'", "string"),
        ("x: int = LIMIT", "i64"),
        ("x: int = len('abc')", "i64"),
        ("x: int = ~1", "i64"),
        ("x: int = --1", "i64"),
        ("x: int = not 1", "i64"),
        ("x: int = 2 ** 4", "i64"),
        ("x: float = 1e999", "f64"),
        ("x: float = float('nan')", "f64"),
        ("x: float = 2j", "f64"),
        ("x: bool = not True", "bool"),
        ("x: Optional[int] = None", "i64"),
        (
            "x: int = 99999999999999999999999999999999999999999999",
            "i64",
        ),
    ] {
        let expected = json!([{"name": "x", "type": ty, "required": false}]);
        assert_eq!(signature(parameter), expected, "{parameter}");
    }
    // A float takes an integer, as in Python.
    assert_eq!(signature("x: float = 2")[0]["default"], json!(2));
    assert_eq!(
        signature("x: float = 0x1_0000_0000_0000_0001")[0]["default"],
        json!(18446744073709551616.0)
    );
    assert_eq!(
        signature("x: float = -0.0")[0]["default"].to_string(),
        "-0.0"
    );
}

#[test]
fn forms_of_parameters() {
    let expected = json!([
        {"name": "a", "type": "string", "required": true},
        {"name": "b", "type": "i64", "required": false, "default": 1},
        {"name": "c", "type": "f64", "required": true},
        {"name": "d", "type": "bool", "required": false, "default": true},
    ]);
    assert_eq!(
        signature("a: str, b: int = 1, *, c: float, d=True"),
        expected
    );
    assert_eq!(
        signature(
            "\n    a: str,  # the first\n    b: int = 1,\n    # then\n    *, c: float, d=True,\n"
        ),
        expected
    );
    // Words of SQL are names, and in Python so are soft keywords.
    assert_eq!(
        signature("select: str, type: int, match: bool")
            .as_array()
            .unwrap()
            .len(),
        3
    );
}

#[test]
fn parameters_that_cannot_be_passed_by_name() {
    check(&[
        (
            "def filter(*args): pass",
            "line 1, column 12: *args takes any number of arguments",
            "filter is called by the names of its parameters: write each as name: type.",
        ),
        (
            "def filter(*args: str): pass",
            "line 1, column 12: *args takes any number of arguments",
            "filter is called by the names of its parameters: write each as name: type.",
        ),
        (
            "def filter(a: str,\n           **rest): pass",
            "line 2, column 12: **rest takes arguments of any name",
            "filter is called by the names of its parameters: write each as name: type.",
        ),
        (
            "def filter(a: str, /): pass",
            "line 1, column 20: / makes parameters before it positional",
            "filter is called by the names of its parameters: write each as name: type.",
        ),
        (
            "def filter(größe: str): pass",
            "line 1, column 12: \"größe\" can't be the name of a parameter",
            "Rename it: a parameter is 1 to 63 ASCII letters, digits and \"_\", and doesn't begin with a digit.",
        ),
        (
            "def filter(a: str, a: str): pass",
            "line 1, column 20: parameter a is there twice",
            "Rename one of them.",
        ),
        (
            "def filter(query): pass",
            "line 1, column 12: the type of parameter query isn't said",
            "Write query: str; the types are str, int, float, bool.",
        ),
        (
            "def filter(query=None): pass",
            "line 1, column 12: the type of parameter query isn't said",
            "Write query: str; the types are str, int, float, bool.",
        ),
        (
            "async def filter(query: str): pass",
            "line 1, column 11: filter is async, but there is nothing to wait for in a UDF",
            "Write def filter, without async.",
        ),
        (
            "def filter():\n    for x in (1, 2):\n        y = yield x",
            "line 1, column 5: filter is a generator, but a UDF returns one value",
            "Write return instead of yield.",
        ),
    ]);
    read(
        "def filter():\n    def numbers(): yield 1\n    return next(numbers()) + sum((lambda: (yield 2))())",
    );
    let long = "a".repeat(64);
    assert_eq!(
        mistake(&format!("def filter({long}: str): pass")).column,
        12
    );
    read(&format!("def filter({}: str): pass", &long[1..]));
    let many = |n: usize| (0..n).map(|i| format!("p{i}=0, ")).collect::<String>();
    assert_eq!(signature(&many(100)).as_array().unwrap().len(), 100);
    let found = mistake(&format!("def filter({}): pass", many(101)));
    assert_eq!(found.message, "filter has 101 parameters, more than 100");
}

#[test]
fn defaults_of_another_type() {
    let hint = |ty: &str| format!("Give it another default, or another type: x: {ty}.");
    for (parameter, message, hint) in [
        (
            "x: int = 'a'",
            "the default of x is \"a\", which is no int",
            hint("str"),
        ),
        (
            "x: str = 1",
            "the default of x is 1, which is no str",
            hint("int"),
        ),
        (
            "x: int = 1.0",
            "the default of x is 1, which is no int",
            hint("float"),
        ),
        (
            "x: int = True",
            "the default of x is true, which is no int",
            hint("bool"),
        ),
        (
            "x: bool = 1",
            "the default of x is 1, which is no bool",
            hint("int"),
        ),
        (
            "x: float = False",
            "the default of x is false, which is no float",
            hint("bool"),
        ),
    ] {
        let found = mistake(&format!("def filter({parameter}): pass"));
        assert_eq!(found.message, message, "{parameter}");
        assert_eq!(found.hint, hint, "{parameter}");
    }
    let found = mistake("def filter(x=9223372036854775808): pass");
    assert_eq!(found.hint, "Give it a default in the range of its type.");
}

#[test]
fn tags_and_signature_together() {
    let with_tag = |tag: &str, parameter: &str| {
        describe(
            Language::Python,
            &format!(
                "'''\n@quidditch.param x: {tag} - What it is\n'''\ndef filter({parameter}): pass"
            ),
        )
        .map(|found| {
            let x = &found.parameters[0];
            assert_eq!(x.description.as_deref(), Some("What it is"));
            format!("{} {} {:?}", x.ty, x.required, x.default)
        })
        .map_err(|mistake| mistake.to_string())
    };
    let ok = |text: &str| Ok(text.to_owned());
    assert_eq!(with_tag("str", "x"), ok("string true None"));
    assert_eq!(with_tag("str", "x: str"), ok("string true None"));
    assert_eq!(with_tag("i32", "x: int"), ok("i32 true None"));
    assert_eq!(
        with_tag("f32", "x: float = 0.5"),
        ok("f32 false Some(Number(0.5))")
    );
    assert_eq!(with_tag("string", "x"), ok("string true None"));
    assert_eq!(with_tag("Optional[int]", "x"), ok("i64 false None"));
    assert_eq!(with_tag("int | None", "x"), ok("i64 false None"));
    assert_eq!(with_tag("float", "x=2"), ok("f64 false Some(Number(2))"));
    assert_eq!(with_tag("", "x: bool"), ok("bool true None"));
    assert_eq!(with_tag("str", "x=None"), ok("string false None"));
    let both = |tag: &str, here: &str| {
        Err(format!(
            "line 2, column 18: the tag says that x is {tag}, the signature says {here}"
        ))
    };
    assert_eq!(with_tag("int", "x: str"), both("int", "str"));
    assert_eq!(with_tag("float", "x: int"), both("float", "int"));
    assert_eq!(with_tag("i32", "x: float"), both("i32", "float"));
    assert_eq!(
        with_tag("int", "x='a'"),
        Err("line 4, column 12: the default of x is \"a\", which is no int".into())
    );
    assert_eq!(
        with_tag("i32", "x=2147483648"),
        Err("line 4, column 12: the default of x is 2147483648, which is no i32".into())
    );
    assert_eq!(
        with_tag("text", "x"),
        Err("line 2, column 21: \"text\" is no type".into())
    );
}

#[test]
fn tags_that_say_something_wrong() {
    let module =
        |tag: &str| format!("\"\"\"Docs.\n\n  {tag}\n\"\"\"\ndef filter(query: str): pass\n");
    for (tag, message, hint) in [
        (
            "@quidditch.param quary: str - Text",
            "line 3, column 20: filter has no parameter \"quary\", did you mean \"query\"?",
            "Its parameters: query.",
        ),
        (
            "@quidditch.param query - Text",
            "line 3, column 20: the tag has no name and type",
            "Write @quidditch.param name: type - description.",
        ),
        (
            "@quidditch.param query: int = 2 - Text",
            "line 3, column 27: a default in the tag of query",
            "Write it in the signature: query: int = 2.",
        ),
        (
            "@quidditch.params query: int",
            "line 3, column 3: unknown tag @quidditch.params",
            "The tags are @quidditch.udf, @quidditch.param and @quidditch.returns.",
        ),
        (
            "@quidditch.udf name=a verson=1.0.0",
            "line 3, column 32: unknown key \"verson\", did you mean \"version\"?",
            "Known keys: name, version, entry, function_name, description, category, tags, author, license, repository, permissions, max_memory, max_execution_time, max_stack, pool_size, expected_latency. Another key is kept as it is unless it looks like one of these.",
        ),
        (
            "@quidditch.udf version=1.0",
            "line 3, column 26: invalid version \"1.0\": unexpected end of input while parsing minor version number",
            "Versions follow semantic versioning: major.minor.patch, as in 1.0.0 or 2.1.0-beta.1.",
        ),
        (
            "@quidditch.udf name=9lives",
            "line 3, column 23: invalid name \"9lives\"",
            "A name is 1 to 63 ASCII letters, digits, \"_\", \"-\" and \".\", and begins with a letter or \"_\".",
        ),
        (
            "@quidditch.udf description=Finds words",
            "line 3, column 36: \"words\" is no key=value",
            "Write a value with spaces in quotes, as in description=\"Finds words\".",
        ),
        (
            "@quidditch.udf name = a",
            "line 3, column 18: \"name\" is no key=value",
            "Write a value with spaces in quotes, as in description=\"Finds words\".",
        ),
        (
            "@quidditch.udf name= a",
            "line 3, column 18: name has no value",
            "Write name=value, without spaces around \"=\".",
        ),
        (
            "@quidditch.udf author='Ann",
            "line 3, column 25: the value of author has no closing '",
            "Close it before the tag ends.",
        ),
        (
            "@quidditch.udf pool_size=many",
            "line 3, column 28: pool_size is \"many\"",
            "Write a whole number from 0 to 1000.",
        ),
        (
            "@quidditch.udf language=rust",
            "line 3, column 27: \"language\" can't be set by a tag",
            "The source is in the language it is given in.",
        ),
        (
            "@quidditch.udf entry",
            "line 3, column 3: a docstring doesn't stand above a function",
            "Write entry=name with the function's name.",
        ),
        (
            "@quidditch.udf entry=score",
            "line 3, column 24: no function score",
            "Write def score(query: str) -> bool: or mark the function to call by \"# @udf: entry\" above it.",
        ),
        (
            "@quidditch.udf name=a\n  @quidditch.udf name=b",
            "line 4, column 23: name is \"b\" here, but \"a\" on line 3",
            "Leave one name.",
        ),
        (
            "@quidditch.param query: str\n  @quidditch.param query: str",
            "line 4, column 20: parameter query has a tag on line 3 already",
            "Leave one of the two.",
        ),
        (
            "@quidditch.returns bool\n  @quidditch.return int",
            "line 4, column 21: the result has a tag on line 3 already",
            "Leave one of the two.",
        ),
    ] {
        let found = mistake(&module(tag));
        assert_eq!(found.to_string(), message, "{tag}");
        assert_eq!(found.hint, hint, "{tag}");
    }
}

#[test]
fn every_key_finds_its_place() {
    let found = read(
        r#"'''
@quidditch.udf name=a.b-c version=2.1.0-beta.1 category="full text"
    author="Ann O'Neill" license=MIT repository=https://example.org/x?a=b
    tags="one, two,three" permissions=read_document
    max_memory=4MB max_execution_time=100 max_stack='64 kB' pool_size=2 expected_latency=1ms
    ticket=QD-17 x.y=z
    description='Keeps "near" ones'
'''
def filter() -> bool: pass
"#,
    );
    assert_eq!(found.name.as_deref(), Some("a.b-c"));
    assert_eq!(found.version.as_deref(), Some("2.1.0-beta.1"));
    assert_eq!(
        found.metadata(),
        json!({
            "language": "python",
            "function_name": "filter",
            "category": "full text",
            "author": "Ann O'Neill",
            "license": "MIT",
            "repository": "https://example.org/x?a=b",
            "tags": ["one", "two", "three"],
            "permissions": ["read_document"],
            "limits": {"max_memory": "4MB", "max_execution_time": 100, "max_stack": "64 kB"},
            "pool_size": 2,
            "expected_latency": "1ms",
            "metadata": {"ticket": "QD-17", "x.y": "z"},
            "description": "Keeps \"near\" ones",
            "parameters": [],
            "returns": [{"type": "bool"}],
        })
    );
}

#[test]
fn comments_at_the_top_level() {
    let found = read(
        "# @udf: name=a version=1.0.0\n#@udf category=b\nimport re  # @quidditch.udf: author=c\n\
         def helper():\n    # @udf: license=no\n    x = '# @udf: license=no'\n    return x\n\
         # @udf: license=yes\n# @udfs: license=no\n# see @udf: license=no\n\
         def filter(): pass\n# @udf: repository=d",
    );
    assert_eq!(found.name.as_deref(), Some("a"));
    assert_eq!(found.category.as_deref(), Some("b"));
    assert_eq!(found.author.as_deref(), Some("c"));
    assert_eq!(found.license.as_deref(), Some("yes"));
    assert_eq!(found.repository.as_deref(), Some("d"));
    let found = mistake("def filter(): pass\n# @udf: name=ä");
    assert_eq!((found.line, found.column), (2, 14));
}

#[test]
fn the_entry() {
    let function = |source: &str| read(source).function;
    assert_eq!(
        function("def udf_main() -> int: pass\ndef filter(): pass"),
        "filter"
    );
    assert_eq!(
        function("def other(): pass\ndef udf_main() -> int: pass"),
        "udf_main"
    );
    let marked =
        "def filter(): pass\n# @udf: entry\n# Compares.\n\n@cached\ndef score() -> float: pass";
    assert_eq!(function(marked), "score");
    assert_eq!(function(&format!("# @udf: entry=score\n{marked}")), "score");
    assert_eq!(
        function("'@quidditch.udf entry=größe'\ndef filter(): pass\ndef größe() -> float: pass"),
        "größe"
    );
    assert_eq!(
        function("# @udf: entry version=1.0.0\ndef f() -> str: pass"),
        "f"
    );
    assert_eq!(
        function("def f() -> str:  # @udf: entry version=1.0.0\n    # @udf: name=9\n    pass"),
        "f"
    );
    // The last definition is the one that is called.
    assert_eq!(
        parameters("def filter(a: str): pass\ndef filter(b: int): pass")[0]["name"],
        "b"
    );
    assert_eq!(function("@dec\n@dec2(1)\ndef filter(): pass"), "filter");
}

#[test]
fn no_entry() {
    let write = "Write def filter(query: str) -> bool: or mark the function to call by \"# @udf: entry\" above it.";
    let above = "Write it directly above the def of the function to call, or above its decorators.";
    check(&[
        ("", "line 1, column 1: no function filter", write),
        ("x = 1\n", "line 1, column 1: no function filter", write),
        (
            "x = 1\ndef fliter(): pass",
            "line 2, column 5: no function filter, did you mean \"fliter\"?",
            write,
        ),
        (
            "class A:\n    def filter(self): pass",
            "line 1, column 1: no function filter",
            write,
        ),
        (
            "x = 1\nfilter = lambda query: True",
            "line 2, column 1: filter is no function that can be read",
            "Write def filter(query: str) -> bool:",
        ),
        (
            "class filter: pass",
            "line 1, column 7: filter is no function that can be read",
            "Write def filter(query: str) -> bool:",
        ),
        (
            "# @udf: entry\nx = 1\ndef filter(): pass",
            "line 1, column 1: the mark stands above no function",
            above,
        ),
        (
            "def filter(): pass\n# @udf: entry",
            "line 2, column 1: the mark stands above no function",
            above,
        ),
        (
            "# @udf: entry\ndef a() -> int: pass\n# @udf: entry\ndef b() -> int: pass",
            "line 4, column 5: b is marked as the entry, and so is a",
            "Leave one mark.",
        ),
        (
            "# @udf: entry=b\n# @udf: entry\ndef a() -> int: pass\ndef b() -> int: pass",
            "line 1, column 15: entry is \"b\", but a is marked",
            "Leave one of the two.",
        ),
    ]);
}

#[test]
fn syntax_errors() {
    // What is intact is enough.
    assert_eq!(
        parameters("def helper(:\n    pass\n\ndef filter(query: str): pass\n")[0]["name"],
        "query"
    );
    let found = mistake("x = 1\ndef filter(query: str:\n    pass\n");
    assert_eq!(found.line, 2, "{found}");
    assert!(found.message.contains("invalid syntax"), "{found}");
    let found = mistake("x = (1\n\n");
    assert!(
        found
            .message
            .starts_with("no function filter was found: invalid syntax"),
        "{found}"
    );
    assert_eq!(found.line, 1, "{found}");
    // Python says these better, not what it doesn't mind.
    assert!(found.is_syntax);
    assert!(mistake("def filter(query: str:\n    pass\n").is_syntax);
    assert!(!mistake("x = 1\n").is_syntax);
    assert!(!mistake("def filter(query): pass\n").is_syntax);
    let found = mistake("a = 1\0\n");
    assert_eq!(
        found.to_string(),
        "line 1, column 6: a NUL character in the source"
    );
}

#[test]
fn the_document_is_no_parameter() {
    assert_eq!(signature("doc"), json!([]));
    assert_eq!(signature("doc: dict"), json!([]));
    assert_eq!(signature("doc, limit: int = 5")[0]["name"], "limit");
    assert_eq!(signature("limit: int = 5, *, doc")[0]["name"], "limit");
    // Unless it says that it is.
    assert_eq!(signature("doc: str")[0]["name"], "doc");
    assert_eq!(signature("doc='x'")[0]["name"], "doc");
    let tagged = "def filter(doc):\n    '''\n    @quidditch.param doc: str - A name\n    '''\n";
    assert_eq!(parameters(tagged)[0]["name"], "doc");
}

#[test]
fn results() {
    let returns = |source: &str| {
        describe(Language::Python, source)
            .map(|found| found.returns.ty.to_string())
            .map_err(|mistake| format!("{mistake} {}", mistake.hint))
    };
    let ok = |ty: &str| Ok(ty.to_owned());
    let err = |text: &str| Err(text.to_owned());
    for (annotation, ty) in [
        ("bool", "bool"),
        ("str", "string"),
        ("int", "i64"),
        ("float", "f64"),
        ("'int'", "i64"),
    ] {
        assert_eq!(
            returns(&format!("def filter() -> {annotation}: pass")),
            ok(ty)
        );
    }
    assert_eq!(
        returns("'@quidditch.returns float'\ndef udf_main(): pass"),
        ok("f64")
    );
    assert_eq!(
        returns("'@quidditch.returns - How near'\ndef filter(): pass"),
        ok("bool")
    );
    assert_eq!(
        returns("def udf_main(): pass"),
        err(
            "line 1, column 5: what udf_main returns isn't said Write -> bool; the types are str, int, float, bool."
        )
    );
    assert_eq!(
        returns("'@quidditch.returns int - n'\ndef filter() -> bool: pass"),
        err(
            "line 1, column 21: the tag says that filter returns int, the signature says bool Let both say the same, or leave the type of one out."
        )
    );
    assert_eq!(
        returns("def filter() -> str | None: pass"),
        err(
            "line 1, column 5: filter may return nothing, but a UDF always returns a value Write -> str."
        )
    );
    assert_eq!(
        returns("def filter() -> None: pass"),
        err(
            "line 1, column 17: None is no type of a UDF's Write -> bool: the types are str, int, float and bool."
        )
    );
    assert_eq!(
        returns("'@quidditch.returns i32'\ndef filter(): pass"),
        err("line 1, column 21: Python returns no i32 Write -> int.")
    );
}

#[test]
fn docstrings() {
    let description = |source: &str| read(source).description;
    let some = |text: &str| Some(text.to_owned());
    let own = "def filter():\n    \"\"\"\n    Own.\n\n      Indented.\n    \"\"\"\n    pass\n";
    assert_eq!(description(own), some("Own.\n\n  Indented."));
    assert_eq!(
        description(&format!("'Of the module.'\n{own}")),
        some("Of the module.")
    );
    assert_eq!(
        description(&format!(
            "'''Of the module.\n@udf description=\"Of the tag.\"\n'''\n{own}"
        )),
        some("Of the tag.")
    );
    assert_eq!(
        description(&format!("'@udf name=a'\n{own}")),
        some("Own.\n\n  Indented.")
    );
    // Comments before it, escapes, raw and side by side; not bytes, not f-strings, not a later string.
    assert_eq!(
        description("#!/usr/bin/python\n# x\n'a\\tb\\x41' 'c'\ndef filter(): pass"),
        some("a\tbAc")
    );
    assert_eq!(description("r'a\\tb'\ndef filter(): pass"), some("a\\tb"));
    assert_eq!(
        description("'\\N{BULLET} one'\ndef filter(): pass"),
        some("\\N{BULLET} one")
    );
    for other in [
        "b'a'",
        "f'a'",
        "x = 'a'",
        "x = 1\n'a'",
        "'a'.upper()",
        "('a', 'b')",
    ] {
        assert_eq!(
            description(&format!("{other}\ndef filter(): pass")),
            None,
            "{other}"
        );
    }
    // A tag goes on over lines that are indented more, and tags may stand in the function's own.
    let found = read(
        "def filter(query):\n    '''Keeps near ones.\n\n    @quidditch.param query: str - Text\n        to compare\n        with\n\n    Not this.\n    '''\n",
    );
    assert_eq!(
        found.parameters[0].description.as_deref(),
        Some("Text to compare with")
    );
    assert_eq!(
        found.description.as_deref(),
        Some("Keeps near ones.\n\n\nNot this.")
    );
    // A place in a docstring with escapes is that in the source.
    let found = mistake("'''a\\n\\x41\\u00e4\n  é @\n  @udf name=9'''\ndef filter(): pass");
    assert_eq!((found.line, found.column), (3, 13));
    let found = mistake("'a\\0b'\ndef filter(): pass");
    assert_eq!(
        found.to_string(),
        "line 1, column 3: a NUL character in a docstring"
    );
    let found = mistake("'''a\\n@udf name=9'''\ndef filter(): pass");
    assert_eq!((found.line, found.column), (1, 17));
}
