//! State that belongs to one place of a function call in a plan, kept between rows in
//! `FmgrInfo.fn_extra` and dropped with the memory context of the plan's execution, or by the next
//! statement's first call: PL/pgSQL keeps an expression's call sites for a whole transaction.

use std::ffi::{CStr, c_void};
use std::sync::atomic::{AtomicPtr, AtomicU64, Ordering::Relaxed};

use pgrx::pg_sys;

use crate::report::Report;

unsafe extern "C-unwind" {
    // Reads a variable, so it needs no guard (xact.c).
    fn GetCurrentStatementStartTimestamp() -> pg_sys::TimestampTz;
}

/// When the client sent what is running.
#[inline]
pub fn message() -> pg_sys::TimestampTz {
    // SAFETY: reads a variable.
    unsafe { GetCurrentStatementStartTimestamp() }
}

/// What tells a client's statement from the ones before: when it was sent, and for those sent together how many
/// [ends](watch) there were.
#[derive(Clone, Copy, PartialEq)]
struct Statement {
    message: pg_sys::TimestampTz,
    ended: u64,
}

impl Statement {
    #[inline]
    fn running() -> Self {
        Statement {
            message: message(),
            ended: ENDED.load(Relaxed),
        }
    }
}

/// How many times memory that was watched has gone.
static ENDED: AtomicU64 = AtomicU64::new(0);

/// The memory that is watched, null when there is none.
static WATCHED: AtomicPtr<pg_sys::MemoryContextData> = AtomicPtr::new(std::ptr::null_mut());

/// Counts the end of the running statement, which is that of [memory of its own](own_memory).
#[cold]
fn watch() {
    unsafe extern "C-unwind" fn ended(_: *mut c_void) {
        ENDED.fetch_add(1, Relaxed);
        WATCHED.store(std::ptr::null_mut(), Relaxed);
    }
    let context = own_memory();
    if context.is_null() || context == WATCHED.load(Relaxed) {
        return;
    }
    // SAFETY: the context is valid; the function only stores numbers.
    unsafe { when_reset(context, room(context), ended, std::ptr::null_mut()) };
    WATCHED.store(context, Relaxed);
}

/// Memory that ends with the running statement, null when there is none. Each statement of a message has the unnamed
/// portal to itself, whichever others it opens; and before, while the planner computes what is constant, memory for its
/// plan, unless no other statement follows (postgres.c).
fn own_memory() -> pg_sys::MemoryContext {
    const PLAN: &CStr = c"per-parsetree message context";
    // SAFETY: a look-up by a NUL-terminated name; a portal's context lives as long as the portal, contexts have names, and
    // those that are linked are valid.
    unsafe {
        let portal = pg_sys::GetPortalByName(c"".as_ptr());
        if !portal.is_null() {
            return (*portal).portalContext;
        }
        // Workers have no messages.
        let mut context = match pg_sys::MessageContext {
            message if message.is_null() => message,
            message => (*message).firstchild,
        };
        while !context.is_null() && CStr::from_ptr((*context).name) != PLAN {
            context = (*context).nextchild;
        }
        context
    }
}

/// Room in a context for a callback of its own.
///
/// # Safety
/// The context is valid.
unsafe fn room(context: pg_sys::MemoryContext) -> *mut pg_sys::MemoryContextCallback {
    let size = size_of::<pg_sys::MemoryContextCallback>();
    // SAFETY: what it returns is aligned for any type (palloc.h).
    unsafe { pg_sys::MemoryContextAlloc(context, size).cast() }
}

/// Has a function called with `argument` when the context is reset or deleted.
///
/// # Safety
/// `room` is the context's, and from now on the function may be called with the argument; it doesn't raise.
unsafe fn when_reset(
    context: pg_sys::MemoryContext,
    room: *mut pg_sys::MemoryContextCallback,
    function: unsafe extern "C-unwind" fn(*mut c_void),
    argument: *mut c_void,
) {
    // SAFETY: as promised; the context links the callback and calls it once (mcxt.c).
    unsafe {
        room.write(pg_sys::MemoryContextCallback {
            func: Some(function),
            arg: argument,
            next: std::ptr::null_mut(),
        });
        pg_sys::MemoryContextRegisterResetCallback(context, room);
    }
}

/// A state and the statement it was made in.
struct Kept<T> {
    statement: Statement,
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
        let statement = Statement::running();
        let kept = (*flinfo).fn_extra.cast::<Kept<T>>();
        if kept.is_null() {
            watch();
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
            watch();
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
        let room = room(context);
        let kept = Box::into_raw(Box::new(kept));
        when_reset(context, room, drop_state::<T>, kept.cast());
        (*flinfo).fn_extra = kept.cast();
        &mut (*kept).state
    }
}
