//! Modules that try to hurt: each ends with the error it deserves, the session that ran it goes on, other
//! sessions notice nothing, and no backend crashes.

use std::path::Path;

use quidditch_pg_test::{Database, Failure, Log, Random, Session, filter};
use wasm_smith::{Config, Module};

/// Databases and sessions that a hostile module must leave alone.
struct Bystander {
    database: Database,
    log: Log,
    session: Session,
}

impl Bystander {
    fn new(test: &str) -> Self {
        let log = Log::now();
        let database = Database::new(test);
        let mut session = database.connect();
        session.run("CREATE TEMP TABLE mine AS SELECT 42 AS answer; BEGIN");
        Bystander {
            database,
            log,
            session,
        }
    }

    /// Its transaction and its temporary table are still there.
    fn assert_alive(&mut self) {
        let answer = self.session.text("SELECT answer FROM mine");
        assert_eq!(answer.as_deref(), Some("42"));
    }

    fn assert_unharmed(&mut self) {
        self.assert_alive();
        self.log.assert_no_crash();
    }
}

/// A document with something of every kind.
const DOCUMENT: &str = r#"{"a": 1.5, "s": "text", "t": true, "n": null, "o": {"k": [1, "two", {"x": 3}]}, "_id": "d1"}"#;

fn call(name: &str) -> String {
    format!("SELECT quidditch.call_udf('{name}', '{DOCUMENT}')")
}

/// Runs a module; what comes is one of `expected` (`""` is an answer). `test_udf` says the same.
fn provoke(session: &mut Session, name: &str, wat: &str, metadata: &str, expected: &[&str]) {
    session.register(name, wat, metadata);
    let state = match session.client.batch_execute(&call(name)) {
        Ok(()) => String::new(),
        Err(error) => Failure::new(&error).state,
    };
    assert!(
        expected.contains(&state.as_str()),
        "{name}: {state:?}, expected {expected:?}\n{wat}"
    );
    let told = session.text(&format!(
        "SELECT quidditch.test_udf('{name}', '{DOCUMENT}') -> 'error' ->> 'sqlstate'"
    ));
    assert!(
        expected.contains(&told.as_deref().unwrap_or("")),
        "{name}: test_udf says {told:?}"
    );
    assert!(session.answers(), "{name}");
}

const TRAP: &[&str] = &["38000"];
const MEMORY: &[&str] = &["54000"];
const STACK: &[&str] = &["54001"];
const DEADLINE: &[&str] = &["57014"];
const SHORT: &str = r#"{"limits": {"max_execution_time": 50}}"#;

