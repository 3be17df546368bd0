//! `query_string`: Lucene's query syntax (`org.apache.lucene.queryparser.classic`).
//!
//! `title:(quick OR brown) AND "a phrase"~2 -draft price:[10 TO 20} name:/jo.*n/ qu?ck* roam~1 word^2 _exists_:f`
//! As in Lucene, `AND` and `OR` have no precedence: `AND` makes the clauses on both sides required, and `OR` or
//! nothing leaves them as the default operator has them.

use super::options::{amount, boolean, object, one_of, pairs, string, unknown, whole};
use super::syntax::{Options, folded};
use super::term::value_clause;
use super::text::{How, Shape, Type, best_of, written};
use super::{Parser, Place};
use crate::boolean::Bool;
use crate::clause::{Boost, Clause};
use crate::error::{ErrorKind, QueryError};
use crate::field::{Field, Kind};
use crate::fuzzy::{Fuzziness, Fuzzy};
use crate::pattern::Syntax;
use crate::regexp::Flags;
use crate::scalar::Scalar;
use crate::tokens::Word;
use crate::value::{Bound, DateOptions, Test};
use quidditch_document::Value;
use std::iter::Peekable;
use std::str::CharIndices;

impl Parser<'_> {
    /// `{"query": "…", "fields": ["title^2"], "default_operator": "and"}`
    #[inline(never)]
    pub(super) fn query_string(
        &mut self,
        at: &Place<'_>,
        body: Value<'_>,
    ) -> Result<Clause, QueryError> {
        let mut options = Options::new();
        for pair in pairs(object(at, body)?) {
            let (key, value) = pair?;
            let inner = &Place::Key(at, key);
            match key {
                "default_field" => options.fields = vec![string(inner, value)?],
                "phrase_slop" => options.how.slop = whole(inner, value, i32::MAX as usize)? as u32,
                "tie_breaker" => options.tie_breaker = amount(inner, value)?,
                "allow_leading_wildcard" => options.leading_wildcard = boolean(inner, value)?,
                "type" => {
                    let kind = one_of(inner, value, &Type::NAMES)?;
                    if kind != Type::BestFields {
                        let message = "query_string combines fields as best_fields only";
                        return Err(inner.error(ErrorKind::NotSupported, message));
                    }
                }
                _ if options.accept(self, at, key, value)? => {}
                _ => {
                    let own = [
                        "default_field",
                        "phrase_slop",
                        "tie_breaker",
                        "allow_leading_wildcard",
                    ];
                    return Err(unknown(at, key, &[&Options::KEYS[..], &own].concat()));
                }
            }
        }
        let query = options.query(at)?;
        let mut syntax = SyntaxParser {
            parser: self,
            at: &Place::Key(at, "query"),
            text: &query,
            characters: query.char_indices().peekable(),
            options,
            depth: 0,
        };
        let meaning = match syntax.clauses(None)? {
            None => Clause::MatchNone { boost: Boost::ONE },
            Some(clause) => clause,
        };
        if let Some((offset, _)) = syntax.characters.peek().copied() {
            return Err(syntax.error(offset, "a \")\" without its \"(\""));
        }
        let meaning = syntax.options.finished(meaning);
        written(at, "query_string", body, &query, meaning)
    }
}

/// Groups may lie so deep in each other.
const DEEPEST: usize = 50;

struct SyntaxParser<'p, 'e, 'q> {
    parser: &'p mut Parser<'e>,
    at: &'p Place<'p>,
    text: &'q str,
    characters: Peekable<CharIndices<'q>>,
    options: Options<'q>,
    depth: usize,
}

/// What stands between two clauses.
#[derive(Clone, Copy, PartialEq)]
enum Conjunction {
    None,
    And,
    Or,
}

/// How a clause takes part in a `bool`.
#[derive(Clone, Copy, PartialEq)]
enum Occur {
    Must,
    Should,
    MustNot,
}

impl<'q> SyntaxParser<'_, '_, 'q> {
    fn error(&self, offset: usize, what: impl std::fmt::Display) -> QueryError {
        let column = self.text[..offset].chars().count() + 1;
        self.at
            .invalid(format!("syntax error at character {column}: {what}"))
    }

