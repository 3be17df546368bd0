//! What calls of UDFs took and came to, counted by all processes together.
//!
//! The file is a hash table without removal: a UDF's entry is claimed once by writing its key where a zero was, at the
//! first free place from where the key's number points to. Whoever counts keeps the entry's place. When the table is
//! full, calls are only counted as such, until [`Statistics::make_room`] takes over to a new file what was used last;
//! [`Statistics::renew`] begins anew.

use std::io;
use std::path::Path;
use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed};

use sha2::{Digest, Sha256};

use crate::counts::{BUCKETS, Counts, Failure};
use crate::mapped::{Layout, MappedFile};
use crate::words::{checksum, load, put_text, store, text};

/// Entries there is room for.
const ENTRIES: usize = 1024;

/// A full table isn't made room in more often, in microseconds: that loses what is counted meanwhile.
const LEAST_BETWEEN: u64 = 60_000_000;

/// The words that all entries have in common: calls that have no entry, and when room was made last.
const OVERFLOW: usize = 0;
const MADE_ROOM: usize = 1;

const NAME: usize = 20;
const MESSAGE: usize = 24;

// The words of an entry.
const KEY: usize = 0;
const IDENTITY_SUM: usize = 1;
const DATABASE: usize = 2;
const SINCE: usize = 3;
const NAME_AT: usize = 4;
const CALLS: usize = NAME_AT + NAME;
const KEPT: usize = CALLS + 1;
const INSTANCES: usize = CALLS + 2;
const COMPILES: usize = CALLS + 3;
const COMPILE_TIME: usize = CALLS + 4;
const LOADS: usize = CALLS + 5;
const TIMED: usize = CALLS + 6;
const TIME: usize = CALLS + 7;
/// The complement of the shortest time, so that zero is none.
const SHORTEST: usize = CALLS + 8;
const LONGEST: usize = CALLS + 9;
const MEMORY: usize = CALLS + 10;
const LAST_CALL: usize = CALLS + 11;
const FAILURES: usize = CALLS + 12;
const HISTOGRAM: usize = FAILURES + Failure::ALL.len();
const COUNTERS_END: usize = HISTOGRAM + BUCKETS;
const ERROR_SUM: usize = COUNTERS_END;
const ERROR_TIME: usize = ERROR_SUM + 1;
const ERROR_STATE: usize = ERROR_SUM + 2;
const ERROR_MESSAGE: usize = ERROR_SUM + 3;
const END: usize = ERROR_MESSAGE + MESSAGE;

const LAYOUT: Layout = Layout {
    name: "statistics",
    magic: *b"QUIDSTAT",
    version: 1,
    // A cache line.
    fixed: 8,
    // A multiple of a cache line.
    unit: END.next_multiple_of(8),
    most_units: ENTRIES,
};

/// The last call of a UDF that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastError {
    /// In microseconds since 1970.
    pub time: u64,
    pub state: String,
    /// Its beginning.
    pub message: String,
}

/// A UDF's entry as it is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub database: u32,
    /// The beginning of `name@version`.
    pub name: String,
    /// When it was made or reset, in microseconds since 1970.
    pub since: u64,
    pub counts: Counts,
    pub last_error: Option<LastError>,
}

/// The file `statistics` of a directory.
pub struct Statistics {
    file: MappedFile,
}

impl Statistics {
    /// Opens the file, or makes it.
    ///
    /// # Errors
    /// The disk is full, the directory is somebody else's, …
    pub fn open(directory: &Path) -> io::Result<Self> {
        let file = MappedFile::open(directory, LAYOUT, ENTRIES)?;
        Ok(Statistics { file })
    }

    pub fn is_current(&self) -> bool {
        self.file.is_current()
    }

    /// Begins anew, with an empty file for everybody.
    ///
    /// # Errors
    /// As for [`open`](Self::open).
    pub fn renew(&self) -> io::Result<Self> {
        let file = self.file.resize(ENTRIES, |_| ())?;
        Ok(Statistics { file })
    }

