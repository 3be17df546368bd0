//! Patterns over whole strings, compiled once per query to automata that take linear time: `wildcard`, `regexp`.

use regex_automata::meta::{Config, Regex};
use regex_automata::{Anchored, Input};
use regex_syntax::hir::{Hir, Look};

/// What an automaton may take, in bytes: patterns come from users, and repetitions multiply.
const MOST_BYTES: usize = 1 << 20;

/// A compiled pattern.
#[derive(Clone, Debug)]
pub(crate) struct Pattern {
    pub(crate) syntax: Syntax,
    /// As written.
    pub(crate) source: Box<str>,
    pub(crate) case_insensitive: bool,
    automaton: Regex,
}

/// In what a pattern is written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Syntax {
    Wildcard,
    /// With the operators that these flags switch on.
    Regexp(crate::regexp::Flags),
}

/// The automaton follows from the rest.
impl PartialEq for Pattern {
    fn eq(&self, other: &Pattern) -> bool {
        (self.syntax, &self.source, self.case_insensitive)
            == (other.syntax, &other.source, other.case_insensitive)
    }
}

impl Pattern {
    /// # Errors
    /// What is wrong with the pattern, as part of a sentence.
    pub(crate) fn new(
        syntax: Syntax,
        source: &str,
        case_insensitive: bool,
    ) -> Result<Pattern, String> {
        let hir = match syntax {
            Syntax::Wildcard => crate::wildcard::parse(source, case_insensitive),
            Syntax::Regexp(flags) => crate::regexp::parse(source, flags, case_insensitive)?,
        };
        let whole = Hir::concat(vec![Hir::look(Look::Start), hir, Hir::look(Look::End)]);
        let config = Config::new()
            .nfa_size_limit(Some(MOST_BYTES))
            .hybrid_cache_capacity(MOST_BYTES)
            .onepass_size_limit(Some(MOST_BYTES));
        let automaton = Regex::builder()
            .configure(config)
            .build_from_hir(&whole)
            .map_err(|_| "the pattern needs too large an automaton".to_owned())?;
        Ok(Pattern {
            syntax,
            source: source.into(),
            case_insensitive,
            automaton,
        })
    }

    /// Whether the whole string matches.
    #[inline]
    pub(crate) fn matches(&self, string: &[u8]) -> bool {
        let input = Input::new(string).anchored(Anchored::Yes).earliest(true);
        self.automaton.is_match(input)
    }
}

/// A character, or with its other case where it is an ASCII letter: as Lucene, patterns fold no others.
pub(crate) fn character(character: char, case_insensitive: bool) -> Hir {
    if case_insensitive && character.is_ascii_alphabetic() {
        let (lower, upper) = (
            character.to_ascii_lowercase(),
            character.to_ascii_uppercase(),
        );
        return class([(lower, lower), (upper, upper)]);
    }
    let mut bytes = [0; 4];
    Hir::literal(character.encode_utf8(&mut bytes).as_bytes())
}

/// One of the characters of these ranges.
pub(crate) fn class(ranges: impl IntoIterator<Item = (char, char)>) -> Hir {
    use regex_syntax::hir::{Class, ClassUnicode, ClassUnicodeRange};
    let ranges = ranges
        .into_iter()
        .map(|(first, last)| ClassUnicodeRange::new(first, last));
    Hir::class(Class::Unicode(ClassUnicode::new(ranges)))
}

/// Any character, a line break too.
pub(crate) fn any_character() -> Hir {
    class([('\0', char::MAX)])
}

/// So many times.
pub(crate) fn repeated(hir: Hir, min: u32, max: Option<u32>) -> Hir {
    use regex_syntax::hir::Repetition;
    Hir::repetition(Repetition {
        min,
        max,
        greedy: true,
        sub: Box::new(hir),
    })
}
