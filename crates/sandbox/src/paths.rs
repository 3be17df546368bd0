//! Remembers the paths a guest asks for. A guest passes the same few paths for every document, mostly
//! as constants at a constant address: parsed once, each then costs a comparison of its bytes, and
//! keeps the position where it was last found.

use std::cell::Cell;

use quidditch_document::Path;

const SLOTS: usize = 32;
/// Longer paths are parsed each time.
const LONGEST_KEPT: usize = 256;

pub(crate) struct Paths {
    slots: [Known; SLOTS],
    long: Known,
}

/// A path as the guest wrote it, and what it means.
#[derive(Default)]
pub(crate) struct Known {
    pub(crate) text: Vec<u8>,
    pub(crate) path: Parsed,
}

#[derive(Default)]
pub(crate) enum Parsed {
    /// The empty path, which leads nowhere else: the whole document.
    #[default]
    Document,
    /// No path: it names nothing.
    Malformed,
    /// One plain key, with the guess where it stands.
    Key(Cell<u32>),
    Steps(Path),
}

impl Known {
    #[cold]
    fn parse(&mut self, text: &[u8]) {
        self.text.clear();
        self.text.extend_from_slice(text);
        self.path = if text.is_empty() {
            Parsed::Document
        } else if Path::is_plain_key(text) {
            Parsed::Key(Cell::new(0))
        } else {
            let path = std::str::from_utf8(text)
                .ok()
                .and_then(|text| Path::parse(text).ok());
            path.map_or(Parsed::Malformed, Parsed::Steps)
        };
    }
}

impl Paths {
    pub(crate) fn new() -> Self {
        Paths {
            slots: Default::default(),
            long: Known::default(),
        }
    }

    /// The path `text`, which the guest keeps at `address`.
    #[inline]
    pub(crate) fn get(&mut self, address: u32, text: &[u8]) -> &Known {
        if text.len() > LONGEST_KEPT {
            self.long.parse(text);
            return &self.long;
        }
        // Literals lie side by side, so neighbours differ in the low bits.
        let known = &mut self.slots[(address ^ (address >> 5)) as usize % SLOTS];
        if known.text != text {
            known.parse(text);
        }
        known
    }
}
