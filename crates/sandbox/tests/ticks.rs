//! `on_tick`: runs inside guest calls, and may end one by a panic.

mod common;

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::LazyLock;
use std::time::Duration;

use common::{call, ticking};
use quidditch_document::Document;
use quidditch_sandbox::{
    CallError, Instance, Limits, Module, Output, Parameters, Sandbox, Signature,
};

thread_local! {
    /// How often `on_tick` ran in this thread.
    static TICKS: Cell<u32> = const { Cell::new(0) };
    /// How many more times it runs until it panics, if not 0.
    static CANCEL_IN: Cell<u32> = const { Cell::new(0) };
}

fn on_tick() {
    TICKS.set(TICKS.get() + 1);
    match CANCEL_IN.get() {
        0 => (),
        left => {
            CANCEL_IN.set(left - 1);
            if left == 1 {
                panic!("cancelled");
            }
        }
    }
}

static SANDBOX: LazyLock<Sandbox> = LazyLock::new(|| Sandbox::new(256 << 10, on_tick).unwrap());

fn compile(text: &str) -> Module {
    SANDBOX.compile(text.as_bytes()).unwrap()
}

fn instance(module: &Module, export: &str) -> Instance {
    let limits = Limits {
        time: Duration::from_secs(20),
        ..Limits::default()
    };
    let entry = module.entry(export, &Signature::default()).unwrap();
    Instance::new(module, &entry, &Parameters::default(), &limits).unwrap()
}

const MODULE: &str = r#"(module
    (import "env" "log" (func $log (param i32 i32 i32)))
    (import "env" "has_field" (func $has (param i64 i32 i32) (result i32)))
    (memory (export "memory") 1) (data (i32.const 0) "a")
    (func (export "loop") (param i64) (result i32)
        (call $log (i32.const 1) (i32.const 0) (i32.const 1))
        (loop $again (br $again)) (i32.const 0))
    (func $deeper (param i32) (result i32)
        (if (i32.eqz (local.get 0)) (then (loop $again (br $again))))
        (i32.add (call $deeper (i32.sub (local.get 0) (i32.const 1))) (i32.const 1)))
    (func (export "deep") (param i64) (result i32) (call $deeper (i32.const 500)))
    (func (export "short") (param i64) (result i32) (call $has (local.get 0) (i32.const 0) (i32.const 1))))"#;

fn message(payload: &(dyn std::any::Any + Send)) -> &str {
    payload.downcast_ref::<&str>().copied().unwrap_or("?")
}

#[test]
fn a_panic_ends_the_call() {
    let module = compile(MODULE);
    for export in ["loop", "deep"] {
        let mut guest = instance(&module, export);
        let before = TICKS.get();
        // The first may come before the function's first instruction, the second can't.
        CANCEL_IN.set(2);
        let payload = ticking(&SANDBOX, || {
            catch_unwind(AssertUnwindSafe(|| call(&mut guest))).unwrap_err()
        });
        assert_eq!(message(&*payload), "cancelled");
        assert_eq!(TICKS.get(), before + 2);
        assert!(guest.is_broken());
        assert!(matches!(call(&mut guest), Err(CallError::Internal(_))));
        // What it logged before is still there.
        let logged = guest.take_log().len();
        assert_eq!(logged, usize::from(export == "loop"));
        drop(guest);

        let document = common::jsonb("{\"a\": 1}");
        let mut fresh = instance(&module, "short");
        let answer = fresh.call(Document::new(&document).unwrap(), 0.0);
        assert_eq!(answer, Ok(Output::I32(1)));
    }
}

#[test]
fn a_panic_ends_the_start() {
    for (how, start) in [("", "(start $init)"), ("(export \"_initialize\")", "")] {
        let module = compile(&format!(
            r#"(module (func $init {how} (loop $again (br $again))) {start}
            (func (export "filter") (param i64) (result i32) (i32.const 1)))"#
        ));
        // The first comes before the start code, without a tick.
        CANCEL_IN.set(2);
        ticking(&SANDBOX, || {
            let payload = catch_unwind(AssertUnwindSafe(|| instance(&module, "filter")))
                .err()
                .expect("a panic");
            assert_eq!(message(&*payload), "cancelled");
        });
    }
}

#[test]
fn many_panics_one_after_the_other() {
    let module = compile(MODULE);
    ticking(&SANDBOX, || {
        for _ in 0..50 {
            let mut guest = instance(&module, "deep");
            CANCEL_IN.set(1);
            catch_unwind(AssertUnwindSafe(|| call(&mut guest))).unwrap_err();
            assert!(guest.is_broken());
            assert_eq!(call(&mut instance(&module, "short")), Ok(Output::I32(0)));
        }
    });
}

/// Once for all ticks that came since the last time, and not without a tick.
#[test]
fn it_runs_only_when_someone_ticked() {
    // Alone with this sandbox: the others' threads tick theirs.
    let sandbox = Sandbox::new(256 << 10, on_tick).unwrap();
    let module = sandbox.compile(MODULE.as_bytes()).unwrap();
    let before = TICKS.get();
    let mut guest = instance(&module, "short");
    let start = TICKS.get();
    // For ticks that came too early to be noticed.
    assert_eq!(start, before + 1, "once when an instance is made");
    for _ in 0..1000 {
        call(&mut guest).unwrap();
    }
    assert_eq!(TICKS.get(), start);
    for _ in 0..3 {
        sandbox.tick();
    }
    assert_eq!(TICKS.get(), start, "it ran outside of a call");
    for _ in 0..10 {
        call(&mut guest).unwrap();
    }
    assert_eq!(TICKS.get(), start + 1);
    // A clone is the same sandbox.
    sandbox.clone().tick();
    call(&mut guest).unwrap();
    assert_eq!(TICKS.get(), start + 2);
}

/// One guest's tick may call another guest, as a query inside a function does.
#[test]
fn calls_within_calls() {
    thread_local! {
        static INNER: Cell<Option<Instance>> = const { Cell::new(None) };
        static ANSWERS: Cell<u32> = const { Cell::new(0) };
    }
    fn nested() {
        if let Some(mut inner) = INNER.take() {
            assert_eq!(call(&mut inner), Ok(Output::I32(0)));
            ANSWERS.set(ANSWERS.get() + 1);
            INNER.set(Some(inner));
            if ANSWERS.get() == 3 {
                panic!("enough");
            }
        }
    }
    let sandbox = Sandbox::new(256 << 10, nested).unwrap();
    let module = sandbox.compile(MODULE.as_bytes()).unwrap();
    INNER.set(Some(instance(&module, "short")));
    let mut outer = instance(&module, "loop");
    ticking(&sandbox, || {
        let payload = catch_unwind(AssertUnwindSafe(|| call(&mut outer))).unwrap_err();
        assert_eq!(message(&*payload), "enough");
    });
    assert!(outer.is_broken());
    let mut inner = INNER.take().unwrap();
    assert!(!inner.is_broken());
    assert_eq!(call(&mut inner), Ok(Output::I32(0)));
}
