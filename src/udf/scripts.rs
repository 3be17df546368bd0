//! UDFs that are source text: `register_python`, `register_javascript`. What is stored as their module is the source; a module that comes with the
//! extension interprets it, compiled once for all of its language.

use std::cell::RefCell;
use std::collections::HashMap;

use pgrx::{JsonB, pg_sys};
use quidditch_sandbox::{CallError, Digest, Interpreter, Module, Script};
use quidditch_script::{Description, Language, Mistake};
use serde_json::Value;

use super::metadata::Path;
use super::permissions::GRANTED;
use super::register::{self, Given};
use super::{permissions, registry, runtime};
use crate::arguments::{Arguments, sql_function};
use crate::report::{Code, Report};
use crate::settings;

/// An interpreter as it comes along, and the SHA-256 of it, which build.rs computes.
struct Built(&'static [u8], &'static Digest);

macro_rules! built {
    ($language:literal) => {
        Built(
            include_bytes!(concat!("../../udfs/interpreters/", $language, ".wasm")),
            include_bytes!(concat!(env!("OUT_DIR"), "/", $language, ".sha256")),
        )
    };
}

const PYTHON: Built = built!("python");
const JAVASCRIPT: Built = built!("javascript");

/// What makes an interpreter another one: its language, its stack limit, and permissions that its scripts lack.
type Kind = (&'static str, usize, Vec<&'static str>);

thread_local! {
    static INTERPRETERS: RefCell<HashMap<Kind, Interpreter>> = RefCell::default();
}

sql_function! {
    /// `register_python(source, metadata, name, version)`: registers a UDF by its source, which says the most of it.
    fn quidditch_register_python(arguments) -> Result<Option<JsonB>, Report> {
        register_script(Language::Python, arguments).map(|answer| Some(JsonB(answer)))
    }
}

sql_function! {
    /// `register_javascript(source, metadata, name, version)`: the same for JavaScript.
    fn quidditch_register_javascript(arguments) -> Result<Option<JsonB>, Report> {
        register_script(Language::JavaScript, arguments).map(|answer| Some(JsonB(answer)))
    }
}

fn register_script(language: Language, arguments: &Arguments) -> Result<Value, Report> {
    let source = arguments.required_text(0, "source")?;
    register::check_size(source.as_bytes())?;
    let more = arguments.json(1, "metadata", register::most_metadata())?;
    let (description, metadata) = describe(language, &source, &more)?;
    let said = |argument: usize, found: &Option<String>, what: &str| {
        let given = arguments.text(argument).or_else(|| found.clone());
        given.ok_or_else(|| {
            Report::invalid(format!("the source doesn't say the UDF's {what}"))
                .hint(match language {
                    Language::Python => "Write @quidditch.udf name=… version=… into the first docstring, or give it as an argument.",
                    Language::JavaScript => "Write @udf name=… version=… into the function's /** … */, or give it as an argument.",
                })
        })
    };
    let name = said(2, &description.name, "name")?;
    let version = said(3, &description.version, "version")?;
    register::register(&name, &version, Given::Script(language, &source), &metadata)
}

/// What is to be interpreted of the bytes that metadata goes with: text of a language that is, and no WAT.
pub fn source<'m>(module: &'m [u8], metadata: &Value) -> Option<(Language, &'m str)> {
    let language = language(metadata.get("language")?.as_str()?).ok()?;
    let text = std::str::from_utf8(module).ok()?;
    (!is_wat(text) && !text.contains('\0')).then_some((language, text))
}

/// Whether a text is WebAssembly's, which begins with a parenthesis or a comment.
pub fn is_wat(text: &str) -> bool {
    text.trim_start().starts_with(['(', ';'])
}

/// What the source says of itself, and the metadata that makes with `more`, which goes before it.
pub fn describe(
    language: Language,
    source: &str,
    more: &Value,
) -> Result<(Description, Value), Report> {
    let more = Path::root("metadata").object(more)?;
    let description = parse(language, source)?;
    let mut metadata = description.metadata();
    if let Value::Object(metadata) = &mut metadata {
        metadata.extend(more.clone());
        metadata.insert("language".into(), language.name().into());
        metadata.insert("source".into(), source.into());
    }
    Ok((description, metadata))
}