    fn offset(&mut self) -> usize {
        self.characters
            .peek()
            .map_or(self.text.len(), |(offset, _)| *offset)
    }

    fn accept(&mut self, wanted: char) -> bool {
        self.characters
            .next_if(|(_, found)| *found == wanted)
            .is_some()
    }

    fn skip_space(&mut self) {
        while self
            .characters
            .next_if(|(_, found)| found.is_whitespace())
            .is_some()
        {}
    }

    /// Takes a word like `AND` that stands by itself.
    fn accept_word(&mut self, word: &str) -> bool {
        let offset = self.offset();
        let rest = self.text[offset..].strip_prefix(word);
        let stands_alone = rest.is_some_and(|rest| {
            rest.is_empty() || rest.starts_with([' ', '\t', '\n', '\r', '(', ')', '"'])
        });
        if stands_alone {
            while self.offset() < offset + word.len() {
                self.characters.next();
            }
        }
        stands_alone
    }

    /// Clauses up to a `)` or the end.
    fn clauses(&mut self, field: Option<&str>) -> Result<Option<Clause>, QueryError> {
        let mut clauses: Vec<(Occur, Clause)> = Vec::new();
        let all = self.options.how.all;
        let mut is_first = true;
        loop {
            self.skip_space();
            let conjunction = if self.accept_word("AND") || self.accept_both('&') {
                Conjunction::And
            } else if self.accept_word("OR") || self.accept_both('|') {
                Conjunction::Or
            } else {
                Conjunction::None
            };
            self.skip_space();
            let offset = self.offset();
            let required = self.accept('+');
            let prohibited =
                !required && (self.accept('-') || self.accept('!') || self.accept_word("NOT"));
            self.skip_space();
            if matches!(self.characters.peek(), None | Some((_, ')'))) {
                if required || prohibited || conjunction != Conjunction::None {
                    return Err(self.error(offset, "expected a clause"));
                }
                break;
            }
            if is_first && conjunction != Conjunction::None {
                return Err(self.error(offset, "expected a clause before AND or OR"));
            }
            is_first = false;
            let clause = self.clause(field)?;
            if let Some((occur, _)) = clauses
                .last_mut()
                .filter(|(occur, _)| *occur != Occur::MustNot)
            {
                match conjunction {
                    Conjunction::And => *occur = Occur::Must,
                    Conjunction::Or if all => *occur = Occur::Should,
                    _ => {}
                }
            }
            let occur = if prohibited {
                Occur::MustNot
            } else if required
                || conjunction == Conjunction::And
                || all && conjunction != Conjunction::Or
            {
                Occur::Must
            } else {
                Occur::Should
            };
            if let Some(clause) = clause {
                clauses.push((occur, clause));
            }
        }
        if let [(Occur::Must | Occur::Should, _)] = &clauses[..] {
            return Ok(clauses.pop().map(|(_, clause)| clause));
        }
        if clauses.is_empty() {
            return Ok(None);
        }
        let mut bool = Bool::default();
        for (occur, clause) in clauses {
            match occur {
                Occur::Must => bool.must.push(clause),
                Occur::Should => bool.should.push(clause),
                Occur::MustNot => bool.must_not.push(clause),
            }
        }
        Ok(Some(Clause::Bool(Box::new(bool.planned()))))
    }

    fn accept_both(&mut self, wanted: char) -> bool {
        let mut ahead = self.characters.clone();
        let both = (0..2).all(|_| ahead.next().is_some_and(|(_, found)| found == wanted));
        if both {
            self.characters = ahead;
        }
        both
    }

    /// One clause, with its field and its boost.
    fn clause(&mut self, field: Option<&str>) -> Result<Option<Clause>, QueryError> {
        self.parser.count(self.at, 1)?;
        let named = self.field_name();
        let field = named.as_deref().or(field);
        self.skip_space();
        let offset = self.offset();
        let clause = match self.characters.peek().map(|(_, found)| *found) {
            _ if named.as_deref() == Some("_exists_") => {
                let name = self.word()?;
                let field = self.parser.field(self.at, &name)?;
                Some(value_clause(field, Test::Exists, None, Boost::ONE))
            }
            None => return Err(self.error(offset, "expected a value")),
            Some('(') => self.group(field)?,
            Some('"') => self.phrase(field)?,
            Some('/') => self.regexp(field)?,
            Some('[' | '{') => Some(self.range(field)?),
            Some('<' | '>') => Some(self.comparison(field)?),
            Some(_) => self.term(field)?,
        };
        let boost = self.suffix('^')?;
        Ok(match (clause, boost) {
            (Some(clause), Some(boost)) => Some(best_of(vec![clause], 0.0, Boost(boost))),
            (clause, _) => clause,
        })
    }

