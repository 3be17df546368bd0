//! The JavaScript interpreter, as it is built in udfs/interpreters: what scripts see of the host and of the
//! document, how they fail, what they can't do. javascript/node.txt compares the language with Node.

mod common;

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use common::{SANDBOX, Seeded, jsonb, ticking};
use quidditch_document::Document;
use quidditch_sandbox::{
    CallError, CodeCache, Digest, Instance, Interpreter, Level, Limits, Module, Output, Parameter,
    Parameters, Sandbox, Script, Signature, Type,
};

const WASM: &[u8] = include_bytes!("../../../udfs/interpreters/javascript.wasm");
const DIGEST: Digest = [b'j'; 32];

/// Compiling takes longer than all the tests.
static CODE: LazyLock<PathBuf> = LazyLock::new(|| {
    let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
        .join(format!("javascript-{}", std::process::id()));
    let cache = CodeCache::new(&directory);
    if let Err(refused) = SANDBOX.compile_interpreter_into(WASM, &DIGEST, &cache) {
        panic!("{refused}");
    }
    directory
});

fn interpreter() -> Interpreter {
    let cache = CodeCache::new(CODE.as_path());
    SANDBOX
        .load_interpreter(&DIGEST, &cache)
        .expect("compiled code")
}

/// A script with what a test changes of how it is called.
struct Js {
    source: String,
    returns: Type,
    parameters: Parameters,
    limits: Limits,
}

impl Js {
    fn new(source: impl Into<String>) -> Self {
        Js {
            source: source.into(),
            returns: Type::String,
            parameters: Parameters::default(),
            limits: Limits::default(),
        }
    }

    fn returning(mut self, returns: Type) -> Self {
        self.returns = returns;
        self
    }

    fn with(mut self, parameters: &[(&str, Type, Option<Parameter>)]) -> Self {
        let parameters = parameters.iter().cloned();
        self.parameters = Parameters::new(
            parameters
                .map(|(name, ty, value)| (name.to_owned(), ty, value))
                .collect(),
        );
        self
    }

    fn module(&self) -> Module {
        interpreter().module(Script {
            name: "script@1.0.0".into(),
            source: self.source.as_str().into(),
        })
    }

    fn instance(&self) -> Result<Instance, CallError> {
        let module = self.module();
        let signature = Signature {
            parameters: Vec::new(),
            returns: Some(self.returns),
        };
        let entry = module.entry("filter", &signature).expect("any function");
        Instance::new(&module, &entry, &self.parameters, &self.limits)
    }

    fn call(&self, document: &str) -> Result<Output, CallError> {
        call(&mut self.instance()?, document)
    }

    fn text(&self, document: &str) -> String {
        match self.call(document) {
            Ok(Output::String(text)) => text,
            other => panic!("{other:?} of {}", self.source),
        }
    }

    /// The message and the detail of a failure.
    fn failure(&self, document: &str) -> (String, String) {
        match self.call(document) {
            Err(CallError::Failed { message, detail }) => (message, detail),
            other => panic!("{other:?} of {}", self.source),
        }
    }

    fn message(&self) -> String {
        self.failure("{}").0
    }
}

fn call(instance: &mut Instance, document: &str) -> Result<Output, CallError> {
    let document = jsonb(document);
    instance.call(Document::new(&document).expect("a document"), 0.25)
}

/// An expression's value, made a string.
fn evaluated(expression: &str, document: &str) -> String {
    Js::new(format!(
        "function filter() {{ return String({expression}) }}"
    ))
    .text(document)
}

fn all_evaluate(document: &str, cases: &[(&str, &str)]) {
    for (expression, expected) in cases {
        assert_eq!(evaluated(expression, document), *expected, "{expression}");
    }
}

/// The limit of memory that an expression runs into, which the host reports.
fn out_of_memory(expression: &str, document: &str) -> usize {
    let script = Js::new(format!(
        "function filter() {{ return String({expression}) }}"
    ));
    match script.call(document) {
        Err(CallError::MemoryLimit { limit, .. }) => limit,
        other => panic!("{other:?} of {expression}"),
    }
}

/// The message an expression fails with.
fn fails(expression: &str, document: &str) -> String {
    Js::new(format!(
        "function filter() {{ return String({expression}) }}"
    ))
    .failure(document)
    .0
}

#[test]
fn imports_nothing_of_wasi_and_no_user_may_import_what_it_does() {
    assert!(!WASM.windows(4).any(|bytes| bytes == b"wasi"));
    let Err(refused) = SANDBOX.compile(WASM) else {
        panic!("accepted as a user's module");
    };
    assert!(
        refused.to_string().contains("\"kind\" of \"quidditch\""),
        "{refused}"
    );
}

#[test]
fn the_language_is_that_of_node() {
    let table = include_str!("javascript/node.txt");
    let show = include_str!("javascript/show.js");
    let lines: Vec<_> = table.lines().collect();
    assert!(lines.len() > 600);
    for pair in lines.chunks(2) {
        let expression = pair[0].strip_prefix("> ").expect("an expression");
        let quoted = serde_json::to_string(&format!("return ({expression});")).unwrap();
        let source = format!("{show}\nfunction filter() {{ return show(new Function({quoted})) }}");
        assert_eq!(Js::new(source).text("{}"), pair[1], "{expression}");
    }
}

const DOCUMENT: &str = r#"{
    "title": "Größe 😀", "empty": "", "price": 12.5, "n": 5, "minus": -3, "yes": true, "no": false, "nil": null,
    "big": 9007199254740993, "huge": 1e400, "tags": ["a", "b", {"c": 1}], "id": 17,
    "a": {"b": {"c": [1, 2, 3], "k.d": "dot", "q\"\\[]": "quotes"}, "": "empty key"}, "x y": 1, "0": "zero",
    "__proto__": "own", "constructor": {"name": "field"}
}"#;

