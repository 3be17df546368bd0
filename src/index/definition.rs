//! What an index was built with: its mapping, and whether it has positions. It is kept with the index, for what its
//! storage parameters say may have changed since; then they hold from the next REINDEX on.
//!
//! In the file it is JSON, `{"mapping": {…}, "positions": true}`, after the first eight bytes of its SHA-256, over a
//! chain of pages: `next u32` and a piece of it. Without the digest a damaged letter could make another mapping of it.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use quidditch_query::{Environment, Indexer, Limits, Mapping};
use quidditch_segment::{Key, Terms};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use crate::datum::{self, Jsonb};
use crate::index::options::Options;
use crate::report::Report;
use crate::search::{analyzer, environment};
use crate::storage::buffer::Relation;
use crate::storage::meta::{self, Meta, NOWHERE};
use crate::storage::page::{CAPACITY, Kind, corrupted};

/// Its first page, which is the one after the index's.
pub const FIRST: u32 = meta::BLOCK + 1;

/// What an index holds of documents.
pub struct Definition {
    pub mapping: Rc<Mapping>,
    pub positions: bool,
    /// As it is in the file.
    text: String,
    scratch: RefCell<Scratch>,
}

/// Kept from document to document.
struct Scratch {
    indexer: Indexer,
    terms: Terms,
}

impl Definition {
    /// What an index with these storage parameters is to be built with.
    pub fn new(options: &Options) -> Result<Definition, Report> {
        let mut mapping = mapping_json(options.mapping.as_deref(), options.analyzer.as_deref())?;
        qualify(&mut mapping);
        let text = json!({"mapping": mapping, "positions": options.positions}).to_string();
        Definition::parse(text)
    }

    fn parse(text: String) -> Result<Definition, Report> {
        let mut json: Map<String, Value> = serde_json::from_str(&text)
            .map_err(|error| Report::internal(format!("a definition: {error}")))?;
        let mapping = Rc::new(bind(json.remove("mapping").unwrap_or_default())?);
        let indexer = Indexer::new(mapping.clone());
        Ok(Definition {
            mapping,
            positions: json.get("positions") != Some(&Value::Bool(false)),
            text,
            scratch: RefCell::new(Scratch {
                indexer,
                terms: Terms::default(),
            }),
        })
    }

    /// Whether an index with these parameters would be built with something else.
    pub fn differs_from(&self, options: &Options) -> bool {
        Definition::new(options).is_ok_and(|other| other.text != self.text)
    }

    /// The terms of a document; of none, for the SQL NULL.
    pub fn with_terms<T>(
        &self,
        document: Option<&Jsonb>,
        visit: impl FnOnce(&mut Terms) -> Result<T, Report>,
    ) -> Result<T, Report> {
        let Scratch { indexer, terms } = &mut *self.scratch.borrow_mut();
        terms.clear();
        match document {
            Some(document) => indexer.add(document.document()?.root()?, terms)?,
            None => terms.add(&Key::no_document()),
        }
        visit(terms)
    }

    /// The contents of its pages, which have the blocks from [`FIRST`] on.
    pub fn pages(&self) -> Vec<Vec<u8>> {
        let bytes = [&digest(&self.text)[..], self.text.as_bytes()].concat();
        let parts: Vec<&[u8]> = bytes.chunks(CAPACITY - 4).collect();
        let count = parts.len() as u32;
        let page = |(block, part): (u32, &[u8])| {
            let next = if block < FIRST + count - 1 {
                block + 1
            } else {
                NOWHERE
            };
            [&next.to_le_bytes(), part].concat()
        };
        (FIRST..).zip(parts).map(page).collect()
    }

