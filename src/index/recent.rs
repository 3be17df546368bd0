//! The pending documents as segments in a backend's memory, so that one code searches them and all others.
//!
//! What was read once is kept until the list's head moves; of what was added since, another small segment is made. Those
//! of about the same size are merged, so that there are only a few.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use quidditch_segment::{MemoryPages, Merge, Segment, SegmentWriter, WriterOptions};

use crate::index::definition::Definition;
use crate::index::pending::Reader;
use crate::report::Report;
use crate::storage::buffer::Relation;
use crate::storage::meta::{Meta, NOWHERE};
use crate::storage::page::CAPACITY;

/// A segment in memory.
#[derive(Clone)]
pub struct MemorySegment {
    pub pages: Rc<MemoryPages>,
    pub root: u32,
    documents: u32,
}

/// What a backend knows of a pending list.
struct Recent {
    epoch: u64,
    reader: Reader,
    segments: Vec<MemorySegment>,
}

thread_local! {
    static KNOWN: RefCell<HashMap<(u32, u32), Recent>> = RefCell::default();
}

/// Of more indexes nothing is remembered, for it takes memory.
const MOST_KNOWN: usize = 32;

/// The documents that are pending, by what the first page said.
pub fn documents(
    relation: Relation,
    meta: &Meta,
    definition: &Definition,
) -> Result<Vec<MemorySegment>, Report> {
    let list = meta.pending;
    if list.head == NOWHERE {
        return Ok(Vec::new());
    }
    let key = (relation.oid().to_u32(), relation.file_number());
    // Taken out while it is being changed: an error leaves nothing behind that is half done.
    let known = KNOWN.with_borrow_mut(|known| known.remove(&key));
    let mut recent = known
        .filter(|recent| recent.epoch == list.epoch)
        .unwrap_or_else(|| Recent {
            epoch: list.epoch,
            reader: Reader::new(list.head),
            segments: Vec::new(),
        });
    recent.read_on(relation, definition)?;
    let segments = recent.segments.clone();
    KNOWN.with_borrow_mut(|known| {
        if known.len() >= MOST_KNOWN {
            known.clear();
        }
        known.insert(key, recent);
    });
    Ok(segments)
}

impl Recent {
    fn read_on(&mut self, relation: Relation, definition: &Definition) -> Result<(), Report> {
        let options = WriterOptions {
            positions: definition.positions,
            // The list's own limit is what bounds it.
            memory: usize::MAX,
        };
        let mut writer = SegmentWriter::new(MemoryPages::new(CAPACITY), options);
        let mut documents = 0;
        loop {
            let goes_on = self.reader.page(relation, |row, terms| {
                documents += 1;
                Ok(writer.add_encoded(row, terms)?)
            })?;
            if !goes_on {
                break;
            }
        }
        if documents == 0 {
            return Ok(());
        }
        let mut pages = MemoryPages::new(CAPACITY);
        let root = writer.finish(&mut pages)?;
        self.segments.push(MemorySegment {
            pages: Rc::new(pages),
            root,
            documents,
        });
        while let [.., left, right] = self.segments.as_slice() {
            if left.documents > 2 * right.documents {
                break;
            }
            let merged = merge(left, right)?;
            self.segments.truncate(self.segments.len() - 2);
            self.segments.push(merged);
        }
        Ok(())
    }
}

fn merge(left: &MemorySegment, right: &MemorySegment) -> Result<MemorySegment, Report> {
    let mut pages = MemoryPages::new(CAPACITY);
    let segments = [
        Segment::open(&*left.pages, left.root)?,
        Segment::open(&*right.pages, right.root)?,
    ];
    let mut merge = Merge::new(&segments, &mut pages)?;
    while !merge.step(&mut pages, 10_000)? {
        quidditch_document::step(10_000);
    }
    let root = merge.finish(&mut pages)?;
    Ok(MemorySegment {
        pages: Rc::new(pages),
        root,
        documents: left.documents + right.documents,
    })
}
