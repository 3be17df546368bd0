//! Exceptions of WebAssembly, which compilers of C++ and interpreters use: caught, not caught, many, kept.

mod common;

use common::{call, compile, instance, limited, run};
use quidditch_sandbox::{CallError, Limits, Output};

/// A function that throws its argument, and one that answers what it caught of it.
const THROWING: &str = r#"
    (memory (export "memory") 1)
    (tag $e (param i32))
    (func $throws (param i32) (throw $e (local.get 0)))
    (func $caught (param i32) (result i32)
        (block $handler (result i32)
            (try_table (catch $e $handler) (call $throws (local.get 0)))
            (i32.const -1)))
"#;

#[test]
fn an_exception_is_caught_with_its_value() {
    let body = "(func (export \"filter\") (param i64) (result i32) (call $caught (i32.const 42)))";
    let answer = run(&format!("(module {THROWING} {body})"));
    assert_eq!(answer, Ok(Output::I32(42)));
}

#[test]
fn an_exception_that_nothing_catches_ends_the_call() {
    let body = "(func (export \"filter\") (param i64) (result i32) (call $throws (i32.const 1)) (i32.const 1))";
    let module = compile(&format!("(module {THROWING} {body})"));
    let mut throwing = instance(&module).unwrap();
    let expected = CallError::Trap("an exception that nothing catches".into());
    assert_eq!(call(&mut throwing), Err(expected));
    assert!(throwing.is_broken());
}

/// A million of them take no memory: the runtime collects what nobody holds.
#[test]
fn caught_exceptions_leave_nothing() {
    let body = r#"(func (export "filter") (param i64) (result i32) (local $left i32) (local $sum i32)
        (local.set $left (i32.const 1000000))
        (loop $again
            (local.set $sum (i32.add (local.get $sum) (call $caught (i32.const 3))))
            (br_if $again (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))
        (local.get $sum))"#;
    let module = compile(&format!("(module {THROWING} {body})"));
    let limits = Limits {
        memory: 1 << 20,
        ..Limits::default()
    };
    let mut throwing = limited(&module, &limits).unwrap();
    assert_eq!(call(&mut throwing), Ok(Output::I32(3_000_000)));
}

#[test]
fn a_guest_whose_memory_is_full_can_still_throw() {
    let body = "(func (export \"filter\") (param i64) (result i32)
        (loop $more (br_if $more (i32.ge_s (memory.grow (i32.const 1)) (i32.const 0))))
        (call $caught (i32.const 42)))";
    let module = compile(&format!("(module {THROWING} {body})"));
    let limits = Limits {
        memory: 1 << 20,
        ..Limits::default()
    };
    let mut full = limited(&module, &limits).unwrap();
    assert_eq!(call(&mut full), Ok(Output::I32(42)));
    assert_eq!(full.memory_bytes(), 1 << 20);
}

/// A chain of exceptions that each hold the one before counts as memory, together with the linear one.
#[test]
fn kept_exceptions_count_as_memory() {
    let module = compile(
        r#"(module
        (memory (export "memory") 16)
        (tag $e (param exnref))
        (func (export "filter") (param i64) (result i32) (local $last exnref)
            (loop $again
                (local.set $last
                    (block $handler (result exnref exnref)
                        (try_table (catch_ref $e $handler) (throw $e (local.get $last)))
                        (unreachable))
                    (local.set $last) (drop) (local.get $last))
                (br $again))
            (unreachable)))"#,
    );
    let limits = Limits {
        memory: 4 << 20,
        ..Limits::default()
    };
    match call(&mut limited(&module, &limits).unwrap()) {
        Err(CallError::MemoryLimit { limit, wanted }) => {
            assert_eq!(limit, 4 << 20);
            assert!(wanted > limit && wanted < 16 << 20, "{wanted}");
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_tag_is_no_import() {
    let refused = common::refused("(module (import \"env\" \"t\" (tag)))");
    let expected = ["import \"t\" of \"env\" is a tag: a module may import functions only"];
    assert_eq!(refused.problems, expected);
}
