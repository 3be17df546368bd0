//! State that belongs to one place of a function call in a plan, kept between rows in
//! `FmgrInfo.fn_extra` and dropped with the memory context of the plan's execution.

use std::ffi::c_void;

use pgrx::pg_sys;

/// The state of a call site, made by `init` at its first call.
///
/// # Safety
/// `flinfo` is the `FmgrInfo` of the running call, no other type was ever stored at this function's call
/// sites, and no reference from an earlier call of this function for the same `flinfo` is alive.
#[inline]
pub unsafe fn state<'a, T: 'static>(
    flinfo: *mut pg_sys::FmgrInfo,
    init: impl FnOnce() -> T,
) -> &'a mut T {
    // SAFETY: `flinfo` is valid; what `fn_extra` points to is the T that `keep` put there.
    unsafe {
        let state = (*flinfo).fn_extra.cast::<T>();
        if state.is_null() {
            keep(flinfo, init())
        } else {
            &mut *state
        }
    }
}

#[cold]
unsafe fn keep<'a, T: 'static>(flinfo: *mut pg_sys::FmgrInfo, state: T) -> &'a mut T {
    unsafe extern "C-unwind" fn drop_state<T>(state: *mut c_void) {
        // SAFETY: the pointer came from `Box::into_raw` below, and a context runs a callback once.
        drop(unsafe { Box::from_raw(state.cast::<T>()) });
    }
    // SAFETY: `fn_mcxt` lives at least as long as `fn_extra` is used (fmgr.h). The callback's memory is
    // allocated first: if that fails, `state` is dropped by unwinding and nothing refers to it.
    unsafe {
        let context = (*flinfo).fn_mcxt;
        let callback =
            pg_sys::MemoryContextAlloc(context, size_of::<pg_sys::MemoryContextCallback>())
                .cast::<pg_sys::MemoryContextCallback>();
        let state = Box::into_raw(Box::new(state));
        callback.write(pg_sys::MemoryContextCallback {
            func: Some(drop_state::<T>),
            arg: state.cast(),
            next: std::ptr::null_mut(),
        });
        pg_sys::MemoryContextRegisterResetCallback(context, callback);
        (*flinfo).fn_extra = state.cast();
        &mut *state
    }
}
