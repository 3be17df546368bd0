//! Python: docstrings, comments and the signature of the entry function.

mod annotation;
mod literal;
mod string;

use std::ops::Range;

use crate::description::Call;
use crate::doc::{self, Reach};
use crate::entry::{Definitions, Function};
use crate::language::Language;
use crate::literal::Default;
use crate::mistake::Mistake;
use crate::passage::Passage;
use crate::signature::{DOCUMENT, Declared, Signature};
use crate::tags::{ParameterTag, ReturnsTag, Tags};
use crate::tree::{Node, Tree};
use crate::types::Written;

/// Reads tags and signature.
pub(crate) fn read(tree: &Tree<'_>) -> Result<(Tags, Signature), Mistake> {
    let mut tags = Tags::default();
    let statements = tree.root().children();
    let mut prose = None;
    if let Some(passage) = docstring(&statements) {
        prose = read_docstring(&passage, &mut tags)?;
    }
    let definitions = definitions(&statements, &mut tags)?;
    let entry = definitions.entry(Language::Python, tree, &tags)?;
    if let Some(body) = entry.node.field("body")
        && let Some(passage) = docstring(&body.children())
    {
        let own = read_docstring(&passage, &mut tags)?;
        prose = prose.or(own);
    }
    let signature = signature(entry, &tags, prose)?;
    Ok((tags, signature))
}

fn definitions<'t>(statements: &[Node<'t>], tags: &mut Tags) -> Result<Definitions<'t>, Mistake> {
    let mut definitions = Definitions::default();
    let mut comments = Vec::new();
    let mut mark: Option<Node<'t>> = None;
    for &statement in statements {
        if statement.kind() == "comment" {
            if read_comment(statement, tags)? {
                mark = Some(statement);
            }
            comments.push(statement);
            continue;
        }
        let definition = match statement.kind() {
            "decorated_definition" => statement.field("definition"),
            _ => Some(statement),
        };
        let name = definition.and_then(|definition| definition.field("name"));
        match (definition.map(Node::kind), definition, name) {
            (Some("function_definition"), Some(node), Some(name)) => {
                // Behind the colon, in the line of the def.
                for part in node.children() {
                    if part.kind() == "comment" && !part.is_indented() && read_comment(part, tags)?
                    {
                        mark = Some(part);
                    }
                }
                definitions.functions.push(Function {
                    name,
                    node,
                    comments: std::mem::take(&mut comments),
                    marked: mark.take().is_some(),
                });
            }
            (Some("class_definition"), _, Some(name)) => definitions.others.push(name),
            (Some("expression_statement"), Some(node), _) => {
                let assignments = node
                    .parts()
                    .into_iter()
                    .filter(|n| n.kind() == "assignment");
                definitions
                    .others
                    .extend(assignments.filter_map(|assignment| assignment.field("left")));
            }
            _ => {}
        }
        comments.clear();
        if let Some(mark) = mark {
            return Err(no_function(mark));
        }
    }
    match mark {
        Some(mark) => Err(no_function(mark)),
        None => Ok(definitions),
    }
}

/// Reads the pairs of a comment. True when it marks a function.
fn read_comment(comment: Node<'_>, tags: &mut Tags) -> Result<bool, Mistake> {
    let passage = Passage::of(comment.source(), comment.range());
    match doc::pairs_in_comment(&passage.text()[1..]) {
        Some(pairs) => tags.read_pairs(&passage, 1 + pairs..passage.text().len()),
        None => Ok(false),
    }
}

fn no_function(mark: Node<'_>) -> Mistake {
    mark.mistake(
        "the mark stands above no function",
        "Write it directly above the def of the function to call, or above its decorators.",
    )
}

/// The docstring that some statements begin with.
fn docstring<'t>(statements: &[Node<'t>]) -> Option<Passage<'t>> {
    let first = statements.iter().find(|node| node.kind() != "comment")?;
    match (first.kind(), &first.parts()[..]) {
        ("expression_statement", [string]) => Some(string::decode(*string)?.passage),
        _ => None,
    }
}

