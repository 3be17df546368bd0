//! What the calls at one place of a statement took and came to. They are counted in the call site's own memory, and
//! added to the counters that all backends share every thousand calls, every second, at an error and at the end.
//!
//! Few calls are measured: the first eight, and then each 128th for the 127 before it. A backend that is killed loses
//! what it hadn't added yet.

use std::rc::Rc;
use std::time::{Duration, Instant};

use quidditch_cluster::{Audit, Counts, Failure, LastError, Ring, Statistics};

use super::audit::{self, Outcome};
use super::runtime;
use crate::report::{Code, Report};
use crate::{cluster, settings};

/// The first calls are all measured.
const FIRST: u64 = 8;
/// Of the later ones, each so manieth.
const EACH: u64 = 128;

/// When what was counted is added to the shared counters.
const MOST_UNSHARED: u64 = 1024;
const LONGEST_UNSHARED: Duration = Duration::from_secs(1);

/// The counters of one call site.
pub struct Tally {
    /// Calls since it was made.
    calls: u64,
    /// The number of the next call that is looked at.
    look: u64,
    /// When the running call began, if it is measured.
    started: Option<Instant>,
    /// Whether a call has begun and not ended; still so when a panic ended it.
    is_running: bool,
    counts: Counts,
    tracked: Option<Tracked>,
    audited: Option<Audited>,
}

/// Where the counts go.
struct Tracked {
    statistics: Rc<Statistics>,
    /// None when there is no room.
    place: Option<usize>,
    /// The number of the next call that is measured, and of the last one.
    next: u64,
    last: u64,
    /// When the counts were shared, and how many calls there had been then.
    shared: Instant,
    shared_calls: u64,
}

/// Which calls are recorded.
struct Audited {
    ring: Rc<Audit>,
    rate: f64,
    next: u64,
    /// A digest.
    parameters: Option<[u8; 16]>,
    random: Random,
}

impl Audited {
    fn record(&self, label: &str, outcome: &Outcome<'_>, took: Option<Duration>) {
        audit::record_call(&self.ring, label, outcome, took, self.parameters);
    }
}

impl Tally {
    pub const fn new() -> Self {
        Tally {
            calls: 0,
            look: 1,
            started: None,
            is_running: false,
            counts: Counts::NONE,
            tracked: None,
            audited: None,
        }
    }

    /// Begins to count for a UDF, or begins anew: the settings and the file may have changed.
    /// `parameters`: a digest for the calls that are recorded, if they are the same in all.
    pub fn open(&mut self, label: &str, parameters: Option<[u8; 16]>) {
        self.share();
        let now = Instant::now();
        self.tracked = settings::track_udfs()
            .then(|| cluster::statistics_of(runtime::database(), label))
            .flatten()
            .map(|(statistics, place)| Tracked {
                place,
                statistics,
                next: self.calls + 1,
                last: self.calls,
                shared: now,
                shared_calls: self.calls,
            });
        let rate = settings::audit_calls();
        self.audited = (rate > 0.0)
            .then(|| cluster::audit(Ring::Calls))
            .flatten()
            .map(|ring| {
                let mut random = Random::new();
                Audited {
                    ring,
                    rate,
                    next: self.calls.saturating_add(random.gap(rate)),
                    parameters,
                    random,
                }
            });
        self.plan();
    }

    /// A call begins. Whether it is to be measured.
    #[inline]
    pub fn begin(&mut self) -> bool {
        self.calls += 1;
        self.is_running = true;
        let is_measured = self.calls >= self.look;
        if is_measured {
            self.start_clock();
        }
        is_measured
    }

    /// Only now begins what is to be measured of the call.
    #[cold]
    pub fn start_clock(&mut self) {
        self.started = (self.calls >= self.look).then(Instant::now);
    }

    /// The call that began last ended with an answer.
    #[inline]
    pub fn end(&mut self) {
        self.is_running = false;
    }

    /// A call let its row through.
    #[inline]
    pub fn keep(&mut self) {
        self.counts.kept += 1;
    }

    /// What is to be done after a call that was measured and has ended. Whether it is time to look at
    /// its instance, too.
    #[cold]
    pub fn look(&mut self, label: &str) -> bool {
        let Some(started) = self.started.take() else {
            return false;
        };
        let took = started.elapsed();
        self.measure(took);
        if let Some(audited) = &mut self.audited
            && audited.next <= self.calls
        {
            audited.next = self.calls.saturating_add(audited.random.gap(audited.rate));
            audited.record(label, &Outcome::Done, Some(took));
        }
        let is_due = self.tracked.as_ref().is_some_and(|tracked| {
            self.calls - tracked.shared_calls >= MOST_UNSHARED
                || started.duration_since(tracked.shared) >= LONGEST_UNSHARED
        });
        if is_due {
            self.share();
        }
        self.plan();
        is_due || self.calls <= FIRST
    }

