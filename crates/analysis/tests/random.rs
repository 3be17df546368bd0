//! What holds for any text.

#[path = "shown/tokens.rs"]
mod tokens;

use proptest::prelude::*;
use quidditch_analysis::{Analyzer, NAMES};
use std::ops::ControlFlow;
use tokens::tokens;
use unicode_segmentation::UnicodeSegmentation;

/// Characters of each kind, and whether they make a word.
const CHARACTERS: &[(char, bool)] = &[
    ('a', true),
    ('B', true),
    ('7', true),
    ('é', true),
    ('Σ', true),
    ('ж', true),
    ('א', true),
    ('ー', true),
    ('カ', true),
    ('か', true),
    ('字', true),
    ('한', true),
    ('ก', true),
    ('က', true),
    ('🛑', true),
    ('٣', true),
    (' ', false),
    ('\n', false),
    ('\r', false),
    ('\u{A0}', false),
    ('\u{2003}', false),
    ('.', false),
    (',', false),
    (':', false),
    (';', false),
    ('\'', false),
    ('"', false),
    ('’', false),
    ('_', false),
    ('‿', false),
    ('-', false),
    ('#', false),
    ('\u{301}', false),
    ('\u{AD}', false),
    ('€', false),
];

fn mixed() -> impl Strategy<Value = String> {
    let char = prop_oneof![
        2 => prop::sample::select(vec!['a', 'B', '7', '.', '\'', ' ']),
        1 => prop::sample::select(CHARACTERS).prop_map(|(char, _)| char),
    ];
    prop::collection::vec(char, 0..40).prop_map(String::from_iter)
}

/// Emoji, their parts, and marks that may stand alone too.
fn tricky() -> impl Strategy<Value = String> {
    let parts = "a1_.'#* é🛑👍🏽🇩🇪©\u{200D}\u{FE0E}\u{FE0F}\u{20E3}\u{301}ก\u{E31}字";
    let char = prop::sample::select(parts.chars().collect::<Vec<_>>());
    prop::collection::vec(char, 0..12).prop_map(String::from_iter)
}

/// The words as the segmentation of the whole text has them.
fn reference(text: &str) -> Vec<(usize, usize)> {
    let is_word = |char: char| CHARACTERS.contains(&(char, true));
    let is_complex = |segment: &str| segment.starts_with(['ก', 'က']);
    let mut words: Vec<(usize, usize)> = Vec::new();
    let mut after_complex = false;
    for (start, segment) in text.split_word_bound_indices() {
        let end = start + segment.len();
        let complex = is_complex(segment);
        match words.last_mut() {
            Some((_, last)) if complex && after_complex => *last = end,
            _ if segment.contains(is_word) => words.push((start, end)),
            _ => {}
        }
        after_complex = complex;
    }
    words
}

fn places(analyzer: &Analyzer, text: &str) -> Vec<(usize, usize)> {
    let shown = tokens(analyzer, text);
    shown
        .into_iter()
        .map(|(.., start, end)| (start, end))
        .collect()
}

thread_local! {
    static ALL: Vec<Analyzer> = {
        let sizes = ["ngram(3,3)", "edge_ngram(2,10)"];
        let names = NAMES.iter().copied().chain(sizes);
        names.map(|name| Analyzer::named(name).expect("a known name")).collect()
    };
}

