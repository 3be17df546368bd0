//! The functions of `wasi_snapshot_preview1`: linked, harmless, the same in every run.

mod common;

use common::{MEMORY, Probe, SANDBOX, Seen, refused};
use quidditch_sandbox::{CallError, Instance, Level, Limits, Line, Parameters, Signature};

const IMPORTS: &str = r#"
    (import "env" "set_result_string" (func $set_result_string (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
    (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_close" (func $fd_close (param i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_seek" (func $fd_seek (param i32 i64 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_fdstat_get" (func $fd_fdstat_get (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_fdstat_set_flags" (func $fd_fdstat_set_flags (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_prestat_get" (func $fd_prestat_get (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_prestat_dir_name" (func $fd_prestat_dir_name (param i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "environ_sizes_get" (func $environ_sizes_get (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "environ_get" (func $environ_get (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "args_sizes_get" (func $args_sizes_get (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "args_get" (func $args_get (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "clock_time_get" (func $clock_time_get (param i32 i64 i32) (result i32)))
    (import "wasi_snapshot_preview1" "clock_res_get" (func $clock_res_get (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "random_get" (func $random_get (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "sched_yield" (func $sched_yield (result i32)))
    (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll_oneoff (param i32 i32 i32 i32) (result i32)))
"#;

// WASI's own numbers.
const OK: i32 = 0;
const BADF: i32 = 8;
const FAULT: i32 = 21;
const SPIPE: i32 = 70;

const OUT: u32 = 0x40;

fn probe() -> Probe {
    let mut probe = Probe::new("{}").put(OUT, &[0xA5; 64]);
    probe.imports = IMPORTS;
    probe
}

/// Calls a function with i32 arguments and shows what is at `OUT`.
fn ask(probe: &Probe, function: &str, arguments: &[u32], shown: u32) -> Seen {
    let arguments: String = arguments
        .iter()
        .map(|a| format!(" (i32.const {})", *a as i32))
        .collect();
    probe.ask(&format!("(call ${function}{arguments})"), OUT, shown)
}

fn info(text: &str) -> Line {
    Line {
        level: Level::Info,
        text: text.into(),
    }
}

/// The pieces of an `fd_write` as they lie in memory.
fn pieces(of: &[(u32, u32)]) -> Vec<u8> {
    of.iter()
        .flat_map(|(at, length)| [at.to_le_bytes(), length.to_le_bytes()].concat())
        .collect()
}

#[test]
fn standard_output_and_error_are_logged() {
    let probe = probe()
        .put(0x200, b"first line\nsecond")
        .put(0x100, &pieces(&[(0x200, 11), (0x20B, 6), (0x200, 0)]));
    for (descriptor, level) in [(1, Level::Info), (2, Level::Warning)] {
        let seen = ask(&probe, "fd_write", &[descriptor, 0x100, 3, OUT], 4);
        assert_eq!(seen.status, OK);
        assert_eq!(seen.memory, 17u32.to_le_bytes());
        let lines = ["first line", "second"].map(|text| Line {
            level,
            text: text.into(),
        });
        assert_eq!(seen.log, lines);
    }
    let seen = ask(&probe, "fd_write", &[1, 0x100, 0, OUT], 4);
    assert_eq!((seen.status, seen.memory), (OK, vec![0; 4]));
    for descriptor in [0, 3, u32::MAX] {
        let seen = ask(&probe, "fd_write", &[descriptor, 0x100, 2, OUT], 4);
        assert_eq!((seen.status, seen.log), (BADF, vec![]), "{descriptor}");
        assert_eq!(seen.memory, [0xA5; 4]);
    }
}

#[test]
fn writing_from_bad_places_is_a_fault() {
    let probe = probe()
        .put(0x200, b"text")
        .put(0x100, &pieces(&[(0x200, 4)]))
        .put(0x110, &pieces(&[(MEMORY, 1)]))
        .put(0x120, &pieces(&[(0x200, u32::MAX)]))
        .put(0x130, &pieces(&[(u32::MAX, u32::MAX)]));
    assert_eq!(ask(&probe, "fd_write", &[1, 0x100, 1, OUT], 0).status, OK);
    for (at, count, out) in [
        (0x110, 1, OUT),
        (0x120, 1, OUT),
        (0x130, 1, OUT),
        (MEMORY - 7, 1, OUT),
        (MEMORY, 1, OUT),
        (u32::MAX, 1, OUT),
        (u32::MAX - 3, 1, OUT),
        (0x100, 1, MEMORY - 3),
        (0x100, 1, u32::MAX),
    ] {
        let status = ask(&probe, "fd_write", &[1, at, count, out], 0).status;
        assert_eq!(status, FAULT, "{count} at {at} to {out}");
    }
}

/// Many texts over and over: it takes some of them, leaves the others to the next call, and logs next to nothing.
#[test]
fn a_giant_count_of_pieces() {
    // All of memory; empty lines, of which a call takes eight pieces, or its most pieces; nothing.
    for (text, taken, logged) in [
        ((0, MEMORY), MEMORY, 1),
        ((0x4000, 0x2000), 8 * 0x2000, 0),
        ((0x4000, 7), 1024 * 7, 0),
        ((0x4000, 0), 0, 0),
    ] {
        let probe = probe()
            .put(0x1000, &pieces(&[text; 1024]))
            .put(0x4000, &[b'\n'; 0x2000]);
        for count in [1024, 100_000, u32::MAX] {
            let seen = ask(&probe, "fd_write", &[1, 0x1000, count, OUT], 4);
            assert_eq!(seen.status, OK, "{count} of {text:?}");
            assert_eq!(seen.memory, taken.to_le_bytes(), "{count} of {text:?}");
            assert_eq!(seen.log.len(), logged, "dropped lines are one line");
        }
    }
}

#[test]
fn standard_input_is_at_its_end() {
    let seen = ask(&probe(), "fd_read", &[0, 0x100, 1, OUT], 4);
    assert_eq!((seen.status, seen.memory), (OK, vec![0; 4]));
    for descriptor in [1, 2, 3] {
        assert_eq!(
            ask(&probe(), "fd_read", &[descriptor, 0x100, 1, OUT], 0).status,
            BADF
        );
    }
    for out in [MEMORY - 3, u32::MAX] {
        assert_eq!(
            ask(&probe(), "fd_read", &[0, 0x100, 1, out], 0).status,
            FAULT
        );
    }
}

#[test]
fn the_three_streams_are_terminals_and_no_other_file_is_there() {
    for descriptor in 0..3 {
        let seen = ask(&probe(), "fd_fdstat_get", &[descriptor, OUT], 25);
        assert_eq!(seen.status, OK);
        // filetype 2, character_device; no flags; no rights.
        assert_eq!(seen.memory[0], 2);
        assert_eq!(seen.memory[1..24], [0; 23]);
        assert_eq!(seen.memory[24], 0xA5, "an fdstat has 24 bytes");
        assert_eq!(
            ask(&probe(), "fd_fdstat_get", &[descriptor, MEMORY - 23], 0).status,
            FAULT
        );
        assert_eq!(ask(&probe(), "fd_close", &[descriptor], 0).status, OK);
        assert_eq!(
            ask(&probe(), "fd_fdstat_set_flags", &[descriptor, 0], 0).status,
            OK
        );
    }
    for descriptor in [3, 4, u32::MAX] {
        for function in ["fd_fdstat_get", "fd_prestat_get", "fd_fdstat_set_flags"] {
            let seen = ask(&probe(), function, &[descriptor, OUT], 4);
            assert_eq!(
                (seen.status, seen.memory),
                (BADF, vec![0xA5; 4]),
                "{function}"
            );
        }
        assert_eq!(ask(&probe(), "fd_close", &[descriptor], 0).status, BADF);
        // A libc asks from 3 on until it gets this, for the directories it may open.
        assert_eq!(
            ask(&probe(), "fd_prestat_dir_name", &[descriptor, OUT, 8], 0).status,
            BADF
        );
    }
    let seek = "(call $fd_seek (i32.const 1) (i64.const 0) (i32.const 0) (i32.const 64))";
    assert_eq!(probe().status(seek), SPIPE);
}

#[test]
fn no_arguments_and_no_environment() {
    for function in ["environ_sizes_get", "args_sizes_get"] {
        let seen = ask(&probe(), function, &[OUT, OUT + 8], 12);
        assert_eq!(seen.status, OK);
        assert_eq!(seen.memory[..4], [0; 4]);
        assert_eq!(seen.memory[8..], [0; 4]);
        for (count, bytes) in [
            (MEMORY, OUT),
            (OUT, MEMORY),
            (u32::MAX, OUT),
            (OUT, MEMORY - 3),
        ] {
            assert_eq!(
                ask(&probe(), function, &[count, bytes], 0).status,
                FAULT,
                "{function}"
            );
        }
    }
    for function in ["environ_get", "args_get"] {
        let seen = ask(&probe(), function, &[OUT, OUT + 8], 16);
        assert_eq!((seen.status, seen.memory), (OK, vec![0xA5; 16]));
    }
}

#[test]
fn random_bytes_begin_anew_with_each_call() {
    let module = common::compile(
        r#"(module (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
        (memory (export "memory") 1)
        (func (export "filter") (param i64) (result i64)
            (drop (call $random (i32.const 0) (i32.const 8))) (i64.load (i32.const 0))))"#,
    );
    let mut instance = common::instance(&module).unwrap();
    let first = common::call(&mut instance);
    assert!(first.is_ok());
    assert_eq!(common::call(&mut instance), first);
}

#[test]
fn random_bytes_are_the_same_every_time() {
    let first = ask(&probe(), "random_get", &[OUT, 32], 40);
    assert_eq!(first.status, OK);
    assert_eq!(first.memory[32..], [0xA5; 8], "not one byte more");
    // Not random, but not a constant either: a hash table should be one.
    let words: std::collections::HashSet<_> = first.memory[..32].chunks(8).collect();
    assert_eq!(words.len(), 4);
    assert_eq!(ask(&probe(), "random_get", &[OUT, 32], 40), first);
    let short = ask(&probe(), "random_get", &[OUT, 5], 6);
    assert_eq!(short.memory[..5], first.memory[..5]);
    assert_eq!(short.memory[5], 0xA5);
    // The next ones are others.
    let call = format!(
        "(i32.or (call $random_get (i32.const {OUT}) (i32.const 8)) (call $random_get (i32.const {}) (i32.const 8)))",
        OUT + 8
    );
    let seen = probe().ask(&call, OUT, 16);
    assert_eq!(seen.memory, first.memory[..16]);
    for (at, length) in [
        (MEMORY, 1),
        (OUT, MEMORY),
        (OUT, u32::MAX),
        (u32::MAX, u32::MAX),
    ] {
        let seen = ask(&probe(), "random_get", &[at, length], 8);
        assert_eq!((seen.status, seen.memory), (FAULT, vec![0xA5; 8]));
    }
    assert_eq!(ask(&probe(), "random_get", &[MEMORY, 0], 0).status, OK);
}

#[test]
fn yielding() {
    assert_eq!(ask(&probe(), "sched_yield", &[], 0).status, OK);
}

/// Lines end where the guest ends them, or with the call, however many pieces they come in.
#[test]
fn streams_are_cut_into_lines() {
    let module = common::compile(
        r#"(module
        (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
        (memory (export "memory") 1)
        (data (i32.const 100) "a\nb\n\nc, and more\n")
        (func $write (param $stream i32) (param $at i32) (param $length i32)
            (i32.store (i32.const 0) (local.get $at)) (i32.store (i32.const 4) (local.get $length))
            (drop (call $fd_write (local.get $stream) (i32.const 0) (i32.const 1) (i32.const 16))))
        (func (export "filter") (param i64) (result i32)
            (call $write (i32.const 1) (i32.const 100) (i32.const 6))
            (call $write (i32.const 2) (i32.const 100) (i32.const 1))
            (call $write (i32.const 1) (i32.const 106) (i32.const 0))
            (call $write (i32.const 1) (i32.const 106) (i32.const 11))
            (i32.const 1)))"#,
    );
    let mut instance = common::instance(&module).unwrap();
    let error = Line {
        level: Level::Warning,
        text: "a".into(),
    };
    let expected = [info("a"), info("b"), info("c, and more"), error];
    for _ in 0..2 {
        assert!(common::call(&mut instance).is_ok());
        assert!(instance.has_logged());
        assert_eq!(instance.take_log(), expected);
    }
}

/// A line that never ends takes no more memory than a log may have.
#[test]
fn a_line_longer_than_the_log_is_dropped() {
    let mut probe = probe().put(0x200, b"12345\n678").put(
        0x100,
        &pieces(&[(0x200, 5), (0x200, 5), (0x200, 6), (0x206, 3)]),
    );
    probe.limits.log_bytes = 16;
    let seen = ask(&probe, "fd_write", &[1, 0x100, 4, OUT], 0);
    assert_eq!(
        seen.log,
        [info("123451234512345"), {
            Line {
                level: Level::Warning,
                text: "1 more log lines were dropped".into(),
            }
        }]
    );
    probe.limits.log_bytes = 14;
    let seen = ask(&probe, "fd_write", &[1, 0x100, 4, OUT], 0);
    assert_eq!(seen.log.len(), 2);
    assert_eq!(seen.log[0], info("678"));
    assert!(seen.log[1].text.starts_with("1 "), "{:?}", seen.log);
}

#[test]
fn exit_ends_the_call() {
    for code in [0, 1, 255, -1] {
        let call =
            format!("(block (result i32) (call $proc_exit (i32.const {code})) (i32.const 0))");
        assert_eq!(
            probe().try_ask(&call, 0, 0),
            Err(CallError::Exit { code }),
            "{code}"
        );
    }
}

/// A runtime that finds no memory says so, and exits.
#[test]
fn exit_after_a_refusal_of_memory_is_the_limit() {
    let filter = |pages: u32| {
        format!(
            r#"(module (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
            (memory (export "memory") 1)
            (func (export "filter") (param i64) (result i32)
                (if (i32.lt_s (memory.grow (i32.const {pages})) (i32.const 0)) (then (call $exit (i32.const 2))))
                (call $exit (i32.const 3)) (i32.const 0)))"#
        )
    };
    assert_eq!(common::run(&filter(1)), Err(CallError::Exit { code: 3 }));
    let limit = Limits::default().memory;
    assert_eq!(
        common::run(&filter(256)),
        Err(CallError::MemoryLimit {
            limit,
            wanted: limit + 65536
        })
    );
}

/// What start code logged isn't lost with the instance that it failed to make.
#[test]
fn a_failed_start_keeps_its_log() {
    let module = common::compile(
        r#"(module
        (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
        (memory (export "memory") 1)
        (data (i32.const 0) "\08\00\00\00\02\00\00\00hi")
        (func (export "_initialize")
            (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 16))) unreachable)
        (func (export "filter") (param i64) (result i32) (i32.const 1)))"#,
    );
    let entry = module.entry("filter", &Signature::default()).unwrap();
    let limits = Limits::default();
    let Err((error, log)) = Instance::start(&module, &entry, &Parameters::default(), &limits)
    else {
        panic!("it can't have started");
    };
    assert!(matches!(error, CallError::Trap(_)), "{error}");
    assert_eq!(log, [info("hi")]);
}

#[test]
fn what_could_reach_the_system_is_refused() {
    for (function, ty) in [
        (
            "path_open",
            "(param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)",
        ),
        ("path_unlink_file", "(param i32 i32 i32) (result i32)"),
        ("sock_accept", "(param i32 i32 i32) (result i32)"),
        ("sock_send", "(param i32 i32 i32 i32 i32) (result i32)"),
        ("fd_readdir", "(param i32 i32 i32 i64 i32) (result i32)"),
        ("proc_raise", "(param i32) (result i32)"),
    ] {
        let module = format!(
            "(module (import \"wasi_snapshot_preview1\" \"{function}\" (func {ty})) (memory (export \"memory\") 1))"
        );
        let message = refused(module).to_string();
        assert!(message.contains(function), "{message}");
    }
    // Another version of WASI, or the right function with another type.
    refused(r#"(module (import "wasi_unstable" "proc_exit" (func (param i32))))"#);
    refused(r#"(module (import "wasi_snapshot_preview1" "proc_exit" (func (param i64))))"#);
    refused(r#"(module (import "env" "proc_exit" (func (param i32))))"#);
    assert!(
        SANDBOX
            .compile(
                br#"(module (import "wasi_snapshot_preview1" "proc_exit" (func (param i32))))"#
            )
            .is_ok()
    );
}

/// A reactor's way of starting, with streams and all.
#[test]
fn initialize_may_use_them() {
    let module = common::compile(
        r#"(module
        (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
        (memory (export "memory") 1)
        (data (i32.const 0) "\08\00\00\00\02\00\00\00hi")
        (func (export "_initialize") (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 16))))
        (func (export "filter") (param i64) (result i32) (i32.load (i32.const 16))))"#,
    );
    let mut instance = common::instance(&module).unwrap();
    assert_eq!(
        common::call(&mut instance),
        Ok(quidditch_sandbox::Output::I32(2))
    );
    assert_eq!(instance.take_log(), [info("hi")]);
}