#[test]
fn guests_that_misbehave() {
    let mut bystander = Bystander::new("misbehave");
    let mut session = bystander.database.connect();
    let pid = session.pid;
    let mut provoke = |name: &str, wat: &str, metadata: &str, expected: &[&str]| {
        provoke(&mut session, name, wat, metadata, expected);
    };

    provoke(
        "loop",
        &filter("(loop (br 0)) (i32.const 1)"),
        SHORT,
        DEADLINE,
    );
    provoke(
        "loop_with_calls",
        r#"(module (func $f) (func (export "filter") (param i64) (result i32) (loop (call $f) (br 0)) (i32.const 1)))"#,
        SHORT,
        DEADLINE,
    );
    provoke(
        "loop_in_the_host",
        r#"(module (import "env" "get_field_json" (func $get (param i64 i32 i32 i32 i32) (result i32)))
            (memory (export "memory") 1) (data (i32.const 0) "o")
            (func (export "filter") (param i64) (result i32)
                (loop (i32.store (i32.const 8) (i32.const 1000))
                    (drop (call $get (local.get 0) (i32.const 0) (i32.const 1) (i32.const 16) (i32.const 8))) (br 0))
                (i32.const 1)))"#,
        SHORT,
        DEADLINE,
    );
    provoke(
        "mutual_tail_recursion",
        r#"(module (func $a (param i64) (result i32) (return_call $b (local.get 0)))
            (func $b (param i64) (result i32) (return_call $a (local.get 0)))
            (func (export "filter") (param i64) (result i32) (call $a (local.get 0))))"#,
        SHORT,
        DEADLINE,
    );
    provoke(
        "fill_in_a_loop",
        &filter(
            "(loop (memory.fill (i32.const 0) (i32.const 1) (i32.const 65536)) (br 0)) (i32.const 1)",
        ),
        SHORT,
        DEADLINE,
    );
    provoke(
        "start_loop",
        r#"(module (func $start (loop (br 0))) (start $start) (func (export "filter") (param i64) (result i32) (i32.const 1)))"#,
        SHORT,
        DEADLINE,
    );
    provoke(
        "initialize_loop",
        r#"(module (func (export "_initialize") (loop (br 0))) (func (export "filter") (param i64) (result i32) (i32.const 1)))"#,
        SHORT,
        DEADLINE,
    );

    provoke(
        "recursion",
        r#"(module (func $f (export "filter") (param i64) (result i32) (i32.add (i32.const 1) (call $f (local.get 0)))))"#,
        "{}",
        STACK,
    );
    let locals = "(local i64 i64 i64 i64 i64 i64 i64 i64)".repeat(200);
    provoke(
        "recursion_with_large_frames",
        &format!(
            r#"(module (func $f (export "filter") (param i64) (result i32) {locals}
                (local.set 1000 (local.get 0)) (i32.add (i32.wrap_i64 (local.get 1000)) (call $f (local.get 1000)))))"#
        ),
        "{}",
        STACK,
    );
    provoke(
        "recursion_through_a_table",
        r#"(module (type $t (func (param i64) (result i32))) (table 1 funcref) (elem (i32.const 0) $f)
            (func $f (export "filter") (param i64) (result i32)
                (i32.add (i32.const 1) (call_indirect (type $t) (local.get 0) (i32.const 0)))))"#,
        "{}",
        STACK,
    );

    let until_refused =
        "(loop (br_if 0 (i32.ne (memory.grow (i32.const 16)) (i32.const -1)))) unreachable";
    provoke("memory_bomb", &filter(until_refused), "{}", MEMORY);
    provoke(
        "memory_bomb_at_once",
        &filter(
            "(if (i32.eq (memory.grow (i32.const 65535)) (i32.const -1)) (then unreachable)) (i32.const 1)",
        ),
        "{}",
        MEMORY,
    );
    provoke(
        "table_bomb",
        r#"(module (table $t 1 funcref) (func (export "filter") (param i64) (result i32)
            (loop (br_if 0 (i32.ne (table.grow $t (ref.null func) (i32.const 1000)) (i32.const -1)))) unreachable))"#,
        "{}",
        MEMORY,
    );
    provoke(
        "large_table",
        r#"(module (table 4000000000 funcref) (func (export "filter") (param i64) (result i32) (i32.const 1)))"#,
        "{}",
        MEMORY,
    );
    provoke(
        "data_out_of_bounds",
        r#"(module (memory (export "memory") 1) (data (i32.const 65535) "ab") (func (export "filter") (param i64) (result i32) (i32.const 1)))"#,
        "{}",
        TRAP,
    );
    provoke(
        "elements_out_of_bounds",
        r#"(module (table 1 funcref) (elem (i32.const 1) $f) (func $f (export "filter") (param i64) (result i32) (i32.const 1)))"#,
        "{}",
        TRAP,
    );

    for (name, instructions) in [
        ("unreachable", "unreachable"),
        ("divide_i32", "(i32.div_s (i32.const 1) (i32.const 0))"),
        ("divide_u32", "(i32.div_u (i32.const 1) (i32.const 0))"),
        (
            "remainder_i64",
            "(i32.wrap_i64 (i64.rem_s (i64.const 1) (i64.const 0)))",
        ),
        (
            "overflow_i64",
            "(i32.wrap_i64 (i64.div_s (i64.const 0x8000000000000000) (i64.const -1)))",
        ),
        ("truncate_nan", "(i32.trunc_f32_s (f32.const nan))"),
        ("truncate_huge", "(i32.trunc_f64_u (f64.const 1e30))"),
        ("load_beyond", "(i32.load (i32.const 65533))"),
        (
            "load_wrapping",
            "(i32.load offset=0xffffffff (i32.const -1))",
        ),
        ("load_negative", "(i32.load8_u (i32.const -1))"),
        (
            "store_beyond",
            "(i64.store (i32.const 65529) (i64.const 1)) (i32.const 1)",
        ),
        (
            "fill_beyond",
            "(memory.fill (i32.const 1) (i32.const 1) (i32.const 65536)) (i32.const 1)",
        ),
        (
            "copy_beyond",
            "(memory.copy (i32.const -1) (i32.const 0) (i32.const 2)) (i32.const 1)",
        ),
    ] {
        provoke(name, &filter(instructions), "{}", TRAP);
    }
    // The remainder of the smallest integer by -1 is 0, though the processor's division overflows.
    let remainder = "(i32.eqz (i32.rem_s (i32.const 0x80000000) (i32.const -1)))";
    provoke("remainder_overflow", &filter(remainder), "{}", &[""]);
    for (name, call) in [
        ("null_reference", "(call_indirect (type $t) (i32.const 1))"),
        ("table_beyond", "(call_indirect (type $t) (i32.const 9))"),
        ("wrong_signature", "(call_indirect (type $t) (i32.const 0))"),
    ] {
        let wat = format!(
            r#"(module (type $t (func (result i32))) (table 2 funcref) (elem (i32.const 0) $f)
                (func $f (export "filter") (param i64) (result i32) {call}))"#
        );
        provoke(name, &wat, "{}", TRAP);
    }

    // What is logged is capped, and the statement doesn't get slower by it.
    provoke(
        "log_flood",
        r#"(module (import "env" "log" (func $log (param i32 i32 i32))) (memory (export "memory") 16)
            (func (export "filter") (param i64) (result i32) (loop (call $log (i32.const 3) (i32.const 0) (i32.const 1048576)) (br 0)) (i32.const 1)))"#,
        SHORT,
        DEADLINE,
    );
    provoke(
        "exit",
        r#"(module (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32))) (memory (export "memory") 1)
            (func (export "filter") (param i64) (result i32) (call $exit (i32.const 0)) (i32.const 1)))"#,
        "{}",
        TRAP,
    );

    assert_eq!(
        session.text("SELECT pg_backend_pid()"),
        Some(pid.to_string())
    );
    bystander.assert_unharmed();
}

