//! What was written is what is read, after spills, deaths and merges too.

mod naive;

use naive::seeded::Seeded;
use naive::*;
use quidditch_segment::*;
use std::collections::BTreeSet;

fn check(pages: &MemoryPages, root: u32, documents: &[Document]) {
    let segment = Segment::open(pages, root).unwrap();
    let expected = lists(documents);
    let mut seen = 0;
    segment
        .check(|row, key| {
            seen += 1;
            assert!(expected[key].iter().any(|entry| entry.row == row));
        })
        .unwrap();
    assert_eq!(seen, expected.values().map(Vec::len).sum::<usize>());
    let found = read_lists(&segment).unwrap();
    assert_eq!(
        found.keys().collect::<Vec<_>>(),
        expected.keys().collect::<Vec<_>>()
    );
    for (key, list) in &expected {
        assert_eq!(&found[key], list, "{key:?}");
    }
}

#[test]
fn segments_of_many_sizes() {
    for count in [0, 1, 2, 127, 128, 129, 255, 256, 257, 1000] {
        for capacity in [MIN_CAPACITY, POSTGRES_CAPACITY] {
            let mut random = Seeded(count as u64 + 1);
            let documents = corpus(&mut random, count, 500);
            let mut pages = MemoryPages::new(capacity);
            let root = write(&mut pages, &documents, PLENTY);
            check(&pages, root, &documents);
            let segment = Segment::open(&pages, root).unwrap();
            assert_eq!(segment.documents() as usize, count);
            let all = segment.document_frequency(field("all").exists().as_bytes());
            assert_eq!(all.unwrap() as usize, count);
        }
    }
}

#[test]
fn totals_are_exact() {
    let mut random = Seeded(5);
    let documents = corpus(&mut random, 700, 100);
    let mut pages = MemoryPages::new(MIN_CAPACITY);
    let root = write(&mut pages, &documents, PLENTY);
    let segment = Segment::open(&pages, root).unwrap();
    let lengths = documents
        .iter()
        .map(|document| document.tokens().len() as u64);
    let totals = FieldTotals {
        documents: lengths.clone().filter(|length| *length > 0).count() as u64,
        tokens: lengths.sum(),
    };
    assert_eq!(segment.field_totals(&field("body")).unwrap(), totals);
    assert_eq!(
        segment.field_totals(&field("tag")).unwrap(),
        FieldTotals::default()
    );
}

#[test]
fn a_budget_of_memory_changes_nothing() {
    for seed in 0..6 {
        let mut random = Seeded(seed);
        let documents = corpus(&mut random, 600, 400);
        let mut pages = MemoryPages::new(MIN_CAPACITY);
        let memory = 20_000 << seed;
        let options = WriterOptions { memory, ..PLENTY };
        let root = write(&mut pages, &documents, options);
        check(&pages, root, &documents);
    }
}

#[test]
fn merging_drops_the_dead_and_nothing_else() {
    for seed in 0..12 {
        let mut random = Seeded(seed);
        let count = [0, 1, 50, 900][random.below(4)];
        let documents = corpus(&mut random, count + 1, 300);
        let parts = random.below(4) + 1;
        let mut split: Vec<Vec<Document>> = vec![Vec::new(); parts];
        for document in &documents {
            split[random.below(parts)].push(document.clone());
        }
        let mut pages = MemoryPages::new(MIN_CAPACITY);
        let roots: Vec<u32> = split
            .iter()
            .map(|part| write(&mut pages, part, PLENTY))
            .collect();
        let share = [0, 3, 100, 101][random.below(4)];
        let dead: BTreeSet<RowId> = documents
            .iter()
            .filter(|_| random.below(100) < share)
            .map(|document| document.row)
            .collect();
        let mut removed = 0;
        for (root, part) in roots.iter().zip(&split) {
            let marked = mark_dead(&mut pages, *root, |row| dead.contains(&row)).unwrap();
            assert_eq!(marked.removed + marked.live, part.len() as u32);
            removed += marked.removed;
            let again = mark_dead(&mut pages, *root, |row| dead.contains(&row)).unwrap();
            assert_eq!((again.removed, again.live), (0, marked.live));
        }
        assert_eq!(removed as usize, dead.len());
        let mut live = documents.clone();
        live.retain(|document| !dead.contains(&document.row));

        let sources = pages.clone();
        let segments: Vec<_> = roots
            .iter()
            .map(|root| Segment::open(&sources, *root).unwrap())
            .collect();
        let mut merged = MemoryPages::new(MIN_CAPACITY);
        let mut merge = Merge::new(&segments, &mut merged).unwrap();
        let mut steps = 0;
        while !merge
            .step(&mut merged, 1 + random.below(500) as u64)
            .unwrap()
        {
            steps += 1;
        }
        assert!(steps > 0 || live.len() < 300);
        let root = merge.finish(&mut merged).unwrap();
        check(&merged, root, &live);
        // As if the dead had never been.
        let mut fresh = MemoryPages::new(MIN_CAPACITY);
        write(&mut fresh, &live, PLENTY);
        assert_eq!(fresh.bytes(), merged.bytes());
    }
}

