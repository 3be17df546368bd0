//! The host's side of interpreters: what they may import, how their scripts reach them, how they fail. The
//! interpreters here are a few lines of WAT.

mod common;

use std::fs;

use common::{SANDBOX, compile, jsonb};
use quidditch_document::Document;
use quidditch_sandbox::{
    CallError, CodeCache, Instance, Interpreter, Limits, Module, Output, Parameter, Parameters,
    Sandbox, Script, Signature, Type,
};

const IMPORTS: &str = r#"
    (import "quidditch" "source" (func $source (param i32 i32) (result i32)))
    (import "quidditch" "entry" (func $entry (param i32 i32) (result i32)))
    (import "quidditch" "name" (func $name (param i32 i32) (result i32)))
    (import "quidditch" "parameters" (func $parameters (param i32 i32) (result i32)))
    (import "quidditch" "fail" (func $fail (param i32 i32 i32 i32)))
    (import "env" "get_param_i64" (func $get_param_i64 (param i32 i32 i32) (result i32)))
    (import "env" "set_result_string" (func $set_result_string (param i32 i32) (result i32)))
"#;

/// `start` fails with a source that begins with "!", as message with the rest as detail. Else: a string function
/// answers name, entry function, parameters and source, an integer function the parameter "n", a float function
/// half the length of the source, and a bool function whether `start` ran.
const ECHO: &str = r#"
    (memory (export "memory") 1)
    (global $end (mut i32) (i32.const 0))
    (global $started (mut i32) (i32.const 0))
    (data (i32.const 60000) "n")
    (func (export "_initialize") (if (global.get $started) (then unreachable)))
    (func (export "start")
        (global.set $started (i32.const 1))
        (drop (call $source (i32.const 0) (i32.const 50000)))
        (if (i32.eq (i32.load8_u (i32.const 0)) (i32.const 33))
            (then (call $fail (i32.const 0) (i32.const 1)
                (i32.const 1) (i32.sub (call $source (i32.const 0) (i32.const 0)) (i32.const 1)))
                unreachable)))
    (func $room (result i32) (i32.sub (i32.const 50000) (global.get $end)))
    (func (export "call_string") (param i64) (result i32)
        (global.set $end (i32.const 0))
        (global.set $end (i32.add (global.get $end) (call $name (global.get $end) (call $room))))
        (global.set $end (i32.add (global.get $end) (call $entry (global.get $end) (call $room))))
        (global.set $end (i32.add (global.get $end) (call $parameters (global.get $end) (call $room))))
        (global.set $end (i32.add (global.get $end) (call $source (global.get $end) (call $room))))
        (call $set_result_string (i32.const 0) (global.get $end)))
    (func (export "call_i64") (param i64) (result i64)
        (drop (call $get_param_i64 (i32.const 60000) (i32.const 1) (i32.const 60008)))
        (i64.load (i32.const 60008)))
    (func (export "call_f64") (param i64) (result f64)
        (f64.div (f64.convert_i32_u (call $source (i32.const 0) (i32.const 0))) (f64.const 2)))
    (func (export "call_bool") (param i64) (result i32) (global.get $started))
"#;

fn interpreter() -> Interpreter {
    SANDBOX
        .compile_interpreter(format!("(module {IMPORTS} {ECHO})").as_bytes())
        .expect("an interpreter")
}

fn script(source: &str) -> Module {
    interpreter().module(Script {
        name: "päckchen@1.0.0".into(),
        source: source.into(),
    })
}

fn instance(
    module: &Module,
    returns: Option<Type>,
    parameters: &Parameters,
) -> Result<Instance, CallError> {
    let signature = Signature {
        parameters: Vec::new(),
        returns,
    };
    let entry = module.entry("größe", &signature).expect("any function");
    assert_eq!(entry.returns(), returns.unwrap_or(Type::Bool));
    assert!(!entry.is_typed());
    Instance::new(module, &entry, parameters, &Limits::default())
}

fn call(instance: &mut Instance) -> Result<Output, CallError> {
    let document = jsonb("{}");
    instance.call(Document::new(&document).unwrap(), 0.0)
}

fn number(n: i64) -> Parameters {
    Parameters::new(vec![
        ("n".into(), Type::I64, Some(Parameter::Integer(n))),
        ("text".into(), Type::String, None),
    ])
}

#[test]
fn an_interpreter_learns_all_of_its_script() {
    let mut echo = instance(&script("def größe: …"), Some(Type::String), &number(1)).unwrap();
    let expected = "päckchen@1.0.0größei64 n\nstring text\ndef größe: …";
    assert_eq!(call(&mut echo), Ok(Output::String(expected.into())));
}

