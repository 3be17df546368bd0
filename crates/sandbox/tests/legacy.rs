//! The generation of the ABI before: getters that return the value itself, `log` without a level, bound
//! by name and type beside the functions of today.

mod common;

use common::{MEMORY, Probe, SANDBOX, compile};
use quidditch_sandbox::{Level, Output};

const IMPORTS: &str = r#"
    (import "env" "has_field" (func $has_field (param i64 i32 i32) (result i32)))
    (import "env" "get_field_int64" (func $get_field_int64 (param i64 i32 i32) (result i64)))
    (import "env" "get_field_float64" (func $get_field_float64 (param i64 i32 i32) (result f64)))
    (import "env" "get_field_bool" (func $get_field_bool (param i64 i32 i32) (result i32)))
    (import "env" "get_field_string" (func $get_field_string (param i64 i32 i32 i32 i32) (result i32)))
    (import "env" "log" (func $log (param i32 i32)))
    (import "env" "set_result_string" (func $set_result_string (param i32 i32) (result i32)))
"#;

const DOCUMENT: &str = r#"{
    "i": -5, "whole": 7.0, "f": 2.5, "big": 9223372036854775808, "huge": 1e400, "t": true, "no": false, "s": "1",
    "null": null, "l": [3, {"x": 4}], "o": {"x": 1.5}
}"#;

fn get(function: &str, ty: &str, path: &str) -> Output {
    let mut probe = Probe::new(DOCUMENT).put(8, path.as_bytes());
    probe.imports = IMPORTS;
    probe.value(
        ty,
        &format!(
            "(call ${function} (local.get $ctx) (i32.const 8) (i32.const {}))",
            path.len()
        ),
    )
}

#[test]
fn integers_come_as_the_value_or_0() {
    for (path, wanted) in [
        ("i", -5),
        ("whole", 7),
        ("l[0]", 3),
        ("l[-1].x", 4),
        ("f", 0),
        ("big", 0),
        ("huge", 0),
        ("t", 0),
        ("s", 0),
        ("null", 0),
        ("l", 0),
        ("l.x", 0),
        ("none", 0),
        ("", 0),
        ("i.", 0),
    ] {
        let answer = get("get_field_int64", "i64", path);
        assert_eq!(answer, Output::I64(wanted), "{path}");
    }
}

#[test]
fn floats_come_as_the_value_or_0() {
    for (path, wanted) in [
        ("i", -5.0),
        ("f", 2.5),
        ("big", 9_223_372_036_854_775_808.0),
        ("o.x", 1.5),
        ("huge", 0.0),
        ("t", 0.0),
        ("s", 0.0),
        ("none", 0.0),
        ("l.x", 0.0),
    ] {
        let answer = get("get_field_float64", "f64", path);
        assert_eq!(answer, Output::F64(wanted), "{path}");
    }
}

#[test]
fn bools_come_as_the_value_or_0() {
    for (path, wanted) in [
        ("t", 1),
        ("no", 0),
        ("i", 0),
        ("s", 0),
        ("null", 0),
        ("none", 0),
        ("l.x", 0),
    ] {
        let answer = get("get_field_bool", "i32", path);
        assert_eq!(answer, Output::I32(wanted), "{path}");
    }
}

