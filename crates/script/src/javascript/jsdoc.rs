//! JSDoc blocks.

use std::ops::Range;

use super::literal;
use crate::doc::{self, Reach};
use crate::language::Language;
use crate::literal::Literal;
use crate::mistake::Mistake;
use crate::passage::Passage;
use crate::source::Source;
use crate::tags::{ParameterTag, ReturnsTag, Tags};
use crate::tree::{Node, Tree};
use crate::types::{Type, Written};

/// Whether a comment is a block, `/** … */`.
pub(crate) fn is_block(comment: Node<'_>) -> bool {
    let text = comment.text();
    text.starts_with("/**") && text.len() > "/**/".len()
}

/// The block without its stars.
pub(crate) fn passage(block: Node<'_>) -> Passage<'_> {
    let text = block.text();
    let inner = text.strip_suffix("*/").unwrap_or(text);
    let mut passage = Passage::new(block.source());
    let mut at = "/**".len();
    for (i, line) in inner[at..].split('\n').enumerate() {
        let content = match i {
            0 => line,
            _ => {
                passage.push("\n", block.start() + at - 1);
                line.trim_start().strip_prefix('*').unwrap_or(line)
            }
        };
        passage.push(content, block.start() + at + line.len() - content.len());
        at += line.len() + 1;
    }
    passage
}

fn tags_of(passage: &Passage<'_>) -> doc::Doc {
    doc::read(passage, Reach::NextTag, |word| word.len() > 1)
}

fn is_udf(word: &str) -> bool {
    matches!(word, "@udf" | "@quidditch.udf")
}

/// Whether a block has an `@udf` tag, and so is about the UDF wherever it stands.
pub(crate) fn describes_udf(passage: &Passage<'_>) -> bool {
    let tags = tags_of(passage).tags;
    tags.iter()
        .any(|tag| is_udf(&passage.text()[tag.word.clone()]))
}

/// Whether an `@udf` tag has the word `entry`.
pub(crate) fn marks_entry(passage: &Passage<'_>) -> Result<bool, Mistake> {
    let mut marks = false;
    for tag in tags_of(passage).tags {
        if is_udf(&passage.text()[tag.word.clone()]) {
            marks |= Tags::default().read_pairs(passage, after_colon(passage, tag.body))?;
        }
    }
    Ok(marks)
}

/// Reads the tags of a block, and answers what it says besides.
pub(crate) fn read(passage: &Passage<'_>, tags: &mut Tags) -> Result<Option<String>, Mistake> {
    let doc = tags_of(passage);
    let source = passage.source();
    let text = passage.text();
    for tag in doc.tags {
        let word = &text[tag.word.clone()];
        match word.strip_prefix("@quidditch.").or(word.strip_prefix('@')) {
            Some("udf") => {
                tags.read_pairs(passage, after_colon(passage, tag.body))?;
            }
            Some("param" | "arg" | "argument") => {
                if let Some(name) = object(passage, tag.body.clone()) {
                    tags.objects.push(name.to_owned());
                } else {
                    tags.add_parameter(source, parameter(passage, tag.body)?)?;
                }
            }
            Some("returns" | "return") => {
                let (start, body) = trimmed(passage, tag.body);
                let (ty, rest) = type_in_braces(passage, start, body)?;
                let returns = ReturnsTag {
                    written: written(passage, start, ty)?,
                    description: doc::description(rest),
                    place: passage.place(start),
                };
                tags.set_returns(source, returns)?;
            }
            Some(key @ ("version" | "author" | "license" | "description" | "category")) => {
                let (start, _) = trimmed(passage, tag.body.clone());
                if let Some(value) = doc::description(&text[tag.body]) {
                    tags.say(source, key, &value, passage.place(start))?;
                }
            }
            _ if word.starts_with("@quidditch.") => {
                return Err(passage.mistake(
                    tag.word.start,
                    format!("unknown tag {word}"),
                    "The tags are @udf, @param and @returns.",
                ));
            }
            // Others are for other tools.
            _ => {}
        }
    }
    Ok(doc.prose)
}

fn after_colon(passage: &Passage<'_>, body: Range<usize>) -> Range<usize> {
    let colon = passage.text()[body.clone()].starts_with(':');
    body.start + usize::from(colon)..body.end
}

fn trimmed<'p>(passage: &'p Passage<'_>, body: Range<usize>) -> (usize, &'p str) {
    let rest = passage.text()[body.clone()].trim_start();
    (body.end - rest.len(), rest.trim_end())
}

