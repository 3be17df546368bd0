//! What `CREATE FUNCTION` said of a function: its row in `pg_proc`, read and checked as far as the body doesn't
//! matter.

use std::ffi::{CStr, c_char};

use pgrx::pg_sys;

use super::types::{self, SqlType};
use crate::report::{Code, Report};

/// A function's row.
pub struct Row {
    tuple: pg_sys::HeapTuple,
    oid: pg_sys::Oid,
}

/// Which state of the row that is: another one has another identity.
#[derive(Clone, Copy, PartialEq)]
pub struct Identity {
    inserted_by: u32,
    block: (u16, u16),
    item: u16,
}

/// A function as it was declared, with types that there are.
pub struct Declaration {
    /// `name(types)`, for messages.
    pub label: String,
    /// Whether the first argument is the document.
    pub has_document: bool,
    /// Those after the document.
    pub arguments: Vec<Declared>,
    pub result: SqlType,
    pub is_immutable: bool,
}

/// An argument.
pub struct Declared {
    /// Its place among all.
    pub place: usize,
    /// Empty for one without a name.
    pub name: String,
    pub ty: SqlType,
}

impl Declared {
    /// What messages call it.
    pub fn title(&self) -> String {
        match self.name.is_empty() {
            true => format!("argument {}", self.place + 1),
            false => format!("argument {:?}", self.name),
        }
    }
}

impl Row {
    pub fn of(oid: pg_sys::Oid) -> Result<Self, Report> {
        let cache = pg_sys::SysCacheIdentifier::PROCOID as i32;
        // SAFETY: a catalog look-up; released when the value is dropped.
        let tuple = unsafe { pg_sys::SearchSysCache1(cache, pg_sys::Datum::from(oid)) };
        if tuple.is_null() {
            return Err(Report::internal(format!("there is no function {oid}")));
        }
        Ok(Row { tuple, oid })
    }

    fn form(&self) -> &pg_sys::FormData_pg_proc {
        // SAFETY: a tuple of pg_proc, which is not written to.
        unsafe { &*pg_sys::GETSTRUCT(self.tuple).cast() }
    }

    pub fn identity(&self) -> Identity {
        // SAFETY: a tuple that was read from a table has a header and a place.
        unsafe {
            let tuple = &*self.tuple;
            Identity {
                inserted_by: (*tuple.t_data).t_choice.t_heap.t_xmin.into_inner(),
                block: (tuple.t_self.ip_blkid.bi_hi, tuple.t_self.ip_blkid.bi_lo),
                item: tuple.t_self.ip_posid,
            }
        }
    }

    /// The body.
    pub fn source(&self) -> Result<String, Report> {
        let mut is_null = true;
        let cache = pg_sys::SysCacheIdentifier::PROCOID as i32;
        let column = pg_sys::Anum_pg_proc_prosrc as pg_sys::AttrNumber;
        // SAFETY: a column of the tuple, which is a text.
        unsafe {
            let source = pg_sys::SysCacheGetAttr(cache, self.tuple, column, &mut is_null);
            let source = (!is_null).then(|| <String as pgrx::FromDatum>::from_datum(source, false));
            source
                .flatten()
                .ok_or_else(|| Report::internal("a function without a body"))
        }
    }

    /// The function's name and argument types.
    pub fn label(&self) -> String {
        // SAFETY: palloc'd text for an oid.
        unsafe { take_text(pg_sys::format_procedure(self.oid)) }
    }

    /// The declaration.
    ///
    /// # Errors
    /// It has what no UDF can have: 42P13.
    pub fn declaration(&self) -> Result<Declaration, Report> {
        let form = self.form();
        let label = self.label();
        let refused = |what: String| {
            let message = format!("function {label} can't be in language wasm: {what}");
            Report::new(Code::ERRCODE_INVALID_FUNCTION_DEFINITION, message)
        };
        if form.prokind as u8 != pg_sys::PROKIND_FUNCTION {
            let what = "only plain functions can, no procedures and no window functions";
            return Err(refused(what.into()));
        }
        if form.proretset {
            return Err(refused("it returns a set".into()));
        }
        if form.provariadic != pg_sys::InvalidOid {
            return Err(refused("it is VARIADIC".into()));
        }
        let arguments = self.arguments();
        if let Some((i, _)) = arguments.iter().enumerate().find(|(_, a)| !a.is_input) {
            let what = format!("argument {} is for output, and a UDF has one result", i + 1);
            return Err(refused(what));
        }
        let result = SqlType::of(form.prorettype).ok_or_else(|| {
            let name = type_name(form.prorettype);
            refused(format!("it returns {name}"))
                .hint(format!("A result is of type jsonb, {}.", types::KNOWN))
        })?;
        let mut declared = Vec::with_capacity(arguments.len());
        let mut has_document = false;
        for (place, argument) in arguments.into_iter().enumerate() {
            // SAFETY: a catalog look-up.
            let ty = SqlType::of(unsafe { pg_sys::getBaseType(argument.ty) });
            if place == 0 && ty == Some(SqlType::Jsonb) {
                has_document = true;
                continue;
            }
            let declare = |ty| Declared {
                place,
                name: argument.name,
                ty,
            };
            match ty {
                Some(ty) if ty != SqlType::Jsonb => declared.push(declare(ty)),
                _ => {
                    let title = declare(SqlType::Jsonb).title();
                    let what = format!("{title} is of type {}", type_name(argument.ty));
                    return Err(refused(what).hint(format!(
                        "The document comes first, as jsonb. The other arguments are of type {}.",
                        types::KNOWN
                    )));
                }
            }
        }
        Ok(Declaration {
            label,
            has_document,
            arguments: declared,
            result,
            is_immutable: form.provolatile as u8 == pg_sys::PROVOLATILE_IMMUTABLE,
        })
    }

    fn arguments(&self) -> Vec<Argument> {
        let (mut types, mut names, mut modes) = Default::default();
        // SAFETY: the function allocates arrays of as many elements as it answers; names and modes are null
        // when there are none.
        unsafe {
            let count =
                pg_sys::get_func_arg_info(self.tuple, &mut types, &mut names, &mut modes) as usize;
            let (types, names, modes): (*mut pg_sys::Oid, *mut *mut c_char, *mut c_char) =
                (types, names, modes);
            (0..count)
                .map(|i| Argument {
                    ty: *types.add(i),
                    name: match names.is_null() || (*names.add(i)).is_null() {
                        true => String::new(),
                        false => text(*names.add(i)),
                    },
                    is_input: modes.is_null() || *modes.add(i) as u8 == pg_sys::PROARGMODE_IN,
                })
                .collect()
        }
    }
}

impl Drop for Row {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            // SAFETY: found by `of`. After an error the transaction's end releases it.
            unsafe { pg_sys::ReleaseSysCache(self.tuple) };
        }
    }
}

/// An argument as the row has it.
struct Argument {
    ty: pg_sys::Oid,
    name: String,
    is_input: bool,
}

fn type_name(oid: pg_sys::Oid) -> String {
    // SAFETY: palloc'd text for an oid.
    unsafe { take_text(pg_sys::format_type_be(oid)) }
}

/// # Safety
/// A NUL-terminated text.
unsafe fn text(from: *const c_char) -> String {
    // SAFETY: as this function's.
    unsafe { CStr::from_ptr(from) }
        .to_string_lossy()
        .into_owned()
}

/// # Safety
/// A palloc'd NUL-terminated text, which is freed.
unsafe fn take_text(from: *mut c_char) -> String {
    // SAFETY: as this function's.
    unsafe {
        let taken = text(from);
        pg_sys::pfree(from.cast());
        taken
    }
}
