//! `CREATE INDEX`, `REINDEX`: the table is scanned once, its documents inverted within `maintenance_work_mem`, and the
//! segment written that they make; a segment for each process where several [share](crate::index::parallel) the work.

use pgrx::pg_sys;
use pgrx::prelude::*;
use quidditch_segment::{SegmentWriter, WriterOptions};

use crate::index::definition::{self, Definition};
use crate::index::rows::TableScan;
use crate::index::{options, parallel};
use crate::report::{OrRaise, Report};
use crate::storage::buffer::Relation;
use crate::storage::log::{self, Change};
use crate::storage::meta::{self, Meta, NOWHERE, PendingList, SegmentEntry};
use crate::storage::page::Kind;
use crate::storage::segment::NewSegment;
use crate::storage::spill::SpillFile;

/// `ambuild`
///
/// # Safety
/// Called by the server with open relations.
#[pg_guard]
pub unsafe extern "C-unwind" fn ambuild(
    heap: pg_sys::Relation,
    index: pg_sys::Relation,
    info: *mut pg_sys::IndexInfo,
) -> *mut pg_sys::IndexBuildResult {
    // SAFETY: open for the call.
    let relation = unsafe { Relation::new(index) };
    let (rows, documents) = build(relation, heap, info).or_raise();
    // SAFETY: a new node of the current memory context.
    unsafe {
        let result = pg_sys::palloc0(size_of::<pg_sys::IndexBuildResult>())
            .cast::<pg_sys::IndexBuildResult>();
        (*result).heap_tuples = rows;
        (*result).index_tuples = documents;
        result
    }
}

fn build(
    relation: Relation,
    heap: pg_sys::Relation,
    info: *mut pg_sys::IndexInfo,
) -> Result<(f64, f64), Report> {
    if relation.blocks() != 0 {
        return Err(Report::internal(format!(
            "index \"{}\" already has contents",
            relation.name()
        )));
    }
    let definition = Definition::new(&options::of(relation))?;
    let mut meta = empty();
    for (kind, contents) in first_pages(&definition, &meta) {
        let locked = relation.extend(pg_sys::ForkNumber::MAIN_FORKNUM);
        let mut change = Change::start(relation);
        let mut page = change.new_page(&locked);
        page.init(kind, 0);
        page.set_contents(&contents);
        change.finish();
    }
    definition::forget(relation);
    phase(Phase::Scan);
    // SAFETY: the server's own arguments.
    let parts = unsafe { parallel::build(relation, heap, info)? };
    let rows = parts.iter().map(|part| part.rows).sum();
    let documents = parts.iter().map(|part| f64::from(part.documents())).sum();
    meta.segments = parts.iter().filter_map(|part| part.segment).collect();
    meta.next_generation = FIRST_GENERATION + parts.len() as u64;
    meta.publish(relation, &relation.pin(meta::BLOCK)?.exclusive())?;
    Ok((rows, documents))
}

/// The generation of a build's first segment.
pub const FIRST_GENERATION: u64 = 1;

/// What one process did of a build.
#[derive(Clone, Copy, Default)]
pub struct Part {
    /// How many rows it saw.
    pub rows: f64,
    /// What it made of them, if there were any.
    pub segment: Option<SegmentEntry>,
    /// Whether transactions with older snapshots may not use the index (`ii_BrokenHotChain`).
    pub has_broken_chains: bool,
}

impl Part {
    fn documents(&self) -> u32 {
        self.segment.map_or(0, |segment| segment.documents)
    }
}

