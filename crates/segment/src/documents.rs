//! What is known of each document: the row it is, and whether it is dead.

use crate::bytes::Bytes;
use crate::format::{Header, LIVENESS_HEADER, ROW_ID};
use crate::{Error, PageKind, ReadPages, Result, UpdatePages, WritePages};

/// Where a row is: PostgreSQL's tuple id.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RowId {
    /// Its block in the table.
    pub block: u32,
    /// Its place in the block.
    pub offset: u16,
}

/// Writes pages that are found by their ordinal, and their directories. Gives the directories' blocks.
fn write_array<W: WritePages>(
    pages: &mut W,
    kind: PageKind,
    contents: impl Iterator<Item = Vec<u8>>,
) -> std::result::Result<Vec<u32>, W::Error> {
    let mut directories = Vec::new();
    let mut directory = Vec::new();
    let mut contents = contents.peekable();
    while let Some(page) = contents.next() {
        let block = pages.reserve()?;
        pages.write(block, kind, &page)?;
        directory.extend_from_slice(&block.to_le_bytes());
        if contents.peek().is_none() || directory.len() + 4 > pages.capacity() {
            let block = pages.reserve()?;
            pages.write(block, PageKind::Directory, &directory)?;
            directories.push(block);
            directory.clear();
        }
    }
    Ok(directories)
}

/// Writes the rows, in ascending order, as documents 0, 1, … that live. Gives the directories of both arrays.
pub(crate) fn write_documents<W: WritePages>(
    pages: &mut W,
    rows: &[RowId],
) -> std::result::Result<(Vec<u32>, Vec<u32>), W::Error> {
    let capacity = pages.capacity();
    let row_ids = rows.chunks(capacity / ROW_ID).map(|rows| {
        let mut page = Vec::with_capacity(capacity);
        for row in rows {
            page.extend_from_slice(&row.block.to_le_bytes());
            page.extend_from_slice(&row.offset.to_le_bytes());
        }
        page
    });
    let row_ids = write_array(pages, PageKind::RowIds, row_ids)?;
    let bits = 8 * (capacity - LIVENESS_HEADER);
    let liveness = (0..rows.len()).step_by(bits).map(|first| {
        let documents = bits.min(rows.len() - first);
        vec![0; LIVENESS_HEADER + documents.div_ceil(8)]
    });
    let liveness = write_array(pages, PageKind::Liveness, liveness)?;
    Ok((row_ids, liveness))
}

/// The block of a page by its ordinal.
pub(crate) fn array_block<P: ReadPages>(
    pages: &P,
    header: &Header,
    directories: &[u32],
    ordinal: usize,
) -> Result<u32, P::Error> {
    let per_directory = usize::from(header.capacity) / 4;
    let Some(directory) = directories.get(ordinal / per_directory) else {
        return Err(crate::Damaged {
            block: header.root,
            offset: 0,
            what: "too few directories for the documents",
        }
        .into());
    };
    let page = pages.page(*directory, PageKind::Directory);
    let page = page.map_err(Error::Pages)?;
    let mut bytes = Bytes::new(&page, *directory, 4 * (ordinal % per_directory));
    Ok(bytes.u32()?)
}

/// Reads rows by document number; quick when they are asked for in ascending order.
pub struct RowIds<'p, P: ReadPages> {
    pages: &'p P,
    header: &'p Header,
    page: Option<(usize, u32, P::Page)>,
}

impl<'p, P: ReadPages> RowIds<'p, P> {
    pub(crate) fn new(pages: &'p P, header: &'p Header) -> RowIds<'p, P> {
        RowIds {
            pages,
            header,
            page: None,
        }
    }

    /// The document's row.
    pub fn get(&mut self, document: u32) -> Result<RowId, P::Error> {
        let per_page = usize::from(self.header.capacity) / ROW_ID;
        let ordinal = document as usize / per_page;
        let (_, block, page) = match &mut self.page {
            Some(page) if page.0 == ordinal => page,
            page => {
                let directories = &self.header.row_ids;
                let block = array_block(self.pages, self.header, directories, ordinal)?;
                let found = self.pages.page(block, PageKind::RowIds);
                page.insert((ordinal, block, found.map_err(Error::Pages)?))
            }
        };
        let offset = ROW_ID * (document as usize % per_page);
        let mut bytes = Bytes::new(page, *block, offset);
        Ok(RowId {
            block: bytes.u32()?,
            offset: bytes.u16()?,
        })
    }
}

