//! One node: sorted keys with their values, front-coded.

use crate::Damaged;
use crate::bytes::{Bytes, push_varint};
use crate::format::{CHAIN_HEADER, NODE_HEADER, NOWHERE, RESTART};
use std::cmp::Ordering;

/// Collects a node's entries.
pub(super) struct NodeWriter {
    bytes: Vec<u8>,
    entries: u16,
    restarts: Vec<u16>,
    last_key: Vec<u8>,
}

impl NodeWriter {
    pub(super) fn new() -> NodeWriter {
        NodeWriter {
            bytes: vec![0; NODE_HEADER],
            entries: 0,
            restarts: Vec::new(),
            last_key: Vec::new(),
        }
    }

    pub(super) fn last_key(&self) -> &[u8] {
        &self.last_key
    }

    /// Whether an entry surely fits.
    pub(super) fn has_room(&self, key: &[u8], value: &[u8], capacity: usize) -> bool {
        // The length of the key takes at most two varints of two bytes.
        let used = self.bytes.len() + 2 * self.restarts.len();
        used + key.len() + value.len() + 4 + 2 <= capacity && self.entries < u16::MAX
    }

    pub(super) fn add(&mut self, key: &[u8], value: &[u8]) {
        let mut shared = 0;
        if usize::from(self.entries).is_multiple_of(RESTART) {
            self.restarts.push(self.bytes.len() as u16);
        } else {
            let pairs = self.last_key.iter().zip(key);
            shared = pairs.take_while(|(last, new)| last == new).count();
        }
        push_varint(&mut self.bytes, shared as u64);
        push_varint(&mut self.bytes, (key.len() - shared) as u64);
        self.bytes.extend_from_slice(&key[shared..]);
        self.bytes.extend_from_slice(value);
        self.last_key.truncate(shared);
        self.last_key.extend_from_slice(&key[shared..]);
        self.entries += 1;
    }

    /// The page, and an empty node again.
    pub(super) fn finish(&mut self, next: u32, ordinal: u32) -> Vec<u8> {
        let mut node = std::mem::replace(self, NodeWriter::new());
        let mut header = Vec::with_capacity(NODE_HEADER);
        header.extend_from_slice(&next.to_le_bytes());
        header.extend_from_slice(&ordinal.to_le_bytes());
        header.extend_from_slice(&node.entries.to_le_bytes());
        header.extend_from_slice(&(node.restarts.len() as u16).to_le_bytes());
        node.bytes[..NODE_HEADER].copy_from_slice(&header);
        for restart in node.restarts {
            node.bytes.extend_from_slice(&restart.to_le_bytes());
        }
        node.bytes
    }
}

/// A place among a node's entries.
pub(super) struct NodeCursor {
    block: u32,
    entries: usize,
    restarts: usize,
    /// Where the restarts' offsets begin, and the entries end.
    end: usize,
    /// How many entries were read.
    read: usize,
    offset: usize,
    /// The key of the entry read last.
    pub(super) key: Vec<u8>,
}

impl NodeCursor {
    /// Before the first entry.
    pub(super) fn new(page: &[u8], block: u32, key: Vec<u8>) -> Result<NodeCursor, Damaged> {
        let mut bytes = Bytes::new(page, block, CHAIN_HEADER);
        let entries = usize::from(bytes.u16()?);
        let restarts = usize::from(bytes.u16()?);
        let end = page.len().checked_sub(2 * restarts);
        match end {
            Some(end) if end >= NODE_HEADER && restarts == entries.div_ceil(RESTART) => {
                Ok(NodeCursor {
                    block,
                    entries,
                    restarts,
                    end,
                    read: 0,
                    offset: NODE_HEADER,
                    key,
                })
            }
            _ => Err(bytes.damaged("a dictionary node with impossible counts")),
        }
    }

    /// Reads the next entry's key; what follows is its value. `None` after the last one.
    pub(super) fn next<'a>(&mut self, page: &'a [u8]) -> Result<Option<Bytes<'a>>, Damaged> {
        if self.read == self.entries {
            return Ok(None);
        }
        let entries = page.get(..self.end).unwrap_or_default();
        let mut bytes = Bytes::new(entries, self.block, self.offset);
        let shared = bytes.varint()? as usize;
        let count = bytes.varint()?.min(u64::from(u32::MAX)) as usize;
        let rest = bytes.take(count)?;
        // Ascending keys are what ends a walk through damaged leaves.
        let ascends = match self.key.get(shared..) {
            // The key of the leaf before, if there is one.
            Some(before) if self.read == 0 => shared == 0 && (rest > before || before.is_empty()),
            None => false,
            Some(replaced) => rest > replaced,
        };
        if !ascends {
            return Err(bytes.damaged("a term that isn't in its order"));
        }
        self.key.truncate(shared);
        self.key.extend_from_slice(rest);
        self.read += 1;
        Ok(Some(bytes))
    }

    /// Goes on after the value that was read.
    pub(super) fn value_ends(&mut self, bytes: &Bytes<'_>) {
        self.offset = bytes.offset;
    }

    /// To the last restart whose key is at most `target`, so that reading on finds what is next to it.
    pub(super) fn seek_restart(&mut self, page: &[u8], target: &[u8]) -> Result<(), Damaged> {
        let (mut low, mut high) = (0, self.restarts);
        while low < high {
            let middle = low.midpoint(high);
            let mut bytes = self.restart(page, middle)?;
            bytes.varint()?;
            let count = bytes.varint()?.min(u64::from(u32::MAX)) as usize;
            match bytes.take(count)?.cmp(target) {
                Ordering::Greater => high = middle,
                _ => low = middle + 1,
            }
        }
        let restart = low.saturating_sub(1);
        if restart > 0 {
            let bytes = self.restart(page, restart)?;
            self.offset = bytes.offset;
            self.read = restart * RESTART;
            self.key.clear();
        }
        Ok(())
    }

    fn restart<'a>(&self, page: &'a [u8], restart: usize) -> Result<Bytes<'a>, Damaged> {
        let mut offsets = Bytes::new(page, self.block, self.end + 2 * restart);
        let offset = usize::from(offsets.u16()?);
        if offset < NODE_HEADER {
            return Err(offsets.damaged("a dictionary entry in a header"));
        }
        let entries = page.get(..self.end).unwrap_or_default();
        Ok(Bytes::new(entries, self.block, offset))
    }
}

/// The child whose keys may include `target`.
pub(super) fn child_for(page: &[u8], block: u32, target: &[u8]) -> Result<u32, Damaged> {
    let mut node = NodeCursor::new(page, block, Vec::new())?;
    node.seek_restart(page, target)?;
    let mut child = NOWHERE;
    while let Some(mut value) = node.next(page)? {
        if node.key.as_slice() > target && child != NOWHERE {
            break;
        }
        child = value.varint32()?;
        node.value_ends(&value);
    }
    Ok(child)
}
