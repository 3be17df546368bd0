//! Which block of a long list a document would be in, found without touching the blocks.

use crate::bytes::Bytes;
use crate::chain::next_page;
use crate::format::{BLOCK, CHAIN_HEADER, Impacts, Pointer, SkipEntry};
use crate::score::Weight;
use crate::{Error, PageKind, ReadPages, Result};

/// A place among the skip entries of a list.
pub(super) struct Skips<P: ReadPages> {
    scored: bool,
    block: u32,
    page: P::Page,
    /// Of the current entry.
    offset: usize,
    /// How many entries follow the current one.
    following: usize,
    pub(super) current: SkipEntry,
    /// The last document of the block before, -1 in the first block.
    pub(super) before: u32,
    pub(super) list_impacts: Impacts,
}

/// How many blocks are looked at for the bound of a range; a longer one takes the list's.
const LOOK_AHEAD: usize = 16;

impl<P: ReadPages> Skips<P> {
    pub(super) fn new(
        pages: &P,
        first: Pointer,
        document_frequency: u32,
        scored: bool,
        list_impacts: Impacts,
    ) -> Result<Skips<P>, P::Error> {
        let page = pages.page(first.block, PageKind::Skips);
        let page = page.map_err(Error::Pages)?;
        let offset = usize::from(first.offset);
        let current = SkipEntry::read(&mut Bytes::new(&page, first.block, offset), scored)?;
        Ok(Skips {
            scored,
            block: first.block,
            page,
            offset,
            following: (document_frequency as usize).div_ceil(BLOCK) - 1,
            current,
            before: u32::MAX,
            list_impacts,
        })
    }

    /// Whether the current block is the last one.
    pub(super) fn is_last(&self) -> bool {
        self.following == 0
    }

    /// To the first block that ends at `target` or later. Whether there is one.
    pub(super) fn seek(&mut self, pages: &P, target: u32) -> Result<bool, P::Error> {
        let size = SkipEntry::size(self.scored);
        while self.current.last < target {
            if self.following == 0 {
                return Ok(false);
            }
            let here = ((self.page.len().saturating_sub(self.offset)) / size).saturating_sub(1);
            let here = here.min(self.following);
            if here == 0 {
                let next = next_page(pages, PageKind::Skips, &self.page, self.block)?;
                let Some((block, page)) = next else {
                    let end = Bytes::new(&self.page, self.block, self.offset);
                    return Err(end.damaged("a list with too few skip entries").into());
                };
                (self.block, self.page) = (block, page);
                self.step(CHAIN_HEADER, 1)?;
                continue;
            }
            // The next one, or the first of those on the page that reaches far enough, or the last of them.
            let last_of = |entry: usize| {
                let offset = self.offset + entry * size;
                Bytes::new(&self.page, self.block, offset).u32()
            };
            let (mut low, mut high, mut step) = (1, here, 1);
            while low < high {
                let probe = (low + step - 1).min(high - 1);
                if last_of(probe)? < target {
                    low = probe + 1;
                    step *= 2;
                } else {
                    high = probe;
                    step = (high - low).div_ceil(2).max(1);
                }
            }
            if low > 1 {
                self.current.last = last_of(low - 1)?;
            }
            self.step(self.offset + low * size, low)?;
        }
        Ok(true)
    }

    fn step(&mut self, offset: usize, entries: usize) -> Result<(), P::Error> {
        let before = self.current.last;
        let mut bytes = Bytes::new(&self.page, self.block, offset);
        let current = SkipEntry::read(&mut bytes, self.scored)?;
        if current.last <= before {
            return Err(bytes
                .damaged("skip entries that aren't in their order")
                .into());
        }
        self.before = before;
        self.current = current;
        self.offset = offset;
        self.following -= entries;
        Ok(())
    }

    /// What no posting from the current block to that of `until` scores more than.
    pub(super) fn bound(&self, until: u32, weight: &Weight) -> f64 {
        let mut bound = weight.bound(&self.current.impacts);
        let mut last = self.current.last;
        let size = SkipEntry::size(self.scored);
        for entry in 1..LOOK_AHEAD.min(self.following + 1) {
            if last >= until {
                return bound;
            }
            let offset = self.offset + entry * size;
            let mut bytes = Bytes::new(&self.page, self.block, offset);
            // On the next page, most likely; if it is damage it will be noticed there.
            let Ok(next) = SkipEntry::read(&mut bytes, self.scored) else {
                break;
            };
            bound = bound.max(weight.bound(&next.impacts));
            last = next.last;
        }
        if last >= until || self.following == 0 {
            bound
        } else {
            weight.bound(&self.list_impacts)
        }
    }
}
