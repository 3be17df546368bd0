//! `log`: levels, caps, text that is not UTF-8, and who hands it out when.

mod common;

use common::{MEMORY, Probe, compile, limited};
use quidditch_sandbox::{Level, Limits, Line};

fn line(level: Level, text: &str) -> Line {
    Line {
        level,
        text: text.into(),
    }
}

/// What is logged by calls of `(level, address, length)`, under limits.
fn logged(probe: &Probe, calls: &[(i32, u32, u32)]) -> Vec<Line> {
    let calls: String = calls
        .iter()
        .map(|(level, at, length)| {
            format!(
                "(call $log (i32.const {level}) (i32.const {}) (i32.const {}))",
                *at as i32, *length as i32
            )
        })
        .collect();
    probe
        .ask(&format!("(block (result i32) {calls} (i32.const 0))"), 0, 0)
        .log
}

#[test]
fn levels() {
    let probe = Probe::new("{}").put(0, b"text");
    for (level, wanted) in [
        (0, Level::Debug),
        (1, Level::Info),
        (2, Level::Warning),
        (3, Level::Error),
        // The nearest one.
        (-1, Level::Debug),
        (i32::MIN, Level::Debug),
        (4, Level::Error),
        (i32::MAX, Level::Error),
    ] {
        assert_eq!(logged(&probe, &[(level, 0, 4)]), [line(wanted, "text")]);
    }
}

#[test]
fn text_comes_whole_and_printable() {
    let probe = Probe::new("{}")
        .put(0, "é\n\0x\u{fffd}".as_bytes())
        .put(32, b"a\xff\xfeb");
    assert_eq!(
        logged(&probe, &[(1, 0, 8), (1, 32, 4), (1, 0, 0)]),
        [
            line(Level::Info, "é\n\u{fffd}x\u{fffd}"),
            line(Level::Info, "a\u{fffd}\u{fffd}b"),
            line(Level::Info, ""),
        ]
    );
}

#[test]
fn text_outside_memory_is_not_logged() {
    let probe = Probe::new("{}").put(MEMORY - 1, b"z");
    let calls = [
        (1, MEMORY, 1),
        (1, MEMORY - 1, 2),
        (1, 0, u32::MAX),
        (1, u32::MAX, 1),
        (1, u32::MAX, u32::MAX),
        (1, MEMORY - 1, 1),
    ];
    assert_eq!(logged(&probe, &calls), [line(Level::Info, "z")]);
}

#[test]
fn lines_beyond_the_cap_are_counted() {
    let mut probe = Probe::new("{}").put(0, b"0123456789");
    probe.limits.log_lines = 3;
    let calls: Vec<_> = (0..10).map(|i| (1, i, 1)).collect();
    assert_eq!(
        logged(&probe, &calls[..3]),
        ["0", "1", "2"].map(|text| line(Level::Info, text))
    );
    let log = logged(&probe, &calls);
    assert_eq!(log.len(), 4);
    assert_eq!(log[2], line(Level::Info, "2"));
    assert_eq!(log[3].level, Level::Warning);
    assert!(log[3].text.starts_with("7 ") && log[3].text.contains("dropped"));
}

#[test]
fn bytes_beyond_the_cap_are_counted() {
    let mut probe = Probe::new("{}").put(0, b"0123456789");
    probe.limits.log_bytes = 10;
    assert_eq!(
        logged(&probe, &[(1, 0, 10)]),
        [line(Level::Info, "0123456789")]
    );
    // Eleven bytes don't fit, and neither do six behind five; the shorter one behind them does.
    let log = logged(&probe, &[(1, 0, 11), (1, 0, 5), (1, 0, 6), (1, 0, 5)]);
    assert_eq!(log[..2], ["01234"; 2].map(|text| line(Level::Info, text)));
    assert_eq!(log.len(), 3);
    assert!(log[2].text.starts_with("2 "), "{:?}", log[2]);
    probe.limits.log_bytes = 0;
    let log = logged(&probe, &[(1, 0, 1), (1, 0, 0)]);
    assert_eq!(log[0], line(Level::Info, ""));
    assert_eq!(log.len(), 2);
}

/// A byte that is not UTF-8 becomes three: the cap is on what is kept.
#[test]
fn the_cap_holds_for_replaced_bytes_too() {
    let mut probe = Probe::new("{}").put(0, &[0xFF; 64]).put(64, &[0; 64]);
    probe.limits.log_bytes = 64;
    for at in [0, 64] {
        let log = logged(&probe, &[(1, at, 64), (1, at, 21), (1, at, 1)]);
        let kept: usize = log
            .iter()
            .filter(|line| line.level == Level::Info)
            .map(|line| line.text.len())
            .sum();
        assert_eq!(kept, 63, "{log:?}");
    }
}

const LOGGING: &str = r#"(module
    (import "env" "log" (func $log (param i32 i32 i32)))
    (memory (export "memory") 1) (data (i32.const 0) "start call  trap")
    (func $start (call $log (i32.const 1) (i32.const 0) (i32.const 5)))
    (start $start)
    (func (export "filter") (param i64) (result i32)
        (call $log (i32.const 1) (i32.const 6) (i32.const 4)) (i32.const 1))
    (func (export "trap") (param i64) (result i32)
        (call $log (i32.const 3) (i32.const 12) (i32.const 4)) (unreachable)))"#;

#[test]
fn the_log_is_handed_out_once() {
    let module = compile(LOGGING);
    let mut instance = limited(&module, &Limits::default()).unwrap();
    assert!(instance.has_logged());
    assert_eq!(instance.log(), [line(Level::Info, "start")]);
    common::call(&mut instance).unwrap();
    common::call(&mut instance).unwrap();
    assert_eq!(
        instance.take_log(),
        ["start", "call", "call"].map(|text| line(Level::Info, text))
    );
    assert!(!instance.has_logged());
    assert_eq!(instance.take_log(), []);
}

#[test]
fn the_caps_start_anew_when_the_log_was_taken() {
    let module = compile(LOGGING);
    let limits = Limits {
        log_lines: 2,
        log_bytes: 9,
        ..Limits::default()
    };
    let mut instance = limited(&module, &limits).unwrap();
    for round in 0..3 {
        for _ in 0..5 {
            common::call(&mut instance).unwrap();
        }
        let log = instance.take_log();
        // The first time "start" is there already, and takes five of the nine bytes.
        let first = if round == 0 { "start" } else { "call" };
        assert_eq!(log[0], line(Level::Info, first));
        assert_eq!(log[1], line(Level::Info, "call"));
        let dropped = if round == 0 { "4 " } else { "3 " };
        assert!(log[2].text.starts_with(dropped), "{log:?}");
        assert_eq!(log.len(), 3);
    }
}

#[test]
fn dropped_lines_alone_are_something_logged() {
    let module = compile(LOGGING);
    let limits = Limits {
        log_lines: 0,
        ..Limits::default()
    };
    let mut instance = limited(&module, &limits).unwrap();
    assert!(instance.has_logged());
    let log = instance.take_log();
    assert_eq!(log.len(), 1);
    assert!(log[0].text.starts_with("1 "));
}

#[test]
fn a_failed_call_keeps_its_log() {
    let module = compile(LOGGING);
    let entry = module.entry("trap", &Default::default()).unwrap();
    let mut instance =
        quidditch_sandbox::Instance::new(&module, &entry, &Default::default(), &Limits::default())
            .unwrap();
    instance.take_log();
    common::call(&mut instance).unwrap_err();
    assert_eq!(instance.take_log(), [line(Level::Error, "trap")]);
}