    /// Makes room in a table that is full: the half of the entries stays that was used last, among those that
    /// `exists` says of that their database is there. None if room was made a short while ago.
    ///
    /// # Errors
    /// As for [`open`](Self::open).
    pub fn make_room(&self, now: u64, exists: impl Fn(u32) -> bool) -> io::Result<Option<Self>> {
        let before = self.file.fixed()[MADE_ROOM].load(Relaxed);
        if now.saturating_sub(before) < LEAST_BETWEEN && before <= now {
            return Ok(None);
        }
        let file = self.file.resize(ENTRIES, |new| {
            let mut entries: Vec<_> = (0..self.file.units())
                .filter_map(|place| Some((self.entry(place)?, place)))
                .filter(|(entry, _)| exists(entry.database))
                .collect();
            entries.sort_by_key(|(entry, _)| {
                std::cmp::Reverse(entry.counts.last_call.max(entry.since))
            });
            entries.truncate(ENTRIES / 2);
            let units = entries
                .into_iter()
                .filter_map(|(_, place)| self.file.unit(place));
            units.for_each(|unit| take_over(new, &load(unit)));
            new.fixed()[OVERFLOW].store(self.overflow(), Relaxed);
            new.fixed()[MADE_ROOM].store(now, Relaxed);
        })?;
        Ok(Some(Statistics { file }))
    }

    /// The place of a UDF's entry, which is made if there is none; none if the table is full. `now` is in
    /// microseconds since 1970.
    pub fn place(&self, database: u32, name: &str, now: u64) -> Option<usize> {
        let key = key(database, name);
        let units = self.file.units();
        let start = key as usize % units;
        for place in (start..units).chain(0..start) {
            let entry = self.file.unit(place)?;
            let found = match entry[KEY].load(Acquire) {
                // Whoever is faster may claim it for the same key.
                0 => match entry[KEY].compare_exchange(0, key, AcqRel, Acquire) {
                    Ok(_) => key,
                    Err(found) => found,
                },
                found => found,
            };
            if found == key {
                // Everybody who has the key writes the same, but for the time.
                if identity(&load(&entry[..CALLS])).is_none() {
                    entry[DATABASE].store(database.into(), Relaxed);
                    entry[SINCE].store(now, Relaxed);
                    let mut text = [0; NAME];
                    put_text(&mut text, name);
                    store(&entry[NAME_AT..][..NAME], &text);
                    let sum = identity_sum(&load(&entry[..CALLS]));
                    entry[IDENTITY_SUM].store(sum, Relaxed);
                }
                return Some(place);
            }
        }
        None
    }

    /// Adds to the entry at a place.
    pub fn add(&self, place: usize, counts: &Counts) {
        let Some(entry) = self.file.unit(place) else {
            return;
        };
        let add = |at: usize, n: u64| {
            if n != 0 {
                entry[at].fetch_add(n, Relaxed);
            }
        };
        let most = |at: usize, n: u64| {
            if entry[at].load(Relaxed) < n {
                entry[at].fetch_max(n, Relaxed);
            }
        };
        add(CALLS, counts.calls);
        add(KEPT, counts.kept);
        add(INSTANCES, counts.instances);
        add(COMPILES, counts.compiles);
        add(COMPILE_TIME, counts.compile_time);
        add(LOADS, counts.loads);
        add(TIMED, counts.timed);
        add(TIME, counts.time);
        most(SHORTEST, counts.shortest.map_or(0, |shortest| !shortest));
        most(LONGEST, counts.longest);
        most(MEMORY, counts.memory);
        most(LAST_CALL, counts.last_call);
        for (at, count) in counts.failures.iter().enumerate() {
            add(FAILURES + at, *count);
        }
        if counts.timed != 0 {
            for (at, count) in counts.histogram.iter().enumerate() {
                add(HISTOGRAM + at, *count);
            }
        }
    }

    /// Counts calls that have no entry.
    pub fn add_overflow(&self, calls: u64) {
        self.file.fixed()[OVERFLOW].fetch_add(calls, Relaxed);
    }

    /// The calls that had no entry.
    pub fn overflow(&self) -> u64 {
        self.file.fixed()[OVERFLOW].load(Relaxed)
    }

