//! A function's signature, as both languages give it, and the tags held against it.

use std::collections::HashSet;

use quidditch_query::nearest;
use serde_json::{Map, Value};

use crate::description::{Call, Description, Parameter, Returns};
use crate::language::Language;
use crate::literal::{Default, Literal};
use crate::mistake::Mistake;
use crate::source::Source;
use crate::tags::{ParameterTag, Tags};
use crate::types::{Type, Written};

/// The longest name of a parameter, and of a UDF, in bytes.
const LONGEST_NAME: usize = 63;

/// A parameter of this name is the document, which the function is given and the query isn't.
pub(crate) const DOCUMENT: &str = "doc";

/// Most parameters a UDF can have.
pub(crate) const MOST_PARAMETERS: usize = 100;

pub(crate) struct Signature {
    pub(crate) function: String,
    pub(crate) call: Call,
    pub(crate) parameters: Vec<Declared>,
    pub(crate) returns: Option<Written>,
    /// Where the function stands.
    pub(crate) place: usize,
    /// What is said of the UDF besides tags.
    pub(crate) prose: Option<String>,
}

pub(crate) struct Declared {
    pub(crate) name: String,
    pub(crate) written: Option<Written>,
    pub(crate) default: Option<Default>,
    pub(crate) place: usize,
}

/// How a language writes what a hint recommends.
struct Notation {
    language: Language,
}

impl Notation {
    fn parameter(&self, name: &str, ty: &str) -> String {
        match self.language {
            Language::Python => format!("{name}: {}", self.name(ty)),
            Language::JavaScript => format!("@param {{{}}} {name}", self.name(ty)),
        }
    }

    fn name<'a>(&self, ty: &'a str) -> &'a str {
        match (self.language, ty) {
            (Language::Python, "string") => "str",
            (Language::Python, "i64") => "int",
            (Language::Python, "f64") => "float",
            (Language::JavaScript, "i64") => "integer",
            (Language::JavaScript, "f64") => "number",
            (Language::JavaScript, "bool") => "boolean",
            (_, ty) => ty,
        }
    }

    fn types(&self) -> String {
        ["string", "i64", "f64", "bool"]
            .map(|ty| self.name(ty))
            .join(", ")
    }

    fn returns(&self, ty: &str) -> String {
        match self.language {
            Language::Python => format!("-> {}", self.name(ty)),
            Language::JavaScript => format!("@returns {{{}}}", self.name(ty)),
        }
    }
}

/// Makes a description of what tags and signature say together.
pub(crate) fn describe(
    language: Language,
    source: &Source<'_>,
    tags: Tags,
    signature: Signature,
) -> Result<Description, Mistake> {
    let notation = Notation { language };
    if let Some(declared) = signature.parameters.get(MOST_PARAMETERS) {
        let message = format!(
            "{} has {} parameters, more than {MOST_PARAMETERS}",
            signature.function,
            signature.parameters.len()
        );
        return Err(source.mistake(declared.place, message, "Take some together."));
    }
    if let Some(tag) = tags
        .parameters
        .iter()
        .find(|tag| !signature.parameters.iter().any(|p| p.name == tag.name))
    {
        return Err(unknown_parameter(source, tag, &signature));
    }
    let mut names = HashSet::new();
    let mut parameters = Vec::with_capacity(signature.parameters.len());
    for declared in &signature.parameters {
        check_parameter_name(source, declared)?;
        if !names.insert(declared.name.as_str()) {
            let message = format!("parameter {} is there twice", declared.name);
            return Err(source.mistake(declared.place, message, "Rename one of them."));
        }
        let tag = tags.parameters.iter().find(|tag| tag.name == declared.name);
        parameters.push(parameter(source, &notation, declared, tag)?);
    }
    let returns = returns(source, &notation, &tags, &signature)?;
    if let Some((name, place)) = tags.get("name")
        && !is_name(name)
    {
        let hint = "A name is 1 to 63 ASCII letters, digits, \"_\", \"-\" and \".\", and begins with a letter or \"_\".";
        return Err(source.mistake(place, format!("invalid name {name:?}"), hint));
    }
    if let Some((version, place)) = tags.get("version")
        && let Err(error) = semver::Version::parse(version)
    {
        let message = format!("invalid version {version:?}: {error}");
        let hint =
            "Versions follow semantic versioning: major.minor.patch, as in 1.0.0 or 2.1.0-beta.1.";
        return Err(source.mistake(place, message, hint));
    }
    Ok(Description {
        language,
        name: tags.text("name"),
        version: tags.text("version"),
        call: signature.call,
        description: tags.text("description").or(signature.prose),
        author: tags.text("author"),
        category: tags.text("category"),
        tags: tags.list("tags").unwrap_or_default(),
        license: tags.text("license"),
        repository: tags.text("repository"),
        parameters,
        returns,
        permissions: tags.list("permissions"),
        limits: limits(&tags),
        pool_size: pool_size(source, &tags)?,
        expected_latency: tags.text("expected_latency"),
        free: tags.free(),
        function: signature.function,
    })
}

