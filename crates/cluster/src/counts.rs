//! What calls took and came to, as whoever makes them counts it: plain numbers, so that counting a call is an addition.

/// Buckets of the histogram of times: bucket `i` has those from 2^i nanoseconds on, the last one whatever is longer.
pub const BUCKETS: usize = 40;

/// How a call failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    Trap,
    Memory,
    Stack,
    Time,
    /// Somebody cancelled the statement, or ended the session, while guest code ran.
    Cancelled,
    Other,
}

impl Failure {
    pub const ALL: [Failure; 6] = [
        Failure::Trap,
        Failure::Memory,
        Failure::Stack,
        Failure::Time,
        Failure::Cancelled,
        Failure::Other,
    ];
}

/// What is to be added to an entry. Plain numbers, so that counting a call is an addition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counts {
    pub calls: u64,
    /// Calls that let their row through.
    pub kept: u64,
    pub instances: u64,
    pub compiles: u64,
    /// Nanoseconds that compiling took.
    pub compile_time: u64,
    /// Modules that were loaded from the code cache.
    pub loads: u64,
    /// Calls that the measured times stand for.
    pub timed: u64,
    /// Their time in nanoseconds.
    pub time: u64,
    pub shortest: Option<u64>,
    pub longest: u64,
    /// The most bytes of memory that an instance had.
    pub memory: u64,
    /// When the last call was, in microseconds since 1970.
    pub last_call: u64,
    /// By [`Failure`].
    pub failures: [u64; Failure::ALL.len()],
    pub histogram: [u64; BUCKETS],
}

impl Counts {
    pub const NONE: Counts = Counts {
        calls: 0,
        kept: 0,
        instances: 0,
        compiles: 0,
        compile_time: 0,
        loads: 0,
        timed: 0,
        time: 0,
        shortest: None,
        longest: 0,
        memory: 0,
        last_call: 0,
        failures: [0; Failure::ALL.len()],
        histogram: [0; BUCKETS],
    };

    /// A measured call, which stands for so many.
    pub fn time(&mut self, nanoseconds: u64, calls: u64) {
        self.timed += calls;
        self.time += nanoseconds * calls;
        self.shortest = Some(self.shortest.map_or(nanoseconds, |s| s.min(nanoseconds)));
        self.longest = self.longest.max(nanoseconds);
        self.histogram[bucket(nanoseconds)] += calls;
    }

    pub fn fail(&mut self, failure: Failure) {
        self.failures[failure as usize] += 1;
    }

    /// What all calls took, in nanoseconds: the measured ones, and as much for each of the others.
    pub fn total_time(&self) -> f64 {
        match self.timed {
            0 => 0.0,
            timed => self.time as f64 * (self.calls as f64 / timed as f64),
        }
    }

    /// The time within which that part of the calls ended, in nanoseconds: exact to the bucket, and in it as if times
    /// were spread evenly.
    pub fn percentile(&self, part: f64) -> Option<f64> {
        let all: u64 = self.histogram.iter().fold(0, |n, m| n.saturating_add(*m));
        if all == 0 {
            return None;
        }
        let wanted = part * all as f64;
        let mut below = 0.0;
        for (bucket, count) in self.histogram.iter().enumerate() {
            let count = *count as f64;
            if count > 0.0 && below + count >= wanted {
                let from = (1_u64 << bucket) as f64;
                let estimate = from + from * ((wanted - below) / count);
                let (shortest, longest) = (self.shortest.unwrap_or(0), self.longest);
                return Some(estimate.max(shortest as f64).min(longest as f64));
            }
            below += count;
        }
        Some(self.longest as f64)
    }
}

fn bucket(nanoseconds: u64) -> usize {
    (nanoseconds.max(1).ilog2() as usize).min(BUCKETS - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles() {
        let mut counts = Counts::NONE;
        assert_eq!(counts.percentile(0.5), None);
        for _ in 0..50 {
            counts.time(128, 1);
            counts.time(4096, 1);
        }
        // Half of them in the bucket from 128 on, which ends where the next one begins.
        assert_eq!(counts.percentile(0.25), Some(192.0));
        assert_eq!(counts.percentile(0.5), Some(256.0));
        // Nothing took longer than the longest.
        assert_eq!(counts.percentile(0.99), Some(4096.0));
        counts.time(u64::MAX >> 10, 1);
        assert!(counts.percentile(1.0).unwrap() >= (1_u64 << (BUCKETS - 1)) as f64);
        counts.time(0, 1);
        assert_eq!((counts.shortest, counts.histogram[0]), (Some(0), 1));
    }
}
