//! The newest records of what was done, in a ring that all processes write to.
//!
//! A writer draws the next number, which says where its record goes, and writes it there with a checksum over all of
//! it. A reader takes what has the right one: a record that is being written, or of which two processes wrote parts, is
//! skipped. Nobody waits for anybody.

use std::io;
use std::path::Path;
use std::sync::atomic::{
    AtomicU64,
    Ordering::{Acquire, Relaxed, Release},
    fence,
};

use crate::mapped::{Layout, MappedFile};
use crate::words::{checksum, load, put_text, store, text};

/// The most records that a ring may have.
pub const MOST_RECORDS: usize = 100_000;

const NAME: usize = 18;
const MESSAGE: usize = 26;

// The words of a record.
const SUM: usize = 0;
const NUMBER: usize = 1;
const TIME: usize = 2;
const WHO: usize = 3;
const WHERE: usize = 4;
const DURATION: usize = 5;
const STATE: usize = 6;
const PARAMETERS: usize = 7;
const SESSION: usize = 9;
const NAME_AT: usize = 10;
const MESSAGE_AT: usize = NAME_AT + NAME;
const END: usize = MESSAGE_AT + MESSAGE;

/// What a ring's file is called; everything else is the same for all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ring {
    /// What was done to the catalog.
    Changes,
    /// Calls, so that many of them don't push out the changes.
    Calls,
}

impl Ring {
    fn layout(self) -> Layout {
        Layout {
            name: match self {
                Ring::Changes => "audit",
                Ring::Calls => "audit_calls",
            },
            magic: *b"QUIDAUDT",
            version: 1,
            // How many records were written, in a cache line of its own.
            fixed: 8,
            unit: END.next_multiple_of(8),
            most_units: MOST_RECORDS,
        }
    }
}

/// Something that was done, or that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// In microseconds since 1970.
    pub time: u64,
    pub role: u32,
    /// The role that had logged in.
    pub session_role: u32,
    pub database: u32,
    pub process: u32,
    /// A number that the server gives a meaning.
    pub operation: u8,
    /// In nanoseconds, where it was measured.
    pub duration: Option<u64>,
    /// Of a failure.
    pub state: Option<String>,
    /// The beginning of a digest of the parameters of a call.
    pub parameters: Option<[u8; 16]>,
    /// What it was done to, cut.
    pub name: String,
    /// Of a failure, cut.
    pub message: String,
}

/// A ring's file in a directory.
pub struct Audit {
    file: MappedFile,
}

impl Audit {
    /// Opens the file, or makes one for so many records.
    ///
    /// # Errors
    /// The disk is full, the directory is somebody else's, …
    pub fn open(directory: &Path, ring: Ring, capacity: usize) -> io::Result<Self> {
        let file = MappedFile::open(directory, ring.layout(), capacity)?;
        Ok(Audit { file })
    }

    pub fn is_current(&self) -> bool {
        self.file.is_current()
    }

    pub fn capacity(&self) -> usize {
        self.file.units()
    }

    /// Another file in the place of this one, for so many records, with the newest of those there are.
    ///
    /// # Errors
    /// As for [`open`](Self::open).
    pub fn resize(&self, capacity: usize) -> io::Result<Self> {
        let file = self.file.resize(capacity, |new| {
            let records = self.records();
            let from = records.len().saturating_sub(capacity);
            for record in &records[from..] {
                append(new, record);
            }
        })?;
        Ok(Audit { file })
    }

    pub fn append(&self, record: &Record) {
        append(&self.file, record);
    }

    /// The records, oldest first.
    pub fn records(&self) -> Vec<Record> {
        let mut records: Vec<_> = (0..self.file.units())
            .filter_map(|place| read(self.file.unit(place)?))
            .collect();
        records.sort_by_key(|(number, _)| *number);
        records.into_iter().map(|(_, record)| record).collect()
    }
}

fn append(file: &MappedFile, record: &Record) {
    let number = file.fixed()[0].fetch_add(1, Relaxed);
    let Some(unit) = file.unit((number % file.units() as u64) as usize) else {
        return;
    };
    let is_measured = record.duration.is_some();
    let flags = u64::from(is_measured) | u64::from(record.parameters.is_some()) << 1;
    let parameters = record.parameters.unwrap_or_default();
    let (parameters, _) = parameters.as_chunks::<8>();
    // Its sum is that of what is meant, not of what is found there: another writer may be at the same place.
    let mut words = [0; END];
    words[NUMBER] = number;
    words[TIME] = record.time;
    words[WHO] = pair(record.role, record.process);
    let what = u32::from(record.operation) << 8 | flags as u32;
    words[WHERE] = pair(record.database, what);
    words[DURATION] = record.duration.unwrap_or(0);
    put_text(
        &mut words[STATE..=STATE],
        record.state.as_deref().unwrap_or_default(),
    );
    for (word, bytes) in words[PARAMETERS..].iter_mut().zip(parameters) {
        *word = u64::from_le_bytes(*bytes);
    }
    words[SESSION] = record.session_role.into();
    put_text(&mut words[NAME_AT..][..NAME], &record.name);
    put_text(&mut words[MESSAGE_AT..][..MESSAGE], &record.message);
    // No longer a record, until it is a whole one again.
    unit[SUM].store(0, Relaxed);
    fence(Release);
    store(&unit[NUMBER..END], &words[NUMBER..]);
    unit[SUM].store(sum(&words), Release);
}

