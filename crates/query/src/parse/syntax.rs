//! What the clauses that have a syntax of their own share: `query_string` and `simple_query_string`.

use super::boolean::minimum;
use super::options::{Common, boolean, one_of, string};
use super::text::{How, OPERATORS, Shape, best_of, field_names, query_text};
use super::{Parser, Place};
use crate::clause::{Boost, Clause};
use crate::error::QueryError;
use crate::field::{Field, Kind};
use crate::minimum::Minimum;
use crate::tokens::Word;
use crate::words::Words;
use quidditch_analysis::Analyzer;
use quidditch_document::Value;

/// The options of the whole clause.
pub(super) struct Options<'q> {
    query: Option<String>,
    needed: Option<Minimum>,
    common: Common,
    pub(super) fields: Vec<&'q str>,
    pub(super) how: How,
    pub(super) tie_breaker: f64,
    pub(super) leading_wildcard: bool,
}

impl<'q> Options<'q> {
    pub(super) const KEYS: [&'static str; 6] = [
        "query",
        "fields",
        "default_operator",
        "analyzer",
        "minimum_should_match",
        "lenient",
    ];

    pub(super) fn new() -> Options<'q> {
        Options {
            query: None,
            needed: None,
            common: Common::new(),
            fields: vec!["*"],
            how: How::new(Shape::Words),
            tie_breaker: 0.0,
            leading_wildcard: true,
        }
    }

    /// Takes the option if both clauses have it.
    pub(super) fn accept(
        &mut self,
        parser: &Parser<'_>,
        at: &Place<'_>,
        key: &str,
        value: Value<'q>,
    ) -> Result<bool, QueryError> {
        let inner = &Place::Key(at, key);
        match key {
            "query" => self.query = Some(query_text(inner, value)?),
            "fields" => self.fields = field_names(inner, value)?,
            "default_operator" => self.how.all = one_of(inner, value, &OPERATORS)?,
            "analyzer" => {
                self.how.analyzer = Some(parser.analyzer(inner, string(inner, value)?)?);
            }
            "minimum_should_match" => self.needed = Some(minimum(inner, value)?),
            "lenient" => self.how.lenient = boolean(inner, value)?,
            // Patterns are always compared with the field's tokens.
            "analyze_wildcard" => _ = boolean(inner, value)?,
            _ => return self.common.accept(at, key, value),
        }
        Ok(true)
    }

    /// The text.
    pub(super) fn query(&mut self, at: &Place<'_>) -> Result<String, QueryError> {
        let query = self.query.take();
        query.ok_or_else(|| at.invalid("expected a \"query\""))
    }

    /// What the text was read to, with what these options say of it.
    pub(super) fn finished(self, mut meaning: Clause) -> Clause {
        if let Some(needed) = self.needed {
            need(&mut meaning, needed);
        }
        best_of(vec![meaning], 0.0, self.common.boost)
    }
}

/// Lets so many of the clauses be needed.
fn need(clause: &mut Clause, needed: Minimum) {
    match clause {
        Clause::Bool(bool) if !bool.should.is_empty() => {
            bool.minimum_should_match = Some(needed);
            **bool = std::mem::take(&mut **bool).planned();
        }
        // A boost around a clause is no clause among others.
        Clause::DisMax { queries, .. } if queries.len() == 1 => need(&mut queries[0], needed),
        _ => {}
    }
}

impl Parser<'_> {
    /// A word that may be no more than a beginning, a pattern, or nearly the word, in each of these fields.
    pub(super) fn word_in_fields(
        &mut self,
        at: &Place<'_>,
        options: &Options<'_>,
        field: Option<&str>,
        make: &dyn Fn(&mut Self, &Field) -> Result<Word, QueryError>,
    ) -> Result<Clause, QueryError> {
        let names = field.map_or_else(|| options.fields.clone(), |field| vec![field]);
        let mut clauses = Vec::new();
        for name in names {
            let (name, boost) = super::fields::weighted(at, name)?;
            self.count(at, 1)?;
            clauses.extend(self.for_fields(at, name, &mut |parser, field| {
                let word = make(parser, &field)?;
                let analyzer = match &field.kind {
                    Kind::Text { analyzer, .. } => analyzer.clone(),
                    Kind::Dynamic if !field.is_keyword() => options
                        .how
                        .analyzer
                        .clone()
                        .unwrap_or_else(|| parser.default_analyzer()),
                    Kind::Dynamic | Kind::Keyword { .. } => Analyzer::keyword(),
                    _ => return Ok(None),
                };
                let words = Words::new(field, analyzer, vec![[word].into()], 1, None, boost);
                Ok(Some(Clause::Words(Box::new(words))))
            })?);
        }
        Ok(best_of(clauses, options.tie_breaker, Boost::ONE))
    }

    /// A text in each of these fields.
    pub(super) fn text_in_fields(
        &mut self,
        at: &Place<'_>,
        options: &Options<'_>,
        field: Option<&str>,
        text: &str,
        how: &How,
    ) -> Result<Option<Clause>, QueryError> {
        let names = field.map_or_else(|| options.fields.clone(), |field| vec![field]);
        let how = How {
            lenient: how.lenient || field.is_none(),
            ..how.clone()
        };
        let clauses = self.in_fields(at, &names, text, &how)?;
        // A text without words is no clause at all; one that no field can have is a clause that never matches.
        let empty = !clauses.is_empty()
            && clauses
                .iter()
                .all(|clause| matches!(clause, Clause::MatchNone { .. }));
        Ok((!empty).then(|| best_of(clauses, options.tie_breaker, Boost::ONE)))
    }
}

/// A pattern of a query's text is for tokens, and those are lower case.
pub(super) fn folded(field: &Field, text: &str) -> String {
    if matches!(field.kind, Kind::Keyword { .. }) || field.is_keyword() {
        text.to_owned()
    } else {
        text.to_lowercase()
    }
}
