//! What PostgreSQL is told of the access method (`amapi.h`).

use std::ffi::c_char;

use pgrx::pg_sys;
use pgrx::prelude::*;

use crate::arguments::sql_function;
use crate::index::{build, cost, insert, options, scan, vacuum};
use crate::report::Report;

sql_function! {
    /// `handler(internal)`, as `CREATE ACCESS METHOD` wants it.
    fn quidditch_handler(_arguments) -> Result<Option<pg_sys::Datum>, Report> {
        // SAFETY: a new node of the current memory context, as large as its tag says.
        let routine = unsafe {
            let node = pg_sys::palloc0(size_of::<pg_sys::IndexAmRoutine>());
            let routine = node.cast::<pg_sys::IndexAmRoutine>();
            (*routine).type_ = pg_sys::NodeTag::T_IndexAmRoutine;
            &mut *routine
        };
        // Strategies: 1 is @@@, 2 is <@>.
        routine.amstrategies = 2;
        routine.amcanorderbyop = true;
        // All rows are in the index, documents that are NULL too, so a scan without a condition gives them all.
        routine.amoptionalkey = true;
        routine.amusemaintenanceworkmem = true;
        routine.amkeytype = pg_sys::InvalidOid;
        routine.ambuild = Some(build::ambuild);
        routine.ambuildempty = Some(build::ambuildempty);
        routine.aminsert = Some(insert::aminsert);
        routine.ambulkdelete = Some(vacuum::ambulkdelete);
        routine.amvacuumcleanup = Some(vacuum::amvacuumcleanup);
        routine.amcostestimate = Some(cost::amcostestimate);
        routine.amoptions = Some(options::amoptions);
        routine.ambuildphasename = Some(build::ambuildphasename);
        routine.amvalidate = Some(amvalidate);
        routine.amproperty = Some(amproperty);
        routine.ambeginscan = Some(scan::ambeginscan);
        routine.amrescan = Some(scan::amrescan);
        routine.amgettuple = Some(scan::amgettuple);
        routine.amgetbitmap = Some(scan::amgetbitmap);
        routine.amendscan = Some(scan::amendscan);
        Ok(Some(pg_sys::Datum::from(&raw mut *routine)))
    }
}

/// `amvalidate`: there is one operator class, which comes with the extension.
///
/// # Safety
/// Called by the server.
#[pg_guard]
unsafe extern "C-unwind" fn amvalidate(_class: pg_sys::Oid) -> bool {
    true
}

/// `amproperty`: what `pg_index_column_has_property` can't tell by itself.
///
/// # Safety
/// Called by the server, with places for the answer.
#[pg_guard]
unsafe extern "C-unwind" fn amproperty(
    _index: pg_sys::Oid,
    column: i32,
    property: pg_sys::IndexAMProperty::Type,
    _name: *const c_char,
    answer: *mut bool,
    _is_null: *mut bool,
) -> bool {
    let is_asked = column > 0 && property == pg_sys::IndexAMProperty::AMPROP_DISTANCE_ORDERABLE;
    if is_asked {
        // SAFETY: by the contract.
        unsafe { *answer = true };
    }
    is_asked
}