    /// Writes down a failure. When two processes do so at once, the next reader may find neither.
    pub fn set_error(&self, place: usize, error: &LastError) {
        let Some(entry) = self.file.unit(place) else {
            return;
        };
        let mut words = [0; END];
        words[ERROR_TIME] = error.time;
        put_text(&mut words[ERROR_STATE..=ERROR_STATE], &error.state);
        put_text(&mut words[ERROR_MESSAGE..], &error.message);
        store(&entry[ERROR_TIME..END], &words[ERROR_TIME..]);
        // Of what is meant, not of what is found there.
        let sum = error_sum(&words[ERROR_TIME..]);
        entry[ERROR_SUM].store(sum, Relaxed);
    }

    /// Forgets a UDF's last error: the next one of its name may be somebody else's.
    pub fn forget_error(&self, database: u32, name: &str) {
        for place in 0..self.file.units() {
            let is_it = |entry: Entry| entry.database == database && entry.name == name;
            if self.entry(place).is_some_and(is_it)
                && let Some(entry) = self.file.unit(place)
            {
                for word in &entry[ERROR_SUM..END] {
                    word.store(0, Relaxed);
                }
            }
        }
    }

    /// Sets a UDF's counters to zero; all of its versions' without one in `name`.
    pub fn reset(&self, database: u32, name: &str, now: u64) -> usize {
        let is_meant = |entry: &str| {
            entry == name
                || entry
                    .split_once('@')
                    .is_some_and(|(entry, _)| entry == name)
        };
        let mut reset = 0;
        for place in 0..self.file.units() {
            let found = self.entry(place);
            let Some(entry) = self.file.unit(place) else {
                break;
            };
            if !found.is_some_and(|found| found.database == database && is_meant(&found.name)) {
                continue;
            }
            for word in entry[CALLS..END].iter() {
                word.store(0, Relaxed);
            }
            entry[SINCE].store(now, Relaxed);
            reset += 1;
        }
        reset
    }

    /// The entries there are.
    pub fn entries(&self) -> impl Iterator<Item = Entry> {
        (0..self.file.units()).filter_map(|place| self.entry(place))
    }

    fn entry(&self, place: usize) -> Option<Entry> {
        let unit = self.file.unit(place)?;
        if unit[KEY].load(Acquire) == 0 {
            return None;
        }
        let words = load(unit);
        let (database, name) = identity(&words)?;
        let shortest = words[SHORTEST];
        let counts = Counts {
            calls: words[CALLS],
            kept: words[KEPT],
            instances: words[INSTANCES],
            compiles: words[COMPILES],
            compile_time: words[COMPILE_TIME],
            loads: words[LOADS],
            timed: words[TIMED],
            time: words[TIME],
            shortest: (shortest != 0).then_some(!shortest),
            longest: words[LONGEST],
            memory: words[MEMORY],
            last_call: words[LAST_CALL],
            failures: std::array::from_fn(|at| words[FAILURES + at]),
            histogram: std::array::from_fn(|at| words[HISTOGRAM + at]),
        };
        let is_whole = error_sum(&words[ERROR_TIME..END]) == words[ERROR_SUM];
        let last_error = is_whole.then(|| LastError {
            time: words[ERROR_TIME],
            state: text(&words[ERROR_STATE..=ERROR_STATE]),
            message: text(&words[ERROR_MESSAGE..END]),
        });
        Some(Entry {
            database,
            name,
            since: words[SINCE],
            counts,
            last_error,
        })
    }
}

/// Puts an entry's words into a file that nobody else has yet, and that has room.
fn take_over(file: &MappedFile, words: &[u64]) {
    let start = words[KEY] as usize % file.units();
    let places = (start..file.units()).chain(0..start);
    let mut units = places.filter_map(|place| file.unit(place));
    if let Some(free) = units.find(|unit| unit[KEY].load(Relaxed) == 0) {
        for (word, value) in free.iter().zip(words) {
            word.store(*value, Relaxed);
        }
    }
}

/// The database and the name of an entry whose words say so in one piece.
fn identity(words: &[u64]) -> Option<(u32, String)> {
    if words[IDENTITY_SUM] != identity_sum(words) {
        return None;
    }
    let database = u32::try_from(words[DATABASE]).ok()?;
    Some((database, text(&words[NAME_AT..][..NAME])))
}

fn identity_sum(words: &[u64]) -> u64 {
    let name = words[NAME_AT..][..NAME].iter();
    checksum(1, [words[KEY], words[DATABASE]].iter().chain(name).copied())
}

