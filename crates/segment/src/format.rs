//! What is on the pages, field by field. All numbers are little-endian; see [`crate::bytes`] for varints.
//!
//! A segment is a header page, chains of pages (each level of the dictionary, postings, skips, positions), and pages
//! found through directories (row ids, liveness).
//!
//! **Chain page**: `next u32`, the block of its successor or [`NOWHERE`]; `ordinal u32`, its place in the chain, so
//! that a circle or a page of another chain is noticed; then the contents. A [`Pointer`] names a block and not an
//! ordinal, so following it costs no look-up.
//!
//! **Dictionary node**: a chain page with `entries u16`, `restarts u16` before the entries, and after them the offset
//! (`u16`) of each restart. An entry is `shared varint`, how many bytes of the key are those of the entry before;
//! `rest varint` and so many bytes; and its value. Every [`RESTART`]th entry shares nothing, so a node is searched by
//! halves. The value is a [`TermEntry`] in a leaf and the block of a child (`varint`) above; the keys above are the
//! shortest that part two children, and the first is empty.
//!
//! **Posting block**, full, of [`BLOCK`] postings: `document bits u8`; if scored: `frequency bits u8`,
//! `shortest length u8`, `length bits u8`; with positions: where those of the first document are (pointer); then the
//! packed numbers: documents as distances from their predecessors less one, frequencies less one, lengths less the
//! shortest. A scored posting has its document's length beside it, because a look-up elsewhere would be a random page
//! for each candidate.
//!
//! **Posting block**, of fewer: with positions: the pointer; then for each posting a varint: the distance less one, and
//! if scored shifted left by one, with a 1 for "frequency is one"; the frequency (`varint`) if it isn't; the length
//! (`u8`). Blocks lie within one page.
//!
//! **Skip entry**, one for each block of a list that has several: see [`SkipEntry`].
//!
//! **Positions**: for each document of a list as many varints as its frequency, distances from the position before,
//! the first from 0. They run over the ends of pages.
//!
//! **Row ids**: 6 bytes for each document, in ascending order. **Liveness**: `generation u32`, counting changes;
//! `dead u32`, how many bits are set; a bit for each document, set once it is dead, so that a new page is all zeros.
//! **Directory**: `u32` for each row id or liveness page.

use crate::bytes::{Bytes, push_varint};
use crate::{Damaged, PageKind, TermKind};

/// No block.
pub(crate) const NOWHERE: u32 = u32::MAX;
/// The bytes before a chain page's contents.
pub(crate) const CHAIN_HEADER: usize = 8;
/// The bytes before a dictionary node's entries.
pub(crate) const NODE_HEADER: usize = CHAIN_HEADER + 4;
/// How many entries of a node are searched one by one.
pub(crate) const RESTART: usize = 16;
/// Postings of a full block: what is packed and skipped together.
pub(crate) const BLOCK: usize = 128;
/// Bytes of a row id.
pub(crate) const ROW_ID: usize = 6;
/// The bytes before a liveness page's bits.
pub(crate) const LIVENESS_HEADER: usize = 8;
/// A dictionary of more levels would have more terms than there are blocks.
pub(crate) const MOST_LEVELS: u8 = 16;

const MAGIC: u32 = u32::from_le_bytes(*b"Qsg1");

/// A place in a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pointer {
    pub(crate) block: u32,
    pub(crate) offset: u16,
}

impl Pointer {
    pub(crate) fn write(self, bytes: &mut Vec<u8>) {
        bytes.extend_from_slice(&self.block.to_le_bytes());
        bytes.extend_from_slice(&self.offset.to_le_bytes());
    }

    pub(crate) fn read(bytes: &mut Bytes<'_>) -> Result<Pointer, Damaged> {
        Ok(Pointer {
            block: bytes.u32()?,
            offset: bytes.u16()?,
        })
    }
}

/// The first page of a segment. Its checksum covers it all, since everything else is found by it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    /// How many documents it was written with; they have the numbers below.
    pub(crate) documents: u32,
    /// How many terms the dictionary has.
    pub(crate) terms: u64,
    /// How many postings all of them have.
    pub(crate) postings: u64,
    /// The dictionary's root.
    pub(crate) root: u32,
    /// How many levels the dictionary has, leaves included.
    pub(crate) levels: u8,
    /// The first pages of the chains, to walk them all: postings, skips, positions.
    pub(crate) chains: [u32; 3],
    /// The directories of the row id pages.
    pub(crate) row_ids: Vec<u32>,
    /// The directories of the liveness pages.
    pub(crate) liveness: Vec<u32>,
    /// What a full row id page holds, and a full liveness page: not all relations have pages of 8 kB.
    pub(crate) capacity: u16,
}

