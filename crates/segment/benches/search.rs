//! What building and searching cost, over documents of 50 words of which few are frequent. Run with
//! `cargo bench -p quidditch-segment`. Sizes and speeds that criterion has no place for are printed first.

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use quidditch_segment::*;
use std::hint::black_box;
use std::time::Instant;

#[path = "../../document/tests/random/seeded.rs"]
mod seeded;
use seeded::Seeded;

const DOCUMENTS: u32 = 200_000;
const LENGTH: u32 = 50;
const WORDS: f64 = 100_000.0;

/// A word by its rank; the frequency of the words falls as one over their rank.
fn rank(random: &mut Seeded) -> u32 {
    let uniform = (random.next() >> 11) as f64 / (1u64 << 53) as f64;
    (WORDS.powf(uniform) - 1.0) as u32
}

fn body() -> Field {
    Field::new([&b"body"[..]])
}

fn token(rank: u32) -> Vec<u8> {
    body()
        .token(format!("word{rank}").as_bytes())
        .as_bytes()
        .to_vec()
}

fn build(positions: bool) -> (MemoryPages, u32) {
    let mut random = Seeded(1);
    let options = WriterOptions {
        positions,
        memory: 1 << 30,
    };
    let spill = MemoryPages::new(POSTGRES_CAPACITY);
    let mut writer = SegmentWriter::new(spill, options);
    let mut terms = Terms::default();
    let (body, mut word, mut bytes) = (body(), String::new(), 0);
    let start = Instant::now();
    for document in 0..DOCUMENTS {
        terms.clear();
        // So that lengths differ, and frequencies with them.
        let length = LENGTH / 2 + random.below(LENGTH as usize) as u32;
        for position in 0..length {
            use std::fmt::Write;
            word.clear();
            let _ = write!(word, "word{}", rank(&mut random));
            bytes += word.len() + 1;
            terms.add_token(&body, word.as_bytes(), position);
        }
        let row = RowId {
            block: document / 20,
            offset: (document % 20) as u16 + 1,
        };
        writer.add(row, &mut terms).expect("memory");
    }
    let inverted = start.elapsed();
    let mut pages = MemoryPages::new(POSTGRES_CAPACITY);
    let root = writer.finish(&mut pages).expect("memory");
    let elapsed = start.elapsed();
    let segment = Segment::open(&pages, root).expect("undamaged");
    println!(
        "positions {positions}: {:.0} documents/s, {:.1} MB/s of text ({inverted:.2?} of {elapsed:.2?} inverting); {} \
         postings, {} terms, {:.2} bytes a posting ({:.1} MB)",
        f64::from(DOCUMENTS) / elapsed.as_secs_f64(),
        bytes as f64 / 1e6 / elapsed.as_secs_f64(),
        segment.posting_count(),
        segment.term_count(),
        pages.bytes() as f64 / segment.posting_count() as f64,
        pages.bytes() as f64 / 1e6,
    );
    (pages, root)
}

fn search(criterion: &mut Criterion) {
    build(false);
    let (pages, root) = build(true);
    let segment = Segment::open(&pages, root).expect("undamaged");
    let start = Instant::now();
    let mut merged = MemoryPages::new(POSTGRES_CAPACITY);
    let sources = [Segment::open(&pages, root).expect("undamaged")];
    let mut merge = Merge::new(&sources, &mut merged).expect("undamaged");
    while !merge.step(&mut merged, u64::MAX).expect("undamaged") {}
    let _ = merge.finish(&mut merged);
    println!("merging that again: {:.2?}", start.elapsed());

    let totals = segment.field_totals(&body()).expect("undamaged");
    let bm25 = Bm25::default();
    let lengths = bm25.length_factors(totals.documents, totals.tokens);
    let weight = |key: &[u8]| {
        let having = segment.document_frequency(key).expect("undamaged");
        let idf = Bm25::inverse_document_frequency(totals.documents, u64::from(having));
        bm25.weight(1.0, idf, &lengths)
    };
    let mut random = Seeded(7);
    // As in queries: neither the most frequent words nor the rarest; where all are wanted, such as occur together.
    let mut words = |count: usize, all: bool| -> Vec<Clause> {
        let ranks = std::iter::repeat_with(|| rank(&mut random));
        let most = if all { 100 } else { 20_000 };
        let ranks = ranks.filter(|rank| (3..most).contains(rank));
        let word = |rank| {
            let key = token(rank);
            let weight = weight(&key);
            Clause::Word { key, weight }
        };
        ranks.take(count).map(word).collect()
    };
    for (name, all) in [("any", false), ("all", true)] {
        let mut group = criterion.benchmark_group(format!("top 10, {name} of"));
        for count in [1, 2, 3, 4, 6, 8] {
            let clauses: Vec<Clause> = (0..64)
                .map(|_| {
                    let (must, should) = if all {
                        (words(count, all), vec![])
                    } else {
                        (vec![], words(count, all))
                    };
                    Clause::Bool {
                        needed: usize::from(!all),
                        filter: vec![],
                        must_not: vec![],
                        must,
                        should,
                    }
                })
                .collect();
            for exhaustive in [false, true] {
                let mut next = 0;
                let name = if exhaustive { "exhaustively" } else { "pruned" };
                group.bench_function(BenchmarkId::new(name, count), |bencher| {
                    bencher.iter(|| {
                        next = (next + 1) % clauses.len();
                        if exhaustive {
                            let clause = &clauses[next];
                            let mut matches = Matches::new(&segment, clause).expect("undamaged");
                            let mut sum = 0.0;
                            while let Ok(Some((_, score))) = matches.advance() {
                                sum += score;
                            }
                            black_box(sum);
                        } else {
                            let mut top = TopHits::new(10, None);
                            top.search(&segment, &clauses[next]).expect("undamaged");
                            black_box(top.into_hits());
                        }
                    });
                });
            }
        }
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(20).measurement_time(std::time::Duration::from_secs(2));
    targets = search
}
criterion_main!(benches);
