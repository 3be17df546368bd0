//! Writes posting lists, one term after the other.

use super::block::Block;
use crate::chain::ChainWriter;
use crate::format::{
    BLOCK, Features, MOST_INLINE, Place, Pointer, Positions, SkipEntry, TermEntry,
};
use crate::score::ImpactCollector;
use crate::{PageKind, WritePages};

/// The chains that lists are written to.
pub(crate) struct Lists {
    postings: ChainWriter,
    skips: ChainWriter,
    positions: ChainWriter,
}

impl Lists {
    pub(crate) fn new() -> Lists {
        Lists {
            postings: ChainWriter::new(PageKind::Postings),
            skips: ChainWriter::new(PageKind::Skips),
            positions: ChainWriter::new(PageKind::Positions),
        }
    }

    /// The first pages of the chains.
    pub(crate) fn finish<W: WritePages>(self, pages: &mut W) -> Result<[u32; 3], W::Error> {
        Ok([
            self.postings.finish(pages)?,
            self.skips.finish(pages)?,
            self.positions.finish(pages)?,
        ])
    }
}

/// The list of the current term.
pub(crate) struct PostingsWriter {
    features: Features,
    document_frequency: u32,
    total: u64,
    block: Box<Block>,
    /// The last document of the block before.
    before: u32,
    /// Of the documents in the block.
    positions: Vec<u8>,
    impacts: ImpactCollector,
    list_impacts: ImpactCollector,
    first_skip: Option<Pointer>,
    bytes: Vec<u8>,
}

impl PostingsWriter {
    pub(crate) fn new() -> PostingsWriter {
        PostingsWriter {
            features: Features::of(&[], false),
            document_frequency: 0,
            total: 0,
            block: Box::new(Block::new()),
            before: u32::MAX,
            positions: Vec::new(),
            impacts: ImpactCollector::default(),
            list_impacts: ImpactCollector::default(),
            first_skip: None,
            bytes: Vec::new(),
        }
    }

    /// Starts the list of a term.
    pub(crate) fn start(&mut self, features: Features) {
        self.features = features;
    }

    /// Adds a document, greater than all before; `positions` as they will be in their chain.
    pub(crate) fn add<W: WritePages>(
        &mut self,
        pages: &mut W,
        lists: &mut Lists,
        document: u32,
        frequency: u32,
        length: u8,
        positions: &[u8],
    ) -> Result<(), W::Error> {
        if self.block.count == BLOCK {
            self.end_block(pages, lists, true)?;
        }
        let place = self.block.count;
        self.block.documents[place] = document;
        self.block.count += 1;
        self.document_frequency += 1;
        if self.features.scored {
            self.block.frequencies[place] = frequency;
            self.block.lengths[place] = u32::from(length);
            self.total += u64::from(frequency);
        }
        if self.features.positions {
            self.positions.extend_from_slice(positions);
        }
        Ok(())
    }

    fn end_block<W: WritePages>(
        &mut self,
        pages: &mut W,
        lists: &mut Lists,
        has_skips: bool,
    ) -> Result<Pointer, W::Error> {
        let block = &mut *self.block;
        let positions = if self.features.positions {
            Some(lists.positions.append(pages, &self.positions)?)
        } else {
            None
        };
        self.positions.clear();
        self.bytes.clear();
        block.write(self.before, self.features, positions, &mut self.bytes);
        let postings = lists.postings.append_whole(pages, &self.bytes)?;
        let last = block.documents[block.count - 1];
        if has_skips {
            if self.features.scored {
                let pairs = block.frequencies.iter().zip(&block.lengths);
                for (frequency, length) in pairs.take(block.count) {
                    self.impacts.add(*frequency, *length as u8);
                }
            }
            let impacts = self.impacts.finish();
            for impact in impacts {
                self.list_impacts.add_impact(impact);
            }
            let entry = SkipEntry {
                last,
                postings,
                impacts,
            };
            let entry = entry.write(self.features.scored);
            let pointer = lists.skips.append_whole(pages, &entry)?;
            self.first_skip.get_or_insert(pointer);
        }
        self.before = last;
        block.count = 0;
        Ok(postings)
    }

    /// Ends the list. `None` when no document was added.
    pub(crate) fn finish<W: WritePages>(
        &mut self,
        pages: &mut W,
        lists: &mut Lists,
    ) -> Result<Option<TermEntry>, W::Error> {
        let place = match self.document_frequency {
            0 => return Ok(None),
            1 => {
                let positions = if !self.features.positions {
                    Positions::None
                } else if (1..=MOST_INLINE).contains(&self.positions.len()) {
                    Positions::Here(self.positions.as_slice().into())
                } else {
                    Positions::At(lists.positions.append(pages, &self.positions)?)
                };
                self.positions.clear();
                self.block.count = 0;
                Place::Inline {
                    document: self.block.documents[0],
                    frequency: self.block.frequencies[0],
                    length: self.block.lengths[0] as u8,
                    positions,
                }
            }
            _ => {
                let has_skips = self.first_skip.is_some();
                let block = self.end_block(pages, lists, has_skips)?;
                match self.first_skip.take() {
                    None => Place::Block(block),
                    Some(first) => Place::Skips {
                        first,
                        impacts: self.list_impacts.finish(),
                    },
                }
            }
        };
        let entry = TermEntry {
            document_frequency: self.document_frequency,
            features: self.features,
            total: self.total,
            place,
        };
        self.document_frequency = 0;
        self.total = 0;
        self.before = u32::MAX;
        Ok(Some(entry))
    }
}
