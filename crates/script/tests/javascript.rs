//! JavaScript sources, case by case.

mod common;

use quidditch_script::{Call, Description, Language, Mistake, describe};
use serde_json::{Value, json};

#[track_caller]
fn read(source: &str) -> Description {
    common::read(Language::JavaScript, source)
}

#[track_caller]
fn parameters(source: &str) -> Value {
    read(source).metadata()["parameters"].take()
}

#[track_caller]
fn mistake(source: &str) -> Mistake {
    common::mistake(Language::JavaScript, source)
}

#[track_caller]
fn check(cases: &[(&str, &str, &str)]) {
    common::check(Language::JavaScript, cases);
}

const EXAMPLE: &str = "/**
 * Text similarity filter
 *
 * @udf name=text_similarity version=1.0.0 category=text tags=similarity,fuzzy
 * @param {string} query - Text to compare with
 * @param {integer} [threshold=2] - Largest
 *   edit distance
 * @returns {boolean} True if close enough
 */
// @udf: license=MIT
function filter({query, threshold = 2}) {
  return levenshtein(udf.getFieldString('title'), query) <= threshold;
}
";

#[test]
fn the_example() {
    let found = read(EXAMPLE);
    assert_eq!(found.name.as_deref(), Some("text_similarity"));
    assert_eq!(found.version.as_deref(), Some("1.0.0"));
    assert_eq!(found.call, Call::Object);
    assert_eq!(
        found.metadata(),
        json!({
            "language": "javascript",
            "function_name": "filter",
            "description": "Text similarity filter",
            "category": "text",
            "license": "MIT",
            "tags": ["similarity", "fuzzy"],
            "parameters": [
                {"name": "query", "type": "string", "required": true, "description": "Text to compare with"},
                {"name": "threshold", "type": "i64", "required": false, "default": 2, "description": "Largest edit distance"},
            ],
            "returns": [{"type": "bool", "description": "True if close enough"}],
        })
    );
    assert_eq!(read(&EXAMPLE.replace('\n', "\r\n")), found);
    assert_eq!(read(&format!("\u{feff}{EXAMPLE}")), found);
    let positional = read(&EXAMPLE.replace("{query, threshold = 2}", "query, threshold = 2"));
    assert_eq!(positional.call, Call::Positional);
    assert_eq!(positional.parameters, found.parameters);
}

#[test]
fn forms_of_the_entry() {
    let expected = json!([
        {"name": "a", "type": "string", "required": false, "default": "x"},
        {"name": "b", "type": "f64", "required": false, "default": 1},
    ]);
    for (source, call) in [
        ("function filter(a = 'x', b = 1) {}", Call::Positional),
        ("function filter({a = 'x', b = 1}) {}", Call::Object),
        ("function filter({a = 'x', b = 1} = {}) {}", Call::Object),
        (
            "function filter({a: first = 'x', 'b': second = 1}) {}",
            Call::Object,
        ),
        ("const filter = (a = 'x', b = 1) => true;", Call::Positional),
        ("let filter = ({a = 'x', b = 1}) => true;", Call::Object),
        (
            "var x = 1, filter = function ({a = 'x', b = 1}) {};",
            Call::Object,
        ),
        (
            "const filter = function named(a = 'x', b = 1) {};",
            Call::Positional,
        ),
        (
            "filter = ((a = 'x', /* then */ b = 1) => { return true })",
            Call::Positional,
        ),
    ] {
        let found = read(source);
        assert_eq!(found.metadata()["parameters"], expected, "{source}");
        assert_eq!(found.call, call, "{source}");
        assert_eq!(found.function, "filter", "{source}");
    }
    let found = read("/** @param {string} query */\nconst filter = query => query.length > 2");
    assert_eq!(found.call, Call::Positional);
    assert_eq!(found.parameters[0].name, "query");
    assert_eq!(read("function filter() {}").call, Call::Positional);
    let found = read("function filter({}) {}");
    assert_eq!((found.call, found.parameters.len()), (Call::Object, 0));
    let function = |source: &str| read(source).function;
    assert_eq!(
        function("/** @returns {number} */ function udf_main() {}"),
        "udf_main"
    );
    assert_eq!(
        function(
            "function filter() {}\n// @udf: entry\n/** @returns {number} */\nfunction score() {}"
        ),
        "score"
    );
    assert_eq!(
        function(
            "function filter() {}\n/**\n * @udf entry version=1.0.0\n * @returns {number}\n */\nfunction score() {}"
        ),
        "score"
    );
    assert_eq!(
        function(
            "// @udf: entry=größe\nfunction filter() {}\n/** @returns {number} */ const größe = () => 1"
        ),
        "größe"
    );
    assert_eq!(
        parameters("function filter(a = 1) {}\nfunction filter(b = 1) {}")[0]["name"],
        "b"
    );
}

