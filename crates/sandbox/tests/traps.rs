//! Every way a guest can fail by itself: the call ends, the instance is broken, the module isn't.

mod common;

use common::{call, compile, instance, run};
use quidditch_sandbox::{CallError, Instance, Limits, Output, Parameters, Signature};

/// What each body must end with. The first argument of its function is the ctx, which is 1.
const TRAPS: [(&str, &str); 19] = [
    ("unreachable", "unreachable"),
    (
        "(i32.div_s (i32.const 1) (i32.wrap_i64 (i64.sub (local.get 0) (i64.const 1))))",
        "integer divide by zero",
    ),
    (
        "(i32.rem_u (i32.const 1) (i32.wrap_i64 (i64.sub (local.get 0) (i64.const 1))))",
        "integer divide by zero",
    ),
    (
        "(i32.wrap_i64 (i64.div_u (i64.const 1) (i64.sub (local.get 0) (i64.const 1))))",
        "integer divide by zero",
    ),
    (
        "(i32.div_s (i32.const 0x80000000) (i32.wrap_i64 (i64.sub (i64.const 0) (local.get 0))))",
        "integer overflow",
    ),
    (
        "(i32.wrap_i64 (i64.div_s (i64.const 0x8000000000000000) (i64.sub (i64.const 0) (local.get 0))))",
        "integer overflow",
    ),
    (
        "(i32.load (i32.const 65533))",
        "out of bounds memory access",
    ),
    (
        "(i32.load8_u offset=4294967295 (i32.const -1))",
        "out of bounds memory access",
    ),
    (
        "(i64.store (i32.const -8) (i64.const 0)) (i32.const 0)",
        "out of bounds memory access",
    ),
    (
        "(memory.copy (i32.const 0) (i32.const 1) (i32.const 65536)) (i32.const 0)",
        "out of bounds memory access",
    ),
    (
        "(memory.fill (i32.const -1) (i32.const 0) (i32.const -1)) (i32.const 0)",
        "out of bounds memory access",
    ),
    (
        "(memory.init $passive (i32.const 0) (i32.const 3) (i32.const 2)) (i32.const 0)",
        "out of bounds memory access",
    ),
    (
        "(drop (table.get $t (i32.const 4))) (i32.const 0)",
        "out of bounds table access",
    ),
    (
        "(table.fill $t (i32.const 3) (ref.null func) (i32.const 2)) (i32.const 0)",
        "out of bounds table access",
    ),
    (
        "(call_indirect (type $plain) (i32.const -1))",
        "out of bounds",
    ),
    // Place 0 is empty, place 1 has another type, place 2 is right.
    (
        "(call_indirect (type $plain) (i32.const 0))",
        "uninitialized element",
    ),
    (
        "(call_indirect (type $plain) (i32.const 1))",
        "indirect call type mismatch",
    ),
    (
        "(i32.trunc_f64_s (f64.const nan))",
        "invalid conversion to integer",
    ),
    ("(i32.trunc_f32_u (f32.const -1.5))", "integer overflow"),
];

fn module(body: &str) -> String {
    format!(
        r#"(module
        (type $plain (func (result i32)))
        (memory (export "memory") 1) (data $passive "data")
        (table $t 4 funcref) (elem (i32.const 1) $other $right)
        (func $other (param i32) (result i32) (local.get 0))
        (func $right (result i32) (i32.const 7))
        (func (export "filter") (param i64) (result i32) {body})
        (func (export "fine") (param i64) (result i32) (call_indirect (type $plain) (i32.const 2))))"#
    )
}

#[test]
fn every_trap() {
    for (body, wanted) in TRAPS {
        let module = compile(&module(body));
        let mut broken = instance(&module).unwrap();
        match call(&mut broken) {
            Err(CallError::Trap(what)) => assert!(what.contains(wanted), "{body}: {what}"),
            other => panic!("{body}: {other:?}"),
        }
        assert!(broken.is_broken());
        let again = call(&mut broken);
        assert!(
            matches!(&again, Err(CallError::Internal(what)) if what.contains("broken")),
            "{again:?}"
        );
        assert!(broken.is_broken());

        // Not only other exports of a new instance work, the same one fails again.
        let fine = module.entry("fine", &Signature::default()).unwrap();
        let mut other =
            Instance::new(&module, &fine, &Parameters::default(), &Limits::default()).unwrap();
        assert_eq!(call(&mut other), Ok(Output::I32(7)), "{body}");
        assert!(!other.is_broken());
        assert!(matches!(
            call(&mut instance(&module).unwrap()),
            Err(CallError::Trap(_))
        ));
        assert_eq!(call(&mut other), Ok(Output::I32(7)), "{body}");
    }
}

