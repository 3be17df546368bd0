//! What there is for each language.

use super::apostrophe::Apostrophe;
use super::stopwords::StopWords;
use snowball_stemmers_rs::Algorithm;

/// A language.
pub(crate) struct Row {
    pub(crate) name: &'static str,
    pub(super) algorithm: Algorithm,
    pub(super) stopwords: StopWords,
    pub(super) apostrophe: Apostrophe,
}

const fn row(name: &'static str, algorithm: Algorithm, stopwords: StopWords) -> Row {
    Row {
        name,
        algorithm,
        stopwords,
        apostrophe: Apostrophe::Keep,
    }
}

impl Row {
    const fn with(self, apostrophe: Apostrophe) -> Row {
        Row { apostrophe, ..self }
    }
}

/// By Elasticsearch's names where it knows the language.
pub(crate) const LANGUAGES: &[Row] = &[
    row("arabic", Algorithm::Arabic, StopWords::Of("ar")),
    row("armenian", Algorithm::Armenian, StopWords::None),
    row("basque", Algorithm::Basque, StopWords::Of("eu")),
    row("catalan", Algorithm::Catalan, StopWords::Of("ca"))
        .with(Apostrophe::Elision(&["d", "l", "m", "n", "s", "t"])),
    row("danish", Algorithm::Danish, StopWords::Of("da")),
    // Snowball 3's "dutch" is another algorithm than that of PostgreSQL up to 17 and of Elasticsearch.
    row("dutch", Algorithm::DutchPorter, StopWords::Of("nl")),
    row("english", Algorithm::English, StopWords::English).with(Apostrophe::Possessive),
    row("finnish", Algorithm::Finnish, StopWords::Of("fi")),
    row("french", Algorithm::French, StopWords::Of("fr")).with(Apostrophe::Elision(&[
        "c", "d", "j", "jusqu", "l", "lorsqu", "m", "n", "puisqu", "qu", "quoiqu", "s", "t",
    ])),
    row("german", Algorithm::German, StopWords::Of("de")),
    row("greek", Algorithm::Greek, StopWords::Of("el")),
    row("hindi", Algorithm::Hindi, StopWords::None),
    row("hungarian", Algorithm::Hungarian, StopWords::Of("hu")),
    row("indonesian", Algorithm::Indonesian, StopWords::Of("id")),
    row("irish", Algorithm::Irish, StopWords::None).with(Apostrophe::Elision(&["b", "d", "m"])),
    row("italian", Algorithm::Italian, StopWords::Of("it")).with(Apostrophe::Elision(&[
        "agl", "all", "c", "coll", "d", "dagl", "dall", "degl", "dell", "gl", "l", "m", "negl",
        "nell", "pell", "s", "sugl", "sull", "t", "un", "v",
    ])),
    row("lithuanian", Algorithm::Lithuanian, StopWords::None),
    row("norwegian", Algorithm::Norwegian, StopWords::Of("no")),
    row("portuguese", Algorithm::Portuguese, StopWords::Of("pt")),
    row("romanian", Algorithm::Romanian, StopWords::Of("ro")),
    row("russian", Algorithm::Russian, StopWords::Of("ru")),
    row("serbian", Algorithm::Serbian, StopWords::None),
    row("spanish", Algorithm::Spanish, StopWords::Of("es")),
    row("swedish", Algorithm::Swedish, StopWords::Of("sv")),
    row("tamil", Algorithm::Tamil, StopWords::Of("ta")),
    row("turkish", Algorithm::Turkish, StopWords::Of("tr")).with(Apostrophe::Suffix),
];
