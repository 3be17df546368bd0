//! How many backends run guest code at once, `quidditch.max_concurrent_udfs`.
//!
//! A slot is held while guest code runs, for one call, and never between two rows. So nothing can deadlock: guest code
//! waits for nothing (no lock, no other backend, no disk), its time is limited, and whoever waits for a slot holds none.
//! A slot held for a statement would be held while that waits for a row's lock, whose holder may be waiting for a slot,
//! and PostgreSQL's deadlock detector would know of neither. For the same reason each worker of a parallel query has
//! its own slot: the leader has none while it waits for them. Taking and giving back a free slot is two
//! atomic operations.
//!
//! Who waits asks, sleeps and tries again, interruptibly. Who has had slots for a while gives way when somebody asks,
//! until one of those has got a slot.

use std::cell::Cell;
use std::ffi::c_long;
use std::rc::Rc;
use std::time::{Duration, Instant};

use pgrx::pg_sys;
use quidditch_cluster::Slots;

use crate::{cluster, settings};

/// How long a backend takes slots before it gives way to others.
const TURN: Duration = Duration::from_millis(10);

/// How often a slot is looked for before sleeping: calls are short, mostly.
const SPINS: usize = 100;

/// Milliseconds of the first sleep; each is twice as long as the one before, up to the longest.
const FIRST_SLEEP: c_long = 1;
const LONGEST_SLEEP: c_long = 8;

/// How long it takes until a waiting backend looks for slots of dead ones.
const PATIENCE: Duration = Duration::from_millis(100);

thread_local! {
    /// The place of the slot that this backend had last.
    static LAST: Cell<usize> = const { Cell::new(0) };
    /// Since when this backend has taken slots without giving way.
    static TURN_BEGAN: Cell<Option<Instant>> = const { Cell::new(None) };
}

/// The right to run guest code, given back when it is dropped, in a panic too.
pub struct Held {
    slots: Rc<Slots>,
    place: usize,
}

impl Drop for Held {
    #[inline]
    fn drop(&mut self) {
        self.slots.give_back(self.place);
    }
}

/// Whether there is a limit.
#[inline]
pub fn is_set() -> bool {
    settings::max_concurrent_udfs() != 0
}

/// Waits until guest code may run. None where the file of the slots can't be had.
pub fn enter() -> Option<Held> {
    let most = settings::max_concurrent_udfs();
    let slots = cluster::slots()?;
    if slots.is_asked() && is_turn_over() {
        give_way(&slots);
        return Some(wait(slots, most));
    }
    match slots.take(most, LAST.get()) {
        Some(place) => Some(held(slots, place)),
        None => Some(wait(slots, most)),
    }
}

fn held(slots: Rc<Slots>, place: usize) -> Held {
    LAST.set(place);
    Held { slots, place }
}

/// Whether this backend has had its turn; asked while others wait.
fn is_turn_over() -> bool {
    let now = Instant::now();
    match TURN_BEGAN.get() {
        Some(began) => now - began >= TURN,
        None => {
            TURN_BEGAN.set(Some(now));
            false
        }
    }
}

/// Leaves slots to others, as long as they need to notice.
#[cold]
fn give_way(slots: &Slots) {
    for _ in 0..LONGEST_SLEEP {
        sleep(FIRST_SLEEP);
        if !slots.is_asked() {
            return;
        }
    }
    // Whoever asked is gone; or he asks again.
    slots.hear();
}

#[cold]
fn wait(slots: Rc<Slots>, most: usize) -> Held {
    let mut looked = Instant::now();
    let mut milliseconds = FIRST_SLEEP;
    loop {
        for _ in 0..SPINS {
            if let Some(place) = slots.take(most, LAST.get()) {
                TURN_BEGAN.set(None);
                slots.hear();
                return held(slots, place);
            }
            std::hint::spin_loop();
        }
        slots.ask();
        sleep(milliseconds);
        milliseconds = (milliseconds * 2).min(LONGEST_SLEEP);
        if looked.elapsed() >= PATIENCE {
            slots.reclaim(most);
            looked = Instant::now();
        }
    }
}

/// Sleeps, interruptibly: being cancelled is an error, which comes as a panic.
fn sleep(milliseconds: c_long) {
    let events = pg_sys::WL_LATCH_SET | pg_sys::WL_TIMEOUT | pg_sys::WL_EXIT_ON_PM_DEATH;
    // SAFETY: the backend's own latch, as everywhere in the server.
    unsafe {
        pg_sys::WaitLatch(pg_sys::MyLatch, events as i32, milliseconds, wait_event());
        pg_sys::ResetLatch(pg_sys::MyLatch);
    }
    pgrx::check_for_interrupts!();
}

/// What pg_stat_activity shows meanwhile. Up to PostgreSQL 16 extensions have one name together, `Extension`.
#[cfg(not(any(feature = "pg17", feature = "pg18")))]
fn wait_event() -> u32 {
    pg_sys::PG_WAIT_EXTENSION
}

#[cfg(any(feature = "pg17", feature = "pg18"))]
fn wait_event() -> u32 {
    thread_local! {
        static EVENT: Cell<u32> = const { Cell::new(0) };
    }
    if EVENT.get() == 0 {
        // SAFETY: copies the name; answers the same number for the same name.
        EVENT.set(unsafe { pg_sys::WaitEventExtensionNew(c"QuidditchUdfSlot".as_ptr()) });
    }
    EVENT.get()
}
