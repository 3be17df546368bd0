//! UDFs that are source text: `register_python`, `register_javascript`. What is stored as their module is the source; a module that comes with the
//! extension interprets it, compiled once for all of its language.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::OnceLock;

use pgrx::{JsonB, pg_sys};
use quidditch_sandbox::{Digest, Interpreter, Module, Script};
use quidditch_script::{Description, Language, Mistake};
use serde_json::Value;
use sha2::Digest as _;

use super::register::{self, Given};
use super::{registry, runtime};
use crate::arguments::{Arguments, sql_function};
use crate::report::{Code, Report};

const PYTHON: &[u8] = include_bytes!("../../udfs/interpreters/python.wasm");
const JAVASCRIPT: &[u8] = include_bytes!("../../udfs/interpreters/javascript.wasm");

thread_local! {
    /// By language and stack limit.
    static INTERPRETERS: RefCell<HashMap<(&'static str, usize), Interpreter>> = RefCell::default();
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
    let description = describe(language, &source)?;
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
    let mut all = description.metadata();
    if let (Value::Object(all), Value::Object(more)) = (&mut all, more) {
        // What is said here goes before what the source says.
        all.extend(more);
        all.insert("language".into(), language.name().into());
        all.insert("source".into(), source.as_str().into());
    }
    register::register(&name, &version, Given::Script(language, &source), &all)
}

/// What the source says of itself.
fn describe(language: Language, source: &str) -> Result<Description, Report> {
    // Asked by a parser that must not be left by a panic, so an interrupt waits until it has stopped.
    // SAFETY: reads a variable of the backend.
    let mut go_on = || unsafe { std::ptr::read_volatile(&raw const pg_sys::InterruptPending) } == 0;
    let described = quidditch_script::describe_while(language, source, &mut go_on);
    pgrx::check_for_interrupts!();
    described.map_err(|mistake| mistaken(language, mistake))
}

fn mistaken(language: Language, mistake: Mistake) -> Report {
    let Mistake {
        message,
        line,
        column,
        hint,
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

/// The module that runs a source.
pub fn module(
    language: Language,
    stack: usize,
    label: &str,
    source: &str,
) -> Result<Module, Report> {
    let script = Script {
        name: label.into(),
        source: source.into(),
    };
    Ok(interpreter(language, stack)?.module(script))
}

fn interpreter(language: Language, stack: usize) -> Result<Interpreter, Report> {
    let key = (language.name(), stack);
    if let Some(known) = INTERPRETERS.with_borrow(|all| all.get(&key).cloned()) {
        return Ok(known);
    }
    runtime::check_stack()?;
    let sandbox = runtime::sandbox(stack)?;
    static DIGESTS: [OnceLock<Digest>; 2] = [const { OnceLock::new() }; 2];
    let (bytes, digest) = match language {
        Language::Python => (PYTHON, &DIGESTS[0]),
        Language::JavaScript => (JAVASCRIPT, &DIGESTS[1]),
    };
    let digest = digest.get_or_init(|| sha2::Sha256::digest(bytes).into());
    let cache = registry::code_cache();
    let loaded = cache
        .as_ref()
        .and_then(|cache| sandbox.load_interpreter(digest, cache));
    let interpreter = match loaded {
        Some(interpreter) => interpreter,
        None => match &cache {
            Some(cache) => sandbox.compile_interpreter_into(bytes, digest, cache),
            None => sandbox.compile_interpreter(bytes),
        }
        .map_err(register::refused)?,
    };
    INTERPRETERS.with_borrow_mut(|all| all.insert(key, interpreter.clone()));
    Ok(interpreter)
}