#[test]
fn the_result_type_decides_which_export_is_called() {
    let module = script("12345");
    let answer = |returns, n| call(&mut instance(&module, returns, &number(n)).unwrap());
    assert_eq!(answer(None, 0), Ok(Output::I32(1)));
    assert_eq!(answer(Some(Type::Bool), 0), Ok(Output::I32(1)));
    assert_eq!(answer(Some(Type::I64), i64::MIN), Ok(Output::I64(i64::MIN)));
    assert_eq!(answer(Some(Type::I32), -7), Ok(Output::I32(-7)));
    assert_eq!(answer(Some(Type::F64), 0), Ok(Output::F64(2.5)));
    assert_eq!(answer(Some(Type::F32), 0), Ok(Output::F32(2.5)));
    assert_eq!(
        answer(Some(Type::I32), 1 << 31),
        Err(CallError::Failed {
            message: "OverflowError: größe must return an i32, not 2147483648".into(),
            detail: String::new(),
        })
    );
}

#[test]
fn an_instance_whose_result_is_out_of_range_is_broken() {
    let mut wide = instance(&script(""), Some(Type::I32), &number(1 << 40)).unwrap();
    assert!(call(&mut wide).is_err());
    assert!(wide.is_broken());
}

#[test]
fn a_source_longer_than_the_buffer_is_cut_off_and_its_length_is_not() {
    let source = "x".repeat(100_000);
    let mut echo = instance(&script(&source), Some(Type::F64), &number(0)).unwrap();
    assert_eq!(call(&mut echo), Ok(Output::F64(50_000.0)));
}

#[test]
fn a_failure_carries_message_and_detail() {
    let failure = |source: &str| match instance(&script(source), None, &number(0)) {
        Err(CallError::Failed { message, detail }) => (message, detail),
        other => panic!("{:?}", other.err()),
    };
    assert_eq!(failure("!line 1"), ("!".into(), "line 1".into()));
    assert_eq!(failure("!\0"), ("!".into(), "\u{fffd}".into()));
    assert_eq!(failure("!"), ("!".into(), "".into()));
    let long = failure(&format!("!{}", "y".repeat(30_000))).1;
    assert_eq!(long.len(), 30_000);
}

#[test]
fn a_failure_with_bad_pointers_is_still_one() {
    let wat = format!(
        r#"(module {IMPORTS} (memory (export "memory") 1)
        (func (export "start") (call $fail (i32.const -1) (i32.const -1) (i32.const 65535) (i32.const 2)))
        (func (export "call_string") (param i64) (result i32) unreachable)
        (func (export "call_i64") (param i64) (result i64) unreachable)
        (func (export "call_f64") (param i64) (result f64) unreachable)
        (func (export "call_bool") (param i64) (result i32) unreachable))"#
    );
    let module = SANDBOX.compile_interpreter(wat.as_bytes()).unwrap();
    let module = module.module(Script {
        name: "x".into(),
        source: "".into(),
    });
    assert_eq!(
        instance(&module, None, &number(0)).err(),
        Some(CallError::Failed {
            message: String::new(),
            detail: String::new()
        })
    );
}

#[test]
fn other_modules_cannot_import_what_interpreters_can() {
    let wat = format!("(module {IMPORTS} {ECHO})");
    let Err(refused) = SANDBOX.compile(wat.as_bytes()) else {
        panic!("accepted");
    };
    let expected: Vec<_> = ["source", "entry", "name", "parameters", "fail"]
        .map(|name| format!("import {name:?} of \"quidditch\" doesn't exist"))
        .into();
    assert_eq!(refused.problems, expected);
}

#[test]
fn an_interpreter_without_an_export_is_refused() {
    for (export, ty) in [
        ("start", "() -> nothing"),
        ("call_bool", "(i64) -> i32"),
        ("call_i64", "(i64) -> i64"),
        ("call_f64", "(i64) -> f64"),
        ("call_string", "(i64) -> i32"),
    ] {
        let wat = format!("(module {IMPORTS} {ECHO})")
            .replace(&format!("(export \"{export}\")"), "(export \"other\")");
        let Err(refused) = SANDBOX.compile_interpreter(wat.as_bytes()) else {
            panic!("accepted without {export}");
        };
        let problem = format!("an interpreter must export a function {export:?} of type {ty}");
        assert_eq!(refused.problems, [problem]);
    }
}

#[test]
fn the_code_cache_has_one_file_for_all_scripts_and_gives_it_to_interpreters_alone() {
    let directory = std::env::temp_dir().join(format!("quidditch-scripts-{}", std::process::id()));
    let cache = CodeCache::new(&directory);
    let digest = [7; 32];
    let wat = format!("(module {IMPORTS} {ECHO})");
    assert!(SANDBOX.load_interpreter(&digest, &cache).is_none());
    SANDBOX
        .compile_interpreter_into(wat.as_bytes(), &digest, &cache)
        .unwrap();
    let other = Sandbox::new(256 << 10, || ()).unwrap();
    let loaded = other.load_interpreter(&digest, &cache).expect("cached");
    for source in ["a", "bcd"] {
        let module = loaded.module(Script {
            name: "s".into(),
            source: source.into(),
        });
        let mut echo = instance(&module, Some(Type::F64), &number(0)).unwrap();
        let half = source.len() as f64 / 2.0;
        assert_eq!(call(&mut echo), Ok(Output::F64(half)));
    }
    assert!(other.load(&digest, &cache).is_none());
    // Nor does a module of another kind come out of it as an interpreter.
    SANDBOX.keep(&compile("(module)"), &digest, &cache);
    assert!(other.load_interpreter(&digest, &cache).is_none());
    fs::remove_dir_all(&directory).unwrap();
}

