//! Arbitrary text as a path: what parses prints as something that parses to the same.

#![no_main]

use quidditch_document::Path;

libfuzzer_sys::fuzz_target!(|text: &str| {
    let plain = Path::is_plain_key(text.as_bytes());
    match Path::parse(text) {
        Ok(path) => {
            assert_eq!(Path::parse(&path.to_string()).as_ref(), Ok(&path));
            assert!(!plain || path.steps().len() == 1 && path.to_string() == text);
        }
        Err(error) => assert!(!plain && error.offset <= text.len()),
    }
});
