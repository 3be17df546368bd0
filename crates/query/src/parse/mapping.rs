//! Mappings from JSON.

use super::options::{boolean, object, one_of, pairs, string, whole};
use super::{Parser, Place};
use crate::error::{ErrorKind, QueryError};
use crate::mapping::{Mapping, Properties, Property, Type};
use quidditch_analysis::Analyzer;
use quidditch_document::Value;

/// Objects inside each other.
const DEEPEST: usize = 20;

/// Options of Elasticsearch that say how it stores a field, and change no answer.
const STORAGE: [&str; 9] = [
    "store",
    "doc_values",
    "norms",
    "index_options",
    "eager_global_ordinals",
    "coerce",
    "ignore_malformed",
    "similarity",
    "format",
];

impl Parser<'_> {
    /// `{"properties": {…}, "dynamic": true, "analyzer": "english"}`
    pub(super) fn mapping(&self, at: &Place<'_>, value: Value<'_>) -> Result<Mapping, QueryError> {
        let mut mapping = Mapping::default();
        let mut fields = None;
        for pair in pairs(object(at, value)?) {
            let (key, value) = pair?;
            let inner = &Place::Key(at, key);
            match key {
                "properties" => fields = Some(value),
                "dynamic" => mapping.dynamic = dynamic(inner, value)?,
                "analyzer" => mapping.analyzer = Some(self.analyzer(inner, string(inner, value)?)?),
                _ => return Err(unknown_key(at, key, &["properties", "dynamic", "analyzer"])),
            }
        }
        // Its fields of text take the analyzer, whichever comes first.
        if let Some(fields) = fields {
            let analyzer = mapping.default_analyzer();
            let at = &Place::Key(at, "properties");
            mapping.properties = self.properties(at, fields, &analyzer, 1)?;
        }
        Ok(mapping)
    }

    fn properties(
        &self,
        at: &Place<'_>,
        value: Value<'_>,
        default: &Analyzer,
        depth: usize,
    ) -> Result<Properties, QueryError> {
        if depth > DEEPEST {
            let message = format!("objects nested more than {DEEPEST} deep");
            return Err(at.error(ErrorKind::LimitExceeded, message));
        }
        pairs(object(at, value)?)
            .map(|pair| {
                let (name, value) = pair?;
                if name.is_empty() {
                    return Err(at.invalid("empty field"));
                }
                let property = self.property(&Place::Key(at, name), value, default, depth)?;
                Ok((name.into(), property))
            })
            .collect()
    }

    fn property(
        &self,
        at: &Place<'_>,
        value: Value<'_>,
        default: &Analyzer,
        depth: usize,
    ) -> Result<Property, QueryError> {
        let (mut name, mut analyzer, mut search_analyzer) = (None, None, None);
        let (mut ignore_above, mut index) = (None, true);
        let (mut fields, mut properties) = (Properties::new(), Properties::new());
        for pair in pairs(object(at, value)?) {
            let (key, value) = pair?;
            let inner = &Place::Key(at, key);
            match key {
                "type" => name = Some(one_of(inner, value, &TYPES)?),
                "analyzer" => analyzer = Some(self.analyzer(inner, string(inner, value)?)?),
                "search_analyzer" => {
                    search_analyzer = Some(self.analyzer(inner, string(inner, value)?)?);
                }
                "ignore_above" => ignore_above = Some(whole(inner, value, i32::MAX as usize)?),
                "index" => index = boolean(inner, value)?,
                "dynamic" => _ = dynamic(inner, value)?,
                "fields" => fields = self.properties(inner, value, default, depth + 1)?,
                "properties" => {
                    properties = self.properties(inner, value, default, depth + 1)?;
                }
                _ if STORAGE.contains(&key) => {}
                _ => {
                    let known = [
                        "type",
                        "analyzer",
                        "search_analyzer",
                        "ignore_above",
                        "index",
                        "fields",
                        "properties",
                    ];
                    return Err(unknown_key(at, key, &known));
                }
            }
        }
        // As in Elasticsearch, what has properties is an object.
        let name = match name {
            Some(name) => name,
            None if !properties.is_empty() => "object",
            None => return Err(at.invalid("expected a \"type\"")),
        };
        let only = |given: bool, key: &str, kind: &str| {
            if given && name != kind {
                let message = format!("\"{key}\" is for fields of type {kind}, not {name}");
                return Err(Place::Key(at, key).invalid(message));
            }
            Ok(())
        };
        only(analyzer.is_some(), "analyzer", "text")?;
        only(search_analyzer.is_some(), "search_analyzer", "text")?;
        only(ignore_above.is_some(), "ignore_above", "keyword")?;
        if !properties.is_empty() && !matches!(name, "object" | "nested") {
            let message = format!("only objects have properties, not a {name}");
            return Err(Place::Key(at, "properties").invalid(message));
        }
        let kind = match name {
            "text" => Type::Text {
                analyzer: analyzer.unwrap_or_else(|| default.clone()),
                search_analyzer,
            },
            "keyword" => Type::Keyword { ignore_above },
            "date" => Type::Date,
            "long" => Type::Long,
            "double" => Type::Double,
            "boolean" => Type::Boolean,
            "object" => Type::Object,
            _ => Type::Nested,
        };
        if let Some((sub, _)) = fields
            .iter()
            .find(|(_, field)| matches!(field.kind, Type::Object | Type::Nested))
        {
            let at = &Place::Key(at, "fields");
            return Err(Place::Key(at, sub).invalid("a sub-field can't be an object"));
        }
        Ok(Property {
            kind,
            index,
            fields,
            properties,
        })
    }
}

/// The names of types, with Elasticsearch's for narrower numbers.
const TYPES: [(&str, &str); 15] = [
    ("text", "text"),
    ("keyword", "keyword"),
    ("date", "date"),
    ("long", "long"),
    ("integer", "long"),
    ("short", "long"),
    ("byte", "long"),
    ("double", "double"),
    ("float", "double"),
    ("half_float", "double"),
    ("boolean", "boolean"),
    ("object", "object"),
    ("nested", "nested"),
    ("constant_keyword", "keyword"),
    ("wildcard", "keyword"),
];

/// `true`, `false`, or `"strict"`, which is false here: nothing keeps a document out.
fn dynamic(at: &Place<'_>, value: Value<'_>) -> Result<bool, QueryError> {
    match value {
        Value::String(_) => one_of(
            at,
            value,
            &[("true", true), ("false", false), ("strict", false)],
        ),
        value => boolean(at, value),
    }
}

/// As for the options of clauses, but without those that all clauses have.
fn unknown_key(at: &Place<'_>, key: &str, known: &[&str]) -> QueryError {
    at.invalid(format!("unknown option \"{key}\""))
        .did_you_mean(key, known.iter().copied())
}