/// Makes a segment of the rows that a scan gives: a new scan of the whole table if it is null, else this process's part
/// of one.
///
/// # Safety
/// Open relations, and the index's info.
pub unsafe fn build_part(
    relation: Relation,
    heap: pg_sys::Relation,
    info: *mut pg_sys::IndexInfo,
    scan: pg_sys::TableScanDesc,
    generation: u64,
    memory: usize,
) -> Result<Part, Report> {
    let definition = definition::of(relation)?;
    let options = WriterOptions {
        positions: definition.positions,
        memory,
    };
    let mut writer = SegmentWriter::new(SpillFile::default(), options);
    let mut documents = 0;
    let table = TableScan {
        heap,
        index: relation,
        info,
        scan,
        may_synchronize: true,
        // Workers have no progress of their own to show.
        // SAFETY: reads a variable.
        shows_progress: unsafe { pg_sys::ParallelWorkerNumber } < 0,
    };
    // SAFETY: by the contract.
    let rows = unsafe {
        table.each_row(&mut |row, document| {
            documents += 1;
            definition.with_terms(document, |terms| writer.add(row, terms))
        })?
    };
    phase(Phase::Write);
    // SAFETY: the info is still there.
    let has_broken_chains = unsafe { (*info).ii_BrokenHotChain };
    if documents == 0 {
        return Ok(Part {
            rows,
            segment: None,
            has_broken_chains,
        });
    }
    let mut new = NewSegment::new(relation, generation);
    let root = writer.finish(&mut new)?;
    Ok(Part {
        rows,
        segment: Some(SegmentEntry {
            root,
            pages: new.pages(),
            documents,
            dead: 0,
            generation,
        }),
        has_broken_chains,
    })
}

/// What the first page says of an index without documents.
fn empty() -> Meta {
    // SAFETY: reads the clock.
    let now = unsafe { pg_sys::GetCurrentTimestamp() };
    Meta {
        next_generation: FIRST_GENERATION,
        definition: definition::FIRST,
        pending: PendingList {
            head: NOWHERE,
            tail: NOWHERE,
            pages: 0,
            // Not one that a backend may remember of this file.
            epoch: now as u64,
        },
        segments: Vec::new(),
        retired: Vec::new(),
        forgotten: 0,
    }
}

/// The pages of an index without documents.
fn first_pages(definition: &Definition, meta: &Meta) -> Vec<(Kind, Vec<u8>)> {
    let definition = definition.pages().into_iter();
    let definition = definition.map(|contents| (Kind::Definition, contents));
    std::iter::once((Kind::Meta, meta.to_bytes()))
        .chain(definition)
        .collect()
}

/// Of a build, as `pg_stat_progress_create_index` shows it.
#[derive(Clone, Copy)]
enum Phase {
    Scan = 2,
    Write = 3,
}

fn phase(phase: Phase) {
    // SAFETY: writes to the backend's own entry.
    unsafe {
        pg_sys::pgstat_progress_update_param(
            pg_sys::PROGRESS_CREATEIDX_SUBPHASE as i32,
            phase as i64,
        );
    }
}

/// `ambuildphasename`
///
/// # Safety
/// Called by the server.
#[pg_guard]
pub unsafe extern "C-unwind" fn ambuildphasename(phase: i64) -> *mut std::ffi::c_char {
    let name = match phase {
        1 => c"initializing",
        2 => c"scanning table",
        3 => c"writing segment",
        _ => return std::ptr::null_mut(),
    };
    name.as_ptr().cast_mut()
}

/// `ambuildempty`: what an unlogged index is after a crash.
///
/// # Safety
/// Called by the server with an open relation.
#[pg_guard]
pub unsafe extern "C-unwind" fn ambuildempty(index: pg_sys::Relation) {
    // SAFETY: open for the call.
    let relation = unsafe { Relation::new(index) };
    let build = || {
        let definition = Definition::new(&options::of(relation))?;
        for (kind, contents) in first_pages(&definition, &empty()) {
            let locked = relation.extend(pg_sys::ForkNumber::INIT_FORKNUM);
            log::write_logged(&locked, |page| {
                page.init(kind, 0);
                page.set_contents(&contents);
            });
        }
        Ok::<(), Report>(())
    };
    build().or_raise();
}