/// The name in `{Object} params`, a tag above those of the properties.
fn object<'p>(passage: &'p Passage<'_>, body: Range<usize>) -> Option<&'p str> {
    let (_, text) = trimmed(passage, body);
    let (ty, rest) = text.strip_prefix('{')?.split_once('}')?;
    if !matches!(ty.trim(), "Object" | "object") {
        return None;
    }
    rest.split_whitespace().next()
}

/// `{number} [threshold=2] - Largest edit distance`
fn parameter(passage: &Passage<'_>, body: Range<usize>) -> Result<ParameterTag, Mistake> {
    const FORM: &str = "Write @param {type} name - description, or [name=default].";
    let (start, text) = trimmed(passage, body);
    let (ty, rest) = type_in_braces(passage, start, text)?;
    let offset = start + text.len() - rest.len();
    let written = written(passage, start, ty)?;
    let (name, default, description) = match rest.strip_prefix('[') {
        Some(inner) => {
            let Some(length) = closing(inner, '[', ']') else {
                return Err(passage.mistake(offset, "the tag has no closing ]", FORM));
            };
            let (name, default) = match inner[..length].split_once('=') {
                Some((name, default)) => (name, Some(default.trim())),
                None => (&inner[..length], None),
            };
            (name.trim(), default, &inner[length + 1..])
        }
        None => {
            let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
            (&rest[..end], None, &rest[end..])
        }
    };
    let optional = rest.starts_with('[');
    // The properties of a destructured parameter are written params.query.
    let name = name.rsplit('.').next().unwrap_or(name);
    if name.is_empty() || name.contains(char::is_whitespace) {
        return Err(passage.mistake(offset, "the tag has no parameter's name", FORM));
    }
    let default = match default {
        Some(default) => Some(stated_default(default, written).ok_or_else(|| {
            passage.mistake(
                offset,
                format!("{default:?} is no default that can be read"),
                format!("Write a literal, or [{name}] alone."),
            )
        })?),
        None => None,
    };
    Ok(ParameterTag {
        name: name.to_owned(),
        written,
        optional,
        default,
        description: doc::description(description),
        place: passage.place(offset),
    })
}

/// Splits `{type} rest`.
fn type_in_braces<'p>(
    passage: &Passage<'_>,
    start: usize,
    text: &'p str,
) -> Result<(Option<&'p str>, &'p str), Mistake> {
    let Some(inner) = text.strip_prefix('{') else {
        return Ok((None, text));
    };
    match closing(inner, '{', '}') {
        Some(length) => Ok((Some(&inner[..length]), inner[length + 1..].trim_start())),
        None => Err(passage.mistake(start, "the tag has no closing }", "Write {type}.")),
    }
}

/// Where the bracket closes that is open.
fn closing(text: &str, open: char, close: char) -> Option<usize> {
    let mut depth = 0usize;
    text.char_indices().find_map(|(i, c)| {
        if c == open {
            depth += 1;
        } else if c == close {
            if depth == 0 {
                return Some(i);
            }
            depth -= 1;
        }
        None
    })
}

fn written(
    passage: &Passage<'_>,
    offset: usize,
    ty: Option<&str>,
) -> Result<Option<Written>, Mistake> {
    let Some(ty) = ty else { return Ok(None) };
    Written::parse(ty).map(Some).ok_or_else(|| {
        passage.mistake(
            offset,
            format!("{:?} is no type of a UDF's", ty.trim()),
            "The types are {string}, {number}, {integer} and {boolean}.",
        )
    })
}

/// A default in a tag: a literal, or for a string any text.
fn stated_default(text: &str, written: Option<Written>) -> Option<Literal> {
    let is_string = written.is_some_and(|written| written.ty == Type::String);
    if is_string && !text.starts_with(['"', '\'', '`']) && !matches!(text, "null" | "undefined") {
        return Some(Literal::Text(text.to_owned()));
    }
    let expression = format!("({text})");
    let source = Source::new(&expression).ok()?;
    let tree = Tree::parse(Language::JavaScript, &source, &mut || true).ok()?;
    match tree.root().parts()[..] {
        [statement] if statement.kind() == "expression_statement" => match statement.parts()[..] {
            [expression] => literal::read(expression),
            _ => None,
        },
        _ => None,
    }
}