#[test]
fn the_document_is_no_parameter() {
    let found = read("function filter(doc) { return doc.price > 5 }");
    assert_eq!((found.call, found.parameters.len()), (Call::Positional, 0));
    let found = read("const filter = doc => doc.price > 5");
    assert_eq!(found.parameters.len(), 0);
    let found = read("/** @param {Object} doc - A row */ function filter(doc, {limit = 5}) {}");
    assert_eq!(
        (found.call, found.parameters[0].name.as_str()),
        (Call::Object, "limit")
    );
    let found = read("function filter(limit = 5, doc) {}");
    assert_eq!((found.call, found.parameters.len()), (Call::Positional, 1));
    // Unless it says that it is.
    let found = read("/** @param {string} doc */ function filter(doc) {}");
    assert_eq!(found.parameters[0].name, "doc");
    assert_eq!(
        read("function filter({doc = 1}) {}").parameters[0].name,
        "doc"
    );
}

#[test]
fn an_object_with_tags_for_its_properties() {
    let found = read(
        "/**\n * @param {Object} options\n * @param {string} options.query - Text\n * @param {integer} [options.limit=2]\n */\nfunction filter(options) {}",
    );
    assert_eq!(found.call, Call::Object);
    assert_eq!(
        found.metadata()["parameters"],
        json!([
            {"name": "query", "type": "string", "required": true, "description": "Text"},
            {"name": "limit", "type": "i64", "required": false, "default": 2},
        ])
    );
}

#[test]
fn sources_that_cannot_be_called() {
    let write = "Write function filter({query}) { … } or mark the function to call by \"// @udf: entry\" above it.";
    let names = "Write one pattern, {query, threshold = 2}, or names, query, threshold = 2.";
    check(&[
        ("", "line 1, column 1: no function filter", write),
        (
            "\nfunction fliter() {}",
            "line 2, column 10: no function filter, did you mean \"fliter\"?",
            write,
        ),
        (
            "const filter = make();",
            "line 1, column 7: filter is no function that can be read",
            "Write function filter({query}) { … }",
        ),
        (
            "class filter {}",
            "line 1, column 7: filter is no function that can be read",
            "Write function filter({query}) { … }",
        ),
        (
            "\nexport function filter() {}",
            "line 2, column 1: export in a source that runs as a script",
            "Remove the word export (and default): the function is found by its name.",
        ),
        (
            "export default function () {}",
            "line 1, column 1: export in a source that runs as a script",
            "Remove the word export (and default): the function is found by its name.",
        ),
        (
            "import x from 'y';\nfunction filter() {}",
            "line 1, column 1: import in a source that runs as a script",
            "Put what it needs into the source: a UDF has no other files.",
        ),
        (
            "async function filter() {}",
            "line 1, column 16: filter is async, but there is nothing to wait for in a UDF",
            "Remove the word async.",
        ),
        (
            "const filter = async () => 1",
            "line 1, column 7: filter is async, but there is nothing to wait for in a UDF",
            "Remove the word async.",
        ),
        (
            "function* filter() {}",
            "line 1, column 11: filter is a generator, but a UDF returns one value",
            "Remove the * and return the value.",
        ),
        (
            "function filter(a = 1, ...rest) {}",
            "line 1, column 24: a rest parameter takes any number of arguments, but a UDF's parameters are passed by name",
            names,
        ),
        (
            "function filter({a = 1, ...rest}) {}",
            "line 1, column 25: a rest parameter takes any number of arguments, but a UDF's parameters are passed by name",
            names,
        ),
        (
            "function filter({a = 1}, b = 2) {}",
            "line 1, column 17: a pattern beside other parameters, but a UDF's parameters are passed by name",
            names,
        ),
        (
            "function filter([a]) {}",
            "line 1, column 17: a parameter without a name of its own, but a UDF's parameters are passed by name",
            names,
        ),
        (
            "function filter({a: {b}}) {}",
            "line 1, column 18: a parameter without a name of its own, but a UDF's parameters are passed by name",
            names,
        ),
        (
            "function filter({['a' + 1]: b}) {}",
            "line 1, column 18: a parameter without a name of its own, but a UDF's parameters are passed by name",
            names,
        ),
        (
            "function filter(query) {}",
            "line 1, column 17: the type of parameter query isn't said",
            "Write @param {string} query; the types are string, integer, number, boolean.",
        ),
        (
            "function filter($query = 1) {}",
            "line 1, column 17: \"$query\" can't be the name of a parameter",
            "Rename it: a parameter is 1 to 63 ASCII letters, digits and \"_\", and doesn't begin with a digit.",
        ),
        (
            "function filter({'a b': c = 1}) {}",
            "line 1, column 18: \"a b\" can't be the name of a parameter",
            "Rename it: a parameter is 1 to 63 ASCII letters, digits and \"_\", and doesn't begin with a digit.",
        ),
        (
            "function udf_main() {}",
            "line 1, column 10: what udf_main returns isn't said",
            "Write @returns {boolean}; the types are string, integer, number, boolean.",
        ),
        (
            "// @udf: entry\nlet x = 1;\nfunction filter() {}",
            "line 1, column 1: the mark stands above no function",
            "Write it directly above the function to call.",
        ),
    ]);
    let found = mistake("function filter({query, ) {\n}");
    assert!(found.message.contains("invalid syntax"), "{found}");
    assert_eq!(found.line, 1);
    // What is intact is enough.
    assert_eq!(
        parameters("let x = = 1;\nfunction filter(a = 1) {}")[0]["name"],
        "a"
    );
}