fn holds(text: &str) -> Result<(), TestCaseError> {
    for analyzer in ALL.with(Clone::clone) {
        let shown = tokens(&analyzer, text);
        let mut last = (0, 0);
        for (term, position, start, end) in &shown {
            prop_assert!(
                start <= end && text.get(*start..*end).is_some(),
                "{analyzer:?}"
            );
            prop_assert!((*position, *start) >= last, "{analyzer:?}");
            prop_assert!(!term.is_empty() || text.is_empty(), "{analyzer:?}");
            last = (*position, *start);
        }
        prop_assert_eq!(&tokens(&analyzer, text), &shown, "{:?}", analyzer);
        // A sink that breaks sees no further token, and its break arrives.
        let mut left = shown.len() / 2;
        let flow = analyzer.tokens(text, &mut |_| match left {
            0 => ControlFlow::Break(()),
            _ => {
                left -= 1;
                ControlFlow::Continue(())
            }
        });
        prop_assert_eq!(flow.is_break(), !shown.is_empty(), "{:?}", analyzer);
        prop_assert_eq!(left, 0, "{:?}", analyzer);
        prop_assert_eq!(&tokens(&analyzer, text), &shown, "{:?}", analyzer);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn ascii_is_split_like_unicode(text in "[ -~\n\t]{0,60}") {
        let is_word = |(_, segment): &(usize, &str)| segment.contains(|char: char| char.is_ascii_alphanumeric());
        let segments = text.split_word_bound_indices().filter(is_word);
        let expected: Vec<_> = segments.map(|(start, segment)| (start, start + segment.len())).collect();
        prop_assert_eq!(places(&Analyzer::standard(), &text), expected);
    }

    #[test]
    fn dense_ascii_is_split_like_unicode(text in "[aZ0_.:,;' #]{0,30}") {
        let is_word = |(_, segment): &(usize, &str)| segment.contains(|char: char| char.is_ascii_alphanumeric());
        let segments = text.split_word_bound_indices().filter(is_word);
        let expected: Vec<_> = segments.map(|(start, segment)| (start, start + segment.len())).collect();
        prop_assert_eq!(places(&Analyzer::standard(), &text), expected);
    }

    #[test]
    fn mixed_text_is_split_like_unicode(text in mixed()) {
        prop_assert_eq!(places(&Analyzer::standard(), &text), reference(&text));
    }

    #[test]
    fn whitespace_parts_words(before in tricky(), after in tricky(), space in "[ \\t\\n\\r]") {
        let standard = Analyzer::standard();
        let start = before.len() + space.len();
        let moved = places(&standard, &after).into_iter().map(|(from, to)| (start + from, start + to));
        let expected: Vec<_> = places(&standard, &before).into_iter().chain(moved).collect();
        prop_assert_eq!(places(&standard, &(before + &space + &after)), expected);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn any_text(text in "\\PC{0,40}") {
        holds(&text)?;
    }

    #[test]
    fn any_characters(text in prop::collection::vec(any::<char>(), 0..40).prop_map(String::from_iter)) {
        holds(&text)?;
    }

    #[test]
    fn mixed_text(text in mixed()) {
        holds(&text)?;
    }

    #[test]
    fn long_runs(unit in mixed(), times in 1..50usize) {
        let text = unit.replace([' ', '\n'], "").repeat(times);
        holds(&text)?;
        let longest = tokens(&Analyzer::standard(), &text);
        let longest = longest.iter().map(|(term, ..)| term.encode_utf16().count()).max();
        prop_assert!(longest <= Some(255));
    }
}

/// The sink may analyze, even with the same analyzer.
#[test]
fn analyzing_inside() {
    for analyzer in ALL.with(Clone::clone) {
        let text = "Some Words, and others";
        let expected = tokens(&analyzer, text);
        let mut shown = Vec::new();
        let flow = analyzer.tokens(text, &mut |token| {
            assert_eq!(tokens(&analyzer, text), expected);
            shown.push((
                token.text.to_owned(),
                token.position,
                token.start,
                token.end,
            ));
            ControlFlow::Continue(())
        });
        assert!(flow.is_continue());
        assert_eq!(shown, expected, "{analyzer:?}");
    }
}

/// An analyzer is usable after its sink panicked.
#[test]
fn panics() {
    for analyzer in ALL.with(Clone::clone) {
        let text = "Some Words, and others";
        let expected = tokens(&analyzer, text);
        let panicking = std::panic::AssertUnwindSafe(|| {
            analyzer.tokens(text, &mut |_| std::panic::resume_unwind(Box::new(())))
        });
        assert!(std::panic::catch_unwind(panicking).is_err());
        assert_eq!(tokens(&analyzer, text), expected, "{analyzer:?}");
    }
}
