//! What entry functions take and return: every type of result, typed arguments, string results.

mod common;

use common::{MEMORY, compile, jsonb, run};
use quidditch_document::Document;
use quidditch_sandbox::{
    CallError, Entry, Instance, Limits, Module, Output, Parameter, Parameters, Signature, Type,
};

fn signature(parameters: &[Type], returns: Option<Type>) -> Signature {
    Signature {
        parameters: parameters.to_vec(),
        returns,
    }
}

fn call(module: &Module, entry: &Entry, parameters: &Parameters) -> Result<Output, CallError> {
    let mut instance = Instance::new(module, entry, parameters, &Limits::default())?;
    common::call(&mut instance)
}

#[test]
fn every_number() {
    for (ty, value, wanted, returns) in [
        ("i32", "-7", Output::I32(-7), Type::Bool),
        (
            "i64",
            "-9223372036854775808",
            Output::I64(i64::MIN),
            Type::I64,
        ),
        ("f32", "0.1", Output::F32(0.1), Type::F32),
        ("f64", "0.1", Output::F64(0.1), Type::F64),
        ("f32", "-inf", Output::F32(f32::NEG_INFINITY), Type::F32),
        ("f64", "inf", Output::F64(f64::INFINITY), Type::F64),
    ] {
        let module = compile(&format!(
            "(module (func (export \"filter\") (param i64) (result {ty}) ({ty}.const {value})))"
        ));
        let entry = module.entry("filter", &Signature::default()).unwrap();
        assert_eq!(entry.returns(), returns);
        assert_eq!(
            call(&module, &entry, &Parameters::default()),
            Ok(wanted),
            "{ty} {value}"
        );
    }
}

/// A NaN that the guest computes is the canonical one, on every machine.
#[test]
fn computed_nans_are_canonical() {
    let answer = run(
        r#"(module (func (export "filter") (param $ctx i64) (result i64) (local $x f64)
        (local.set $x (f64.reinterpret_i64 (i64.const 0xfff8000000000bad)))
        (i64.reinterpret_f64 (f64.add (local.get $x) (f64.convert_i64_s (local.get $ctx))))))"#,
    );
    assert_eq!(answer, Ok(Output::I64(0x7ff8_0000_0000_0000)));
    let answer = run(
        r#"(module (func (export "filter") (param $ctx i64) (result i32) (local $x f32)
        (local.set $x (f32.sub (f32.convert_i64_s (local.get $ctx)) (f32.convert_i64_s (local.get $ctx))))
        (i32.reinterpret_f32 (f32.div (local.get $x) (local.get $x)))))"#,
    );
    assert_eq!(answer, Ok(Output::I32(0x7fc0_0000)));
}

#[test]
fn a_filter_keeps_what_is_neither_zero_nor_nan() {
    for (ty, value, keeps) in [
        ("i32", "0", false),
        ("i32", "1", true),
        ("i32", "-1", true),
        ("i32", "256", true),
        ("i64", "0", false),
        ("i64", "0x100000000", true),
        ("f32", "0", false),
        ("f32", "-0", false),
        ("f32", "nan", false),
        ("f32", "1e-45", true),
        ("f64", "-0", false),
        ("f64", "nan", false),
        ("f64", "-inf", true),
        ("f64", "5e-324", true),
    ] {
        let module = compile(&format!(
            "(module (func (export \"filter\") (param i64) (result {ty}) ({ty}.const {value})))"
        ));
        let mut instance = common::instance(&module).unwrap();
        let document = jsonb("{}");
        let kept = instance.filter(Document::new(&document).unwrap(), 0.0);
        assert_eq!(kept, Ok(keeps), "{ty} {value}");
    }
}

/// An entry that returns its only argument, called with a value of a declared type.
fn echo(declared: Type, wasm: &str, value: Option<Parameter>) -> Output {
    let module = compile(&format!(
        "(module (func (export \"filter\") (param i64 {wasm}) (result {wasm}) (local.get 1)))"
    ));
    let entry = module
        .entry("filter", &signature(&[declared], None))
        .unwrap();
    let parameters = Parameters::new(vec![("p".into(), declared, value)]);
    call(&module, &entry, &parameters).unwrap()
}

