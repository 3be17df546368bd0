//! What a host function costs: each is called a hundred times by one call of a guest, so a time here is that of a
//! hundred of them and one call. docs/udf-performance.md quotes them.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use quidditch_document::{Document, encode};
use quidditch_sandbox::{Instance, Limits, Parameter, Parameters, Sandbox, Signature, Type};

/// A hundred of each: the name, and the instructions that leave one i32.
const REPEATED: [(&str, &str); 13] = [
    (
        "field price",
        "(call $f64 (local.get 0) (i32.const 0) (i32.const 5) (i32.const 128))",
    ),
    (
        "field x.y.z",
        "(call $f64 (local.get 0) (i32.const 96) (i32.const 5) (i32.const 128))",
    ),
    (
        "field a.b.c.d.e",
        "(call $f64 (local.get 0) (i32.const 16) (i32.const 9) (i32.const 128))",
    ),
    (
        "field tags[1]",
        "(call $string (local.get 0) (i32.const 32) (i32.const 7) (i32.const 136) (i32.const 128))",
    ),
    (
        "missing field",
        "(call $f64 (local.get 0) (i32.const 48) (i32.const 5) (i32.const 128))",
    ),
    (
        "has_field",
        "(call $has (local.get 0) (i32.const 0) (i32.const 5))",
    ),
    (
        "string of 19 bytes",
        "(call $string (local.get 0) (i32.const 56) (i32.const 4) (i32.const 136) (i32.const 128))",
    ),
    (
        "string of 1000 bytes",
        "(call $string (local.get 0) (i32.const 64) (i32.const 4) (i32.const 136) (i32.const 128))",
    ),
    (
        "json of a",
        "(call $json (local.get 0) (i32.const 16) (i32.const 1) (i32.const 136) (i32.const 128))",
    ),
    (
        "number parameter",
        "(call $param_f64 (i32.const 72) (i32.const 5) (i32.const 128))",
    ),
    (
        "string parameter",
        "(call $param_string (i32.const 80) (i32.const 4) (i32.const 136) (i32.const 128))",
    ),
    (
        "log line",
        "(call $log (i32.const 1) (i32.const 32) (i32.const 7)) (i32.const 0)",
    ),
    (
        "result string",
        "(call $result (i32.const 32) (i32.const 7))",
    ),
];

/// Takes the buffer's size before each call, because the host writes the text's length over it.
fn module() -> String {
    let imports = r#"
        (import "env" "get_field_f64" (func $f64 (param i64 i32 i32 i32) (result i32)))
        (import "env" "get_field_string" (func $string (param i64 i32 i32 i32 i32) (result i32)))
        (import "env" "get_field_json" (func $json (param i64 i32 i32 i32 i32) (result i32)))
        (import "env" "has_field" (func $has (param i64 i32 i32) (result i32)))
        (import "env" "get_param_f64" (func $param_f64 (param i32 i32 i32) (result i32)))
        (import "env" "get_param_string" (func $param_string (param i32 i32 i32 i32) (result i32)))
        (import "env" "log" (func $log (param i32 i32 i32)))
        (import "env" "set_result_string" (func $result (param i32 i32) (result i32)))
        (memory (export "memory") 1)
        (data (i32.const 0) "price") (data (i32.const 16) "a.b.c.d.e") (data (i32.const 32) "tags[1]")
        (data (i32.const 48) "prize") (data (i32.const 56) "name") (data (i32.const 64) "text")
        (data (i32.const 72) "limit") (data (i32.const 80) "word") (data (i32.const 96) "x.y.z")"#;
    let functions = REPEATED.iter().map(|(name, instructions)| {
        format!(
            r#"(func (export "{name}") (param i64) (result i32)
                (local $left i32)
                (local.set $left (i32.const 100))
                (loop $again
                    (i32.store (i32.const 128) (i32.const 4096))
                    {instructions} drop
                    (br_if $again (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))
                (i32.const 1))"#
        )
    });
    format!("(module {imports} {})", functions.collect::<String>())
}

fn host(c: &mut Criterion) {
    let sandbox = Sandbox::new(256 << 10, || ()).unwrap();
    let module = sandbox.compile(module().as_bytes()).unwrap();
    let document = encode::jsonb(&serde_json::json!({
        "id": 1, "name": "mechanical keyboard", "price": 129.99, "stock": 12, "text": "word ".repeat(200),
        "tags": ["new", "sale", "black"], "x": {"y": {"z": 3.5}}, "a": {"b": {"c": {"d": {"e": 3.5}}}},
    }));
    let document = Document::new(&document).unwrap();
    let parameters = Parameters::new(vec![
        ("limit".into(), Type::F64, Some(Parameter::Float(100.0))),
        (
            "word".into(),
            Type::String,
            Some(Parameter::String("keyboard".into())),
        ),
    ]);
    for (name, _) in REPEATED {
        let entry = module.entry(name, &Signature::default()).unwrap();
        let mut instance = Instance::new(&module, &entry, &parameters, &Limits::default()).unwrap();
        c.bench_function(&format!("100 × {name}"), |b| {
            b.iter(|| {
                let kept = instance.filter(black_box(document), 0.0).unwrap();
                drop(instance.take_log());
                kept
            })
        });
    }
}

criterion_group!(benches, host);
criterion_main!(benches);
