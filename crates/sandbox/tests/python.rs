//! The Python interpreter (`udfs/interpreters/python.wasm`): what scripts can ask for, answer, and do wrong. Values of
//! the language are CPython's: `data/expressions.txt` was made by it.

mod common;

use std::fmt::Write as _;
use std::sync::LazyLock;
use std::time::Duration;

use common::{SANDBOX, jsonb, ticking};
use quidditch_document::Document;
use quidditch_sandbox::{
    CallError, Instance, Interpreter, Level, Limits, Output, Parameter, Parameters, Script,
    Signature, Type,
};

static PYTHON: LazyLock<Interpreter> = LazyLock::new(|| {
    let wasm = include_bytes!("../../../udfs/interpreters/python.wasm");
    SANDBOX.compile_interpreter(wasm).expect("the interpreter")
});

const DOCUMENT: &str = r#"{
    "id": 7, "title": "Größe 😀", "price": 129.5, "stock": 12, "big": 12345678901234567890, "on": true, "off": false,
    "null": null, "tags": ["a", "b", {"c": [1, 2.5, "x", null, true]}], "a": {"b.c": {"d": -1}}, "empty": ""
}"#;

struct Python {
    returns: Type,
    parameters: Parameters,
    limits: Limits,
}

impl Python {
    fn returning(returns: Type) -> Self {
        Python {
            returns,
            parameters: Parameters::default(),
            limits: Limits::default(),
        }
    }

    fn with(mut self, parameters: &[(&str, Type, Option<Parameter>)]) -> Self {
        let values = parameters.iter().cloned();
        self.parameters = Parameters::new(
            values
                .map(|(name, ty, value)| (name.into(), ty, value))
                .collect(),
        );
        self
    }

    fn load(&self, source: &str) -> Result<Instance, CallError> {
        let module = PYTHON.module(Script {
            name: "demo@1.0.0".into(),
            source: source.into(),
        });
        let signature = Signature {
            parameters: Vec::new(),
            returns: Some(self.returns),
        };
        let entry = module.entry("filter", &signature).expect("any name");
        Instance::new(&module, &entry, &self.parameters, &self.limits)
    }

    fn run(&self, source: &str) -> Result<Output, CallError> {
        call(&mut self.load(source)?)
    }
}

fn call(instance: &mut Instance) -> Result<Output, CallError> {
    let document = jsonb(DOCUMENT);
    instance.call(Document::new(&document).unwrap(), 0.25)
}

/// What a function of that body returns, as text.
fn text(body: &str) -> String {
    let source = format!("def filter():\n{}", indented(body));
    match Python::returning(Type::String).run(&source) {
        Ok(Output::String(text)) => text,
        other => panic!("{other:?} of\n{source}"),
    }
}

fn indented(body: &str) -> String {
    body.lines().fold(String::new(), |mut text, line| {
        let _ = writeln!(text, "    {line}");
        text
    })
}

fn value(expression: &str) -> String {
    text(&format!("return repr({expression})"))
}

/// Message and detail of a function that fails.
fn failure(returns: Type, source: &str) -> (String, String) {
    match Python::returning(returns).run(source) {
        Err(CallError::Failed { message, detail }) => (message, detail),
        other => panic!("{other:?} of\n{source}"),
    }
}

#[test]
fn every_getter_answers_the_value_or_none() {
    for (expression, expected) in [
        ("get_field_string('title')", "'Größe 😀'"),
        ("get_field_string('empty')", "''"),
        ("get_field_string('stock')", "None"),
        ("get_field_string('missing')", "None"),
        ("get_field_string('tags[1]')", "'b'"),
        ("get_field_int('stock')", "12"),
        ("get_field_int('price')", "None"),
        ("get_field_int('big')", "None"),
        ("get_field_int('a[\"b.c\"].d')", "-1"),
        ("get_field_float('price')", "129.5"),
        ("get_field_float('stock')", "12.0"),
        ("get_field_float('title')", "None"),
        ("get_field_bool('on')", "True"),
        ("get_field_bool('off')", "False"),
        ("get_field_bool('null')", "None"),
        (
            "get_field_json('tags')",
            "['a', 'b', {'c': [1, 2.5, 'x', None, True]}]",
        ),
        ("get_field_json('null')", "None"),
        ("get_field_json('missing')", "None"),
        ("get_field_json('big')", "12345678901234567890"),
        ("get_field_json('title')", "'Größe 😀'"),
        ("get_array_length('tags')", "3"),
        ("get_array_length('title')", "None"),
        ("has_field('null')", "True"),
        ("has_field('missing')", "False"),
        ("get_document_id()", "'7'"),
        ("get_score()", "0.25"),
        ("get_param_string('query')", "None"),
        ("get_param_int('n')", "None"),
        ("get_param_float('x')", "None"),
        ("get_param_bool('b')", "None"),
    ] {
        assert_eq!(value(expression), expected, "{expression}");
    }
}