/// What doesn't trap at the edges of what does.
#[test]
fn nothing_else_traps() {
    for (body, wanted) in [
        ("(i32.rem_s (i32.const 0x80000000) (i32.const -1))", 0),
        ("(i32.load (i32.const 65532))", 0),
        ("(i32.load8_u offset=65535 (i32.const 0))", 0),
        (
            "(memory.copy (i32.const 65536) (i32.const 65536) (i32.const 0)) (i32.const 1)",
            1,
        ),
        ("(call_indirect (type $plain) (i32.const 2))", 7),
        ("(i32.trunc_f64_s (f64.const 2147483647.9))", i32::MAX),
        ("(i32.trunc_f32_u (f32.const -0.9))", 0),
        ("(i32.trunc_sat_f64_s (f64.const nan))", 0),
        ("(i32.trunc_sat_f64_s (f64.const 1e300))", i32::MAX),
    ] {
        assert_eq!(run(&module(body)), Ok(Output::I32(wanted)), "{body}");
    }
}

#[test]
fn traps_before_the_first_call() {
    for start in [
        "(func $start unreachable) (start $start)",
        "(func (export \"_initialize\") unreachable)",
        "(memory (export \"memory\") 1) (data (i32.const 65535) \"ab\")",
        "(table 1 funcref) (elem (i32.const 1) $f) (func $f)",
    ] {
        let module = compile(&format!(
            "(module {start} (func (export \"filter\") (param i64) (result i32) (i32.const 1)))"
        ));
        for _ in 0..2 {
            let error = instance(&module).err();
            assert!(
                matches!(error, Some(CallError::Trap(_))),
                "{start}: {error:?}"
            );
        }
    }
    let module = compile(
        r#"(module (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
        (func (export "_initialize") (call $exit (i32.const 3)))
        (func (export "filter") (param i64) (result i32) (i32.const 1)))"#,
    );
    assert_eq!(instance(&module).err(), Some(CallError::Exit { code: 3 }));
}

#[test]
fn initialize_runs_once_and_after_the_start_function() {
    let module = compile(
        r#"(module (global $g (mut i32) (i32.const 1))
        (func $start (global.set $g (i32.mul (global.get $g) (i32.const 10)))) (start $start)
        (func (export "_initialize") (global.set $g (i32.add (global.get $g) (i32.const 5))))
        (func (export "filter") (param i64) (result i32) (global.get $g)))"#,
    );
    for _ in 0..2 {
        let mut instance = instance(&module).unwrap();
        for _ in 0..2 {
            assert_eq!(call(&mut instance), Ok(Output::I32(15)));
        }
    }
}

/// `_start` is a command's, not a reactor's: it is never run by itself.
#[test]
fn a_commands_start_is_only_an_export() {
    let answer = run(r#"(module (func (export "_start") unreachable)
        (func (export "filter") (param i64) (result i32) (i32.const 4)))"#);
    assert_eq!(answer, Ok(Output::I32(4)));
}

#[test]
fn messages() {
    use quidditch_document::Damaged;
    for (error, parts) in [
        (
            CallError::Trap("integer overflow".into()),
            &["integer overflow"][..],
        ),
        (
            CallError::MemoryLimit {
                limit: 16_777_216,
                wanted: 99_999_744,
            },
            &["memory", "16777216", "99999744"],
        ),
        (
            CallError::TableLimit {
                limit: 100,
                wanted: 101,
            },
            &["table", "100", "101"],
        ),
        (CallError::StackLimit, &["stack"]),
        (
            CallError::Deadline {
                limit: std::time::Duration::from_millis(1500),
            },
            &["1500 ms"],
        ),
        (CallError::Exit { code: -3 }, &["exit", "-3"]),
        (CallError::Status { status: 2 }, &["status 2"]),
        (
            CallError::Damaged(Damaged {
                offset: 77,
                what: "a hole",
            }),
            &["77", "a hole"],
        ),
        (CallError::Internal("odd".into()), &["odd"]),
    ] {
        let message = error.to_string();
        for part in parts {
            assert!(message.contains(part), "{message}");
        }
    }
}
