//! State that belongs to one place of a function call in a plan, kept between rows in
//! `FmgrInfo.fn_extra` and dropped with the memory context of the plan's execution, or by the next
//! statement's first call: PL/pgSQL keeps an expression's call sites for a whole transaction.

use std::ffi::c_void;

use pgrx::pg_sys;

use crate::report::Report;

unsafe extern "C-unwind" {
    // Reads a variable, so it needs no guard (xact.c).
    fn GetCurrentStatementStartTimestamp() -> pg_sys::TimestampTz;
}

/// When the running statement began, which tells it from others.
#[inline]
pub fn statement() -> pg_sys::TimestampTz {
    // SAFETY: reads a variable.
    unsafe { GetCurrentStatementStartTimestamp() }
}

/// A state and the statement it was made in.
struct Kept<T> {
    statement: pg_sys::TimestampTz,
    state: T,
}

/// The state of a call site, made by `init` at its first call in a statement.
///
/// # Safety
/// `flinfo` is the `FmgrInfo` of the running call, no other type was ever stored at this function's call
/// sites, and no reference from an earlier call of this function for the same `flinfo` is alive.
#[inline]
pub unsafe fn state<'a, T: 'static>(
    flinfo: *mut pg_sys::FmgrInfo,
    init: impl FnOnce() -> T,
) -> &'a mut T {
    if flinfo.is_null() {
        Report::internal("called without a call site").raise();
    }
    // SAFETY: `flinfo` is valid; what `fn_extra` points to is the `Kept<T>` that `keep` put there.
    unsafe {
        let statement = statement();
        let kept = (*flinfo).fn_extra.cast::<Kept<T>>();
        if kept.is_null() {
            return keep(
                flinfo,
                Kept {
                    statement,
                    state: init(),
                },
            );
        }
        let kept = &mut *kept;
        if kept.statement != statement {
            *kept = Kept {
                statement,
                state: init(),
            };
        }
        &mut kept.state
    }
}

/// Puts a state into `fn_extra`.
///
/// # Safety
/// As for [`state`], and `fn_extra` is null.
#[cold]
unsafe fn keep<'a, T: 'static>(flinfo: *mut pg_sys::FmgrInfo, kept: Kept<T>) -> &'a mut T {
    unsafe extern "C-unwind" fn drop_state<T>(state: *mut c_void) {
        // SAFETY: the pointer came from `Box::into_raw` below, and a context runs a callback once.
        drop(unsafe { Box::from_raw(state.cast::<Kept<T>>()) });
    }
    // SAFETY: `fn_mcxt` lives at least as long as `fn_extra` is used (fmgr.h). The callback's memory is
    // allocated first: if that fails, `kept` is dropped by unwinding and nothing refers to it.
    unsafe {
        let context = (*flinfo).fn_mcxt;
        let callback =
            pg_sys::MemoryContextAlloc(context, size_of::<pg_sys::MemoryContextCallback>())
                .cast::<pg_sys::MemoryContextCallback>();
        let kept = Box::into_raw(Box::new(kept));
        callback.write(pg_sys::MemoryContextCallback {
            func: Some(drop_state::<T>),
            arg: kept.cast(),
            next: std::ptr::null_mut(),
        });
        pg_sys::MemoryContextRegisterResetCallback(context, callback);
        (*flinfo).fn_extra = kept.cast();
        &mut (*kept).state
    }
}
