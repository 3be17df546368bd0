//! What reading costs per row: keys, paths, numbers. Run with `cargo bench -p quidditch-document`.

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use quidditch_document::{Damaged, Document, Lookup, Numeric, Path, Value, encode, lookup_key};
use serde_json::json;
use std::cell::Cell;
use std::hint::black_box;
use std::ops::ControlFlow;

/// Shop-like keys of 4 to 12 bytes.
fn flat(keys: usize) -> Vec<u8> {
    let pairs = (0..keys).map(|i| (format!("{}{i}", &"fieldname"[..3 + i % 7]), json!(i)));
    encode::jsonb(&serde_json::Value::Object(pairs.collect()))
}

fn root(bytes: &[u8]) -> Value<'_> {
    Document::new(bytes)
        .and_then(|document| document.root())
        .expect("undamaged")
}

/// What a getter does with what it finds. The benches return it rather than the value itself, since criterion
/// copies what they return byte by byte.
#[inline(always)]
fn as_f64(found: Result<Lookup<'_>, Damaged>) -> f64 {
    match found {
        Ok(Lookup::Found(Value::Number(number))) => number.to_f64(),
        Ok(Lookup::Found(Value::String(string))) => string.len() as f64,
        _ => f64::NAN,
    }
}

/// `guessed`: all documents alike. `searched`: the guess is wrong each time. `missing`: no such key.
fn keys(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("key");
    for count in [6, 20, 200] {
        let bytes = flat(count);
        let root = root(&bytes);
        let middle = count / 2;
        let key = format!("{}{middle}", &"fieldname"[..3 + middle % 7]);
        let guess = Cell::new(0);
        group.bench_function(BenchmarkId::new("guessed", count), |bencher| {
            bencher.iter(|| {
                as_f64(lookup_key(
                    *black_box(&root),
                    black_box(key.as_bytes()),
                    &guess,
                ))
            });
        });
        group.bench_function(BenchmarkId::new("searched", count), |bencher| {
            bencher.iter(|| {
                guess.set(u32::MAX);
                as_f64(lookup_key(
                    *black_box(&root),
                    black_box(key.as_bytes()),
                    &guess,
                ))
            });
        });
        group.bench_function(BenchmarkId::new("missing", count), |bencher| {
            bencher.iter(|| as_f64(lookup_key(*black_box(&root), black_box(b"absent"), &guess)));
        });
    }
}

fn paths(criterion: &mut Criterion) {
    let bytes = encode::jsonb(&json!({
        "id": 17, "title": "Quaffle, red", "price": 12.50, "tags": ["ball", "red", "leather"],
        "maker": {"name": "Quality Quidditch Supplies", "address": {"street": "Diagon Alley", "zip": "WC2"}},
        "items": [{"sku": "a", "n": 1}, {"sku": "b", "n": 2}, {"sku": "c", "n": 3}],
    }));
    let mut group = criterion.benchmark_group("path");
    group.bench_function("open", |bencher| {
        bencher
            .iter(|| matches!(root(black_box(&bytes)), Value::Object(object) if object.len() == 6));
    });
    for text in ["price", "maker.address.zip", "items[1].sku"] {
        let path = Path::parse(text).expect("a path");
        group.bench_function(BenchmarkId::new("open and lookup", text), |bencher| {
            bencher.iter(|| as_f64(path.lookup(root(black_box(&bytes)))));
        });
    }
    for text in ["price", "tags", "items.sku"] {
        let path = Path::parse(text).expect("a path");
        group.bench_function(BenchmarkId::new("open and visit", text), |bencher| {
            bencher.iter(|| {
                let mut sum = 0.0;
                let flow = path.visit(root(black_box(&bytes)), &mut |value| {
                    sum += as_f64(Ok(Lookup::Found(value)));
                    ControlFlow::<()>::Continue(())
                });
                (sum, flow.is_ok())
            });
        });
    }
    group.bench_function("write_json", |bencher| {
        let mut text = String::new();
        bencher.iter(|| {
            text.clear();
            root(black_box(&bytes)).write_json(&mut text)
        });
    });
}

fn numbers(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("number");
    for text in [
        "7",
        "12.50",
        "123456.789",
        "0.30000000000000004",
        "3.141592653589793238462643383279",
    ] {
        let bytes = encode::numeric(text).expect("a number");
        let number = Numeric::from_bytes(&bytes).expect("undamaged");
        group.bench_function(BenchmarkId::new("to_f64", text), |bencher| {
            bencher.iter(|| black_box(number).to_f64());
        });
    }
    let bytes = encode::numeric("1234567890").expect("a number");
    let number = Numeric::from_bytes(&bytes).expect("undamaged");
    group.bench_function("from_bytes", |bencher| {
        bencher
            .iter(|| Numeric::from_bytes(black_box(&bytes)).is_ok_and(|number| number.is_finite()))
    });
    group.bench_function("to_i64", |bencher| {
        bencher.iter(|| black_box(number).to_i64())
    });
    group.bench_function("compare", |bencher| {
        bencher.iter(|| black_box(number) < black_box(number))
    });
}

criterion_group!(benches, keys, paths, numbers);
criterion_main!(benches);
