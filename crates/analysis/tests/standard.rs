//! `standard`: which words it finds, against Unicode's test cases and by hand.

mod shown;

use quidditch_analysis::Analyzer;
use shown::{expected, named, terms, tokens};
use std::ops::Range;

/// The pictographs in Unicode's cases.
const PICTOGRAPHS: &str = "©Ⓜ👶🛑";
const JOINER: char = '\u{200D}';

/// The words among Unicode's segments, by the rules that the cases can tell apart.
fn words_of(segments: &[Vec<char>]) -> Vec<Range<usize>> {
    let mut words = Vec::new();
    let mut start = 0;
    for segment in segments {
        let length = |chars: &[char]| chars.iter().map(|char| char.len_utf8()).sum::<usize>();
        let is_pictograph = |char: &char| PICTOGRAPHS.contains(*char);
        let is_flag = |char: &char| matches!(char, '\u{1F1E6}'..='\u{1F1FF}');
        let end = start + length(segment);
        // An emoji that is joined to something that isn't one is a word of its own.
        let joined = segment
            .windows(2)
            .position(|pair| pair[0] == JOINER && is_pictograph(&pair[1]))
            .filter(|_| !is_pictograph(&segment[0]));
        let (before, emoji) = segment.split_at(joined.map_or(segment.len(), |joiner| joiner + 1));
        let is_word = before.iter().any(|char| char.is_alphanumeric())
            || before.first().is_some_and(is_pictograph)
            || before.iter().filter(|char| is_flag(char)).count() == 2;
        if is_word {
            words.push(start..start + length(before));
        }
        if !emoji.is_empty() {
            words.push(start + length(before)..end);
        }
        start = end;
    }
    words
}

#[test]
fn the_cases_of_unicode() {
    let cases = include_str!("data/WordBreakTest.txt");
    let mut count = 0;
    for case in cases.lines().filter(|line| line.starts_with('÷')) {
        let segment = |segment: &str| {
            let codes = segment.split('×').map(str::trim);
            let code = |code| u32::from_str_radix(code, 16).expect("hexadecimal");
            codes
                .map(|text| char::from_u32(code(text)).expect("a character"))
                .collect::<Vec<_>>()
        };
        let segments = case.trim_matches('÷').split('÷').map(segment);
        let segments: Vec<_> = segments.collect();
        let text: String = segments.iter().flatten().collect();
        let found = tokens(&Analyzer::standard(), &text);
        let found: Vec<_> = found
            .into_iter()
            .map(|(.., start, end)| start..end)
            .collect();
        assert_eq!(found, words_of(&segments), "{case}");
        count += 1;
    }
    assert_eq!(count, 1944);
}

#[test]
fn words_are_lowercased_and_numbered() {
    assert_eq!(
        named("standard", "The 2 QUICK Brown-Foxes"),
        expected(&[
            ("the", 0, 0, 3),
            ("2", 1, 4, 5),
            ("quick", 2, 6, 11),
            ("brown", 3, 12, 17),
            ("foxes", 4, 18, 23),
        ])
    );
    assert_eq!(named("standard", ""), []);
    assert_eq!(
        named("standard", " \t\n.,;:-–—…!?\"'()[]{}/\\|@#$%^&*+=<>~`"),
        []
    );
}

#[test]
fn some_punctuation_joins() {
    for (text, words) in [
        ("don't it's o'clock", "don't it's o'clock"),
        ("'quoted' rock 'n' roll", "quoted rock n roll"),
        ("3.14 1,000,000 1;2 1'000", "3.14 1,000,000 1;2 1'000"),
        ("3. 14 a, b", "3 14 a b"),
        ("a.b a:b a,b a;b 1:2", "a.b a:b a b a b 1 2"),
        ("a.1 1.a a..b 1,,2", "a 1 1 a a b 1 2"),
        ("snake_case _x_ __ _ a__b 1_2", "snake_case _x_ a__b 1_2"),
        ("e-mail@example.com C++ C# 50%", "e mail example.com c c 50"),
        ("x1y2 2nd B2B", "x1y2 2nd b2b"),
        ("it’s l’été", "it’s l’été"),
        ("a.é é.a é,a 1.é", "a.é é.a é a 1 é"),
    ] {
        assert_eq!(terms("standard", text), words, "{text}");
    }
}

#[test]
fn case_goes_character_by_character() {
    for (text, words) in [
        ("ÉCOLE Straße ẞ", "école straße ß"),
        // No final sigma, no dot above for the Turkish capital.
        ("ΟΔΟΣ", "οδοσ"),
        ("İSTANBUL Iğdır", "istanbul iğdır"),
        ("Ⅷ Ⓐ Ǆ", "ⅷ ⓐ ǆ"),
    ] {
        assert_eq!(terms("standard", text), words, "{text}");
    }
}