fn parse(language: Language, source: &str) -> Result<Description, Report> {
    // Asked by a parser that must not be left by a panic, so an interrupt waits until it has stopped.
    // SAFETY: reads a variable of the backend.
    let mut go_on = || unsafe { std::ptr::read_volatile(&raw const pg_sys::InterruptPending) } == 0;
    let described = quidditch_script::describe_while(language, source, &mut go_on);
    pgrx::check_for_interrupts!();
    described.or_else(|mistake| {
        if mistake.is_syntax {
            check_syntax(language, source)?;
        }
        Err(mistaken(language, mistake))
    })
}

/// Fails with what the language itself says of a mistake of syntax, if that is one to it.
fn check_syntax(language: Language, source: &str) -> Result<(), Report> {
    let interpreter = interpreter(language, settings::max_stack(), &[])?;
    runtime::enter()?;
    let script = Script {
        name: "source".into(),
        source: source.into(),
    };
    match interpreter.check(script, &settings::limits()) {
        Err(CallError::Failed { message, detail }) => {
            Err(Report::invalid(format!("{language} source: {message}")).detail(detail))
        }
        _ => Ok(()),
    }
}

fn mistaken(language: Language, mistake: Mistake) -> Report {
    let Mistake {
        message,
        line,
        column,
        hint,
        ..
    } = mistake;
    Report::invalid(format!("{language} source: {message}"))
        .detail(format!("Line {line}, column {column}."))
        .hint(hint)
}

/// The language of a UDF whose row says that it is interpreted.
pub fn language(name: &str) -> Result<Language, Report> {
    [Language::Python, Language::JavaScript]
        .into_iter()
        .find(|language| language.name() == name)
        .ok_or_else(|| {
            let message = format!("there is no interpreter {name:?} in this version of quidditch");
            Report::new(Code::ERRCODE_FEATURE_NOT_SUPPORTED, message)
        })
}

/// The module that runs a source, which may do what `permissions` say.
pub fn module(
    language: Language,
    stack: usize,
    label: &str,
    source: &str,
    permissions: &[String],
) -> Result<Module, Report> {
    let lacking: Vec<_> = GRANTED
        .into_iter()
        .filter(|granted| !permissions.iter().any(|permission| permission == granted))
        .collect();
    let script = Script {
        name: label.into(),
        source: source.into(),
    };
    Ok(interpreter(language, stack, &lacking)?.module(script))
}

fn interpreter(
    language: Language,
    stack: usize,
    lacking: &[&'static str],
) -> Result<Interpreter, Report> {
    let kind = (language.name(), stack, lacking.to_vec());
    if let Some(known) = INTERPRETERS.with_borrow(|all| all.get(&kind).cloned()) {
        return Ok(known);
    }
    let interpreter = match lacking {
        [] => load_interpreter(language, stack)?,
        _ => interpreter(language, stack, &[])?
            .forbidding(&|import| {
                permissions::needed_for(import).is_some_and(|needed| lacking.contains(&needed))
            })
            .map_err(register::refused)?,
    };
    INTERPRETERS.with_borrow_mut(|all| all.insert(kind, interpreter.clone()));
    Ok(interpreter)
}

/// The interpreter as it is compiled, or is to be.
fn load_interpreter(language: Language, stack: usize) -> Result<Interpreter, Report> {
    runtime::check_stack()?;
    let sandbox = runtime::sandbox(stack)?;
    let Built(bytes, digest) = match language {
        Language::Python => PYTHON,
        Language::JavaScript => JAVASCRIPT,
    };
    let cache = registry::code_cache();
    let loaded = cache
        .as_ref()
        .and_then(|cache| sandbox.load_interpreter(digest, cache));
    match loaded {
        Some(interpreter) => Ok(interpreter),
        None => match &cache {
            Some(cache) => sandbox.compile_interpreter_into(bytes, digest, cache),
            None => sandbox.compile_interpreter(bytes),
        }
        .map_err(register::refused),
    }
}