/// Reads the tags of a docstring, and answers the rest.
fn read_docstring(passage: &Passage<'_>, tags: &mut Tags) -> Result<Option<String>, Mistake> {
    if let Some(offset) = passage.text().find('\0') {
        let hint = "Remove it: it can't be stored.";
        return Err(passage.mistake(offset, "a NUL character in a docstring", hint));
    }
    let is_tag = |word: &str| word == "@udf" || word.starts_with("@quidditch.");
    let doc = doc::read(passage, Reach::Indented, is_tag);
    let text = passage.text();
    for tag in doc.tags {
        match &text[tag.word.clone()] {
            "@udf" | "@quidditch.udf" => {
                let colon = usize::from(text[tag.body.clone()].starts_with(':'));
                if tags.read_pairs(passage, tag.body.start + colon..tag.body.end)? {
                    return Err(passage.mistake(
                        tag.word.start,
                        "a docstring doesn't stand above a function",
                        "Write entry=name with the function's name.",
                    ));
                }
            }
            "@quidditch.param" => {
                let tag = parameter_tag(passage, tag.body)?;
                tags.add_parameter(passage.source(), tag)?;
            }
            "@quidditch.returns" | "@quidditch.return" => {
                let tag = returns_tag(passage, tag.body)?;
                tags.set_returns(passage.source(), tag)?;
            }
            unknown => {
                return Err(passage.mistake(
                    tag.word.start,
                    format!("unknown tag {unknown}"),
                    "The tags are @quidditch.udf, @quidditch.param and @quidditch.returns.",
                ));
            }
        }
    }
    Ok(doc.prose)
}

/// `query: str - Text to compare with`
fn parameter_tag(passage: &Passage<'_>, body: Range<usize>) -> Result<ParameterTag, Mistake> {
    const FORM: &str = "Write @quidditch.param name: type - description.";
    let (start, text) = trimmed(passage, body);
    let Some((name, rest)) = text.split_once(':') else {
        return Err(passage.mistake(start, "the tag has no name and type", FORM));
    };
    let name = name.trim_end();
    if name.is_empty() || name.contains(char::is_whitespace) {
        return Err(passage.mistake(start, format!("{name:?} is no parameter's name"), FORM));
    }
    let (ty, description) = type_and_description(rest);
    let type_place = start + text.len() - rest.trim_start().len();
    if let Some((ty, default)) = ty.split_once('=') {
        let message = format!("a default in the tag of {name}");
        let hint = format!(
            "Write it in the signature: {name}: {} = {}.",
            ty.trim(),
            default.trim()
        );
        return Err(passage.mistake(type_place, message, hint));
    }
    Ok(ParameterTag {
        name: name.to_owned(),
        written: written(passage, ty, type_place)?,
        optional: false,
        default: None,
        description: doc::description(description),
        place: passage.place(start),
    })
}

/// `bool - True if close enough`
fn returns_tag(passage: &Passage<'_>, body: Range<usize>) -> Result<ReturnsTag, Mistake> {
    let (start, text) = trimmed(passage, body);
    let (ty, description) = type_and_description(text);
    Ok(ReturnsTag {
        written: written(passage, ty, start)?,
        description: doc::description(description),
        place: passage.place(start),
    })
}

/// A tag's body without the space around it, and without a colon after the tag's word.
fn trimmed<'p>(passage: &'p Passage<'_>, body: Range<usize>) -> (usize, &'p str) {
    let text = &passage.text()[body.clone()];
    let rest = text.strip_prefix(':').unwrap_or(text).trim_start();
    (body.end - rest.len(), rest.trim_end())
}

/// Splits at the first dash that stands by itself.
fn type_and_description(text: &str) -> (&str, &str) {
    let dash = text.char_indices().find(|(i, c)| {
        let before = text[..*i].chars().next_back();
        let after = text[i + c.len_utf8()..].chars().next();
        matches!(c, '-' | '–' | '—')
            && before.is_none_or(char::is_whitespace)
            && after.is_none_or(char::is_whitespace)
    });
    match dash {
        Some((i, c)) => (text[..i].trim(), &text[i + c.len_utf8()..]),
        None => (text.trim(), ""),
    }
}

