//! Random edits of sources: no panic, and each mistake has a place in the source.

use proptest::prelude::*;
use quidditch_script::{Language, describe};

const PYTHON: &str = r#""""
Text similarity filter

@quidditch.udf name=text_similarity version=1.0.0 tags="a, b"
@quidditch.param query: str - Text to compare with
    and more
@quidditch.returns bool - True if close enough
"""
# @udf: license=MIT
@decorated
def filter(query: "str", threshold: Optional[int] = -2, *, size: str | None = 'a' "\x41\N{BULLET}", f=1_0.5e3) -> bool:
    """Own \u00e9"""
    return f"{query}"
# @udf: category=text
def score(x=(0xff)): pass
"#;

const JAVASCRIPT: &str = r#"/**
 * Text similarity filter
 * @udf name=text_similarity version=1.0.0 tags="a, b"
 * @param {string} query - Text to compare with
 * @param {?number} [threshold=-2] - Largest
 *   edit distance
 * @returns {boolean} True
 */
// @udf: license=MIT
const filter = ({query, threshold = -2, 'size': g = `a\u{41}`} = {}) => true;
// @udf: category=text
function score(x = 0xffn, y = '\ud83d\ude00') { return /[/*]/ }
"#;

/// Pieces that mean something.
const PIECES: &[&str] = &[
    "\"\"\"",
    "'",
    "\"",
    "`",
    "\\",
    "\\x4",
    "\\u{",
    "(",
    ")",
    "{",
    "}",
    "[",
    "]",
    ":",
    "=",
    ",",
    "*",
    "**",
    "/",
    "/**",
    "*/",
    "//",
    "#",
    "@udf",
    "@quidditch.udf ",
    "@quidditch.param ",
    "@param ",
    "@returns ",
    "entry",
    "name=",
    "tags='",
    " - ",
    "\n",
    "\r",
    "\r\n",
    "\t",
    " ",
    "\u{feff}",
    "\0",
    "é",
    "😀",
    "def ",
    "filter",
    "function ",
    "=> ",
    "async ",
    "None",
    "null",
    "-",
    "0x",
    "1e",
    "n",
    "Optional[",
    "|",
    "...",
];

fn edited(source: &'static str) -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => prop::sample::select(PIECES).prop_map(String::from),
        1 => any::<char>().prop_map(String::from),
        1 => Just(String::new()),
    ];
    prop::collection::vec((any::<prop::sample::Index>(), 0usize..12, piece), 1..8).prop_map(
        move |edits| {
            let mut characters: Vec<char> = source.chars().collect();
            for (at, removed, piece) in edits {
                let at = at.index(characters.len() + 1);
                let end = (at + removed).min(characters.len());
                characters.splice(at..end, piece.chars());
            }
            characters.into_iter().collect()
        },
    )
}

fn check(language: Language, source: &str) -> Result<(), TestCaseError> {
    match describe(language, source) {
        Ok(found) => {
            prop_assert!(!found.function.is_empty());
            prop_assert!(found.metadata().is_object());
            for parameter in &found.parameters {
                prop_assert!(!parameter.required || parameter.default.is_none());
            }
        }
        Err(mistake) => {
            let source = source.strip_prefix('\u{feff}').unwrap_or(source);
            let source = source.replace("\r\n", "\n").replace('\r', "\n");
            let line = source.split('\n').nth(mistake.line - 1);
            let line =
                line.ok_or_else(|| TestCaseError::fail(format!("{mistake}: no such line")))?;
            prop_assert!(mistake.column <= line.chars().count() + 1, "{}", mistake);
            prop_assert!(!mistake.message.is_empty() && !mistake.hint.is_empty());
        }
    }
    Ok(())
}

#[test]
fn unedited() {
    describe(Language::Python, PYTHON).unwrap();
    describe(Language::JavaScript, JAVASCRIPT).unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    #[test]
    fn python(source in edited(PYTHON)) {
        check(Language::Python, &source)?;
    }

    #[test]
    fn javascript(source in edited(JAVASCRIPT)) {
        check(Language::JavaScript, &source)?;
    }

    #[test]
    fn anything(source in ".{0,200}") {
        check(Language::Python, &source)?;
        check(Language::JavaScript, &source)?;
    }
}
