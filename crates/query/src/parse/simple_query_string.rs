//! `simple_query_string`: a syntax in which nothing is an error (Lucene's `SimpleQueryParser`).
//!
//! `+` and, `|` or, `-` not, `"…"` a phrase, `*` after a word a prefix, `(…)`, `~2` after a word or a phrase. What
//! makes no sense where it stands is skipped.

use super::options::{boolean, object, pairs, unknown, whole};
use super::syntax::{Options, folded};
use super::text::{How, Shape, all_of, some_of, written};
use super::{Parser, Place};
use crate::boolean::Bool;
use crate::clause::{Boost, Clause};
use crate::error::QueryError;
use crate::field::Field;
use crate::fuzzy::{Fuzziness, Fuzzy};
use crate::tokens::Word;
use quidditch_document::Value;
use std::iter::Peekable;
use std::str::Chars;

/// Deeper groups are taken for text.
const DEEPEST: usize = 50;

impl Parser<'_> {
    /// `{"query": "…", "fields": ["title^2"], "default_operator": "and"}`
    #[inline(never)]
    pub(super) fn simple_query_string(
        &mut self,
        at: &Place<'_>,
        body: Value<'_>,
    ) -> Result<Clause, QueryError> {
        let mut options = Options::new();
        for pair in pairs(object(at, body)?) {
            let (key, value) = pair?;
            let inner = &Place::Key(at, key);
            match key {
                "fuzzy_prefix_length" => options.how.prefix_length = whole(inner, value, 8191)?,
                "fuzzy_transpositions" => options.how.transpositions = boolean(inner, value)?,
                // How Lucene goes about it.
                "auto_generate_synonyms_phrase_query" => _ = boolean(inner, value)?,
                "fuzzy_max_expansions" => _ = whole(inner, value, i32::MAX as usize)?,
                _ if options.accept(self, at, key, value)? => {}
                _ => {
                    let own = ["fuzzy_prefix_length", "fuzzy_transpositions"];
                    return Err(unknown(at, key, &[&Options::KEYS[..], &own].concat()));
                }
            }
        }
        let query = options.query(at)?;
        let mut syntax = Simple {
            parser: self,
            at: &Place::Key(at, "query"),
            characters: query.chars().peekable(),
            options,
            depth: 0,
        };
        let meaning = syntax
            .clauses()?
            .unwrap_or(Clause::MatchNone { boost: Boost::ONE });
        let meaning = syntax.options.finished(meaning);
        written(at, "simple_query_string", body, &query, meaning)
    }
}

struct Simple<'p, 'e, 'q> {
    parser: &'p mut Parser<'e>,
    at: &'p Place<'p>,
    characters: Peekable<Chars<'q>>,
    options: Options<'q>,
    depth: usize,
}

/// Clauses so far, all under one operator.
struct Run {
    clauses: Vec<Clause>,
    all: Option<bool>,
}

impl Run {
    /// Another operator than before makes one clause of what is there.
    fn add(&mut self, clause: Clause, all: bool) {
        if self.clauses.len() > 1 && self.all != Some(all) {
            let inner = self.take();
            self.clauses.extend(inner);
        }
        if !self.clauses.is_empty() {
            self.all = Some(all);
        }
        self.clauses.push(clause);
    }

    fn take(&mut self) -> Option<Clause> {
        let mut clauses = std::mem::take(&mut self.clauses);
        match (clauses.len(), self.all.take()) {
            (0, _) => None,
            (1, _) => clauses.pop(),
            (_, Some(true)) => Some(all_of(clauses, Boost::ONE)),
            _ => Some(some_of(clauses, None, Boost::ONE)),
        }
    }
}