#[test]
fn a_stale_ctx_and_a_bad_pointer_are_0() {
    let mut probe = Probe::new(r#"{"i": 5, "t": true}"#)
        .put(8, b"i")
        .put(16, b"t");
    probe.imports = IMPORTS;
    for (ctx, at, length) in [
        ("(i64.add (local.get $ctx) (i64.const 1))", 8, 1),
        ("(i64.const 0)", 8, 1),
        ("(local.get $ctx)", 8, u32::MAX),
        ("(local.get $ctx)", MEMORY, 1),
        ("(local.get $ctx)", u32::MAX, 1),
        ("(local.get $ctx)", u32::MAX, u32::MAX),
    ] {
        for (function, ty, at, zero) in [
            ("get_field_int64", "i64", at, Output::I64(0)),
            ("get_field_float64", "f64", at, Output::F64(0.0)),
            (
                "get_field_bool",
                "i32",
                if at == 8 { 16 } else { at },
                Output::I32(0),
            ),
        ] {
            let call = format!(
                "(call ${function} {ctx} (i32.const {}) (i32.const {}))",
                at as i32, length as i32
            );
            assert_eq!(probe.value(ty, &call), zero, "{call}");
        }
    }
    // The same calls with nothing wrong.
    let call = "(call $get_field_int64 (local.get $ctx) (i32.const 8) (i32.const 1))";
    assert_eq!(probe.value("i64", call), Output::I64(5));
    let call = "(call $get_field_bool (local.get $ctx) (i32.const 16) (i32.const 1))";
    assert_eq!(probe.value("i32", call), Output::I32(1));
}

#[test]
fn log_without_a_level_informs() {
    let mut probe = Probe::new("{}").put(8, b"message");
    probe.imports = IMPORTS;
    let call = "(block (result i32) (call $log (i32.const 8) (i32.const 7)) (call $log (i32.const -1) (i32.const 7)) (i32.const 0))";
    let log = probe.ask(call, 0, 0).log;
    assert_eq!(log.len(), 1);
    assert_eq!(
        (log[0].level, log[0].text.as_str()),
        (Level::Info, "message")
    );
}

/// The name alone doesn't say which one is meant: each type of it links, and behaves as its generation does.
#[test]
fn the_type_chooses_the_generation() {
    let old = compile(
        r#"(module (import "env" "get_field_bool" (func $get (param i64 i32 i32) (result i32)))
        (memory (export "memory") 1) (data (i32.const 0) "a")
        (func (export "filter") (param i64) (result i32) (call $get (local.get 0) (i32.const 0) (i32.const 1))))"#,
    );
    let new = compile(
        r#"(module (import "env" "get_field_bool" (func $get (param i64 i32 i32 i32) (result i32)))
        (memory (export "memory") 1) (data (i32.const 0) "a")
        (func (export "filter") (param i64) (result i32)
            (call $get (local.get 0) (i32.const 0) (i32.const 1) (i32.const 8))))"#,
    );
    let document = common::jsonb(r#"{"a": true}"#);
    let document = quidditch_document::Document::new(&document).unwrap();
    let call = |module| common::instance(module).unwrap().call(document, 0.0);
    // A value there, a status here.
    assert_eq!(call(&old), Ok(Output::I32(1)));
    assert_eq!(call(&new), Ok(Output::I32(0)));
}

/// One import name can stand for one function only within a module; wanting both is refused or works, but
/// it must not be confused.
#[test]
fn both_types_of_a_name_in_one_module() {
    let source = r#"(module
        (import "env" "get_field_bool" (func $old (param i64 i32 i32) (result i32)))
        (import "env" "get_field_bool" (func $new (param i64 i32 i32 i32) (result i32)))
        (memory (export "memory") 1) (data (i32.const 0) "a")
        (func (export "filter") (param i64) (result i32)
            (i32.add (i32.mul (i32.const 10) (call $old (local.get 0) (i32.const 0) (i32.const 1)))
                (call $new (local.get 0) (i32.const 0) (i32.const 1) (i32.const 8)))))"#;
    match SANDBOX.compile(source.as_bytes()) {
        Err(refused) => assert!(refused.to_string().contains("get_field_bool"), "{refused}"),
        Ok(module) => {
            let document = common::jsonb(r#"{"a": true}"#);
            let document = quidditch_document::Document::new(&document).unwrap();
            let answer = common::instance(&module).unwrap().call(document, 0.0);
            assert_eq!(answer, Ok(Output::I32(10)));
        }
    }
}

/// The same function imported twice is no trouble.
#[test]
fn an_import_may_come_twice() {
    let answer = common::run(
        r#"(module
        (import "env" "has_field" (func $one (param i64 i32 i32) (result i32)))
        (import "env" "has_field" (func $two (param i64 i32 i32) (result i32)))
        (memory (export "memory") 1)
        (func (export "filter") (param i64) (result i32)
            (i32.or (call $one (local.get 0) (i32.const 0) (i32.const 1))
                (call $two (local.get 0) (i32.const 0) (i32.const 1)))))"#,
    );
    assert_eq!(answer, Ok(Output::I32(0)));
}
