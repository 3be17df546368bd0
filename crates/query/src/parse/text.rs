//! The clauses over text: `match` and its kin, and `multi_match`.

use super::boolean::minimum;
use super::fields::weighted;
use super::options::{
    Common, amount, boolean, object, one_field, one_of, pairs, string, unknown, whole, wrong_type,
};
use super::term::{coerced, fuzziness, value_clause};
use super::{Parser, Place, to_json};
use crate::boolean::Bool;
use crate::clause::{Boost, Clause, Text};
use crate::error::QueryError;
use crate::field::{Field, Kind};
use crate::fuzzy::{Fuzziness, Fuzzy};
use crate::minimum::Minimum;
use crate::phrase::Phrase;
use crate::scalar::Scalar;
use crate::tokens::{self, Positions, Word};
use crate::value::Test;
use crate::words::Words;
use quidditch_analysis::Analyzer;
use quidditch_document::{NumericBuf, Value};

/// How the words of a text have to be in a field.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Shape {
    /// In any order.
    Words,
    /// In any order, and of the last one only the beginning.
    BoolPrefix,
    Phrase,
    /// A phrase, and of its last word only the beginning.
    PhrasePrefix,
}

/// How a text is looked for.
#[derive(Clone, Debug)]
pub(super) struct How {
    pub(super) shape: Shape,
    pub(super) analyzer: Option<Analyzer>,
    /// All of the words, not just one.
    pub(super) all: bool,
    pub(super) minimum: Option<Minimum>,
    pub(super) fuzziness: Option<Fuzziness>,
    pub(super) prefix_length: usize,
    pub(super) transpositions: bool,
    /// A text without words matches everything.
    pub(super) zero_terms_all: bool,
    pub(super) slop: u32,
    /// A field that can't have such a value is left out.
    pub(super) lenient: bool,
    pub(super) boost: Boost,
}

impl How {
    pub(super) fn new(shape: Shape) -> How {
        How {
            shape,
            analyzer: None,
            all: false,
            minimum: None,
            fuzziness: None,
            prefix_length: 0,
            transpositions: true,
            zero_terms_all: false,
            slop: 0,
            lenient: false,
            boost: Boost::ONE,
        }
    }

