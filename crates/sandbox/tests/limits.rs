//! Every limit: what exceeds it ends with the error that names it, what stays below it runs.

mod common;

use std::time::{Duration, Instant};

use common::{SANDBOX, call, compile, instance, jsonb, limited, ticking};
use quidditch_document::Document;
use quidditch_sandbox::{
    CallError, Instance, Limits, Module, Output, Parameters, Sandbox, Signature,
};

const PAGE: usize = 64 << 10;
const TABLE_ELEMENTS: usize = 100_000;

fn memory(limit: usize) -> Limits {
    Limits {
        memory: limit,
        ..Limits::default()
    }
}

fn time(milliseconds: u64) -> Limits {
    Limits {
        time: Duration::from_millis(milliseconds),
        ..Limits::default()
    }
}

/// After whatever went wrong, the module still makes instances that work.
fn still_works(module: &Module, export: &str, wanted: Output) {
    let entry = module.entry(export, &Signature::default()).unwrap();
    let mut instance =
        Instance::new(module, &entry, &Parameters::default(), &Limits::default()).unwrap();
    assert_eq!(call(&mut instance), Ok(wanted));
}

#[test]
fn the_memory_to_start_with() {
    let module = compile(
        r#"(module (memory (export "memory") 4)
            (func (export "filter") (param i64) (result i32) (memory.size)))"#,
    );
    assert_eq!(module.initial_memory(), 4 * PAGE as u64);
    for limit in [0, PAGE, 4 * PAGE - 1] {
        assert_eq!(
            limited(&module, &memory(limit)).err(),
            Some(CallError::MemoryLimit {
                limit,
                wanted: 4 * PAGE
            })
        );
    }
    let mut instance = limited(&module, &memory(4 * PAGE)).unwrap();
    assert_eq!(call(&mut instance), Ok(Output::I32(4)));
    assert_eq!(instance.memory_bytes(), 4 * PAGE);
    // The largest there is, all 4 GB.
    let giant = compile(
        r#"(module (memory (export "memory") 65536)
            (func (export "filter") (param i64) (result i32) (i32.const 1)))"#,
    );
    assert!(matches!(
        common::instance(&giant).err(),
        Some(CallError::MemoryLimit { .. })
    ));
}

const GROWING: &str = r#"(module (memory (export "memory") 1)
    ;; Grows by one page until it can't.
    (func (export "filter") (param i64) (result i32) (local $pages i32)
        (loop $more
            (local.set $pages (memory.grow (i32.const 1)))
            (br_if $more (i32.ne (local.get $pages) (i32.const -1))))
        (memory.size))
    (func (export "at_once") (param i64) (result i32) (memory.grow (i32.const 65535)))
    (func (export "gives_up") (param i64) (result i32)
        (if (i32.eq (memory.grow (i32.const 1000)) (i32.const -1)) (then unreachable))
        (i32.const 1))
    (func (export "goes_on") (param i64) (result i32)
        (drop (memory.grow (i32.const 1000)))
        (i32.div_s (i32.const 1) (i32.const 0)))
    (global $calls (mut i32) (i32.const 0))
    (func (export "later") (param i64) (result i32)
        (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
        (if (i32.eq (global.get $calls) (i32.const 1)) (then (return (memory.grow (i32.const 1000)))))
        (unreachable))
    (func (export "size") (param i64) (result i32) (memory.size)))"#;

fn growing(export: &str, limits: &Limits) -> Instance {
    let module = compile(GROWING);
    let entry = module.entry(export, &Signature::default()).unwrap();
    Instance::new(&module, &entry, &Parameters::default(), limits).unwrap()
}

#[test]
fn a_guest_that_may_not_grow_goes_on() {
    let mut instance = growing("filter", &memory(10 * PAGE));
    for _ in 0..2 {
        assert_eq!(call(&mut instance), Ok(Output::I32(10)));
        assert_eq!(instance.memory_bytes(), 10 * PAGE);
    }
    let mut instance = growing("filter", &memory(10 * PAGE + PAGE / 2));
    assert_eq!(call(&mut instance), Ok(Output::I32(10)));
    let mut instance = growing("at_once", &memory(10 * PAGE));
    assert_eq!(call(&mut instance), Ok(Output::I32(-1)));
    assert!(!instance.is_broken());
    assert_eq!(instance.memory_bytes(), PAGE);
}

#[test]
fn a_guest_that_gives_up_for_want_of_memory_names_the_limit() {
    let mut instance = growing("gives_up", &memory(10 * PAGE));
    assert_eq!(
        call(&mut instance),
        Err(CallError::MemoryLimit {
            limit: 10 * PAGE,
            wanted: 1001 * PAGE
        })
    );
    assert!(instance.is_broken());
    let mut instance = growing("gives_up", &memory(1001 * PAGE));
    assert_eq!(call(&mut instance), Ok(Output::I32(1)));
    still_works(&compile(GROWING), "size", Output::I32(1));
}