#[test]
fn getters() {
    all_evaluate(
        DOCUMENT,
        &[
            ("udf.getFieldString('title')", "Größe 😀"),
            ("udf.getFieldString('empty') === ''", "true"),
            ("udf.getFieldString('n')", "null"),
            ("udf.getFieldString('missing')", "null"),
            ("udf.getFieldString('a.b[\"k.d\"]')", "dot"),
            ("udf.getFieldString('tags[-2]')", "b"),
            ("udf.getFieldString('][')", "null"),
            ("udf.getFieldString('\\ud800')", "null"),
            ("udf.getFieldInt('n')", "5"),
            ("udf.getFieldInt('minus')", "-3"),
            ("udf.getFieldInt('price')", "null"),
            ("udf.getFieldInt('title')", "null"),
            ("udf.getFieldInt('big')", "9007199254740992"),
            ("typeof udf.getFieldInt('big')", "number"),
            ("udf.getFieldBigInt('big')", "9007199254740993"),
            ("typeof udf.getFieldBigInt('n')", "bigint"),
            ("udf.getFieldBigInt('title')", "null"),
            ("udf.getFieldFloat('price')", "12.5"),
            ("udf.getFieldFloat('n')", "5"),
            ("udf.getFieldFloat('huge')", "null"),
            ("udf.getFieldFloat('nil')", "null"),
            ("udf.getFieldBool('yes')", "true"),
            ("udf.getFieldBool('no')", "false"),
            ("udf.getFieldBool('n')", "null"),
            ("udf.hasField('nil')", "true"),
            ("udf.hasField('a.b.c[2]')", "true"),
            ("udf.hasField('a.b.c[3]')", "false"),
            ("udf.getArrayLength('tags')", "3"),
            ("udf.getArrayLength('a')", "null"),
            ("udf.getDocumentId()", "17"),
            ("udf.getScore()", "0.25"),
            ("JSON.stringify(udf.getFieldJson('a.b.c'))", "[1,2,3]"),
            ("udf.getFieldJson('nil')", "null"),
            ("udf.getFieldJson('missing')", "null"),
            ("udf.getFieldJson('title')", "Größe 😀"),
            ("udf.getFieldJson('huge')", "Infinity"),
            // What they give is the script's own.
            ("(o => { o.b = 1; return o.b })(udf.getFieldJson('a'))", "1"),
            ("udf.getParamString('none')", "null"),
        ],
    );
    assert_eq!(evaluated("udf.getDocumentId()", "{}"), "null");
    assert_eq!(
        fails("udf.getFieldString(Symbol('s'))", "{}"),
        "TypeError: cannot convert symbol to string"
    );
    assert_eq!(
        fails(
            "udf.getFieldString({toString() { throw new RangeError('mine') }})",
            "{}"
        ),
        "RangeError: mine"
    );
}