fn unknown_parameter(source: &Source<'_>, tag: &ParameterTag, signature: &Signature) -> Mistake {
    let names = || signature.parameters.iter().map(|p| p.name.as_str());
    let mut message = format!("{} has no parameter {:?}", signature.function, tag.name);
    if let Some(near) = nearest(&tag.name, names()) {
        message += &format!(", did you mean {near:?}?");
    }
    let hint = match names().collect::<Vec<_>>()[..] {
        [] => "It has no parameters: write them in the signature.".into(),
        ref names => format!("Its parameters: {}.", names.join(", ")),
    };
    source.mistake(tag.place, message, hint)
}

fn check_parameter_name(source: &Source<'_>, declared: &Declared) -> Result<(), Mistake> {
    let name = &declared.name;
    let is_plain = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    if is_plain && is_name(name) {
        return Ok(());
    }
    Err(source.mistake(
        declared.place,
        format!("{name:?} can't be the name of a parameter"),
        "Rename it: a parameter is 1 to 63 ASCII letters, digits and \"_\", and doesn't begin with a digit.",
    ))
}

fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'))
        && name.len() <= LONGEST_NAME
}

fn parameter(
    source: &Source<'_>,
    notation: &Notation,
    declared: &Declared,
    tag: Option<&ParameterTag>,
) -> Result<Parameter, Mistake> {
    let name = &declared.name;
    let tagged = tag.and_then(|tag| tag.written);
    let own = match &declared.default {
        Some(Default::Literal(literal)) => Some(literal),
        _ => None,
    };
    let ty = match (declared.written.map(|written| written.ty), tagged) {
        (Some(here), Some(there)) => here.common(there.ty).ok_or_else(|| {
            let message = format!(
                "the tag says that {name} is {}, the signature says {}",
                notation.name(there.ty.name()),
                notation.name(here.name())
            );
            let place = tag.map_or(declared.place, |tag| tag.place);
            source.mistake(
                place,
                message,
                "Let both say the same, or leave the type of one out.",
            )
        })?,
        (Some(ty), None) => ty,
        (None, Some(written)) => written.ty,
        (None, None) => {
            let stated = tag.and_then(|tag| tag.default.as_ref());
            own.or(stated).and_then(Literal::ty).ok_or_else(|| {
                let message = format!("the type of parameter {name} isn't said");
                let hint = format!(
                    "Write {}; the types are {}.",
                    notation.parameter(name, "string"),
                    notation.types()
                );
                source.mistake(declared.place, message, hint)
            })?
        }
    };
    let stated = tag.and_then(|tag| tag.default.as_ref().map(|default| (default, tag.place)));
    for (literal, place) in own
        .map(|own| (own, declared.place))
        .into_iter()
        .chain(stated)
    {
        if !literal.fits(ty) {
            let shown = literal
                .ty()
                .and_then(|ty| literal.json(ty))
                .map_or_else(|| "that".into(), |value| value.to_string());
            let message = format!(
                "the default of {name} is {shown}, which is no {}",
                notation.name(ty.name())
            );
            let hint = match literal.ty().filter(|other| other.common(ty).is_none()) {
                Some(other) => format!(
                    "Give it another default, or another type: {}.",
                    notation.parameter(name, other.name())
                ),
                None => "Give it a default in the range of its type.".into(),
            };
            return Err(source.mistake(place, message, hint));
        }
    }
    if let (Some(own), Some((stated, place))) = (own, stated)
        && own.json(ty) != stated.json(ty)
    {
        let show = |literal: &Literal| literal.json(ty).unwrap_or(Value::Null).to_string();
        let message = format!(
            "the tag says that the default of {name} is {}, the signature says {}",
            show(stated),
            show(own)
        );
        return Err(source.mistake(
            place,
            message,
            format!("Write [{name}], without a default."),
        ));
    }
    let default = own.or(stated.map(|(stated, _)| stated));
    let optional = declared.default.is_some()
        || stated.is_some()
        || declared.written.is_some_and(|written| written.optional)
        || tag.is_some_and(|tag| tag.optional || tag.written.is_some_and(|w| w.optional));
    Ok(Parameter {
        name: name.clone(),
        ty,
        required: !optional,
        default: default.and_then(|literal| literal.json(ty)),
        description: tag.and_then(|tag| tag.description.clone()),
    })
}

