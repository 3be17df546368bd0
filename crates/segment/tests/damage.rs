//! Damaged pages give errors or other answers, never a panic or an endless loop.

mod naive;

use naive::reader::read_all;
use naive::seeded::Seeded;
use naive::*;
use quidditch_segment::*;

#[test]
fn no_damage_panics() {
    let mut random = Seeded(1);
    for (count, rounds) in [(60, 3000), (1200, 300)] {
        let documents = corpus(&mut random, count, 60);
        let mut pages = MemoryPages::new(MIN_CAPACITY);
        let root = write(&mut pages, &documents, PLENTY);
        read_all(&mut pages.clone(), root);
        for _ in 0..rounds {
            let mut damaged = pages.clone();
            for _ in 0..random.below(3) + 1 {
                let block = random.below(damaged.len()) as u32;
                let Some(page) = damaged.contents(block) else {
                    continue;
                };
                // Headers more often than their share.
                let most = if random.below(2) == 0 {
                    page.len()
                } else {
                    page.len().min(40)
                };
                let at = random.below(most);
                page[at] = match random.below(4) {
                    0 => 0,
                    1 => 0xFF,
                    2 => page[at] ^ 1 << random.below(8),
                    _ => random.next() as u8,
                };
            }
            read_all(&mut damaged, root);
        }
    }
}

#[test]
fn pages_that_are_too_short_are_errors() {
    let mut random = Seeded(2);
    let documents = corpus(&mut random, 300, 60);
    let mut pages = MemoryPages::new(MIN_CAPACITY);
    let root = write(&mut pages, &documents, PLENTY);
    for block in 0..pages.len() as u32 {
        for keep in [0, 3, 8, 11, 500] {
            let mut damaged = pages.clone();
            damaged.truncate(block, keep);
            read_all(&mut damaged, root);
        }
    }
}

#[test]
fn an_error_says_where() {
    let mut random = Seeded(3);
    let documents = corpus(&mut random, 300, 60);
    let mut pages = MemoryPages::new(MIN_CAPACITY);
    let root = write(&mut pages, &documents, PLENTY);
    pages.contents(root).unwrap()[20] ^= 1;
    let error = Segment::open(&pages, root).err().unwrap().to_string();
    let expected = format!("damaged index: a header with a wrong checksum at block {root}, byte ");
    assert!(error.starts_with(&expected), "{error}");
}