impl Simple<'_, '_, '_> {
    /// Clauses up to the `)` of a group, or the end.
    fn clauses(&mut self) -> Result<Option<Clause>, QueryError> {
        let mut run = Run {
            clauses: Vec::new(),
            all: None,
        };
        let (mut operator, mut negations) = (None, 0);
        while let Some(found) = self.characters.peek().copied() {
            match found {
                ')' if self.depth > 0 => break,
                ')' => _ = self.characters.next(),
                '+' => {
                    self.characters.next();
                    operator = operator.or(Some(true));
                    negations = 0;
                    continue;
                }
                '|' => {
                    self.characters.next();
                    operator = operator.or(Some(false));
                    negations = 0;
                    continue;
                }
                '-' => {
                    self.characters.next();
                    negations += 1;
                    continue;
                }
                found if found.is_whitespace() => {
                    self.characters.next();
                    // A minus before a space is no operator.
                    negations = 0;
                    continue;
                }
                _ => {}
            }
            let clause = match found {
                ')' => None,
                '(' => self.group()?,
                '"' => self.phrase()?,
                _ => self.word()?,
            };
            if let Some(clause) = clause {
                let clause = if negations % 2 == 1 {
                    not(clause)
                } else {
                    clause
                };
                run.add(clause, operator.unwrap_or(self.options.how.all));
            }
            (operator, negations) = (None, 0);
        }
        Ok(run.take())
    }

    fn group(&mut self) -> Result<Option<Clause>, QueryError> {
        self.characters.next();
        if self.depth == DEEPEST {
            return Ok(None);
        }
        self.parser.count(self.at, 1)?;
        self.depth += 1;
        let clause = self.clauses()?;
        self.depth -= 1;
        if self.characters.peek() == Some(&')') {
            self.characters.next();
        }
        Ok(clause)
    }

    /// `~2`, if it is there.
    fn number(&mut self) -> Option<Option<usize>> {
        self.characters.next_if_eq(&'~')?;
        let digits: String =
            std::iter::from_fn(|| self.characters.next_if(char::is_ascii_digit)).collect();
        Some(digits.parse().ok())
    }

    fn phrase(&mut self) -> Result<Option<Clause>, QueryError> {
        self.characters.next();
        let mut text = String::new();
        loop {
            match self.characters.next() {
                None | Some('"') => break,
                Some('\\') => text.extend(self.characters.next()),
                Some(found) => text.push(found),
            }
        }
        let slop = self.number().flatten().unwrap_or(0);
        let how = How {
            shape: Shape::Phrase,
            slop: slop.min(i32::MAX as usize) as u32,
            ..self.options.how.clone()
        };
        self.parser
            .text_in_fields(self.at, &self.options, None, &text, &how)
    }

    fn word(&mut self) -> Result<Option<Clause>, QueryError> {
        let mut text = String::new();
        let mut prefix = false;
        while let Some(found) = self.characters.peek().copied() {
            if found.is_whitespace() || matches!(found, '"' | '(' | ')' | '|' | '+' | '~') {
                break;
            }
            self.characters.next();
            prefix = found == '*';
            match found {
                '\\' => text.extend(self.characters.next()),
                found => text.push(found),
            }
        }
        let edits = self.number();
        if text.is_empty() {
            // A lone mark, which was skipped.
            return Ok(None);
        }
        self.parser.count(self.at, 1)?;
        let how = self.options.how.clone();
        if let Some(edits) = edits {
            let fuzziness = edits.map_or(Fuzziness::AUTO, |edits| Fuzziness::Edits(edits.min(2)));
            let make = |_: &mut Parser<'_>, field: &Field| {
                let word = folded(field, &text);
                let fuzzy = Fuzzy::new(&word, fuzziness, how.prefix_length, how.transpositions);
                Ok(Word::Fuzzy(Box::new(fuzzy)))
            };
            return self
                .parser
                .word_in_fields(self.at, &self.options, None, &make)
                .map(Some);
        }
        if prefix && text.len() > 1 {
            text.pop();
            let make =
                |_: &mut Parser<'_>, field: &Field| Ok(Word::Prefix(folded(field, &text).into()));
            return self
                .parser
                .word_in_fields(self.at, &self.options, None, &make)
                .map(Some);
        }
        self.parser
            .text_in_fields(self.at, &self.options, None, &text, &how)
    }
}

/// Everything but what a clause matches.
fn not(clause: Clause) -> Clause {
    let bool = Bool {
        must_not: vec![clause],
        ..Bool::default()
    };
    Clause::Bool(Box::new(bool.planned()))
}
