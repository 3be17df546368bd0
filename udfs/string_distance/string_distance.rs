//! Keeps the documents whose string field is at most `max_distance` edits (Levenshtein: insert, delete or replace one code
//! point) away from `target`.
#![no_std]

#[path = "../sdk/rust/quidditch.rs"]
mod quidditch;

use quidditch::{fail, param_i64, param_text, Buffer, Document, Instance, Status};

static STATE: Instance<State> = Instance::new(State {
    ready: false,
    limit: 0,
    path: Buffer::new(),
    target: Buffer::new(),
    row: Buffer::new(),
    pattern: Pattern::EMPTY,
});

struct State {
    ready: bool,
    limit: i64,
    path: Buffer,
    target: Buffer,
    row: Buffer,
    pattern: Pattern,
}

#[no_mangle]
pub extern "C" fn filter(ctx: i64) -> i32 {
    STATE.with(|state| {
        // An instance has one set of parameters for life, so they are read for its first row.
        if !state.ready {
            state.read_parameters();
        }
        state.matches(&Document::new(ctx)) as i32
    })
}

impl State {
    fn read_parameters(&mut self) {
        self.limit = match param_i64("max_distance") {
            Ok(limit) => limit,
            Err(Status::NotFound) => 2,
            Err(_) => fail("parameter max_distance must be an integer"),
        };
        if param_text("field", &mut self.path).is_err() {
            fail("parameter field must be a string");
        }
        match param_text("target", &mut self.target) {
            Ok(target) => self.pattern.set(target),
            Err(_) => fail("parameter target must be a string"),
        }
        self.ready = true;
    }

    fn matches(&mut self, document: &Document) -> bool {
        if self.limit < 0 {
            return false;
        }
        let limit = self.limit.min(1 << 30) as usize;

        // A code point takes at most four bytes, so a text with more than this is too long to be near enough: the host
        // need not even copy it.
        let longest = (self.pattern.chars + limit).saturating_mul(4);
        let row = loop {
            let room = self.row.as_slice().len().min(longest);
            match document.field_bytes(self.path.as_str(), &mut self.row.as_mut_slice()[..room]) {
                Ok(row) => break row.len(),
                Err(Status::BufferTooSmall(length)) if length <= longest => self.row.reserve(length),
                Err(_) => return false,
            }
        };
        let row = &self.row.as_slice()[..row];

        if row.is_ascii() {
            self.pattern.within(limit, row.len(), row.iter().map(|&byte| byte as u32))
        } else if let Ok(row) = core::str::from_utf8(row) {
            self.pattern.within(limit, row.chars().count(), row.chars().map(|c| c as u32))
        } else {
            false
        }
    }
}

/// The target, prepared for comparing many texts with it.
struct Pattern {
    text: Buffer,
    bytes: usize,
    chars: usize,
    /// For targets of at most 64 code points: a set of positions, as bits, for each code point that occurs.
    ascii: [u64; 128],
    other: [(u32, u64); 128],
    any_other: bool,
    /// For longer targets: the code points, and one row of the distance matrix.
    wide: Buffer,
    cells: Buffer,
}

impl Pattern {
    const EMPTY: Pattern = Pattern {
        text: Buffer::new(),
        bytes: 0,
        chars: 0,
        ascii: [0; 128],
        other: [(0, 0); 128],
        any_other: false,
        wide: Buffer::new(),
        cells: Buffer::new(),
    };

    #[cold]
    fn set(&mut self, target: &str) {
        self.text.reserve(target.len());
        self.text.as_mut_slice()[..target.len()].copy_from_slice(target.as_bytes());
        self.bytes = target.len();
        self.chars = target.chars().count();
        self.ascii = [0; 128];
        self.other = [(0, 0); 128];
        self.any_other = false;
        if self.chars <= 64 {
            for (position, c) in target.chars().enumerate() {
                let bit = 1 << position;
                if c.is_ascii() {
                    self.ascii[c as usize] |= bit;
                } else {
                    self.any_other = true;
                    let slot = self.slot(c as u32);
                    self.other[slot].0 = c as u32;
                    self.other[slot].1 |= bit;
                }
            }
        } else {
            self.wide.reserve(self.chars * 4);
            self.cells.reserve((self.chars + 1) * 4);
            for (to, c) in self.wide.as_mut_words().iter_mut().zip(target.chars()) {
                *to = c as u32;
            }
        }
    }