/// Every host function with every combination of extreme arguments: the guest gets a status, and nothing
/// outside its memory is read or written. What it returns is the sum of the statuses, so it must return.
#[test]
fn host_calls_with_any_arguments() {
    const EXTREMES: [i64; 9] = [
        0,
        1,
        8,
        65_535,
        65_536,
        0x7fff_ffff,
        0x8000_0000,
        0xffff_fff8,
        0xffff_ffff,
    ];
    const FUNCTIONS: [(&str, &str, bool); 16] = [
        ("has_field", "pl", true),
        ("get_field_string", "plbn", true),
        ("get_field_i64", "plb", true),
        ("get_field_f64", "plb", true),
        ("get_field_bool", "plb", true),
        ("get_field_json", "plbn", true),
        ("get_array_length", "plb", true),
        ("get_param_string", "plbn", false),
        ("get_param_i64", "plb", false),
        ("get_param_f64", "plb", false),
        ("get_param_bool", "plb", false),
        ("get_document_id", "bn", true),
        ("set_result_string", "pl", false),
        ("random_get", "bl", false),
        ("fd_write", "lplb", false),
        ("environ_sizes_get", "bb", false),
    ];
    let mut bystander = Bystander::new("host_calls");
    let mut session = bystander.database.connect();
    let mut random = Random::from_environment();
    for (function, arguments, has_context) in FUNCTIONS {
        let module = match function {
            "random_get" | "fd_write" | "environ_sizes_get" => "wasi_snapshot_preview1",
            _ => "env",
        };
        let types = " i32".repeat(arguments.len());
        let context = if has_context { "i64" } else { "" };
        let mut calls = String::new();
        // Too many combinations to try all of them: some hundred, other ones each time.
        for _ in 0..300 {
            let values: String = arguments
                .chars()
                .map(|_| format!("(i32.const {}) ", EXTREMES[random.below(EXTREMES.len())]))
                .collect();
            let ctx = match random.below(4) {
                _ if !has_context => "",
                0 => "(i64.const -1)",
                _ => "(local.get 0)",
            };
            calls += &format!("(drop (call $f {ctx} {values}))\n");
        }
        let wat = format!(
            r#"(module (import "{module}" "{function}" (func $f (param {context}{types}) (result i32)))
                (memory (export "memory") 1 1) (data (i32.const 0) "s") (data (i32.const 65535) "s")
                (func (export "filter") (param i64) (result i32) {calls} (i32.const 1)))"#
        );
        let metadata = r#"{"parameters": [{"name": "s", "type": "string", "default": "text"}]}"#;
        session.register(function, &wat, metadata);
        let answer = session.text(&call(function));
        assert_eq!(answer.as_deref(), Some("true"), "{function}");
    }
    bystander.assert_unharmed();
}

