//! `query_string` and `simple_query_string`: what a tree means, and how it is written.

use crate::evaluate::Reference;
use crate::fields::{At, Kind, expanded};
use crate::random::Random;
use crate::regexp::Tree as Regexp;
use crate::terms;
use crate::text::{self, Word, is_in_some, unweighted};
use quidditch_analysis::Analyzer;
use serde_json::{Value, json};

/// A query as it is meant.
#[derive(Clone)]
pub enum Tree {
    /// With the field, if one is named.
    Word(Option<String>, String),
    Prefix(Option<String>, String),
    Wildcard(Option<String>, String),
    /// With the edits, if they are given.
    Fuzzy(Option<String>, String, Option<u64>),
    Phrase(Option<String>, String, u64),
    Regexp(Option<String>, Regexp),
    /// A `range` clause's bounds.
    Range(String, Value),
    Exists(String),
    Everything,
    All(Vec<Tree>),
    Any(Vec<Tree>),
    /// In `query_string` only under `All` and `Signed`.
    Not(Box<Tree>),
    /// `+a -b c`
    Signed(Vec<(char, Tree)>),
}

impl Tree {
    pub fn random(random: &mut Random, depth: usize, simple: bool) -> Tree {
        let field = (!simple && random.below(2) == 0).then(|| random.plain_field());
        let word = random
            .one_of(&["fox", "Foxes", "box", "quick", "5", "dog", "fo", "true"])
            .to_owned();
        let children = |random: &mut Random| -> Vec<Tree> {
            let count = 2 + random.below(2);
            (0..count)
                .map(|_| Tree::random(random, depth - 1, simple))
                .collect()
        };
        let negated = |random: &mut Random, tree: Tree| match random.below(4) {
            0 => Tree::Not(Box::new(tree)),
            _ => tree,
        };
        match random.below(if depth == 0 { 14 } else { 24 }) {
            0..4 => Tree::Word(field, word),
            4 | 5 => Tree::Prefix(field, word[..2.min(word.len())].to_owned()),
            6 | 7 => Tree::Fuzzy(
                field,
                word,
                random.one_of(&[None, Some(0), Some(1), Some(2)]),
            ),
            8 | 9 => {
                let words = format!(
                    "{word} {}",
                    random.one_of(&["fox", "dog", "quick", "the fox"])
                );
                Tree::Phrase(field, words, random.below(4) as u64)
            }
            10 if !simple => Tree::Wildcard(
                field,
                random
                    .one_of(&["f?x", "*o*", "F*x", "?", "b?x*"])
                    .to_owned(),
            ),
            11 if !simple => {
                let mut tree = Regexp::random(random, 2);
                // The slash would have to be escaped, and isn't one of the characters.
                if tree.to_string().contains('/') {
                    tree = Regexp::Any;
                }
                Tree::Regexp(field, tree)
            }
            12 if !simple => {
                let name = random.plain_field();
                let bounds = random.one_of(&[
                    json!({"gte": 1, "lte": 5}),
                    json!({"gt": 0, "lt": 2}),
                    json!({"gte": 2, "lt": 5}),
                    json!({"gt": 1}),
                    json!({"lte": 5}),
                    json!({"gte": "box", "lt": "fox"}),
                    json!({"gte": "dog"}),
                ]);
                Tree::Range(name, bounds)
            }
            13 if !simple => match random.below(4) {
                0 => Tree::Everything,
                _ => Tree::Exists(random.plain_field()),
            },
            10..14 => Tree::Word(None, word),
            14..17 => {
                let children = children(random);
                Tree::All(
                    children
                        .into_iter()
                        .map(|child| negated(random, child))
                        .collect(),
                )
            }
            17..20 => Tree::Any(children(random)),
            20 if simple => Tree::Not(Box::new(Tree::random(random, depth - 1, simple))),
            _ if simple => Tree::Any(children(random)),
            _ => {
                let dog = Tree::Word(None, "dog".to_owned());
                let trees = [
                    Tree::Word(None, word),
                    Tree::Word(field, "fox".to_owned()),
                    dog,
                ];
                let signs = trees
                    .map(|tree| (random.one_of(&['+', '-', ' ', ' ']), tree))
                    .into();
                Tree::Signed(signs)
            }
        }
    }

