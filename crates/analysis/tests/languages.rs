//! The languages: stems against Snowball's own, stop words and their gaps, apostrophes.

mod shown;

use quidditch_analysis::{Analyzer, NAMES};
use shown::{expected, named, terms, tokens};

/// Words that must be known, and their stems.
fn stems(language: &str, code: &str, cases: &str) {
    let analyzer = Analyzer::named(language).expect("a language");
    let mut stopped = 0;
    for case in cases.lines() {
        let (word, stem) = case.split_once('\t').expect("two columns");
        match tokens(&analyzer, word).as_slice() {
            [] => {
                let stopwords = stop_words::lookup(code).unwrap_or_default();
                assert!(stopwords.contains(&word), "{language}: {word}");
                stopped += 1;
            }
            [(term, 0, 0, end)] => {
                assert_eq!(
                    (term.as_str(), *end),
                    (stem, word.len()),
                    "{language}: {word}"
                )
            }
            shown => panic!("{language}: {word} became {shown:?}"),
        }
    }
    assert!(stopped < 100, "{language}: {stopped} stop words");
}

macro_rules! vocabularies {
    ($($language:ident $code:literal),* $(,)?) => {
        mod vocabulary {
            $(
                #[test]
                fn $language() {
                    let cases = include_str!(concat!("data/stems/", stringify!($language), ".tsv"));
                    super::stems(stringify!($language), $code, cases);
                }
            )*
        }
    };
}

vocabularies! {
    danish "da", dutch "nl", english "en", finnish "fi", french "fr", german "de", hungarian "hu", irish "ga",
    italian "it", norwegian "no", portuguese "pt", romanian "ro", russian "ru", spanish "es", swedish "sv",
    turkish "tr",
}

/// With Snowball 3.0.1's own stems.
#[test]
fn a_few_words_of_the_others() {
    for (language, text, expected) in [
        ("arabic", "الكتاب المدرسة مدرسون", "كتاب مدرس مدرس"),
        ("armenian", "գրքերը քաղաքներում", "գրքերը քաղ"),
        (
            "basque",
            "etxeetan liburuak mendietara",
            "etxe liburu mendi",
        ),
        (
            "catalan",
            "muntanyes treballadors cançons",
            "muntany treball cançon",
        ),
        ("greek", "βιβλία δρόμους ΘΆΛΑΣΣΕΣ", "βιβλ δρομ θαλασσ"),
        ("hindi", "किताबें लड़कियों", "किताब लड़क"),
        ("indonesian", "membaca perumahan bukunya", "baca umah buku"),
        ("lithuanian", "knygomis miestuose", "knyg miest"),
        ("serbian", "књигама gradovima", "knjig gradov"),
        ("tamil", "புத்தகங்கள் மரங்கள்", "புத்தகம் மரங்"),
    ] {
        assert_eq!(terms(language, text), expected, "{language}");
    }
}

#[test]
fn stop_words_leave_gaps() {
    assert_eq!(
        named("english", "The Dogs of the WAR"),
        expected(&[("dog", 1, 4, 8), ("war", 4, 16, 19)])
    );
    let stopwords = "a an and are as at be but by for if in into is it no not of on or such that the their then \
                     there these they this to was will with";
    assert_eq!(named("english", stopwords), []);
    // Not on Lucene's list.
    assert_eq!(terms("english", "he she from have"), "he she from have");
}

#[test]
fn each_language_has_its_stop_words() {
    for (language, text) in [
        ("arabic", "في من على"),
        ("basque", "eta da"),
        ("catalan", "els les"),
        ("danish", "og ikke"),
        ("dutch", "de het een"),
        ("finnish", "ja että"),
        ("french", "le les des"),
        ("german", "der die das über"),
        ("greek", "ΚΑΙ και την τον αυτές"),
        ("hungarian", "hogy előtt elõtt"),
        ("indonesian", "yang dan"),
        ("italian", "gli della"),
        ("norwegian", "og ikke"),
        ("portuguese", "não uma"),
        ("romanian", "aceşti acești"),
        ("russian", "не еще ещё"),
        ("spanish", "los para"),
        ("swedish", "och inte"),
        ("tamil", "ஒரு"),
        ("turkish", "çünkü İÇİN"),
    ] {
        assert_eq!(named(language, text), [], "{language}");
    }
}

#[test]
fn apostrophes() {
    for (language, text, words) in [
        (
            "english",
            "The dog's DOG’S dog＇s bone, it's rock'n'roll",
            "dog dog dog bone rock'n'rol",
        ),
        (
            "french",
            "L'eau d’été, jusqu'ici aujourd'hui l’homme",
            "eau ici aujourd'hui homm",
        ),
        ("italian", "dell'acqua l’amico", "acqua amic"),
        ("catalan", "l'aigua d’or", "aigu or"),
        ("turkish", "Paris'in İstanbul’da", "paris istanbul"),
    ] {
        assert_eq!(terms(language, text), words, "{language}");
    }
    // The token stands where the whole word does.
    assert_eq!(named("french", "l'eau"), expected(&[("eau", 0, 0, 5)]));
}

#[test]
fn turkish_has_two_letters_i() {
    assert_eq!(terms("turkish", "IRMAK İZMİR"), "ırmak izmir");
    assert_eq!(terms("turkish", "I\u{307}ZMİR"), "izmir");
}

#[test]
fn words_too_long_to_be_remembered() {
    let word = "hippopotomonstrosesquippedaliophobia";
    let text = format!("{word}s tests {word} {word}'s tests");
    let expected = format!("{word} test {word} {word} test");
    assert_eq!(terms("english", &text), expected);
}

/// More words than are remembered, so that they drive each other out.
#[test]
fn remembering_changes_nothing() {
    let remembering = Analyzer::named("english").expect("a language");
    let cases = include_str!("data/stems/english.tsv").lines();
    let words: Vec<_> = cases.filter_map(|case| case.split('\t').next()).collect();
    for suffix in ["", "s", "'s", "ly", ""] {
        for word in &words {
            let word = format!("{word}{suffix}");
            assert_eq!(
                tokens(&remembering, &word),
                named("english", &word),
                "{word}"
            );
        }
    }
}

#[test]
fn all_names_are_known() {
    assert!(NAMES.contains(&"english") && NAMES.contains(&"standard"));
    for name in NAMES {
        let analyzer = Analyzer::named(name).expect("a known name");
        assert_eq!(analyzer.name(), *name);
    }
}
