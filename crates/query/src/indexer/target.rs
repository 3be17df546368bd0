//! One way in which the values at a path are stored.

use crate::date;
use crate::field::{Kind, until, with_text};
use crate::tokens::Values;
use quidditch_analysis::Analyzer;
use quidditch_document::Value;
use quidditch_segment::{Field, Terms, TextPlace};

/// A field of the index.
pub(super) struct Target {
    pub(super) field: Field,
    kind: Kind,
    /// Makes its tokens, if it has any.
    analyzer: Analyzer,
    /// The last document with a value that the field sees; what follows is of that one.
    document: u64,
    values: Values,
    text: Option<TextPlace>,
}

impl Target {
    /// `analyzer` is for text of which no mapping says more.
    pub(super) fn new(field: Field, kind: Kind, analyzer: &Analyzer) -> Target {
        let analyzer = match &kind {
            Kind::Text { analyzer, .. } => analyzer,
            _ => analyzer,
        };
        Target {
            field,
            analyzer: analyzer.clone(),
            kind,
            document: 0,
            values: Values::default(),
            text: None,
        }
    }

    /// Whether the field exists when its path has any value.
    pub(super) fn has_all_values(&self) -> bool {
        !self.kind.is_limited()
    }

    /// Adds a value of a document. Tokens end at so many terms, more or less.
    pub(super) fn add(&mut self, value: Value<'_>, document: u64, terms: &mut Terms, most: usize) {
        match (&self.kind, value) {
            (Kind::Text { .. }, value) => {
                with_text(value, |text| {
                    self.add_tokens(text, document, terms, most);
                    false
                });
            }
            (Kind::Dynamic, Value::String(string)) => {
                terms.add_keyword(&self.field, string);
                if let Ok(text) = std::str::from_utf8(string) {
                    self.add_tokens(text, document, terms, most);
                }
            }
            (Kind::Date, value) => {
                if let Some(instant) = date::instant(value) {
                    terms.add_date(&self.field, instant);
                }
            }
            (kind, value) => {
                kind.any_term(value, &mut |seen| {
                    if kind.is_limited() && self.document != document {
                        self.document = document;
                        terms.add_exists(&self.field);
                    }
                    match seen {
                        Value::Bool(bool) => terms.add_boolean(&self.field, bool),
                        Value::Number(number) => terms.add_number(&self.field, &number),
                        Value::String(string) => terms.add_keyword(&self.field, string),
                        Value::Null | Value::Array(_) | Value::Object(_) => {}
                    }
                    false
                });
            }
        }
    }

    fn add_tokens(&mut self, text: &str, document: u64, terms: &mut Terms, most: usize) {
        if self.document != document {
            self.document = document;
            self.values = Values::default();
            self.text = None;
        }
        let (field, place) = (&self.field, &mut self.text);
        let _ = self
            .values
            .tokens(&self.analyzer, text, &mut |token, position| {
                let place = *place.get_or_insert_with(|| terms.add_text(field));
                terms.add_token_at(place, token.as_bytes(), position);
                until(terms.len() > most)
            });
    }
}
