//! Writes the dictionary from terms in ascending order, all levels at once.

use super::node::NodeWriter;
use crate::bytes::push_varint;
use crate::format::{NOWHERE, TermEntry};
use crate::{PageKind, WritePages};

/// The nodes under construction, one for each level, the leaf first.
#[derive(Default)]
pub(crate) struct DictionaryWriter {
    levels: Vec<Level>,
    value: Vec<u8>,
}

struct Level {
    node: NodeWriter,
    /// The level's first node.
    first: u32,
    /// Reserved for `node`.
    block: u32,
    ordinal: u32,
}

/// Where a finished dictionary is.
pub(crate) struct Dictionary {
    pub(crate) root: u32,
    pub(crate) levels: u8,
}

impl DictionaryWriter {
    /// Adds a term, greater than all before.
    pub(crate) fn add<W: WritePages>(
        &mut self,
        pages: &mut W,
        key: &[u8],
        entry: &TermEntry,
    ) -> Result<(), W::Error> {
        let mut value = std::mem::take(&mut self.value);
        value.clear();
        entry.write(&mut value);
        self.add_to(pages, 0, key, &value)?;
        self.value = value;
        Ok(())
    }

    fn add_to<W: WritePages>(
        &mut self,
        pages: &mut W,
        depth: usize,
        key: &[u8],
        value: &[u8],
    ) -> Result<(), W::Error> {
        if depth == self.levels.len() {
            let block = pages.reserve()?;
            self.levels.push(Level {
                node: NodeWriter::new(),
                first: block,
                block,
                ordinal: 0,
            });
        }
        let level = &mut self.levels[depth];
        if !level.node.has_room(key, value, pages.capacity()) {
            let last_key = level.node.last_key();
            let pairs = last_key.iter().zip(key);
            let shared = pairs.take_while(|(last, new)| last == new).count();
            let next = pages.reserve()?;
            let page = level.node.finish(next, level.ordinal);
            pages.write(level.block, PageKind::Dictionary, &page)?;
            level.block = next;
            level.ordinal += 1;
            let first = level.first;
            if depth + 1 == self.levels.len() {
                self.add_child(pages, depth + 1, &[], first)?;
            }
            self.add_child(pages, depth + 1, &key[..shared + 1], next)?;
        }
        self.levels[depth].node.add(key, value);
        Ok(())
    }

    fn add_child<W: WritePages>(
        &mut self,
        pages: &mut W,
        depth: usize,
        key: &[u8],
        child: u32,
    ) -> Result<(), W::Error> {
        let mut value = Vec::new();
        push_varint(&mut value, u64::from(child));
        self.add_to(pages, depth, key, &value)
    }

    /// Writes the last node of each level.
    pub(crate) fn finish<W: WritePages>(mut self, pages: &mut W) -> Result<Dictionary, W::Error> {
        for level in &mut self.levels {
            let page = level.node.finish(NOWHERE, level.ordinal);
            pages.write(level.block, PageKind::Dictionary, &page)?;
        }
        Ok(Dictionary {
            root: self.levels.last().map_or(NOWHERE, |level| level.block),
            levels: self.levels.len() as u8,
        })
    }
}