/// Bytes that overlap: the buffer over the path, the length, the end of memory.
#[test]
fn overlapping_buffers() {
    let mut bystander = Bystander::new("overlap");
    let mut session = bystander.database.connect();
    for (i, (buffer, length_at)) in [
        (0, 0),
        (0, 8),
        (8, 8),
        (6, 8),
        (65_532, 65_532),
        (65_528, 65_532),
        (65_533, 8),
    ]
    .into_iter()
    .enumerate()
    {
        let wat = format!(
            r#"(module (import "env" "get_field_string" (func $get (param i64 i32 i32 i32 i32) (result i32)))
                (memory (export "memory") 1) (data (i32.const 0) "s")
                (func (export "filter") (param i64) (result i32)
                    (i32.store (i32.const {length_at}) (i32.const 100))
                    (i32.store8 (i32.const 0) (i32.const 115))
                    (call $get (local.get 0) (i32.const 0) (i32.const 1) (i32.const {buffer}) (i32.const {length_at}))))"#
        );
        let name = format!("overlap{i}");
        session.register(&name, &wat, r#"{"returns": [{"type": "i32"}]}"#);
        let status = session.text(&call(&name)).unwrap();
        // "text" has four bytes: from 65533 on there isn't room for it. Where the length was stored over the
        // path there is no such path, or it was put back.
        let expected = if buffer == 65_533 { "3" } else { "0" };
        assert_eq!(
            status, expected,
            "buffer at {buffer}, length at {length_at}"
        );
    }
    bystander.assert_unharmed();
}