#[test]
fn long_texts() {
    // Around the buffer's first size, and beyond what it keeps.
    for length in [1022, 1023, 1024, 1025, 1026, 70_000, 3_000_000] {
        let document = format!(r#"{{"s": "{}é", "n": 1}}"#, "x".repeat(length - 2));
        for how in ["doc.s", "udf.getFieldString('s')", "udf.getFieldJson('s')"] {
            assert_eq!(
                evaluated(&format!("{how}.length + {how}.at(-1) + doc.n"), &document),
                format!("{}é1", length - 1),
                "{how}"
            );
        }
    }
    let huge = format!(r#"{{"s": "{}"}}"#, "x".repeat(12 << 20));
    assert_eq!(out_of_memory("doc.s", &huge), 16 << 20);
    assert_eq!(
        evaluated("(() => { try { doc.s } catch (e) { return e } })()", &huge),
        "InternalError: out of memory"
    );
}

#[test]
fn the_document() {
    all_evaluate(
        DOCUMENT,
        &[
            ("doc.title", "Größe 😀"),
            ("doc.price", "12.5"),
            ("doc.n + doc.minus", "2"),
            ("doc.yes && !doc.no", "true"),
            ("doc.nil", "null"),
            ("doc.missing", "undefined"),
            ("doc.missing?.x.y", "undefined"),
            ("doc.big", "9007199254740992"),
            ("doc.huge", "Infinity"),
            ("doc['x y'] + doc[0]", "1zero"),
            ("doc.tags[0] + doc.tags['1']", "ab"),
            ("doc.tags[3]", "undefined"),
            ("doc.tags[-1]", "undefined"),
            ("doc.tags['01']", "undefined"),
            ("doc.tags.at(-1).c", "1"),
            ("doc.tags.length", "3"),
            ("doc.a.b.c[1]", "2"),
            ("doc.a.b['k.d']", "dot"),
            (r#"doc.a.b['q"\\[]']"#, "quotes"),
            ("doc.a['']", "empty key"),
            ("doc['a.b']", "undefined"),
            ("doc.title.length", "8"),
            ("doc.__proto__", "own"),
            ("doc.constructor.name", "field"),
            (
                "doc.hasOwnProperty('n') + ' ' + doc.hasOwnProperty('m')",
                "true false",
            ),
            ("['n' in doc, 'nil' in doc, 'm' in doc]", "true,true,false"),
            (
                "[1 in doc.tags, 3 in doc.tags, 'length' in doc.tags]",
                "true,false,true",
            ),
            ("doc[Symbol.iterator]", "undefined"),
            (
                "typeof doc + typeof doc.a + typeof doc.tags",
                "objectobjectobject",
            ),
            (
                "[Array.isArray(doc.tags), Array.isArray(doc.a), Array.isArray(doc)]",
                "true,false,false",
            ),
            (
                "doc.tags instanceof Array && doc.a instanceof Object",
                "true",
            ),
            ("Object.keys(doc.tags)", "0,1,2"),
            ("Object.keys(doc.a.b)", "c,k.d,q\"\\[]"),
            ("Object.keys(doc).length", "17"),
            (
                "(() => { const r = []; for (const k in doc.a.b) r.push(k); return r.length })()",
                "3",
            ),
            ("Object.values(doc.a.b.c)", "1,2,3"),
            ("Object.entries(doc.a)[0][0].length", "0"),
            ("[...doc.tags].length", "3"),
            (
                "(([first, ...rest]) => first + rest.length)(doc.tags)",
                "a2",
            ),
            (
                "(({title, a: {b: {c: [x]}}}) => title + x)(doc)",
                "Größe 😀1",
            ),
            ("doc.tags.map(t => t.c ?? t)", "a,b,1"),
            (
                "doc.tags.filter(t => t > 'a').concat(1, doc.a.b.c)",
                "b,1,1,2,3",
            ),
            ("[0].concat(doc.a.b.c)", "0,1,2,3"),
            ("doc.a.b.c.reduce((a, b) => a + b)", "6"),
            (
                "doc.tags.includes('b') + ' ' + doc.tags.indexOf('x')",
                "true -1",
            ),
            ("doc.a.b.c.slice(1).join('-')", "2-3"),
            ("[[0], doc.a.b.c].flat()", "0,1,2,3"),
            ("[...doc.a.b.c].sort((a, b) => b - a)", "3,2,1"),
            ("doc.a.b.c.toSorted((a, b) => b - a)", "3,2,1"),
            ("Math.max(...doc.a.b.c)", "3"),
            ("new Set(doc.a.b.c).size", "3"),
            (
                "JSON.stringify(doc.a.b)",
                r#"{"c":[1,2,3],"k.d":"dot","q\"\\[]":"quotes"}"#,
            ),
            (
                "JSON.stringify([doc.tags, doc.nil])",
                r#"[["a","b",{"c":1}],null]"#,
            ),
            (
                "JSON.stringify({...doc.a.b, c: 0})",
                r#"{"c":0,"k.d":"dot","q\"\\[]":"quotes"}"#,
            ),
            ("JSON.parse(JSON.stringify(doc)).a.b.c[2]", "3"),
            (
                "JSON.stringify(Object.getOwnPropertyDescriptor(doc, 'n'))",
                r#"{"value":5,"writable":false,"enumerable":true,"configurable":true}"#,
            ),
            // The same object each time, also after all of it was read.
            ("doc.a === doc.a && doc.a.b === doc.a.b", "true"),
            (
                "(b => JSON.stringify(doc.a) && Object.keys(doc) && b === doc.a.b)(doc.a.b)",
                "true",
            ),
            ("`${doc} ${doc.tags.slice(0, 2)}`", "[object Object] a,b"),
            ("Object.prototype.toString.call(doc.tags)", "[object Array]"),
            ("(d => d.title)(Object.create(doc))", "Größe 😀"),
        ],
    );
}

#[test]
fn a_wide_document() {
    // More fields than are read one by one.
    let fields: Vec<_> = (0..100).map(|i| format!(r#""f{i}": {i}"#)).collect();
    let elements: Vec<_> = (0..100).map(|i| format!(r#"{{"n": {i}}}"#)).collect();
    let document = format!(r#"{{{}, "l": [{}]}}"#, fields.join(","), elements.join(","));
    all_evaluate(
        &document,
        &[
            (
                "Array.from({length: 100}, (_, i) => doc['f' + i]).reduce((a, b) => a + b)",
                "4950",
            ),
            (
                "Array.from({length: 100}, (_, i) => doc.l[i].n).reduce((a, b) => a + b)",
                "4950",
            ),
            ("doc.l.reduce((a, {n}) => a + n, 0)", "4950"),
            (
                "(() => { let s = 0; for (const k in doc) if (k != 'l') s += doc[k]; return s })()",
                "4950",
            ),
            (
                "(() => { let s = 0; for (let i = 99; i >= 0; i--) s += doc.l[i].n; return s })()",
                "4950",
            ),
            (
                "(() => { let first = doc.l[0]; for (const e of doc.l) e.n; return doc.l[0] === first })()",
                "true",
            ),
        ],
    );
}

#[test]
fn paths_of_any_length() {
    let key = "k".repeat(40_000);
    let document = format!(r#"{{"{key}": {{"{key}": {{"x": [7]}}}}}}"#);
    let expression = "(k => doc[k][k].x[0])('k'.repeat(40000))";
    assert_eq!(evaluated(expression, &document), "7");
    let deep = format!("{}1{}", r#"{"a":"#.repeat(500), "}".repeat(500));
    let expression = "(() => { let d = doc; for (let i = 0; i < 500; i++) d = d.a; return d })()";
    assert_eq!(evaluated(expression, &deep), "1");
}

#[test]
fn a_document_that_is_no_object() {
    all_evaluate(
        "[3, {\"a\": 4}, 5]",
        &[
            ("doc[0]", "3"),
            ("doc[1].a", "4"),
            ("doc.length", "3"),
            ("doc[9]", "undefined"),
            ("doc.length", "3"),
            ("doc.map(x => x.a ?? x)", "3,4,5"),
            ("[...doc].length", "3"),
            ("Array.isArray(doc)", "true"),
            ("JSON.stringify(doc)", "[3,{\"a\":4},5]"),
        ],
    );
    for scalar in ["\"text\"", "5", "null", "true"] {
        all_evaluate(
            scalar,
            &[
                ("doc.x", "undefined"),
                ("Object.keys(doc).length", "0"),
                ("Array.isArray(doc)", "false"),
            ],
        );
    }
}

#[test]
fn the_document_is_read_only() {
    for write in [
        "doc.n = 1",
        "doc.new = 1",
        "doc.tags[0] = 1",
        "doc.tags.push(1)",
        "doc.tags.length = 0",
        "doc.tags.sort()",
        "delete doc.n",
        "delete doc.missing",
        "doc.a.b.c.reverse()",
        "Object.defineProperty(doc, 'n', {value: 1})",
        "Object.assign(doc, {n: 1})",
        "Object.freeze(doc)",
        "(Object.keys(doc), doc.n = 1)",
        "(JSON.stringify(doc.a), doc.a.b = 1)",
        "(JSON.stringify(doc.tags), doc.tags.pop())",
        "(Object.create(doc).n = 1)",
    ] {
        let message = fails(write, DOCUMENT);
        assert!(
            message.starts_with("TypeError: cannot write '"),
            "{write}: {message}"
        );
        assert!(
            message.ends_with("documents are read-only"),
            "{write}: {message}"
        );
    }
}

#[test]
fn each_call_has_its_own_document() {
    let script = Js::new(
        "let kept, all;
         const same = doc;
         function filter() {
             const answers = [doc === same, doc.a?.b, Array.isArray(doc), Object.keys(doc).length];
             try { answers.push(kept?.b) } catch (e) { answers.push(e.message) }
             kept = doc.a;
             return String(answers);
         }",
    );
    let mut instance = script.instance().unwrap();
    let earlier = "this is part of an earlier call's document";
    for (document, expected) in [
        (r#"{"a": {"b": 1}}"#, "true,1,false,1,".to_owned()),
        (
            r#"{"a": {"b": 2}, "c": 0}"#,
            format!("true,2,false,2,{}", "1"),
        ),
        ("[1, 2, 3]", format!("true,,true,3,{}", "2")),
        (r#"{"a": {"b": 3}}"#, "true,3,false,1,".to_owned()),
    ] {
        assert_eq!(
            call(&mut instance, document),
            Ok(Output::String(expected)),
            "{document}"
        );
    }
    let script = Js::new(
        "let kept;
         function filter() {
             if (kept) return String(kept.b);
             kept = doc.a;
             return '';
         }",
    );
    let mut instance = script.instance().unwrap();
    assert_eq!(
        call(&mut instance, r#"{"a": {"b": 1}}"#),
        Ok(Output::String(String::new()))
    );
    let Err(CallError::Failed { message, .. }) = call(&mut instance, r#"{"a": {"b": 2}}"#) else {
        panic!("read another call's document");
    };
    assert_eq!(message, format!("TypeError: {earlier}"));
    // There is none before the first.
    for expression in [
        "doc.a",
        "Object.keys(doc)",
        "udf.hasField('a')",
        "udf.getFieldJson('a')",
    ] {
        let script = Js::new(format!("{expression}; function filter() {{}}"));
        assert_eq!(
            script.message(),
            "TypeError: there is no document outside of a call",
            "{expression}"
        );
    }
}

fn all_types() -> [(&'static str, Type, Option<Parameter>); 6] {
    [
        (
            "query",
            Type::String,
            Some(Parameter::String("größe".into())),
        ),
        ("i", Type::I32, Some(Parameter::Integer(-5))),
        ("n", Type::I64, Some(Parameter::Integer(1 << 53))),
        ("f", Type::F32, Some(Parameter::Float(0.5))),
        ("x", Type::F64, Some(Parameter::Float(1e300))),
        ("b", Type::Bool, Some(Parameter::Bool(true))),
    ]
}

#[test]
fn parameters_by_name_or_as_an_object() {
    let everything = "größe,-5,9007199254740992,0.5,1e+300,true";
    for (function, expected) in [
        (
            "function filter({query, i, n, f, x, b}) { return String([query, i, n, f, x, b]) }",
            everything,
        ),
        (
            "function filter(query, i, n, f, x, b) { return String([query, i, n, f, x, b]) }",
            everything,
        ),
        ("const filter = (b, query) => query + b", "größetrue"),
        ("let filter = function (i) { return String(i) }", "-5"),
        (
            "const filter = (options) => Object.keys(options).join()",
            "query,i,n,f,x,b",
        ),
        ("const filter = (doc) => String(doc.k)", "7"),
        ("const filter = (doc, {query}) => doc.k + query", "7größe"),
        ("const filter = (query, doc) => doc.k + query", "7größe"),
        (
            "const filter = (doc, options) => doc.k + options.query",
            "7größe",
        ),
        (
            "const filter = (query, cache = 'default') => query + cache",
            "größedefault",
        ),
        (
            "const filter = (query, ...rest) => query + rest.length",
            "größe0",
        ),
        ("const filter = (...rest) => String(rest.length)", "0"),
        (
            "const filter = ({query: q, none = 'default'}) => q + none",
            "größedefault",
        ),
        (
            "const filter = ({query, ...rest}) => query + Object.keys(rest).length",
            "größe5",
        ),
        (
            "function f({query}) { return this === undefined || query } const filter = f.bind(null)",
            "größe",
        ),
        (
            "function filter() { return arguments.length + udf.getParamString('query') }",
            "0größe",
        ),
        (
            "function filter() { return String([udf.getParamInt('i'), udf.getParamFloat('f'), udf.getParamBool('b'), udf.getParamBigInt('n'), udf.getParamInt('x'), udf.getParamBool('i')]) }",
            "-5,0.5,true,9007199254740992,,",
        ),
    ] {
        let script = Js::new(function).with(&all_types());
        assert_eq!(script.text(r#"{"k": 7}"#), expected, "{function}");
    }
    for function in [
        "(query, treshold) => ''",
        "(query, a, b) => ''",
        "(a, b) => ''",
    ] {
        let message = Js::new(format!("const filter = {function}"))
            .with(&all_types())
            .message();
        assert!(
            message.starts_with("TypeError: function filter wants \""),
            "{function}: {message}"
        );
        assert!(
            message.ends_with("\", which is not a declared parameter"),
            "{function}: {message}"
        );
    }
}

#[test]
fn parameters_that_are_left_out_have_the_languages_default() {
    let none = [("query", Type::String, None), ("n", Type::I64, None)];
    for (function, expected) in [
        ("({query = 'q', n = 3}) => query + n", "q3"),
        ("(query = 'q', n = 3) => query + n", "q3"),
        ("(query, n) => String(query) + n", "undefinedundefined"),
        ("(options) => JSON.stringify(options)", "{}"),
        ("() => String(udf.getParamString('query'))", "null"),
    ] {
        assert_eq!(
            Js::new(format!("const filter = {function}"))
                .with(&none)
                .text("{}"),
            expected
        );
    }
}

#[test]
fn parameters_are_read_in_each_call() {
    let script = Js::new("const filter = ({query, n}) => query + n").with(&[
        ("query", Type::String, Some(Parameter::String("a".into()))),
        ("n", Type::I64, Some(Parameter::Integer(1))),
    ]);
    let mut instance = script.instance().unwrap();
    assert_eq!(call(&mut instance, "{}"), Ok(Output::String("a1".into())));
    instance.parameters().set_text(0, "bé");
    instance.parameters().set(1, Some(Parameter::Integer(2)));
    assert_eq!(call(&mut instance, "{}"), Ok(Output::String("bé2".into())));
    assert!(!instance.is_outdated());
    instance.parameters().set(1, None);
    assert_eq!(
        call(&mut instance, "{}"),
        Ok(Output::String("béundefined".into()))
    );
}

#[test]
fn results() {
    let result = |expression: &str, returns| {
        Js::new(format!("function filter() {{ return {expression} }}"))
            .returning(returns)
            .call("{}")
    };
    for (expression, expected) in [
        ("true", 1),
        ("1", 1),
        ("'a'", 1),
        ("[]", 1),
        ("-1n", 1),
        ("Infinity", 1),
        ("false", 0),
        ("0", 0),
        ("''", 0),
        ("null", 0),
        ("undefined", 0),
        ("NaN", 0),
        ("0n", 0),
        ("", 0),
    ] {
        assert_eq!(
            result(expression, Type::Bool),
            Ok(Output::I32(expected)),
            "{expression}"
        );
    }
    for (expression, expected) in [
        ("5", 5),
        ("-0", 0),
        ("2 ** 53", 1 << 53),
        ("-(2 ** 63)", i64::MIN),
        ("2n ** 63n - 1n", i64::MAX),
        ("-(2n ** 63n)", i64::MIN),
        ("7n", 7),
        ("1e15", 1_000_000_000_000_000),
    ] {
        assert_eq!(
            result(expression, Type::I64),
            Ok(Output::I64(expected)),
            "{expression}"
        );
    }
    for (expression, expected) in [
        ("1.5", 1.5),
        ("3n", 3.0),
        ("-Infinity", f64::NEG_INFINITY),
        ("5", 5.0),
    ] {
        assert_eq!(
            result(expression, Type::F64),
            Ok(Output::F64(expected)),
            "{expression}"
        );
    }
    assert!(matches!(result("NaN", Type::F64), Ok(Output::F64(f)) if f.is_nan()));
    assert_eq!(result("-7", Type::I32), Ok(Output::I32(-7)));
    assert_eq!(result("1 / 4", Type::F32), Ok(Output::F32(0.25)));
    for (expression, expected) in [
        ("''", ""),
        ("'až😀'", "až😀"),
        ("'\\ud83d' + '\\ude00'", "😀"),
        ("'a\\ud800b\\udc00'", "a\u{fffd}b\u{fffd}"),
        ("'x'.repeat(5).concat('y')", "xxxxxy"),
    ] {
        assert_eq!(
            result(expression, Type::String),
            Ok(Output::String(expected.into())),
            "{expression}"
        );
    }
    for (expression, returns, expected) in [
        (
            "undefined",
            Type::String,
            "TypeError: filter must return a string, not undefined",
        ),
        (
            "null",
            Type::String,
            "TypeError: filter must return a string, not null",
        ),
        (
            "5",
            Type::String,
            "TypeError: filter must return a string, not a number",
        ),
        (
            "new String('a')",
            Type::String,
            "TypeError: filter must return a string, not an object",
        ),
        (
            "[1]",
            Type::F64,
            "TypeError: filter must return a number, not an array",
        ),
        (
            "true",
            Type::F64,
            "TypeError: filter must return a number, not a boolean",
        ),
        (
            "'1'",
            Type::I64,
            "TypeError: filter must return an integer, not a string",
        ),
        (
            "filter",
            Type::I64,
            "TypeError: filter must return an integer, not a function",
        ),
        (
            "Symbol()",
            Type::I64,
            "TypeError: filter must return an integer, not a symbol",
        ),
        (
            "1.5",
            Type::I64,
            "RangeError: filter must return an integer of 64 bits, not 1.5",
        ),
        (
            "NaN",
            Type::I64,
            "RangeError: filter must return an integer of 64 bits, not NaN",
        ),
        (
            "2 ** 63",
            Type::I64,
            "RangeError: filter must return an integer of 64 bits, not 9223372036854776000",
        ),
        (
            "2n ** 63n",
            Type::I64,
            "RangeError: filter must return an integer of 64 bits, not 9223372036854775808",
        ),
        (
            "-(2n ** 64n)",
            Type::I64,
            "RangeError: filter must return an integer of 64 bits, not -18446744073709551616",
        ),
        (
            "'a\\u0000'",
            Type::String,
            "RangeError: filter must return a string without U+0000",
        ),
        (
            "1n",
            Type::String,
            "TypeError: filter must return a string, not a bigint",
        ),
    ] {
        let Err(CallError::Failed { message, .. }) = result(expression, returns) else {
            panic!("accepted {expression}");
        };
        assert_eq!(message, expected);
    }
}

#[test]
fn promises() {
    let text = |source: &str| Js::new(source).text(r#"{"s": "x"}"#);
    assert_eq!(
        text(
            "async function filter() { const x = await doc.s; return x + await (async () => 'y')() }"
        ),
        "xy"
    );
    assert_eq!(
        text("const filter = () => Promise.resolve(1).then(n => String(n + 1))"),
        "2"
    );
    assert_eq!(
        text("const filter = () => Promise.all([1, Promise.resolve(2)]).then(String)"),
        "1,2"
    );
    assert_eq!(
        Js::new("async function filter() { await 0; throw new RangeError('late') }").failure("{}"),
        (
            "RangeError: late".into(),
            "    at filter (script@1.0.0:1:56)".into()
        )
    );
    assert_eq!(
        Js::new("const filter = () => new Promise(() => {})").message(),
        "TypeError: filter waits for something that never happens"
    );
    for generator in ["function* filter() {}", "async function* filter() {}"] {
        assert_eq!(
            Js::new(generator).message(),
            "TypeError: filter is a generator: it must return its result, not yield it"
        );
    }
}

#[test]
fn failures_say_what_and_where() {
    for (source, message, detail) in [
        (
            "function filter() {\n    return f();\n}\nfunction f() {\n    null.x;\n}",
            "TypeError: cannot read property 'x' of null",
            "    at f (script@1.0.0:5:9)\n    at filter (script@1.0.0:2:13)",
        ),
        (
            "function filter() { throw new RangeError('größer') }",
            "RangeError: größer",
            "    at filter (script@1.0.0:1:41)",
        ),
        (
            "class Mine extends Error { name = 'Mine' } function filter() { throw new Mine('why') }",
            "Mine: why",
            "    at Mine (script@1.0.0:1:42)\n    at filter (script@1.0.0:1:78)",
        ),
        (
            "function filter() { throw 'text' }",
            "Uncaught \"text\"",
            "",
        ),
        ("function filter() { throw null }", "Uncaught null", ""),
        (
            "function filter() { throw undefined }",
            "Uncaught undefined",
            "",
        ),
        ("function filter() { throw 5n }", "Uncaught 5", ""),
        (
            "function filter() { throw {code: 7} }",
            "Uncaught {\"code\":7}",
            "",
        ),
        ("function filter() { throw Symbol('s') }", "Uncaught s", ""),
        (
            "function filter() { throw {toJSON() { throw 1 }, toString() { throw 2 }} }",
            "Uncaught an object",
            "",
        ),
        (
            "function filter() { const e = new Error('a'); e.toString = () => { throw 1 }; throw e }",
            "Error",
            "    at filter (script@1.0.0:1:40)",
        ),
        (
            "function filter() { const e = new Error('a'); Object.defineProperty(e, 'stack', {get() { throw 1 }}); throw e }",
            "Error: a",
            "",
        ),
        (
            "throw new TypeError('top')",
            "TypeError: top",
            "    at <eval> (script@1.0.0:1:20)",
        ),
        (
            "function filter( {",
            "SyntaxError: invalid property name",
            "    at script@1.0.0:1:19",
        ),
        (
            "let x = 1;\nlet y = ;\nfunction filter() {}",
            "SyntaxError: unexpected token in expression: ';'",
            "    at script@1.0.0:2:9",
        ),
        (
            "function filter() {\n  return 'open\n}",
            "SyntaxError: unexpected end of string",
            "    at script@1.0.0:2:10",
        ),
        ("", "ReferenceError: there is no function filter", ""),
        (
            "function Filter() {}",
            "ReferenceError: there is no function filter",
            "",
        ),
        (
            "const filter = 5",
            "ReferenceError: there is no function filter",
            "",
        ),
        (
            "let filter",
            "ReferenceError: there is no function filter",
            "",
        ),
        (
            "function filter() { return doc.s.x.y }",
            "TypeError: cannot read property 'x' of undefined",
            "    at filter (script@1.0.0:1:33)",
        ),
    ] {
        assert_eq!(
            Js::new(source).failure("{}"),
            (message.into(), detail.into()),
            "{source}"
        );
    }
}

#[test]
fn a_deep_stack_is_shortened() {
    let (message, detail) = Js::new(
        "function f(n) { if (!n) throw new Error('deep'); f(n - 1) } function filter() { f(100) }",
    )
    .failure("{}");
    assert_eq!(message, "Error: deep");
    let lines: Vec<_> = detail.lines().collect();
    assert_eq!(lines.len(), 26);
    assert_eq!(lines[20], "    ... 77 more");
    assert_eq!(lines[25], "    at filter (script@1.0.0:1:82)");
}

#[test]
fn an_instance_that_caught_its_exceptions_goes_on() {
    let script = Js::new(
        "function deep() { deep() }
         function filter() {
             const seen = [];
             for (const f of [() => null.x, deep, () => 'x'.repeat(2 ** 29), () => new Array(5e6).fill({}).map(Object.create), () => JSON.parse('[')])
                 try { f() } catch (e) { seen.push(e.name) }
             return String(seen);
         }",
    );
    let mut instance = script.instance().unwrap();
    for _ in 0..50 {
        assert_eq!(
            call(&mut instance, "{}"),
            Ok(Output::String(
                "TypeError,RangeError,InternalError,InternalError,SyntaxError".into()
            ))
        );
    }
}

#[test]
fn the_log() {
    let script = Js::new(
        "console.log('top');
         function filter() {
             udf.log('plain');
             udf.log('größe', 'warning');
             udf.log({a: [1, 'x']}, 'error');
             udf.log(undefined, 'debug');
             console.log('a', 1, null, undefined, true, 5n, [1, 'x'], {a: doc.o}, Symbol('s'), () => 1);
             console.log();
             console.log('two\\nlines');
             console.debug('d');
             console.info('i');
             console.warn('w');
             console.error(new RangeError('r'));
             console.log(new Map([[1, 2]]));
             return '';
         }",
    );
    let mut instance = script.instance().unwrap();
    let lines = |instance: &mut Instance| -> Vec<(Level, String)> {
        let log = instance.take_log();
        log.into_iter()
            .map(|line| (line.level, line.text))
            .collect()
    };
    assert_eq!(lines(&mut instance), [(Level::Info, "top".to_owned())]);
    call(&mut instance, r#"{"o": {"p": 1}}"#).unwrap();
    let expected = [
        (Level::Info, "plain"),
        (Level::Warning, "größe"),
        (Level::Error, r#"{"a":[1,"x"]}"#),
        (Level::Debug, "undefined"),
        (
            Level::Info,
            r#"a 1 null undefined true 5 [1,"x"] {"a":{"p":1}} s () => 1"#,
        ),
        (Level::Info, ""),
        (Level::Info, "two"),
        (Level::Info, "lines"),
        (Level::Debug, "d"),
        (Level::Info, "i"),
        (Level::Warning, "w"),
        (Level::Error, "RangeError: r"),
        (Level::Error, "    at filter (script@1.0.0:13:42)"),
        (Level::Info, "{}"),
    ];
    assert_eq!(
        lines(&mut instance),
        expected.map(|(level, text)| (level, text.to_owned()))
    );
    assert_eq!(
        fails("udf.log('x', 'loud')", "{}"),
        "TypeError: there is no log level 'loud': debug, info, warning, error"
    );
}

#[test]
fn no_clock_no_random_numbers_no_way_out() {
    for (expression, what) in [
        ("Date.now()", "clock"),
        ("new Date()", "clock"),
        ("Date()", "clock"),
        ("Math.random()", "random numbers"),
    ] {
        let message = fails(expression, "{}");
        assert!(
            message.starts_with("TypeError: there ") && message.contains(what),
            "{expression}: {message}"
        );
        assert!(
            message.ends_with("a UDF must be deterministic"),
            "{expression}: {message}"
        );
    }
    for global in [
        "require",
        "process",
        "performance",
        "fetch",
        "setTimeout",
        "std",
        "os",
        "WebAssembly",
        "Atomics",
        "print",
        "scriptArgs",
        "XMLHttpRequest",
        "importScripts",
        "load",
    ] {
        assert_eq!(
            evaluated(&format!("typeof {global}"), "{}"),
            "undefined",
            "{global}"
        );
    }
    assert_eq!(
        evaluated("new Date(2020, 6, 1).getTimezoneOffset()", "{}"),
        "0"
    );
    let import = Js::new("async function filter() { return String(await import('os')) }").message();
    assert!(import.contains("could not load module"), "{import}");
}

#[test]
fn what_a_script_does_to_its_globals_stays_with_it() {
    let hostile = Js::new(
        "Object.prototype.polluted = 'yes';
         Array.prototype.map = () => 'mine';
         Object.defineProperty(Object.prototype, 'title', {get() { return 'trap' }, set() { throw 1 }});
         String.prototype.toLowerCase = null;
         JSON.stringify = () => { throw 2 };
         Array = Object = Function = undefined;
         globalThis.udf = globalThis.console = null;
         Symbol.prototype[Symbol.toPrimitive] = null;
         function filter({query}) { return String([query, ({}).polluted, doc.a.b, doc.title]) }",
    )
    .with(&[("query", Type::String, Some(Parameter::String("q".into())))]);
    assert_eq!(hostile.text(r#"{"a": {"b": 1}}"#), "q,yes,1,trap");
    assert_eq!(
        evaluated(
            "[({}).polluted, [1].map(x => x + 1), typeof udf, 'A'.toLowerCase()]",
            "{}"
        ),
        ",2,object,a"
    );
}

fn ends_in_time(source: &str) {
    let script = Js {
        limits: Limits {
            time: Duration::from_millis(100),
            ..Limits::default()
        },
        ..Js::new(source)
    };
    let start = Instant::now();
    let error = ticking(&SANDBOX, || script.call("{}")).unwrap_err();
    assert!(
        matches!(error, CallError::Deadline { .. }),
        "{error:?} of {source}"
    );
    assert!(start.elapsed() < Duration::from_secs(20), "{source}");
}

#[test]
fn endless_loops_end_at_the_deadline() {
    ends_in_time("while (true);");
    ends_in_time("function filter() { while (true); }");
    ends_in_time("function filter() { for (;;) try { throw 1 } catch {} finally { continue } }");
    ends_in_time("function filter() { throw {toJSON() { for (;;); }} }");
    ends_in_time("function filter() { return /^(a+)+$/.test('a'.repeat(40) + 'b') }");
    ends_in_time("function filter() { return /^(?:a|aa)+$/.test('a'.repeat(60) + 'b') }");
    ends_in_time("async function filter() { for (;;) await 0 }");
    ends_in_time("function filter() { [...function* () { for (;;) yield* [] }()] }");
    ends_in_time(
        "const p = new Proxy({}, {has: () => { for (;;); }}); function filter() { return 'x' in p }",
    );
}

/// Everything of the interpreter that recurses, without an end or a hundred thousand times.
const RECURSION: &[&str] = &[
    "(function f() { f() })()",
    "(function f(a, b, c) { const x = a + b; return f(x, b, c) + x })(1, 2, 3)",
    "((o) => o.x)({get x() { return this.x }})",
    "((o) => '' + o)({toString() { return '' + this }})",
    "((C) => new C())(class C { constructor() { new C() } })",
    "new Proxy({}, {get: (t, k, r) => r[k]}).x",
    "(function f() { [1].map(f) })()",
    "(function f() { [2, 1].sort(f) })()",
    "(function f() { 'a'.replace(/a/, f) })()",
    "(function f() { f.apply(null, [1]) })()",
    "(function f() { f.bind()() })()",
    "(function f() { JSON.stringify({toJSON: f}) })()",
    "(function f() { JSON.parse('[1]', f) })()",
    "(function f() { Reflect.construct(f, []) })()",
    "(function f() { [...{[Symbol.iterator]: f}] })()",
    "(function f() { Array.from([1], f) })()",
    "(function f() { return `${{toString: f}}` })()",
    "(function f() { eval('(' + f + ')()') })()",
    "[...(function* g() { yield* g() })()]",
    "JSON.parse('['.repeat(1e5))",
    "JSON.parse('{\"a\":'.repeat(1e5))",
    "((d) => { for (let i = 0; i < 1e5; i++) d = [d]; JSON.stringify(d) })()",
    "((d) => { for (let i = 0; i < 1e5; i++) d = {d}; JSON.stringify(d) })()",
    "((d) => { for (let i = 0; i < 1e5; i++) d = [d]; d.flat(Infinity) })()",
    "((d) => { for (let i = 0; i < 1e5; i++) d = [d]; String(d) })()",
    "eval('('.repeat(1e5))",
    "eval('['.repeat(1e5))",
    "eval('{'.repeat(1e5))",
    "eval('!'.repeat(1e5) + 1)",
    "eval('- '.repeat(1e5) + 1)",
    "eval('a=>'.repeat(1e5) + 1)",
    "eval('a?b:'.repeat(1e5) + 1)",
    "eval('a='.repeat(1e5) + 1)",
    "eval('1**'.repeat(1e5) + 1)",
    "eval('function f(){'.repeat(1e5))",
    "eval('if(1)'.repeat(1e5) + ';')",
    "eval('for(;;)'.repeat(1e5) + ';')",
    "eval('`${'.repeat(1e5))",
    "eval('new '.repeat(1e5) + 'A')",
    "eval('({a:'.repeat(1e5))",
    "eval('[a='.repeat(1e4))",
    "eval('(a,b=>'.repeat(1e4))",
    "eval('class A extends '.repeat(1e4))",
    "new RegExp('(?:'.repeat(1e4) + ')'.repeat(1e4))",
    "new RegExp('(?=a'.repeat(5e3) + ')'.repeat(5e3)).test('a')",
    "((p) => { for (let i = 0; i < 3e4; i++) p = new Proxy(p, {}); return p.x })({})",
    "((p) => { for (let i = 0; i < 3e4; i++) p = new Proxy(p, {}); p.x = 1 })({})",
    "((p) => { for (let i = 0; i < 3e4; i++) p = new Proxy(p, {}); 'x' in p })({})",
    "((p) => { for (let i = 0; i < 3e4; i++) p = new Proxy(p, {}); delete p.x })({})",
    "((p) => { for (let i = 0; i < 3e4; i++) p = new Proxy(p, {}); Object.keys(p) })({})",
    "((p) => { for (let i = 0; i < 3e4; i++) p = new Proxy(p, {}); Object.isExtensible(p) })({})",
    "((p) => { for (let i = 0; i < 3e4; i++) p = new Proxy(p, {}); Object.preventExtensions(p) })({})",
    "((p) => { for (let i = 0; i < 3e4; i++) p = new Proxy(p, {}); Object.getPrototypeOf(p) })({})",
    "((p) => { for (let i = 0; i < 3e4; i++) p = new Proxy(p, {}); Object.setPrototypeOf(p, null) })({})",
    "((p) => { for (let i = 0; i < 3e4; i++) p = new Proxy(p, {}); Object.defineProperty(p, 'x', {value: 1}) })({})",
    "((p) => { for (let i = 0; i < 3e4; i++) p = new Proxy(p, {}); p() })(() => 1)",
    "((p) => { for (let i = 0; i < 3e4; i++) p = new Proxy(p, {}); new p() })(class {})",
    "((p) => { for (let i = 0; i < 2e3; i++) p = p.bind(); p() })(() => 1)",
];

#[test]
fn unbounded_recursion_can_be_caught() {
    for expression in RECURSION {
        let script = Js::new(format!(
            "function filter() {{ try {{ {expression}; return 'ended' }} catch (e) {{ return String(e) }} }}"
        ));
        let text = ticking(&SANDBOX, || script.text("{}"));
        let (kind, what) = text.split_once(": ").expect(expression);
        // A regular expression has its own, and the parser may miss what it found no stack to read.
        let is_overflow = match kind {
            "RangeError" => what == "Maximum call stack size exceeded",
            "SyntaxError" => ["stack overflow", "missing formal parameter"].contains(&what),
            _ => false,
        };
        assert!(is_overflow, "{expression}: {text}");
    }
    // At the top of a script, which is a little deeper, too; and when nobody catches it.
    let kinds: HashSet<_> = RECURSION[..20]
        .iter()
        .map(|expression| ticking(&SANDBOX, || Js::new(*expression).message()))
        .collect();
    assert!(
        kinds.iter().all(
            |message| message == "RangeError: Maximum call stack size exceeded"
                || message == "SyntaxError: stack overflow"
        ),
        "{kinds:?}"
    );
}

#[test]
fn recursion_that_ends() {
    let nested = format!("{}1{}", "[".repeat(500), "]".repeat(500));
    all_evaluate(
        &format!(r#"{{"d": {nested}}}"#),
        &[
            ("(function f(n) { return n && 1 + f(n - 1) })(150)", "150"),
            ("JSON.stringify(doc.d).length", "1001"),
            (
                "(d => { let n = 0; while (Array.isArray(d)) { d = d[0]; n++ } return n })(doc.d)",
                "500",
            ),
            ("udf.getFieldJson('d').flat(Infinity).length", "1"),
        ],
    );
}

#[test]
fn memory_ends_with_an_exception() {
    for expression in [
        "(() => { const a = []; for (;;) a.push({}) })()",
        "(() => { let s = 'x'; for (;;) s += s })()",
        "(() => { const a = []; for (;;) a.push(new Uint8Array(1e5)) })()",
        "(() => { const m = new Map(); for (let i = 0; ; i++) m.set(i, [i]) })()",
        "new Uint8Array(1e9)",
        "new Array(1e7).fill(0)",
        "/(a|b)*c/.test('ab'.repeat(1e6))",
        "(() => { let n = 3n; for (;;) n *= n })()",
        "'e\u{301}'.repeat(1e6).normalize()",
    ] {
        let script = Js::new(format!(
            "function filter() {{ try {{ {expression}; return 'ended' }} catch (e) {{ return e.name }} }}"
        ));
        let name = ticking(&SANDBOX, || script.text("{}"));
        assert!(
            ["InternalError", "RangeError"].contains(&name.as_str()),
            "{expression}: {name}"
        );
    }
    assert_eq!(
        ticking(&SANDBOX, || out_of_memory(
            "(() => { const a = []; for (;;) a.push({}) })()",
            "{}"
        )),
        16 << 20
    );
}

#[test]
fn garbage_is_collected() {
    // A hundred times the memory there is, with cycles, in one call and over many.
    let script = Js::new(
        "function filter() {
             for (let i = 0; i < 100000; i++) { const a = {text: 'x'.repeat(1000)}; a.self = [a]; }
             return 'done';
         }",
    );
    let mut instance = script.instance().unwrap();
    for _ in 0..16 {
        assert_eq!(
            ticking(&SANDBOX, || call(&mut instance, "{}")),
            Ok(Output::String("done".into()))
        );
    }
    let mut instance = Js::new("function filter() { return doc.a.b[0] + JSON.stringify(doc) }")
        .instance()
        .unwrap();
    let document =
        r#"{"a": {"b": ["x", {"c": 1}]}, "long": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}"#;
    call(&mut instance, document).unwrap();
    for _ in 0..1000 {
        call(&mut instance, document).unwrap();
    }
    let before = instance.memory_bytes();
    for _ in 0..50_000 {
        call(&mut instance, document).unwrap();
    }
    assert_eq!(instance.memory_bytes(), before);
}

#[test]
fn sources_of_any_size_and_spelling() {
    let long = format!(
        "// {}\nfunction filter() {{ return 'ß' }}",
        "é".repeat(500_000)
    );
    assert_eq!(Js::new(long).text("{}"), "ß");
    let many: String = (0..10_000)
        .map(|i| format!("function f{i}(x) {{ return x + {i} }}\n"))
        .collect();
    assert_eq!(
        Js::new(many + "function filter() { return String(f9999(1)) }").text("{}"),
        "10000"
    );
    assert_eq!(
        Js::new("\u{feff}function filter() { return 'bom' }").text("{}"),
        "bom"
    );
    assert_eq!(
        Js::new("#!/usr/bin/env node\r\nfunction filter() { return 'shebang' }\r\n").text("{}"),
        "shebang"
    );
    assert_eq!(
        Js::new("function filter() { return String('a\0b'.length) }").text("{}"),
        "3"
    );
    assert_eq!(
        Js::new("'use strict'; function filter() { return String(this) }").text("{}"),
        "undefined"
    );
    let module = Js::new("export function filter() {}").message();
    assert!(module.starts_with("SyntaxError: "), "{module}");
}

#[test]
fn the_same_each_time() {
    let source = "function filter() { return JSON.stringify([Object.keys(globalThis), [...new Set([3, 1, 2])], [5, 1, 4].sort(), Math.sin(1e6), Math.pow(1.1, 100)]) }";
    let first = Js::new(source).text("{}");
    for _ in 0..3 {
        assert_eq!(Js::new(source).text("{}"), first);
    }
}

/// How deep three kinds of recursion go with a native stack of that size: of functions alone, of what is returned as it
/// comes, and through `map`.
fn depths(kilobytes: usize) -> [usize; 3] {
    let source = "let n;
         function plain() { n++; plain() }
         function tail() { n++; return tail() }
         function mapped() { n++; [1].map(mapped) }
         function depth(f) { n = 0; try { f() } catch (e) { return e.message == 'Maximum call stack size exceeded' ? n : e } }
         function filter() { return [plain, tail, mapped].map(depth).join(' ') }";
    let sandbox = Sandbox::new(kilobytes << 10, || ()).unwrap();
    let Ok(interpreter) = sandbox.compile_interpreter(WASM) else {
        panic!("refused");
    };
    let module = interpreter.module(Script {
        name: "deep".into(),
        source: source.into(),
    });
    let signature = Signature {
        parameters: Vec::new(),
        returns: Some(Type::String),
    };
    let entry = module.entry("filter", &signature).unwrap();
    let limits = Limits::default();
    let mut instance = Instance::new(&module, &entry, &Parameters::default(), &limits).unwrap();
    let Ok(Output::String(text)) = call(&mut instance, "{}") else {
        panic!("not caught with {kilobytes} kB");
    };
    let depths: Vec<_> = text.split(' ').map(|n| n.parse().expect(n)).collect();
    depths.try_into().expect("three")
}

#[test]
fn functions_recurse_without_the_stack_and_what_is_between_them_with_it() {
    let [with_little, _, mapped_with_little] = depths(64);
    let [plain, tail, mapped] = depths(256);
    let [with_more, _, mapped_with_more] = depths(512);
    assert!(plain >= 3000 && tail >= 3000, "{plain}, {tail}");
    assert_eq!((with_little, with_more), (plain, plain));
    assert!(mapped >= 60, "{mapped}");
    assert!(mapped_with_little >= 10 && mapped_with_little < mapped);
    assert!(mapped_with_more > mapped);
}

#[test]
fn calls_come_back_to_where_they_were() {
    all_evaluate(
        "{}",
        &[
            // Frames that an exception left are free again.
            (
                "(() => { let n = 0; const f = () => { n++; f() };
                    for (let i = 0; i < 100; i++) { try { f() } catch {} } return n % 100 })()",
                "0",
            ),
            (
                "(function f(n) { try { if (!n) throw 'deep'; return f(n - 1) } finally { if (n == 500) return 'half' } })(1000)",
                "half",
            ),
            (
                "(function f(n) { try { return n ? f(n - 1) : null.x } catch (e) { if (n % 7 != 5) throw e; return n + e.name } })(999)",
                "5TypeError",
            ),
            // Variables that outlive their function, and arguments that do.
            (
                "(() => { const all = []; (function f(n, m) { const k = n * 2; all.push(() => [n, m, k, arguments.length]); if (n < 3) f(n + 1) })(1);
                    return JSON.stringify(all.map(g => g())) })()",
                "[[1,null,2,1],[2,null,4,1],[3,null,6,1]]",
            ),
            (
                "(function f(a, b = a + 1, ...c) { arguments[0] = 9; return a < 2 ? f(a + 1, undefined, b, c) : JSON.stringify([a, b, c]) })(1)",
                "[2,3,[2,[]]]",
            ),
            // Functions within what has frames of its own.
            (
                "(() => { const twice = x => x * 2; function* g(n) { for (let i = 0; i < n; i++) yield twice(yield* h(i)) }
                    function* h(i) { yield twice(i); return twice(-i) } return [...g(3)].join() })()",
                "0,0,2,-4,4,-8",
            ),
            (
                "(() => { const fail = () => { throw 'x' }; function* g() { try { yield fail() } catch (e) { yield e + 1 } yield fail() }
                    const i = g(); const all = [i.next().value]; try { i.next() } catch (e) { all.push(e) } return all.join() + i.next().done })()",
                "x1,xtrue",
            ),
            (
                "(() => { class A { constructor(n) { this.n = n } f(n) { return n ? this.f(n - 1) + this.n : 0 } }
                    class B extends A { constructor() { super((x => x + 1)(1)) } f(n) { return super.f(n) + 1 } }
                    return new B().f(5) })()",
                "16",
            ),
            (
                "(() => { const f = n => n ? [n].map(m => f(m - 1) + 1)[0] : 0; return f(20) })()",
                "20",
            ),
            ("(function() { return typeof this })() + (function() { 'use strict'; return typeof this })()", "objectundefined"),
            ("[3, 1, 2].sort((a, b) => (x => x)(a) - (x => x)(b)).join()", "1,2,3"),
        ],
    );
}

/// A value of any kind, with keys that are hard to write in a path.
fn any_value(random: &mut Seeded, depth: usize) -> serde_json::Value {
    const TEXTS: &[&str] = &[
        "a",
        "b",
        "",
        "a.b",
        "[0]",
        "\"",
        "\\",
        "\\\"]",
        "é",
        "😀",
        "0",
        "7",
        "-1",
        "length",
        "__proto__",
        "toString",
        "a b",
        "\n",
        "]",
        ".",
        "constructor",
        "01",
    ];
    let text = |random: &mut Seeded| TEXTS[random.below(TEXTS.len())].to_owned();
    match random.below(if depth == 0 { 5 } else { 9 }) {
        0 => serde_json::Value::Null,
        1 => (random.below(2) == 0).into(),
        2 => (random.below(1000) as i64 - 500).into(),
        3 => (random.below(1000) as f64 / 8.0).into(),
        4 => text(random).into(),
        5 | 6 => {
            let length = random.below(12);
            (0..length).map(|_| any_value(random, depth - 1)).collect()
        }
        _ => {
            let length = random.below(20);
            let fields = (0..length).map(|_| (text(random), any_value(random, depth - 1)));
            serde_json::Value::Object(fields.collect())
        }
    }
}

#[test]
fn the_document_is_like_the_object_it_would_be() {
    let mut random = Seeded(20261121);
    let script = Js::new(include_str!("javascript/walk.js")).with(&[
        ("text", Type::String, Some(Parameter::String(String::new()))),
        ("seed", Type::I32, Some(Parameter::Integer(0))),
    ]);
    let mut instance = script.instance().unwrap();
    let mut walked = 0;
    while walked < 500 {
        let value = any_value(&mut random, 4);
        if !value.is_object() && !value.is_array() {
            continue;
        }
        let text = value.to_string();
        let seed = random.below(1 << 30) as i64;
        instance.parameters().set_text(0, &text);
        instance.parameters().set(1, Some(Parameter::Integer(seed)));
        match call(&mut instance, &text) {
            Ok(Output::String(answer)) if answer == "same" => walked += 1,
            other => panic!("{other:?} of {text}, seed {seed}"),
        }
    }
}
