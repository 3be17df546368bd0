//! Arbitrary bytes as a module, binary or text: refused, or run under tiny limits. The first byte chooses how the
//! rest is read: as it is, behind the header of a binary module, or as the seed of a generated module that has the
//! shape of a UDF.

#![no_main]

use std::sync::LazyLock;
use std::thread;
use std::time::Duration;

use arbitrary::Unstructured;
use libfuzzer_sys::fuzz_target;
use quidditch_document::Document;
use quidditch_document::encode::Json;
use quidditch_sandbox::{Instance, Limits, Parameters, Sandbox, Signature};
use wasm_smith::Config;

static SANDBOX: LazyLock<Sandbox> = LazyLock::new(|| {
    let sandbox = Sandbox::new(64 << 10, || ()).expect("the runtime runs here");
    let ticking = sandbox.clone();
    thread::spawn(move || {
        loop {
            thread::sleep(Duration::from_millis(1));
            ticking.tick();
        }
    });
    sandbox
});

static DOCUMENT: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let text = r#"{"a": [1, {"b": "x", "c": null}], "": "é", "id": 7, "n": 1.5, "t": true}"#;
    text.parse::<Json>().expect("valid JSON").encode()
});

static SHAPE: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let text = br#"(module
        (import "env" "has_field" (func (param i64 i32 i32) (result i32)))
        (import "env" "get_field_string" (func (param i64 i32 i32 i32 i32) (result i32)))
        (import "env" "get_field_f64" (func (param i64 i32 i32 i32) (result i32)))
        (import "env" "get_field_json" (func (param i64 i32 i32 i32 i32) (result i32)))
        (import "env" "get_document_id" (func (param i64 i32 i32) (result i32)))
        (import "env" "set_result_string" (func (param i32 i32) (result i32)))
        (import "env" "log" (func (param i32 i32 i32)))
        (import "wasi_snapshot_preview1" "fd_write" (func (param i32 i32 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "random_get" (func (param i32 i32) (result i32)))
        (memory (export "memory") 1 8)
        (func (export "filter") (param i64) (result i32) unreachable))"#;
    Sandbox::assemble(text).expect("valid text")
});

/// A module of [`SHAPE`] whose functions come from the bytes.
fn generate(bytes: &[u8]) -> Option<Vec<u8>> {
    let config = Config {
        module_shape: Some(SHAPE.clone()),
        exceptions_enabled: false,
        gc_enabled: false,
        max_memories: 0,
        max_memory32_bytes: 1 << 19,
        memory64_enabled: false,
        reference_types_enabled: false,
        relaxed_simd_enabled: false,
        threads_enabled: false,
        ..Config::default()
    };
    let module = wasm_smith::Module::new(config, &mut Unstructured::new(bytes)).ok()?;
    Some(module.to_bytes())
}

fn run(bytes: &[u8]) {
    let limits = Limits {
        memory: 1 << 20,
        time: Duration::from_millis(5),
        log_bytes: 200,
        log_lines: 4,
    };
    let Ok(module) = SANDBOX.compile(bytes) else {
        return;
    };
    let entry = match module.entry("filter", &Signature::default()) {
        Ok(entry) => entry,
        Err(refused) => return drop(refused.to_string()),
    };
    let Ok(mut guest) = Instance::new(&module, &entry, &Parameters::default(), &limits) else {
        return;
    };
    for score in [0.0, 1.0] {
        let document = Document::new(&DOCUMENT).expect("undamaged");
        let answer = guest.call(document, score);
        assert_eq!(answer.is_err(), guest.is_broken());
        assert!(guest.memory_bytes() <= limits.memory);
        assert!(guest.take_log().len() <= limits.log_lines + 1);
    }
}

fuzz_target!(|bytes: &[u8]| {
    let Some((how, bytes)) = bytes.split_first() else {
        return;
    };
    match how % 3 {
        0 => run(bytes),
        1 => run(&[b"\0asm\x01\0\0\0", bytes].concat()),
        _ => run(&generate(bytes).unwrap_or_default()),
    }
});
