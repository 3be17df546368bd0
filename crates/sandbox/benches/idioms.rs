//! Several ways to write the same in a script, beside each other. docs/udf-performance.md quotes them.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use quidditch_document::{Document, encode};
use quidditch_sandbox::{
    Instance, Limits, Parameter, Parameters, Sandbox, Script, Signature, Type,
};

const JAVASCRIPT: [(&str, &str); 12] = [
    ("nothing", "function filter() { return true }"),
    (
        "number: doc.price",
        "function filter() { return doc.price > 100 }",
    ),
    (
        "number: getFieldFloat",
        "function filter() { return udf.getFieldFloat('price') > 100 }",
    ),
    (
        "nested: doc.a.b.c",
        "function filter() { return doc.a.b.c > 1 }",
    ),
    (
        "nested: getFieldFloat",
        "function filter() { return udf.getFieldFloat('a.b.c') > 1 }",
    ),
    (
        "three of a.b: each from doc",
        "function filter() { return doc.a.b.c + doc.a.b.d + doc.a.b.e > 1 }",
    ),
    (
        "three of a.b: doc.a.b once",
        "function filter() { const b = doc.a.b; return b.c + b.d + b.e > 1 }",
    ),
    (
        "ten elements: doc.tags.includes",
        "function filter() { return doc.tags.includes('t9') }",
    ),
    (
        "ten elements: getFieldJson",
        "function filter() { return udf.getFieldJson('tags').includes('t9') }",
    ),
    (
        "regular expression: in the call",
        "function filter() { return new RegExp('key(board|s)').test(doc.name) }",
    ),
    (
        "regular expression: kept",
        "const pattern = new RegExp('key(board|s)'); function filter() { return pattern.test(doc.name) }",
    ),
    (
        "a parameter as an argument",
        "function filter(query) { return query === 'keyboard' }",
    ),
];

const PYTHON: [(&str, &str); 12] = [
    ("nothing", "def filter(): return True"),
    (
        "number: get_field_float",
        "def filter(): return get_field_float('price') > 100",
    ),
    (
        "number: with annotations",
        "def filter() -> bool: return get_field_float('price') > 100",
    ),
    (
        "nested: get_field_float",
        "def filter(): return get_field_float('a.b.c') > 1",
    ),
    (
        "three of a.b: three getters",
        "def filter(): return get_field_float('a.b.c') + get_field_float('a.b.d') + get_field_float('a.b.e') > 1",
    ),
    (
        "three of a.b: get_field_json",
        "def filter():\n    b = get_field_json('a.b')\n    return b['c'] + b['d'] + b['e'] > 1",
    ),
    (
        "ten elements: one by one",
        "def filter():\n    for i in range(get_array_length('tags')):\n        if get_field_string('tags[%d]' % i) == 't9': return True\n    return False",
    ),
    (
        "ten elements: get_field_json",
        "def filter(): return 't9' in get_field_json('tags')",
    ),
    (
        "regular expression: in the call",
        "import re\ndef filter(): return re.compile('key(board|s)').search(get_field_string('name')) is not None",
    ),
    (
        "regular expression: kept",
        "import re\npattern = re.compile('key(board|s)')\ndef filter(): return pattern.search(get_field_string('name')) is not None",
    ),
    (
        "a parameter as an argument",
        "def filter(query): return query == 'keyboard'",
    ),
    ("print", "def filter():\n    print('here')\n    return True"),
];

fn idioms(c: &mut Criterion) {
    let python = include_bytes!("../../../udfs/interpreters/python.wasm");
    let javascript = include_bytes!("../../../udfs/interpreters/javascript.wasm");
    language(c, "javascript", javascript, &JAVASCRIPT);
    language(c, "python", python, &PYTHON);
}

fn language(c: &mut Criterion, language: &str, interpreter: &[u8], sources: &[(&str, &str)]) {
    let sandbox = Sandbox::new(256 << 10, || ()).unwrap();
    let interpreter = sandbox.compile_interpreter(interpreter).unwrap();
    let signature = Signature {
        parameters: Vec::new(),
        returns: Some(Type::Bool),
    };
    let document = encode::jsonb(&serde_json::json!({
        "id": 1, "name": "mechanical keyboard", "price": 129.99, "a": {"b": {"c": 3.5, "d": 1, "e": 2}},
        "tags": ["t0", "t1", "t2", "t3", "t4", "t5", "t6", "t7", "t8", "t9"],
    }));
    let document = Document::new(&document).unwrap();
    for (name, source) in sources {
        let module = interpreter.module(Script {
            name: "bench".into(),
            source: (*source).into(),
        });
        let entry = module.entry("filter", &signature).unwrap();
        // Each declared parameter is passed, so it is declared only where the function has it.
        let query = Some(Parameter::String("keyboard".into()));
        let parameters = if source.contains("query") {
            Parameters::new(vec![("query".into(), Type::String, query)])
        } else {
            Parameters::default()
        };
        let mut instance = Instance::new(&module, &entry, &parameters, &Limits::default()).unwrap();
        c.bench_function(&format!("{language}: {name}"), |b| {
            b.iter(|| {
                assert!(instance.filter(black_box(document), 0.0).unwrap());
                drop(instance.take_log());
            })
        });
    }
}

criterion_group!(benches, idioms);
criterion_main!(benches);