/// Tells the dead; quick when asked in ascending order.
pub struct Liveness<'p, P: ReadPages> {
    pages: &'p P,
    header: &'p Header,
    /// The ordinal, the block, whether any is dead, and the page.
    page: Option<(usize, u32, bool, P::Page)>,
}

impl<'p, P: ReadPages> Liveness<'p, P> {
    pub(crate) fn new(pages: &'p P, header: &'p Header) -> Liveness<'p, P> {
        Liveness {
            pages,
            header,
            page: None,
        }
    }

    /// Whether the document lives.
    #[inline]
    pub fn is_live(&mut self, document: u32) -> Result<bool, P::Error> {
        let per_page = 8 * (usize::from(self.header.capacity) - LIVENESS_HEADER);
        let ordinal = document as usize / per_page;
        let (_, block, any_dead, page) = match &mut self.page {
            Some(page) if page.0 == ordinal => page,
            page => {
                let directories = &self.header.liveness;
                let block = array_block(self.pages, self.header, directories, ordinal)?;
                let found = self.pages.page(block, PageKind::Liveness);
                let found = found.map_err(Error::Pages)?;
                let any_dead = Bytes::new(&found, block, 4).u32()? > 0;
                page.insert((ordinal, block, any_dead, found))
            }
        };
        if !*any_dead {
            return Ok(true);
        }
        let bit = document as usize % per_page;
        let byte = Bytes::new(page, *block, LIVENESS_HEADER + bit / 8).u8()?;
        Ok(byte >> (bit % 8) & 1 == 0)
    }
}

/// What [`mark_dead`] did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Marked {
    /// How many documents died now.
    pub removed: u32,
    /// How many live on.
    pub live: u32,
}

/// Marks the documents whose rows are dead, as VACUUM says, in the segment whose header is in that block.
pub fn mark_dead<U: UpdatePages>(
    pages: &mut U,
    root: u32,
    mut is_dead: impl FnMut(RowId) -> bool,
) -> Result<Marked, U::Error> {
    let page = pages.page(root, PageKind::Header).map_err(Error::Pages)?;
    let header = Header::read(&page, root)?;
    drop(page);
    let per_page = 8 * (usize::from(header.capacity) - LIVENESS_HEADER);
    let mut marked = Marked::default();
    for (ordinal, first) in (0..header.documents).step_by(per_page).enumerate() {
        let mut dead = Vec::new();
        let block = {
            let mut rows = RowIds::new(pages, &header);
            let mut liveness = Liveness::new(pages, &header);
            for document in first..header.documents.min(first.saturating_add(per_page as u32)) {
                if !liveness.is_live(document)? {
                    continue;
                }
                if is_dead(rows.get(document)?) {
                    dead.push((document - first) as usize);
                } else {
                    marked.live += 1;
                }
            }
            array_block(pages, &header, &header.liveness, ordinal)?
        };
        if dead.is_empty() {
            continue;
        }
        marked.removed += dead.len() as u32;
        let change = |page: &mut [u8]| {
            let Some((header, bits)) = page.split_first_chunk_mut::<LIVENESS_HEADER>() else {
                return;
            };
            for bit in &dead {
                if let Some(byte) = bits.get_mut(bit / 8) {
                    *byte |= 1 << (bit % 8);
                }
            }
            let stamps = u64::from_le_bytes(*header);
            let generation = (stamps as u32).wrapping_add(1);
            let total = ((stamps >> 32) as u32).saturating_add(dead.len() as u32);
            *header = (u64::from(total) << 32 | u64::from(generation)).to_le_bytes();
        };
        pages
            .update(block, PageKind::Liveness, change)
            .map_err(Error::Pages)?;
    }
    Ok(marked)
}
