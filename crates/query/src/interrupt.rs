//! Long documents give way: whoever embeds this crate may be asked, now and then, whether to go on.

use std::cell::Cell;
use std::sync::OnceLock;

static CHECK: OnceLock<fn()> = OnceLock::new();

/// Sets what is called again and again while a long document is looked at, every millisecond or so. It may unwind to
/// end the evaluation; the query remains usable. The first one set stays.
pub fn on_long_work(check: fn()) {
    CHECK.get_or_init(|| check);
}

/// Steps of about 100 ns between two checks.
const STEPS: u32 = 1 << 13;

thread_local! {
    static LEFT: Cell<u32> = const { Cell::new(STEPS) };
}

/// Takes one step of a loop that a document can make long.
#[inline]
pub(crate) fn step() {
    LEFT.with(|left| match left.get() {
        0 => {
            left.set(STEPS);
            if let Some(check) = CHECK.get() {
                check();
            }
        }
        steps => left.set(steps - 1),
    });
}