#[test]
fn typed_arguments_of_every_type() {
    use Parameter::{Bool, Float, Integer};
    for (declared, wasm, value, wanted) in [
        (Type::I32, "i32", Some(Integer(-5)), Output::I32(-5)),
        (
            Type::I32,
            "i32",
            Some(Integer(i32::MIN.into())),
            Output::I32(i32::MIN),
        ),
        (
            Type::I64,
            "i64",
            Some(Integer(i64::MIN)),
            Output::I64(i64::MIN),
        ),
        (
            Type::I64,
            "i64",
            Some(Integer(i64::MAX)),
            Output::I64(i64::MAX),
        ),
        (Type::F32, "f32", Some(Float(0.5)), Output::F32(0.5)),
        (Type::F64, "f64", Some(Float(-0.1)), Output::F64(-0.1)),
        (Type::Bool, "i32", Some(Bool(true)), Output::I32(1)),
        (Type::Bool, "i32", Some(Bool(false)), Output::I32(0)),
        // Neither given nor with a default: zero.
        (Type::I32, "i32", None, Output::I32(0)),
        (Type::I64, "i64", None, Output::I64(0)),
        (Type::F32, "f32", None, Output::F32(0.0)),
        (Type::F64, "f64", None, Output::F64(0.0)),
        (Type::Bool, "i32", None, Output::I32(0)),
    ] {
        assert_eq!(
            echo(declared, wasm, value.clone()),
            wanted,
            "{declared} {value:?}"
        );
    }
}

#[test]
fn arguments_come_in_order_and_strings_stay_behind() {
    let module = compile(
        r#"(module
        (import "env" "get_score" (func $score (param i64) (result f64)))
        ;; The digits of the answer are the arguments; the ctx shows in the score.
        (func (export "filter") (param $ctx i64) (param $a i32) (param $b i64) (param $c f32) (param $d f64)
                (param $e i32) (result f64)
            (f64.add (call $score (local.get $ctx))
            (f64.add (f64.mul (f64.convert_i32_s (local.get $a)) (f64.const 10000))
            (f64.add (f64.mul (f64.convert_i64_s (local.get $b)) (f64.const 1000))
            (f64.add (f64.mul (f64.promote_f32 (local.get $c)) (f64.const 100))
            (f64.add (f64.mul (local.get $d) (f64.const 10))
            (f64.convert_i32_s (local.get $e)))))))))"#,
    );
    let types = [
        Type::String,
        Type::I32,
        Type::I64,
        Type::String,
        Type::F32,
        Type::F64,
        Type::Bool,
    ];
    let values = [
        Parameter::String("x".into()),
        Parameter::Integer(1),
        Parameter::Integer(2),
        Parameter::String("y".into()),
        Parameter::Float(3.0),
        Parameter::Float(4.0),
        Parameter::Bool(true),
    ];
    let parameters = Parameters::new(
        types
            .into_iter()
            .zip(values)
            .enumerate()
            .map(|(i, (ty, value))| (format!("p{i}"), ty, Some(value)))
            .collect(),
    );
    let entry = module.entry("filter", &signature(&types, None)).unwrap();
    let mut instance = Instance::new(&module, &entry, &parameters, &Limits::default()).unwrap();
    let document = jsonb("{}");
    for score in [0.5, 0.25] {
        let answer = instance.call(Document::new(&document).unwrap(), score);
        assert_eq!(answer, Ok(Output::F64(12341.0 + score)));
        assert_eq!(
            instance.filter(Document::new(&document).unwrap(), score),
            Ok(true)
        );
    }
}

/// With parameters declared an entry may take `ctx` alone, all numbers and bools, and nothing between.
#[test]
fn either_all_typed_parameters_or_none() {
    let module = compile(
        r#"(module
        (func (export "none") (param i64) (result i32) (i32.const 1))
        (func (export "all") (param i64 i64 f64) (result i32) (i32.const 2))
        (func (export "some") (param i64 i64) (result i32) (i32.const 3))
        (func (export "more") (param i64 i64 f64 i32) (result i32) (i32.const 3))
        (func (export "other") (param i64 f64 i64) (result i32) (i32.const 3))
        (func (export "narrow") (param i32 i64 f64) (result i32) (i32.const 3))
        (func (export "nothing") (result i32) (i32.const 3)))"#,
    );
    let declared = [Type::I64, Type::String, Type::F64];
    let parameters = Parameters::new(vec![
        ("a".into(), Type::I64, Some(Parameter::Integer(1))),
        (
            "b".into(),
            Type::String,
            Some(Parameter::String("s".into())),
        ),
        ("c".into(), Type::F64, Some(Parameter::Float(1.0))),
    ]);
    for (export, wanted) in [("none", 1), ("all", 2)] {
        let entry = module.entry(export, &signature(&declared, None)).unwrap();
        assert_eq!(call(&module, &entry, &parameters), Ok(Output::I32(wanted)));
    }
    for export in ["some", "more", "other", "narrow", "nothing"] {
        let Err(refused) = module.entry(export, &signature(&declared, None)) else {
            panic!("{export} was accepted");
        };
        let message = refused.to_string();
        assert!(
            message.contains(&format!("{export:?}")) && message.contains("(i64, i64, f64) -> i32"),
            "{message}"
        );
    }
    // Without declared parameters there are none to take.
    assert!(module.entry("all", &Signature::default()).is_err());
    // Only strings declared: `(ctx)` alone.
    let strings = signature(&[Type::String, Type::String], None);
    assert!(module.entry("none", &strings).is_ok());
    assert!(module.entry("some", &strings).is_err());
}

