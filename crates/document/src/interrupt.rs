//! Long documents give way: whoever embeds this crate may be asked, now and then, whether to go on.

use std::cell::Cell;
use std::sync::OnceLock;

static CHECK: OnceLock<fn()> = OnceLock::new();

/// Sets what is called again and again while a long document is looked at, every millisecond or so. It may unwind to
/// end the work; paths, and what is built on them, remain usable. The first one set stays.
pub fn on_long_work(check: fn()) {
    CHECK.get_or_init(|| check);
}

/// Steps of about 10 ns between two checks.
const STEPS: usize = 1 << 16;

thread_local! {
    static LEFT: Cell<usize> = const { Cell::new(STEPS) };
}

/// Takes one step of a loop that a document can make long, or as many as it is worth: of about 10 ns each.
#[inline]
pub fn step(steps: usize) {
    LEFT.with(|left| match left.get().checked_sub(steps) {
        Some(rest) => left.set(rest),
        None => ask(left),
    });
}

#[cold]
fn ask(left: &Cell<usize>) {
    left.set(STEPS);
    if let Some(check) = CHECK.get() {
        check();
    }
}
