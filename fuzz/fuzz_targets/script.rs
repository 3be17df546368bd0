//! Arbitrary text as Python and as JavaScript: described, or a mistake at a place that is in it.

#![no_main]

use libfuzzer_sys::fuzz_target;
use quidditch_script::{Language, describe};

fuzz_target!(|source: &str| {
    for language in [Language::Python, Language::JavaScript] {
        match describe(language, source) {
            Ok(description) => {
                assert!(description.metadata().is_object());
                assert!(
                    description
                        .parameters
                        .iter()
                        .all(|p| !p.required || p.default.is_none())
                );
            }
            Err(mistake) => {
                let source = source.strip_prefix('\u{feff}').unwrap_or(source);
                let source = source.replace("\r\n", "\n").replace('\r', "\n");
                let line = source.split('\n').nth(mistake.line - 1).expect("a line");
                assert!(mistake.column <= line.chars().count() + 1, "{mistake}");
                assert!(!mistake.message.is_empty() && !mistake.hint.is_empty());
            }
        }
    }
});