    /// In Lucene's syntax.
    pub fn query_string(&self) -> String {
        let name = |field: &Option<String>| {
            field
                .as_ref()
                .map_or(String::new(), |field| format!("{field}:"))
        };
        let inner = |tree: &Tree| match tree {
            Tree::All(_) | Tree::Any(_) | Tree::Signed(_) => format!("({})", tree.query_string()),
            Tree::Not(tree) => match &**tree {
                Tree::All(_) | Tree::Any(_) | Tree::Signed(_) => {
                    format!("NOT ({})", tree.query_string())
                }
                tree => format!("NOT {}", tree.query_string()),
            },
            tree => tree.query_string(),
        };
        let joined = |trees: &[Tree], operator: &str| {
            trees.iter().map(inner).collect::<Vec<_>>().join(operator)
        };
        match self {
            Tree::Word(field, word) => format!("{}{word}", name(field)),
            Tree::Prefix(field, prefix) => format!("{}{prefix}*", name(field)),
            Tree::Wildcard(field, pattern) => format!("{}{pattern}", name(field)),
            Tree::Fuzzy(field, word, edits) => {
                format!(
                    "{}{word}~{}",
                    name(field),
                    edits.map_or(String::new(), |edits| edits.to_string())
                )
            }
            Tree::Phrase(field, words, 0) => format!("{}\"{words}\"", name(field)),
            Tree::Phrase(field, words, slop) => format!("{}\"{words}\"~{slop}", name(field)),
            Tree::Regexp(field, tree) => format!("{}/{tree}/", name(field)),
            Tree::Range(field, bounds) => {
                let text = |key: &str| match &bounds[key] {
                    Value::Null => None,
                    Value::String(text) => Some(text.clone()),
                    number => Some(number.to_string()),
                };
                let end = |inclusive: &str, exclusive: &str, marks: [&'static str; 2]| match (
                    text(inclusive),
                    text(exclusive),
                ) {
                    (Some(text), _) => (text, marks[0]),
                    (None, Some(text)) => (text, marks[1]),
                    (None, None) => ("*".to_owned(), marks[0]),
                };
                let (low, open) = end("gte", "gt", ["[", "{"]);
                let (high, close) = end("lte", "lt", ["]", "}"]);
                format!("{field}:{open}{low} TO {high}{close}")
            }
            Tree::Exists(field) => format!("_exists_:{field}"),
            Tree::Everything => "*:*".to_owned(),
            Tree::All(trees) => joined(trees, " AND "),
            Tree::Any(trees) => joined(trees, " OR "),
            Tree::Not(tree) => inner(&Tree::Not(tree.clone())),
            Tree::Signed(trees) => {
                let texts: Vec<_> = trees
                    .iter()
                    .map(|(sign, tree)| format!("{sign}{}", inner(tree)))
                    .collect();
                texts.join(" ")
            }
        }
    }

    /// In the simple syntax.
    pub fn simple(&self) -> String {
        let inner = |tree: &Tree| match tree {
            Tree::All(_) | Tree::Any(_) => format!("({})", tree.simple()),
            tree => tree.simple(),
        };
        let joined = |trees: &[Tree], operator: &str| {
            trees.iter().map(inner).collect::<Vec<_>>().join(operator)
        };
        match self {
            Tree::Not(tree) => format!("-{}", inner(tree)),
            Tree::All(trees) => joined(trees, " + "),
            Tree::Any(trees) => joined(trees, " | "),
            leaf => leaf.query_string(),
        }
    }
}

