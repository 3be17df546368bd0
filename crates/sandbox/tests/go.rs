//! Guests that Go compiled, with its runtime: that they work under the default limits, and how they fail. They are the
//! examples of `udfs/*/go`.

mod common;

use std::sync::LazyLock;
use std::time::Duration;

use common::{SANDBOX, jsonb, ticking};
use quidditch_document::Document;
use quidditch_sandbox::{
    CallError, Instance, Level, Limits, Line, Module, Output, Parameter, Parameters, Signature,
    Type,
};

const STRING_DISTANCE: &[u8] =
    include_bytes!("../../../udfs/string_distance/go/string_distance.wasm");
const CUSTOM_SCORE: &[u8] = include_bytes!("../../../udfs/custom_score/go/custom_score.wasm");

static DISTANCE: LazyLock<Module> = LazyLock::new(|| compiled(STRING_DISTANCE));
static SCORE: LazyLock<Module> = LazyLock::new(|| compiled(CUSTOM_SCORE));

fn compiled(wasm: &[u8]) -> Module {
    match SANDBOX.compile(wasm) {
        Ok(module) => module,
        Err(refused) => panic!("{refused}"),
    }
}

fn text(value: impl Into<String>) -> Option<Parameter> {
    Some(Parameter::String(value.into()))
}

/// The parameters of `string_distance` for the field `name`.
fn distance(target: Option<Parameter>, most: i64) -> Parameters {
    Parameters::new(vec![
        ("field".into(), Type::String, text("name")),
        ("target".into(), Type::String, target),
        (
            "max_distance".into(),
            Type::I64,
            Some(Parameter::Integer(most)),
        ),
    ])
}

/// The parameters of `custom_score`.
fn score(field: &str, boost: f64, least: f64) -> Parameters {
    Parameters::new(vec![
        ("score_field".into(), Type::String, text(field)),
        ("boost".into(), Type::F64, Some(Parameter::Float(boost))),
        ("min_score".into(), Type::F64, Some(Parameter::Float(least))),
    ])
}

fn start(
    module: &Module,
    export: &str,
    parameters: &Parameters,
    limits: &Limits,
) -> Result<Instance, (CallError, Vec<Line>)> {
    // The numbers that `custom_score` takes; strings are no arguments.
    let signature = Signature {
        parameters: vec![Type::F64, Type::F64],
        returns: None,
    };
    let entry = module.entry(export, &signature).expect("an entry function");
    Instance::start(module, &entry, parameters, limits)
}

fn new(module: &Module, export: &str, parameters: &Parameters, limits: &Limits) -> Instance {
    start(module, export, parameters, limits).unwrap_or_else(|(error, log)| {
        panic!("{error}: {log:?}");
    })
}

fn call(instance: &mut Instance, document: &str) -> Result<Output, CallError> {
    let document = jsonb(document);
    instance.call(Document::new(&document).expect("a document"), 0.0)
}