#[test]
fn scripts_without_spaces() {
    assert_eq!(
        named("standard", "我是中国人"),
        expected(&[
            ("我", 0, 0, 3),
            ("是", 1, 3, 6),
            ("中", 2, 6, 9),
            ("国", 3, 9, 12),
            ("人", 4, 12, 15),
        ])
    );
    for (text, words) in [
        ("東京タワーへ行く", "東 京 タワー へ 行 く"),
        ("한국어 텍스트", "한국어 텍스트"),
        ("ภาษาไทย", "ภาษาไทย"),
        ("ภาษา ไทย1 ພາສາລາວ", "ภาษา ไทย 1 ພາສາລາວ"),
        ("ភាសាខ្មែរ မြန်မာ", "ភាសាខ្មែរ မြန်မာ"),
        ("ABCไทยdef", "abc ไทย def"),
        ("〇々", "〇 々"),
        ("２０２４年", "２０２４ 年"),
    ] {
        assert_eq!(terms("standard", text), words, "{text}");
    }
}

#[test]
fn marks_cling_to_letters() {
    for (text, words) in [
        ("e\u{301}te\u{301}", "e\u{301}te\u{301}"),
        ("हिन्दी भाषा", "हिन्दी भाषा"),
        ("العربيّة", "العربيّة"),
        ("צה\"ל ג'ירפה", "צה\"ל ג'ירפה"),
        (
            "soft\u{AD}hyphen zero\u{200B}width",
            "soft\u{AD}hyphen zero width",
        ),
        // On a space, a mark is no part of the word that follows.
        (" \u{301}a", "a"),
    ] {
        assert_eq!(terms("standard", text), words, "{text}");
    }
}

#[test]
fn emoji_are_words_and_other_symbols_are_not() {
    for (text, words) in [
        ("I ❤ NY", "i ❤ ny"),
        ("❤️ 👩‍💻👍🏽", "❤️ 👩‍💻 👍🏽"),
        ("🇩🇪🇫🇷 🇩", "🇩🇪 🇫🇷"),
        ("1️⃣ #️⃣*️⃣ # *", "1️⃣ #️⃣ *️⃣"),
        (
            "🏴\u{E0067}\u{E0062}\u{E0065}\u{E006E}\u{E0067}\u{E007F}",
            "🏴\u{E0067}\u{E0062}\u{E0065}\u{E006E}\u{E0067}\u{E007F}",
        ),
        ("☎\u{FE0E}5", "☎ 5"),
        ("© 2024™", "© 2024 ™"),
        ("a\u{200D}🛑", "a\u{200D} 🛑"),
        ("½ x² ① → ∑ € “”", "x"),
    ] {
        assert_eq!(terms("standard", text), words, "{text}");
    }
}

#[test]
fn offsets_are_bytes_of_the_text_as_given() {
    assert_eq!(
        named("standard", "«Été» – İ x"),
        expected(&[("été", 0, 2, 7), ("i", 1, 14, 16), ("x", 2, 17, 18)])
    );
}

#[test]
fn long_words_are_cut() {
    let long = |word: &str, times: usize| word.repeat(times);
    let lengths = |text: &str| {
        let shown = named("standard", text);
        for (position, (.., found, _, _)) in shown.iter().enumerate() {
            assert_eq!(*found as usize, position);
        }
        shown
            .iter()
            .map(|(term, _, start, end)| {
                assert_eq!(term.len(), end - start);
                term.encode_utf16().count()
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(lengths(&long("a", 255)), [255]);
    assert_eq!(lengths(&long("a", 256)), [255, 1]);
    assert_eq!(lengths(&(long("a", 510) + " b")), [255, 255, 1]);
    assert_eq!(lengths(&long("é", 256)), [255, 1]);
    assert_eq!(lengths(&long("ก", 300)), [255, 45]);
    // Two UTF-16 code units each.
    assert_eq!(lengths(&long("𝒳", 128)), [254, 2]);
    // What joins words isn't one, wherever the cut comes.
    assert_eq!(lengths(&(long("a", 254) + "'" + &long("b", 10))), [254, 10]);
    assert_eq!(lengths(&(long("a", 255) + "'" + &long("b", 10))), [255, 10]);
    assert_eq!(lengths(&(long("_", 300) + "a")), [46]);
    assert_eq!(lengths(&(String::from("a") + &long("_", 600))), [255]);
}

#[test]
fn a_clone_is_the_same_analyzer() {
    let analyzer = Analyzer::standard();
    assert_eq!(analyzer, analyzer.clone());
    assert_eq!(analyzer.name(), "standard");
    assert_eq!(format!("{analyzer:?}"), "Analyzer(\"standard\")");
    assert_ne!(analyzer, Analyzer::keyword());
}