impl Reference<'_> {
    /// Whether a tree matches, with the options of its clause.
    pub fn is_string(&self, at: At<'_>, tree: &Tree, body: &Value) -> bool {
        let names = match (&body["fields"], &body["default_field"]) {
            (Value::Null, name) => text::names(name),
            (fields, _) => text::names(fields),
        };
        let here = |tree: &Tree| self.is_string(at, tree, body);
        let in_fields = |field: &Option<String>| match field {
            Some(field) => vec![field.clone()],
            None => names.iter().map(|name| (*name).to_owned()).collect(),
        };
        let is = |shape: &str, field: &Option<String>, text: &str, slop: u64| {
            let names = in_fields(field);
            let names: Vec<_> = names.iter().map(String::as_str).collect();
            let mut options = json!({"slop": slop, "operator": body["default_operator"]});
            if let Value::String(analyzer) = &body["analyzer"] {
                options["analyzer"] = json!(analyzer);
            }
            is_in_some(self.mapping, at, shape, &names, text, &options)
        };
        match tree {
            Tree::Word(field, word) => is("match", field, word, 0),
            Tree::Phrase(field, words, slop) => is("match_phrase", field, words, *slop),
            Tree::Prefix(field, prefix) => {
                self.has_token(at, &in_fields(field), body, prefix, &|prefix, token| {
                    Word::Prefix(prefix.to_owned()).is(token)
                })
            }
            Tree::Wildcard(field, pattern) => {
                self.has_token(at, &in_fields(field), body, pattern, &|pattern, token| {
                    let characters = |text: &str| text.chars().collect::<Vec<_>>();
                    terms::is_like(&characters(pattern), &characters(token))
                })
            }
            Tree::Fuzzy(field, word, edits) => {
                self.has_token(at, &in_fields(field), body, word, &|word, token| {
                    terms::is_near(word, token, &json!(edits), 0, true)
                })
            }
            Tree::Regexp(field, tree) => {
                self.has_token(at, &in_fields(field), body, "", &|_, token| {
                    tree.matches_all(&token.chars().collect::<Vec<_>>(), false)
                })
            }
            Tree::Range(name, bounds) => {
                let field = crate::fields::Field::named(self.mapping, at.outer, name);
                let texts = matches!(field.kind, Kind::Text { .. } | Kind::Date);
                let mut bounds = bounds.clone();
                for (_, bound) in bounds.as_object_mut().unwrap() {
                    if texts && bound.is_number() {
                        *bound = json!(bound.to_string());
                    }
                }
                terms::is_in_range(&field, at, &bounds)
            }
            Tree::Exists(name) => {
                crate::fields::Field::named(self.mapping, at.outer, name).exists(at)
            }
            Tree::Everything => true,
            Tree::All(trees) => trees.iter().all(here),
            Tree::Any(trees) => trees.iter().any(here),
            Tree::Not(tree) => !here(tree),
            Tree::Signed(trees) => {
                let all = body["default_operator"] == "and";
                let mut required = trees
                    .iter()
                    .filter(|(sign, _)| *sign == '+' || all && *sign == ' ');
                let mut prohibited = trees.iter().filter(|(sign, _)| *sign == '-');
                let mut optional = trees.iter().filter(|(sign, _)| !all && *sign == ' ');
                let free = required.clone().count() > 0 || optional.clone().count() == 0;
                required.all(|(_, tree)| here(tree))
                    && !prohibited.any(|(_, tree)| here(tree))
                    && (free || optional.any(|(_, tree)| here(tree)))
            }
        }
    }

    /// Whether some token of the fields is like a word, which is lower case where tokens are.
    fn has_token(
        &self,
        at: At<'_>,
        names: &[String],
        body: &Value,
        word: &str,
        is: &dyn Fn(&str, &str) -> bool,
    ) -> bool {
        names.iter().any(|name| {
            let pattern = name.contains('*') && !unweighted(name).ends_with(".keyword");
            expanded(self.mapping, at, unweighted(name))
                .into_iter()
                .any(|field| {
                    let keyword = match &field.kind {
                        Kind::Keyword { .. } => true,
                        Kind::Dynamic => field.keyword_of.is_some() && !pattern,
                        Kind::Text { .. } => false,
                        _ => return false,
                    };
                    let analyzer = match (&field.kind, body["analyzer"].as_str()) {
                        (Kind::Text { documents, .. }, _) => documents.clone(),
                        _ if keyword => Analyzer::keyword(),
                        (_, Some(name)) => Analyzer::named(name).unwrap(),
                        _ => Analyzer::standard(),
                    };
                    let word = if keyword {
                        word.to_owned()
                    } else {
                        word.to_lowercase()
                    };
                    field
                        .tokens(at, &analyzer)
                        .iter()
                        .any(|(_, token)| is(&word, token))
                })
        })
    }
}
