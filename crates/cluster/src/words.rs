//! Text and checksums in words that other processes may be writing to.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// The longest beginning of a text that fits into so many bytes.
pub fn cut(text: &str, bytes: usize) -> &str {
    &text[..text.floor_char_boundary(bytes)]
}

/// Writes a text, cut to what fits, and zeros behind it.
pub fn put_text(words: &mut [u64], text: &str) {
    let mut chunks = cut(text, words.len() * 8).as_bytes().chunks(8);
    for word in words {
        let mut bytes = [0; 8];
        if let Some(chunk) = chunks.next() {
            bytes[..chunk.len()].copy_from_slice(chunk);
        }
        *word = u64::from_le_bytes(bytes);
    }
}

/// Writes the words, each for itself.
pub fn store(words: &[AtomicU64], values: &[u64]) {
    for (word, value) in words.iter().zip(values) {
        word.store(*value, Relaxed);
    }
}

/// Reads a text up to its first zero. What is no UTF-8 becomes replacement characters.
pub fn text(words: &[u64]) -> String {
    let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
    let length = bytes.iter().position(|b| *b == 0).unwrap_or(bytes.len());
    String::from_utf8_lossy(&bytes[..length]).into_owned()
}

/// The words as they are now, each for itself.
pub fn load(words: &[AtomicU64]) -> Vec<u64> {
    words.iter().map(|word| word.load(Relaxed)).collect()
}

/// Tells words that belong together from those that don't: FNV-1a by words, and mixed.
pub fn checksum(seed: u64, words: impl IntoIterator<Item = u64>) -> u64 {
    let start = 0xcbf2_9ce4_8422_2325 ^ seed;
    let sum = words.into_iter().fold(start, |sum, word| {
        ((sum ^ word).wrapping_mul(0x0000_0100_0000_01b3)).rotate_left(23)
    });
    let mixed = (sum ^ (sum >> 32)).wrapping_mul(0xd6e8_feb8_6659_fd93);
    mixed ^ (mixed >> 32)
}