fn read(unit: &[AtomicU64]) -> Option<(u64, Record)> {
    let before = unit[SUM].load(Acquire);
    let words = load(&unit[..END]);
    if before == 0 || sum(&words) != before {
        return None;
    }
    let (role, process) = unpair(words[WHO]);
    let (database, what) = unpair(words[WHERE]);
    let mut parameters = [0; 16];
    for (bytes, word) in parameters.chunks_mut(8).zip(&words[PARAMETERS..]) {
        bytes.copy_from_slice(&word.to_le_bytes());
    }
    let state = text(&words[STATE..=STATE]);
    let record = Record {
        time: words[TIME],
        role,
        session_role: words[SESSION] as u32,
        database,
        process,
        operation: (what >> 8) as u8,
        duration: (what & 1 != 0).then_some(words[DURATION]),
        state: (!state.is_empty()).then_some(state),
        parameters: (what & 2 != 0).then_some(parameters),
        name: text(&words[NAME_AT..][..NAME]),
        message: text(&words[MESSAGE_AT..END]),
    };
    Some((words[NUMBER], record))
}

fn sum(words: &[u64]) -> u64 {
    checksum(3, words[NUMBER..].iter().copied()).max(1)
}

fn pair(high: u32, low: u32) -> u64 {
    u64::from(high) << 32 | u64::from(low)
}

fn unpair(word: u64) -> (u32, u32) {
    ((word >> 32) as u32, word as u32)
}

#[cfg(test)]
mod tests {
    use std::thread;

    use proptest::prelude::*;

    use super::*;

    fn opened(capacity: usize) -> (tempfile::TempDir, Audit) {
        let directory = tempfile::tempdir().unwrap();
        let audit = Audit::open(directory.path(), Ring::Changes, capacity).unwrap();
        (directory, audit)
    }

    fn record(time: u64) -> Record {
        Record {
            time,
            role: 10,
            session_role: 11,
            database: u32::MAX,
            process: 4_194_304,
            operation: 7,
            duration: Some(u64::MAX),
            state: Some("42501".into()),
            parameters: Some(std::array::from_fn(|at| at as u8)),
            name: format!("f{time}@1.0.0"),
            message: format!("{time} "),
        }
    }

    fn times(audit: &Audit) -> Vec<u64> {
        audit.records().iter().map(|record| record.time).collect()
    }

    #[test]
    fn what_is_written_is_read() {
        let (directory, audit) = opened(10);
        let plain = Record {
            duration: None,
            state: None,
            parameters: None,
            message: String::new(),
            ..record(2)
        };
        for record in [&record(1), &plain] {
            audit.append(record);
        }
        let other = Audit::open(directory.path(), Ring::Changes, 99).unwrap();
        assert_eq!(other.records(), [record(1), plain]);
        assert_eq!(other.capacity(), 10);
        let calls = Audit::open(directory.path(), Ring::Calls, 99).unwrap();
        assert_eq!((calls.capacity(), calls.records().len()), (99, 0));
        let long = Record {
            message: "é".repeat(1000),
            ..record(3)
        };
        audit.append(&long);
        assert_eq!(audit.records()[2].message, "é".repeat(MESSAGE * 4));
    }

    #[test]
    fn the_newest_stay() {
        let (_directory, audit) = opened(10);
        (0..25).for_each(|time| audit.append(&record(time)));
        assert_eq!(times(&audit), Vec::from_iter(15..25));
        let smaller = audit.resize(4).unwrap();
        assert_eq!(times(&smaller), [21, 22, 23, 24]);
        let larger = smaller.resize(7).unwrap();
        (30..35).for_each(|time| larger.append(&record(time)));
        assert_eq!(times(&larger), [23, 24, 30, 31, 32, 33, 34]);
        assert!(larger.is_current() && !smaller.is_current());
    }

    /// A writer that lost its place to others in the middle leaves no record, or a whole one.
    #[test]
    fn torn_records_are_skipped() {
        let (_directory, audit) = opened(3);
        (0..3).for_each(|time| audit.append(&record(time)));
        for word in 0..END {
            let torn = &audit.file.unit(1).unwrap()[word];
            let was = torn.fetch_xor(1 << 17, Relaxed);
            assert_eq!(times(&audit), [0, 2], "{word}");
            torn.store(was, Relaxed);
        }
        assert_eq!(times(&audit), [0, 1, 2]);
    }

    #[test]
    fn many_at_once() {
        const ROUNDS: u64 = 5000;
        let (directory, audit) = opened(3);
        thread::scope(|scope| {
            for t in 0..4 {
                let directory = directory.path();
                scope.spawn(move || {
                    let audit = Audit::open(directory, Ring::Changes, 3).unwrap();
                    for round in 0..ROUNDS {
                        audit.append(&record(t * ROUNDS + round));
                        for found in audit.records() {
                            assert_eq!(found, record(found.time));
                        }
                    }
                });
            }
        });
        assert_eq!(audit.file.fixed()[0].load(Relaxed), 4 * ROUNDS);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn any_words(words in prop::collection::vec(any::<u64>(), 5 * END.next_multiple_of(8)), next: u64) {
            let (_directory, audit) = opened(5);
            audit.file.fixed()[0].store(next, Relaxed);
            let all = (0..5).flat_map(|place| audit.file.unit(place).unwrap());
            for (word, random) in all.zip(&words) {
                word.store(*random, Relaxed);
            }
            prop_assert_eq!(audit.records(), []);
            audit.append(&record(1));
            prop_assert_eq!(audit.records(), [record(1)]);
            prop_assert_eq!(audit.resize(2).unwrap().records(), [record(1)]);
        }
    }
}
