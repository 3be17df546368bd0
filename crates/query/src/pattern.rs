//! Patterns over whole strings, compiled once per query to automata that take linear time: `wildcard`, `regexp`.
//!
//! The automaton is a DFA whose states are made when they are first come to. It is driven byte by byte here, so that a
//! long string can be given up.

use quidditch_document::step;
use regex_automata::hybrid::dfa::{Cache, DFA};
use regex_automata::nfa::thompson::{self, WhichCaptures};
use regex_automata::{Anchored, Input, MatchKind};
use regex_syntax::hir::literal::Extractor;
use regex_syntax::hir::{Hir, Look};
use std::cell::RefCell;
use std::rc::Rc;

/// What an automaton may take, in bytes: patterns come from users, and repetitions multiply.
const MOST_BYTES: usize = 256 << 10;

/// What the states that were come to may take; then they are forgotten.
const CACHE_BYTES: usize = 64 << 10;

/// A compiled pattern. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Pattern {
    pub(crate) syntax: Syntax,
    /// As written.
    pub(crate) source: Rc<str>,
    pub(crate) case_insensitive: bool,
    automaton: Rc<Automaton>,
}

#[derive(Debug)]
struct Automaton {
    dfa: DFA,
    cache: RefCell<Cache>,
    /// What all strings that match begin with.
    prefix: Box<[u8]>,
}

/// In what a pattern is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
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
        let beginnings = Extractor::new().extract(&hir);
        let prefix = beginnings
            .longest_common_prefix()
            .unwrap_or_default()
            .into();
        let whole = Hir::concat(vec![Hir::look(Look::Start), hir, Hir::look(Look::End)]);
        let too_large = "the pattern needs too large an automaton";
        let config = thompson::Config::new()
            .nfa_size_limit(Some(MOST_BYTES))
            .which_captures(WhichCaptures::None);
        let nfa = thompson::Compiler::new()
            .configure(config)
            .build_from_hir(&whole)
            .map_err(|_| too_large.to_owned())?;
        let config = DFA::config()
            .match_kind(MatchKind::All)
            .cache_capacity(CACHE_BYTES)
            .skip_cache_capacity_check(true);
        let dfa = DFA::builder()
            .configure(config)
            .build_from_nfa(nfa)
            .map_err(|_| too_large.to_owned())?;
        let cache = RefCell::new(dfa.create_cache());
        Ok(Pattern {
            syntax,
            source: source.into(),
            case_insensitive,
            automaton: Rc::new(Automaton { dfa, cache, prefix }),
        })
    }

    /// What it takes in memory, at most.
    pub(crate) fn bytes(&self) -> usize {
        self.automaton.dfa.get_nfa().memory_usage() + CACHE_BYTES
    }

    /// What all strings that match begin with.
    pub(crate) fn prefix(&self) -> &[u8] {
        &self.automaton.prefix
    }

    /// Whether the whole string matches.
    pub(crate) fn matches(&self, string: &[u8]) -> bool {
        // No automaton gives up, since it may forget its states as often as need be.
        self.automaton.run(string).unwrap_or(false)
    }
}

impl Automaton {
    fn run(&self, string: &[u8]) -> Option<bool> {
        /// So many bytes are taken before somebody may want them to end. A byte that leads to a new state is dear.
        const STRIDE: usize = 64;
        let cache = &mut *self.cache.borrow_mut();
        let input = Input::new(string).anchored(Anchored::Yes);
        let mut state = self.dfa.start_state_forward(cache, &input).ok()?;
        for bytes in string.chunks(STRIDE) {
            step(STRIDE);
            for byte in bytes {
                state = self.dfa.next_state(cache, state, *byte).ok()?;
            }
            if state.is_dead() {
                return Some(false);
            }
        }
        let end = self.dfa.next_eoi_state(cache, state).ok()?;
        Some(end.is_match())
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