    /// The call that began last failed.
    #[cold]
    pub fn fail(&mut self, label: &str, failure: Failure, report: &Report) {
        self.is_running = false;
        self.counts.fail(failure);
        let took = self.started.take().map(|started| started.elapsed());
        if let Some(took) = took {
            self.measure(took);
        }
        self.plan();
        self.share();
        if let Some(Tracked {
            statistics,
            place: Some(place),
            ..
        }) = &self.tracked
        {
            let error = LastError {
                time: cluster::now(),
                state: report.sqlstate(),
                message: report.to_string(),
            };
            statistics.set_error(*place, &error);
        }
        if let Some(audited) = &self.audited {
            audited.record(label, &Outcome::Failed(report), took);
        }
    }

    /// Counts a call that neither answered nor failed: a panic ended it, or the end of the session. Whether there was
    /// one.
    #[cold]
    pub fn settle(&mut self, label: &str) -> bool {
        self.started = None;
        if !std::mem::take(&mut self.is_running) {
            return false;
        }
        self.counts.fail(Failure::Cancelled);
        if let Some(audited) = &self.audited {
            let code = Code::ERRCODE_QUERY_CANCELED;
            let outcome = Outcome::Ended(code, "the statement was cancelled while the UDF ran");
            audited.record(label, &outcome, None);
        }
        true
    }

    pub fn count_instance(&mut self, memory: usize) {
        self.counts.instances += 1;
        self.see_memory(memory);
    }

    pub fn see_memory(&mut self, memory: usize) {
        self.counts.memory = self.counts.memory.max(memory as u64);
    }

    pub fn calls(&self) -> u64 {
        self.calls
    }

    fn measure(&mut self, took: Duration) {
        let Some(tracked) = &mut self.tracked else {
            return;
        };
        if tracked.next > self.calls {
            return;
        }
        self.counts
            .time(took.as_nanos() as u64, self.calls - tracked.last);
        tracked.last = self.calls;
        tracked.next = self.calls + if self.calls < FIRST { 1 } else { EACH };
    }

    /// Says which call is looked at next.
    fn plan(&mut self) {
        let timed = self
            .tracked
            .as_ref()
            .map_or(u64::MAX, |tracked| tracked.next);
        let audited = self
            .audited
            .as_ref()
            .map_or(u64::MAX, |audited| audited.next);
        self.look = timed.min(audited);
    }

    /// Adds what was counted to the shared counters.
    pub fn share(&mut self) {
        let Some(tracked) = &mut self.tracked else {
            return;
        };
        let counts = &mut self.counts;
        counts.calls = self.calls - tracked.shared_calls;
        tracked.shared_calls = self.calls;
        tracked.shared = Instant::now();
        match tracked.place {
            Some(place) => {
                counts.last_call = if counts.calls > 0 { cluster::now() } else { 0 };
                tracked.statistics.add(place, counts);
            }
            None => tracked.statistics.add_overflow(counts.calls),
        }
        *counts = Counts::NONE;
    }
}

/// Counts that a module was compiled, or loaded from the code cache when `took` is `None`.
pub fn count_module(label: &str, took: Option<Duration>) {
    if !settings::track_udfs() {
        return;
    }
    let Some((statistics, Some(place))) = cluster::statistics_of(runtime::database(), label) else {
        return;
    };
    let mut counts = Counts::NONE;
    match took {
        Some(took) => {
            counts.compiles = 1;
            counts.compile_time = took.as_nanos() as u64;
        }
        None => counts.loads = 1,
    }
    statistics.add(place, &counts);
}

/// Pseudo-random numbers that nobody has to find unpredictable: xorshift.
struct Random(u64);

impl Random {
    fn new() -> Self {
        // Two call sites of one microsecond may begin alike.
        Random(
            cluster::now().wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ u64::from(std::process::id()) | 1,
        )
    }

    /// How many calls on the next one is recorded, when each is with that probability.
    fn gap(&mut self, rate: f64) -> u64 {
        if rate >= 1.0 {
            return 1;
        }
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        // In (0, 1].
        let even = ((self.0 >> 11) + 1) as f64 / (1_u64 << 53) as f64;
        ((even.ln() / (1.0 - rate).ln()).floor() as u64).saturating_add(1)
    }
}