#[test]
fn the_functions_are_builtins_and_in_two_modules() {
    for import in [
        "import quidditch as q",
        "import udf as q",
        "from quidditch import *\nclass q: get_field_int = get_field_int",
    ] {
        let source = format!("{import}\ndef filter(): return q.get_field_int('stock')");
        let answer = Python::returning(Type::I64).run(&source);
        assert_eq!(answer, Ok(Output::I64(12)), "{import}");
    }
}

#[test]
fn a_getter_wants_one_string() {
    let (message, _) = failure(Type::Bool, "def filter(): return get_field_int(3)");
    assert!(message.starts_with("TypeError: "), "{message}");
    let (message, _) = failure(Type::Bool, "def filter(): return has_field()");
    assert!(message.starts_with("TypeError: "), "{message}");
}

#[test]
fn long_texts_come_whole() {
    let long = "ä".repeat(100_000);
    let document = jsonb(&format!("{{\"s\": \"{long}\"}}"));
    let source = "def filter():\n    s = get_field_string('s')\n    return s if s == get_field_json('s') else ''";
    let mut python = Python::returning(Type::String).load(source).unwrap();
    let answer = python.call(Document::new(&document).unwrap(), 0.0);
    assert_eq!(answer, Ok(Output::String(long)));
}

#[test]
fn results_have_the_declared_type() {
    let run = |returns, expression: &str| {
        Python::returning(returns).run(&format!("def filter(): return {expression}"))
    };
    for (expression, expected) in [
        ("None", 0),
        ("''", 0),
        ("'x'", 1),
        ("[]", 0),
        ("[0]", 1),
        ("0.0", 0),
        ("True", 1),
    ] {
        assert_eq!(
            run(Type::Bool, expression),
            Ok(Output::I32(expected)),
            "{expression}"
        );
    }
    for (expression, expected) in [
        ("2**63 - 1", i64::MAX),
        ("-2**63", i64::MIN),
        ("True", 1),
        ("-1", -1),
        ("2**31", 1 << 31),
    ] {
        assert_eq!(
            run(Type::I64, expression),
            Ok(Output::I64(expected)),
            "{expression}"
        );
    }
    assert_eq!(run(Type::I32, "-2**31"), Ok(Output::I32(i32::MIN)));
    assert_eq!(run(Type::F64, "0.1"), Ok(Output::F64(0.1)));
    assert_eq!(run(Type::F64, "3"), Ok(Output::F64(3.0)));
    assert_eq!(run(Type::F64, "2**70"), Ok(Output::F64(2f64.powi(70))));
    assert_eq!(run(Type::F32, "0.1"), Ok(Output::F32(0.1)));
    // A character alone becomes one.
    assert_eq!(
        run(Type::String, "'größe ŉ'.upper()"),
        Ok(Output::String("GRÖßE ŉ".into()))
    );
    assert_eq!(
        run(Type::String, "'größe'"),
        Ok(Output::String("größe".into()))
    );
    assert_eq!(run(Type::String, "''"), Ok(Output::String(String::new())));
    for (returns, expression, expected) in [
        (
            Type::String,
            "None",
            "TypeError: filter must return str, not NoneType",
        ),
        (
            Type::String,
            "3",
            "TypeError: filter must return str, not int",
        ),
        (
            Type::String,
            "b'x'",
            "TypeError: filter must return str, not bytes",
        ),
        (
            Type::String,
            "'\\0'",
            "ValueError: filter must return a str without NUL and surrogates",
        ),
        (
            Type::I64,
            "1.0",
            "TypeError: filter must return int, not float",
        ),
        (
            Type::I64,
            "'1'",
            "TypeError: filter must return int, not str",
        ),
        (
            Type::I64,
            "2**63",
            "OverflowError: filter must return an int of at most 64 bits",
        ),
        (
            Type::I64,
            "2**64",
            "OverflowError: filter must return an int of at most 64 bits",
        ),
        (
            Type::I32,
            "2**31",
            "OverflowError: filter must return an i32, not 2147483648",
        ),
        (
            Type::F64,
            "'1'",
            "TypeError: filter must return float, not str",
        ),
        (
            Type::F64,
            "None",
            "TypeError: filter must return float, not NoneType",
        ),
    ] {
        let (message, _) = failure(returns, &format!("def filter(): return {expression}"));
        assert_eq!(message, expected);
    }
}

