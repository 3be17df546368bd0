//! `get_param_*`: every status of each, conversions between the two kinds of number, bad pointers.

mod common;

use common::{MEMORY, Probe};
use quidditch_sandbox::{Parameter, Parameters, Type};

const NAME: u32 = 0x100;
const OUT: u32 = 0x40;
const BUFFER: u32 = 0x1000;
const LENGTH: u32 = 0x80;
const UNTOUCHED: u8 = 0xA5;

const FOUND: i32 = 0;
const NOT_FOUND: i32 = 1;
const WRONG_TYPE: i32 = 2;
const BAD_POINTER: i32 = 3;

const GETTERS: [&str; 3] = ["get_param_i64", "get_param_f64", "get_param_bool"];

/// A probe with one parameter `p`, whose name is at `NAME`.
fn with(ty: Type, value: Option<Parameter>) -> Probe {
    let mut probe = Probe::new("{}").put(NAME, b"p").put(OUT, &[UNTOUCHED; 16]);
    probe.parameters = Parameters::new(vec![("p".into(), ty, value)]);
    probe
}

/// What a getter of a number writes for `p`, or its status.
fn number<const N: usize>(function: &str, probe: &Probe) -> Result<[u8; N], i32> {
    let call = format!("(call ${function} (i32.const {NAME}) (i32.const 1) (i32.const {OUT}))");
    let seen = probe.ask(&call, OUT, 16);
    let (answer, behind) = seen.memory.split_first_chunk().unwrap();
    assert!(
        behind.iter().all(|b| *b == UNTOUCHED),
        "{function} wrote too much"
    );
    if seen.status == FOUND {
        return Ok(*answer);
    }
    assert_eq!(
        *answer, [UNTOUCHED; N],
        "{function} wrote in spite of its status"
    );
    Err(seen.status)
}

fn as_i64(ty: Type, value: Parameter) -> Result<i64, i32> {
    number("get_param_i64", &with(ty, Some(value))).map(i64::from_le_bytes)
}

fn as_f64(ty: Type, value: Parameter) -> Result<f64, i32> {
    number("get_param_f64", &with(ty, Some(value))).map(f64::from_le_bytes)
}

fn as_bool(ty: Type, value: Parameter) -> Result<i32, i32> {
    number("get_param_bool", &with(ty, Some(value))).map(i32::from_le_bytes)
}

/// Status, length afterwards and buffer of `get_param_string` for `p`.
fn string(probe: Probe, capacity: u32, shown: u32) -> (i32, u32, Vec<u8>) {
    let probe = probe
        .put(LENGTH, &capacity.to_le_bytes())
        .put(BUFFER, &vec![UNTOUCHED; shown as usize]);
    let call = format!(
        "(call $get_param_string (i32.const {NAME}) (i32.const 1) (i32.const {BUFFER}) (i32.const {LENGTH}))"
    );
    let length = probe.ask(&call, LENGTH, 4).memory;
    let seen = probe.ask(&call, BUFFER, shown);
    (
        seen.status,
        u32::from_le_bytes(length.try_into().unwrap()),
        seen.memory,
    )
}

#[test]
fn integers() {
    for (value, wanted) in [
        (Parameter::Integer(i64::MIN), Ok(i64::MIN)),
        (Parameter::Integer(i64::MAX), Ok(i64::MAX)),
        (Parameter::Integer(0), Ok(0)),
        (Parameter::Float(5.0), Ok(5)),
        (Parameter::Float(-0.0), Ok(0)),
        (Parameter::Float(-9_223_372_036_854_775_808.0), Ok(i64::MIN)),
        (
            Parameter::Float(9_223_372_036_854_774_784.0),
            Ok(9_223_372_036_854_774_784),
        ),
        (
            Parameter::Float(9_223_372_036_854_775_808.0),
            Err(WRONG_TYPE),
        ),
        (Parameter::Float(5.5), Err(WRONG_TYPE)),
        (Parameter::Float(1e300), Err(WRONG_TYPE)),
        (Parameter::Float(f64::NAN), Err(WRONG_TYPE)),
        (Parameter::Float(f64::INFINITY), Err(WRONG_TYPE)),
        (Parameter::Float(f64::NEG_INFINITY), Err(WRONG_TYPE)),
        (Parameter::Bool(true), Err(WRONG_TYPE)),
        (Parameter::String("5".into()), Err(WRONG_TYPE)),
    ] {
        assert_eq!(as_i64(Type::I64, value.clone()), wanted, "{value:?}");
    }
    assert_eq!(as_i64(Type::I32, Parameter::Integer(-3)), Ok(-3));
}

