//! What an expression costs per row. Run with `cargo bench -p quidditch-expression`.

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use quidditch_document::{Document, Lookup, NumericBuf, Path, Value, encode};
use quidditch_expression::{Expression, Limits};
use serde_json::json;
use std::hint::black_box;

fn product() -> Vec<u8> {
    encode::jsonb(&json!({
        "id": 17, "title": "The Quaffle, red", "price": 112.50, "category": "electronics", "in_stock": true,
        "rating": 4, "votes": 1200, "tags": ["ball", "red", "leather"],
        "maker": {"name": "Quality Quidditch Supplies", "address": {"street": "Diagon Alley", "zip": "WC2"}},
    }))
}

fn root(bytes: &[u8]) -> Value<'_> {
    Document::new(bytes)
        .and_then(|document| document.root())
        .expect("undamaged")
}

fn expressions(criterion: &mut Criterion) {
    let product = product();
    let mut group = criterion.benchmark_group("matches");
    for text in [
        "price > 100",
        "category = 'electronics'",
        "price > 100 AND category = 'electronics'",
        "category IN ('books', 'electronics', 'toys')",
        "tags = 'leather'",
        "title LIKE 'The %'",
        "title LIKE '%Quaf_le%'",
        "absent > 100",
        "rating * votes > 4000",
        "rating > votes",
        "lower(category) = 'electronics'",
    ] {
        let expression = Expression::parse_text(text, &Limits::default()).expect("an expression");
        group.bench_function(BenchmarkId::from_parameter(text), |bencher| {
            bencher.iter(|| expression.matches(root(black_box(&product)), 1.0));
        });
    }
    group.finish();

    let mut group = criterion.benchmark_group("number");
    for text in [
        "_score * 2",
        "_score * ln(2 + votes)",
        "rating > 3 ? price / 2 : price",
    ] {
        let expression = Expression::parse_text(text, &Limits::default()).expect("an expression");
        group.bench_function(BenchmarkId::from_parameter(text), |bencher| {
            bencher.iter(|| expression.number(root(black_box(&product)), 1.0));
        });
    }
}

/// `price > 100 AND category = 'electronics'` written in Rust, without arrays.
fn by_hand(criterion: &mut Criterion) {
    let product = product();
    let [price, category] = ["price", "category"].map(|path| Path::parse(path).expect("a path"));
    let bound = NumericBuf::from(100);
    criterion.bench_function("by hand", |bencher| {
        bencher.iter(|| {
            let root = root(black_box(&product));
            let price = price.lookup(root)?;
            if !matches!(price, Lookup::Found(Value::Number(price)) if price > bound.as_numeric()) {
                return Ok(false);
            }
            let category = category.lookup(root)?;
            Ok::<_, quidditch_document::Damaged>(
                matches!(category, Lookup::Found(Value::String(category)) if category == b"electronics"),
            )
        });
    });
}

fn parsing(criterion: &mut Criterion) {
    let text = "price > 100 AND category = 'electronics' AND NOT starts_with(lower(title), 'a')";
    criterion.bench_function("parse", |bencher| {
        bencher.iter(|| Expression::parse_text(black_box(text), &Limits::default()));
    });
}

criterion_group!(benches, expressions, by_hand, parsing);
criterion_main!(benches);