#[test]
fn seeking_finds_the_first_from_there() {
    let mut random = Seeded(3);
    let documents = corpus(&mut random, 3000, 60);
    let mut pages = MemoryPages::new(MIN_CAPACITY);
    let root = write(&mut pages, &documents, PLENTY);
    let segment = Segment::open(&pages, root).unwrap();
    let mut terms = segment.terms(&[]).unwrap();
    while let Some(key) = terms.key().map(<[u8]>::to_vec) {
        let mut all = Vec::new();
        let mut list = terms.postings().unwrap().unwrap();
        while list.document() != END {
            let mut positions = Vec::new();
            list.positions(&mut positions).unwrap();
            all.push((
                list.document(),
                list.frequency_and_length().unwrap(),
                positions,
            ));
            list.advance().unwrap();
        }
        for step in [1, 5, 100, 300, 1000] {
            let mut list = segment.postings(&key).unwrap().unwrap();
            let mut target = random.below(step) as u32;
            while target < 3100 {
                let found = list.seek(target).unwrap();
                let place = all.partition_point(|(document, ..)| *document < target);
                assert_eq!(
                    found,
                    all.get(place).map_or(END, |(document, ..)| *document)
                );
                if found == END {
                    assert_eq!(list.advance().unwrap(), END);
                    break;
                }
                let mut positions = Vec::new();
                list.positions(&mut positions).unwrap();
                assert_eq!(list.frequency_and_length().unwrap(), all[place].1);
                assert_eq!(positions, all[place].2);
                if random.below(2) == 0 {
                    let next = list.advance().unwrap();
                    assert_eq!(
                        next,
                        all.get(place + 1).map_or(END, |(document, ..)| *document)
                    );
                    target = target.max(next.min(4000));
                }
                target += random.below(2 * step) as u32;
            }
        }
        terms.advance().unwrap();
    }
}

#[test]
fn dictionary_cursors_begin_anywhere() {
    let mut random = Seeded(8);
    let documents = corpus(&mut random, 2500, 5000);
    let mut pages = MemoryPages::new(MIN_CAPACITY);
    let root = write(&mut pages, &documents, PLENTY);
    let segment = Segment::open(&pages, root).unwrap();
    let expected = lists(&documents);
    let keys: Vec<_> = expected.keys().collect();
    for round in 0..4000 {
        let mut key = keys[random.below(keys.len())].clone();
        match round % 4 {
            0 => key.push(0),
            1 => drop(key.pop()),
            2 => *key.last_mut().unwrap() = random.next() as u8,
            _ => {}
        }
        let mut terms = segment.terms(&key).unwrap();
        let place = keys.partition_point(|known| **known < key);
        for next in place..place + random.below(40) {
            assert_eq!(terms.key(), keys.get(next).map(|key| key.as_slice()));
            terms.advance().unwrap();
        }
        let frequency = expected.get(&key).map_or(0, Vec::len);
        assert_eq!(
            segment.document_frequency(&key).unwrap() as usize,
            frequency
        );
    }
    assert_eq!(segment.term_count() as usize, keys.len());
    let postings: usize = expected.values().map(Vec::len).sum();
    assert_eq!(segment.posting_count() as usize, postings);
}

#[test]
fn every_block_is_shown_once() {
    let mut random = Seeded(9);
    let documents = corpus(&mut random, 4000, 5000);
    let mut pages = MemoryPages::new(MIN_CAPACITY);
    let root = write(&mut pages, &documents, PLENTY);
    let mut blocks = Vec::new();
    let segment = Segment::open(&pages, root).unwrap();
    segment.blocks(|block, _| blocks.push(block)).unwrap();
    blocks.sort();
    assert_eq!(blocks, (0..pages.len() as u32).collect::<Vec<_>>());
}

#[test]
fn encoded_documents_are_as_good() {
    let mut random = Seeded(11);
    let documents = corpus(&mut random, 300, 100);
    let mut writer = SegmentWriter::new(MemoryPages::new(MIN_CAPACITY), PLENTY);
    let (mut terms, mut bytes) = (Terms::default(), Vec::new());
    for document in &documents {
        document.terms(&mut terms);
        bytes.clear();
        terms.encode(&mut bytes);
        for end in 1..bytes.len().min(40) {
            // What is cut off is noticed, unless it is whole terms.
            let mut other = SegmentWriter::new(MemoryPages::new(MIN_CAPACITY), PLENTY);
            let _ = other.add_encoded(document.row, &bytes[..end]);
            other.finish(&mut MemoryPages::new(MIN_CAPACITY)).unwrap();
        }
        writer.add_encoded(document.row, &bytes).unwrap();
    }
    let mut pages = MemoryPages::new(MIN_CAPACITY);
    let root = writer.finish(&mut pages).unwrap();
    check(&pages, root, &documents);
    let mut damaged = Vec::new();
    documents[0].terms(&mut terms);
    terms.encode(&mut damaged);
    damaged.push(9);
    let mut writer = SegmentWriter::new(MemoryPages::new(MIN_CAPACITY), PLENTY);
    assert!(matches!(
        writer.add_encoded(documents[0].row, &damaged),
        Err(Error::Damaged(_))
    ));
}

#[test]
fn a_segment_without_positions_takes_part_in_merges() {
    let mut random = Seeded(12);
    let documents = corpus(&mut random, 400, 50);
    let mut pages = MemoryPages::new(MIN_CAPACITY);
    let without = WriterOptions {
        positions: false,
        ..PLENTY
    };
    let roots = [
        write(&mut pages, &documents[..200], PLENTY),
        write(&mut pages, &documents[200..], without),
    ];
    let segments = roots.map(|root| Segment::open(&pages, root).unwrap());
    let mut merged = MemoryPages::new(MIN_CAPACITY);
    let mut merge = Merge::new(&segments, &mut merged).unwrap();
    while !merge.step(&mut merged, 100).unwrap() {}
    let root = merge.finish(&mut merged).unwrap();
    let mut expected = lists(&documents);
    let found = read_lists(&Segment::open(&merged, root).unwrap()).unwrap();
    for (key, list) in &mut expected {
        for (entry, found) in list.iter_mut().zip(&found[key]) {
            if found.positions.is_empty() {
                entry.positions.clear();
            }
        }
    }
    assert_eq!(found, expected);
    Segment::open(&merged, root)
        .unwrap()
        .check(|_, _| {})
        .unwrap();
}
