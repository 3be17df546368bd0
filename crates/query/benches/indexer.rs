//! What indexing a document costs. Run with `cargo bench -p quidditch-query --bench indexer`.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use quidditch_document::{Document, encode};
use quidditch_query::{Environment, Indexer, Mapping};
use quidditch_segment::{
    MemoryPages, POSTGRES_CAPACITY, RowId, SegmentWriter, Terms, WriterOptions,
};
use serde_json::{Value, json};
use std::rc::Rc;

/// Documents of ten fields and sixty words.
fn documents() -> Vec<Vec<u8>> {
    let words = [
        "golden", "snitch", "seeker", "broom", "the", "of", "keeper", "quaffle", "match", "league",
        "stadium", "caught", "foul", "and", "goal", "hoop", "beater", "bludger", "chaser",
        "season",
    ];
    // Few words are common, most are rare.
    let word = |place: usize| match place % 3 {
        0 => words[place / 3 % words.len()].to_owned(),
        _ => format!("{}{}", words[place % words.len()], place * 7919 % 3_000),
    };
    let text = |from: usize, count: usize| {
        let words = (from..from + count).map(word).collect::<Vec<_>>();
        words.join(" ")
    };
    let countries = ["uk", "fr", "bg"];
    (0..2_000)
        .map(|place| {
            encode::jsonb(&json!({
                "id": place,
                "title": text(place * 60, 6),
                "body": text(place * 60 + 6, 50),
                "price": (place % 500) as f64 + 0.5,
                "in_stock": place % 3 == 0,
                "created": format!("2024-{:02}-{:02}T10:20:30Z", place % 12 + 1, place % 28 + 1),
                "category": format!("category {}", place % 40),
                "tags": [word(place), word(place + 7)],
                "maker": {"name": text(place % 50, 2), "country": countries[place % 3]},
            }))
        })
        .collect()
}

fn mapped() -> Value {
    json!({"dynamic": false, "properties": {
        "id": {"type": "long"},
        "title": {"type": "text", "analyzer": "english", "fields": {"raw": {"type": "keyword"}}},
        "body": {"type": "text", "analyzer": "english"},
        "price": {"type": "double"},
        "in_stock": {"type": "boolean"},
        "created": {"type": "date"},
        "category": {"type": "keyword"},
        "tags": {"type": "keyword"},
        "maker": {"properties": {"name": {"type": "text"}, "country": {"type": "keyword"}}}}})
}

fn indexer(criterion: &mut Criterion) {
    let documents = documents();
    for (name, mapping) in [("dynamic", json!({})), ("mapped", mapped())] {
        let bytes = encode::jsonb(&mapping);
        let root = Document::new(&bytes).and_then(|document| document.root());
        let mapping = Mapping::parse(root.expect("undamaged"), &Environment::default());
        let mapping = Rc::new(mapping.expect("a mapping"));
        let mut group = criterion.benchmark_group(name);
        group.throughput(Throughput::Elements(documents.len() as u64));
        group.sample_size(20);
        group.bench_function("terms", |bencher| {
            let mut indexer = Indexer::new(Rc::clone(&mapping));
            let mut terms = Terms::default();
            bencher.iter(|| {
                for bytes in &documents {
                    let root = Document::new(bytes).and_then(|document| document.root());
                    let added = indexer.add(root.expect("undamaged"), &mut terms);
                    added.expect("few terms");
                }
                terms.len()
            });
        });
        group.bench_function("segment", |bencher| {
            let mut indexer = Indexer::new(Rc::clone(&mapping));
            let mut terms = Terms::default();
            bencher.iter(|| {
                let options = WriterOptions {
                    positions: true,
                    memory: 64 << 20,
                };
                let spill = MemoryPages::new(POSTGRES_CAPACITY);
                let mut writer = SegmentWriter::new(spill, options);
                for (block, bytes) in (0..).zip(&documents) {
                    let root = Document::new(bytes).and_then(|document| document.root());
                    let added = indexer.add(root.expect("undamaged"), &mut terms);
                    added.expect("few terms");
                    writer
                        .add(RowId { block, offset: 1 }, &mut terms)
                        .expect("pages");
                }
                let mut pages = MemoryPages::new(POSTGRES_CAPACITY);
                writer.finish(&mut pages).expect("a segment")
            });
        });
        group.finish();
    }
}

criterion_group!(benches, indexer);
criterion_main!(benches);