#[test]
fn defaults() {
    for (default, ty, value) in [
        ("2", "f64", json!(2)),
        ("-1", "f64", json!(-1)),
        ("+1.5", "f64", json!(1.5)),
        ("(((7)))", "f64", json!(7)),
        ("1_000", "f64", json!(1000)),
        ("0xFF", "f64", json!(255)),
        ("0o17", "f64", json!(15)),
        ("0b101", "f64", json!(5)),
        (".5", "f64", json!(0.5)),
        ("5.", "f64", json!(5)),
        ("1e-3", "f64", json!(0.001)),
        ("0", "f64", json!(0)),
        // As JavaScript rounds.
        ("9007199254740993", "f64", json!(9007199254740992i64)),
        ("2n", "i64", json!(2)),
        ("-0xffn", "i64", json!(-255)),
        ("true", "bool", json!(true)),
        ("false", "bool", json!(false)),
        ("'a'", "string", json!("a")),
        ("\"it's\"", "string", json!("it's")),
        ("`a\nb`", "string", json!("a\nb")),
        (r"'\n\t\b\v\f\r\0\'\q'", "string", Value::Null),
        (
            r"'\n\t\b\v\f\r\'\q'",
            "string",
            json!("\n\t\u{8}\u{b}\u{c}\r'q"),
        ),
        (r"'\x41\u0042\u{43}\u{1F600}'", "string", json!("ABC😀")),
        (r"'\ud83d\ude00'", "string", json!("😀")),
        (r"'\101\7\400'", "string", json!("A\u{7} 0")),
        ("'a\\\nb'", "string", json!("ab")),
        (r"`\u{41}\``", "string", json!("A`")),
    ] {
        let found = parameters(&format!("function filter(x = {default}) {{}}"));
        assert_eq!(found[0]["type"], ty, "{default}");
        assert_eq!(found[0]["default"], value, "{default}");
        assert_eq!(found[0]["required"], false, "{default}");
    }
    // Without a value that can be written down, the language takes its own.
    for (ty, default) in [
        ("string", "`a${b}`"),
        ("string", "'a' + 'b'"),
        ("string", r"'\ud83d'"),
        ("string", "null"),
        ("string", "undefined"),
        ("number", "017"),
        ("number", "1 / 3"),
        ("number", "Infinity"),
        ("number", "1e999"),
        ("number", "-(-1)"),
        ("boolean", "!0"),
        ("integer", "LIMIT"),
    ] {
        let source = format!("/** @param {{{ty}}} x */\nfunction filter(x = {default}) {{}}");
        let found = read(&source);
        assert_eq!(found.parameters[0].default, None, "{source}");
        assert!(!found.parameters[0].required, "{source}");
    }
}

