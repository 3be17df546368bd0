//! A segment some bytes of which are others than were written: each six bytes of the input are a block, a place in its
//! page, and what to put there and after it. All readers run over it.

#![no_main]

use libfuzzer_sys::fuzz_target;
use quidditch_segment::{MIN_CAPACITY, MemoryPages};
use std::cell::RefCell;

#[path = "../../crates/segment/tests/naive/mod.rs"]
mod naive;

thread_local! {
    static WRITTEN: RefCell<Option<(MemoryPages, u32)>> = const { RefCell::new(None) };
}

fn written() -> (MemoryPages, u32) {
    let write = || {
        let documents = naive::corpus(&mut naive::seeded::Seeded(1), 400, 40);
        let mut pages = MemoryPages::new(MIN_CAPACITY);
        let root = naive::write(&mut pages, &documents, naive::PLENTY);
        (pages, root)
    };
    WRITTEN.with_borrow_mut(|written| written.get_or_insert_with(write).clone())
}

fuzz_target!(|bytes: &[u8]| {
    let (mut pages, root) = written();
    for change in bytes.as_chunks::<6>().0 {
        let block = usize::from(u16::from_le_bytes([change[0], change[1]])) % pages.len();
        let Some(page) = pages.contents(block as u32) else {
            continue;
        };
        let at = usize::from(u16::from_le_bytes([change[2], change[3]])) % page.len();
        page[at] = change[4];
        if let Some(next) = page.get_mut(at + 1) {
            *next = change[5];
        }
    }
    naive::reader::read_all(&mut pages, root);
});
