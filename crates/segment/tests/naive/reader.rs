//! Runs every reader there is, for segments that are damaged.

use super::field;
use quidditch_segment::*;

/// Everything there is to read, errors ignored.
pub fn read_all(pages: &mut MemoryPages, root: u32) {
    let _ = mark_dead(pages, root, |row| row.offset % 7 == 0);
    let Ok(segment) = Segment::open(pages, root) else {
        return;
    };
    let _ = segment
        .check(|_, _| {})
        .map_err(|problem| problem.to_string());
    let _ = read_all_lists(&segment);
    let word = |rank: usize| {
        let key = field("body").token(format!("w{rank}").as_bytes());
        let lengths = Bm25::default().length_factors(100, 1000);
        Clause::Word {
            key: key.as_bytes().to_vec(),
            weight: Bm25::default().weight(1.0, 2.0, &lengths),
        }
    };
    let place = |rank: u32| PhrasePlace {
        offset: rank,
        keys: vec![
            field("body")
                .token(format!("w{rank}").as_bytes())
                .as_bytes()
                .to_vec(),
        ],
        ranges: vec![],
    };
    let Clause::Word { weight, .. } = word(0) else {
        return;
    };
    let words = || (0..4).map(word).collect::<Vec<_>>();
    let bool = |must, should, must_not| Clause::Bool {
        must,
        filter: vec![],
        must_not,
        should,
        needed: 0,
    };
    for clause in [
        word(1),
        bool(words(), vec![], vec![]),
        bool(vec![word(0)], words(), vec![word(9)]),
        Clause::DisMax {
            clauses: words(),
            tie_breaker: 0.1,
        },
        Clause::Phrase(Phrase {
            places: vec![place(0), place(1)],
            slop: 2,
            weight,
        }),
        Clause::Terms {
            keys: vec![],
            ranges: vec![field("price").all(TermKind::Number)],
            score: 1.0,
        },
    ] {
        let _ = TopHits::new(5, None).search(&segment, &clause);
        if let Ok(mut matches) = Matches::new(&segment, &clause) {
            while let Ok(Some(_)) = matches.advance() {}
        }
    }
    let mut target = MemoryPages::new(MIN_CAPACITY);
    if let Ok(mut merge) = Merge::new(&[segment], &mut target) {
        while let Ok(false) = merge.step(&mut target, 1000) {}
    }
}

fn read_all_lists(segment: &Segment<'_, MemoryPages>) -> Result<(), NoSuchPage> {
    let mut terms = segment.terms(&[])?;
    while terms.key().is_some() {
        if let Some(mut list) = terms.postings()? {
            while list.document() != END {
                list.positions(&mut Vec::new())?;
                list.advance()?;
            }
        }
        terms.advance()?;
    }
    Ok(())
}
