//! How many processes may do something at once: a word for each that may, with who does.
//!
//! A slot is taken by writing one's own [`Process`] where a zero was, and given back by writing the zero. A process
//! that ended without giving it back is known by its number and the time it was started at: whoever finds no free slot
//! takes one of those.

use std::io;
use std::path::Path;
use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};

use crate::mapped::{Layout, MappedFile};
use crate::words::checksum;

/// The most slots there can be.
pub const MOST_SLOTS: usize = 1024;

const LAYOUT: Layout = Layout {
    name: "slots",
    magic: *b"QUIDSLOT",
    version: 1,
    // Whether somebody waits.
    fixed: 8,
    // A cache line each, so that who takes one doesn't slow down the others.
    unit: 8,
    most_units: MOST_SLOTS,
};

/// A process, as no other one is called before the machine is started again: its number, and a checksum over when it
/// was started and the machine was. Never zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Process(u64);

impl Process {
    /// This one.
    pub fn current() -> Self {
        Process::running(std::process::id()).unwrap_or(Process(u64::from(std::process::id()) << 32))
    }

    /// The process that has that number now.
    fn running(number: u32) -> Option<Self> {
        // The name, which may have spaces and parentheses, is followed by the state; 19 fields on is the start time.
        let stat = std::fs::read_to_string(format!("/proc/{number}/stat")).ok()?;
        let (_, rest) = stat.rsplit_once(')')?;
        let mut fields = rest.split_ascii_whitespace();
        let state = fields.next()?;
        if state == "Z" || state == "X" {
            return None;
        }
        let started: u64 = fields.nth(18)?.parse().ok()?;
        let boot = std::fs::read("/proc/sys/kernel/random/boot_id").unwrap_or_default();
        let words = boot.iter().map(|byte| u64::from(*byte)).chain([started]);
        let sum = checksum(4, words) as u32;
        Some(Process(u64::from(number) << 32 | u64::from(sum)))
    }

    /// Whether it still runs. Without `/proc`, whether its number is in use.
    fn is_running(self) -> bool {
        let number = (self.0 >> 32) as u32;
        if Path::new("/proc/self/stat").exists() {
            return Process::running(number) == Some(self);
        }
        let process = i32::try_from(number)
            .ok()
            .and_then(rustix::process::Pid::from_raw);
        process.is_some_and(|process| {
            rustix::process::test_kill_process(process) != Err(rustix::io::Errno::SRCH)
        })
    }
}

/// The file `slots` of a directory.
pub struct Slots {
    file: MappedFile,
    process: Process,
}

impl Slots {
    /// Opens the file, or makes it.
    ///
    /// # Errors
    /// The disk is full, the directory is somebody else's, …
    pub fn open(directory: &Path) -> io::Result<Self> {
        Ok(Slots {
            file: MappedFile::open(directory, LAYOUT, MOST_SLOTS)?,
            process: Process::current(),
        })
    }

    pub fn is_current(&self) -> bool {
        self.file.is_current()
    }

    /// Takes one of the first so many slots, if one is free, and says which; looks at that one first.
    pub fn take(&self, most: usize, first: usize) -> Option<usize> {
        let most = most.min(self.file.units());
        let first = if first < most { first } else { 0 };
        (first..most).chain(0..first).find(|place| {
            self.file.unit(*place).is_some_and(|slot| {
                let word = &slot[0];
                word.load(Relaxed) == 0
                    && word
                        .compare_exchange(0, self.process.0, AcqRel, Acquire)
                        .is_ok()
            })
        })
    }

    /// Gives a slot back. That is one store: it may happen in a panic.
    pub fn give_back(&self, place: usize) {
        if let Some(slot) = self.file.unit(place) {
            slot[0].store(0, Release);
        }
    }

    /// Tells those that have slots that somebody waits for one.
    pub fn ask(&self) {
        self.file.fixed()[0].store(1, Relaxed);
    }

    /// Whether somebody has asked since the last [`hear`](Self::hear).
    pub fn is_asked(&self) -> bool {
        self.file.fixed()[0].load(Relaxed) != 0
    }

    /// Takes note of that.
    pub fn hear(&self) {
        self.file.fixed()[0].store(0, Relaxed);
    }

