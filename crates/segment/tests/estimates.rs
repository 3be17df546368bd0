//! What a planner is told, against what is there.

mod naive;

use naive::field;
use naive::seeded::Seeded;
use quidditch_document::NumericBuf;
use quidditch_segment::*;
use std::ops::Bound;

const DOCUMENTS: usize = 30_000;

/// Documents with a price of their own, one of a few colours and one of many words.
fn pages() -> (MemoryPages, u32) {
    let mut random = Seeded(3);
    let options = WriterOptions {
        positions: false,
        memory: usize::MAX,
    };
    let mut writer = SegmentWriter::new(MemoryPages::new(POSTGRES_CAPACITY), options);
    let mut terms = Terms::default();
    for price in 0..DOCUMENTS {
        terms.clear();
        terms.add_number(&field("price"), &number(price).as_numeric());
        terms.add_keyword(&field("colour"), format!("c{}", random.below(4)).as_bytes());
        let word = naive::zipf_word(&mut random, 20_000);
        terms.add_token(&field("body"), word.as_bytes(), 0);
        let row = RowId {
            block: price as u32,
            offset: 1,
        };
        writer.add(row, &mut terms).expect("pages");
    }
    let mut pages = MemoryPages::new(POSTGRES_CAPACITY);
    let root = writer.finish(&mut pages).expect("a segment");
    (pages, root)
}

fn number(number: usize) -> NumericBuf {
    (number as i64).into()
}

fn terms(keys: &[Key], ranges: Vec<KeyRange>) -> Clause {
    Clause::Terms {
        keys: keys.iter().map(|key| key.as_bytes().to_vec()).collect(),
        ranges,
        score: 0.0,
    }
}

fn prices(from: usize, until: usize) -> Clause {
    let (from, until) = (number(from), number(until));
    let (from, until) = (from.as_numeric(), until.as_numeric());
    let range = field("price").numbers(Bound::Included(&from), Bound::Excluded(&until));
    terms(&[], vec![range])
}

fn colours(colours: &[usize]) -> Clause {
    let key = |colour| field("colour").keyword(format!("c{colour}").as_bytes());
    let keys: Vec<_> = colours.iter().map(key).collect();
    terms(&keys, vec![])
}

fn some(should: Vec<Clause>, needed: usize) -> Clause {
    Clause::Bool {
        must: vec![],
        filter: vec![],
        must_not: vec![],
        should,
        needed,
    }
}

#[test]
fn estimates_are_near() {
    let (pages, root) = pages();
    let segment = Segment::open(&pages, root).expect("a segment");
    let words = terms(&[], vec![field("body").all(TermKind::Text)]);
    let early = terms(&[], vec![field("body").prefix(TermKind::Text, b"w1")]);
    let both = |clause: Clause, filter: Clause| Clause::Bool {
        must: vec![clause],
        filter: vec![filter],
        must_not: vec![],
        should: vec![],
        needed: 0,
    };
    let without = |must_not: Clause| Clause::Bool {
        must: vec![],
        filter: vec![],
        must_not: vec![must_not],
        should: vec![],
        needed: 0,
    };
    let nothing = field("colour").keyword(b"none");
    for (clause, part) in [
        (Clause::Every { score: 1.0 }, 0.0),
        (terms(&[nothing], vec![]), 0.0),
        (colours(&[1]), 0.0),
        (colours(&[1, 2, 3]), 0.0),
        (prices(100, 200), 0.0),
        // More terms than are looked at.
        (prices(0, DOCUMENTS), 0.1),
        (prices(7_000, 22_000), 0.1),
        (prices(20_000, 2 * DOCUMENTS), 0.1),
        (words, 0.5),
        (early, 0.5),
        (both(colours(&[1]), prices(0, 10_000)), 0.1),
        (without(colours(&[0])), 0.01),
        (some(vec![colours(&[0]), prices(0, 15_000)], 1), 0.1),
        (
            some(
                vec![colours(&[0, 1]), prices(0, 15_000), prices(5_000, 20_000)],
                2,
            ),
            0.3,
        ),
        (some(vec![colours(&[0])], 2), 0.0),
    ] {
        let mut matches = Matches::new(&segment, &clause).expect("undamaged");
        let mut count = 0.0;
        while matches.advance().expect("undamaged").is_some() {
            count += 1.0;
        }
        let estimate = segment.estimate(&clause).expect("undamaged");
        let off = (estimate - count).abs();
        assert!(
            off <= part * count + 1e-6,
            "{estimate}, not {count}: {clause:?}"
        );
    }
}