#[test]
fn floats() {
    for (value, wanted) in [
        (Parameter::Float(0.1), Ok(0.1)),
        (Parameter::Float(f64::INFINITY), Ok(f64::INFINITY)),
        (Parameter::Integer(-7), Ok(-7.0)),
        (Parameter::Integer(1 << 53), Ok(9_007_199_254_740_992.0)),
        // The next one no f64 stands for.
        (Parameter::Integer((1 << 53) + 1), Err(WRONG_TYPE)),
        (
            Parameter::Integer(i64::MIN),
            Ok(-9_223_372_036_854_775_808.0),
        ),
        (Parameter::Integer(i64::MAX), Err(WRONG_TYPE)),
        (Parameter::Bool(false), Err(WRONG_TYPE)),
        (Parameter::String("0.1".into()), Err(WRONG_TYPE)),
    ] {
        assert_eq!(as_f64(Type::F64, value.clone()), wanted, "{value:?}");
    }
    assert_eq!(as_f64(Type::F32, Parameter::Float(0.5)), Ok(0.5));
}

#[test]
fn bools() {
    assert_eq!(as_bool(Type::Bool, Parameter::Bool(true)), Ok(1));
    assert_eq!(as_bool(Type::Bool, Parameter::Bool(false)), Ok(0));
    for value in [
        Parameter::Integer(1),
        Parameter::Float(1.0),
        Parameter::String("true".into()),
    ] {
        assert_eq!(
            as_bool(Type::Bool, value.clone()),
            Err(WRONG_TYPE),
            "{value:?}"
        );
    }
}

#[test]
fn strings() {
    let text = "pří\0liš";
    let given = || with(Type::String, Some(Parameter::String(text.into())));
    let size = text.len() as u32;
    for capacity in [0, 1, size - 1, size, size + 1, u32::MAX] {
        let (status, length, buffer) = string(given(), capacity, size);
        assert_eq!(length, size, "{capacity}");
        if capacity < size {
            assert_eq!(status, BAD_POINTER, "{capacity}");
            assert!(buffer.iter().all(|b| *b == UNTOUCHED), "{capacity}");
        } else {
            assert_eq!(status, FOUND, "{capacity}");
            assert_eq!(buffer, text.as_bytes());
        }
    }
    let empty = with(Type::String, Some(Parameter::String(String::new())));
    assert_eq!(string(empty, 0, 1), (FOUND, 0, vec![UNTOUCHED]));
    for value in [
        Parameter::Integer(1),
        Parameter::Float(1.0),
        Parameter::Bool(true),
    ] {
        let (status, length, _) = string(with(Type::String, Some(value)), 10, 1);
        assert_eq!((status, length), (WRONG_TYPE, 10));
    }
}

#[test]
fn strings_into_bad_buffers() {
    let probe =
        with(Type::String, Some(Parameter::String("text".into()))).put(LENGTH, &9u32.to_le_bytes());
    let ask = |buffer: u32, length_at: u32| {
        let call = format!(
            "(call $get_param_string (i32.const {NAME}) (i32.const 1) (i32.const {}) (i32.const {}))",
            buffer as i32, length_at as i32
        );
        let seen = probe.ask(&call, LENGTH, 4);
        (seen.status, seen.memory[0])
    };
    assert_eq!(ask(MEMORY - 4, LENGTH), (FOUND, 4));
    for buffer in [MEMORY - 3, MEMORY, 0x8000_0000, u32::MAX] {
        assert_eq!(ask(buffer, LENGTH), (BAD_POINTER, 4), "{buffer}");
    }
    for length_at in [MEMORY - 3, MEMORY, 0x8000_0000, u32::MAX] {
        assert_eq!(ask(BUFFER, length_at), (BAD_POINTER, 9), "{length_at}");
    }
}