fn error_sum(words: &[u64]) -> u64 {
    checksum(2, words.iter().copied())
}

/// A number for a UDF that no other has, and isn't zero.
fn key(database: u32, name: &str) -> u64 {
    let mut hasher = Sha256::new();
    hasher.update(database.to_le_bytes());
    hasher.update(name);
    let digest = hasher.finalize();
    u64::from_le_bytes(std::array::from_fn(|at| digest[at])).max(1)
}

#[cfg(test)]
mod tests {
    use std::thread;

    use proptest::prelude::*;

    use super::*;

    fn opened() -> (tempfile::TempDir, Statistics) {
        let directory = tempfile::tempdir().unwrap();
        let statistics = Statistics::open(directory.path()).unwrap();
        (directory, statistics)
    }

    fn calls(calls: u64) -> Counts {
        Counts {
            calls,
            ..Counts::NONE
        }
    }

    fn total(statistics: &Statistics) -> u64 {
        statistics.entries().map(|entry| entry.counts.calls).sum()
    }

    #[test]
    fn what_is_added_is_there() {
        let (directory, statistics) = opened();
        let place = statistics.place(5, "f@1.0.0", 77).unwrap();
        assert_eq!(statistics.place(5, "f@1.0.0", 78), Some(place));
        let others = [(6, "f@1.0.0"), (5, "f@1.0.1"), (5, "")];
        for (database, name) in others {
            assert_ne!(statistics.place(database, name, 0), Some(place));
        }
        let mut counts = calls(10);
        counts.kept = 3;
        counts.memory = 65536;
        counts.last_call = 99;
        counts.fail(Failure::Stack);
        counts.time(100, 1);
        counts.time(3, 8);
        statistics.add(place, &counts);
        counts.last_call = 98;
        statistics.add(place, &counts);
        let error = LastError {
            time: 5,
            state: "38000".into(),
            message: "ä".repeat(1000),
        };
        statistics.set_error(place, &error);
        drop(statistics);
        let statistics = Statistics::open(directory.path()).unwrap();
        let found = statistics.entries().find(|e| e.counts.calls > 0).unwrap();
        assert_eq!((found.database, found.since), (5, 77));
        assert_eq!(found.name, "f@1.0.0");
        let now = &found.counts;
        assert_eq!((now.calls, now.kept, now.memory), (20, 6, 65536));
        assert_eq!((now.timed, now.time, now.last_call), (18, 248, 99));
        assert_eq!((now.shortest, now.longest), (Some(3), 100));
        assert_eq!(now.failures, [0, 0, 2, 0, 0, 0]);
        assert_eq!((now.histogram[1], now.histogram[6]), (16, 2));
        assert_eq!(now.total_time(), 248.0 * 20.0 / 18.0);
        let found = found.last_error.unwrap();
        assert_eq!((found.time, found.state.as_str()), (5, "38000"));
        assert_eq!(found.message, "ä".repeat(MESSAGE * 8 / 2));
    }

    #[test]
    fn resetting() {
        let (_directory, statistics) = opened();
        for (database, name) in [
            (1, "f@1.0.0"),
            (1, "f@2.0.0"),
            (1, "ff@1.0.0"),
            (2, "f@1.0.0"),
        ] {
            let place = statistics.place(database, name, 0).unwrap();
            statistics.add(place, &calls(1));
        }
        assert_eq!(statistics.reset(1, "f", 9), 2);
        assert_eq!(total(&statistics), 2);
        assert_eq!(statistics.entries().filter(|e| e.since == 9).count(), 2);
        assert_eq!(statistics.reset(1, "ff@1.0.0", 9), 1);
        assert_eq!(statistics.reset(1, "nothing", 9), 0);
        // A new file has no entries; what still goes to the old one is nobody's.
        let new = statistics.renew().unwrap();
        assert_eq!(new.entries().count(), 0);
        assert!(!statistics.is_current() && new.is_current());
    }