#[test]
fn a_declared_result_must_be_the_exports() {
    for (wasm, accepted) in [
        ("i32", &[Type::String, Type::I32, Type::Bool][..]),
        ("i64", &[Type::I64]),
        ("f32", &[Type::F32]),
        ("f64", &[Type::F64]),
    ] {
        let module = compile(&format!(
            "(module (func (export \"f\") (param i64) (result {wasm}) ({wasm}.const 0)))"
        ));
        for ty in Type::ALL {
            match module.entry("f", &signature(&[], Some(ty))) {
                Ok(entry) => {
                    assert!(accepted.contains(&ty), "{wasm} as {ty}");
                    assert_eq!(entry.returns(), ty);
                }
                Err(refused) => {
                    assert!(!accepted.contains(&ty), "{wasm} as {ty}: {refused}");
                    assert!(refused.to_string().contains(ty.name()), "{refused}");
                }
            }
        }
    }
    // No result, two results, a reference, a vector.
    for result in ["", "(result i32 i32)", "(result funcref)", "(result v128)"] {
        let module = compile(&format!(
            "(module (func (export \"f\") (param i64) {result} unreachable))"
        ));
        for returns in [None, Some(Type::I32), Some(Type::F64), Some(Type::String)] {
            assert!(
                module.entry("f", &signature(&[], returns)).is_err(),
                "{result} as {returns:?}"
            );
        }
    }
}

#[test]
fn names_of_types() {
    for ty in Type::ALL {
        assert_eq!(ty.name().parse(), Ok(ty));
        assert_eq!(ty.to_string(), ty.name());
    }
    for name in ["", "I32", "int", "str", "string "] {
        assert_eq!(name.parse::<Type>(), Err(()), "{name}");
    }
}

/// A module whose `filter` answers the status of `set_result_string(at, length)`.
fn result_string(data: &[u8], at: u32, length: u32) -> (i32, Result<Output, CallError>) {
    let data: String = data.iter().map(|b| format!("\\{b:02x}")).collect();
    let module = compile(&format!(
        r#"(module
        (import "env" "set_result_string" (func $set (param i32 i32) (result i32)))
        (memory (export "memory") {pages}) (data (i32.const 16) "{data}")
        (func (export "filter") (param i64) (result i32)
            (call $set (i32.const {at}) (i32.const {length}))))"#,
        pages = MEMORY >> 16,
        at = at as i32,
        length = length as i32,
    ));
    let status = match common::call(&mut common::instance(&module).unwrap()) {
        Ok(Output::I32(status)) => status,
        other => panic!("{other:?}"),
    };
    let entry = module
        .entry("filter", &signature(&[], Some(Type::String)))
        .unwrap();
    (status, call(&module, &entry, &Parameters::default()))
}

#[test]
fn string_results() {
    for text in [
        "",
        "a",
        "žluťoučký kůň 😀",
        "line\nbreak\ttab",
        "{\"a\": 1}",
    ] {
        let answer = result_string(text.as_bytes(), 16, text.len() as u32);
        assert_eq!(answer, (0, Ok(Output::String(text.into()))));
    }
    // What no text value can hold.
    for bytes in [&b"a\xff"[..], b"\xc3", b"\xed\xa0\x80", b"a\0b", b"\0"] {
        let answer = result_string(bytes, 16, bytes.len() as u32);
        assert_eq!(
            answer,
            (2, Err(CallError::Status { status: 2 })),
            "{bytes:?}"
        );
    }
    let spaces = [b' '; 64];
    for (at, length) in [
        (MEMORY, 1),
        (MEMORY - 1, 2),
        (MEMORY + 1, 0),
        (16, u32::MAX),
        (u32::MAX, 1),
        (u32::MAX, u32::MAX),
        (0x8000_0000, 0x8000_0000),
    ] {
        let answer = result_string(&spaces, at, length);
        assert_eq!(
            answer,
            (3, Err(CallError::Status { status: 3 })),
            "{length} at {at}"
        );
    }
    assert_eq!(
        result_string(&[], MEMORY, 0),
        (0, Ok(Output::String(String::new())))
    );
}