#[test]
fn what_was_not_given_is_not_found() {
    // Declared without a value, and not declared at all.
    let absent = with(Type::I64, None);
    let mut undeclared = with(Type::I64, None);
    undeclared.parameters =
        Parameters::new(vec![("q".into(), Type::I64, Some(Parameter::Integer(1)))]);
    for probe in [absent, undeclared] {
        for getter in GETTERS {
            assert_eq!(number::<8>(getter, &probe), Err(NOT_FOUND), "{getter}");
        }
        let (status, length, _) = string(probe, 5, 1);
        assert_eq!((status, length), (NOT_FOUND, 5));
    }
}

#[test]
fn names_are_compared_whole_and_as_bytes() {
    let mut probe = Probe::new("{}")
        .put(NAME, "limit\u{e9}\u{ff}".as_bytes())
        .put(0x200, b"\xff\xfe");
    probe.parameters = Parameters::new(
        [("limit", 1), ("limité", 2), ("", 3), ("limi", 4)]
            .map(|(name, value)| (name.into(), Type::I64, Some(Parameter::Integer(value))))
            .into(),
    );
    let ask = |name: u32, length: u32| {
        let call = format!(
            "(call $get_param_i64 (i32.const {name}) (i32.const {length}) (i32.const {OUT}))"
        );
        let seen = probe.ask(&call, OUT, 1);
        (seen.status == FOUND)
            .then_some(seen.memory[0])
            .ok_or(seen.status)
    };
    assert_eq!(ask(NAME, 0), Ok(3));
    assert_eq!(ask(NAME, 3), Err(NOT_FOUND));
    assert_eq!(ask(NAME, 4), Ok(4));
    assert_eq!(ask(NAME, 5), Ok(1));
    // Half of the é, and all of it.
    assert_eq!(ask(NAME, 6), Err(NOT_FOUND));
    assert_eq!(ask(NAME, 7), Ok(2));
    assert_eq!(ask(NAME, 8), Err(NOT_FOUND));
    assert_eq!(ask(0x200, 2), Err(NOT_FOUND));
}

#[test]
fn bad_pointers() {
    for (getter, ty, value, size) in [
        ("get_param_i64", Type::I64, Parameter::Integer(5), 8),
        ("get_param_f64", Type::F64, Parameter::Float(5.0), 8),
        ("get_param_bool", Type::Bool, Parameter::Bool(true), 4),
    ] {
        let probe = with(ty, Some(value)).put(MEMORY - 1, b"p");
        let ask = |name: u32, length: u32, out: u32| {
            probe.status(&format!(
                "(call ${getter} (i32.const {}) (i32.const {}) (i32.const {}))",
                name as i32, length as i32, out as i32
            ))
        };
        assert_eq!(ask(MEMORY - 1, 1, MEMORY - size), FOUND, "{getter}");
        for out in [MEMORY - size + 1, MEMORY, 0x8000_0000, u32::MAX] {
            assert_eq!(ask(NAME, 1, out), BAD_POINTER, "{getter} to {out}");
        }
        for (name, length) in [
            (MEMORY - 1, 2),
            (MEMORY, 1),
            (NAME, u32::MAX),
            (u32::MAX, 1),
            (u32::MAX, u32::MAX),
            (0x8000_0000, 0x8000_0000),
        ] {
            assert_eq!(ask(name, length, OUT), BAD_POINTER, "{getter}, {name}");
        }
        // What isn't there needs no place.
        assert_eq!(ask(OUT, 1, u32::MAX), NOT_FOUND, "{getter}");
    }
}

#[test]
fn parameters_are_there_in_initialize() {
    let module = common::compile(
        r#"(module
        (import "env" "get_param_i64" (func $get (param i32 i32 i32) (result i32)))
        (memory (export "memory") 1) (data (i32.const 0) "p")
        (func (export "_initialize")
            (if (call $get (i32.const 0) (i32.const 1) (i32.const 8)) (then unreachable)))
        (func (export "filter") (param i64) (result i64) (i64.load (i32.const 8))))"#,
    );
    let entry = module.entry("filter", &Default::default()).unwrap();
    let parameters = Parameters::new(vec![("p".into(), Type::I64, Some(Parameter::Integer(-42)))]);
    let mut instance =
        quidditch_sandbox::Instance::new(&module, &entry, &parameters, &Default::default())
            .unwrap();
    assert_eq!(
        common::call(&mut instance),
        Ok(quidditch_sandbox::Output::I64(-42))
    );
}

