//! Generated modules, valid ones and strange ones: each is refused, or runs within its limits and gives the
//! same answer twice.

mod common;

use std::time::Duration;

use arbitrary::Unstructured;
use common::{IMPORTS, SANDBOX, Seeded, jsonb, ticking};
use quidditch_document::Document;
use quidditch_sandbox::{
    CallError, Instance, Limits, Module, Output, Parameters, Sandbox, Signature,
};
use wasm_smith::Config;

/// How far the modules of a run got.
#[derive(Debug, Default)]
struct Tally {
    compiled: u32,
    started: u32,
    answered: u32,
}

fn limits() -> Limits {
    Limits {
        memory: 4 << 20,
        time: Duration::from_millis(8),
        log_bytes: 1000,
        log_lines: 10,
    }
}

/// Generates modules and runs those that are accepted.
fn run(seed: u64, count: usize, config: impl Fn(&mut Unstructured<'_>) -> Config) -> Tally {
    let mut random = Seeded(seed);
    let mut tally = Tally::default();
    let document = jsonb(r#"{"a": 1, "b": ["x", {"c": true}], "": "empty", "id": "i"}"#);
    let document = Document::new(&document).unwrap();
    ticking(&SANDBOX, || {
        for _ in 0..count {
            let size = 500 + random.below(4000);
            let bytes = random.bytes(size);
            let mut input = Unstructured::new(&bytes);
            let config = config(&mut input);
            let Ok(generated) = wasm_smith::Module::new(config, &mut input) else {
                continue;
            };
            let Ok(module) = SANDBOX.compile(&generated.to_bytes()) else {
                continue;
            };
            tally.compiled += 1;
            let runs = [(), ()].map(|()| answers(&module, document));
            tally.started += u32::from(runs[0].started);
            tally.answered += u32::from(runs[0].answers.iter().any(Result::is_ok));
            // The clock may stop one of them and not the other, or in another place.
            if !runs.iter().any(Run::was_stopped) {
                // As text, in which a NaN is the same as itself.
                assert_eq!(
                    format!("{:?}", runs[0]),
                    format!("{:?}", runs[1]),
                    "of\n{:02x?}",
                    generated.to_bytes()
                );
            }
        }
    });
    tally
}

#[derive(Debug, Default)]
struct Run {
    started: bool,
    answers: Vec<Result<Output, CallError>>,
}

impl Run {
    fn was_stopped(&self) -> bool {
        self.answers
            .iter()
            .any(|answer| matches!(answer, Err(CallError::Deadline { .. })))
    }
}

/// What an instance answers call after call, until it fails.
fn answers(module: &Module, document: Document<'_>) -> Run {
    let mut run = Run::default();
    let Ok(entry) = module.entry("filter", &Signature::default()) else {
        return run;
    };
    let limits = limits();
    let mut guest = match Instance::new(module, &entry, &Parameters::default(), &limits) {
        Ok(guest) => guest,
        Err(error) => {
            run.answers.push(Err(error));
            return run;
        }
    };
    run.started = true;
    for score in [0.0, 1.0, 2.0] {
        let answer = guest.call(document, score);
        assert!(guest.memory_bytes() <= limits.memory);
        assert!(guest.take_log().len() <= limits.log_lines + 1);
        assert_eq!(answer.is_err(), guest.is_broken());
        run.answers.push(answer);
        if guest.is_broken() {
            break;
        }
    }
    run
}

/// Modules of the guest ABI's shape: they import host functions, and export memory and a filter.
#[test]
fn of_the_abis_shape() {
    let imports = Sandbox::assemble(format!("(module {IMPORTS})").as_bytes()).unwrap();
    let results = ["i32", "i64", "f32", "f64"];
    let exports = results.map(|result| {
        let text = format!(
            r#"(module (memory (export "memory") 1 20)
                (func (export "filter") (param i64) (result {result}) unreachable))"#
        );
        Sandbox::assemble(text.as_bytes()).unwrap()
    });
    let tally = run(1, 600, |input| Config {
        available_imports: Some(imports.clone()),
        exports: Some(exports[input.choose_index(4).unwrap_or(0)].clone()),
        min_funcs: 1,
        max_memory32_bytes: 2 << 20,
        max_table_elements: 1000,
        allow_start_export: input.ratio(1, 4).unwrap_or(false),
        ..accepted()
    });
    // Else nothing was tested.
    assert!(
        tally.compiled > 300 && tally.started > 200 && tally.answered > 30,
        "{tally:?}"
    );
}

/// Whatever the generator thinks of, most of which isn't of the ABI's shape.
#[test]
fn of_any_shape() {
    run(2, 400, |_| Config::default());
    let filter = r#"(module (func (export "filter") (param i64) (result f64) unreachable))"#;
    let filter = Sandbox::assemble(filter.as_bytes()).unwrap();
    let tally = run(3, 300, |_| Config {
        exports: Some(filter.clone()),
        max_imports: 0,
        max_tables: 4,
        ..accepted()
    });
    assert!(
        tally.compiled > 200 && tally.started > 100 && tally.answered > 30,
        "{tally:?}"
    );
}

/// The features that are on.
fn accepted() -> Config {
    Config {
        exceptions_enabled: true,
        gc_enabled: false,
        memory64_enabled: false,
        relaxed_simd_enabled: false,
        threads_enabled: false,
        // Tables of functions stay; `externref` is off.
        reference_types_enabled: false,
        // The one that is exported comes on top.
        max_memories: 0,
        ..Config::default()
    }
}
