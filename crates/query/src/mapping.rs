//! Mappings: what the fields of a document are taken for, in Elasticsearch's terms.
//!
//! `{"properties": {"title": {"type": "text", "analyzer": "english", "fields": {"raw": {"type": "keyword"}}}}}`
//! A query that is bound to a mapping looks up each of its fields here, once, when it is parsed.

use crate::field::{Field, Kind};
use quidditch_analysis::Analyzer;
use quidditch_document::{Path, Step};
use std::collections::BTreeMap;

/// A mapping, validated.
#[derive(Clone, Debug, PartialEq)]
pub struct Mapping {
    pub(crate) properties: Properties,
    /// Whether fields that it doesn't name are indexed all the same.
    pub(crate) dynamic: bool,
    /// Makes tokens of the text of fields that name no analyzer, or aren't named at all.
    pub(crate) analyzer: Option<Analyzer>,
}

impl Default for Mapping {
    /// Says nothing about any field.
    fn default() -> Mapping {
        Mapping {
            properties: Properties::new(),
            dynamic: true,
            analyzer: None,
        }
    }
}

pub(crate) type Properties = BTreeMap<Box<str>, Property>;

/// What a mapping says about one field.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Property {
    pub(crate) kind: Type,
    /// Whether an index holds it; a query sees it in any case.
    pub(crate) index: bool,
    /// Other ways to see the same values, by the name that follows the field's.
    pub(crate) fields: Properties,
    /// Of an object.
    pub(crate) properties: Properties,
}

/// The types of fields.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Type {
    Text {
        analyzer: Analyzer,
        search_analyzer: Option<Analyzer>,
    },
    Keyword {
        ignore_above: Option<usize>,
    },
    Date,
    Long,
    Double,
    Boolean,
    Object,
    Nested,
}

impl Type {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Type::Text { .. } => "text",
            Type::Keyword { .. } => "keyword",
            Type::Date => "date",
            Type::Long => "long",
            Type::Double => "double",
            Type::Boolean => "boolean",
            Type::Object => "object",
            Type::Nested => "nested",
        }
    }

    fn field_kind(&self) -> Kind {
        match self {
            Type::Text {
                analyzer,
                search_analyzer,
            } => Kind::Text {
                analyzer: analyzer.clone(),
                search_analyzer: search_analyzer.as_ref().unwrap_or(analyzer).clone(),
            },
            Type::Keyword { ignore_above } => Kind::Keyword {
                ignore_above: *ignore_above,
            },
            Type::Date => Kind::Date,
            Type::Long | Type::Double => Kind::Number,
            Type::Boolean => Kind::Boolean,
            Type::Object | Type::Nested => Kind::Dynamic,
        }
    }
}

impl Mapping {
    pub(crate) fn default_analyzer(&self) -> Analyzer {
        self.analyzer.clone().unwrap_or_else(Analyzer::standard)
    }

    /// The field of that name.
    pub(crate) fn field(&self, name: Path) -> Field {
        match (self.at(keys(&name)), name.parent()) {
            (At::Property(property), _) => {
                Field::mapped(name.clone(), name, property.kind.field_kind())
            }
            (At::SubField(property), Some(parent)) => {
                Field::mapped(name, parent, property.kind.field_kind())
            }
            _ => Field::dynamic(name),
        }
    }

    /// What it says of the values at the end of these keys.
    pub(crate) fn at<'k>(&self, keys: impl Iterator<Item = &'k str>) -> At<'_> {
        let mut properties = &self.properties;
        let mut keys = keys.peekable();
        let mut found: Option<&Property> = None;
        while let Some(key) = keys.next() {
            match properties.get(key) {
                Some(property) => {
                    found = Some(property);
                    properties = &property.properties;
                }
                None => {
                    let last = keys.peek().is_none();
                    let sub_field = found.filter(|_| last);
                    let sub_field = sub_field.and_then(|found| found.fields.get(key));
                    return sub_field.map_or(At::Unmapped, At::SubField);
                }
            }
        }
        found.map_or(At::Unmapped, At::Property)
    }

    /// Whether an index that is made by it has the values.
    pub(crate) fn has(&self, at: &At<'_>) -> bool {
        match at {
            At::Unmapped => self.dynamic,
            At::Property(property) | At::SubField(property) => property.index,
        }
    }

    /// The paths of all fields whose type is text, sub-fields too; and of those of other types.
    pub(crate) fn leaves(&self) -> (Vec<Path>, Vec<Path>) {
        let (mut text, mut others) = (Vec::new(), Vec::new());
        let mut visit = |path: Path, property: &Property| match property.kind {
            Type::Text { .. } => text.push(path),
            Type::Object | Type::Nested => {}
            _ => others.push(path),
        };
        walk(&self.properties, None, &mut visit);
        (text, others)
    }
}

/// What a mapping has at a path.
pub(crate) enum At<'m> {
    Unmapped,
    Property(&'m Property),
    /// Another way to see the values of the path before its last key.
    SubField(&'m Property),
}

impl At<'_> {
    /// What the values are taken for.
    pub(crate) fn kind(&self) -> Kind {
        match self {
            At::Unmapped => Kind::Dynamic,
            At::Property(property) | At::SubField(property) => property.kind.field_kind(),
        }
    }
}

/// The keys of a path. An element of an array is mapped as the array is.
pub(crate) fn keys(path: &Path) -> impl Iterator<Item = &str> {
    path.steps().iter().filter_map(|step| match step {
        Step::Key { name, .. } => Some(&**name),
        Step::Index(_) => None,
    })
}

fn walk(properties: &Properties, parent: Option<&Path>, visit: &mut impl FnMut(Path, &Property)) {
    for (name, property) in properties {
        let path = match parent {
            Some(parent) => parent.child(name),
            None => Path::of_key(name),
        };
        walk(&property.properties, Some(&path), visit);
        walk(&property.fields, Some(&path), visit);
        visit(path, property);
    }
}
