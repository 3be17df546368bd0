//! What a source is read as, or what is wrong with it.

use quidditch_script::{Description, Language, Mistake, describe};

#[track_caller]
pub fn read(language: Language, source: &str) -> Description {
    match describe(language, source) {
        Ok(description) => description,
        Err(mistake) => panic!("{mistake}\n{}\n{source}", mistake.hint),
    }
}

#[track_caller]
pub fn mistake(language: Language, source: &str) -> Mistake {
    let mistake = describe(language, source).expect_err(source);
    assert!(!mistake.hint.is_empty(), "{mistake}");
    mistake
}

/// Message and hint of a mistake in each source.
#[track_caller]
pub fn check(language: Language, cases: &[(&str, &str, &str)]) {
    for (source, message, hint) in cases {
        let found = mistake(language, source);
        assert_eq!(found.to_string(), *message, "{source}");
        assert_eq!(found.hint, *hint, "{source}");
    }
}
