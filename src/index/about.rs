//! Questions about an index, and orders to it, by its name.

use std::ffi::CStr;

use pgrx::pg_sys;
use quidditch_segment::{PageKind, Segment};
use serde_json::json;

use crate::arguments::sql_function;
use crate::datum;
use crate::index::maintain::Maintenance;
use crate::index::view::View;
use crate::index::{definition, options, statistics};
use crate::report::{Code, Report};
use crate::storage::buffer::Relation;
use crate::storage::meta::Meta;
use crate::storage::segment::SegmentPages;

/// An index and its table, locked, for one call.
pub struct Opened {
    pub index: Relation,
    pub heap: pg_sys::Relation,
    lock: pg_sys::LOCKMODE,
}

impl Opened {
    /// Opens an index of ours that may be read and written by the user: its table's owner.
    pub fn new(index: pg_sys::Oid, lock: pg_sys::LOCKMODE) -> Result<Opened, Report> {
        statistics::check_kind(index)?;
        // SAFETY: the table is locked before its index, as everywhere. Names are NUL-terminated.
        unsafe {
            let name = name_of(index);
            if pg_sys::get_rel_relkind(index) as u8 == pg_sys::RELKIND_PARTITIONED_INDEX {
                return Err(Report::new(
                    Code::ERRCODE_WRONG_OBJECT_TYPE,
                    format!("\"{name}\" is a partitioned index, which has no contents of its own"),
                )
                .hint("Name the indexes of its partitions; pg_partition_tree lists them."));
            }
            let table = pg_sys::IndexGetRelation(index, false);
            if !owns(table, pg_sys::GetUserId()) {
                let message = format!("must be owner of index {name}");
                return Err(Report::new(Code::ERRCODE_INSUFFICIENT_PRIVILEGE, message));
            }
            let heap = pg_sys::table_open(table, lock);
            let opened = Opened {
                index: Relation::new(pg_sys::index_open(index, lock)),
                heap,
                lock,
            };
            if !(*(*opened.index.raw()).rd_index).indisvalid {
                return Err(Report::new(
                    Code::ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE,
                    format!("index \"{name}\" is not valid"),
                )
                .hint("REINDEX builds the index anew."));
            }
            Ok(opened)
        }
    }
}

impl Drop for Opened {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            // SAFETY: opened once; the locks stay until the end of the transaction where others wait for changes.
            unsafe {
                pg_sys::index_close(self.index.raw(), self.lock);
                pg_sys::table_close(self.heap, self.lock);
            }
        }
    }
}

/// A relation's name; its OID when somebody has dropped it.
pub fn name_of(relation: pg_sys::Oid) -> String {
    // SAFETY: a look-up; names are NUL-terminated.
    unsafe {
        let name = pg_sys::get_rel_name(relation);
        match name.is_null() {
            true => relation.to_u32().to_string(),
            false => CStr::from_ptr(name).to_string_lossy().into_owned(),
        }
    }
}

/// Whether the user may maintain the table.
///
/// # Safety
/// In a transaction.
unsafe fn owns(table: pg_sys::Oid, user: pg_sys::Oid) -> bool {
    // SAFETY: catalog look-ups.
    unsafe {
        #[cfg(feature = "pg15")]
        return pg_sys::pg_class_ownercheck(table, user);
        #[cfg(not(feature = "pg15"))]
        pg_sys::object_ownercheck(pg_sys::RelationRelationId, table, user)
    }
}

/// Whether an open index is of this access method: its handler is ours.
///
/// # Safety
/// An open index.
pub unsafe fn is_ours(index: pg_sys::Relation) -> bool {
    // SAFETY: an open index has its access method's routine.
    unsafe {
        let routine = (*index).rd_indam;
        routine.as_ref().is_some_and(|routine| {
            routine.ambuild.map(|build| build as usize)
                == Some(crate::index::build::ambuild as *const () as usize)
        })
    }
}

sql_function! {
    /// `merge_index(index)`
    fn quidditch_merge_index(arguments) -> Result<Option<()>, Report> {
        let Some(index) = arguments.oid(0) else { return Ok(None) };
        let opened = Opened::new(index, pg_sys::ShareUpdateExclusiveLock as i32)?;
        let relation = opened.index;
        let definition = definition::of(relation)?;
        let maintenance = Maintenance::begin(relation, opened.heap);
        maintenance.reclaim(u32::MAX)?;
        maintenance.flush_all(&definition)?;
        let segments = Meta::read(relation)?.segments;
        if segments.len() > 1 || segments.iter().any(|segment| segment.dead > 0) {
            maintenance.merge(&segments)?;
        }
        maintenance.reclaim(u32::MAX)?;
        Ok(Some(()))
    }
}

sql_function! {
    /// `index_statistics(index)`: what `index_stats` shows.
    fn quidditch_index_statistics(arguments) -> Result<Option<pg_sys::Datum>, Report> {
        let Some(index) = arguments.oid(0) else { return Ok(None) };
        let opened = Opened::new(index, pg_sys::AccessShareLock as i32)?;
        let relation = opened.index;
        let meta = Meta::read(relation)?;
        let definition = definition::of(relation)?;
        let (mut terms, mut postings) = (0, 0);
        let mut pages = [0u64; 9];
        for entry in &meta.segments {
            let segment_pages = SegmentPages::new(relation, entry.generation);
            let segment = Segment::open(&segment_pages, entry.root)?;
            terms += segment.term_count();
            postings += segment.posting_count();
            segment.blocks(|_, kind| pages[kind as usize] += 1)?;
        }
        let documents: u64 = meta.segments.iter().map(|segment| u64::from(segment.documents)).sum();
        let dead: u64 = meta.segments.iter().map(|segment| u64::from(segment.dead)).sum();
        let pending = View::now(relation)?.open()?.documents();
        let pending = pending.saturating_sub(documents);
        let bytes = |pages: u64| pages * u64::from(pg_sys::BLCKSZ);
        let of = |kinds: &[PageKind]| bytes(kinds.iter().map(|kind| pages[*kind as usize]).sum());
        let retired: u64 = meta.retired.iter().map(|retired| u64::from(retired.pages)).sum();
        let pending_pages = u64::from(meta.pending.pages);
        let used = meta.segments.iter().map(|segment| u64::from(segment.pages)).sum::<u64>();
        let definition_pages = definition.pages().len() as u64;
        let known = 1 + definition_pages + used + retired + pending_pages;
        let free = u64::from(relation.blocks()).saturating_sub(known);
        let answer = json!({
            "documents": documents,
            "dead": dead,
            "pending": pending,
            "segments": meta.segments.len(),
            "terms": terms,
            "postings": postings,
            "bytes": bytes(u64::from(relation.blocks())),
            "dictionary_bytes": of(&[PageKind::Dictionary]),
            "postings_bytes": of(&[PageKind::Postings, PageKind::Skips]),
            "positions_bytes": of(&[PageKind::Positions]),
            "documents_bytes": of(&[PageKind::RowIds, PageKind::Liveness, PageKind::Directory]),
            "pending_bytes": bytes(pending_pages),
            "retired_bytes": bytes(retired),
            "free_bytes": bytes(free),
            "needs_reindex": definition.differs_from(&options::of(relation)),
        });
        datum::jsonb(&answer.to_string()).map(Some)
    }
}
