//! Arbitrary bytes as a stored document, through every reader.

#![no_main]

#[path = "../../crates/document/tests/every_reader/mod.rs"]
mod every_reader;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| every_reader::read(bytes));
