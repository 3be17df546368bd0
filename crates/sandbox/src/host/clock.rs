//! Time for guests that ask WASI for it. There is one clock, whose nanoseconds nothing but sleeping moves on: who
//! sleeps is woken at once, and finds that the time has passed.

use wasmtime::Caller;

use super::wasi::{Errno, FAULT, NO_SYSTEM_CALL, answer};
use super::{Host, memory, parts};

/// What the clock shows at first. Go takes a 0 for a broken clock.
pub(super) const START: u64 = 1;

/// Bytes of a subscription, which says what is waited for.
const SUBSCRIPTION: u32 = 48;
/// The type of a subscription to the clock; others are to files.
const CLOCK: u8 = 0;
/// Set in the flags where the timeout isn't a duration but a time.
const ABSOLUTE: u16 = 1;

pub(super) fn clock_time_get(mut caller: Caller<'_, Host>, out: u32) -> Errno {
    let (memory, host) = parts(&mut caller);
    answer(memory, out, host.clock.to_le_bytes())
}

pub(super) fn clock_res_get(mut caller: Caller<'_, Host>, out: u32) -> Errno {
    answer(parts(&mut caller).0, out, 1u64.to_le_bytes())
}

/// Waits for the subscription to the clock that is over first. Files, of which nothing is to be expected, are not
/// waited for alone.
pub(super) fn poll_oneoff(
    mut caller: Caller<'_, Host>,
    subscriptions: u32,
    events: u32,
    count: u32,
    happened: u32,
) -> Errno {
    let (memory, host) = parts(&mut caller);
    let now = host.clock;
    let Some(subscriptions) = count
        .checked_mul(SUBSCRIPTION)
        .and_then(|length| memory::bytes(memory, subscriptions, length))
    else {
        return FAULT;
    };
    let first = subscriptions
        .chunks_exact(SUBSCRIPTION as usize)
        .filter_map(|subscription| alarm(subscription, now))
        .min_by_key(|(time, _)| *time);
    let Some((time, user_data)) = first else {
        return NO_SYSTEM_CALL;
    };
    // No error, of the clock.
    let mut event = [0; 32];
    event[..8].copy_from_slice(&user_data);
    event[10] = CLOCK;
    if !memory::write(memory, events, event) {
        return FAULT;
    }
    host.clock = now.max(time);
    answer(memory, happened, 1u32.to_le_bytes())
}

/// When a subscription to the clock is over, and its user data.
fn alarm(subscription: &[u8], now: u64) -> Option<(u64, [u8; 8])> {
    let user_data = *subscription.first_chunk()?;
    let timeout = u64::from_le_bytes(*subscription[24..].first_chunk()?);
    let flags = u16::from_le_bytes(*subscription[40..].first_chunk()?);
    let time = match flags & ABSOLUTE {
        0 => now.saturating_add(timeout),
        _ => timeout,
    };
    (subscription[8] == CLOCK).then_some((time, user_data))
}