#[test]
fn tags_of_parameters() {
    let with = |tag: &str, parameter: &str| {
        describe(
            Language::JavaScript,
            &format!("/** @param {tag} - What it is */\nfunction filter({parameter}) {{}}"),
        )
        .map(|found| {
            let x = &found.parameters[0];
            assert_eq!(x.description.as_deref(), Some("What it is"));
            let default = x.default.as_ref().map_or("none".into(), Value::to_string);
            format!("{} {} {default}", x.ty, x.required)
        })
        .map_err(|mistake| mistake.to_string())
    };
    let ok = |text: &str| Ok(text.to_owned());
    let err = |text: &str| Err(text.to_owned());
    for (tag, parameter, expected) in [
        ("{string} x", "x", "string true none"),
        ("{number} x", "{x}", "f64 true none"),
        ("{int} x", "x", "i64 true none"),
        ("{integer} x", "x", "i64 true none"),
        ("{bigint} x", "x", "i64 true none"),
        ("{boolean} x", "x", "bool true none"),
        ("{bool} x", "x", "bool true none"),
        ("{i32} x", "x", "i32 true none"),
        ("{string=} x", "x", "string false none"),
        ("{?string} x", "x", "string false none"),
        ("{string|null} x", "x", "string false none"),
        ("{number | undefined} x", "x", "f64 false none"),
        ("{string} [x]", "x", "string false none"),
        ("{string} params.x", "{x}", "string true none"),
        ("{number} [params.x=3]", "{x}", "f64 false 3"),
        ("{integer} [x=2]", "x", "i64 false 2"),
        ("{integer} [x = -2]", "x", "i64 false -2"),
        ("{integer} [x=2]", "x = 2", "i64 false 2"),
        ("{integer} x", "x = 2", "i64 false 2"),
        ("{integer} [x]", "x = limit()", "i64 false none"),
        ("{string} [x=John Doe]", "x", "string false \"John Doe\""),
        ("{string} [x='John ]']", "x", "err"),
        ("{string} [x=\"a\\u0062\"]", "x", "string false \"ab\""),
        ("{string} [x=null]", "x", "string false none"),
        ("{boolean} [x=true]", "x", "bool false true"),
        ("[x=2.5]", "x", "f64 false 2.5"),
        ("x", "x = 'a'", "string false \"a\""),
        ("{number} x", "x = 0x10", "f64 false 16"),
    ] {
        if expected == "err" {
            // As in JSDoc, a bracket in a default has to be paired.
            assert!(with(tag, parameter).is_err(), "{tag}");
        } else {
            assert_eq!(with(tag, parameter), ok(expected), "{tag}");
        }
    }
    for (tag, parameter, expected) in [
        (
            "{text} x",
            "x",
            "line 1, column 12: \"text\" is no type of a UDF's",
        ),
        (
            "{string|number} x",
            "x",
            "line 1, column 12: \"string|number\" is no type of a UDF's",
        ),
        (
            "{string x",
            "x",
            "line 1, column 12: the tag has no closing }",
        ),
        (
            "{string} [x",
            "x",
            "line 1, column 21: the tag has no closing ]",
        ),
        (
            "{string}",
            "x",
            "line 1, column 21: filter has no parameter \"-\"",
        ),
        (
            "{string} y",
            "x = 1",
            "line 1, column 21: filter has no parameter \"y\"",
        ),
        (
            "{string} x",
            "x = 1",
            "line 2, column 17: the default of x is 1, which is no string",
        ),
        (
            "{number} x",
            "x = 1n",
            "line 2, column 17: the default of x is 1, which is no number",
        ),
        (
            "{integer} x",
            "x = 1.5",
            "line 2, column 17: the default of x is 1.5, which is no integer",
        ),
        (
            "{integer} [x=1.5]",
            "x",
            "line 1, column 22: the default of x is 1.5, which is no integer",
        ),
        (
            "{integer} [x=a()]",
            "x",
            "line 1, column 22: \"a()\" is no default that can be read",
        ),
        (
            "{integer} [x=]",
            "x",
            "line 1, column 22: \"\" is no default that can be read",
        ),
        (
            "{integer} [x=1, 2]",
            "x",
            "line 1, column 22: \"1, 2\" is no default that can be read",
        ),
        (
            "{integer} [x=3]",
            "x = 2",
            "line 1, column 22: the tag says that the default of x is 3, the signature says 2",
        ),
    ] {
        assert_eq!(with(tag, parameter), err(expected), "{tag}");
    }
    // The object that holds the parameters needs no entry of its own.
    let found = read(
        "/**\n * @param {Object} params - All.\n * @param {string} params.query - Text\n */\nfunction filter({query}) {}",
    );
    assert_eq!(found.parameters.len(), 1);
}

