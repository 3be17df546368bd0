//! Errors on their way to the user: SQLSTATE, message, detail, hint.
//!
//! Functions return `Result<_, Report>` and the outermost one raises it: an error is an ordinary
//! value while Rust frames are on the stack, and `ereport` comes last.

use std::ffi::CString;
use std::fmt;

use pgrx::pg_sys;
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::prelude::*;
use quidditch_document::Damaged;
use quidditch_query::{IndexError, WeighError};

pub use pgrx::PgSqlErrorCode as Code;

/// An error that has not been raised yet. Boxed, because the row path returns it by value.
#[derive(Clone, Debug)]
pub struct Report(Box<Fields>);

#[derive(Clone, Debug)]
struct Fields {
    code: Code,
    message: String,
    detail: Option<String>,
    hint: Option<String>,
}

impl Report {
    #[cold]
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Report(Box::new(Fields {
            code,
            message: message.into(),
            detail: None,
            hint: None,
        }))
    }

    /// 22023, the code of everything a user wrote wrongly.
    #[cold]
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(Code::ERRCODE_INVALID_PARAMETER_VALUE, message)
    }

    /// 0A000.
    #[cold]
    pub fn not_supported(message: impl Into<String>) -> Self {
        Self::new(Code::ERRCODE_FEATURE_NOT_SUPPORTED, message)
    }

    /// 22004, for an argument that may not be NULL.
    #[cold]
    pub fn null(argument: &str) -> Self {
        Self::new(
            Code::ERRCODE_NULL_VALUE_NOT_ALLOWED,
            format!("{argument} must not be null"),
        )
    }

    /// XX000, for what can't happen.
    #[cold]
    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(Code::ERRCODE_INTERNAL_ERROR, message)
    }

    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.0.detail = Some(detail.into());
        self
    }

    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }

    /// Says before the message what came of it.
    pub fn context(mut self, what: &str) -> Self {
        self.0.message = format!("{what}: {}", self.0.message);
        self
    }

    /// Says where in a query the error is, if there is no detail yet.
    pub fn at(mut self, path: &str) -> Self {
        self.0
            .detail
            .get_or_insert_with(|| format!("The clause stands at {path}."));
        self
    }

    /// The error as JSON, for the functions that answer errors instead of raising them.
    pub fn to_json(&self) -> serde_json::Value {
        let mut json = serde_json::json!({
            "sqlstate": sqlstate(self.0.code),
            "message": self.0.message,
        });
        if let Some(detail) = &self.0.detail {
            json["detail"] = detail.as_str().into();
        }
        if let Some(hint) = &self.0.hint {
            json["hint"] = hint.as_str().into();
        }
        json
    }

    /// Sends it as a warning, with which things go on.
    pub fn warn(&self) {
        let Fields {
            code,
            message,
            detail,
            hint,
        } = &*self.0;
        let (detail, hint) = (detail.as_deref(), hint.as_deref());
        send(PgLogLevel::WARNING, *code, message, detail, hint);
    }

    pub fn code(&self) -> Code {
        self.0.code
    }

    /// The five characters of its code.
    pub fn sqlstate(&self) -> String {
        sqlstate(self.0.code)
    }

    /// Raises the error. It leaves as a panic, which the guard of the SQL-callable function turns into an
    /// `ereport` once all Rust frames are gone.
    #[cold]
    pub fn raise(self) -> ! {
        let Fields {
            code,
            message,
            detail,
            hint,
        } = *self.0;
        let mut report = ErrorReport::new(code, message, "quidditch");
        if let Some(detail) = detail {
            report = report.set_detail(detail);
        }
        if let Some(hint) = hint {
            report = report.set_hint(hint);
        }
        report.report(PgLogLevel::ERROR);
        unreachable!("an error report returned")
    }
}

/// Sends a message of a level below ERROR.
pub fn emit(level: PgLogLevel, message: &str) {
    send(
        level,
        Code::ERRCODE_SUCCESSFUL_COMPLETION,
        message,
        None,
        None,
    );
}

/// Sending may itself fail, when the query is cancelled or the client's encoding lacks a character; that error comes
/// back as a panic, like every error of the server.
fn send(level: PgLogLevel, code: Code, message: &str, detail: Option<&str>, hint: Option<&str>) {
    let text = |text: &str| CString::new(text).unwrap_or_default();
    let (message, detail, hint) = (text(message), detail.map(text), hint.map(text));
    let pointer = |text: &Option<CString>| {
        text.as_ref()
            .map_or(std::ptr::null_mut(), |text| text.as_ptr().cast_mut())
    };
    // SAFETY: an ErrorData of zeros has nothing set; the call copies what is set and is guarded.
    unsafe {
        let mut data: pg_sys::ErrorData = std::mem::zeroed();
        data.elevel = level as i32;
        data.sqlerrcode = code as i32;
        data.message = message.as_ptr().cast_mut();
        data.detail = pointer(&detail);
        data.hint = pointer(&hint);
        data.assoc_context = pg_sys::CurrentMemoryContext;
        pg_sys::ThrowErrorData(&mut data);
    }
}

impl From<Damaged> for Report {
    fn from(damaged: Damaged) -> Self {
        Report::new(Code::ERRCODE_DATA_CORRUPTED, damaged.to_string())
    }
}

impl From<IndexError> for Report {
    fn from(error: IndexError) -> Self {
        match error {
            IndexError::Damaged(damaged) => damaged.into(),
            IndexError::TooManyTerms { .. } => {
                Report::new(Code::ERRCODE_PROGRAM_LIMIT_EXCEEDED, error.to_string()).hint(
                    "A mapping with \"dynamic\": false indexes only the fields that it names.",
                )
            }
        }
    }
}

impl From<WeighError<Report>> for Report {
    fn from(error: WeighError<Report>) -> Self {
        match error {
            WeighError::Statistics(report) => report,
            WeighError::TooManyFields { .. } => {
                Report::new(Code::ERRCODE_PROGRAM_LIMIT_EXCEEDED, error.to_string())
            }
        }
    }
}

impl From<pgrx::spi::Error> for Report {
    fn from(error: pgrx::spi::Error) -> Self {
        Report::internal(format!("catalog access failed: {error}"))
    }
}

/// The message alone.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

/// Raises the error of a result.
pub trait OrRaise<T> {
    fn or_raise(self) -> T;
}

impl<T> OrRaise<T> for Result<T, Report> {
    #[inline]
    fn or_raise(self) -> T {
        self.unwrap_or_else(|report| report.raise())
    }
}

/// The five characters of an error code, which packs them into six bits each (`MAKE_SQLSTATE`).
pub fn sqlstate(code: Code) -> String {
    (0..5)
        .map(|i| char::from((((code as i32) >> (6 * i)) & 0x3f) as u8 + b'0'))
        .collect()
}