    /// Where a code point is in `other`, or the free place where it would be: at most 64 of the 128 are taken.
    fn slot(&self, c: u32) -> usize {
        let mut slot = c as usize % 128;
        while self.other[slot].0 != c && self.other[slot].0 != 0 {
            slot = (slot + 1) % 128;
        }
        slot
    }

    fn positions(&self, c: u32) -> u64 {
        if c < 128 {
            self.ascii[c as usize]
        } else if self.any_other {
            self.other[self.slot(c)].1
        } else {
            0
        }
    }

    /// Is a text of `length` code points at most `limit` edits away?
    fn within(&mut self, limit: usize, length: usize, text: impl Iterator<Item = u32>) -> bool {
        let (longer, shorter) = (length.max(self.chars), length.min(self.chars));
        if longer - shorter > limit {
            false
        } else if shorter == 0 {
            true
        } else if self.chars <= 64 {
            self.bit_parallel(limit, length, text)
        } else {
            self.banded(limit.min(longer), text)
        }
    }

    /// Myers' and Hyyrö's bit-parallel algorithm. Bit i of the vectors is row i of one column of the distance matrix:
    /// `plus` and `minus` say where the value is one more or one less than in the row above, `same` where it equals
    /// its upper left neighbour. The values along the diagonal that ends in the last cell never fall and end with the
    /// distance, so they are followed and most texts are done with after a few code points.
    fn bit_parallel(&self, limit: usize, length: usize, text: impl Iterator<Item = u32>) -> bool {
        let (mut plus, mut minus) = (!0u64, 0u64);
        let mut distance = self.chars.max(length) - self.chars.min(length);
        let mut before = length.saturating_sub(self.chars); // columns before the diagonal starts
        let mut row = self.chars.saturating_sub(length);
        for c in text {
            let equal = self.positions(c);
            let same = ((equal & plus).wrapping_add(plus) ^ plus) | equal | minus;
            if before > 0 {
                before -= 1;
            } else {
                distance += (same >> (row & 63) & 1 == 0) as usize;
                if distance > limit {
                    return false;
                }
                row += 1;
            }
            let right_plus = (minus | !(same | plus)) << 1 | 1;
            let right_minus = (plus & same) << 1;
            plus = right_minus | !(same | right_plus);
            minus = right_plus & same;
        }
        true
    }

    /// Row by row, computing only the cells within `limit` of the main diagonal.
    fn banded(&mut self, limit: usize, text: impl Iterator<Item = u32>) -> bool {
        const FAR: u32 = 1 << 31;
        let target = &self.wide.as_mut_words()[..self.chars];
        let cells = &mut self.cells.as_mut_words()[..=target.len()];
        for (column, cell) in cells.iter_mut().enumerate() {
            *cell = if column <= limit { column as u32 } else { FAR };
        }
        for (above, c) in text.enumerate() {
            let row = above + 1;
            let first = row.saturating_sub(limit).max(1);
            let last = (row + limit).min(target.len());
            let mut diagonal = cells[first - 1];
            let mut left = if first == 1 { row as u32 } else { FAR };
            cells[first - 1] = left;
            let mut least = FAR;
            for (cell, &t) in cells[first..=last].iter_mut().zip(&target[first - 1..last]) {
                // The cell above the band's last one still has its FAR from the start.
                let value = (diagonal + (t != c) as u32).min(left.min(*cell) + 1);
                diagonal = *cell;
                *cell = value;
                left = value;
                least = least.min(value);
            }
            if least > limit as u32 {
                return false;
            }
        }
        cells[target.len()] <= limit as u32
    }
}