#[test]
fn blocks_that_count() {
    let source = "/**
 * Of the file.
 * @udf name=a
 * @author Ann
 * @param {string} query Text
 * @see https://example.org
 *   and elsewhere
 */

/**
 * Of a helper.
 * @param {boolean} a
 * @param {nonsense} b
 * @returns {string}
 * @license none
 */
function helper(a, b) {}

/** @param {boolean} c of nothing */

/** Of the function.
 * @version 1.2.3
 * @returns {number} How near
 */
// Not a block.
/* @license neither */
function filter(query) { /** @license nor */ }
/** @license nor this */
";
    let found = read(source);
    assert_eq!(found.name.as_deref(), Some("a"));
    assert_eq!(found.version.as_deref(), Some("1.2.3"));
    assert_eq!(found.author.as_deref(), Some("Ann"));
    assert_eq!(found.license, None);
    assert_eq!(found.description.as_deref(), Some("Of the file."));
    assert_eq!(found.returns.ty.to_string(), "f64");
    assert_eq!(found.returns.description.as_deref(), Some("How near"));
    assert_eq!(found.parameters[0].description.as_deref(), Some("Text"));
    let found = read("/** A\n * B\n *\n *   C\n**/\nfunction filter() {}");
    assert_eq!(found.description.as_deref(), Some("A\nB\n\n  C"));
    assert_eq!(read("/***/\nfunction filter() {}").description, None);
    assert_eq!(read("/**/\nfunction filter() {}").description, None);
    // In strings, templates and regular expressions there are no comments.
    let found = read(
        "let a = '/** @udf name=a */', b = `\n// @udf: name=b\n`, c = /[/]** @udf name=c *[/]/;\nfunction filter() {}",
    );
    assert_eq!(found.name, None);
    let found = mistake("/**\n * é\n * @udf name=a  verson=1\n */\nfunction filter() {}");
    assert_eq!(
        found.to_string(),
        "line 3, column 24: unknown key \"verson\", did you mean \"version\"?"
    );
    let found = mistake("/** @quidditch.parm {string} x */\nfunction filter(x) {}");
    assert_eq!(
        found.to_string(),
        "line 1, column 5: unknown tag @quidditch.parm"
    );
}

#[test]
fn results() {
    let returns = |tag: &str| {
        describe(
            Language::JavaScript,
            &format!("/** {tag} */\nfunction filter() {{}}"),
        )
        .map(|found| found.returns.ty.to_string())
        .map_err(|mistake| format!("{mistake} {}", mistake.hint))
    };
    for (tag, ty) in [
        ("", "bool"),
        ("@returns {boolean}", "bool"),
        ("@return {string} The best", "string"),
        ("@returns {integer}", "i64"),
        ("@returns {bigint}", "i64"),
        ("@returns {number}", "f64"),
        ("@returns whether it is near", "bool"),
    ] {
        assert_eq!(returns(tag), Ok(ty.to_owned()), "{tag}");
    }
    assert_eq!(
        returns("@returns {?string}"),
        Err("line 1, column 14: filter may return nothing, but a UDF always returns a value Write @returns {string}.".into())
    );
    assert_eq!(
        returns("@returns {void}"),
        Err("line 1, column 14: \"void\" is no type of a UDF's The types are {string}, {number}, {integer} and {boolean}.".into())
    );
}
