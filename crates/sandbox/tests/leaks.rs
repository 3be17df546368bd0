//! Instances and traps leave nothing behind. Alone in its file: it measures the process.

mod common;

use common::{call, compile, instance};
use quidditch_sandbox::CallError;

/// Bytes of this process in memory, and mapped.
fn size() -> (usize, usize) {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
    let mut pages = statm.split(' ').map(|n| n.parse::<usize>().unwrap() * 4096);
    let (mapped, resident) = (pages.next().unwrap(), pages.next().unwrap());
    (resident, mapped)
}

#[test]
fn traps_leak_nothing() {
    const TRAPS: usize = 1_000_000;
    let module = compile(
        r#"(module
        (import "env" "log" (func $log (param i32 i32 i32)))
        (import "env" "get_field_json" (func $json (param i64 i32 i32 i32 i32) (result i32)))
        (memory (export "memory") 1) (data (i32.const 0) "[\"a\"]") (table 16 funcref)
        (func (export "filter") (param i64) (result i32)
            (call $log (i32.const 1) (i32.const 0) (i32.const 5))
            (drop (call $json (local.get 0) (i32.const 0) (i32.const 5) (i32.const 16) (i32.const 8)))
            (unreachable)))"#,
    );
    let mut before = (0, 0);
    for round in 0..TRAPS {
        let mut instance = instance(&module).unwrap();
        assert!(matches!(call(&mut instance), Err(CallError::Trap(_))));
        if round == TRAPS / 10 {
            before = size();
        }
    }
    let after = size();
    let growth = |after: usize, before: usize| after.saturating_sub(before) >> 20;
    // Twenty-five bytes a trap would be as much.
    assert!(
        growth(after.0, before.0) < 20,
        "{before:?} bytes before, {after:?} after"
    );
    assert!(
        growth(after.1, before.1) < 100,
        "{before:?} bytes before, {after:?} after"
    );
}
