//! The calling convention of SQL functions: declaring one, and reading its arguments.

use pgrx::pg_sys;
use pgrx::prelude::*;
use serde_json::{Map, Value};

use crate::datum::Jsonb;
use crate::nodes;
use crate::report::{Code, Report};

/// Declares an SQL-callable function, as `PG_FUNCTION_INFO_V1` and a function do in C. The body answers
/// `Result<Option<impl IntoDatum>, Report>`; its error is raised after all its values were dropped.
macro_rules! sql_function {
    ($(#[$doc:meta])* fn $name:ident($arguments:ident) -> $answer:ty $body:block) => {
        $(#[$doc])*
        ///
        /// # Safety
        /// Called by the function manager, with the arguments that `sql/` declares.
        #[unsafe(no_mangle)]
        #[::pgrx::pg_guard]
        pub unsafe extern "C-unwind" fn $name(
            fcinfo: ::pgrx::pg_sys::FunctionCallInfo,
        ) -> ::pgrx::pg_sys::Datum {
            #[inline(always)]
            fn body($arguments: &$crate::arguments::Arguments) -> $answer $body
            // SAFETY: the function manager's call info is valid for the call.
            let arguments = unsafe { $crate::arguments::Arguments::new(fcinfo) };
            let answer = $crate::report::OrRaise::or_raise(body(&arguments));
            arguments.answer(answer)
        }

        const _: () = {
            #[unsafe(export_name = concat!("pg_finfo_", stringify!($name)))]
            extern "C" fn finfo() -> &'static ::pgrx::pg_sys::Pg_finfo_record {
                const V1: ::pgrx::pg_sys::Pg_finfo_record =
                    ::pgrx::pg_sys::Pg_finfo_record { api_version: 1 };
                &V1
            }
        };
    };
}
pub(crate) use sql_function;

/// The arguments of the running call, by position.
pub struct Arguments {
    fcinfo: pg_sys::FunctionCallInfo,
}

impl Arguments {
    /// # Safety
    /// `fcinfo` is valid while the value is used.
    #[inline]
    pub unsafe fn new(fcinfo: pg_sys::FunctionCallInfo) -> Self {
        Arguments { fcinfo }
    }

    /// The running call's info.
    pub fn fcinfo(&self) -> pg_sys::FunctionCallInfo {
        self.fcinfo
    }

    /// The call site's `FmgrInfo`; null when the function was called directly.
    #[inline]
    pub fn flinfo(&self) -> *mut pg_sys::FmgrInfo {
        // SAFETY: valid by `new`.
        unsafe { (*self.fcinfo).flinfo }
    }

    /// The oid of the function that is called.
    pub fn function(&self) -> Result<pg_sys::Oid, Report> {
        // SAFETY: valid by `new`.
        match unsafe { self.flinfo().as_ref() } {
            Some(flinfo) => Ok(flinfo.fn_oid),
            None => Err(Report::internal("called without a call site")),
        }
    }

    /// What a trigger function gets instead of arguments.
    pub fn context(&self) -> *mut pg_sys::Node {
        // SAFETY: valid by `new`.
        unsafe { (*self.fcinfo).context }
    }

    /// The argument at `i`, if it is not NULL.
    #[inline]
    pub fn datum(&self, i: usize) -> Option<pg_sys::Datum> {
        // SAFETY: valid by `new`; the call has `nargs` arguments.
        unsafe {
            let fcinfo = &*self.fcinfo;
            let argument = &fcinfo.args.as_slice(fcinfo.nargs as usize)[i];
            (!argument.isnull).then_some(argument.value)
        }
    }

    /// Whether the argument is the same for the whole life of the call site: a constant of a plain call.
    /// A parameter isn't, since PL/pgSQL evaluates one expression tree again with other values; nor is the
    /// constant array of `= ANY`, whose elements come one by one.
    pub fn is_stable(&self, i: i32) -> bool {
        // SAFETY: a node's tag says what it is.
        self.expression(i)
            .is_some_and(|argument| unsafe { (*argument).type_ == pg_sys::NodeTag::T_Const })
    }

    /// The expression that gives the argument, where the executor tells it.
    pub fn expression(&self, i: i32) -> Option<*mut pg_sys::Node> {
        // SAFETY: the expression tree that the executor attached, if any.
        unsafe {
            let call = self.flinfo().as_ref()?.fn_expr;
            nodes::element(nodes::arguments(call)?, i)
        }
    }

    /// A jsonb argument.
    #[inline]
    pub fn jsonb(&self, i: usize) -> Option<Jsonb> {
        // SAFETY: declared as jsonb, and argument values stay for the call.
        self.datum(i).map(|datum| unsafe { Jsonb::new(datum) })
    }

    pub fn oid(&self, i: usize) -> Option<pg_sys::Oid> {
        // SAFETY: declared as regclass or oid.
        self.datum(i)
            .and_then(|datum| unsafe { pg_sys::Oid::from_datum(datum, false) })
    }

    pub fn bool(&self, i: usize) -> Option<bool> {
        // SAFETY: declared as boolean.
        self.datum(i)
            .and_then(|datum| unsafe { bool::from_datum(datum, false) })
    }

    pub fn text(&self, i: usize) -> Option<String> {
        // SAFETY: declared as text.
        self.datum(i)
            .and_then(|datum| unsafe { String::from_datum(datum, false) })
    }

    pub fn bytes(&self, i: usize) -> Option<Vec<u8>> {
        // SAFETY: declared as bytea.
        self.datum(i)
            .and_then(|datum| unsafe { Vec::<u8>::from_datum(datum, false) })
    }

    pub fn timestamp(&self, i: usize) -> Option<TimestampWithTimeZone> {
        // SAFETY: declared as timestamptz.
        self.datum(i)
            .and_then(|datum| unsafe { TimestampWithTimeZone::from_datum(datum, false) })
    }

    /// A text argument that may not be NULL.
    pub fn required_text(&self, i: usize, name: &str) -> Result<String, Report> {
        self.text(i).ok_or_else(|| Report::null(name))
    }

    /// A jsonb argument of at most so many bytes as a JSON value; NULL is an empty object.
    pub fn json(&self, i: usize, name: &str, most: usize) -> Result<Value, Report> {
        let Some(jsonb) = self.jsonb(i) else {
            return Ok(Value::Object(Map::new()));
        };
        let length = jsonb.bytes().len();
        if length > most {
            let message = format!("{name} has {length} bytes, more than {most}");
            return Err(Report::new(Code::ERRCODE_PROGRAM_LIMIT_EXCEEDED, message));
        }
        jsonb.json(name)
    }

    /// Hands an answer to the function manager.
    #[inline]
    pub fn answer(&self, answer: Option<impl IntoDatum>) -> pg_sys::Datum {
        match answer.and_then(IntoDatum::into_datum) {
            Some(datum) => datum,
            None => {
                // SAFETY: valid by `new`.
                unsafe { (*self.fcinfo).isnull = true };
                pg_sys::Datum::null()
            }
        }
    }
}
