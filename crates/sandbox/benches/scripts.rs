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

const JAVASCRIPT: &str = r#"
function isExpensive(price, limit) {
    return price !== undefined && price > limit;
}

function filter(query, limit = 100) {
    const name = doc.name ?? "";
    if (!isExpensive(doc.price, limit)) return false;
    return doc.stock > 5 && name.includes(query);
}
"#;

fn scripts(c: &mut Criterion) {
    let python = include_bytes!("../../../udfs/interpreters/python.wasm");
    let javascript = include_bytes!("../../../udfs/interpreters/javascript.wasm");
    language(c, "python", python, PYTHON);
    language(c, "javascript", javascript, JAVASCRIPT);
}

fn language(c: &mut Criterion, name: &str, interpreter: &[u8], source: &str) {
    let sandbox = Sandbox::new(256 << 10, || ()).unwrap();
    let interpreter = sandbox.compile_interpreter(interpreter).unwrap();
    let module = interpreter.module(Script {
        name: "bench".into(),
        source: source.into(),
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
    c.bench_function(&format!("{name}: call"), |b| {
        b.iter(|| assert!(instance.filter(black_box(document), 0.0).unwrap()))
    });
    c.bench_function(&format!("{name}: new instance"), |b| b.iter(|| drop(new())));
    c.bench_function(&format!("{name}: new instance and first call"), |b| {
        b.iter(|| assert!(new().filter(document, 0.0).unwrap()))
    });
}

criterion_group!(benches, scripts);
criterion_main!(benches);
