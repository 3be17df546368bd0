//! How rare words are, for the scores of a query that names an index: all of its segments count, or those of all its
//! partitions' indexes.

use pgrx::pg_sys;
use quidditch_query::Query;

use crate::index::about::{is_ours, name_of};
use crate::index::options;
use crate::index::view::View;
use crate::nodes;
use crate::report::{Code, Report};
use crate::storage::buffer::Relation;

/// An index, open and locked against changes of its definition.
pub struct Open(pg_sys::Relation);

impl Open {
    pub fn new(index: pg_sys::Oid) -> Open {
        // SAFETY: takes the lock that readers take; a missing index is an error.
        Open(unsafe { pg_sys::index_open(index, pg_sys::AccessShareLock as i32) })
    }

    pub fn relation(&self) -> Relation {
        // SAFETY: open as long as this lives.
        unsafe { Relation::new(self.0) }
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            // SAFETY: opened once.
            unsafe { pg_sys::index_close(self.0, pg_sys::AccessShareLock as i32) };
        }
    }
}

/// The index of that name, as queries have it.
pub fn named(name: &str) -> Result<pg_sys::Oid, Report> {
    let missing = || {
        Report::new(
            Code::ERRCODE_UNDEFINED_OBJECT,
            format!("query.index: there is no index {name}"),
        )
    };
    let text = std::ffi::CString::new(name).map_err(|_| missing())?;
    // SAFETY: parses a name and looks it up; `true` makes a missing one InvalidOid.
    let index = unsafe {
        let names = nodes::name_parts(&text);
        let range = pg_sys::makeRangeVarFromNameList(names);
        let flags = pg_sys::RVROption::RVR_MISSING_OK;
        let none = pg_sys::NoLock as i32;
        pg_sys::RangeVarGetRelidExtended(range, none, flags, None, std::ptr::null_mut())
    };
    if index == pg_sys::InvalidOid {
        return Err(missing());
    }
    check_kind(index)?;
    Ok(index)
}

/// Whether a user may read all rows of a table.
pub fn may_read(table: pg_sys::Oid, user: pg_sys::Oid) -> bool {
    // SAFETY: look-ups in the catalog.
    unsafe {
        let select = pg_sys::ACL_SELECT as pg_sys::AclMode;
        let all = pg_sys::AclMaskHow::ACLMASK_ALL;
        let may = pg_sys::pg_class_aclcheck(table, user, select) == pg_sys::AclResult::ACLCHECK_OK
            || pg_sys::pg_attribute_aclcheck_all(table, user, select, all)
                == pg_sys::AclResult::ACLCHECK_OK;
        // Policies may hide some.
        may && pg_sys::check_enable_rls(table, user, true)
            != pg_sys::CheckEnableRlsResult::RLS_ENABLED as i32
    }
}

/// Refuses an index of a table that the user may not read: scores tell how many rows have a word.
pub fn check_rights(index: pg_sys::Oid) -> Result<(), Report> {
    // SAFETY: a variable.
    match may_read(table_of(index), unsafe { pg_sys::GetUserId() }) {
        true => Ok(()),
        false => Err(Report::new(
            Code::ERRCODE_INSUFFICIENT_PRIVILEGE,
            "permission denied for the table whose index the query names",
        )),
    }
}

/// The table that an index is on.
pub fn table_of(index: pg_sys::Oid) -> pg_sys::Oid {
    // SAFETY: a look-up; a missing index is an error.
    unsafe { pg_sys::IndexGetRelation(index, false) }
}

/// Refuses what is no index of ours.
pub fn check_kind(index: pg_sys::Oid) -> Result<(), Report> {
    // SAFETY: a look-up.
    let kind = unsafe { pg_sys::get_rel_relkind(index) } as u8;
    let is_index = matches!(
        kind,
        pg_sys::RELKIND_INDEX | pg_sys::RELKIND_PARTITIONED_INDEX
    );
    // SAFETY: open while it is looked at.
    if is_index && unsafe { is_ours(Open::new(index).0) } {
        return Ok(());
    }
    let message = format!("\"{}\" is not a quidditch index", name_of(index));
    Err(Report::new(Code::ERRCODE_WRONG_OBJECT_TYPE, message))
}

/// Gives the clauses over text what their words are worth by the index of that name.
pub fn weigh(query: &mut Query, index: pg_sys::Oid) -> Result<(), Report> {
    let whole = Open::new(index);
    // SAFETY: an open relation has its row of the catalog.
    let kind = unsafe { (*(*whole.0).rd_rel).relkind } as u8;
    let parts = match kind {
        pg_sys::RELKIND_PARTITIONED_INDEX => partitions(index),
        _ => Vec::new(),
    };
    let bm25 = options::of(whole.relation()).bm25;
    let view = match kind {
        pg_sys::RELKIND_PARTITIONED_INDEX => View::of_all(parts.iter().map(Open::relation))?,
        _ => View::of(whole.relation())?,
    };
    query.weigh(&bm25, &view.open()?)?;
    Ok(())
}

/// Whether the index is one of a partition's of that one.
pub fn is_part_of(index: pg_sys::Oid, whole: pg_sys::Oid) -> bool {
    inheritors(whole).contains(&index)
}

/// The indexes of the partitions, those with contents.
fn partitions(index: pg_sys::Oid) -> Vec<Open> {
    // SAFETY: a look-up.
    let is_leaf = |oid: &pg_sys::Oid| {
        let kind = unsafe { pg_sys::get_rel_relkind(*oid) };
        kind as u8 == pg_sys::RELKIND_INDEX
    };
    let all = inheritors(index).into_iter();
    all.filter(is_leaf).map(Open::new).collect()
}

/// The index and those of all partitions below.
fn inheritors(index: pg_sys::Oid) -> Vec<pg_sys::Oid> {
    unsafe extern "C-unwind" {
        fn find_all_inheritors(
            parent: pg_sys::Oid,
            lock: pg_sys::LOCKMODE,
            parents: *mut *mut pg_sys::List,
        ) -> *mut pg_sys::List;
    }
    // SAFETY: declared as in pg_inherits.h, guarded as what pgrx declares; the list is one of OIDs.
    unsafe {
        let lock = pg_sys::AccessShareLock as i32;
        let list = pg_sys::ffi::pg_guard_ffi_boundary(|| {
            find_all_inheritors(index, lock, std::ptr::null_mut())
        });
        match list.as_ref() {
            None => Vec::new(),
            Some(list) => (0..list.length as usize)
                .map(|place| (*list.elements.add(place)).oid_value)
                .collect(),
        }
    }
}
