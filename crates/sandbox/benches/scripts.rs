//! What a script costs: making an instance, which loads the source, and a call.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use quidditch_document::{Document, encode};
use quidditch_sandbox::{
    Instance, Limits, Parameter, Parameters, Sandbox, Script, Signature, Type,
};

const PYTHON: &str = r#"
def is_expensive(price, limit):
    return price is not None and price > limit


def filter(query, limit=100.0):
    name = get_field_string("name") or ""
    if not is_expensive(get_field_float("price"), limit):
        return False
    return get_field_int("stock") > 5 and query in name
"#;

fn scripts(c: &mut Criterion) {
    let sandbox = Sandbox::new(256 << 10, || ()).unwrap();
    let wasm = include_bytes!("../../../udfs/interpreters/python.wasm");
    let python = sandbox.compile_interpreter(wasm).unwrap();
    let module = python.module(Script {
        name: "bench".into(),
        source: PYTHON.into(),
    });
    let signature = Signature {
        parameters: Vec::new(),
        returns: Some(Type::Bool),
    };
    let entry = module.entry("filter", &signature).unwrap();
    let query = Some(Parameter::String("keyboard".into()));
    let parameters = Parameters::new(vec![
        ("query".into(), Type::String, query),
        ("limit".into(), Type::F64, None),
    ]);
    let new = || Instance::new(&module, &entry, &parameters, &Limits::default()).unwrap();
    let document = encode::jsonb(&serde_json::json!({
        "id": 1, "name": "mechanical keyboard", "price": 129.99, "stock": 12,
    }));
    let document = Document::new(&document).unwrap();
    let mut instance = new();
    c.bench_function("python: call", |b| {
        b.iter(|| assert!(instance.filter(black_box(document), 0.0).unwrap()))
    });
    c.bench_function("python: new instance", |b| b.iter(|| drop(new())));
    c.bench_function("python: new instance and first call", |b| {
        b.iter(|| assert!(new().filter(document, 0.0).unwrap()))
    });
}

criterion_group!(benches, scripts);
criterion_main!(benches);