impl Header {
    pub(crate) fn write(&self) -> Vec<u8> {
        let mut bytes = MAGIC.to_le_bytes().to_vec();
        bytes.extend_from_slice(&self.capacity.to_le_bytes());
        bytes.push(self.levels);
        bytes.extend_from_slice(&self.documents.to_le_bytes());
        bytes.extend_from_slice(&self.terms.to_le_bytes());
        bytes.extend_from_slice(&self.postings.to_le_bytes());
        bytes.extend_from_slice(&self.root.to_le_bytes());
        for block in self.chains {
            bytes.extend_from_slice(&block.to_le_bytes());
        }
        for directories in [&self.row_ids, &self.liveness] {
            bytes.extend_from_slice(&(directories.len() as u16).to_le_bytes());
            for block in directories {
                bytes.extend_from_slice(&block.to_le_bytes());
            }
        }
        let checksum = crc32fast::hash(&bytes);
        bytes.extend_from_slice(&checksum.to_le_bytes());
        bytes
    }

    pub(crate) fn read(page: &[u8], block: u32) -> Result<Header, Damaged> {
        let mut bytes = Bytes::new(page, block, 0);
        if bytes.u32()? != MAGIC {
            return Err(bytes.damaged("not the header of a segment of this version"));
        }
        let mut header = Header {
            capacity: bytes.u16()?,
            levels: bytes.u8()?,
            documents: bytes.u32()?,
            terms: bytes.u64()?,
            postings: bytes.u64()?,
            root: bytes.u32()?,
            chains: [bytes.u32()?, bytes.u32()?, bytes.u32()?],
            row_ids: Vec::new(),
            liveness: Vec::new(),
        };
        for directories in [&mut header.row_ids, &mut header.liveness] {
            for _ in 0..bytes.u16()? {
                directories.push(bytes.u32()?);
            }
        }
        let checksum = crc32fast::hash(&page[..bytes.offset]);
        if bytes.u32()? != checksum {
            return Err(bytes.damaged("a header with a wrong checksum"));
        }
        if header.levels > MOST_LEVELS
            || header.documents == NOWHERE
            || usize::from(header.capacity) < crate::MIN_CAPACITY
        {
            return Err(bytes.damaged("a header with impossible counts"));
        }
        Ok(header)
    }

    /// The kinds of the chains.
    pub(crate) const CHAINS: [PageKind; 3] =
        [PageKind::Postings, PageKind::Skips, PageKind::Positions];
}

/// A frequency and a length that some posting doesn't exceed in what they make for a score: it has at most this
/// frequency and at least this length.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Impact {
    /// [`u16::MAX`] stands for any.
    pub(crate) frequency: u16,
    pub(crate) length: u8,
}

/// How many pairs are kept for a block, and for a list: between them nearly all blocks' bounds are exact.
pub(crate) const IMPACTS: usize = 3;

/// Together they bound every posting they stand for.
pub(crate) type Impacts = [Impact; IMPACTS];

fn write_impacts(impacts: &Impacts, bytes: &mut Vec<u8>) {
    for impact in impacts {
        bytes.extend_from_slice(&impact.frequency.to_le_bytes());
        bytes.push(impact.length);
    }
}

fn read_impacts(bytes: &mut Bytes<'_>) -> Result<Impacts, Damaged> {
    let mut impacts = Impacts::default();
    for impact in &mut impacts {
        impact.frequency = bytes.u16()?;
        impact.length = bytes.u8()?;
    }
    Ok(impacts)
}

/// Where a block is. Of a fixed size, and none across pages, so that those in a page are searched by halves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SkipEntry {
    /// The block's last document.
    pub(crate) last: u32,
    /// The block.
    pub(crate) postings: Pointer,
    /// What its postings can score; not there (and all 0 here) when they aren't scored.
    pub(crate) impacts: Impacts,
}

impl SkipEntry {
    pub(crate) fn size(scored: bool) -> usize {
        if scored { 10 + 3 * IMPACTS } else { 10 }
    }

    pub(crate) fn write(&self, scored: bool) -> Vec<u8> {
        let mut bytes = self.last.to_le_bytes().to_vec();
        self.postings.write(&mut bytes);
        if scored {
            write_impacts(&self.impacts, &mut bytes);
        }
        bytes
    }

    pub(crate) fn read(bytes: &mut Bytes<'_>, scored: bool) -> Result<SkipEntry, Damaged> {
        Ok(SkipEntry {
            last: bytes.u32()?,
            postings: Pointer::read(bytes)?,
            impacts: if scored {
                read_impacts(bytes)?
            } else {
                Impacts::default()
            },
        })
    }
}