/// Bytes that are no module, or not one for this host.
#[test]
fn bad_modules() {
    let mut bystander = Bystander::new("bad");
    let mut session = bystander.database.connect();
    let refuse = |session: &mut Session, what: &str, module: &[u8], states: &[&str]| {
        let refused = session.try_register("bad", "1.0.0", module, "{}");
        let state = refused.expect_err(what).state;
        assert!(states.contains(&state.as_str()), "{what}: {state}");
        assert!(session.answers());
    };
    for (what, wat) in [
        (
            "missing memory",
            r#"(module (import "env" "log" (func (param i32 i32 i32))) (func (export "filter") (param i64) (result i32) (i32.const 1)))"#,
        ),
        (
            "memory is a global",
            r#"(module (global (export "memory") i32 (i32.const 1)) (func (export "filter") (param i64) (result i32) (i32.const 1)))"#,
        ),
        (
            "too much memory",
            r#"(module (memory (export "memory") 65536) (func (export "filter") (param i64) (result i32) (i32.const 1)))"#,
        ),
        ("no filter", r#"(module (memory (export "memory") 1))"#),
        (
            "filter of another type",
            r#"(module (func (export "filter") (param i32)))"#,
        ),
        (
            "unknown import",
            r#"(module (import "env" "system" (func (param i32))) (func (export "filter") (param i64) (result i32) (i32.const 1)))"#,
        ),
        (
            "file import",
            r#"(module (import "wasi_snapshot_preview1" "path_open" (func)) (func (export "filter") (param i64) (result i32) (i32.const 1)))"#,
        ),
    ] {
        refuse(&mut session, what, wat.as_bytes(), &["22023"]);
    }
    // Larger than a module may be.
    let mut large = b"\0asm\x01\0\0\0".to_vec();
    large.resize(10 << 20, 0);
    refuse(&mut session, "10 MB", &large, &["54000"]);
    let deep = format!(
        "{}{}{}",
        r#"(module (func (export "filter") (param i64) (result i32) "#,
        "(block ".repeat(200_000),
        ")".repeat(200_000)
    );
    refuse(
        &mut session,
        "deeply nested WAT",
        deep.as_bytes(),
        &["22023"],
    );
    refuse(
        &mut session,
        "parentheses",
        "(".repeat(1 << 20).as_bytes(),
        &["22023"],
    );

    // A real module, cut off anywhere, with bits flipped anywhere: refused, or run within the limits.
    session.run("SET quidditch.max_execution_time = 20; SET quidditch.code_cache = off");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../udfs/custom_score/custom_score.wasm");
    let good = std::fs::read(&path).unwrap_or_else(|e| panic!("{path:?}: {e}"));
    for length in 0..good.len() {
        refuse(&mut session, "cut off", &good[..length], &["22023"]);
    }
    let mut random = Random::from_environment();
    let mut outcomes = Outcomes::default();
    for _ in 0..1500 {
        let mut module = good.clone();
        for _ in 0..=random.below(4) {
            let at = random.below(module.len());
            module[at] ^= 1 << random.below(8);
        }
        outcomes.count(&attempt(&mut session, &module));
    }
    println!("flipped bits: {outcomes:?}");
    assert!(
        outcomes.refused > 100 && outcomes.answered > 10,
        "{outcomes:?}"
    );
    bystander.assert_unharmed();
}

/// How registering and calling a module went.
#[derive(Debug, Default)]
struct Outcomes {
    refused: usize,
    answered: usize,
    trapped: usize,
    limited: usize,
}

impl Outcomes {
    fn ran(&self) -> usize {
        self.answered + self.trapped + self.limited
    }

    fn count(&mut self, outcome: &str) {
        match outcome {
            "refused" => self.refused += 1,
            "" => self.answered += 1,
            "38000" => self.trapped += 1,
            "54000" | "54001" | "57014" => self.limited += 1,
            other => panic!("unexpected outcome {other}"),
        }
    }
}

/// Registers a module, calls it and forgets it again.
fn attempt(session: &mut Session, module: &[u8]) -> String {
    session.run("BEGIN");
    let outcome = match session.try_register("attempt", "1.0.0", module, "{}") {
        Err(refused) => {
            let expected = ["22023", "54000", "42501"];
            assert!(expected.contains(&refused.state.as_str()), "{refused:?}");
            "refused".to_owned()
        }
        Ok(()) => match session.client.batch_execute(&call("attempt")) {
            Ok(()) => String::new(),
            Err(error) => Failure::new(&error).state,
        },
    };
    session.run("ROLLBACK");
    outcome
}

/// Random valid modules, that import what the host offers.
#[test]
fn random_modules() {
    const MODULES: usize = 2000;
    let mut bystander = Bystander::new("random");
    let mut session = bystander.database.connect();
    session.run("SET quidditch.max_execution_time = 10; SET quidditch.code_cache = off");
    let mut random = Random::from_environment();
    let assemble = |wat: &str| wat::parse_str(wat).unwrap();
    let exports = assemble(&filter("(i32.const 1)"));
    let imports = assemble(
        r#"(module
            (import "env" "has_field" (func (param i64 i32 i32) (result i32)))
            (import "env" "get_field_string" (func (param i64 i32 i32 i32 i32) (result i32)))
            (import "env" "get_field_f64" (func (param i64 i32 i32 i32) (result i32)))
            (import "env" "get_field_json" (func (param i64 i32 i32 i32 i32) (result i32)))
            (import "env" "get_document_id" (func (param i64 i32 i32) (result i32)))
            (import "env" "get_score" (func (param i64) (result f64)))
            (import "env" "set_result_string" (func (param i32 i32) (result i32)))
            (import "env" "log" (func (param i32 i32 i32)))
            (import "wasi_snapshot_preview1" "fd_write" (func (param i32 i32 i32 i32) (result i32)))
            (import "wasi_snapshot_preview1" "random_get" (func (param i32 i32) (result i32))))"#,
    );
    let mut outcomes = Outcomes::default();
    let started = std::time::Instant::now();
    // A refused one is no test of running it: about half, which came out with two memories.
    while outcomes.ran() < MODULES {
        let bytes = random.bytes(4000);
        let config = Config {
            exports: Some(exports.clone()),
            available_imports: Some(imports.clone()),
            min_imports: random.below(4),
            max_imports: 10,
            // What the sandbox doesn't have; else most modules would be refused for one of these.
            exceptions_enabled: false,
            gc_enabled: false,
            memory64_enabled: false,
            relaxed_simd_enabled: false,
            threads_enabled: false,
            reference_types_enabled: false,
            max_memories: 1,
            max_memory32_bytes: 8 << 20,
            max_tables: 4,
            min_funcs: 1,
            max_instructions: 300,
            ..Config::default()
        };
        let Ok(module) = Module::new(config, &mut arbitrary::Unstructured::new(&bytes)) else {
            continue;
        };
        outcomes.count(&attempt(&mut session, &module.to_bytes()));
        assert!(outcomes.refused < 3 * MODULES, "{outcomes:?}");
        bystander.assert_alive();
    }
    println!("{:?}: {outcomes:?}", started.elapsed());
    assert!(outcomes.answered > MODULES / 20, "{outcomes:?}");
    assert!(outcomes.trapped > MODULES / 20, "{outcomes:?}");
    assert!(outcomes.limited > MODULES / 20, "{outcomes:?}");
    assert!(session.answers());
    bystander.assert_unharmed();
}