    /// Takes the option if it is one of these.
    fn accept(
        &mut self,
        parser: &Parser<'_>,
        at: &Place<'_>,
        key: &str,
        value: Value<'_>,
    ) -> Result<bool, QueryError> {
        let at = &Place::Key(at, key);
        let words = matches!(self.shape, Shape::Words | Shape::BoolPrefix);
        match key {
            "analyzer" => self.analyzer = Some(parser.analyzer(at, string(at, value)?)?),
            "operator" if words => self.all = one_of(at, value, &OPERATORS)?,
            "minimum_should_match" if words => self.minimum = Some(minimum(at, value)?),
            "fuzziness" if words => self.fuzziness = Some(fuzziness(at, value)?),
            "prefix_length" if words => self.prefix_length = whole(at, value, 8191)?,
            "fuzzy_transpositions" if words => self.transpositions = boolean(at, value)?,
            "slop" if !words => self.slop = whole(at, value, i32::MAX as usize)? as u32,
            "zero_terms_query" => {
                self.zero_terms_all = one_of(at, value, &[("none", false), ("all", true)])?;
            }
            "lenient" => self.lenient = boolean(at, value)?,
            // How Lucene goes about it; every word that fits is one here.
            "max_expansions" => _ = whole(at, value, i32::MAX as usize)?,
            "auto_generate_synonyms_phrase_query" => _ = boolean(at, value)?,
            "fuzzy_rewrite" => _ = string(at, value)?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    const KEYS: [&'static str; 10] = [
        "query",
        "analyzer",
        "operator",
        "minimum_should_match",
        "fuzziness",
        "prefix_length",
        "fuzzy_transpositions",
        "slop",
        "zero_terms_query",
        "lenient",
    ];
}

pub(super) const OPERATORS: [(&str, bool); 2] = [("or", false), ("and", true)];

/// The text of a query. A JSON number or boolean is its own text.
pub(super) fn query_text(at: &Place<'_>, value: Value<'_>) -> Result<String, QueryError> {
    match value {
        Value::Number(number) => Ok(number.to_string()),
        Value::Bool(bool) => Ok(bool.to_string()),
        value => string(at, value).map(str::to_owned),
    }
}

/// The number or boolean that a text spells: where no mapping says better, a field may hold those.
fn spelled(text: &str) -> Option<Scalar> {
    match text {
        "true" => Some(Scalar::Bool(true)),
        "false" => Some(Scalar::Bool(false)),
        _ => text.parse::<NumericBuf>().ok().map(Scalar::Number),
    }
}

/// The clause as written, for printing, and what it means.
pub(super) fn written(
    at: &Place<'_>,
    name: &'static str,
    body: Value<'_>,
    query: &str,
    meaning: Clause,
) -> Result<Clause, QueryError> {
    let mut body = to_json(body, 100).map_err(|error| at.error(error.kind, error.message))?;
    body["query"] = query.into();
    Ok(text(name, body, meaning))
}

fn text(name: &'static str, body: serde_json::Value, meaning: Clause) -> Clause {
    Clause::Text(Box::new(Text {
        name,
        body,
        meaning,
    }))
}

/// The best of several clauses, and a part of the others.
pub(super) fn best_of(mut queries: Vec<Clause>, tie_breaker: f64, boost: Boost) -> Clause {
    match queries.len() {
        0 => Clause::MatchNone { boost },
        1 if boost == Boost::ONE => queries.remove(0),
        _ => Clause::DisMax {
            queries,
            tie_breaker,
            boost,
        },
    }
}

/// At least one of several clauses, and the sum of their scores.
pub(super) fn some_of(should: Vec<Clause>, minimum: Option<Minimum>, boost: Boost) -> Clause {
    // A bool without clauses would match everything.
    if should.is_empty() {
        return Clause::MatchNone { boost };
    }
    let bool = Bool {
        should,
        minimum_should_match: minimum,
        boost,
        ..Bool::default()
    };
    Clause::Bool(Box::new(bool.planned()))
}

/// All of several clauses.
pub(super) fn all_of(must: Vec<Clause>, boost: Boost) -> Clause {
    let bool = Bool {
        must,
        boost,
        ..Bool::default()
    };
    Clause::Bool(Box::new(bool.planned()))
}

impl Parser<'_> {
    /// `{"f": "text"}` or `{"f": {"query": "text", …}}`
    #[inline(never)]
    pub(super) fn match_clause(
        &mut self,
        at: &Place<'_>,
        body: Value<'_>,
        name: &'static str,
        shape: Shape,
    ) -> Result<Clause, QueryError> {
        let (field, value, mut common) = one_field(at, body)?;
        let inner = &Place::Key(at, field);
        let mut how = How::new(shape);
        let mut query = None;
        if let Value::Object(options) = value {
            for pair in pairs(options) {
                let (key, value) = pair?;
                match key {
                    "query" => query = Some(query_text(&Place::Key(inner, key), value)?),
                    _ if how.accept(self, inner, key, value)? => {}
                    _ if common.accept(inner, key, value)? => {}
                    _ => return Err(unknown(inner, key, &How::KEYS)),
                }
            }
        } else {
            query = Some(query_text(inner, value)?);
        }
        how.boost = common.boost;
        let query = query.ok_or_else(|| inner.invalid("expected a \"query\""))?;
        let clauses = self.for_fields(at, field, &mut |parser, field| {
            parser.text_clause(inner, field, &query, &how)
        })?;
        let mut body = to_json(body, 100).map_err(|error| at.error(error.kind, error.message))?;
        // The text itself, since numbers are rounded on their way to JSON.
        match &mut body[field] {
            serde_json::Value::Object(options) => {
                options.insert("query".to_owned(), query.into());
            }
            plain => *plain = query.into(),
        }
        Ok(text(name, body, best_of(clauses, 0.0, Boost::ONE)))
    }

    /// The words of a text, each counted as a clause.
    fn positions(
        &mut self,
        at: &Place<'_>,
        analyzer: &Analyzer,
        text: &str,
    ) -> Result<Positions, QueryError> {
        let left = self.environment.limits.clauses.saturating_sub(self.clauses);
        match tokens::positions(analyzer, text, left) {
            Some(positions) => {
                let words = positions.iter().map(|(_, words)| words.len()).sum();
                self.count(at, words)?;
                Ok(positions)
            }
            // One more than there may be.
            None => Err(self
                .count(at, left + 1)
                .err()
                .unwrap_or_else(|| at.invalid("too many words"))),
        }
    }

    /// What a text means for one field; `None` when it means nothing there and that is no mistake.
    pub(super) fn text_clause(
        &mut self,
        at: &Place<'_>,
        field: Field,
        text: &str,
        how: &How,
    ) -> Result<Option<Clause>, QueryError> {
        let (analyzer, search_analyzer) = match &field.kind {
            Kind::Number | Kind::Boolean | Kind::Date => {
                let equality = self.equality(at, field, Scalar::String(text.into()), how.boost);
                return match equality {
                    Err(_) if how.lenient => Ok(None),
                    equality => equality.map(Some),
                };
            }
            Kind::Text {
                analyzer,
                search_analyzer,
            } => {
                let own = how.analyzer.as_ref().unwrap_or(search_analyzer);
                (analyzer.clone(), own.clone())
            }
            Kind::Keyword { .. } => (
                Analyzer::keyword(),
                how.analyzer.clone().unwrap_or_else(Analyzer::keyword),
            ),
            // No mapping has made tokens yet, so the clause says how.
            Kind::Dynamic => {
                let analyzer = how.analyzer.clone().unwrap_or_else(|| {
                    if field.is_keyword() {
                        Analyzer::keyword()
                    } else {
                        self.default_analyzer()
                    }
                });
                (analyzer.clone(), analyzer)
            }
        };
        let positions = self.positions(at, &search_analyzer, text)?;
        let boost = how.boost;
        if positions.is_empty() {
            return Ok(Some(if how.zero_terms_all {
                Clause::MatchAll { boost }
            } else {
                Clause::MatchNone { boost }
            }));
        }
        let last = positions.len() - 1;
        let exact = |word: Box<str>| Word::Exact(word);
        let is_phrase = matches!(how.shape, Shape::Phrase | Shape::PhrasePrefix);
        // Where a single word stands doesn't matter.
        let is_word = how.shape == Shape::Phrase && last == 0 && positions[0].1.len() == 1;
        if is_phrase && !is_word {
            let places = positions
                .into_iter()
                .enumerate()
                .map(|(place, (offset, words))| {
                    let word = match how.shape {
                        Shape::PhrasePrefix if place == last => Word::Prefix,
                        _ => exact,
                    };
                    (offset, words.into_iter().map(word).collect())
                });
            let phrase = Phrase::new(field, analyzer, places.collect(), how.slop, boost);
            return Ok(Some(Clause::Phrase(Box::new(phrase))));
        }
        let groups: Vec<Box<[Word]>> = positions
            .into_iter()
            .enumerate()
            .map(|(place, (_, words))| {
                let word = |word: Box<str>| match how.fuzziness {
                    _ if how.shape == Shape::BoolPrefix && place == last => Word::Prefix(word),
                    Some(fuzziness) => how.fuzzy(word, fuzziness),
                    None => Word::Exact(word),
                };
                words.into_iter().map(word).collect()
            })
            .collect();
        let needed = match &how.minimum {
            // A single word is no clause among others.
            _ if how.all || groups.len() == 1 => groups.len(),
            Some(minimum) => minimum.of(groups.len()).max(1),
            None => 1,
        };
        let scalar = spelled(text).filter(|_| field.kind == Kind::Dynamic && !is_phrase);
        let words = Words::new(field, analyzer, groups, needed, scalar, boost);
        Ok(Some(Clause::Words(Box::new(words))))
    }

    /// `{"query": "text", "fields": ["title^3", "body"], "type": "best_fields"}`
    #[inline(never)]
    pub(super) fn multi_match(
        &mut self,
        at: &Place<'_>,
        body: Value<'_>,
    ) -> Result<Clause, QueryError> {
        let mut common = Common::new();
        let mut how = How::new(Shape::Words);
        let (mut query, mut fields, mut kind) = (None, vec!["*"], Type::BestFields);
        let mut tie_breaker = None;
        // The type says which of the other options there are.
        for pair in pairs(object(at, body)?) {
            let (key, value) = pair?;
            if key == "type" {
                kind = one_of(&Place::Key(at, key), value, &Type::NAMES)?;
            }
        }
        how.shape = kind.shape();
        for pair in pairs(object(at, body)?) {
            let (key, value) = pair?;
            let inner = &Place::Key(at, key);
            match key {
                "type" => {}
                "query" => query = Some(query_text(inner, value)?),
                "fields" => fields = field_names(inner, value)?,
                "tie_breaker" => tie_breaker = Some(amount(inner, value)?),
                _ if how.accept(self, at, key, value)? => {}
                _ if common.accept(at, key, value)? => {}
                _ => {
                    let known = ["fields", "type", "tie_breaker"];
                    return Err(unknown(at, key, &[&known[..], &How::KEYS].concat()));
                }
            }
        }
        let query = query.ok_or_else(|| at.invalid("expected a \"query\""))?;
        let places = &Place::Key(at, "fields");
        let meaning = if kind == Type::CrossFields {
            self.cross_fields(places, &fields, &query, &how, tie_breaker, common.boost)?
        } else {
            let clauses = self.in_fields(places, &fields, &query, &how)?;
            match kind {
                Type::MostFields | Type::BoolPrefix => match tie_breaker {
                    None => some_of(clauses, None, common.boost),
                    Some(tie_breaker) => best_of(clauses, tie_breaker, common.boost),
                },
                _ => best_of(clauses, tie_breaker.unwrap_or(0.0), common.boost),
            }
        };
        written(at, "multi_match", body, &query, meaning)
    }

    /// A text in each of several fields.
    pub(super) fn in_fields(
        &mut self,
        at: &Place<'_>,
        fields: &[&str],
        text: &str,
        how: &How,
    ) -> Result<Vec<Clause>, QueryError> {
        let mut clauses = Vec::new();
        for (index, name) in fields.iter().enumerate() {
            let at = &Place::Index(at, index);
            let (name, boost) = weighted(at, name)?;
            let how = How {
                boost: Boost(how.boost.0 * boost.0),
                // One text is rarely right for fields of every type.
                lenient: how.lenient || fields.len() > 1,
                ..how.clone()
            };
            clauses.extend(self.for_fields(at, name, &mut |parser, field| {
                parser.text_clause(at, field, text, &how)
            })?);
        }
        Ok(clauses)
    }

    /// Each word in some field: the fields that share an analyzer are as one.
    fn cross_fields(
        &mut self,
        at: &Place<'_>,
        fields: &[&str],
        text: &str,
        how: &How,
        tie_breaker: Option<f64>,
        boost: Boost,
    ) -> Result<Clause, QueryError> {
        let mut groups: Vec<(Analyzer, Vec<(usize, &str)>)> = Vec::new();
        for (index, name) in fields.iter().enumerate() {
            let at = &Place::Index(at, index);
            let (plain, _) = weighted(at, name)?;
            // A pattern may be for fields of several analyzers.
            let mut found = Vec::new();
            self.for_fields(at, plain, &mut |parser, field| {
                found.push(parser.across_analyzer(&field, how));
                Ok(None)
            })?;
            for analyzer in found {
                match groups.iter_mut().find(|(other, _)| *other == analyzer) {
                    Some((_, names)) if names.last() == Some(&(index, name)) => {}
                    Some((_, names)) => names.push((index, name)),
                    None => groups.push((analyzer, vec![(index, name)])),
                }
            }
        }
        let mut alternatives = Vec::new();
        for (analyzer, names) in groups {
            let positions = self.positions(at, &analyzer, text)?;
            if positions.is_empty() && how.zero_terms_all {
                return Ok(Clause::MatchAll { boost });
            }
            let count = positions.len();
            let mut clauses = Vec::new();
            for (_, words) in positions {
                let mut places = Vec::new();
                for (index, name) in &names {
                    let at = &Place::Index(at, *index);
                    let (name, boost) = weighted(at, name)?;
                    self.count(at, 1)?;
                    places.extend(self.for_fields(at, name, &mut |parser, field| {
                        let own = parser.across_analyzer(&field, how) == analyzer;
                        Ok(own
                            .then(|| word_clause(at, field, &analyzer, &words, how, boost))
                            .flatten())
                    })?);
                }
                clauses.push(best_of(places, tie_breaker.unwrap_or(0.0), Boost::ONE));
            }
            alternatives.push(match count {
                0 => Clause::MatchNone { boost },
                1 => clauses.remove(0),
                _ if how.all => all_of(clauses, Boost::ONE),
                _ => some_of(clauses, how.minimum.clone(), Boost::ONE),
            });
        }
        Ok(best_of(alternatives, tie_breaker.unwrap_or(0.0), boost))
    }

    /// What `cross_fields` makes words of the query by, for this field.
    fn across_analyzer(&self, field: &Field, how: &How) -> Analyzer {
        let analyzer = how.analyzer.clone();
        analyzer.unwrap_or_else(|| match &field.kind {
            Kind::Text {
                search_analyzer, ..
            } => search_analyzer.clone(),
            Kind::Dynamic => self.default_analyzer(),
            _ => Analyzer::keyword(),
        })
    }
}

impl How {
    pub(super) fn fuzzy(&self, word: Box<str>, fuzziness: Fuzziness) -> Word {
        let fuzzy = Fuzzy::new(&word, fuzziness, self.prefix_length, self.transpositions);
        if fuzzy.edits() == 0 {
            Word::Exact(word)
        } else {
            Word::Fuzzy(Box::new(fuzzy))
        }
    }
}

/// One of these words in a field.
fn word_clause(
    at: &Place<'_>,
    field: Field,
    analyzer: &Analyzer,
    words: &[Box<str>],
    how: &How,
    boost: Boost,
) -> Option<Clause> {
    let documents = match &field.kind {
        Kind::Text { analyzer, .. } => analyzer.clone(),
        Kind::Keyword { .. } => Analyzer::keyword(),
        Kind::Dynamic => analyzer.clone(),
        _ => {
            let value = Scalar::String(words.first()?.clone());
            let value = coerced(at, &field, value).ok()?;
            return (field.kind != Kind::Date)
                .then(|| value_clause(field, Test::Equals(value), None, boost));
        }
    };
    let scalar = words.first().and_then(|word| spelled(word));
    let scalar = scalar.filter(|_| field.kind == Kind::Dynamic);
    let group = words.iter().cloned().map(|word| match how.fuzziness {
        Some(fuzziness) => how.fuzzy(word, fuzziness),
        None => Word::Exact(word),
    });
    let words = Words::new(field, documents, vec![group.collect()], 1, scalar, boost);
    Some(Clause::Words(Box::new(words)))
}

/// The names of fields, at least one.
pub(super) fn field_names<'a>(
    at: &Place<'_>,
    value: Value<'a>,
) -> Result<Vec<&'a str>, QueryError> {
    let names = match value {
        Value::Array(names) => names
            .iter()
            .enumerate()
            .map(|(index, name)| string(&Place::Index(at, index), name?))
            .collect::<Result<Vec<_>, _>>()?,
        Value::String(_) => vec![string(at, value)?],
        other => return Err(wrong_type(at, "an array of fields", other)),
    };
    if names.is_empty() {
        return Err(at.invalid("expected at least one field"));
    }
    Ok(names)
}

/// How `multi_match` combines its fields.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Type {
    BestFields,
    MostFields,
    CrossFields,
    Phrase,
    PhrasePrefix,
    BoolPrefix,
}

impl Type {
    pub(super) const NAMES: [(&'static str, Type); 6] = [
        ("best_fields", Type::BestFields),
        ("most_fields", Type::MostFields),
        ("cross_fields", Type::CrossFields),
        ("phrase", Type::Phrase),
        ("phrase_prefix", Type::PhrasePrefix),
        ("bool_prefix", Type::BoolPrefix),
    ];

    fn shape(self) -> Shape {
        match self {
            Type::Phrase => Shape::Phrase,
            Type::PhrasePrefix => Shape::PhrasePrefix,
            Type::BoolPrefix => Shape::BoolPrefix,
            _ => Shape::Words,
        }
    }
}
