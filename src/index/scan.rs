//! Searching: rows that match as a bitmap or one by one, or the best ones first.
//!
//! An ordered scan doesn't know how many rows will be asked for, since LIMIT and conditions that the index doesn't
//! answer are the executor's. So it finds a few of the best, then four times as many after the last of them, and so on.
//! Rows that don't match the ordering query come last, with NULL, as they do without the index.

use std::collections::VecDeque;
use std::rc::Rc;

use pgrx::prelude::*;
use pgrx::{PgMemoryContexts, pg_sys};
use quidditch_query::{IndexScore, Query, Statistics};
use quidditch_segment::{Bm25, Clause, Hit, Key, Matches, RowId, TopHits};

use crate::datum::Jsonb;
use crate::index::returned::{Answer, Returned};
use crate::index::rows::{RowContext, item_pointer};
use crate::index::view::{OpenView, View};
use crate::index::{options, statistics};
use crate::report::{Code, OrRaise, Report};
use crate::search::prepared;
use crate::search::score::negated;
use crate::storage::buffer::Relation;
use crate::storage::meta::NOWHERE;

/// What a scan keeps between calls. No page is pinned meanwhile.
struct Scan {
    relation: Relation,
    /// The index as it was when the scan began.
    view: Option<Rc<View>>,
    search: Option<Search>,
    /// Tells the scores of an ordered scan's rows.
    returned: Option<Returned>,
    /// What beginning a search leaves behind.
    context: RowContext,
}

/// One search, for one set of keys.
struct Search {
    view: Rc<View>,
    /// What rows have to match, if there is a condition.
    filter: Option<Clause>,
    /// Whether the condition has to be checked.
    recheck: bool,
    order: Option<Order>,
    phase: Phase,
    found: VecDeque<Found>,
}

/// By what rows are ordered.
struct Order {
    /// Matches what has a score, and gives it.
    clause: Clause,
    score: IndexScore,
    /// How many keys there are; only the first orders.
    keys: usize,
    /// Whether the condition is the same query, so that rows without a score aren't wanted.
    is_filter: bool,
    /// Whether an index that the query names tells the scores; `None` where they aren't what the operator would answer.
    known: Option<bool>,
}

/// What is left to be found.
#[derive(Clone, Copy)]
enum Phase {
    /// The best hits after this one, so many.
    Best {
        after: Option<Hit>,
        count: usize,
    },
    /// Those without a score, from this segment and document on, at most so many at a time.
    Rest {
        segment: usize,
        document: u32,
        count: usize,
    },
    Nothing,
}

#[derive(Clone, Copy)]
struct Found {
    row: RowId,
    score: Option<f64>,
}

/// Where rows without a score begin.
const REST: Phase = Phase::Rest {
    segment: 0,
    document: 0,
    count: 1_000,
};
const MOST_ROWS_FOUND: usize = 1 << 20;

/// How many of the best are found at first: some more than most LIMITs, for rows that were updated since.
const FIRST_HITS: usize = 20;
const MOST_HITS: usize = 1 << 24;

/// `ambeginscan`
///
/// # Safety
/// Called by the server with an open relation.
#[pg_guard]
pub unsafe extern "C-unwind" fn ambeginscan(
    index: pg_sys::Relation,
    keys: i32,
    orders: i32,
) -> pg_sys::IndexScanDesc {
    // SAFETY: the scan and its arrays live in the current memory context. `amendscan` drops the state; after an error
    // that context's callback does.
    unsafe {
        let scan = pg_sys::RelationGetIndexScan(index, keys, orders);
        if orders > 0 {
            let count = orders as usize;
            (*scan).xs_orderbyvals = pg_sys::palloc0(count * size_of::<pg_sys::Datum>()).cast();
            (*scan).xs_orderbynulls = pg_sys::palloc0(count * size_of::<bool>()).cast();
        }
        let state = PgMemoryContexts::CurrentMemoryContext.leak_and_drop_on_delete(Scan {
            relation: Relation::new(index),
            view: None,
            search: None,
            returned: (orders == 1).then(|| Returned::new(scan)),
            context: RowContext::new(c"quidditch scan"),
        });
        (*scan).opaque = state.cast();
        scan
    }
}