    #[test]
    fn a_full_table() {
        let (_directory, statistics) = opened();
        let names: Vec<_> = (0..=ENTRIES).map(|n| format!("f{n}@1.0.0")).collect();
        let places: Vec<_> = names.iter().map(|n| statistics.place(1, n, 0)).collect();
        let mut distinct: Vec<_> = places.iter().flatten().copied().collect();
        distinct.sort_unstable();
        distinct.dedup();
        assert_eq!(distinct.len(), ENTRIES);
        assert_eq!(places.last(), Some(&None));
        assert_eq!(statistics.entries().count(), ENTRIES);
        // Those that are in are still found.
        assert_eq!(statistics.place(1, &names[7], 0), places[7]);
        statistics.add_overflow(3);
        assert_eq!(statistics.overflow(), 3);
    }

    #[test]
    fn room_in_a_full_table() {
        const NOW: u64 = 1 << 50;
        let (directory, statistics) = opened();
        // Each was called later than the one before; every third is of a database that is gone.
        for n in 0..ENTRIES as u64 {
            let database = if n % 3 == 0 { 9 } else { 1 };
            let place = statistics.place(database, &format!("f{n}"), n).unwrap();
            let mut counts = calls(n + 1);
            counts.last_call = n + 1;
            statistics.add(place, &counts);
        }
        statistics.add_overflow(3);
        assert_eq!(statistics.place(1, "new", NOW), None);
        let newer = statistics.make_room(NOW, |database| database == 1);
        let newer = newer.unwrap().unwrap();
        assert!(!statistics.is_current());
        let mut left: Vec<_> = newer.entries().map(|entry| entry.counts.calls).collect();
        left.sort_unstable();
        let last = (0..ENTRIES as u64).filter(|n| n % 3 != 0).map(|n| n + 1);
        let last: Vec<_> = last.collect();
        assert_eq!(left, last[last.len() - ENTRIES / 2..]);
        assert_eq!(newer.overflow(), 3);
        // They are found where they are, by others too.
        let others = Statistics::open(directory.path()).unwrap();
        let place = newer.place(1, &format!("f{}", ENTRIES - 2), NOW).unwrap();
        let counts = others.entry(place).unwrap().counts;
        assert_eq!(counts.calls, ENTRIES as u64 - 1);
        assert!(newer.place(1, "new", NOW).is_some());
        // Not again and again.
        let again = |now| newer.make_room(now, |_| true).unwrap().is_some();
        assert!(!again(NOW + 1));
        assert!(!again(NOW + LEAST_BETWEEN - 1));
        assert!(again(NOW + LEAST_BETWEEN));
    }

    #[test]
    fn many_at_once() {
        const ROUNDS: u64 = 2000;
        let (directory, _first) = opened();
        thread::scope(|scope| {
            for t in 0..4 {
                let directory = directory.path();
                scope.spawn(move || {
                    let statistics = Statistics::open(directory).unwrap();
                    for round in 0..ROUNDS {
                        let name = format!("f{}@1.0.0", (round + t) % 50);
                        let place = statistics.place(1, &name, 0).unwrap();
                        statistics.add(place, &calls(1));
                        let message = name.repeat(20);
                        let error = LastError {
                            time: round,
                            state: "38000".into(),
                            message,
                        };
                        statistics.set_error(place, &error);
                        for entry in statistics
                            .entries()
                            .filter_map(|e| Some((e.name, e.last_error?)))
                        {
                            assert!(
                                entry.1.message.starts_with(&entry.0.repeat(10)),
                                "{entry:?}"
                            );
                        }
                    }
                });
            }
        });
        let statistics = Statistics::open(directory.path()).unwrap();
        assert_eq!(statistics.entries().count(), 50);
        assert_eq!(total(&statistics), 4 * ROUNDS);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        /// Whatever the words behind the header are, everything works on: no panic, no endless loop.
        #[test]
        fn any_words(seed: u64, density in 1..64_u32) {
            let (_directory, statistics) = opened();
            let mut state = seed | 1;
            for place in 0..ENTRIES {
                for word in statistics.file.unit(place).unwrap() {
                    state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
                    if (state >> 33) as u32 % 64 < density {
                        word.store(state, Relaxed);
                    }
                }
            }
            for entry in statistics.entries() {
                let _ = (entry.counts.total_time(), entry.counts.percentile(0.5));
            }
            if let Some(place) = statistics.place(1, "f@1.0.0", 0) {
                statistics.add(place, &calls(1));
                prop_assert!(statistics.entries().any(|entry| entry.name == "f@1.0.0"));
            }
            statistics.reset(1, "f", 0);
        }
    }
}
