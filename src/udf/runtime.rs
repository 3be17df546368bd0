//! Guest code inside a backend: its sandboxes, and the ticks that keep it interruptible.
//!
//! A PostgreSQL timeout fires 10 ms after a guest call began and moves the sandboxes' epoch on; the
//! running guest notices at its next loop or call and runs [`on_tick`], which arms the timeout anew,
//! answers cancel and terminate requests, and lets the sandbox check the call's deadline. The timeout is
//! not repeating: when no guest runs, nobody arms it, so an idle session sleeps undisturbed.

use std::ffi::c_int;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicI32, Ordering};

use pgrx::pg_sys;
use quidditch_sandbox::Sandbox;

use crate::report::{Code, Report};

/// Milliseconds between ticks.
const TICK: c_int = 10;

/// Stack limits come in steps, because each needs a sandbox of its own.
const STACK_STEP: usize = 16 << 10;
const STACK_STEPS: usize = 24;

/// The sandbox for each stack limit. Never dropped, so the signal handler may look at them at any time.
static SANDBOXES: [OnceLock<Sandbox>; STACK_STEPS] = [const { OnceLock::new() }; STACK_STEPS];

/// The timeout's number, -1 until it is registered.
static TIMEOUT: AtomicI32 = AtomicI32::new(-1);

/// Asks for the first free timeout: any number from `USER_TIMEOUT` on does (timeout.c), which is 12 in
/// PostgreSQL 15 and 16, and 13 since 17.
const ANY_USER_TIMEOUT: c_int = 16;

// Not bound by pgrx-pg-sys, or bound behind a setjmp that the row path can do without: none of these
// raises an ERROR (timeout.c, postgres.c, miscinit.c).
unsafe extern "C-unwind" {
    fn RegisterTimeout(id: c_int, handler: unsafe extern "C-unwind" fn()) -> c_int;
    fn enable_timeout_after(id: c_int, delay_ms: c_int);
    fn get_timeout_active(id: c_int) -> bool;
    fn stack_is_too_deep() -> bool;
    fn GetUserId() -> pg_sys::Oid;
    fn GetSessionUserId() -> pg_sys::Oid;
}

/// The sandbox whose guests may use `stack` bytes of stack, rounded down to a step.
pub fn sandbox(stack: usize) -> Result<&'static Sandbox, Report> {
    let step = (stack / STACK_STEP).clamp(1, STACK_STEPS);
    let cell = &SANDBOXES[step - 1];
    if let Some(sandbox) = cell.get() {
        return Ok(sandbox);
    }
    let sandbox = Sandbox::new(step * STACK_STEP, on_tick)
        .map_err(|why| Report::internal(format!("cannot start the WebAssembly runtime: {why}")))?;
    Ok(cell.get_or_init(|| sandbox))
}

/// Prepares for a guest call: there is stack left for it, and a tick will come.
#[inline]
pub fn enter() -> Result<(), Report> {
    check_stack()?;
    arm();
    Ok(())
}

/// Whether there is stack left for a guest, or for the compiler.
#[inline]
pub fn check_stack() -> Result<(), Report> {
    // SAFETY: reads two of the backend's variables, in its only thread.
    if unsafe { stack_is_too_deep() } {
        return Err(Report::new(Code::ERRCODE_STATEMENT_TOO_COMPLEX, "stack depth limit exceeded")
            .hint("Increase the configuration parameter \"max_stack_depth\", after ensuring the platform's stack depth limit is adequate."));
    }
    Ok(())
}

#[inline]
fn arm() {
    let timeout = TIMEOUT.load(Ordering::Relaxed);
    // SAFETY: `timeout` was registered. Error recovery disables timeouts, hence the look each time.
    if timeout < 0 || !unsafe { get_timeout_active(timeout) } {
        arm_now(timeout);
    }
}

#[cold]
fn arm_now(mut timeout: c_int) {
    // SAFETY: called in a backend, where timeouts are initialized; failing is FATAL, which doesn't return.
    unsafe {
        if timeout < 0 {
            timeout = RegisterTimeout(ANY_USER_TIMEOUT, fire);
            TIMEOUT.store(timeout, Ordering::Relaxed);
        }
        enable_timeout_after(timeout, TICK);
    }
}

/// The timeout's handler, in a signal handler: atomic operations alone.
unsafe extern "C-unwind" fn fire() {
    for sandbox in &SANDBOXES {
        if let Some(sandbox) = sandbox.get() {
            sandbox.tick();
        }
    }
}

/// Runs inside a guest call, soon after a tick.
fn on_tick() {
    arm();
    // An interrupt that is an error leaves as a panic, through the guest's frames.
    pgrx::check_for_interrupts!();
}

/// The current user, whose instances are his alone.
#[inline]
pub fn user() -> pg_sys::Oid {
    // SAFETY: reads a variable of the backend.
    unsafe { GetUserId() }
}

/// The role that logged in, or that a superuser became by SET SESSION AUTHORIZATION.
pub fn session_user() -> pg_sys::Oid {
    // SAFETY: reads a variable of the backend.
    unsafe { GetSessionUserId() }
}

/// This session's database.
pub fn database() -> u32 {
    // SAFETY: reads a variable of the backend.
    unsafe { pg_sys::MyDatabaseId }.to_u32()
}

/// Whether the current user may read what is about other databases and roles.
pub fn reads_all_statistics() -> bool {
    let readers = pg_sys::Oid::from(pg_sys::ROLE_PG_READ_ALL_STATS);
    // SAFETY: a look-up of role memberships.
    unsafe { pg_sys::has_privs_of_role(user(), readers) }
}
