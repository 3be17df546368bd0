//! Documents turned into posting lists, in memory.

use crate::builder::SegmentBuilder;
use crate::bytes::push_varint;
use crate::format::Features;
use crate::terms::TermInDocument;
use crate::{RowId, WritePages};
use hashbrown::HashTable;

/// Documents, and for each term a list of those that have it.
pub(crate) struct Inverted {
    positions: bool,
    rows: Vec<RowId>,
    /// Where in `lists` a term is, by the hash of its key.
    places: HashTable<u32>,
    lists: Vec<List>,
    /// One after the other.
    keys: Vec<u8>,
    memory: usize,
}

/// A term's postings: the number of the document as it came, as a distance (varint); if scored, frequency (varint) and
/// length (a byte), and if wanted positions, as many varints as the frequency.
struct List {
    hash: u64,
    /// Where in `keys` its key is.
    key: (usize, u16),
    features: Features,
    bytes: Vec<u8>,
    last: u32,
}

impl List {
    fn key<'k>(&self, keys: &'k [u8]) -> &'k [u8] {
        let (start, length) = self.key;
        &keys[start..][..usize::from(length)]
    }
}

/// What a term takes in memory besides its key and postings: its list, its place and what is free beside these.
const TERM_OVERHEAD: usize = 2 * size_of::<List>();

impl Inverted {
    pub(crate) fn new(positions: bool) -> Inverted {
        Inverted {
            positions,
            rows: Vec::new(),
            places: HashTable::new(),
            lists: Vec::new(),
            keys: Vec::new(),
            memory: 0,
        }
    }

    /// About how many bytes are in use.
    pub(crate) fn memory(&self) -> usize {
        self.memory
    }

    /// Starts a document.
    pub(crate) fn start_document(&mut self, row: RowId) {
        self.rows.push(row);
        self.memory += size_of::<RowId>();
    }

    /// Adds a term of the document, each once.
    pub(crate) fn add(&mut self, term: TermInDocument<'_>) {
        let document = self.rows.len() as u32 - 1;
        let Inverted { lists, keys, .. } = self;
        let is_it = |place: &u32| {
            let list = &lists[*place as usize];
            list.hash == term.hash && list.key(keys) == term.key
        };
        let place = match self.places.find(term.hash, is_it) {
            Some(place) => *place as usize,
            None => {
                let place = lists.len();
                lists.push(List {
                    hash: term.hash,
                    key: (keys.len(), term.key.len() as u16),
                    features: Features::of(term.key, self.positions),
                    bytes: Vec::new(),
                    last: 0,
                });
                keys.extend_from_slice(term.key);
                let hash = |place: &u32| lists[*place as usize].hash;
                self.places.insert_unique(term.hash, place as u32, hash);
                self.memory += TERM_OVERHEAD + term.key.len();
                place
            }
        };
        let list = &mut lists[place];
        let features = list.features;
        let before = list.bytes.capacity();
        push_varint(&mut list.bytes, u64::from(document - list.last));
        list.last = document;
        if features.scored {
            push_varint(&mut list.bytes, u64::from(term.frequency));
            list.bytes.push(term.length);
        }
        if features.positions {
            list.bytes.extend_from_slice(term.positions);
        }
        self.memory += list.bytes.capacity() - before;
    }

    /// Writes all of it as a segment, and is empty again. The block of the segment's header.
    pub(crate) fn write<W: WritePages>(&mut self, pages: &mut W) -> Result<u32, W::Error> {
        let all = std::mem::replace(self, Inverted::new(self.positions));
        let in_order = all.rows.is_sorted();
        let mut order: Vec<u32> = (0..all.rows.len() as u32).collect();
        order.sort_by_key(|document| all.rows[*document as usize]);
        let rows: Vec<RowId> = order.iter().map(|old| all.rows[*old as usize]).collect();
        let mut numbers = vec![0; rows.len()];
        for (number, old) in order.iter().enumerate() {
            numbers[*old as usize] = number as u32;
        }
        let mut lists: Vec<(&[u8], &List)> = all
            .lists
            .iter()
            .map(|list| (list.key(&all.keys), list))
            .collect();
        lists.sort_unstable_by_key(|(key, _)| *key);
        let mut builder = SegmentBuilder::new(pages, &rows)?;
        let mut postings: Vec<Posting<'_>> = Vec::new();
        for (key, list) in lists {
            builder.start_term(list.features);
            let list = read(&list.bytes, list.features, &numbers);
            if in_order {
                for posting in list {
                    posting.add_to(&mut builder, pages)?;
                }
            } else {
                postings.clear();
                postings.extend(list);
                postings.sort_unstable_by_key(|posting| posting.document);
                for posting in &postings {
                    posting.add_to(&mut builder, pages)?;
                }
            }
            builder.end_term(pages, key)?;
        }
        builder.finish(pages)
    }
}

struct Posting<'a> {
    document: u32,
    frequency: u32,
    length: u8,
    positions: &'a [u8],
}

impl Posting<'_> {
    fn add_to<W: WritePages>(
        &self,
        builder: &mut SegmentBuilder,
        pages: &mut W,
    ) -> Result<(), W::Error> {
        let Posting {
            document,
            frequency,
            length,
            positions,
        } = *self;
        builder.add(pages, document, frequency, length, positions)
    }
}

/// Reads a list that was written here, the documents by their new numbers.
fn read<'a>(
    mut bytes: &'a [u8],
    features: Features,
    numbers: &'a [u32],
) -> impl Iterator<Item = Posting<'a>> {
    let mut document = 0;
    std::iter::from_fn(move || {
        document += take_varint(&mut bytes)?;
        let mut posting = Posting {
            document: numbers[document as usize],
            frequency: 1,
            length: 0,
            positions: &[],
        };
        if features.scored {
            posting.frequency = take_varint(&mut bytes)?;
            let (length, rest) = bytes.split_first()?;
            (posting.length, bytes) = (*length, rest);
        }
        if features.positions {
            let mut left = posting.frequency;
            let end = bytes.iter().position(|byte| {
                left -= u32::from(*byte < 0x80);
                left == 0
            });
            (posting.positions, bytes) = bytes.split_at(end? + 1);
        }
        Some(posting)
    })
}

fn take_varint(bytes: &mut &[u8]) -> Option<u32> {
    let mut number = 0;
    let mut shift = 0;
    loop {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u32::from(byte & 0x7F) << shift;
        if *byte < 0x80 {
            return Some(number);
        }
        shift += 7;
    }
}