#[test]
fn parameters_go_by_name_and_absent_ones_have_pythons_default() {
    let source = "def filter(query, n=5, x=0.5, flag=None, small=3, single=1.5):
    return repr((query, n, x, flag, small, single))";
    let given = [
        ("flag", Type::Bool, Some(Parameter::Bool(true))),
        (
            "query",
            Type::String,
            Some(Parameter::String("größe".into())),
        ),
        ("n", Type::I64, Some(Parameter::Integer(i64::MAX))),
        ("x", Type::F64, Some(Parameter::Float(2.5))),
        ("small", Type::I32, Some(Parameter::Integer(-1))),
        ("single", Type::F32, Some(Parameter::Float(0.25))),
    ];
    let answer = Python::returning(Type::String).with(&given).run(source);
    let all = "('größe', 9223372036854775807, 2.5, True, -1, 0.25)";
    assert_eq!(answer, Ok(Output::String(all.into())));
    let absent = given.clone().map(|(name, ty, value)| {
        let value = value.filter(|_| name == "query");
        (name, ty, value)
    });
    let answer = Python::returning(Type::String).with(&absent).run(source);
    let defaults = "('größe', 5, 0.5, None, 3, 1.5)";
    assert_eq!(answer, Ok(Output::String(defaults.into())));
}

#[test]
fn parameters_can_change_between_calls() {
    let python = Python::returning(Type::I64).with(&[("n", Type::I64, None)]);
    let mut instance = python.load("def filter(n=-1): return n").unwrap();
    assert_eq!(call(&mut instance), Ok(Output::I64(-1)));
    for n in [1, 2] {
        instance.parameters().set(0, Some(Parameter::Integer(n)));
        assert_eq!(call(&mut instance), Ok(Output::I64(n)));
        assert!(!instance.is_outdated());
    }
}

