//! The storage parameters of an index: `CREATE INDEX … WITH (mapping = '…', k1 = 1.5, …)`.

use std::ffi::{CStr, c_char, c_int};
use std::sync::OnceLock;

use pgrx::pg_sys;
use pgrx::prelude::*;
use quidditch_segment::Bm25;

use crate::index::definition;
use crate::report::OrRaise;
use crate::storage::buffer::Relation;

/// What `rd_options` points to. Strings are offsets from its beginning, 0 for none.
#[repr(C)]
struct Stored {
    varlena: i32,
    mapping: c_int,
    analyzer: c_int,
    pending_limit: c_int,
    k1: f64,
    b: f64,
    positions: bool,
}

/// The storage parameters, or their defaults.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// What the index is to be built with, once it is built again.
    pub mapping: Option<String>,
    pub analyzer: Option<String>,
    pub positions: bool,
    pub bm25: Bm25,
    /// How large the pending list may become, in bytes.
    pub pending_limit: usize,
}

/// In kB. A new connection's first search reads all of it, so it is smaller than GIN's.
const PENDING_LIMIT: i32 = 1024;

static KIND: OnceLock<pg_sys::relopt_kind::Type> = OnceLock::new();

/// Tells PostgreSQL of them, once in a backend.
pub fn define() {
    let bm25 = Bm25::default();
    // SAFETY: all strings are constants, which the server copies.
    unsafe {
        let kind = pg_sys::add_reloption_kind();
        let lock = pg_sys::AccessExclusiveLock as i32;
        let weaker = pg_sys::ShareUpdateExclusiveLock as i32;
        pg_sys::add_string_reloption(
            kind,
            c"mapping".as_ptr(),
            c"Elasticsearch's mapping: the types of the fields, as JSON".as_ptr(),
            std::ptr::null(),
            Some(validate_mapping),
            lock,
        );
        pg_sys::add_string_reloption(
            kind,
            c"analyzer".as_ptr(),
            c"Analyzer of text for which the mapping names none".as_ptr(),
            std::ptr::null(),
            Some(validate_analyzer),
            lock,
        );
        pg_sys::add_bool_reloption(
            kind,
            c"positions".as_ptr(),
            c"Keeps the positions of words, which phrases need".as_ptr(),
            true,
            lock,
        );
        pg_sys::add_real_reloption(
            kind,
            c"k1".as_ptr(),
            c"How soon further occurrences of a word stop to count (BM25)".as_ptr(),
            bm25.k1,
            0.0,
            1000.0,
            weaker,
        );
        pg_sys::add_real_reloption(
            kind,
            c"b".as_ptr(),
            c"How much long texts are worth less (BM25)".as_ptr(),
            bm25.b,
            0.0,
            1.0,
            weaker,
        );
        pg_sys::add_int_reloption(
            kind,
            c"pending_limit".as_ptr(),
            c"Size of the pending list at which it becomes a segment, in kB".as_ptr(),
            PENDING_LIMIT,
            64,
            1 << 20,
            weaker,
        );
        _ = KIND.set(kind);
    }
}

#[pg_guard]
unsafe extern "C-unwind" fn validate_mapping(value: *const c_char) {
    // SAFETY: a NUL-terminated string, or null for the default.
    if let Some(text) = unsafe { string(value) } {
        definition::parse_mapping(Some(&text), None).or_raise();
    }
}

#[pg_guard]
unsafe extern "C-unwind" fn validate_analyzer(value: *const c_char) {
    // SAFETY: a NUL-terminated string, or null for the default.
    if let Some(name) = unsafe { string(value) } {
        definition::parse_mapping(None, Some(&name)).or_raise();
    }
}

/// # Safety
/// Null, or a NUL-terminated string.
unsafe fn string(value: *const c_char) -> Option<String> {
    // SAFETY: by the contract.
    (!value.is_null()).then(|| unsafe { CStr::from_ptr(value).to_string_lossy().into_owned() })
}

/// `amoptions`
///
/// # Safety
/// Called by the server with an array of text, or null.
#[pg_guard]
pub unsafe extern "C-unwind" fn amoptions(
    reloptions: pg_sys::Datum,
    validate: bool,
) -> *mut pg_sys::bytea {
    use pg_sys::relopt_type::{
        RELOPT_TYPE_BOOL, RELOPT_TYPE_INT, RELOPT_TYPE_REAL, RELOPT_TYPE_STRING,
    };
    // PostgreSQL 18 has a field more.
    #[allow(clippy::needless_update)]
    let element = |name: &'static CStr, opttype, offset: usize| pg_sys::relopt_parse_elt {
        optname: name.as_ptr(),
        opttype,
        offset: offset as c_int,
        ..Default::default()
    };
    macro_rules! offset {
        ($field:ident) => {
            std::mem::offset_of!(Stored, $field)
        };
    }
    let elements = [
        element(c"mapping", RELOPT_TYPE_STRING, offset!(mapping)),
        element(c"analyzer", RELOPT_TYPE_STRING, offset!(analyzer)),
        element(c"positions", RELOPT_TYPE_BOOL, offset!(positions)),
        element(c"k1", RELOPT_TYPE_REAL, offset!(k1)),
        element(c"b", RELOPT_TYPE_REAL, offset!(b)),
        element(c"pending_limit", RELOPT_TYPE_INT, offset!(pending_limit)),
    ];
    let kind = KIND.get().copied().unwrap_or_default();
    // SAFETY: the elements describe `Stored`.
    unsafe {
        pg_sys::build_reloptions(
            reloptions,
            validate,
            kind,
            size_of::<Stored>(),
            elements.as_ptr(),
            elements.len() as c_int,
        )
        .cast()
    }
}

/// The parameters of an index.
pub fn of(relation: Relation) -> Options {
    // SAFETY: `rd_options` is null or what `amoptions` made.
    unsafe { read((*relation.raw()).rd_options.cast()) }
}

/// An index's row in the catalog.
pub struct Tuple {
    pub tuple: pg_sys::HeapTuple,
    pub descriptor: pg_sys::TupleDesc,
}

/// The parameters that a row of the catalog has.
///
/// # Safety
/// The row of an index of ours.
pub unsafe fn of_tuple(row: Tuple) -> Options {
    // SAFETY: by the contract.
    unsafe {
        let parsed = pg_sys::extractRelOptions(row.tuple, row.descriptor, Some(amoptions));
        read(parsed.cast())
    }
}

/// # Safety
/// Null, or what `amoptions` made.
unsafe fn read(stored: *const Stored) -> Options {
    // SAFETY: by the contract; a string lies at its offset.
    unsafe {
        let Some(options) = stored.as_ref() else {
            return Options {
                mapping: None,
                analyzer: None,
                positions: true,
                bm25: Bm25::default(),
                pending_limit: PENDING_LIMIT as usize * 1024,
            };
        };
        let text = |offset: c_int| match offset {
            0 => None,
            offset => string(stored.cast::<c_char>().add(offset as usize)),
        };
        Options {
            mapping: text(options.mapping),
            analyzer: text(options.analyzer),
            positions: options.positions,
            bm25: Bm25 {
                k1: options.k1,
                b: options.b,
            },
            pending_limit: options.pending_limit as usize * 1024,
        }
    }
}

/// How large the pending list may become, in bytes; without a look at the rest.
pub fn pending_limit(relation: Relation) -> usize {
    // SAFETY: as in `of`.
    let stored = unsafe { (*relation.raw()).rd_options.cast::<Stored>().as_ref() };
    stored.map_or(PENDING_LIMIT, |stored| stored.pending_limit) as usize * 1024
}