fn written(passage: &Passage<'_>, ty: &str, offset: usize) -> Result<Option<Written>, Mistake> {
    if ty.is_empty() {
        return Ok(None);
    }
    Written::parse(ty).map(Some).ok_or_else(|| {
        passage.mistake(
            offset,
            format!("{ty:?} is no type"),
            "The types are str, int, float and bool, or Optional[str] and the like; a description follows after \" - \".",
        )
    })
}

fn signature(
    entry: &Function<'_>,
    tags: &Tags,
    prose: Option<String>,
) -> Result<Signature, Mistake> {
    let name = entry.name.text();
    if entry.node.has_word("async") {
        let message = format!("{name} is async, but there is nothing to wait for in a UDF");
        return Err(entry
            .name
            .mistake(message, format!("Write def {name}, without async.")));
    }
    if let Some(body) = entry.node.field("body")
        && body.contains(
            "yield",
            &["function_definition", "lambda", "class_definition"],
        )
    {
        let message = format!("{name} is a generator, but a UDF returns one value");
        return Err(entry
            .name
            .mistake(message, "Write return instead of yield."));
    }
    let mut parameters = Vec::new();
    if let Some(list) = entry.node.field("parameters") {
        if let Some(mistake) = list.first_error() {
            return Err(mistake);
        }
        for part in list.parts() {
            if part.kind() != "keyword_separator" && !is_document(part, tags) {
                parameters.push(parameter(name, part)?);
            }
        }
    }
    let returns = match entry.node.field("return_type") {
        Some(ty) => Some(annotation::read(
            ty,
            "Write -> bool: the types are str, int, float and bool.",
        )?),
        None => None,
    };
    Ok(Signature {
        function: name.to_owned(),
        call: Call::Named,
        parameters,
        returns,
        place: entry.name.start(),
        prose,
    })
}

/// Whether a parameter is given the document: `doc` or `doc: dict`, unless a tag says that it is another.
fn is_document(part: Node<'_>, tags: &Tags) -> bool {
    let name = match part.kind() {
        "typed_parameter" if part.field("type").is_some_and(|ty| ty.text() == "dict") => {
            part.parts().first().copied()
        }
        "identifier" => Some(part),
        _ => None,
    };
    name.is_some_and(|name| name.text() == DOCUMENT)
        && !tags.parameters.iter().any(|tag| tag.name == DOCUMENT)
}

fn parameter(function: &str, part: Node<'_>) -> Result<Declared, Mistake> {
    let name = part
        .field("name")
        .or_else(|| match part.kind() {
            "typed_parameter" => part.parts().first().copied(),
            _ => Some(part),
        })
        .unwrap_or(part);
    let reason = match name.kind() {
        "identifier" => None,
        "list_splat_pattern" => Some("takes any number of arguments"),
        "dictionary_splat_pattern" => Some("takes arguments of any name"),
        "positional_separator" => Some("makes parameters before it positional"),
        _ => Some("is no name"),
    };
    if let Some(reason) = reason {
        let message = format!("{} {reason}", name.text());
        let hint = format!(
            "{function} is called by the names of its parameters: write each as name: type."
        );
        return Err(name.mistake(message, hint));
    }
    let written = match part.field("type") {
        Some(ty) => {
            let hint = format!(
                "Write {}: str; the types are str, int, float and bool, or Optional[str] and the like.",
                name.text()
            );
            Some(annotation::read(ty, &hint)?)
        }
        None => None,
    };
    let default = part
        .field("value")
        .map(|value| literal::read(value).map_or(Default::Expression, Default::Literal));
    Ok(Declared {
        name: name.text().to_owned(),
        written,
        default,
        place: name.start(),
    })
}
