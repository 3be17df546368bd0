//! A UDF called for one document: `call_udf` answers its result, `test_udf` says also how it came about.

use std::time::Instant;

use pgrx::JsonB;
use quidditch_sandbox::{Output, Type};
use serde_json::{Value, json};

use super::bound::{Bound, level_name};
use crate::arguments::{Arguments, sql_function};
use crate::callsite;
use crate::report::Report;
use crate::settings;

/// The arguments `(name, document, parameters, version)` but the document: which UDF, with which parameters.
#[derive(PartialEq)]
struct Choice {
    name: String,
    version: Option<String>,
    parameters: Value,
}

impl Choice {
    fn new(arguments: &Arguments) -> Result<Self, Report> {
        Ok(Choice {
            name: arguments.required_text(0, "name")?,
            parameters: arguments.json(2, "parameters", settings::query_limits().bytes)?,
            version: arguments.text(3),
        })
    }

    fn bind(&self) -> Result<Bound, Report> {
        Bound::new(&self.name, self.version.as_deref(), &self.parameters)
    }
}

/// A UDF at a call site of `call_udf`.
struct Site {
    /// What it was bound for; `None` where every row brings the same.
    choice: Option<Choice>,
    bound: Bound,
}

impl Site {
    fn new(arguments: &Arguments) -> Result<Self, Report> {
        let choice = Choice::new(arguments)?;
        let bound = choice.bind()?;
        let is_stable = [0, 2, 3].into_iter().all(|i| arguments.is_stable(i));
        Ok(Site {
            choice: (!is_stable).then_some(choice),
            bound,
        })
    }

    fn is_for(&self, arguments: &Arguments) -> Result<bool, Report> {
        match &self.choice {
            None => Ok(true),
            Some(choice) => Ok(*choice == Choice::new(arguments)?),
        }
    }
}

sql_function! {
    /// `call_udf(name, document, parameters, version)`: the typed result as JSON; NULL for a NULL document.
    fn quidditch_call_udf(arguments) -> Result<Option<JsonB>, Report> {
        // SAFETY: this function's own call site, whose state is always of this type.
        let site = unsafe { callsite::state(arguments.flinfo(), || None::<Site>) };
        let Site { bound, .. } = match site {
            Some(known) if known.is_for(arguments)? => known,
            site => site.insert(Site::new(arguments)?),
        };
        let Some(document) = arguments.jsonb(1) else { return Ok(None) };
        let output = bound.call(document.document()?)?;
        Ok(Some(JsonB(to_json(output, bound.returns()))))
    }
}

sql_function! {
    /// `test_udf(name, document, parameters, version)`: the result or the error, the time, the log and the
    /// memory of one call in a fresh instance. A query that is cancelled ends all the same.
    fn quidditch_test_udf(arguments) -> Result<Option<JsonB>, Report> {
        let mut bound = match Choice::new(arguments).and_then(|choice| choice.bind()) {
            Ok(bound) => bound,
            Err(report) => return Ok(Some(JsonB(not_run(&report)))),
        };
        let Some(document) = arguments.jsonb(1) else {
            return Ok(Some(JsonB(not_run(&Report::null("document")))));
        };
        let document = document.document()?;
        let started = Instant::now();
        let outcome = bound.call_quietly(document);
        let milliseconds = started.elapsed().as_secs_f64() * 1e3;
        let log: Vec<_> = bound
            .take_log()
            .iter()
            .map(|line| json!({ "level": level_name(line.level), "message": line.text }))
            .collect();
        let mut answer = json!({
            "version": bound.version(),
            "execution_time_ms": milliseconds,
            "logs": log,
            "memory_bytes": bound.memory_bytes(),
        });
        match outcome {
            Ok(output) => answer["result"] = to_json(output, bound.returns()),
            Err(report) => answer["error"] = report.to_json(),
        }
        Ok(Some(JsonB(answer)))
    }
}

/// The answer of `test_udf` where it never came to a call.
fn not_run(report: &Report) -> Value {
    json!({ "error": report.to_json(), "logs": [] })
}

/// A result as `to_jsonb` would write it: JSON has no NaN and no infinity, so those are strings.
fn to_json(output: Output, returns: Type) -> Value {
    match output {
        Output::I32(i) if returns == Type::Bool => Value::Bool(i != 0),
        Output::I32(i) => i.into(),
        Output::I64(i) => i.into(),
        // The shortest decimal that reads back as the same f32, not the f64 with its many digits.
        Output::F32(f) => f.to_string().parse::<f64>().map_or(Value::Null, float),
        Output::F64(f) => float(f),
        Output::String(text) => text.into(),
    }
}

fn float(f: f64) -> Value {
    let name = match f {
        f64::INFINITY => "Infinity",
        f64::NEG_INFINITY => "-Infinity",
        // A whole number without a point, as the server prints it.
        whole if whole.fract() == 0.0 && whole.abs() < 1e15 => return (whole as i64).into(),
        _ => "NaN",
    };
    serde_json::Number::from_f64(f).map_or_else(|| name.into(), Value::Number)
}