    /// `^2`, `~1`: the number after a mark, if the mark is there; without digits, nothing is said.
    fn suffix(&mut self, mark: char) -> Result<Option<f64>, QueryError> {
        if !self.accept(mark) {
            return Ok(None);
        }
        let offset = self.offset();
        let digits: String = std::iter::from_fn(|| {
            let digit = self
                .characters
                .next_if(|(_, found)| found.is_ascii_digit() || *found == '.')?;
            Some(digit.1)
        })
        .collect();
        let number = digits
            .parse::<f64>()
            .ok()
            .filter(|number| number.is_finite());
        match number {
            None if mark == '~' && digits.is_empty() => Ok(Some(f64::NAN)),
            None => Err(self.error(offset, format!("expected a number after \"{mark}\""))),
            number => Ok(number),
        }
    }

    /// `title:`, if that is what follows.
    fn field_name(&mut self) -> Option<String> {
        let mut ahead = self.characters.clone();
        let mut name = String::new();
        loop {
            let (_, found) = ahead.next()?;
            match found {
                ':' if !name.is_empty() => break,
                '\\' => name.push(ahead.next()?.1),
                '*' if name.is_empty() || name.ends_with('.') => name.push(found),
                found if is_special(found) || found.is_whitespace() => return None,
                found => name.push(found),
            }
        }
        self.characters = ahead;
        Some(name)
    }

    fn group(&mut self, field: Option<&str>) -> Result<Option<Clause>, QueryError> {
        let offset = self.offset();
        self.accept('(');
        self.depth += 1;
        if self.depth > DEEPEST {
            let message = format!("groups nested more than {DEEPEST} deep");
            return Err(self.at.error(ErrorKind::LimitExceeded, message));
        }
        let clause = self.clauses(field)?;
        self.depth -= 1;
        if !self.accept(')') {
            return Err(self.error(offset, "a \"(\" without its \")\""));
        }
        Ok(clause)
    }

    /// What stands between two of these marks, escapes resolved.
    fn quoted(&mut self, mark: char, keep_escapes: bool) -> Result<String, QueryError> {
        let offset = self.offset();
        self.accept(mark);
        let mut text = String::new();
        loop {
            match self.characters.next() {
                Some((_, found)) if found == mark => return Ok(text),
                Some((_, '\\')) => {
                    let escaped = self.characters.next().map(|(_, escaped)| escaped);
                    if keep_escapes && escaped != Some(mark) {
                        text.push('\\');
                    }
                    text.extend(escaped);
                }
                Some((_, found)) => text.push(found),
                None => return Err(self.error(offset, format!("a {mark} without its end"))),
            }
        }
    }

    fn phrase(&mut self, field: Option<&str>) -> Result<Option<Clause>, QueryError> {
        let text = self.quoted('"', false)?;
        let slop = self.suffix('~')?.filter(|slop| !slop.is_nan());
        let how = How {
            shape: Shape::Phrase,
            slop: slop.map_or(self.options.how.slop, |slop| slop as u32),
            ..self.options.how.clone()
        };
        self.parser
            .text_in_fields(self.at, &self.options, field, &text, &how)
    }