#[test]
fn another_trap_is_not_blamed_on_memory() {
    // A guest that did without the memory and then divides by zero.
    let mut instance = growing("goes_on", &memory(10 * PAGE));
    let error = call(&mut instance).unwrap_err();
    assert!(
        matches!(&error, CallError::Trap(what) if what.contains("divide by zero")),
        "{error:?}"
    );
    // Nor is a call that comes after the one that was refused something.
    let mut instance = growing("later", &memory(10 * PAGE));
    assert_eq!(call(&mut instance), Ok(Output::I32(-1)));
    let error = call(&mut instance).unwrap_err();
    assert!(
        matches!(&error, CallError::Trap(what) if what.contains("unreachable")),
        "{error:?}"
    );
}

#[test]
fn memory_that_a_start_function_or_initialize_wants() {
    for (how, start) in [("", "(start $init)"), ("(export \"_initialize\")", "")] {
        let module = compile(&format!(
            r#"(module (memory (export "memory") 1)
            (func $init {how}
                (if (i32.eq (memory.grow (i32.const 99)) (i32.const -1)) (then unreachable)))
            {start}
            (func (export "filter") (param i64) (result i32) (memory.size)))"#
        ));
        assert_eq!(
            limited(&module, &memory(99 * PAGE)).err(),
            Some(CallError::MemoryLimit {
                limit: 99 * PAGE,
                wanted: 100 * PAGE
            })
        );
        let mut instance = limited(&module, &memory(100 * PAGE)).unwrap();
        assert_eq!(call(&mut instance), Ok(Output::I32(100)));
    }
}

#[test]
fn a_declared_maximum_is_not_the_hosts_limit() {
    let module = compile(
        r#"(module (memory (export "memory") 1 2)
            (func (export "filter") (param i64) (result i32) (memory.grow (i32.const 2))))"#,
    );
    let mut instance = limited(&module, &memory(100 * PAGE)).unwrap();
    assert_eq!(call(&mut instance), Ok(Output::I32(-1)));
}

#[test]
fn tables_to_start_with() {
    let module = |size: usize| {
        compile(&format!(
            "(module (table {size} funcref) (func (export \"filter\") (param i64) (result i32) (table.size 0)))"
        ))
    };
    let mut largest = instance(&module(TABLE_ELEMENTS)).unwrap();
    assert_eq!(call(&mut largest), Ok(Output::I32(TABLE_ELEMENTS as i32)));
    for wanted in [TABLE_ELEMENTS + 1, 10_000_000] {
        assert_eq!(
            instance(&module(wanted)).err(),
            Some(CallError::TableLimit {
                limit: TABLE_ELEMENTS,
                wanted
            })
        );
    }
}

#[test]
fn tables_that_grow() {
    let module = compile(
        r#"(module (table $t 1 funcref)
        (func (export "filter") (param i64) (result i32)
            (drop (table.grow $t (ref.null func) (i32.const 99999)))
            (drop (table.grow $t (ref.null func) (i32.const 1)))
            (table.size $t))
        (func (export "gives_up") (param i64) (result i32)
            (if (i32.eq (table.grow $t (ref.null func) (i32.const 100000)) (i32.const -1)) (then unreachable))
            (i32.const 1)))"#,
    );
    assert_eq!(
        call(&mut instance(&module).unwrap()),
        Ok(Output::I32(TABLE_ELEMENTS as i32))
    );
    let entry = module.entry("gives_up", &Signature::default()).unwrap();
    let mut guest =
        Instance::new(&module, &entry, &Parameters::default(), &Limits::default()).unwrap();
    assert_eq!(
        call(&mut guest),
        Err(CallError::TableLimit {
            limit: TABLE_ELEMENTS,
            wanted: TABLE_ELEMENTS + 1
        })
    );
}

/// The limit is an instance's: a hundred tables are not a hundred times as much.
#[test]
fn many_tables_share_the_limit() {
    let module = |size: usize| {
        let tables = format!("(table {size} funcref)").repeat(50);
        compile(&format!(
            r#"(module {tables}
            (func (export "filter") (param i64) (result i32)
                (drop (table.grow 7 (ref.null func) (i32.const 1)))
                (drop (table.grow 8 (ref.null func) (i32.const 1)))
                (i32.add (table.size 7) (table.size 8))))"#
        ))
    };
    let wanted = instance(&module(TABLE_ELEMENTS / 50 + 1)).err();
    assert!(
        matches!(wanted, Some(CallError::TableLimit { limit: TABLE_ELEMENTS, wanted }) if wanted > TABLE_ELEMENTS),
        "{wanted:?}"
    );
    let mut full = instance(&module(TABLE_ELEMENTS / 50)).unwrap();
    assert_eq!(
        call(&mut full),
        Ok(Output::I32(2 * TABLE_ELEMENTS as i32 / 50))
    );
    let mut room = instance(&module(TABLE_ELEMENTS / 50 - 1)).unwrap();
    assert_eq!(
        call(&mut room),
        Ok(Output::I32(2 * TABLE_ELEMENTS as i32 / 50))
    );
}

