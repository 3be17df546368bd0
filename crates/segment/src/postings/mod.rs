//! Posting lists: for each term the documents that have it, with frequencies, lengths and positions.

mod block;
mod cursor;
mod skips;
mod writer;

pub use cursor::Postings;
pub(crate) use writer::{Lists, PostingsWriter};

/// The document number after the last posting, and of no document.
pub const END: u32 = u32::MAX;

#[cfg(test)]
mod tests {
    use crate::builder::SegmentBuilder;
    use crate::format::Features;
    use crate::{Bm25, Field, MIN_CAPACITY, MemoryPages, RowId, Segment};
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(60))]

        #[test]
        fn bounds_hold_from_block_to_block(
            ordinary in prop::collection::vec((1u32..4, 20u8..60), 2..6000),
            peaks in prop::collection::vec((any::<prop::sample::Index>(), 5u32..70_000, 1u8..60), 0..5),
            ranges in prop::collection::vec((any::<prop::sample::Index>(), 0u32..5000), 1..40),
        ) {
            let mut postings = ordinary;
            for (place, frequency, length) in peaks {
                *place.get_mut(&mut postings) = (frequency, length);
            }
            let mut pages = MemoryPages::new(MIN_CAPACITY);
            let row = |number| RowId { block: number, offset: 1 };
            let rows: Vec<RowId> = (0..postings.len() as u32).map(row).collect();
            let key = Field::new([&b"f"[..]]).token(b"word");
            let mut builder = SegmentBuilder::new(&mut pages, &rows).unwrap();
            builder.start_term(Features::of(key.as_bytes(), false));
            for (document, (frequency, length)) in (0..).zip(&postings) {
                builder.add(&mut pages, document, *frequency, *length, &[]).unwrap();
            }
            builder.end_term(&mut pages, key.as_bytes()).unwrap();
            let root = builder.finish(&mut pages).unwrap();
            let segment = Segment::open(&pages, root).unwrap();
            let bm25 = Bm25::default();
            let weight = bm25.weight(1.0, 2.0, &bm25.length_factors(1, 30));
            let scores = postings.iter().map(|(frequency, length)| weight.score(*frequency, *length));
            let scores: Vec<f64> = scores.collect();
            for (from, count) in ranges {
                let from = from.index(postings.len()) as u32;
                let until = from.saturating_add(count).min(postings.len() as u32 - 1);
                let mut list = segment.postings(key.as_bytes()).unwrap().unwrap();
                prop_assert!(list.seek_block(from).unwrap());
                let most = scores[from as usize..=until as usize].iter().copied().fold(0.0, f64::max);
                prop_assert!(list.bound(until, &weight).unwrap() >= most);
                prop_assert!(list.list_bound(&weight).unwrap() >= most);
                let end = list.block_end().min(until);
                prop_assert!(end >= from);
                prop_assert_eq!(list.seek(from).unwrap(), from);
            }
        }
    }
}