/// An instance that answers the i64 parameter `p`, which it asks for in every call, or in its first one alone.
fn answering_p(asks_always: bool) -> quidditch_sandbox::Instance {
    let module = common::compile(&format!(
        r#"(module
        (import "env" "get_param_i64" (func $get (param i32 i32 i32) (result i32)))
        (memory (export "memory") 1) (data (i32.const 0) "p") (global $asked (mut i32) (i32.const 0))
        (func (export "filter") (param i64) (result i64)
            (if (i32.eqz (i32.and (global.get $asked) (i32.const {}))) (then
                (i64.store (i32.const 8) (i64.const 0))
                (drop (call $get (i32.const 0) (i32.const 1) (i32.const 8)))
                (global.set $asked (i32.const 1))))
            (i64.load (i32.const 8))))"#,
        !asks_always as i32
    ));
    let entry = module.entry("filter", &Default::default()).unwrap();
    let parameters = Parameters::new(vec![
        ("other".into(), Type::String, None),
        ("p".into(), Type::I64, Some(Parameter::Integer(1))),
    ]);
    quidditch_sandbox::Instance::new(&module, &entry, &parameters, &Default::default()).unwrap()
}

#[test]
fn parameters_that_change_are_asked_for_again() {
    let mut instance = answering_p(true);
    for value in [
        Some(Parameter::Integer(1)),
        Some(Parameter::Integer(-7)),
        None,
        None,
        Some(Parameter::Integer(i64::MAX)),
    ] {
        let expected = match &value {
            Some(Parameter::Integer(i)) => *i,
            _ => 0,
        };
        instance.parameters().set(1, value);
        let answer = common::call(&mut instance);
        assert_eq!(answer, Ok(quidditch_sandbox::Output::I64(expected)));
        assert!(!instance.is_outdated());
    }
}

#[test]
fn an_instance_that_keeps_a_parameter_is_found_out() {
    let mut instance = answering_p(false);
    let mut call = |p: i64, other: &str| {
        instance.parameters().set(1, Some(Parameter::Integer(p)));
        instance.parameters().set_text(0, other);
        common::call(&mut instance).unwrap();
        instance.is_outdated()
    };
    assert!(!call(1, ""));
    // The same value again, and one that the guest never asked for.
    assert!(!call(1, ""));
    assert!(!call(1, "text"));
    assert!(call(2, "text"));
    // What it keeps isn't known: it stays outdated when the value returns.
    assert!(call(1, "text"));
}

/// One that changed before the guest asked for it isn't outdated, whatever it was.
#[test]
fn parameters_that_change_before_they_are_asked_for() {
    let mut instance = answering_p(false);
    instance.parameters().set(1, Some(Parameter::Integer(5)));
    assert!(!instance.is_outdated());
    let answer = common::call(&mut instance);
    assert_eq!(answer, Ok(quidditch_sandbox::Output::I64(5)));
    assert!(!instance.is_outdated());
}

/// Typed arguments that are set anew; `set` tells values apart that are equal as numbers.
#[test]
fn zeros_have_signs() {
    let module = common::compile(
        r#"(module (func (export "filter") (param i64 f64) (result i64) (i64.reinterpret_f64 (local.get 1))))"#,
    );
    let signature = quidditch_sandbox::Signature {
        parameters: vec![Type::F64],
        returns: Some(Type::I64),
    };
    let entry = module.entry("filter", &signature).unwrap();
    let parameters = Parameters::new(vec![("p".into(), Type::F64, Some(Parameter::Float(0.0)))]);
    let mut instance =
        quidditch_sandbox::Instance::new(&module, &entry, &parameters, &Default::default())
            .unwrap();
    for value in [0.0, -0.0, 0.0, 1.5] {
        instance.parameters().set(0, Some(Parameter::Float(value)));
        let answer = common::call(&mut instance);
        assert_eq!(
            answer,
            Ok(quidditch_sandbox::Output::I64(value.to_bits() as i64))
        );
    }
    // Nothing is zero.
    instance.parameters().set(0, None);
    assert_eq!(
        common::call(&mut instance),
        Ok(quidditch_sandbox::Output::I64(0))
    );
}
