//! Guests in AssemblyScript, by the one that tests their SDK (udfs/sdk/assemblyscript/echo.ts): what a failure says, and
//! that garbage is collected on the way.

mod common;

use common::{SANDBOX, jsonb};
use quidditch_document::Document;
use quidditch_sandbox::{
    CallError, Instance, Level, Limits, Output, Parameter, Parameters, Signature, Type,
};

const ECHO: &[u8] = include_bytes!("../../../udfs/sdk/assemblyscript/echo.wasm");

/// An instance of an export of the module, for the field at a path.
fn echo(export: &str, path: &str, returns: Type) -> Instance {
    let module = SANDBOX.compile(ECHO).expect("a module");
    let signature = Signature {
        parameters: vec![Type::String],
        returns: Some(returns),
    };
    let entry = module.entry(export, &signature).expect("an export");
    let parameters = Parameters::new(vec![(
        "path".into(),
        Type::String,
        Some(Parameter::String(path.into())),
    )]);
    let limits = Limits {
        memory: 16 << 20,
        ..Limits::default()
    };
    Instance::new(&module, &entry, &parameters, &limits).expect("an instance")
}

fn call(instance: &mut Instance, document: &str) -> Result<Output, CallError> {
    let document = jsonb(document);
    instance.call(Document::new(&document).expect("a document"), 0.0)
}

