//! What a query costs per row. Run with `cargo bench -p quidditch-query`.

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use quidditch_document::{Document, encode};
use quidditch_query::{Environment, Query};
use serde_json::json;
use std::convert::Infallible;
use std::hint::black_box;

fn matches(criterion: &mut Criterion) {
    let product = encode::jsonb(&json!({
        "id": 17, "title": "Quaffle, red", "price": 12.50, "tags": ["ball", "red", "leather"], "in_stock": true,
        "maker": {"name": "Quality Quidditch Supplies", "address": {"street": "Diagon Alley", "zip": "WC2"}},
        "items": [{"sku": "a", "n": 1}, {"sku": "b", "n": 2}, {"sku": "c", "n": 3}],
    }));
    let many: Vec<_> = (0..1000).map(|place| format!("tag{place}")).collect();
    let mut group = criterion.benchmark_group("matches");
    for (name, query) in [
        ("match_all", json!({"match_all": {}})),
        ("term", json!({"term": {"in_stock": true}})),
        ("term in array", json!({"term": {"tags": "leather"}})),
        ("term missing", json!({"term": {"absent": 1}})),
        ("terms of 1000", json!({"terms": {"tags": many}})),
        ("range", json!({"range": {"price": {"gte": 10, "lt": 20}}})),
        ("exists", json!({"exists": {"field": "maker.address.zip"}})),
        ("nested field", json!({"term": {"items.sku": "c"}})),
        (
            "bool",
            json!({"bool": {"must": [{"term": {"in_stock": true}}, {"range": {"price": {"lt": 20}}}],
                            "must_not": {"term": {"tags": "blue"}}}}),
        ),
        (
            "bool with a guest",
            json!({"bool": {"must": [{"wasm_udf": {"name": "f"}}, {"term": {"in_stock": true}}]}}),
        ),
    ] {
        let bytes = encode::jsonb(&query);
        let root = Document::new(&bytes)
            .and_then(|document| document.root())
            .expect("undamaged");
        let query = Query::parse(root, &Environment::default()).expect("a query");
        group.bench_function(BenchmarkId::from_parameter(name), |bencher| {
            bencher.iter(|| {
                let document = Document::new(black_box(&product)).expect("undamaged");
                query
                    .matches(document, &mut |place| {
                        Ok::<_, Infallible>(black_box(place) == 0)
                    })
                    .expect("an answer")
            });
        });
    }
}

criterion_group!(benches, matches);
criterion_main!(benches);