/// Growth beyond a table's own maximum fails without using the limit up.
#[test]
fn a_tables_own_maximum_uses_nothing_up() {
    let module = compile(
        r#"(module (table $small 1 2 funcref) (table $t 0 funcref)
        (func (export "filter") (param i64) (result i32) (local $i i32)
            (loop $again
                (drop (table.grow $small (ref.null func) (i32.const 50000)))
                (br_if $again (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 10))))
            (drop (table.grow $t (ref.null func) (i32.const 99999)))
            (i32.add (table.size $t) (table.size $small))))"#,
    );
    assert_eq!(
        call(&mut instance(&module).unwrap()),
        Ok(Output::I32(TABLE_ELEMENTS as i32))
    );
}

const RECURSING: &str = r#"(module
    (func $forever (param i64) (result i32)
        (i32.add (call $forever (local.get 0)) (i32.const 1)))
    (export "filter" (func $forever))
    ;; The argument is how deep.
    (func $down (param $left i32) (result i32)
        (if (i32.eqz (local.get $left)) (then (return (i32.const 0))))
        (i32.add (call $down (i32.sub (local.get $left) (i32.const 1))) (i32.const 1)))
    (func (export "deep") (param i64 i32) (result i32) (call $down (local.get 1)))
    (func (export "shallow") (param i64) (result i32) (call $down (i32.const 100)))
    (func $tail (param $left i32) (result i32)
        (if (i32.eqz (local.get $left)) (then (return (i32.const 5))))
        (return_call $tail (i32.sub (local.get $left) (i32.const 1))))
    (func (export "tail") (param i64) (result i32) (call $tail (i32.const 1000000))))"#;

#[test]
fn recursion_ends_at_the_stack_limit() {
    let module = compile(RECURSING);
    let mut guest = instance(&module).unwrap();
    assert_eq!(call(&mut guest), Err(CallError::StackLimit));
    assert!(guest.is_broken());
    still_works(&module, "shallow", Output::I32(100));
    // A tail call takes no stack.
    still_works(&module, "tail", Output::I32(5));
}

#[test]
fn the_stack_limit_is_the_sandboxes() {
    let deepest = |max_stack: usize| {
        let sandbox = Sandbox::new(max_stack, || ()).unwrap();
        let module = sandbox.compile(RECURSING.as_bytes()).unwrap();
        let signature = Signature {
            parameters: vec![quidditch_sandbox::Type::I32],
            returns: None,
        };
        let entry = module.entry("deep", &signature).unwrap();
        let reaches = |depth: i64| {
            let parameters = Parameters::new(vec![(
                "depth".into(),
                quidditch_sandbox::Type::I32,
                Some(quidditch_sandbox::Parameter::Integer(depth)),
            )]);
            let mut guest =
                Instance::new(&module, &entry, &parameters, &Limits::default()).unwrap();
            match call(&mut guest) {
                Ok(Output::I32(reached)) => {
                    assert_eq!(i64::from(reached), depth);
                    true
                }
                Err(CallError::StackLimit) => false,
                other => panic!("{other:?}"),
            }
        };
        let (mut reached, mut too_deep) = (0, 1_000_000);
        while reached + 1 < too_deep {
            let middle = (reached + too_deep) / 2;
            if reaches(middle) {
                reached = middle;
            } else {
                too_deep = middle;
            }
        }
        reached as usize
    };
    let (small, large) = (deepest(64 << 10), deepest(1 << 20));
    // A frame takes at least a return address, and surely not a kilobyte.
    assert!((64..=8192).contains(&small), "{small} frames in 64 kB");
    let ratio = large as f64 / small as f64;
    assert!(
        (15.0..17.5).contains(&ratio),
        "{small} frames in 64 kB, {large} in 1 MB"
    );
}

#[test]
fn a_start_function_may_not_recurse_forever_either() {
    for (how, start) in [("", "(start $init)"), ("(export \"_initialize\")", "")] {
        let module = compile(&format!(
            r#"(module (func $f (result i32) (i32.add (call $f) (i32.const 1)))
            (func $init {how} (drop (call $f))) {start}
            (func (export "filter") (param i64) (result i32) (i32.const 1)))"#
        ));
        assert_eq!(instance(&module).err(), Some(CallError::StackLimit));
    }
}