    /// Frees the slots of processes that have ended, and of this one: it asks when it has none. Reads `/proc` for each.
    pub fn reclaim(&self, most: usize) {
        for place in 0..most.min(self.file.units()) {
            let Some([word, ..]) = self.file.unit(place) else {
                return;
            };
            let owner = word.load(Acquire);
            if owner != 0 && (owner == self.process.0 || !Process(owner).is_running()) {
                let _ = word.compare_exchange(owner, 0, AcqRel, Acquire);
            }
        }
    }

    /// The processes that have slots.
    pub fn holders(&self) -> impl Iterator<Item = u32> {
        (0..self.file.units()).filter_map(|place| {
            let owner = self.file.unit(place)?[0].load(Relaxed);
            (owner != 0).then_some((owner >> 32) as u32)
        })
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;
    use std::sync::atomic::AtomicUsize;
    use std::thread;

    use proptest::prelude::*;

    use super::*;

    fn opened() -> (tempfile::TempDir, Slots) {
        let directory = tempfile::tempdir().unwrap();
        let slots = Slots::open(directory.path()).unwrap();
        (directory, slots)
    }

    #[test]
    fn no_more_than_allowed() {
        let (_directory, slots) = opened();
        let one = slots.take(2, 999).unwrap();
        let two = slots.take(2, one).unwrap();
        assert_eq!(slots.take(2, 0), None);
        assert_eq!(slots.holders().count(), 2);
        slots.give_back(one);
        assert_eq!(slots.take(2, two), Some(one));
        assert_eq!(slots.take(2, two), None);
        slots.give_back(one);
        slots.give_back(two);
        assert_eq!(slots.holders().count(), 0);
        assert_eq!(slots.take(0, 0), None);
        assert_eq!(slots.take(usize::MAX, MOST_SLOTS - 1), Some(MOST_SLOTS - 1));
        slots.give_back(usize::MAX);
    }

    #[test]
    fn asking() {
        let (directory, slots) = opened();
        let other = Slots::open(directory.path()).unwrap();
        assert!(!slots.is_asked());
        other.ask();
        assert!(slots.is_asked());
        slots.hear();
        assert!(!other.is_asked());
    }

    #[test]
    fn the_dead_hold_nothing() {
        let (_directory, slots) = opened();
        let mut child = Command::new("sleep").arg("60").spawn().unwrap();
        let process = Process::running(child.id()).unwrap();
        assert_eq!(Process::running(child.id()), Some(process));
        assert!(process.is_running());
        let earlier = Process(process.0 ^ 1);
        assert!(!earlier.is_running());
        slots.file.unit(0).unwrap()[0].store(process.0, Relaxed);
        slots.file.unit(1).unwrap()[0].store(earlier.0, Relaxed);
        slots.reclaim(2);
        assert_eq!(Vec::from_iter(slots.holders()), [child.id()]);
        child.kill().unwrap();
        // Not even while nobody has asked how it ended.
        while process.is_running() {
            thread::yield_now();
        }
        slots.reclaim(2);
        child.wait().unwrap();
        assert_eq!(slots.holders().count(), 0);
        // What this process left in a panic that dropped nothing.
        assert_eq!(slots.take(1, 0), Some(0));
        slots.reclaim(1);
        assert_eq!(slots.holders().count(), 0);
    }

    #[test]
    fn many_at_once() {
        let (directory, _slots) = opened();
        let (running, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    let slots = Slots::open(directory.path()).unwrap();
                    for _ in 0..20_000 {
                        if let Some(taken) = slots.take(2, 0) {
                            most.fetch_max(running.fetch_add(1, Relaxed) + 1, Relaxed);
                            running.fetch_sub(1, Relaxed);
                            slots.give_back(taken);
                        }
                    }
                });
            }
        });
        assert!((1..=2).contains(&most.into_inner()));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]

        /// Slots with nonsense in them are free as soon as somebody looks whose they are.
        #[test]
        fn any_words(words in prop::collection::vec(any::<u64>(), 20)) {
            let (_directory, slots) = opened();
            for (place, word) in words.iter().enumerate() {
                slots.file.unit(place).unwrap()[0].store(*word, Relaxed);
            }
            slots.reclaim(20);
            prop_assert_eq!(slots.holders().count(), 0);
        }
    }
}