/// What the postings of a term have besides documents. It follows from the term's kind, and is kept with the term all
/// the same: who reads must not depend on who named the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Features {
    /// Frequencies and lengths.
    pub(crate) scored: bool,
    pub(crate) positions: bool,
    /// The dictionary has the sum of the frequencies.
    pub(crate) total: bool,
}

impl Features {
    pub(crate) fn of(key: &[u8], positions: bool) -> Features {
        let kind = TermKind::of(key);
        let text = kind == Some(TermKind::Text);
        let length = kind == Some(TermKind::Length);
        Features {
            scored: text || length,
            positions: text && positions,
            total: length,
        }
    }
}

/// What the dictionary knows of a term: `df << 3 | features` as a varint (1 scored, 2 positions, 4 total), the total
/// (`varint`) if it has one, and its [`Place`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TermEntry {
    pub(crate) document_frequency: u32,
    pub(crate) features: Features,
    /// The sum of the frequencies.
    pub(crate) total: u64,
    pub(crate) place: Place,
}

/// Where a term's postings are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// The only posting, right here, because most terms have one: document and, if scored, frequency (`varint`) and
    /// length (`u8`); with positions: how many bytes they take (`u8`) and these; or a 0 and where they are (pointer).
    Inline {
        document: u32,
        frequency: u32,
        length: u8,
        positions: Positions,
    },
    /// Of up to [`BLOCK`] postings: the block.
    Block(Pointer),
    /// The first skip entry, and if scored the bounds of the whole list.
    Skips { first: Pointer, impacts: Impacts },
}

/// Where positions are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Positions {
    None,
    Here(Box<[u8]>),
    At(Pointer),
}

/// Positions of more bytes aren't kept in the dictionary.
pub(crate) const MOST_INLINE: usize = 16;

impl TermEntry {
    pub(crate) fn write(&self, bytes: &mut Vec<u8>) {
        let Features {
            scored,
            positions,
            total,
        } = self.features;
        let flags = u64::from(scored) | u64::from(positions) << 1 | u64::from(total) << 2;
        push_varint(bytes, u64::from(self.document_frequency) << 3 | flags);
        if total {
            push_varint(bytes, self.total);
        }
        match &self.place {
            Place::Inline {
                document,
                frequency,
                length,
                positions,
            } => {
                push_varint(bytes, u64::from(*document));
                if scored {
                    push_varint(bytes, u64::from(*frequency));
                    bytes.push(*length);
                }
                match positions {
                    Positions::None => {}
                    Positions::Here(here) => {
                        bytes.push(here.len() as u8);
                        bytes.extend_from_slice(here);
                    }
                    Positions::At(pointer) => {
                        bytes.push(0);
                        pointer.write(bytes);
                    }
                }
            }
            Place::Block(pointer) => pointer.write(bytes),
            Place::Skips { first, impacts } => {
                first.write(bytes);
                if scored {
                    write_impacts(impacts, bytes);
                }
            }
        }
    }

    pub(crate) fn read(bytes: &mut Bytes<'_>, documents: u32) -> Result<TermEntry, Damaged> {
        let head = bytes.varint()?;
        let document_frequency = (head >> 3) as u32;
        if head >> 3 == 0 || head >> 3 > u64::from(documents) {
            return Err(bytes.damaged("a term with an impossible number of documents"));
        }
        let features = Features {
            scored: head & 1 != 0,
            positions: head & 2 != 0,
            total: head & 4 != 0,
        };
        if features.positions && !features.scored {
            return Err(bytes.damaged("a term with positions but no frequencies"));
        }
        let total = if features.total { bytes.varint()? } else { 0 };
        let place = if document_frequency == 1 {
            let document = bytes.varint32()?;
            if document >= documents {
                return Err(bytes.damaged("a document that isn't there"));
            }
            let (mut frequency, mut length) = (1, 0);
            if features.scored {
                frequency = bytes.varint32()?;
                length = bytes.u8()?;
            }
            let positions = match features.positions.then(|| bytes.u8()).transpose()? {
                None => Positions::None,
                Some(0) => Positions::At(Pointer::read(bytes)?),
                Some(count) => Positions::Here(bytes.take(usize::from(count))?.into()),
            };
            Place::Inline {
                document,
                frequency,
                length,
                positions,
            }
        } else if document_frequency as usize <= BLOCK {
            Place::Block(Pointer::read(bytes)?)
        } else {
            Place::Skips {
                first: Pointer::read(bytes)?,
                impacts: if features.scored {
                    read_impacts(bytes)?
                } else {
                    Impacts::default()
                },
            }
        };
        Ok(TermEntry {
            document_frequency,
            features,
            total,
            place,
        })
    }
}
