//! A function's body: `name@version#export`, where `#export` and `@version` may be left out, or a module as
//! base64 or WAT text, with `#export` behind it or not.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use quidditch_sandbox::Sandbox;

use crate::report::{Code, Report};
use crate::udf::{metadata, register, version};

/// How every module begins in base64: `\0asm`.
const MAGIC: &str = "AGFzbQ";

/// The longest reference; what is longer is none.
pub const LONGEST_REFERENCE: usize = 1000;

/// The export that is called when nothing is said, as in the metadata of a UDF.
pub const DEFAULT_EXPORT: &str = "filter";

pub enum Body<'s> {
    Reference(Reference<'s>),
    Module(Source<'s>),
}

/// A UDF of the catalog.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reference<'s> {
    pub name: &'s str,
    pub version: Option<&'s str>,
    pub export: Option<&'s str>,
}

/// A module in the body itself.
pub struct Source<'s> {
    text: &'s str,
    pub export: Option<&'s str>,
}

impl<'s> Body<'s> {
    pub fn parse(source: &'s str) -> Result<Self, Report> {
        if carries_code(source) {
            return Ok(Body::Module(Source::new(source.trim())));
        }
        Reference::parse(source).map(Body::Reference)
    }
}

/// Whether a body is a module of its own, if it is anything.
pub fn carries_code(source: &str) -> bool {
    let start = source.trim_start();
    start.starts_with(['(', ';']) || start.starts_with(MAGIC)
}

impl<'s> Reference<'s> {
    pub fn parse(source: &'s str) -> Result<Self, Report> {
        let wrong = |what: Report| {
            Report::new(
                Code::ERRCODE_INVALID_FUNCTION_DEFINITION,
                format!("invalid function body: {what}"),
            )
            .hint("The body is name@version of a UDF, a module in base64, or WAT text; #export may follow.")
        };
        let text = source.trim();
        if text.len() > LONGEST_REFERENCE {
            return Err(wrong(Report::invalid(
                "it is no module, and too long for a name",
            )));
        }
        let (text, export) = with_export(text);
        let (name, version) = match text.split_once('@') {
            Some((name, version)) => (name, Some(version)),
            None => (text, None),
        };
        metadata::check_name(name).map_err(wrong)?;
        if let Some(version) = version {
            version::parse(version).map_err(wrong)?;
        }
        if export == Some("") {
            return Err(wrong(Report::invalid("nothing behind the #")));
        }
        Ok(Reference {
            name,
            version,
            export,
        })
    }
}

impl<'s> Source<'s> {
    fn new(text: &'s str) -> Self {
        // In WAT a # may be part of names and comments: one behind the last parenthesis is neither.
        let end = match text.starts_with(MAGIC) {
            true => 0,
            false => text.rfind(')').map_or(text.len(), |at| at + 1),
        };
        let (rest, export) = match text[end..].trim_start() {
            behind if end == 0 || behind.starts_with('#') => with_export(&text[end..]),
            _ => (&text[end..], None),
        };
        Source {
            text: &text[..end + rest.len()],
            export,
        }
    }

    /// The binary module.
    pub fn module(&self) -> Result<Vec<u8>, Report> {
        let wrong = |what: String| Report::invalid(format!("invalid module: {what}"));
        let bytes = if self.text.starts_with(MAGIC) {
            let compact: String = self.text.split_ascii_whitespace().collect();
            STANDARD
                .decode(compact)
                .map_err(|error| wrong(format!("base64: {error}")))?
        } else {
            self.text.as_bytes().to_vec()
        };
        register::check_size(&bytes)?;
        Sandbox::assemble(&bytes).map_err(register::refused)
    }
}

fn with_export(text: &str) -> (&str, Option<&str>) {
    match text.split_once('#') {
        Some((rest, export)) => (rest.trim_end(), Some(export.trim())),
        None => (text, None),
    }
}