fn returns(
    source: &Source<'_>,
    notation: &Notation,
    tags: &Tags,
    signature: &Signature,
) -> Result<Returns, Mistake> {
    let function = &signature.function;
    let tag = tags.returns.as_ref();
    let tagged = tag.and_then(|tag| tag.written);
    let place = tag.map_or(signature.place, |tag| tag.place);
    let written = match (signature.returns, tagged) {
        (Some(here), Some(there)) if here.ty != there.ty => {
            let message = format!(
                "the tag says that {function} returns {}, the signature says {}",
                notation.name(there.ty.name()),
                notation.name(here.ty.name())
            );
            let hint = "Let both say the same, or leave the type of one out.";
            return Err(source.mistake(place, message, hint));
        }
        (Some(written), _) | (None, Some(written)) => written,
        (None, None) if function == "filter" => Written {
            ty: Type::Bool,
            optional: false,
        },
        (None, None) => {
            let message = format!("what {function} returns isn't said");
            let hint = format!(
                "Write {}; the types are {}.",
                notation.returns("bool"),
                notation.types()
            );
            return Err(source.mistake(signature.place, message, hint));
        }
    };
    if written.optional || tagged.is_some_and(|written| written.optional) {
        let message = format!("{function} may return nothing, but a UDF always returns a value");
        let hint = format!("Write {}.", notation.returns(written.ty.name()));
        return Err(source.mistake(place, message, hint));
    }
    if let wide @ ("i64" | "f64") = match written.ty {
        Type::I32 => "i64",
        Type::F32 => "f64",
        _ => "",
    } {
        let message = format!("{} returns no {}", notation.language, written.ty);
        let hint = format!("Write {}.", notation.returns(wide));
        return Err(source.mistake(place, message, hint));
    }
    Ok(Returns {
        ty: written.ty,
        description: tag.and_then(|tag| tag.description.clone()),
    })
}

/// Limits: whole numbers as numbers, others as text with a unit.
fn limits(tags: &Tags) -> Map<String, Value> {
    let keys = ["max_memory", "max_execution_time", "max_stack"];
    let given = keys.iter().filter_map(|key| {
        let (value, _) = tags.get(key)?;
        let value = value
            .parse::<i64>()
            .map_or_else(|_| value.into(), Value::from);
        Some(((*key).into(), value))
    });
    given.collect()
}

fn pool_size(source: &Source<'_>, tags: &Tags) -> Result<Option<i64>, Mistake> {
    let Some((value, place)) = tags.get("pool_size") else {
        return Ok(None);
    };
    match value.parse() {
        Ok(size @ 0..=1000) => Ok(Some(size)),
        _ => Err(source.mistake(
            place,
            format!("pool_size is {value:?}"),
            "Write a whole number from 0 to 1000.",
        )),
    }
}