    fn read(relation: Relation) -> Result<Definition, Report> {
        let mut bytes = Vec::new();
        let first = Meta::read(relation)?.definition;
        let mut block = first;
        let mut left = relation.blocks();
        while block != NOWHERE {
            let page = relation.pin(block)?.shared();
            let contents = page.page().contents(Kind::Definition, None)?;
            let damaged = || corrupted(block, "a damaged definition");
            let (next, part) = contents.split_first_chunk().ok_or_else(damaged)?;
            left = left.checked_sub(1).ok_or_else(damaged)?;
            bytes.extend(part);
            block = u32::from_le_bytes(*next);
        }
        let text = bytes.split_first_chunk().and_then(|(expected, text)| {
            let text = String::from_utf8(text.to_vec()).ok()?;
            (digest(&text) == *expected).then_some(text)
        });
        Definition::parse(text.ok_or_else(|| corrupted(first, "a damaged definition"))?)
    }
}

/// What tells whether the text is as it was written.
fn digest(text: &str) -> [u8; 8] {
    let digest: [u8; 32] = Sha256::digest(text).into();
    digest.first_chunk().copied().unwrap_or_default()
}

thread_local! {
    /// By the file, which is another one after each REINDEX.
    static KNOWN: RefCell<HashMap<(u32, u32), Rc<Definition>>> = RefCell::default();
}

/// More are not remembered.
const MOST_KNOWN: usize = 256;

fn key(relation: Relation) -> (u32, u32) {
    (relation.oid().to_u32(), relation.file_number())
}

/// What the index was built with.
pub fn of(relation: Relation) -> Result<Rc<Definition>, Report> {
    let key = key(relation);
    if let Some(known) = KNOWN.with_borrow(|known| known.get(&key).cloned()) {
        return Ok(known);
    }
    let definition = Rc::new(Definition::read(relation)?);
    KNOWN.with_borrow_mut(|known| {
        if known.len() >= MOST_KNOWN {
            known.clear();
        }
        known.insert(key, definition.clone());
    });
    Ok(definition)
}

/// Whatever was known of it. TRUNCATE in the transaction that made the table builds the index again in the same file.
pub fn forget(relation: Relation) {
    KNOWN.with_borrow_mut(|known| known.remove(&key(relation)));
}

/// The mapping that storage parameters make.
pub fn parse_mapping(mapping: Option<&str>, analyzer: Option<&str>) -> Result<Mapping, Report> {
    bind(mapping_json(mapping, analyzer)?)
}

fn mapping_json(mapping: Option<&str>, analyzer: Option<&str>) -> Result<Value, Report> {
    let mut json = match mapping {
        None => json!({}),
        Some(text) => serde_json::from_str(text)
            .map_err(|error| Report::invalid(format!("mapping: not JSON: {error}")))?,
    };
    if let (Some(analyzer), Value::Object(json)) = (analyzer, &mut json) {
        if json.contains_key("analyzer") {
            return Err(Report::invalid(
                "the mapping has an \"analyzer\", and the index has the parameter, too",
            ));
        }
        json.insert("analyzer".to_owned(), analyzer.into());
    }
    Ok(json)
}

fn bind(json: Value) -> Result<Mapping, Report> {
    let datum = datum::jsonb(&json.to_string())?;
    // SAFETY: a new jsonb of the current memory context.
    let jsonb = unsafe { Jsonb::new(datum) };
    let document = jsonb.document()?;
    // What is stored doesn't depend on anybody's settings.
    let environment = Environment {
        limits: Limits {
            bytes: usize::MAX,
            ..Limits::default()
        },
        ..environment(None)
    };
    Ok(Mapping::parse(document.root()?, &environment)?)
}

/// Gives the names of PostgreSQL's text search configurations their schemas: others read them under other settings.
fn qualify(json: &mut Value) {
    match json {
        Value::Object(object) => {
            for (key, value) in object {
                let name = match value {
                    Value::String(name) if key == "analyzer" || key == "search_analyzer" => {
                        name.strip_prefix("pg:")
                    }
                    _ => None,
                };
                if let Some(name) = name.and_then(analyzer::qualified) {
                    *value = format!("pg:{name}").into();
                } else {
                    qualify(value);
                }
            }
        }
        Value::Array(values) => values.iter_mut().for_each(qualify),
        _ => {}
    }
}