/// # Safety
/// A scan that `ambeginscan` made.
unsafe fn state<'s>(scan: pg_sys::IndexScanDesc) -> &'s mut Scan {
    // SAFETY: by the contract; calls for one scan don't overlap.
    unsafe { &mut *(*scan).opaque.cast::<Scan>() }
}

/// `amrescan`
///
/// # Safety
/// Called by the server with the arrays' lengths that the scan was made for.
#[pg_guard]
pub unsafe extern "C-unwind" fn amrescan(
    scan: pg_sys::IndexScanDesc,
    keys: pg_sys::ScanKey,
    key_count: i32,
    orders: pg_sys::ScanKey,
    order_count: i32,
) {
    // SAFETY: by the contract; the arrays are of equal length.
    unsafe {
        let copy = |from: pg_sys::ScanKey, to: pg_sys::ScanKey, count: i32| {
            if !from.is_null() && count > 0 {
                std::ptr::copy(from, to, count as usize);
            }
        };
        copy(keys, (*scan).keyData, key_count);
        copy(orders, (*scan).orderByData, order_count);
        let state = state(scan);
        state.search = None;
        if let Some(returned) = &state.returned
            && !orders.is_null()
            && order_count == 1
        {
            returned.begin(&*(*scan).orderByData);
        }
    }
}

/// `amendscan`
///
/// # Safety
/// Called by the server, once.
#[pg_guard]
pub unsafe extern "C-unwind" fn amendscan(scan: pg_sys::IndexScanDesc) {
    // SAFETY: by the contract. The value itself is dropped with its memory context.
    unsafe {
        let state = state(scan);
        state.search = None;
        state.view = None;
        state.returned = None;
        state.context.delete();
    }
}

/// `amgettuple`
///
/// # Safety
/// Called by the server for a scan that was begun.
#[pg_guard]
pub unsafe extern "C-unwind" fn amgettuple(
    scan: pg_sys::IndexScanDesc,
    _direction: pg_sys::ScanDirection::Type,
) -> bool {
    // SAFETY: by the contract.
    unsafe {
        if let Some(returned) = &state(scan).returned {
            returned.set(None);
        }
        let search = search(scan).or_raise();
        let Some(found) = search.next().or_raise() else {
            return false;
        };
        (*scan).xs_heaptid = existing(found.row).or_raise();
        (*scan).xs_recheck = search.recheck;
        let mut known = None;
        if let Some(order) = &search.order {
            known = order.known.map(|is_by_index| Answer {
                score: found.score,
                is_by_index,
            });
            (*scan).xs_recheckorderby = order.score != IndexScore::Exact;
            let values = std::slice::from_raw_parts_mut((*scan).xs_orderbyvals, order.keys);
            let nulls = std::slice::from_raw_parts_mut((*scan).xs_orderbynulls, order.keys);
            match (order.score, found.score) {
                (IndexScore::Unknown, _) => {
                    values.fill(
                        f64::NEG_INFINITY
                            .into_datum()
                            .unwrap_or(pg_sys::Datum::null()),
                    );
                    nulls.fill(false);
                }
                (_, Some(score)) => {
                    values.fill(negated(score).into_datum().unwrap_or(pg_sys::Datum::null()));
                    nulls.fill(false);
                }
                (_, None) => nulls.fill(true),
            }
        }
        if let Some(returned) = &state(scan).returned {
            returned.set(known);
        }
        true
    }
}

/// `amgetbitmap`
///
/// # Safety
/// Called by the server for a scan that was begun.
#[pg_guard]
pub unsafe extern "C-unwind" fn amgetbitmap(
    scan: pg_sys::IndexScanDesc,
    bitmap: *mut pg_sys::TIDBitmap,
) -> i64 {
    // SAFETY: by the contract.
    unsafe {
        let search = search(scan).or_raise();
        let recheck = search.recheck;
        let mut count = 0;
        let mut rows = Vec::with_capacity(BATCH);
        let mut flush = |rows: &mut Vec<pg_sys::ItemPointerData>| {
            pg_sys::tbm_add_tuples(bitmap, rows.as_mut_ptr(), rows.len() as i32, recheck);
            count += rows.len() as i64;
            rows.clear();
        };
        search
            .each_match(|row| {
                rows.push(existing(row)?);
                if rows.len() == BATCH {
                    flush(&mut rows);
                }
                Ok(())
            })
            .or_raise();
        flush(&mut rows);
        count
    }
}

