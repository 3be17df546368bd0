//! Functions that answer a set of rows: all of them are put into a tuplestore, which spills to disk when it is large.

use pgrx::pg_sys;
use pgrx::prelude::*;

use crate::arguments::Arguments;

/// The rows of the running call.
pub struct Rows {
    set: *mut pg_sys::ReturnSetInfo,
}

impl Rows {
    /// For a function that is declared with `RETURNS TABLE`, or with several OUT parameters and `RETURNS SETOF`.
    pub fn new(arguments: &Arguments) -> Self {
        let fcinfo = arguments.fcinfo();
        // SAFETY: the call info is the running call's. It is an error (0A000) if the caller can't take rows; if he can,
        // `resultinfo` is a ReturnSetInfo, with a tuplestore and a row type from here on.
        unsafe {
            pg_sys::InitMaterializedSRF(fcinfo, 0);
            Rows {
                set: (*fcinfo).resultinfo.cast(),
            }
        }
    }

    /// Adds a row: its columns in the declared order and of the declared types.
    pub fn push<const COLUMNS: usize>(&mut self, columns: [Option<pg_sys::Datum>; COLUMNS]) {
        pgrx::check_for_interrupts!();
        let mut nulls = columns.map(|column| column.is_none());
        let mut values = columns.map(|column| column.unwrap_or(pg_sys::Datum::null()));
        // SAFETY: set up by `new`.
        unsafe {
            let descriptor = (*self.set).setDesc;
            assert_eq!((*descriptor).natts as usize, COLUMNS);
            pg_sys::tuplestore_putvalues(
                (*self.set).setResult,
                descriptor,
                values.as_mut_ptr(),
                nulls.as_mut_ptr(),
            );
        }
    }
}

/// A value of a column.
pub fn column(value: impl IntoDatum) -> Option<pg_sys::Datum> {
    value.into_datum()
}

/// A bigint; what is larger is the largest.
pub fn bigint(number: u64) -> Option<pg_sys::Datum> {
    column(i64::try_from(number).unwrap_or(i64::MAX))
}

/// A timestamptz from microseconds since 1970, where zero and what no calendar has is NULL.
pub fn timestamp(microseconds: u64) -> Option<pg_sys::Datum> {
    const FROM_1970_TO_2000: i64 = 946_684_800_000_000;
    const YEAR_9999: u64 = 253_402_300_799_000_000;
    (1..YEAR_9999)
        .contains(&microseconds)
        .then(|| pg_sys::Datum::from(microseconds as i64 - FROM_1970_TO_2000))
}