/// Its source is a path. An integer function answers the kind of what is there, a string function the document, a
/// float function the size of the stack, and a bool function whether an empty buffer is too small for the document.
const DOCUMENTS: &str = r#"(module
    (import "quidditch" "source" (func $source (param i32 i32) (result i32)))
    (import "quidditch" "kind" (func $kind (param i64 i32 i32) (result i32)))
    (import "quidditch" "document" (func $document (param i64 i32 i32) (result i32)))
    (import "quidditch" "stack" (func $stack (result i32)))
    (import "env" "set_result_string" (func $set_result_string (param i32 i32) (result i32)))
    (memory (export "memory") 1)
    (func (export "start"))
    (func (export "call_i64") (param $ctx i64) (result i64)
        (i64.extend_i32_u (call $kind (local.get $ctx)
            (i32.const 0) (call $source (i32.const 0) (i32.const 60000)))))
    (func (export "call_string") (param $ctx i64) (result i32)
        (i32.store (i32.const 60000) (i32.const 60000))
        (if (call $document (local.get $ctx) (i32.const 0) (i32.const 60000)) (then unreachable))
        (if (i32.ne (call $document (i64.add (local.get $ctx) (i64.const 1)) (i32.const 0) (i32.const 60000))
            (i32.const 1)) (then unreachable))
        (call $set_result_string (i32.const 0) (i32.load (i32.const 60000))))
    (func (export "call_f64") (param i64) (result f64) (f64.convert_i32_u (call $stack)))
    (func (export "call_bool") (param $ctx i64) (result i32)
        (i32.eq (call $document (local.get $ctx) (i32.const 0) (i32.const 60000)) (i32.const 3))))"#;

#[test]
fn kinds_of_values_the_whole_document_and_the_stack() {
    let ask = |path: &str, returns, document: &str| {
        let interpreter = SANDBOX.compile_interpreter(DOCUMENTS.as_bytes());
        let module = interpreter.expect("an interpreter").module(Script {
            name: "path".into(),
            source: path.into(),
        });
        let mut instance = instance(&module, Some(returns), &Parameters::default()).unwrap();
        let document = jsonb(document);
        instance.call(Document::new(&document).unwrap(), 0.0)
    };
    let document =
        r#"{"n": null, "b": false, "x": 1e400, "s": "", "a": [[]], "o": {"": {}}, "e.": 1}"#;
    for (path, kind) in [
        ("n", 1),
        ("b", 2),
        ("x", 3),
        ("s", 4),
        ("a", 5),
        ("a[0]", 5),
        ("o", 6),
        (r#"o[""]"#, 6),
        ("", 6),
        (r#"["e."]"#, 3),
        ("missing", 0),
        ("a[1]", 0),
        ("a.x", 0),
        ("][", 0),
    ] {
        assert_eq!(
            ask(path, Type::I64, document),
            Ok(Output::I64(kind)),
            "{path}"
        );
    }
    for (document, kind) in [("[]", 5), ("null", 1), ("\"s\"", 4), ("true", 2), ("0", 3)] {
        assert_eq!(
            ask("", Type::I64, document),
            Ok(Output::I64(kind)),
            "{document}"
        );
        let whole = ask("", Type::String, document);
        assert_eq!(whole, Ok(Output::String(document.into())));
    }
    assert_eq!(ask("", Type::Bool, "{}"), Ok(Output::I32(1)));
    let stack = f64::from(256 << 10);
    assert_eq!(ask("", Type::F64, "{}"), Ok(Output::F64(stack)));
}

#[test]
fn a_forbidden_function_ends_the_call_that_calls_it() {
    let forbidding = interpreter()
        .forbidding(&|name| name == "get_param_i64")
        .expect("an interpreter");
    let module = forbidding.module(Script {
        name: "x".into(),
        source: "y".into(),
    });
    let call = |returns| {
        let signature = Signature {
            parameters: Vec::new(),
            returns: Some(returns),
        };
        let entry = module.entry("f", &signature).unwrap();
        let limits = Limits::default();
        let mut instance = Instance::new(&module, &entry, &Parameters::default(), &limits)?;
        let document = jsonb("{}");
        instance.call(Document::new(&document).unwrap(), 0.0)
    };
    assert_eq!(
        call(Type::I64),
        Err(CallError::Forbidden {
            function: "get_param_i64".into()
        })
    );
    assert_eq!(call(Type::Bool), Ok(Output::I32(1)));
}

#[test]
fn a_source_is_checked_without_a_function() {
    let check = |source: &str| {
        let script = Script {
            name: "x".into(),
            source: source.into(),
        };
        interpreter().check(script, &Limits::default())
    };
    assert_eq!(check("fine"), Ok(()));
    assert_eq!(
        check("!wrong"),
        Err(CallError::Failed {
            message: "!".into(),
            detail: "wrong".into()
        })
    );
}