/// The row as PostgreSQL has it, if it may be one: the executor believes what an index says, and would make the table
/// longer for a block that is none.
fn existing(row: RowId) -> Result<pg_sys::ItemPointerData, Report> {
    if row.block == NOWHERE || row.offset == 0 || row.offset > MOST_ROWS {
        return Err(Report::new(
            Code::ERRCODE_INDEX_CORRUPTED,
            format!(
                "damaged index: an impossible row ({},{})",
                row.block, row.offset
            ),
        )
        .hint("REINDEX builds the index anew."));
    }
    Ok(item_pointer(row))
}

/// A page of a table has no more (`MaxHeapTuplesPerPage`, htup_details.h); bitmaps know no more either.
const MOST_ROWS: u16 = (pg_sys::BLCKSZ as u16 - 24) / 28;

/// So many rows are added to a bitmap at a time.
const BATCH: usize = 256;

/// The search under way, begun if it isn't.
///
/// # Safety
/// A scan that was begun.
unsafe fn search<'s>(scan: pg_sys::IndexScanDesc) -> Result<&'s mut Search, Report> {
    // SAFETY: by the contract; the arrays have so many keys.
    unsafe {
        let state = state(scan);
        let index = (*scan).indexRelation;
        if state.search.is_none() {
            let snapshot = (*scan).xs_snapshot.as_ref();
            let is_mvcc = snapshot.is_none_or(|snapshot| {
                matches!(
                    snapshot.snapshot_type,
                    pg_sys::SnapshotType::SNAPSHOT_MVCC
                        | pg_sys::SnapshotType::SNAPSHOT_HISTORIC_MVCC
                )
            });
            if !is_mvcc {
                return Err(Report::not_supported(
                    "quidditch indexes are searched with MVCC snapshots only",
                ));
            }
            let view = match &state.view {
                Some(view) => view.clone(),
                None => state
                    .view
                    .insert(Rc::new(View::of(state.relation)?))
                    .clone(),
            };
            let keys = |data: pg_sys::ScanKey, count: i32| match count {
                0 => &[][..],
                count => std::slice::from_raw_parts(data, count as usize),
            };
            let filters = keys((*scan).keyData, (*scan).numberOfKeys);
            let orders = keys((*scan).orderByData, (*scan).numberOfOrderBys);
            count_scan(index);
            state.search = Some(
                state
                    .context
                    .run(|| Search::new(state.relation, view, filters, orders))?,
            );
        }
        state
            .search
            .as_mut()
            .ok_or_else(|| Report::internal("no search"))
    }
}

/// Counts a scan for `pg_stat_user_indexes` (`pgstat_count_index_scan`, pgstat.h).
///
/// # Safety
/// An open index.
unsafe fn count_scan(index: pg_sys::Relation) {
    // SAFETY: by the contract; the entry is made if statistics are wanted.
    unsafe {
        if (*index).pgstat_info.is_null() && (*index).pgstat_enabled {
            pg_sys::pgstat_assoc_relation(index);
        }
        if let Some(entry) = (*index).pgstat_info.as_mut() {
            #[cfg(feature = "pg15")]
            {
                entry.t_counts.t_numscans += 1;
            }
            #[cfg(not(feature = "pg15"))]
            {
                entry.counts.numscans += 1;
            }
        }
    }
}

/// The query of a key; none of the SQL NULL.
///
/// # Safety
/// The key's argument is a jsonb.
unsafe fn query_of(key: &pg_sys::ScanKeyData) -> Option<Jsonb> {
    let is_null = key.sk_flags as u32 & pg_sys::SK_ISNULL != 0;
    // SAFETY: by the contract.
    (!is_null).then(|| unsafe { Jsonb::new(key.sk_argument) })
}

