//! Statistics of documents, counted one by one.

#![allow(dead_code)]

use quidditch_analysis::Analyzer;
use quidditch_query::Statistics;
use quidditch_segment::{Field, FieldTotals, PATH_SEPARATOR};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::ops::ControlFlow;

/// What all strings of some documents have as text.
#[derive(Default)]
pub struct Corpus {
    /// By the path of the field.
    fields: BTreeMap<Vec<u8>, FieldTotals>,
    /// By the key of the term.
    having: BTreeMap<Vec<u8>, u64>,
}

impl Corpus {
    pub fn of<'d>(documents: impl IntoIterator<Item = &'d Value>) -> Corpus {
        let mut corpus = Corpus::default();
        for document in documents {
            let mut texts = BTreeMap::new();
            texts_of(document, &mut Vec::new(), &mut texts);
            for (path, tokens) in texts {
                let totals = corpus.fields.entry(path.clone()).or_default();
                totals.documents += 1;
                totals.tokens += tokens.len() as u64;
                let different: BTreeSet<String> = tokens.into_iter().collect();
                for token in different {
                    let field = Field::new(path.split(|byte| *byte == PATH_SEPARATOR));
                    let key = field.token(token.as_bytes()).as_bytes().to_vec();
                    *corpus.having.entry(key).or_default() += 1;
                }
            }
        }
        corpus
    }
}

/// The tokens of each field with text.
pub fn texts_of(value: &Value, path: &mut Vec<u8>, texts: &mut BTreeMap<Vec<u8>, Vec<String>>) {
    match value {
        Value::String(text) => {
            let _ = Analyzer::standard().tokens(text, &mut |token| {
                let tokens = texts.entry(path.clone()).or_default();
                tokens.push(token.text.to_owned());
                ControlFlow::Continue(())
            });
        }
        Value::Array(values) => values.iter().for_each(|value| texts_of(value, path, texts)),
        Value::Object(pairs) => {
            for (key, value) in pairs {
                let length = path.len();
                if !path.is_empty() {
                    path.push(PATH_SEPARATOR);
                }
                path.extend_from_slice(key.as_bytes());
                texts_of(value, path, texts);
                path.truncate(length);
            }
        }
        _ => {}
    }
}

impl Statistics for Corpus {
    type Error = Infallible;

    fn field_totals(&self, field: &Field) -> Result<FieldTotals, Infallible> {
        Ok(self
            .fields
            .get(field.as_bytes())
            .copied()
            .unwrap_or_default())
    }

    fn document_frequency(&self, key: &[u8]) -> Result<u64, Infallible> {
        Ok(self.having.get(key).copied().unwrap_or(0))
    }

    fn text_fields(
        &self,
        visit: &mut dyn FnMut(&[u8]) -> ControlFlow<()>,
    ) -> Result<(), Infallible> {
        let _ = self.fields.keys().try_for_each(|path| visit(path));
        Ok(())
    }
}
