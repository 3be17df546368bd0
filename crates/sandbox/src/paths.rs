//! Remembers the paths a guest asks for. A guest passes the same few paths for every document, mostly
//! as constants at a constant address: parsed once, each then costs a comparison of its bytes, and
//! keeps the position where it was last found.

use std::cell::Cell;

use quidditch_document::{Damaged, Lookup, Path, Value, lookup_key};

const SLOTS: usize = 32;
/// Longer paths are parsed each time.
const LONGEST_KEPT: usize = 256;

pub(crate) struct Paths {
    slots: [Slot; SLOTS],
}

#[derive(Default)]
struct Slot {
    text: Vec<u8>,
    path: Parsed,
}

#[derive(Default)]
enum Parsed {
    #[default]
    Nothing,
    /// One plain key, with the guess where it stands.
    Key(Cell<u32>),
    Steps(Path),
}

impl Parsed {
    fn new(text: &[u8]) -> Self {
        if Path::is_plain_key(text) {
            return Parsed::Key(Cell::new(0));
        }
        match std::str::from_utf8(text)
            .ok()
            .and_then(|text| Path::parse(text).ok())
        {
            Some(path) => Parsed::Steps(path),
            None => Parsed::Nothing,
        }
    }

    #[inline(always)]
    fn lookup<'d>(&self, text: &[u8], root: Value<'d>) -> Result<Lookup<'d>, Damaged> {
        match self {
            Parsed::Key(guess) => lookup_key(root, text, guess),
            Parsed::Steps(path) => path.lookup(root),
            Parsed::Nothing => Ok(Lookup::Missing),
        }
    }
}

impl Paths {
    pub(crate) fn new() -> Self {
        Paths {
            slots: std::array::from_fn(|_| Slot::default()),
        }
    }

    /// Looks `text`, which the guest keeps at `address`, up in a document. A path that doesn't parse
    /// names nothing.
    #[inline(always)]
    pub(crate) fn lookup<'d>(
        &mut self,
        address: u32,
        text: &[u8],
        root: Value<'d>,
    ) -> Result<Lookup<'d>, Damaged> {
        if text.len() > LONGEST_KEPT {
            return Parsed::new(text).lookup(text, root);
        }
        // Literals lie side by side, so neighbours differ in the low bits.
        let slot = &mut self.slots[(address ^ (address >> 5)) as usize % SLOTS];
        if slot.text != text || text.is_empty() {
            slot.path = Parsed::new(text);
            slot.text.clear();
            slot.text.extend_from_slice(text);
        }
        slot.path.lookup(text, root)
    }
}