#[test]
fn a_parameter_the_function_does_not_have_is_an_error() {
    let python =
        Python::returning(Type::Bool).with(&[("surplus", Type::Bool, Some(Parameter::Bool(true)))]);
    match python.run("def filter(): return True") {
        Err(CallError::Failed { message, .. }) => {
            assert!(
                message.starts_with("TypeError: ") && message.contains("surplus"),
                "{message}"
            );
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn parameters_can_be_asked_for_by_name() {
    let python = Python::returning(Type::String).with(&[
        ("s", Type::String, Some(Parameter::String("x".into()))),
        ("i", Type::I64, Some(Parameter::Integer(3))),
        ("f", Type::F64, Some(Parameter::Float(1.5))),
        ("b", Type::Bool, Some(Parameter::Bool(false))),
    ]);
    let source = "def filter(**all):
    return repr([get_param_string('s'), get_param_int('i'), get_param_float('f'), get_param_bool('b'), sorted(all)])";
    let expected = "['x', 3, 1.5, False, ['b', 'f', 'i', 's']]";
    assert_eq!(python.run(source), Ok(Output::String(expected.into())));
}

#[test]
fn log_and_print_go_to_the_log() {
    let source = "print('loading')
def filter():
    print('a', 1, sep='-', end='')
    print('|', [1])
    print('two\\nlines')
    log('größe')
    log('d', 'debug')
    log('w', level='warning')
    log(3, level=3)
    print('no end', end='')
    return True";
    let mut instance = Python::returning(Type::Bool).load(source).unwrap();
    call(&mut instance).unwrap();
    let log: Vec<_> = instance
        .take_log()
        .into_iter()
        .map(|l| (l.level, l.text))
        .collect();
    let expected = [
        (Level::Info, "loading"),
        (Level::Info, "a-1| [1]"),
        (Level::Info, "two"),
        (Level::Info, "lines"),
        (Level::Info, "größe"),
        (Level::Debug, "d"),
        (Level::Warning, "w"),
        (Level::Error, "3"),
        (Level::Info, "no end"),
    ];
    assert_eq!(log, expected.map(|(level, text)| (level, text.to_owned())));
    let (message, _) = failure(Type::Bool, "def filter(): log('x', 'loud')");
    assert_eq!(
        message,
        "ValueError: level must be debug, info, warning or error"
    );
}

/// Characters stay whole where a line that is too long is cut.
#[test]
fn long_lines_go_on_in_the_next() {
    let mut instance = Python::returning(Type::Bool)
        .load("def filter(): print('ä' * 3000)")
        .unwrap();
    call(&mut instance).unwrap();
    let lines: Vec<_> = instance.take_log().into_iter().map(|l| l.text).collect();
    assert_eq!(lines.len(), 2);
    assert_eq!(lines.concat(), "ä".repeat(3000));
}

#[test]
fn an_exception_has_its_traceback() {
    let source = "# -*- first line\ndef check(x):\n    if x > 2:\n        raise ValueError('too long: größe')\n\n\ndef filter():\n    return check(3)\n";
    let (message, detail) = failure(Type::Bool, source);
    assert_eq!(message, "ValueError: too long: größe");
    let expected = "Traceback (most recent call last):\n  File \"demo@1.0.0\", line 8, in filter\n    return check(3)\n  File \"demo@1.0.0\", line 4, in check\n    raise ValueError('too long: größe')";
    assert_eq!(detail, expected);
}

#[test]
fn every_kind_of_exception_has_its_name() {
    for (statement, expected) in [
        ("1 / 0", "ZeroDivisionError: divide by zero"),
        ("[][1]", "IndexError: list index out of range"),
        ("{}['k']", "KeyError: 'k'"),
        ("unknown", "NameError: name 'unknown' isn't defined"),
        (
            "None.x",
            "AttributeError: 'NoneType' object has no attribute 'x'",
        ),
        (
            "int('x')",
            "ValueError: invalid syntax for integer with base 10: 'x'",
        ),
        ("assert False, 'no'", "AssertionError: no"),
        ("assert False", "AssertionError"),
        ("raise KeyError", "KeyError"),
        ("import os", "ImportError: no module named 'os'"),
        ("next(iter([]))", "StopIteration"),
        ("raise Mine('x', 1)", "Mine: ('x', 1)"),
        ("raise Mine", "Mine"),
        (
            "open('/etc/passwd')",
            "NameError: name 'open' isn't defined",
        ),
    ] {
        let source = format!("class Mine(Exception): pass\ndef filter():\n    {statement}");
        let (message, detail) = failure(Type::Bool, &source);
        assert_eq!(message, expected, "{statement}");
        assert!(detail.contains("line 3, in filter\n"), "{detail}");
    }
}

#[test]
fn an_exception_that_cannot_be_printed_is_an_error_all_the_same() {
    let source = "class Bad(Exception):\n    def __str__(self): raise ValueError('again')\ndef filter(): raise Bad()";
    let (message, _) = failure(Type::Bool, source);
    assert!(message.starts_with("Bad"), "{message}");
}

#[test]
fn a_source_that_cannot_be_loaded_says_why() {
    let loading = |source: &str| match Python::returning(Type::Bool).load(source) {
        Err(CallError::Failed { message, detail }) => (message, detail),
        other => panic!("{:?}", other.err()),
    };
    let (message, detail) = loading("x = 1\ndef filter(:\n    pass");
    assert_eq!(message, "SyntaxError: invalid syntax");
    assert!(
        detail.contains("File \"demo@1.0.0\", line 2\n    def filter(:"),
        "{detail}"
    );
    let (message, _) = loading("def filter():\n  x\n y");
    assert!(message.starts_with("IndentationError"), "{message}");
    assert_eq!(loading("").0, "NameError: no function filter");
    assert_eq!(
        loading("def other(): pass").0,
        "NameError: no function filter"
    );
    assert_eq!(
        loading("filter = 3").0,
        "TypeError: filter is not a function"
    );
    let (message, detail) = loading("\n\nx = 1 / 0\ndef filter(): pass");
    assert_eq!(message, "ZeroDivisionError: divide by zero");
    assert!(
        detail.contains("line 3, in <module>\n    x = 1 / 0"),
        "{detail}"
    );
}

#[test]
fn state_stays_within_an_instance() {
    let source = "n = 0\ndef filter():\n    global n\n    n += 1\n    return n";
    let python = Python::returning(Type::I64);
    let mut one = python.load(source).unwrap();
    for expected in 1..=3 {
        assert_eq!(call(&mut one), Ok(Output::I64(expected)));
    }
    assert_eq!(call(&mut python.load(source).unwrap()), Ok(Output::I64(1)));
}

#[test]
fn an_endless_loop_ends_at_the_deadline() {
    let mut python = Python::returning(Type::Bool);
    python.limits.time = Duration::from_millis(50);
    ticking(&SANDBOX, || {
        for source in [
            "def filter():\n    while True: pass",
            "while True: pass",
            "def filter():\n    while True:\n        try: 1 / 0\n        except ZeroDivisionError: pass",
        ] {
            let expected = CallError::Deadline {
                limit: Duration::from_millis(50),
            };
            assert_eq!(python.run(source), Err(expected), "{source}");
        }
    });
}

/// Each recurses until it is told not to, in another part of the interpreter.
#[test]
fn recursion_without_end_is_a_recursion_error() {
    let class = "class A:
    def __add__(self, o): return self + o
    def __getattr__(self, n): return getattr(self, n)
    def __eq__(self, o): return self == o
    def __str__(self): return str(self)
    def __repr__(self): return '%r' % self
    def __len__(self): return len(self)
    def __hash__(self): return hash(self)
    def __call__(self): return self()
    def __getitem__(self, i): return self[i]
    def __contains__(self, i): return i in self
    def __iter__(self): return iter(self)
    def method(self): return self.method()
class Made:
    def __init__(self): Made()
a = A()
import json, re
def nested(make):
    x = make(1)
    for i in range(20000): x = make(x)
    return x
def plain(n): return plain(n + 1)
def star(*a, **k): return star(*a, **k)
def generator():
    yield from generator()
def by_sorting(n): return sorted([1, 2], key=by_sorting)
def by_mapping(n): return list(map(by_mapping, [1]))
def by_eval(n): return eval('by_eval(1)')
def closure():
    def inner(): return inner()
    return inner()
";
    for expression in [
        "plain(0)",
        "star(1, x=2)",
        "closure()",
        "list(generator())",
        "by_sorting(1)",
        "by_mapping(1)",
        "by_eval(1)",
        "a + 1",
        "a.attribute",
        "a == 1",
        "str(a)",
        "repr(a)",
        "len(a)",
        "hash(a)",
        "a()",
        "a[0]",
        "1 in a",
        "iter(a)",
        "a.method()",
        "Made()",
        "repr(nested(lambda x: [x]))",
        "repr(nested(lambda x: {1: x}))",
        "nested(lambda x: [x]) == nested(lambda x: [x])",
        "nested(lambda x: (x,)) < nested(lambda x: (x,))",
        "hash(nested(lambda x: (x,)))",
        "json.dumps(nested(lambda x: [x]))",
        "next(nested(lambda x: map(lambda y: y, iter([x]) if x == 1 else x)))",
        "eval('[' * 3000 + ']' * 3000)",
        "re.compile('(' * 5000 + ')' * 5000)",
    ] {
        let source = format!(
            "{class}def filter():\n    try: {expression}\n    except RecursionError as e: return str(e)"
        );
        let answer = Python::returning(Type::String).run(&source);
        let expected = "maximum recursion depth exceeded";
        assert_eq!(answer, Ok(Output::String(expected.into())), "{expression}");
        let source = format!("{class}def filter(): {expression}");
        let (message, _) = failure(Type::String, &source);
        assert_eq!(
            message,
            format!("RecursionError: {expected}"),
            "{expression}"
        );
    }
    let source = "def filter(): return issubclass(RecursionError, RuntimeError)";
    assert_eq!(
        Python::returning(Type::Bool).run(source),
        Ok(Output::I32(1))
    );
}

#[test]
fn functions_recurse_a_thousand_deep() {
    let source = "def f(n): return 0 if n == 0 else 1 + f(n - 1)\nclass Tree:\n    def depth(self, n): return 0 if n == 0 else 1 + self.depth(n - 1)\ndef filter(): return f(1000) + Tree().depth(1000)";
    assert_eq!(
        Python::returning(Type::I64).run(source),
        Ok(Output::I64(2000))
    );
}

#[test]
fn who_takes_all_memory_gets_the_hosts_error() {
    for body in [
        "x = []\nwhile True: x.append('abc' * 1000)",
        "x = []\nwhile True: x = [x, x]",
        "s = 'a'\nwhile True: s = s + s",
        "return 'x' * 100000000",
        "return 1 << 1000000000",
        "d = {}\nwhile True: d[len(d)] = str(len(d))",
        // Nobody could have so much.
        "return [0] * 10 ** 9",
        "return bytearray(2 ** 31 - 1)",
        // The sizes of these don't fit into 32 bits.
        "return [0] * (2 ** 30 + 1)",
        "return (0,) * (2 ** 30 + 1)",
        "return 'abcd' * (2 ** 30 + 1)",
        "return b'abcd' * (2 ** 30 + 1)",
        "return ''.join(['abcd' * 2 ** 16] * (2 ** 14 + 1))",
        "return ('a' * (2 ** 16 + 1)).replace('a', 'b' * 2 ** 16)",
        "from collections import deque\nreturn deque((), 2 ** 30 - 1)",
    ] {
        let source = format!("def filter():\n{}", indented(body));
        match Python::returning(Type::Bool).run(&source) {
            Err(CallError::MemoryLimit { limit, .. }) => assert_eq!(limit, 16 << 20),
            other => panic!("{other:?} of {body}"),
        }
    }
}

#[test]
fn a_memory_error_can_be_caught_and_there_is_memory_afterwards() {
    let mut python = Python::returning(Type::String);
    python.limits.memory = 4 << 20;
    let source = "def filter():
    caught = 0
    for i in range(5):
        x = []
        try:
            while True: x.append('abc' * 500)
        except MemoryError as e:
            x = None
            caught += 1
    x = [str(i) for i in range(1000)]
    return str(caught) + x[-1]";
    assert_eq!(python.run(source), Ok(Output::String("5999".into())));
    let source = "def filter():
    try: return 'x' * 100000000
    except MemoryError as e: return str(e)";
    let expected = "memory allocation failed, allocating 100000001 bytes";
    assert_eq!(python.run(source), Ok(Output::String(expected.into())));
    // One's own isn't the host's.
    let (message, _) = failure(Type::Bool, "def filter(): raise MemoryError('mine')");
    assert_eq!(message, "MemoryError: mine");
}

/// More garbage than there is memory, in one call: it is collected while the function runs.
#[test]
fn garbage_is_collected_during_a_call() {
    let mut python = Python::returning(Type::I64);
    python.limits.memory = 2 << 20;
    for body in [
        "n = 0\nfor i in range(100000): n += len([i, str(i), (i, i)])\nreturn n",
        "def f(i): return len([i, str(i), (i, i)])\nn = 0\nfor i in range(100000): n += f(i)\nreturn n",
        "n = 0\nwhile n < 300000: n += len(' '.join(['abc', 'def', 'ghi']).split())\nreturn n",
    ] {
        let source = format!("def filter():\n{}", indented(body));
        assert_eq!(python.run(&source), Ok(Output::I64(300_000)), "{body}");
    }
}

/// Neither what a call's arguments are put together in, nor frames that an exception left, stay behind.
#[test]
fn a_long_loop_takes_no_stack() {
    let body = "def with_star(x, *r, k=None, **o): return len(r) + len(o)
class A:
    def method(self, *r, **o): return len(r) + len(o)
def failing(n):
    if n == 0: raise KeyError('deep')
    try: return failing(n - 1)
    finally: x = [n]
a = A()
t = 0
for i in range(20000): t += with_star(i, *[1, 2], k=[i], z={'q': i}) + a.method(*[1], **{'z': 1})
for i in range(300):
    try: failing(50)
    except KeyError as e: t += len(e.args)
return str(t)";
    assert_eq!(text(body), "100300");
}

/// What is alive survives the collections, in all kinds of places.
#[test]
fn nothing_alive_is_collected() {
    let source = "kept = {}
class Node:
    def __init__(self, value, next): self.value = value; self.next = next
def build(n):
    node = None
    for i in range(n): node = Node(str(i), node)
    return node
def filter():
    first = [[i] for i in range(2000)]
    chain = build(2000)
    tuples = ()
    i = 0
    while i < 30000:
        kept[i % 100] = [str(i)]
        tuples = (tuples, i) if i % 10 else (i,)
        first.append([i])
        i += 1
    assert [x[0] for x in first[2000:]] == list(range(30000))
    assert [x[0] for x in first[:2000]] == list(range(2000))
    assert sorted(x[0] for x in kept.values()) == sorted(str(i) for i in range(29900, 30000))
    n = 1999
    while chain:
        assert chain.value == str(n)
        chain = chain.next
        n -= 1
    for depth in range(9):
        assert len(tuples) == 2 and tuples[1] == 29999 - depth
        tuples = tuples[0]
    return n == -1 and tuples == (29990,)";
    let mut instance = Python::returning(Type::Bool).load(source).unwrap();
    for _ in 0..3 {
        assert_eq!(call(&mut instance), Ok(Output::I32(1)));
    }
}

/// An object that is being made is in no variable of Python's while its `__init__` runs.
#[test]
fn the_function_can_be_anything_that_is_called() {
    let garbage = "for i in range(100000): y = [i, str(i)]";
    for source in [
        format!(
            "class filter:\n    def __init__(self):\n        self.x = 'alive'\n        self = None\n        {garbage}\n    def __len__(self): return self.x == 'alive'"
        ),
        format!(
            "class Callable:\n    def __call__(self):\n        self = None\n        {garbage}\n        return True\nfilter = Callable()"
        ),
        format!(
            "def make(n):\n    def filter():\n        {garbage}\n        return n == [1, 2]\n    return filter\nfilter = make([1, 2])"
        ),
        format!(
            "class Holder:\n    def method(self):\n        {garbage}\n        return True\nfilter = Holder().method"
        ),
        "filter = dict\ndef unused(): pass".into(),
    ] {
        let expected = i32::from(!source.contains("dict"));
        let answer = Python::returning(Type::Bool).run(&source);
        assert_eq!(answer, Ok(Output::I32(expected)), "{source}");
    }
}

#[test]
fn sorting_is_stable_calls_the_key_once_and_has_no_slow_case() {
    let body = "calls = []
def key(p):
    calls.append(p)
    return p[0]
pairs = [(i * 7919 % 100, i) for i in range(2000)]
up = sorted(pairs, key=key)
assert len(calls) == 2000
assert up == sorted(pairs)
down = sorted(pairs, key=key, reverse=True)
assert down == sorted(pairs, key=lambda p: (-p[0], p[1]))
long = list(range(100000))
assert sorted(long) == long and sorted(long, reverse=True)[0] == 99999
assert len(sorted(long, key=lambda x: str(-x))) == 100000
return 'sorted'";
    assert_eq!(text(body), "sorted");
    let (message, _) = failure(
        Type::Bool,
        "x = [3, 1, 2]\ndef filter(): x.sort(key=lambda i: x.append(i))",
    );
    assert_eq!(message, "ValueError: list modified during sort");
}

#[test]
fn dictionaries_keep_the_order_in_which_keys_came() {
    let answer = Python::returning(Type::String).run(include_str!("data/dictionaries.py"));
    assert_eq!(answer, Ok(Output::String("as the model".into())));
}

/// A hundred thousand calls need no more memory than a thousand.
#[test]
fn calls_leave_nothing() {
    let source = "def filter():\n    return len([get_field_string('title').lower(), get_field_json('tags'), lambda: 3])";
    let mut instance = Python::returning(Type::I64).load(source).unwrap();
    let document = jsonb(DOCUMENT);
    let document = Document::new(&document).unwrap();
    let mut after = |calls| {
        for _ in 0..calls {
            assert_eq!(instance.call(document, 0.0), Ok(Output::I64(3)));
        }
        instance.memory_bytes()
    };
    let early = after(20_000);
    assert_eq!(after(100_000), early);
}

#[test]
fn deep_data_and_long_texts() {
    let deep = format!("{{\"d\": {}{}}}", "[".repeat(1000), "]".repeat(1000));
    let document = jsonb(&deep);
    let source = "def filter():\n    x = get_field_json('d')\n    n = 1\n    while x:\n        x = x[0]\n        n += 1\n    return n";
    let mut python = Python::returning(Type::I64).load(source).unwrap();
    let answer = python.call(Document::new(&document).unwrap(), 0.0);
    assert_eq!(answer, Ok(Output::I64(1000)));
    // Matching goes back without recursing.
    let body = "import re\nreturn str(re.match('(a|b)*c', 'ab' * 20000 + 'c').end())";
    assert_eq!(text(body), "40001");
    assert_eq!(
        text("import re\nreturn re.match('(a*)*b', 'aab').group(0)"),
        "aab"
    );
}

#[test]
fn a_megabyte_of_source() {
    let mut source = String::from("data = '''");
    source.push_str(&"größe ".repeat(60_000));
    source.push_str("'''\n");
    for i in 0..10_000 {
        let _ = writeln!(
            source,
            "# a comment of some length to fill the source with, number {i}"
        );
    }
    source.push_str("def filter(): return len(data)\n");
    assert!(source.len() > 1_000_000);
    let answer = Python::returning(Type::I64).run(&source);
    assert_eq!(answer, Ok(Output::I64(360_000)));
}

#[test]
fn a_script_has_no_clock_no_chance_no_files() {
    for module in [
        "time", "random", "os", "sys", "machine", "socket", "io.open",
    ] {
        let source = format!("import {module}\ndef filter(): return True");
        let answer = Python::returning(Type::Bool).run(&source);
        assert!(matches!(answer, Err(CallError::Failed { .. })), "{module}");
    }
    let imports: Vec<_> = PYTHON
        .module(Script {
            name: "".into(),
            source: "".into(),
        })
        .imports()
        .map(str::to_owned)
        .collect();
    assert_eq!(imports.len(), 21, "{imports:?}");
    assert!(
        !imports
            .iter()
            .any(|name| name.contains("random") || name.contains("clock"))
    );
}

/// Each line of the file is an expression, the indented one below it CPython's repr of its value.
#[test]
fn expressions_have_cpythons_values() {
    let lines: Vec<_> = include_str!("data/expressions.txt").lines().collect();
    let mut wrong = Vec::new();
    for pair in lines.chunks(2) {
        let (expression, expected) = (pair[0], pair[1].trim_start());
        // The entry function's name is a builtin's.
        let source = format!(
            "builtin = filter\ndef filter(*a):\n    if a: return builtin(*a)\n    return repr(({expression}))"
        );
        match Python::returning(Type::String).run(&source) {
            Ok(Output::String(value)) if value == expected => {}
            other => wrong.push(format!("{expression}\n    {expected}\n    {other:?}")),
        }
    }
    assert!(
        lines.len() > 200 && wrong.is_empty(),
        "{}",
        wrong.join("\n")
    );
}
