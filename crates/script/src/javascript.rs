//! JavaScript: JSDoc blocks, comments and the signature of the entry function.

mod jsdoc;
mod literal;
mod string;

use crate::description::Call;
use crate::doc;
use crate::entry::{Definitions, Function};
use crate::language::Language;
use crate::literal::Default;
use crate::mistake::Mistake;
use crate::passage::Passage;
use crate::signature::{DOCUMENT, Declared, Signature};
use crate::tags::Tags;
use crate::tree::{Node, Tree};

/// Reads tags and signature.
pub(crate) fn read(tree: &Tree<'_>) -> Result<(Tags, Signature), Mistake> {
    let mut tags = Tags::default();
    let statements = tree.root().children();
    // Blocks that say something of the UDF, wherever they stand.
    let mut blocks = Vec::new();
    let definitions = definitions(&statements, &mut tags, &mut blocks)?;
    let entry = definitions.entry(Language::JavaScript, tree, &tags)?;
    let own = entry
        .comments
        .iter()
        .rev()
        .find(|node| jsdoc::is_block(**node));
    if let Some(own) = own
        && !blocks
            .iter()
            .any(|block: &Node<'_>| block.range() == own.range())
    {
        blocks.push(*own);
    }
    let mut prose = None;
    for block in blocks {
        let said = jsdoc::read(&jsdoc::passage(block), &mut tags)?;
        prose = prose.or(said);
    }
    let signature = signature(entry, &tags, prose)?;
    Ok((tags, signature))
}

fn definitions<'t>(
    statements: &[Node<'t>],
    tags: &mut Tags,
    blocks: &mut Vec<Node<'t>>,
) -> Result<Definitions<'t>, Mistake> {
    let mut definitions = Definitions::default();
    let mut comments = Vec::new();
    let mut mark: Option<Node<'t>> = None;
    for &statement in statements {
        if statement.kind() == "comment" {
            if read_comment(statement, tags, blocks)? {
                mark = Some(statement);
            }
            comments.push(statement);
            continue;
        }
        let before = definitions.functions.len();
        define(statement, &mut definitions)?;
        if let Some(first) = definitions.functions.get_mut(before) {
            first.comments = std::mem::take(&mut comments);
            first.marked = mark.take().is_some();
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

/// Reads the pairs of a comment, and notes a block for later. True when it marks the function below.
fn read_comment<'t>(
    comment: Node<'t>,
    tags: &mut Tags,
    blocks: &mut Vec<Node<'t>>,
) -> Result<bool, Mistake> {
    if jsdoc::is_block(comment) {
        let passage = jsdoc::passage(comment);
        if jsdoc::describes_udf(&passage) {
            blocks.push(comment);
        }
        return jsdoc::marks_entry(&passage);
    }
    if !comment.text().starts_with("//") {
        return Ok(false);
    }
    let passage = Passage::of(comment.source(), comment.range());
    match doc::pairs_in_comment(&passage.text()[2..]) {
        Some(pairs) => tags.read_pairs(&passage, 2 + pairs..passage.text().len()),
        None => Ok(false),
    }
}

fn no_function(mark: Node<'_>) -> Mistake {
    mark.mistake(
        "the mark stands above no function",
        "Write it directly above the function to call.",
    )
}

/// Adds what a statement defines.
fn define<'t>(statement: Node<'t>, definitions: &mut Definitions<'t>) -> Result<(), Mistake> {
    match statement.kind() {
        "function_declaration" | "generator_function_declaration" => {
            if let Some(name) = statement.field("name") {
                definitions.add(name, statement);
            }
        }
        "lexical_declaration" | "variable_declaration" => {
            for declarator in statement.parts() {
                if let Some(name) = declarator.field("name") {
                    definitions.add(name, declarator.field("value").unwrap_or(name));
                }
            }
        }
        "expression_statement" => {
            for assignment in statement.parts() {
                if let (Some(name), Some(value)) =
                    (assignment.field("left"), assignment.field("right"))
                {
                    definitions.add(name, value);
                }
            }
        }
        "class_declaration" => definitions.others.extend(statement.field("name")),
        "export_statement" => {
            return Err(statement.mistake(
                "export in a source that runs as a script",
                "Remove the word export (and default): the function is found by its name.",
            ));
        }
        "import_statement" => {
            return Err(statement.mistake(
                "import in a source that runs as a script",
                "Put what it needs into the source: a UDF has no other files.",
            ));
        }
        _ => {}
    }
    Ok(())
}

impl<'t> Definitions<'t> {
    fn add(&mut self, name: Node<'t>, value: Node<'t>) {
        let node = value.without_parentheses();
        match node.kind() {
            "function_declaration"
            | "generator_function_declaration"
            | "function_expression"
            | "generator_function"
            | "arrow_function" => self.functions.push(Function {
                name,
                node,
                comments: Vec::new(),
                marked: false,
            }),
            _ => self.others.push(name),
        }
    }
}

fn signature(
    entry: &Function<'_>,
    tags: &Tags,
    prose: Option<String>,
) -> Result<Signature, Mistake> {
    let name = entry.name.text();
    if entry.node.has_word("async") {
        let message = format!("{name} is async, but there is nothing to wait for in a UDF");
        return Err(entry.name.mistake(message, "Remove the word async."));
    }
    if entry.node.has_word("*") {
        let message = format!("{name} is a generator, but a UDF returns one value");
        return Err(entry
            .name
            .mistake(message, "Remove the * and return the value."));
    }
    let mut list = match (
        entry.node.field("parameters"),
        entry.node.field("parameter"),
    ) {
        (Some(list), _) => {
            if let Some(mistake) = list.first_error() {
                return Err(mistake);
            }
            list.parts()
        }
        (None, only) => only.into_iter().collect(),
    };
    let has_tag = |name: &str| tags.parameters.iter().any(|tag| tag.name == name);
    list.retain(|part| part.kind() != "identifier" || part.text() != DOCUMENT || has_tag(DOCUMENT));
    let (call, parameters) = match list[..] {
        [only] if tags.objects.iter().any(|name| name == only.text()) => {
            let tagged = tags.parameters.iter().map(|tag| Declared {
                name: tag.name.clone(),
                written: None,
                default: None,
                place: tag.place,
            });
            (Call::Object, tagged.collect())
        }
        [only] if pattern(only).is_some() => {
            (Call::Object, properties(pattern(only).unwrap_or(only))?)
        }
        _ => {
            let parameters = list.iter().map(|part| positional(*part));
            (Call::Positional, parameters.collect::<Result<_, _>>()?)
        }
    };
    Ok(Signature {
        function: name.to_owned(),
        call,
        parameters,
        returns: None,
        place: entry.name.start(),
        prose,
    })
}

/// The destructuring pattern that a parameter is, with or without a default.
fn pattern(parameter: Node<'_>) -> Option<Node<'_>> {
    let pattern = match parameter.kind() {
        "assignment_pattern" => parameter.field("left")?,
        _ => parameter,
    };
    (pattern.kind() == "object_pattern").then_some(pattern)
}

/// `query` or `query = "x"`
fn positional(part: Node<'_>) -> Result<Declared, Mistake> {
    match part.kind() {
        "identifier" => Ok(declared(part.text(), part, None)),
        "assignment_pattern" => match (part.field("left"), part.field("right")) {
            (Some(name), Some(value)) if name.kind() == "identifier" => {
                Ok(declared(name.text(), name, Some(value)))
            }
            _ => Err(no_name(part)),
        },
        _ => Err(no_name(part)),
    }
}

/// The parameters in `{query, threshold = 2, field: name = "title"}`
fn properties(pattern: Node<'_>) -> Result<Vec<Declared>, Mistake> {
    let property = |part: Node<'_>| match part.kind() {
        "shorthand_property_identifier_pattern" => Ok(declared(part.text(), part, None)),
        "object_assignment_pattern" => match (part.field("left"), part.field("right")) {
            (Some(name), Some(value)) if name.kind() == "shorthand_property_identifier_pattern" => {
                Ok(declared(name.text(), name, Some(value)))
            }
            _ => Err(no_name(part)),
        },
        "pair_pattern" => {
            let (Some(key), Some(value)) = (part.field("key"), part.field("value")) else {
                return Err(no_name(part));
            };
            let name = match key.kind() {
                "property_identifier" => key.text().to_owned(),
                "string" => string::decode(key).ok_or_else(|| no_name(part))?,
                _ => return Err(no_name(part)),
            };
            let (target, default) = match value.kind() {
                "assignment_pattern" => (value.field("left"), value.field("right")),
                _ => (Some(value), None),
            };
            match target.map(Node::kind) {
                Some("identifier") => Ok(declared(&name, key, default)),
                _ => Err(no_name(part)),
            }
        }
        _ => Err(no_name(part)),
    };
    pattern.parts().into_iter().map(property).collect()
}

fn declared(name: &str, place: Node<'_>, default: Option<Node<'_>>) -> Declared {
    Declared {
        name: name.to_owned(),
        written: None,
        default: default
            .map(|value| literal::read(value).map_or(Default::Expression, Default::Literal)),
        place: place.start(),
    }
}

fn no_name(part: Node<'_>) -> Mistake {
    let what = match part.kind() {
        "rest_pattern" => "a rest parameter takes any number of arguments",
        "object_pattern" => "a pattern beside other parameters",
        _ => "a parameter without a name of its own",
    };
    part.mistake(
        format!("{what}, but a UDF's parameters are passed by name"),
        "Write one pattern, {query, threshold = 2}, or names, query, threshold = 2.",
    )
}
