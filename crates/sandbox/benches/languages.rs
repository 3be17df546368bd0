//! What the same UDF costs in the languages it is there in: a call, a new instance, and an instance with its first call.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use quidditch_document::{Document, encode};
use quidditch_sandbox::{Instance, Limits, Parameter, Parameters, Sandbox, Signature, Type};

fn languages(c: &mut Criterion) {
    let text = |text: &str| Some(Parameter::String(text.into()));
    let distance = Parameters::new(vec![
        ("field".into(), Type::String, text("name")),
        ("target".into(), Type::String, text("mechanical keyboard")),
        (
            "max_distance".into(),
            Type::I64,
            Some(Parameter::Integer(2)),
        ),
    ]);
    let score = Parameters::new(vec![
        ("score_field".into(), Type::String, text("price")),
        ("boost".into(), Type::F64, Some(Parameter::Float(2.0))),
        ("min_score".into(), Type::F64, Some(Parameter::Float(100.0))),
    ]);
    let udfs: [(&str, &[u8], &Parameters); 4] = [
        (
            "string_distance, Rust",
            include_bytes!("../../../udfs/string_distance/string_distance.wasm"),
            &distance,
        ),
        (
            "string_distance, Go",
            include_bytes!("../../../udfs/string_distance/go/string_distance.wasm"),
            &distance,
        ),
        (
            "custom_score, WAT",
            include_bytes!("../../../udfs/custom_score/custom_score.wasm"),
            &score,
        ),
        (
            "custom_score, Go",
            include_bytes!("../../../udfs/custom_score/go/custom_score.wasm"),
            &score,
        ),
    ];
    for (name, wasm, parameters) in udfs {
        measure(c, name, wasm, parameters);
    }
}

fn measure(c: &mut Criterion, name: &str, wasm: &[u8], parameters: &Parameters) {
    let sandbox = Sandbox::new(256 << 10, || ()).unwrap();
    let module = sandbox.compile(wasm).unwrap();
    // Those of custom_score that are numbers, should the export take them.
    let signature = Signature {
        parameters: vec![Type::F64, Type::F64],
        returns: None,
    };
    let entry = module.entry("filter", &signature).unwrap();
    let new = || Instance::new(&module, &entry, parameters, &Limits::default()).unwrap();
    let document = encode::jsonb(&serde_json::json!({
        "id": 1, "name": "mechanical keybord", "price": 129.99, "stock": 12,
    }));
    let document = Document::new(&document).unwrap();
    let mut instance = new();
    c.bench_function(&format!("{name}: call"), |b| {
        b.iter(|| assert!(instance.filter(black_box(document), 0.0).unwrap()))
    });
    c.bench_function(&format!("{name}: new instance"), |b| b.iter(|| drop(new())));
    c.bench_function(&format!("{name}: new instance and first call"), |b| {
        b.iter(|| assert!(new().filter(document, 0.0).unwrap()))
    });
}

criterion_group!(benches, languages);
criterion_main!(benches);
