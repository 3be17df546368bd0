//! The paths that documents have: a tree by the keys on the way, with what is stored at each.

use super::target::Target;
use crate::mapping::{At, Mapping};
use quidditch_document::Value;
use quidditch_segment::{Field, Terms};
use std::cmp::Ordering;
use std::rc::Rc;

/// The path without keys: of the document itself.
pub(super) const ROOT: usize = 0;

/// More paths aren't kept for the next document: documents whose keys are data have new ones all the time.
const MOST_KNOWN: usize = 10_000;

/// Stands for keys that aren't UTF-8, which no query can name: no byte of UTF-8 either.
const UNNAMEABLE: &[u8] = &[0xC0];

/// A tree of paths.
pub(super) struct Paths {
    mapping: Rc<Mapping>,
    paths: Vec<Path>,
    /// Counts documents, so that what a path has of the last one needs no clearing.
    document: u64,
}

struct Path {
    key: Box<[u8]>,
    /// None at the root.
    field: Option<Field>,
    /// Whether the mapping says something of it, and so may of what is below.
    is_mapped: bool,
    parent: usize,
    /// One key longer, in the order of an object's keys.
    children: Vec<usize>,
    /// How the values here are stored: none, one, or several ways.
    targets: Box<[Target]>,
    /// The last document in which it exists.
    exists_in: u64,
}

impl Paths {
    pub(super) fn new(mapping: Rc<Mapping>) -> Paths {
        let mut paths = Paths {
            mapping,
            paths: Vec::new(),
            document: 0,
        };
        paths.paths.push(Path {
            key: [].into(),
            field: None,
            is_mapped: true,
            parent: ROOT,
            children: Vec::new(),
            targets: [].into(),
            exists_in: 0,
        });
        paths
    }

    pub(super) fn start_document(&mut self) {
        self.document += 1;
        if self.paths.len() > MOST_KNOWN {
            self.paths.truncate(1);
            self.paths[ROOT].children.clear();
        }
    }

    /// The path by a further key. `guess` is where it is among the children, if the object is like the last one.
    #[inline]
    pub(super) fn child(&mut self, parent: usize, key: &[u8], guess: &mut usize) -> usize {
        let children = &self.paths[parent].children;
        if let Some(child) = children.get(*guess)
            && *self.paths[*child].key == *key
        {
            *guess += 1;
            return *child;
        }
        self.find_child(parent, key, guess)
    }

    fn find_child(&mut self, parent: usize, key: &[u8], guess: &mut usize) -> usize {
        let key = match std::str::from_utf8(key) {
            Ok(key) => key.as_bytes(),
            Err(_) => UNNAMEABLE,
        };
        let children = &self.paths[parent].children;
        let order = |child: &usize| compare_keys(&self.paths[*child].key, key);
        let found = children.binary_search_by(order);
        let (Ok(place) | Err(place)) = found;
        *guess = place + 1;
        if found.is_ok() {
            return children[place];
        }
        let child = self.paths.len();
        let path = self.make(parent, key);
        self.paths.push(path);
        self.paths[parent].children.insert(place, child);
        child
    }

    /// The path at a key of the parent.
    fn make(&self, parent: usize, key: &[u8]) -> Path {
        let field = match &self.paths[parent].field {
            Some(field) => field.child(key),
            None => Field::new([key]),
        };
        let at = if self.paths[parent].is_mapped {
            self.mapping.at(self.names(parent, key).into_iter())
        } else {
            At::Unmapped
        };
        let analyzer = self.mapping.default_analyzer();
        let mut targets = Vec::new();
        // A query that names a sub-field means the parent's values.
        if self.mapping.has(&at) && !matches!(at, At::SubField(_)) {
            targets.push(Target::new(field.clone(), at.kind(), &analyzer));
        }
        if let At::Property(property) = &at {
            for (name, sub_field) in &property.fields {
                let at = At::SubField(sub_field);
                // An object's property goes before another way to see the object.
                if self.mapping.has(&at) && !property.properties.contains_key(name) {
                    let field = field.child(name.as_bytes());
                    targets.push(Target::new(field, at.kind(), &analyzer));
                }
            }
        }
        Path {
            key: key.into(),
            field: Some(field),
            is_mapped: matches!(at, At::Property(_)),
            parent,
            children: Vec::new(),
            targets: targets.into(),
            exists_in: 0,
        }
    }

    /// The keys on the way; mappings aren't deep.
    fn names<'k>(&'k self, parent: usize, key: &'k [u8]) -> Vec<&'k str> {
        let mut keys = vec![key];
        let mut path = parent;
        while path != ROOT {
            keys.push(&self.paths[path].key);
            path = self.paths[path].parent;
        }
        let names = keys.into_iter().rev();
        // No field of a mapping has an empty name.
        names
            .map(|key| std::str::from_utf8(key).unwrap_or(""))
            .collect()
    }

    /// Adds a scalar at the path, other than null.
    pub(super) fn add(&mut self, path: usize, value: Value<'_>, terms: &mut Terms, most: usize) {
        let mut exists = path;
        while exists != ROOT && self.paths[exists].exists_in != self.document {
            self.paths[exists].exists_in = self.document;
            let targets = self.paths[exists].targets.iter();
            for target in targets.filter(|target| target.has_all_values()) {
                terms.add_exists(&target.field);
            }
            exists = self.paths[exists].parent;
        }
        for target in &mut self.paths[path].targets {
            target.add(value, self.document, terms, most);
        }
    }
}

/// The order that jsonb has its keys in.
fn compare_keys(left: &[u8], right: &[u8]) -> Ordering {
    left.len().cmp(&right.len()).then_with(|| left.cmp(right))
}