impl Search {
    /// # Safety
    /// The keys' arguments are jsonb.
    unsafe fn new(
        relation: Relation,
        view: Rc<View>,
        filters: &[pg_sys::ScanKeyData],
        orders: &[pg_sys::ScanKeyData],
    ) -> Result<Search, Report> {
        // SAFETY: by the contract.
        let sources: Vec<_> = filters.iter().map(|key| unsafe { query_of(key) }).collect();
        // SAFETY: by the contract.
        let order_sources: Vec<_> = orders.iter().map(|key| unsafe { query_of(key) }).collect();
        let mut search = Search {
            view,
            filter: None,
            recheck: false,
            order: None,
            phase: REST,
            found: VecDeque::new(),
        };
        let view = search.view.clone();
        let open = view.open()?;
        let definition = &view.definition;
        let bm25 = options::of(relation).bm25;
        let mut clauses = Vec::new();
        let mut conditions = Vec::new();
        for source in &sources {
            let Some(source) = source else {
                search.phase = Phase::Nothing;
                return Ok(search);
            };
            let mut query = prepared::parse(source)?;
            if query.needs_statistics_to_match() {
                weigh(&mut query, relation, &bm25, &open)?;
            }
            let lowered = query.lower(&definition.mapping, definition.positions, &open)?;
            search.recheck |= !lowered.exact;
            clauses.push(of_documents(lowered.clause, &open)?);
            conditions.push(query);
        }
        search.filter = match clauses.len() {
            0 => None,
            1 => clauses.pop(),
            _ => Some(all_of(clauses)),
        };
        if let [first, ..] = order_sources.as_slice() {
            let mut order = match first {
                // Nothing has a score.
                None => Order {
                    clause: Clause::Terms {
                        keys: Vec::new(),
                        ranges: Vec::new(),
                        score: 0.0,
                    },
                    score: IndexScore::Exact,
                    keys: orders.len(),
                    is_filter: false,
                    known: None,
                },
                Some(source) => {
                    let mut query = prepared::parse(source)?;
                    let needs_statistics = query.needs_statistics();
                    weigh(&mut query, relation, &bm25, &open)?;
                    let mut order = Order::new(&query, &view, &open, orders.len())?;
                    // By its own statistics a scan can order, as nobody else compares. The operator needs a name.
                    let can_answer = !needs_statistics || query.index().is_some();
                    order.known = (can_answer && order.score == IndexScore::Exact)
                        .then_some(needs_statistics);
                    // The usual case: what is asked for is what orders.
                    order.is_filter =
                        matches!(&*conditions, [condition] if condition.same_as(&query));
                    order
                }
            };
            if orders.len() > 1 {
                order.score = IndexScore::Unknown;
            }
            search.phase = match order.score {
                IndexScore::Unknown => REST,
                _ => Phase::Best {
                    after: None,
                    count: FIRST_HITS,
                },
            };
            order.is_filter &= order.score != IndexScore::Unknown;
            if order.is_filter {
                search.filter = None;
                search.recheck = order.score != IndexScore::Exact;
            }
            search.order = Some(order);
        }
        Ok(search)
    }
}

/// Gives the clauses over text what their words are worth: by the index that the query names, which may be that of all
/// partitions, or by this one.
fn weigh(
    query: &mut Query,
    relation: Relation,
    bm25: &Bm25,
    open: &OpenView<'_>,
) -> Result<(), Report> {
    let named = query.index().map(statistics::named).transpose()?;
    match named.filter(|named| *named != relation.oid()) {
        Some(named) => {
            // Of all partitions, or of all rows where this one is partial, planning names it; of another table, the
            // user does.
            if !statistics::is_part_of(relation.oid(), named)
                && statistics::table_of(named) != statistics::table_of(relation.oid())
            {
                statistics::check_rights(named)?;
            }
            statistics::weigh(query, named)
        }
        None => Ok(query.weigh(bm25, open)?),
    }
}

impl Order {
    fn new(query: &Query, view: &View, open: &OpenView<'_>, keys: usize) -> Result<Order, Report> {
        let definition = &view.definition;
        let lowered = query.lower_scored(&definition.mapping, definition.positions, open)?;
        Ok(Order {
            clause: of_documents(lowered.clause, open)?,
            score: lowered.score,
            keys,
            is_filter: false,
            known: None,
        })
    }
}

