//! `ALTER INDEX … SET`: parameters that change what is in an index hold from the next REINDEX on, and who sets them is
//! told so. PostgreSQL tells an access method nothing of it, but every change of an object goes through a hook.

use std::ffi::{c_int, c_void};

use pgrx::pg_sys;
use pgrx::prelude::*;

use crate::index::{definition, is_ours, options};
use crate::report::{self, OrRaise, Report};
use crate::storage::buffer::Relation;

static mut NEXT_HOOK: pg_sys::object_access_hook_type = None;

/// Puts the hook before those that are there, once in a backend.
pub fn watch() {
    // SAFETY: a backend has one thread.
    unsafe {
        NEXT_HOOK = pg_sys::object_access_hook;
        pg_sys::object_access_hook = Some(object_accessed);
    }
}

#[pg_guard]
unsafe extern "C-unwind" fn object_accessed(
    access: pg_sys::ObjectAccessType::Type,
    class: pg_sys::Oid,
    object: pg_sys::Oid,
    part: c_int,
    argument: *mut c_void,
) {
    // SAFETY: the server's own arguments; the next hook is one of its kind, and guarded as what pgrx declares.
    unsafe {
        if let Some(next) = NEXT_HOOK {
            pg_sys::ffi::pg_guard_ffi_boundary(|| next(access, class, object, part, argument));
        }
        let is_alter = access == pg_sys::ObjectAccessType::OAT_POST_ALTER
            && class == pg_sys::RelationRelationId
            && part == 0;
        if is_alter && pg_sys::get_rel_relkind(object) as u8 == pg_sys::RELKIND_INDEX {
            altered(object).or_raise();
        }
    }
}

/// Compares what an index was built with and what it would be built with.
///
/// # Safety
/// An index that the running command has locked.
unsafe fn altered(index: pg_sys::Oid) -> Result<(), Report> {
    // SAFETY: by the contract.
    unsafe {
        let raw = pg_sys::relation_open(index, pg_sys::AccessShareLock as i32);
        let relation = Relation::new(raw);
        // While a relation is being made, it has no contents yet.
        if is_ours(raw) && (*(*raw).rd_index).indisvalid && relation.blocks() > 0 {
            // It may have got another name, which plans have.
            pg_sys::CacheInvalidateRelcacheByRelid((*(*raw).rd_index).indrelid);
            let options = options::of_tuple(new_tuple(index)?);
            // What is wrong with a definition is for whoever uses the index.
            let differs = definition::of(relation).is_ok_and(|known| known.differs_from(&options));
            if differs {
                report::emit(
                    PgLogLevel::NOTICE,
                    &format!(
                        "index \"{}\" has to be built again for this to take effect: REINDEX INDEX {}",
                        relation.name(),
                        relation.name()
                    ),
                );
            }
        }
        pg_sys::relation_close(raw, pg_sys::AccessShareLock as i32);
    }
    Ok(())
}

/// The relation's row in the catalog as the running command has changed it, which others don't see yet.
///
/// # Safety
/// In a transaction.
unsafe fn new_tuple(relation: pg_sys::Oid) -> Result<options::Tuple, Report> {
    // SAFETY: a look-up by the catalog's index; the tuple is copied before the scan ends.
    unsafe {
        let lock = pg_sys::AccessShareLock as i32;
        let catalog = pg_sys::table_open(pg_sys::RelationRelationId, lock);
        let mut key = pg_sys::ScanKeyData::default();
        pg_sys::ScanKeyInit(
            &mut key,
            pg_sys::Anum_pg_class_oid as i16,
            pg_sys::BTEqualStrategyNumber as u16,
            pg_sys::F_OIDEQ.into(),
            pg_sys::Datum::from(relation),
        );
        let mut snapshot = pg_sys::SnapshotData {
            snapshot_type: pg_sys::SnapshotType::SNAPSHOT_SELF,
            ..Default::default()
        };
        let scan = pg_sys::systable_beginscan(
            catalog,
            pg_sys::ClassOidIndexId.into(),
            true,
            &mut snapshot,
            1,
            &mut key,
        );
        let found = pg_sys::systable_getnext(scan);
        let tuple = (!found.is_null()).then(|| options::Tuple {
            tuple: pg_sys::heap_copytuple(found),
            descriptor: (*catalog).rd_att,
        });
        pg_sys::systable_endscan(scan);
        pg_sys::table_close(catalog, lock);
        tuple.ok_or_else(|| Report::internal("an index without a row in pg_class"))
    }
}