#[test]
fn the_last_string_of_a_call_counts_and_no_other_calls() {
    // Calls 1, 2, 3 …: sets "one" and then "two", sets nothing, sets "two" and fails to set invalid bytes.
    let module = compile(
        r#"(module
        (import "env" "set_result_string" (func $set (param i32 i32) (result i32)))
        (memory (export "memory") 1) (data (i32.const 0) "onetwo\ff")
        (global $calls (mut i32) (i32.const 0))
        (func (export "filter") (param i64) (result i32)
            (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
            (if (i32.eq (global.get $calls) (i32.const 1)) (then
                (drop (call $set (i32.const 0) (i32.const 3)))
                (drop (call $set (i32.const 3) (i32.const 3)))))
            (if (i32.eq (global.get $calls) (i32.const 3)) (then
                (drop (call $set (i32.const 3) (i32.const 3)))
                (drop (call $set (i32.const 6) (i32.const 1)))))
            (i32.const 0)))"#,
    );
    let entry = module
        .entry("filter", &signature(&[], Some(Type::String)))
        .unwrap();
    let mut instance =
        Instance::new(&module, &entry, &Parameters::default(), &Limits::default()).unwrap();
    for wanted in ["two", "", "two", ""] {
        assert_eq!(
            common::call(&mut instance),
            Ok(Output::String(wanted.into()))
        );
    }
}

#[test]
fn a_status_other_than_0_fails_the_call_but_not_the_instance() {
    let module = compile(
        r#"(module
        (import "env" "set_result_string" (func $set (param i32 i32) (result i32)))
        (memory (export "memory") 1) (data (i32.const 0) "text")
        (global $calls (mut i32) (i32.const 0))
        (func (export "filter") (param i64) (result i32)
            (drop (call $set (i32.const 0) (i32.const 4)))
            (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
            (i32.sub (i32.const 2) (global.get $calls))))"#,
    );
    let entry = module
        .entry("filter", &signature(&[], Some(Type::String)))
        .unwrap();
    let mut instance =
        Instance::new(&module, &entry, &Parameters::default(), &Limits::default()).unwrap();
    assert_eq!(
        common::call(&mut instance),
        Err(CallError::Status { status: 1 })
    );
    assert!(!instance.is_broken());
    assert_eq!(
        common::call(&mut instance),
        Ok(Output::String("text".into()))
    );
    assert_eq!(
        common::call(&mut instance),
        Err(CallError::Status { status: -1 })
    );
}

/// A string result together with typed arguments.
#[test]
fn typed_arguments_and_a_string_result() {
    let module = compile(
        r#"(module
        (import "env" "set_result_string" (func $set (param i32 i32) (result i32)))
        (memory (export "memory") 1) (data (i32.const 0) "0123456789")
        (func (export "filter") (param i64 i32) (result i32)
            (call $set (i32.const 0) (local.get 1))))"#,
    );
    let signature = signature(&[Type::I32], Some(Type::String));
    let entry = module.entry("filter", &signature).unwrap();
    let parameters = Parameters::new(vec![("n".into(), Type::I32, Some(Parameter::Integer(4)))]);
    assert_eq!(
        call(&module, &entry, &parameters),
        Ok(Output::String("0123".into()))
    );
}

/// Parameters that are not the declared ones are an error of the caller, not a crash.
#[test]
fn arguments_that_do_not_match_the_entry() {
    let module =
        compile(r#"(module (func (export "filter") (param i64 i32) (result i32) (local.get 1)))"#);
    let entry = module
        .entry("filter", &signature(&[Type::I32], None))
        .unwrap();
    for parameters in [
        Parameters::default(),
        Parameters::new(vec![("n".into(), Type::F64, Some(Parameter::Float(1.0)))]),
        Parameters::new(vec![
            ("n".into(), Type::I32, None),
            ("m".into(), Type::I32, None),
        ]),
    ] {
        let answer = call(&module, &entry, &parameters);
        assert!(matches!(answer, Err(CallError::Internal(_))), "{answer:?}");
    }
    // So is an entry of another module.
    let other =
        compile(r#"(module (func (export "filter") (param i64) (result i32) (i32.const 1)))"#);
    let answer = call(&other, &entry, &Parameters::default());
    assert!(matches!(answer, Err(CallError::Internal(_))), "{answer:?}");
}

/// Memory and globals keep their state from call to call, and no other instance sees it.
#[test]
fn state_stays_in_the_instance() {
    let module = compile(
        r#"(module (memory (export "memory") 1) (global $g (mut i32) (i32.const 0))
        (func (export "filter") (param i64) (result i32)
            (i32.store (i32.const 0) (i32.add (i32.load (i32.const 0)) (i32.const 1)))
            (global.set $g (i32.add (global.get $g) (i32.const 10)))
            (i32.add (i32.load (i32.const 0)) (global.get $g))))"#,
    );
    let mut one = common::instance(&module).unwrap();
    assert_eq!(common::call(&mut one), Ok(Output::I32(11)));
    assert_eq!(common::call(&mut one), Ok(Output::I32(22)));
    let mut other = common::instance(&module).unwrap();
    assert_eq!(common::call(&mut other), Ok(Output::I32(11)));
    assert_eq!(common::call(&mut one), Ok(Output::I32(33)));
}