    fn regexp(&mut self, field: Option<&str>) -> Result<Option<Clause>, QueryError> {
        let source = self.quoted('/', true)?;
        let at = self.at;
        let make = |parser: &mut Parser<'_>, _: &Field| {
            let pattern = parser.pattern(at, Syntax::Regexp(Flags::ALL), &source, false)?;
            Ok(Word::Pattern(pattern))
        };
        self.parser
            .word_in_fields(self.at, &self.options, field, &make)
            .map(Some)
    }

    /// `[a TO b]`, `{a TO b}`; a `*` is no bound.
    fn range(&mut self, field: Option<&str>) -> Result<Clause, QueryError> {
        let offset = self.offset();
        let low_inclusive = self.accept('[');
        if !low_inclusive {
            self.accept('{');
        }
        self.skip_space();
        let low = self.range_end()?;
        self.skip_space();
        if !self.accept_word("TO") {
            return Err(self.error(offset, "expected a range like [1 TO 5]"));
        }
        self.skip_space();
        let high = self.range_end()?;
        self.skip_space();
        let high_inclusive = self.accept(']');
        if !high_inclusive && !self.accept('}') {
            return Err(self.error(offset, "a range without its \"]\" or \"}\""));
        }
        self.range_between(field, (low, low_inclusive), (high, high_inclusive))
    }

    fn range_end(&mut self) -> Result<Option<String>, QueryError> {
        if self
            .characters
            .peek()
            .is_some_and(|(_, found)| *found == '"')
        {
            return self.quoted('"', false).map(Some);
        }
        let mut text = String::new();
        while let Some((_, found)) = self
            .characters
            .next_if(|(_, found)| !found.is_whitespace() && !matches!(found, ']' | '}'))
        {
            match found {
                '\\' => text.extend(self.characters.next().map(|(_, escaped)| escaped)),
                found => text.push(found),
            }
        }
        let offset = self.offset();
        match &*text {
            "" => Err(self.error(offset, "expected a value or \"*\"")),
            "*" => Ok(None),
            _ => Ok(Some(text)),
        }
    }

    /// `>5`, `>=5`, `<5`, `<=5`
    fn comparison(&mut self, field: Option<&str>) -> Result<Clause, QueryError> {
        let greater = self.accept('>');
        if !greater {
            self.accept('<');
        }
        let inclusive = self.accept('=');
        let value = (Some(self.word()?), inclusive);
        if greater {
            self.range_between(field, value, (None, true))
        } else {
            self.range_between(field, (None, true), value)
        }
    }

    fn range_between(
        &mut self,
        field: Option<&str>,
        low: (Option<String>, bool),
        high: (Option<String>, bool),
    ) -> Result<Clause, QueryError> {
        let scalar = |text: &str| {
            let number = text.parse().ok().map(Scalar::Number);
            number.unwrap_or_else(|| Scalar::String(text.into()))
        };
        // Both ends are numbers, or neither is.
        let ends = [&low.0, &high.0].into_iter().flatten();
        let numbers = ends
            .clone()
            .all(|text| matches!(scalar(text), Scalar::Number(_)));
        let bound = |(text, inclusive): &(Option<String>, bool), field: &Field| {
            let text = text.as_deref()?;
            let strings = !numbers || matches!(field.kind, Kind::Text { .. } | Kind::Date);
            Some(Bound {
                value: if strings {
                    Scalar::String(folded(field, text).into())
                } else {
                    scalar(text)
                },
                inclusive: *inclusive,
            })
        };
        let names = field.map_or_else(|| self.options.fields.clone(), |field| vec![field]);
        let lenient = field.is_none();
        let mut clauses = Vec::new();
        for name in names {
            let at = self.at;
            let (name, boost) = super::fields::weighted(at, name)?;
            clauses.extend(self.parser.for_fields(at, name, &mut |parser, field| {
                let bounds = (bound(&low, &field), bound(&high, &field));
                let options = DateOptions::default();
                match parser.range_of(at, field, bounds.0, bounds.1, options, boost) {
                    Err(_) if lenient => Ok(None),
                    clause => clause.map(Some),
                }
            })?);
        }
        Ok(best_of(clauses, self.options.tie_breaker, Boost::ONE))
    }

    /// Characters up to a space or an operator, escapes resolved.
    fn word(&mut self) -> Result<String, QueryError> {
        let offset = self.offset();
        let raw = self.raw_word();
        if raw.is_empty() {
            return Err(self.error(offset, "expected a value"));
        }
        Ok(unescaped(&raw))
    }

    /// The same with its escapes.
    fn raw_word(&mut self) -> String {
        let mut raw = String::new();
        while let Some((_, found)) = self.characters.peek().copied() {
            let inside = !raw.is_empty()
                && matches!(found, '+' | '-' | '!' | '/' | '=' | '<' | '>' | '&' | '|');
            let first = raw.is_empty() && matches!(found, '=' | '<' | '>' | '&' | '|' | '*');
            if found.is_whitespace()
                || is_special(found) && !matches!(found, '*' | '?' | '\\') && !inside && !first
            {
                break;
            }
            self.characters.next();
            raw.push(found);
            if found == '\\' {
                raw.extend(self.characters.next().map(|(_, escaped)| escaped));
            }
        }
        raw
    }

    /// `*`: that one of the fields has a value, or for all fields, every document.
    fn any_value(&mut self, field: Option<&str>) -> Result<Clause, QueryError> {
        let names = field.map_or_else(|| self.options.fields.clone(), |field| vec![field]);
        if names.contains(&"*") {
            return Ok(Clause::MatchAll { boost: Boost::ONE });
        }
        let mut clauses = Vec::new();
        for name in names {
            let (name, boost) = super::fields::weighted(self.at, name)?;
            clauses.extend(self.parser.for_fields(self.at, name, &mut |_, field| {
                Ok(Some(value_clause(field, Test::Exists, None, boost)))
            })?);
        }
        Ok(best_of(clauses, self.options.tie_breaker, Boost::ONE))
    }

    /// A word, or what stands for several: a prefix, a pattern, nearly a word.
    fn term(&mut self, field: Option<&str>) -> Result<Option<Clause>, QueryError> {
        let offset = self.offset();
        let raw = self.raw_word();
        if raw.is_empty() {
            let found = self.text[offset..].chars().next().unwrap_or(' ');
            return Err(self.error(offset, format!("unexpected \"{found}\"")));
        }
        let edits = self.suffix('~')?;
        let stars = wildcards(&raw);
        if raw == "*" {
            return self.any_value(field).map(Some);
        }
        if !self.options.leading_wildcard && raw.starts_with(['*', '?']) {
            return Err(self.error(offset, "a pattern may not begin with a wildcard"));
        }
        let at = self.at;
        let make: &dyn Fn(&mut Parser<'_>, &Field) -> Result<Word, QueryError> =
            match (edits, stars) {
                (Some(edits), _) => &move |_, field| {
                    let fuzziness = if edits.is_nan() {
                        Fuzziness::AUTO
                    } else {
                        Fuzziness::Edits((edits as usize).min(2))
                    };
                    let word = folded(field, &unescaped(&raw));
                    Ok(Word::Fuzzy(Box::new(Fuzzy::new(&word, fuzziness, 0, true))))
                },
                (None, true) => &move |parser, field| {
                    let source = folded(field, &raw);
                    match source
                        .strip_suffix('*')
                        .filter(|prefix| !prefix.contains(['*', '?', '\\']))
                    {
                        Some(prefix) => Ok(Word::Prefix(prefix.into())),
                        None => {
                            let pattern = parser.pattern(at, Syntax::Wildcard, &source, false)?;
                            Ok(Word::Pattern(pattern))
                        }
                    }
                },
                (None, false) => {
                    let how = self.options.how.clone();
                    let text = unescaped(&raw);
                    return self
                        .parser
                        .text_in_fields(self.at, &self.options, field, &text, &how);
                }
            };
        self.parser
            .word_in_fields(self.at, &self.options, field, make)
            .map(Some)
    }
}

/// Whether a `*` or a `?` stands there without a backslash.
fn wildcards(raw: &str) -> bool {
    let mut characters = raw.chars();
    while let Some(found) = characters.next() {
        match found {
            '\\' => _ = characters.next(),
            '*' | '?' => return true,
            _ => {}
        }
    }
    false
}

fn unescaped(raw: &str) -> String {
    let mut text = String::new();
    let mut characters = raw.chars();
    while let Some(found) = characters.next() {
        match found {
            '\\' => text.extend(characters.next()),
            found => text.push(found),
        }
    }
    text
}

fn is_special(character: char) -> bool {
    matches!(
        character,
        '+' | '-'
            | '!'
            | '('
            | ')'
            | ':'
            | '^'
            | '['
            | ']'
            | '"'
            | '{'
            | '}'
            | '~'
            | '*'
            | '?'
            | '|'
            | '&'
            | '/'
            | '\\'
            | '<'
            | '>'
            | '='
    )
}
