//! The clock of WASI's stubs: what it shows, how sleeping moves it on, and subscriptions to it that are odd.

mod common;

use common::{MEMORY, Probe, Seen};

const IMPORTS: &str = r#"
    (import "env" "set_result_string" (func $set_result_string (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "clock_time_get" (func $clock_time_get (param i32 i64 i32) (result i32)))
    (import "wasi_snapshot_preview1" "clock_res_get" (func $clock_res_get (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll_oneoff (param i32 i32 i32 i32) (result i32)))
"#;

// WASI's own numbers.
const OK: i32 = 0;
const FAULT: i32 = 21;
const NOSYS: i32 = 52;
const CLOCK: u8 = 0;
const FD_READ: u8 = 1;
const ABSOLUTE: u16 = 1;

/// Where subscriptions are, where events go, and the number of events, with the time behind it.
const IN: u32 = 0x1000;
const EVENTS: u32 = 0x40;
const OUT: u32 = EVENTS + 32;

fn probe() -> Probe {
    let mut probe = Probe::new("{}").put(EVENTS, &[0xA5; 64]);
    probe.imports = IMPORTS;
    probe
}

fn subscription(user_data: u64, kind: u8, timeout: u64, flags: u16) -> Vec<u8> {
    let mut bytes = vec![0xEE; 48];
    bytes[..8].copy_from_slice(&user_data.to_le_bytes());
    bytes[8] = kind;
    bytes[24..32].copy_from_slice(&timeout.to_le_bytes());
    bytes[40..42].copy_from_slice(&flags.to_le_bytes());
    bytes
}

fn poll(at: u32, events: u32, count: u32, happened: u32) -> String {
    format!(
        "(call $poll_oneoff (i32.const {}) (i32.const {}) (i32.const {}) (i32.const {}))",
        at as i32, events as i32, count as i32, happened as i32
    )
}

fn time(out: u32) -> String {
    format!(
        "(call $clock_time_get (i32.const 1) (i64.const 1) (i32.const {}))",
        out as i32
    )
}

/// Polls, reads the clock into the place behind the number of events, and shows both with the event.
fn slept(subscriptions: &[Vec<u8>]) -> Seen {
    let probe = probe().put(IN, &subscriptions.concat());
    let poll = poll(IN, EVENTS, subscriptions.len() as u32, OUT);
    probe.ask(
        &format!("(i32.or {poll} {})", time(OUT + 8)),
        EVENTS,
        32 + 16,
    )
}

fn number(bytes: &[u8]) -> u64 {
    u64::from_le_bytes(bytes.try_into().unwrap())
}

#[test]
fn every_clock_shows_a_nanosecond() {
    for clock in [0, 1, 2, 3, 99] {
        let call =
            format!("(call $clock_time_get (i32.const {clock}) (i64.const 1) (i32.const {OUT}))");
        let seen = probe().ask(&call, OUT, 9);
        assert_eq!(seen.status, OK);
        assert_eq!(seen.memory, [1, 0, 0, 0, 0, 0, 0, 0, 0xA5]);
        let call = format!("(call $clock_res_get (i32.const {clock}) (i32.const {OUT}))");
        let seen = probe().ask(&call, OUT, 9);
        assert_eq!(seen.status, OK);
        assert_eq!(seen.memory, [1, 0, 0, 0, 0, 0, 0, 0, 0xA5]);
    }
    for out in [MEMORY - 7, MEMORY, u32::MAX] {
        assert_eq!(probe().status(&time(out)), FAULT);
        let call = format!(
            "(call $clock_res_get (i32.const 0) (i32.const {}))",
            out as i32
        );
        assert_eq!(probe().status(&call), FAULT);
    }
}

#[test]
fn sleeping_moves_the_clock_on() {
    let seen = slept(&[subscription(77, CLOCK, 1000, 0)]);
    assert_eq!(seen.status, OK);
    let mut event = [0; 32];
    event[0] = 77;
    assert_eq!(seen.memory[..32], event, "user data, no error, the clock");
    assert_eq!(seen.memory[32..36], 1u32.to_le_bytes(), "events");
    assert_eq!(number(&seen.memory[40..]), 1001);
    // Until a time; one that has passed doesn't move the clock back.
    for (until, then) in [(5000, 5000), (0, 1)] {
        let seen = slept(&[subscription(77, CLOCK, until, ABSOLUTE)]);
        assert_eq!(number(&seen.memory[40..]), then);
    }
    let seen = slept(&[subscription(77, CLOCK, u64::MAX, 0)]);
    assert_eq!(number(&seen.memory[40..]), u64::MAX);
}

#[test]
fn the_first_to_be_over_counts() {
    let seen = slept(&[
        subscription(1, CLOCK, 300, 0),
        subscription(2, FD_READ, 0, 0),
        subscription(3, CLOCK, 200, ABSOLUTE),
        subscription(4, CLOCK, 250, 0),
    ]);
    assert_eq!(seen.status, OK);
    assert_eq!(number(&seen.memory[..8]), 3);
    assert_eq!(seen.memory[32..36], 1u32.to_le_bytes());
    assert_eq!(number(&seen.memory[40..]), 200);
}

/// It stays where it is from call to call: runtimes don't expect a clock to go back.
#[test]
fn the_clock_does_not_go_back() {
    let module = common::compile(
        r#"(module (import "wasi_snapshot_preview1" "clock_time_get" (func $time (param i32 i64 i32) (result i32)))
        (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
        (memory (export "memory") 1)
        (data (i32.const 24) "\09")
        (func (export "filter") (param i64) (result i64)
            (drop (call $poll (i32.const 0) (i32.const 64) (i32.const 1) (i32.const 128)))
            (drop (call $time (i32.const 1) (i64.const 0) (i32.const 128))) (i64.load (i32.const 128))))"#,
    );
    let mut instance = common::instance(&module).unwrap();
    for shown in [10, 19, 28] {
        assert_eq!(
            common::call(&mut instance),
            Ok(quidditch_sandbox::Output::I64(shown))
        );
    }
}

#[test]
fn files_alone_are_not_waited_for() {
    for subscriptions in [vec![], vec![subscription(1, FD_READ, 0, 0); 2]] {
        let seen = slept(&subscriptions);
        assert_eq!(seen.status, NOSYS);
        assert_eq!(seen.memory[..40], [0xA5; 40], "nothing was written");
        assert_eq!(number(&seen.memory[40..]), 1, "no time has passed");
    }
}

#[test]
fn polling_in_bad_places_is_a_fault() {
    let probe = probe().put(IN, &subscription(1, CLOCK, 0, 0));
    let status = |at, events, count, happened| probe.status(&poll(at, events, count, happened));
    assert_eq!(status(IN, EVENTS, 1, OUT), OK);
    for (at, events, count, happened) in [
        (MEMORY - 47, EVENTS, 1, OUT),
        (u32::MAX, EVENTS, 1, OUT),
        (IN, EVENTS, MEMORY / 48 + 1, OUT),
        // 48 times as many are 48 in 32 bits.
        (IN, EVENTS, 0x1000_0001, OUT),
        (IN, EVENTS, u32::MAX, OUT),
        (IN, MEMORY - 31, 1, OUT),
        (IN, u32::MAX, 1, OUT),
        (IN, EVENTS, 1, MEMORY - 3),
        (IN, EVENTS, 1, u32::MAX),
    ] {
        assert_eq!(
            status(at, events, count, happened),
            FAULT,
            "{at} {events} {count} {happened}"
        );
    }
}
