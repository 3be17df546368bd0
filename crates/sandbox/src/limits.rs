//! What one instance may use: memory, table elements, time, log lines.

use std::time::{Duration, Instant};

use wasmtime::ResourceLimiter;

use crate::error::Stop;

/// Table elements of one instance; no compiler's output comes near.
const TABLE_ELEMENTS: usize = 100_000;

/// Bytes of exceptions that don't count.
const EXCEPTIONS: usize = 128 << 10;

/// The limits of an instance. The stack limit is the [`Sandbox`](crate::Sandbox)'s.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of linear memory.
    pub memory: usize,
    /// Wall-clock time of one call; 0 is no limit. Enforced at ticks, so late by up to two of them.
    pub time: Duration,
    /// Bytes of log text kept for one call.
    pub log_bytes: usize,
    /// Lines of log text kept for one call.
    pub log_lines: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            memory: 16 << 20,
            time: Duration::from_secs(5),
            log_bytes: 16 << 10,
            log_lines: 100,
        }
    }
}

/// Answers the runtime's requests for memory and remembers a call's last refusal: most guests answer a failed
/// `memory.grow` with `unreachable`, and the error should then name the limit, not the instruction.
///
/// There may be two memories: the linear one, and one in which the runtime keeps exceptions. They count together,
/// but a guest whose memory is full can still throw: of the smaller one, [`EXCEPTIONS`] bytes are free.
pub(crate) struct Limiter {
    memory: usize,
    /// Bytes of the two memories, in no order: a request only says how large the one it is for was.
    sizes: [usize; 2],
    /// Elements of all tables.
    elements: usize,
    /// How many of them came with the last growth, should it fail after all.
    grown: usize,
    pub(crate) refused: Option<Stop>,
}

impl Limiter {
    pub(crate) fn new(limits: &Limits) -> Self {
        Limiter {
            memory: limits.memory,
            sizes: [0; 2],
            elements: 0,
            grown: 0,
            refused: None,
        }
    }
}

impl ResourceLimiter for Limiter {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        _: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let mut sizes = self.sizes;
        sizes.sort_unstable();
        // A size is another one when a growth failed after all: the machine has no memory.
        let place = sizes.iter().position(|size| *size == current).unwrap_or(1);
        sizes[place] = desired;
        let free = sizes[0].min(sizes[1]).min(EXCEPTIONS);
        let wanted = sizes[0].saturating_add(sizes[1]) - free;
        let fits = wanted <= self.memory;
        if fits {
            self.sizes = sizes;
        } else {
            self.refused = Some(Stop::Memory {
                limit: self.memory,
                wanted,
            });
        }
        Ok(fits)
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        _: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let growth = desired.saturating_sub(current);
        let wanted = self.elements.saturating_add(growth);
        let fits = wanted <= TABLE_ELEMENTS;
        if fits {
            (self.elements, self.grown) = (wanted, growth);
        } else {
            self.grown = 0;
            self.refused = Some(Stop::Table {
                limit: TABLE_ELEMENTS,
                wanted,
            });
        }
        Ok(fits)
    }

    fn table_grow_failed(&mut self, _: wasmtime::Error) -> wasmtime::Result<()> {
        self.elements -= std::mem::take(&mut self.grown);
        Ok(())
    }

    fn instances(&self) -> usize {
        1
    }

    fn memories(&self) -> usize {
        1
    }
}

/// Measures a call without reading the clock in it: the clock starts at the call's first tick.
pub(crate) struct Stopwatch {
    limit: Duration,
    /// The call whose start `started` is.
    timed: i64,
    started: Instant,
}

impl Stopwatch {
    pub(crate) fn new(limits: &Limits) -> Self {
        Stopwatch {
            limit: limits.time,
            timed: -1,
            started: Instant::now(),
        }
    }

    /// Called at each tick with the number of the running call.
    pub(crate) fn tick(&mut self, call: i64) -> Result<(), Stop> {
        if self.timed != call {
            (self.timed, self.started) = (call, Instant::now());
        } else if !self.limit.is_zero() && self.started.elapsed() >= self.limit {
            return Err(Stop::Deadline { limit: self.limit });
        }
        Ok(())
    }
}
