//! `*` for any characters and `?` for one; a backslash takes either for itself.

use crate::pattern::{any_character, character, repeated};
use regex_syntax::hir::Hir;

/// Every text is such a pattern.
pub(crate) fn parse(source: &str, case_insensitive: bool) -> Hir {
    let mut parts = Vec::new();
    let mut characters = source.chars();
    while let Some(found) = characters.next() {
        parts.push(match found {
            '*' => repeated(any_character(), 0, None),
            '?' => any_character(),
            // At the end it stands for itself.
            '\\' => character(characters.next().unwrap_or('\\'), case_insensitive),
            other => character(other, case_insensitive),
        });
    }
    Hir::concat(parts)
}
