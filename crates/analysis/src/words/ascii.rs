//! Words of ASCII, with a table of what each byte does in a word, as flags.

pub(super) const LETTER: u8 = 1;
pub(super) const DIGIT: u8 = 2;
/// An underscore, which joins letters and digits.
const JOINS: u8 = 4;
pub(super) const UPPERCASE: u8 = 8;
/// Of a character beyond ASCII.
pub(super) const BEYOND: u8 = 16;
/// Joins letters that it stands between.
const MID_LETTER: u8 = 32;
/// Joins digits that it stands between.
const MID_NUMBER: u8 = 64;

pub(super) const WORD: u8 = LETTER | DIGIT | JOINS;

static FLAGS: [u8; 256] = {
    let mut flags = [BEYOND; 256];
    let mut byte = 0;
    while byte < 128 {
        flags[byte as usize] = match byte {
            b'a'..=b'z' => LETTER,
            b'A'..=b'Z' => LETTER | UPPERCASE,
            b'0'..=b'9' => DIGIT,
            b'_' => JOINS,
            b':' => MID_LETTER,
            b',' | b';' => MID_NUMBER,
            b'.' | b'\'' => MID_LETTER | MID_NUMBER,
            _ => 0,
        };
        byte += 1;
    }
    flags
};

#[inline]
pub(super) fn flags(bytes: &[u8], at: usize) -> u8 {
    bytes.get(at).map_or(0, |&byte| FLAGS[byte as usize])
}

/// The end of the word at `at`, where a byte of [`WORD`] or [`BEYOND`] stands, and the flags of its bytes. With
/// [`BEYOND`] among them, only the character beyond ASCII that follows tells whether the word ends here.
#[inline]
pub(super) fn word(bytes: &[u8], at: usize) -> (usize, u8) {
    let mut end = at;
    let mut seen = 0;
    loop {
        let next = flags(bytes, end);
        if next & WORD != 0 {
            seen |= next;
            end += 1;
            continue;
        }
        if next & (MID_LETTER | MID_NUMBER) == 0 {
            return (end, seen | next & BEYOND);
        }
        let (before, after) = (flags(bytes, end - 1), flags(bytes, end + 1));
        let letters = before & LETTER != 0 && next & MID_LETTER != 0;
        let digits = before & DIGIT != 0 && next & MID_NUMBER != 0;
        if (letters || digits) && after & BEYOND != 0 {
            return (end, seen | BEYOND);
        }
        if !(letters && after & LETTER != 0 || digits && after & DIGIT != 0) {
            return (end, seen);
        }
        end += 1;
    }
}
