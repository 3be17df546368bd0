//! What one call costs: entering and leaving the guest, reading fields, making an instance, a trap.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use quidditch_document::{Document, encode};
use quidditch_sandbox::{CodeCache, Instance, Limits, Module, Parameters, Sandbox, Signature};

const MODULE: &str = r#"(module
    (import "env" "get_field_f64" (func $f64 (param i64 i32 i32 i32) (result i32)))
    (memory (export "memory") 2)
    (data (i32.const 0) "price") (data (i32.const 16) "stock") (data (i32.const 32) "a.b.c")
    (func $read (param $doc i64) (param $at i32) (result f64)
        (if (result f64)
            (call $f64 (local.get $doc) (local.get $at) (i32.const 5) (i32.const 64))
            (then (f64.const 0)) (else (f64.load (i32.const 64)))))
    (func (export "noop") (param i64) (result i32) (i32.const 1))
    (func (export "one") (param i64) (result i32)
        (f64.gt (call $read (local.get 0) (i32.const 0)) (f64.const 100)))
    (func (export "two") (param i64) (result i32)
        (i32.and (f64.gt (call $read (local.get 0) (i32.const 0)) (f64.const 100))
                 (f64.gt (call $read (local.get 0) (i32.const 16)) (f64.const 5))))
    (func (export "nested") (param i64) (result i32)
        (f64.gt (call $read (local.get 0) (i32.const 32)) (f64.const 100)))
    (func (export "hundred reads") (param i64) (result i32)
        (local $left i32)
        (local.set $left (i32.const 100))
        (loop $again
            (drop (call $f64 (local.get 0) (i32.const 0) (i32.const 5) (i32.const 64)))
            (br_if $again (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))
        (local.get $left))
    (func (export "trap") (param i64) (result i32) (unreachable)))"#;

fn instance(module: &Module, export: &str) -> Instance {
    let entry = module.entry(export, &Signature::default()).unwrap();
    Instance::new(module, &entry, &Parameters::default(), &Limits::default()).unwrap()
}

fn calls(c: &mut Criterion) {
    let sandbox = Sandbox::new(256 << 10, || ()).unwrap();
    let module = sandbox.compile(MODULE.as_bytes()).unwrap();
    let document = encode::jsonb(&serde_json::json!({
        "id": 1, "name": "mechanical keyboard", "price": 129.99, "stock": 12,
        "category": "electronics", "a": {"b": {"c": 3.5}},
    }));
    let document = Document::new(&document).unwrap();
    for export in ["noop", "one", "two", "nested", "hundred reads"] {
        let mut instance = instance(&module, export);
        c.bench_function(export, |b| {
            b.iter(|| instance.filter(black_box(document), 0.0).unwrap())
        });
    }
    c.bench_function("new instance", |b| {
        b.iter(|| drop(instance(&module, "one")))
    });
    c.bench_function("new instance and a trap", |b| {
        b.iter(|| instance(&module, "trap").filter(document, 0.0).unwrap_err())
    });
    c.bench_function("new sandbox", |b| {
        b.iter(|| Sandbox::new(256 << 10, || ()).unwrap())
    });
    let directory = std::env::temp_dir().join(format!("quidditch-bench-{}", std::process::id()));
    let cache = CodeCache::new(&directory);
    let digest = [0; 32];
    sandbox
        .compile_into(MODULE.as_bytes(), &digest, &cache)
        .unwrap();
    c.bench_function("map from the cache", |b| {
        b.iter(|| sandbox.load(&digest, &cache).unwrap())
    });
    std::fs::remove_dir_all(&directory).unwrap();
    c.bench_function("compile", |b| {
        b.iter(|| sandbox.compile(MODULE.as_bytes()).unwrap())
    });
}

criterion_group!(benches, calls);
criterion_main!(benches);