/// How a call fails, and what it logged. The same module answers others afterwards.
fn failure(parameters: &Parameters, limits: &Limits, document: &str) -> (CallError, Vec<Line>) {
    let mut instance = new(&DISTANCE, "filter", parameters, limits);
    let error = ticking(&SANDBOX, || call(&mut instance, document)).expect_err("it answered");
    assert!(instance.is_broken());
    let mut other = new(
        &DISTANCE,
        "filter",
        &distance(text("kitten"), 3),
        &Limits::default(),
    );
    assert_eq!(
        call(&mut other, r#"{"name": "sitting"}"#),
        Ok(Output::I32(1))
    );
    (error, instance.take_log())
}

/// `{"name": "aaa…"}`
fn named(length: usize) -> String {
    format!("{{\"name\": \"{}\"}}", "a".repeat(length))
}

#[test]
fn calls_keep_their_buffers_and_no_more() {
    let parameters = distance(text("keyboard"), 2);
    let mut instance = new(&DISTANCE, "filter", &parameters, &Limits::default());
    let memory = instance.memory_bytes();
    for _ in 0..1000 {
        for (name, expected) in [("keyboard", 1), ("kyboards", 1), ("clavier", 0), ("", 0)] {
            let document = format!("{{\"name\": \"{name}\"}}");
            assert_eq!(call(&mut instance, &document), Ok(Output::I32(expected)));
        }
        assert_eq!(call(&mut instance, &named(30_000)), Ok(Output::I32(0)));
    }
    assert_eq!(instance.memory_bytes(), memory);
    assert!(!instance.has_logged());
}

#[test]
fn numbers_are_arguments() {
    let parameters = score("rank", 2.5, 10.0);
    for (export, document, expected) in [
        ("score", r#"{"rank": 4}"#, Output::F64(10.0)),
        ("score", r#"{"rank": "4"}"#, Output::F64(0.0)),
        ("filter", r#"{"rank": 4}"#, Output::I32(1)),
        ("filter", r#"{"rank": 3.9}"#, Output::I32(0)),
    ] {
        let mut instance = new(&SCORE, export, &parameters, &Limits::default());
        assert_eq!(
            call(&mut instance, document),
            Ok(expected),
            "{export} {document}"
        );
    }
}

/// Its message and where it was come through standard error, in whole lines.
#[test]
fn a_panic_says_where() {
    let parameters = score(&"x".repeat(1025), 1.0, 0.0);
    let mut instance = new(&SCORE, "score", &parameters, &Limits::default());
    let error = call(&mut instance, "{}").expect_err("it panicked");
    assert!(matches!(error, CallError::Trap(_)), "{error}");
    let log = instance.take_log();
    assert!(log.iter().all(|line| line.level == Level::Warning));
    assert_eq!(log[0].text, "panic: score_field is too long");
    assert_eq!(log[1].text, "goroutine 1 [running]:");
    let here = log
        .iter()
        .find(|line| line.text.contains("custom_score.go:"));
    assert!(here.is_some(), "{log:?}");
}

#[test]
fn failing_says_why() {
    let (error, log) = failure(&distance(None, 2), &Limits::default(), "{}");
    assert_eq!(error, CallError::Exit { code: 1 });
    let [line] = &log[..] else { panic!("{log:?}") };
    assert_eq!(line.level, Level::Error);
    assert_eq!(line.text, "parameter target must be a string");
}

#[test]
fn without_memory_the_limit_is_the_error() {
    let limits = Limits {
        memory: 12 << 20,
        ..Limits::default()
    };
    let parameters = distance(text("a"), 1 << 30);
    // Small enough; large enough only where the buffer fits, and not its code points beside it.
    let mut instance = new(&DISTANCE, "filter", &parameters, &limits);
    assert_eq!(call(&mut instance, &named(100_000)), Ok(Output::I32(1)));
    for length in [3_000_000, 20_000_000] {
        let (error, log) = failure(&parameters, &limits, &named(length));
        let CallError::MemoryLimit { limit, wanted } = error else {
            panic!("{error}");
        };
        assert_eq!(limit, limits.memory);
        assert!(wanted > limit);
        assert!(log[0].text.contains("out of memory"), "{log:?}");
    }
}

#[test]
fn the_runtime_alone_may_be_too_large() {
    let limits = Limits {
        memory: 4 << 20,
        ..Limits::default()
    };
    let Err((error, log)) = start(&DISTANCE, "filter", &distance(text("a"), 1), &limits) else {
        panic!("it started");
    };
    assert!(matches!(error, CallError::MemoryLimit { .. }), "{error}");
    assert!(
        log.iter().any(|line| line.text.contains("out of memory")),
        "{log:?}"
    );
}

/// 400 million cells.
#[test]
fn a_long_call_is_ended() {
    let limits = Limits {
        time: Duration::from_millis(20),
        ..Limits::default()
    };
    let parameters = distance(text("b".repeat(20_000)), 19_999);
    let (error, _) = failure(&parameters, &limits, &named(20_000));
    assert_eq!(error, CallError::Deadline { limit: limits.time });
}