/// How the UDF failed, and what it logged as an error.
fn failure(how: &str) -> (CallError, Vec<String>) {
    let mut instance = echo("failing", "how", Type::Bool);
    let error = call(&mut instance, &format!(r#"{{"how": "{how}"}}"#)).expect_err(how);
    let log = instance.take_log();
    assert_eq!(log[0].text, format!("how: {how}"));
    assert_eq!(log[0].level, Level::Warning);
    let rest = log.into_iter().skip(1);
    let texts = rest.inspect(|line| assert_eq!(line.level, Level::Error));
    (error, texts.map(|line| line.text).collect())
}

#[test]
fn failures_say_why_and_where() {
    let long = "€".repeat(1000);
    for (how, why) in [
        ("fail", "as asked"),
        ("throw", "as asked at echo.ts:"),
        ("assert", "as asked at echo.ts:"),
        // What is too long for the buffer is cut off, wherever that falls in UTF-8.
        ("long", &format!("{long} at echo.ts:")),
        ("index", "Index out of range at ~lib/array.ts:"),
        (
            "null",
            "Unexpected 'null' (not assigned or failed cast) at echo.ts:",
        ),
        ("byte", "byte 0 of 0 at quidditch.ts:"),
    ] {
        let (error, log) = failure(how);
        assert!(matches!(error, CallError::Trap(_)), "{how}: {error}");
        let [line] = &log[..] else {
            panic!("{how}: {log:?}")
        };
        let place = line
            .strip_prefix(why)
            .unwrap_or_else(|| panic!("{how}: {line}"));
        let numbers = place.split(':').filter(|number| !number.is_empty());
        let numbers: Vec<u32> = numbers
            .map(|number| number.parse().expect("a line or a column"))
            .collect();
        // `fail` knows no place.
        assert_eq!(numbers.len(), if how == "fail" { 0 } else { 2 }, "{line}");
    }
}

#[test]
fn traps_and_limits_have_their_own_errors() {
    assert!(matches!(failure("divide").0, CallError::Trap(_)));
    assert!(matches!(
        failure("memory").0,
        CallError::MemoryLimit { limit, .. } if limit == 16 << 20
    ));
    assert_eq!(failure("stack").0, CallError::StackLimit);
}

/// A million rows that each make a string of 200 bytes: many times what an instance may have.
#[test]
fn garbage_does_not_pile_up() {
    let mut instance = echo("field_string", "text", Type::String);
    let text = "žluťoučký kůň ".repeat(7);
    let document = jsonb(&format!(r#"{{"text": "{text}"}}"#));
    let document = Document::new(&document).expect("a document");
    let before = instance.memory_bytes();
    for row in 0..1_000_000 {
        match instance.call(document, 0.0) {
            Ok(Output::String(answer)) => assert!(answer == text, "row {row}: {answer}"),
            other => panic!("row {row}: {other:?}"),
        }
    }
    let after = instance.memory_bytes();
    assert!(
        after <= before + (64 << 10),
        "{before} bytes before, {after} after"
    );
}

#[test]
fn getters_of_other_types() {
    for (document, wanted) in [
        (
            "5",
            "exists true, i64 5 0, f64 5.0 0, bool true 2, length -1 2",
        ),
        (
            "1.5",
            "exists true, i64 -1 2, f64 1.5 0, bool true 2, length -1 2",
        ),
        (
            "false",
            "exists true, i64 -1 2, f64 NaN 2, bool false 0, length -1 2",
        ),
        (
            "[1, 2]",
            "exists true, i64 -1 2, f64 NaN 2, bool true 2, length 2 0",
        ),
        (
            "null",
            "exists true, i64 -1 2, f64 NaN 2, bool true 2, length -1 2",
        ),
    ] {
        let mut instance = echo("others", "x", Type::String);
        let answer = call(&mut instance, &format!(r#"{{"x": {document}}}"#));
        let wanted = format!("{wanted}, score 0.0");
        assert_eq!(answer, Ok(Output::String(wanted)), "{document}");
        let answer = call(&mut instance, "{}");
        let wanted = "exists false, i64 -1 1, f64 NaN 1, bool true 1, length -1 1, score 0.0";
        assert_eq!(answer, Ok(Output::String(wanted.into())));
    }
}

/// Every getter of text through AssemblyScript's strings, which are UTF-16, and back.
#[test]
fn strings_of_every_width() {
    for text in [
        "",
        "a",
        "é",
        "€",
        "😀",
        "a😀é\u{10ffff}€\u{ffff}",
        "\"\\\n\u{1}",
    ] {
        let json = serde_json::to_string(&[text]).expect("JSON");
        let document = format!(r#"{{"x": {json}, "_id": {}}}"#, &json[1..json.len() - 1]);
        for (export, path, wanted) in [
            ("field_string", "x[0]", text),
            ("json_string", "x", &json),
            ("id_string", "", text),
            ("parameter_string", "", "(not found)"),
            ("field_string", "x", "(wrong type)"),
            ("json_string", "y", "(not found)"),
        ] {
            let answer = call(&mut echo(export, path, Type::String), &document);
            assert_eq!(answer, Ok(Output::String(wanted.into())), "{export} {text}");
        }
    }
}

/// A long text's buffer is kept for the next one; texts that grow and shrink don't fragment the memory.
#[test]
fn long_texts_come_and_go() {
    let mut instance = echo("field_string", "text", Type::String);
    for size in [
        1, 100_000, 10, 2_000_000, 1_000_000, 0, 2_000_001, 3_000_000, 70_000,
    ] {
        let text = "x".repeat(size);
        let answer = call(&mut instance, &format!(r#"{{"text": "{text}"}}"#));
        assert!(answer == Ok(Output::String(text)), "{size} bytes");
    }
}

/// The host is told that there is no room, not that there is as much as an unsigned -1.
#[test]
fn a_limit_below_zero_copies_nothing() {
    let mut instance = echo("below", "text", Type::I64);
    for size in [0, 1, 3, 100_000] {
        let answer = call(
            &mut instance,
            &format!(r#"{{"text": "{}"}}"#, "x".repeat(size)),
        );
        assert_eq!(answer, Ok(Output::I64(-(size as i64))));
    }
}

/// A number of a few bytes has JSON that no instance could take. That is no absent value.
#[test]
fn json_beyond_the_memory_limit_fails() {
    let numbers = vec!["1e100000"; 200].join(", ");
    for export in ["json", "json_string"] {
        let mut instance = echo(export, "x", Type::String);
        let error = call(&mut instance, &format!(r#"{{"x": [{numbers}]}}"#));
        assert!(matches!(error, Err(CallError::Trap(_))), "{error:?}");
        let log = instance.take_log();
        assert!(log[0].text.starts_with("out of memory"), "{}", log[0].text);
    }
}