/// Ways to run forever: a loop, a loop over a host function, tail calls, big copies.
const ENDLESS: [&str; 5] = [
    "(loop $again (br $again)) (i32.const 0)",
    "(loop $again (drop (call $has (local.get 0) (i32.const 0) (i32.const 1))) (br $again)) (i32.const 0)",
    "(return_call $tail)",
    "(loop $again (memory.fill (i32.const 0) (i32.const 1) (i32.const 1048576)) (br $again)) (i32.const 0)",
    "(loop $again (drop (call $branching (i32.const 30))) (br $again)) (i32.const 0)",
];

fn endless(body: &str) -> Module {
    compile(&format!(
        r#"(module
        (import "env" "has_field" (func $has (param i64 i32 i32) (result i32)))
        (memory (export "memory") 16) (data (i32.const 0) "a")
        (func $tail (result i32) (return_call $tail))
        ;; No loop in it, but 2^30 calls.
        (func $branching (param i32) (result i32)
            (if (i32.eqz (local.get 0)) (then (return (i32.const 1))))
            (i32.add (call $branching (i32.sub (local.get 0) (i32.const 1)))
                (call $branching (i32.sub (local.get 0) (i32.const 1)))))
        (func (export "filter") (param i64) (result i32) {body})
        (func (export "short") (param i64) (result i32) (i32.const 3)))"#
    ))
}

#[test]
fn the_deadline_ends_whatever_runs_forever() {
    for body in ENDLESS {
        let module = endless(body);
        ticking(&SANDBOX, || {
            let mut guest = limited(&module, &time(30)).unwrap();
            let start = Instant::now();
            assert_eq!(
                call(&mut guest),
                Err(CallError::Deadline {
                    limit: Duration::from_millis(30)
                }),
                "{body}"
            );
            let took = start.elapsed();
            assert!(took >= Duration::from_millis(30), "{took:?}");
            assert!(took < Duration::from_secs(2), "{body}: {took:?}");
            assert!(guest.is_broken());
            still_works(&module, "short", Output::I32(3));
        });
    }
}

#[test]
fn the_deadline_counts_for_start_functions_too() {
    for (how, start) in [("", "(start $init)"), ("(export \"_initialize\")", "")] {
        let module = compile(&format!(
            r#"(module (func $init {how} (loop $again (br $again))) {start}
            (func (export "filter") (param i64) (result i32) (i32.const 1)))"#
        ));
        ticking(&SANDBOX, || {
            assert_eq!(
                limited(&module, &time(20)).err(),
                Some(CallError::Deadline {
                    limit: Duration::from_millis(20)
                })
            );
        });
    }
}

/// The limit is one call's: many short calls may take longer together.
#[test]
fn every_call_has_its_own_time() {
    // Counts to ten million or so: a few milliseconds.
    let module = compile(
        r#"(module (func (export "filter") (param i64) (result i32) (local $i i32)
            (loop $again
                (local.set $i (i32.add (local.get $i) (i32.const 1)))
                (br_if $again (i32.lt_u (local.get $i) (i32.const 10000000))))
            (local.get $i)))"#,
    );
    ticking(&SANDBOX, || {
        let mut guest = limited(&module, &time(400)).unwrap();
        let start = Instant::now();
        while start.elapsed() < Duration::from_millis(900) {
            assert_eq!(call(&mut guest), Ok(Output::I32(10_000_000)));
        }
    });
}

#[test]
fn no_limit_is_no_limit() {
    let module = compile(
        r#"(module (func (export "filter") (param i64) (result i32) (local $i i32)
            (loop $again
                (local.set $i (i32.add (local.get $i) (i32.const 1)))
                (br_if $again (i32.lt_u (local.get $i) (i32.const 50000000))))
            (local.get $i)))"#,
    );
    ticking(&SANDBOX, || {
        let mut guest = limited(&module, &time(0)).unwrap();
        assert_eq!(call(&mut guest), Ok(Output::I32(50_000_000)));
    });
}

/// Ticks that come between calls don't count, and a limit that was reached once is reached again.
#[test]
fn ticks_between_calls_are_harmless() {
    let module = endless(ENDLESS[0]);
    let entry = module.entry("short", &Signature::default()).unwrap();
    let mut guest = Instance::new(&module, &entry, &Parameters::default(), &time(1)).unwrap();
    let document = jsonb("{}");
    for _ in 0..20 {
        SANDBOX.tick();
        std::thread::sleep(Duration::from_millis(2));
        SANDBOX.tick();
        let answer = guest.call(Document::new(&document).unwrap(), 0.0);
        assert_eq!(answer, Ok(Output::I32(3)));
    }
    ticking(&SANDBOX, || {
        for _ in 0..3 {
            assert!(matches!(
                call(&mut limited(&module, &time(5)).unwrap()),
                Err(CallError::Deadline { .. })
            ));
        }
    });
}
