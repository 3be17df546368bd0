//! A value of variable length, a jsonb datum as a document, and JSON text as a jsonb datum. The common case, a value
//! stored inline and uncompressed, is read where it lies, with a long or a short header; a compressed or
//! out-of-line value is detoasted.

use std::ffi::CString;

use pgrx::pg_sys;
use pgrx::varlena;
use quidditch_document::{Damaged, Document};

use crate::report::Report;

/// How deep JSON may be nested that becomes a tree: whoever walks it recurses.
const DEEPEST: usize = 100;

/// A detoasted value of variable length. What detoasting allocated is freed with it.
pub struct Varlena {
    stored: *const pg_sys::varlena,
    payload: *const u8,
    length: usize,
    copy: *mut pg_sys::varlena,
}

impl Varlena {
    /// # Safety
    /// `datum` is a non-null value of variable length, and stays in memory while the value is used.
    #[inline(always)]
    pub unsafe fn new(datum: pg_sys::Datum) -> Self {
        let stored = datum.cast_mut_ptr::<pg_sys::varlena>();
        // SAFETY: a varlena's first byte says how it is stored; only plain forms are read in place.
        unsafe {
            if varlena::varatt_is_4b_u(stored)
                || varlena::varatt_is_1b(stored) && !varlena::varatt_is_1b_e(stored)
            {
                Self::plain(stored, std::ptr::null_mut())
            } else {
                let copy = pg_sys::pg_detoast_datum(stored);
                Self::plain(copy, copy)
            }
        }
    }

    /// # Safety
    /// `value` is a varlena with a plain header, `copy` null or the chunk it lies in.
    #[inline(always)]
    unsafe fn plain(value: *const pg_sys::varlena, copy: *mut pg_sys::varlena) -> Self {
        // SAFETY: the caller saw a plain varlena, whose header has its length.
        unsafe {
            Varlena {
                stored: value,
                payload: varlena::vardata_any(value).cast(),
                length: varlena::varsize_any_exhdr(value),
                copy,
            }
        }
    }

    #[inline]
    pub fn bytes(&self) -> &[u8] {
        // SAFETY: header and payload are in memory as `new` demands.
        unsafe { std::slice::from_raw_parts(self.payload, self.length) }
    }

    /// The bytes with the header before them.
    #[inline]
    pub fn with_header(&self) -> &[u8] {
        // SAFETY: as above; the payload ends where the value does.
        unsafe {
            let stored = self.stored.cast::<u8>();
            let header = self.payload.offset_from_unsigned(stored);
            std::slice::from_raw_parts(stored, header + self.length)
        }
    }
}

/// A detoasted jsonb value.
pub struct Jsonb(Varlena);

impl Jsonb {
    /// # Safety
    /// `datum` is a non-null jsonb, and stays in memory while the value is used.
    #[inline(always)]
    pub unsafe fn new(datum: pg_sys::Datum) -> Self {
        // SAFETY: as this function's.
        Jsonb(unsafe { Varlena::new(datum) })
    }

    #[inline]
    pub fn bytes(&self) -> &[u8] {
        self.0.bytes()
    }

    /// The value as a tree; `name` is what errors call it.
    pub fn json(&self, name: &str) -> Result<serde_json::Value, Report> {
        quidditch_query::to_json(self.document()?.root()?, DEEPEST).map_err(|error| {
            let place = error.path.strip_prefix("query").unwrap_or(&error.path);
            Report::invalid(format!("{name}{place}: {}", error.message))
        })
    }

    #[inline]
    pub fn document(&self) -> Result<Document<'_>, Damaged> {
        Document::new(self.bytes())
    }
}

/// JSON text as a new jsonb datum, its numbers exact.
pub fn jsonb(text: &str) -> Result<pg_sys::Datum, Report> {
    let text = CString::new(text).map_err(|_| Report::internal("JSON with a NUL character"))?;
    // SAFETY: the type's input function gets a NUL-terminated text.
    Ok(unsafe {
        pg_sys::OidInputFunctionCall(
            pg_sys::Oid::from(pg_sys::F_JSONB_IN),
            text.as_ptr().cast_mut(),
            pg_sys::InvalidOid,
            -1,
        )
    })
}

/// All bytes of a value as it is stored, header and all.
///
/// # Safety
/// A datum of variable length, for as long as the bytes are used.
pub unsafe fn stored_bytes<'d>(datum: pg_sys::Datum) -> &'d [u8] {
    // SAFETY: the header has the length.
    unsafe {
        let value = datum.cast_mut_ptr::<pg_sys::varlena>();
        std::slice::from_raw_parts(value.cast::<u8>(), varlena::varsize_any(value))
    }
}

/// A new datum of such bytes.
pub fn from_stored_bytes(bytes: &[u8]) -> pg_sys::Datum {
    // SAFETY: new memory of that size.
    unsafe {
        let value = pg_sys::palloc(bytes.len()).cast::<u8>();
        value.copy_from_nonoverlapping(bytes.as_ptr(), bytes.len());
        pg_sys::Datum::from(value)
    }
}

impl Drop for Varlena {
    #[inline(always)]
    fn drop(&mut self) {
        if !self.copy.is_null() {
            // SAFETY: `copy` is a chunk that detoasting allocated and nobody else has; freeing a valid chunk
            // doesn't fail.
            unsafe { pg_sys::pfree(self.copy.cast()) };
        }
    }
}