/// The same without rows that have no document, which nothing matches.
fn of_documents(clause: Clause, open: &OpenView<'_>) -> Result<Clause, Report> {
    let nothing = Key::no_document().as_bytes().to_vec();
    if !clause.may_match_without_terms() || open.document_frequency(&nothing)? == 0 {
        return Ok(clause);
    }
    Ok(Clause::Bool {
        must: vec![clause],
        filter: Vec::new(),
        must_not: vec![Clause::Terms {
            keys: vec![nothing],
            ranges: Vec::new(),
            score: 0.0,
        }],
        should: Vec::new(),
        needed: 0,
    })
}

fn all_of(filter: Vec<Clause>) -> Clause {
    Clause::Bool {
        must: Vec::new(),
        filter,
        must_not: Vec::new(),
        should: Vec::new(),
        needed: 0,
    }
}

impl Search {
    /// The next row in the order of the search.
    fn next(&mut self) -> Result<Option<Found>, Report> {
        while self.found.is_empty() {
            match self.phase {
                Phase::Nothing => return Ok(None),
                Phase::Best { after, count } => self.find_best(after, count)?,
                Phase::Rest {
                    segment,
                    document,
                    count,
                } => self.find_rest(segment, document, count)?,
            }
        }
        Ok(self.found.pop_front())
    }

    fn find_best(&mut self, after: Option<Hit>, count: usize) -> Result<(), Report> {
        let Some(order) = &self.order else {
            return Err(Report::internal("an ordered search without an order"));
        };
        let clause = match &self.filter {
            None => &order.clause,
            Some(filter) => &Clause::Bool {
                must: vec![order.clause.clone()],
                filter: vec![filter.clone()],
                must_not: Vec::new(),
                should: Vec::new(),
                needed: 0,
            },
        };
        let mut top = TopHits::new(count, after);
        for segment in &self.view.open()?.segments {
            top.search(segment, clause)?;
        }
        let hits = top.into_hits();
        self.phase = match hits.last() {
            Some(last) if hits.len() == count => Phase::Best {
                after: Some(*last),
                count: (4 * count).min(MOST_HITS),
            },
            _ if order.is_filter => Phase::Nothing,
            _ => REST,
        };
        self.found = hits
            .into_iter()
            .map(|hit| Found {
                row: hit.row,
                score: Some(hit.score),
            })
            .collect();
        Ok(())
    }

    /// What matches without a score.
    fn rest(&self) -> Clause {
        let scored = match &self.order {
            Some(order) if order.score != IndexScore::Unknown => vec![order.clause.clone()],
            _ => Vec::new(),
        };
        match &self.filter {
            Some(filter) if scored.is_empty() => filter.clone(),
            filter => Clause::Bool {
                must: Vec::new(),
                filter: filter.iter().cloned().collect(),
                must_not: scored,
                should: Vec::new(),
                needed: 0,
            },
        }
    }

    fn find_rest(&mut self, place: usize, document: u32, count: usize) -> Result<(), Report> {
        let clause = self.rest();
        let open = self.view.open()?;
        let Some(segment) = open.segments.get(place) else {
            self.phase = Phase::Nothing;
            return Ok(());
        };
        let mut matches = Matches::starting_at(segment, &clause, document)?;
        self.phase = Phase::Rest {
            segment: place + 1,
            document: 0,
            count,
        };
        while let Some((row, _)) = matches.advance()? {
            self.found.push_back(Found { row, score: None });
            if self.found.len() == count {
                self.phase = Phase::Rest {
                    segment: place,
                    document: matches.next_document(),
                    count: (4 * count).min(MOST_ROWS_FOUND),
                };
                break;
            }
        }
        Ok(())
    }

    /// Shows all rows that match, of an unordered search.
    fn each_match(
        &mut self,
        mut visit: impl FnMut(RowId) -> Result<(), Report>,
    ) -> Result<(), Report> {
        if let Phase::Nothing = self.phase {
            return Ok(());
        }
        let clause = self.rest();
        for segment in &self.view.open()?.segments {
            let mut matches = Matches::new(segment, &clause)?;
            while let Some((row, _)) = matches.advance()? {
                visit(row)?;
            }
        }
        Ok(())
    }
}
