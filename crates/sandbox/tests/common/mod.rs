//! What the tests share: a sandbox, a clock that ticks, and a probe that makes a guest call a host
//! function and shows what the call did.
#![allow(dead_code, reason = "each test file uses a part of it")]

use std::fmt::Write as _;
use std::panic::{self, AssertUnwindSafe};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use quidditch_document::{Document, encode::Json};
use quidditch_sandbox::{
    CallError, Instance, Limits, Line, Module, Output, Parameters, Refused, Sandbox, Signature,
    Type,
};

/// For every test that has no need of another stack limit or of an `on_tick`.
pub static SANDBOX: LazyLock<Sandbox> =
    LazyLock::new(|| Sandbox::new(256 << 10, || ()).expect("the runtime runs here"));

pub fn jsonb(text: &str) -> Vec<u8> {
    let json: Json = text.parse().expect("valid JSON");
    json.encode()
}

pub fn compile(text: &str) -> Module {
    match SANDBOX.compile(text.as_bytes()) {
        Ok(module) => module,
        Err(refused) => panic!("{refused}\nin {text}"),
    }
}

/// Everything wrong with a module that must be refused.
pub fn refused(bytes: impl AsRef<[u8]>) -> Refused {
    match SANDBOX.compile(bytes.as_ref()) {
        Ok(_) => panic!("accepted: {}", String::from_utf8_lossy(bytes.as_ref())),
        Err(refused) => {
            assert!(!refused.problems.is_empty(), "refused without a problem");
            refused
        }
    }
}

/// A module's instance with the entry function `filter` and nothing special.
pub fn instance(module: &Module) -> Result<Instance, CallError> {
    limited(module, &Limits::default())
}

pub fn limited(module: &Module, limits: &Limits) -> Result<Instance, CallError> {
    let entry = module
        .entry("filter", &Signature::default())
        .expect("a filter");
    Instance::new(module, &entry, &Parameters::default(), limits)
}

/// Calls an instance for the empty object.
pub fn call(instance: &mut Instance) -> Result<Output, CallError> {
    let document = jsonb("{}");
    instance.call(Document::new(&document).expect("a document"), 0.0)
}

/// Compiles a module and calls its `filter` once.
pub fn run(text: &str) -> Result<Output, CallError> {
    call(&mut instance(&compile(text))?)
}

/// Runs something while another thread ticks every two milliseconds.
pub fn ticking<R>(sandbox: &Sandbox, run: impl FnOnce() -> R) -> R {
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                thread::sleep(Duration::from_millis(2));
                sandbox.tick();
            }
        });
        let result = panic::catch_unwind(AssertUnwindSafe(run));
        done.store(true, Ordering::Relaxed);
        result.unwrap_or_else(|payload| panic::resume_unwind(payload))
    })
}

/// Every import of version 1 of the ABI, and those of the generation before that have other names.
pub const IMPORTS: &str = r#"
    (import "env" "has_field" (func $has_field (param i64 i32 i32) (result i32)))
    (import "env" "get_field_string" (func $get_field_string (param i64 i32 i32 i32 i32) (result i32)))
    (import "env" "get_field_i64" (func $get_field_i64 (param i64 i32 i32 i32) (result i32)))
    (import "env" "get_field_f64" (func $get_field_f64 (param i64 i32 i32 i32) (result i32)))
    (import "env" "get_field_bool" (func $get_field_bool (param i64 i32 i32 i32) (result i32)))
    (import "env" "get_field_json" (func $get_field_json (param i64 i32 i32 i32 i32) (result i32)))
    (import "env" "get_array_length" (func $get_array_length (param i64 i32 i32 i32) (result i32)))
    (import "env" "get_param_string" (func $get_param_string (param i32 i32 i32 i32) (result i32)))
    (import "env" "get_param_i64" (func $get_param_i64 (param i32 i32 i32) (result i32)))
    (import "env" "get_param_f64" (func $get_param_f64 (param i32 i32 i32) (result i32)))
    (import "env" "get_param_bool" (func $get_param_bool (param i32 i32 i32) (result i32)))
    (import "env" "get_document_id" (func $get_document_id (param i64 i32 i32) (result i32)))
    (import "env" "get_score" (func $get_score (param i64) (result f64)))
    (import "env" "set_result_string" (func $set_result_string (param i32 i32) (result i32)))
    (import "env" "log" (func $log (param i32 i32 i32)))
    (import "env" "get_field_int64" (func $get_field_int64 (param i64 i32 i32) (result i64)))
    (import "env" "get_field_float64" (func $get_field_float64 (param i64 i32 i32) (result f64)))
"#;

/// The probe's memory is this large, and zero where nothing was put.
pub const MEMORY: u32 = 2 << 16;
/// From here on the probe needs the memory for itself.
const STATUS: u32 = 0x18000;
const SPELLED: u32 = 0x18010;

/// Calls host functions from inside a guest.
pub struct Probe {
    pub imports: &'static str,
    pub parameters: Parameters,
    pub limits: Limits,
    document: Vec<u8>,
    data: String,
}

/// What a call did: its status, some bytes of memory afterwards, what was logged.
#[derive(Debug, PartialEq)]
pub struct Seen {
    pub status: i32,
    pub memory: Vec<u8>,
    pub log: Vec<Line>,
}

impl Probe {
    pub fn new(document: &str) -> Self {
        Probe::of_bytes(jsonb(document))
    }

    /// For what JSON text can't say.
    pub fn of_bytes(document: Vec<u8>) -> Self {
        Probe {
            imports: IMPORTS,
            parameters: Parameters::default(),
            limits: Limits::default(),
            document,
            data: String::new(),
        }
    }

    /// Puts bytes into the guest's memory.
    pub fn put(mut self, at: u32, bytes: &[u8]) -> Self {
        let _ = writeln!(
            self.data,
            "(data (i32.const {at}) \"{}\")",
            bytes
                .iter()
                .map(|b| format!("\\{b:02x}"))
                .collect::<String>()
        );
        self
    }

    fn instance(&self, functions: &str, signature: &Signature) -> Instance {
        let module = compile(&format!(
            "(module {} (memory (export \"memory\") {}) {} {functions})",
            self.imports,
            MEMORY >> 16,
            self.data
        ));
        let entry = module.entry("filter", signature).expect("a filter");
        Instance::new(&module, &entry, &self.parameters, &self.limits).expect("an instance")
    }

    /// Evaluates a call, in which `(local.get $ctx)` is the document, to what it returns.
    pub fn value(&self, ty: &str, call: &str) -> Output {
        let function = format!("(func (export \"filter\") (param $ctx i64) (result {ty}) {call})");
        self.instance(&function, &Signature::default())
            .call(Document::new(&self.document).expect("a document"), 0.25)
            .expect("an answer")
    }

    /// Evaluates a call that returns a status, and shows `length` bytes at `at` after it.
    pub fn ask(&self, call: &str, at: u32, length: u32) -> Seen {
        self.try_ask(call, at, length).expect("an answer")
    }

    pub fn try_ask(&self, call: &str, at: u32, length: u32) -> Result<Seen, CallError> {
        // Bytes come out through the string result, spelled in letters, half a byte each.
        let functions = format!(
            r#"(func $spell (param $from i32) (param $to i32) (param $left i32)
                (loop $next
                    (if (i32.eqz (local.get $left)) (then (return)))
                    (i32.store8 (local.get $to)
                        (i32.add (i32.const 97) (i32.shr_u (i32.load8_u (local.get $from)) (i32.const 4))))
                    (i32.store8 offset=1 (local.get $to)
                        (i32.add (i32.const 97) (i32.and (i32.load8_u (local.get $from)) (i32.const 15))))
                    (local.set $from (i32.add (local.get $from) (i32.const 1)))
                    (local.set $to (i32.add (local.get $to) (i32.const 2)))
                    (local.set $left (i32.sub (local.get $left) (i32.const 1)))
                    (br $next)))
            (func (export "filter") (param $ctx i64) (result i32)
                (i32.store (i32.const {STATUS}) {call})
                (call $spell (i32.const {STATUS}) (i32.const {SPELLED}) (i32.const 4))
                (call $spell (i32.const {at}) (i32.const {}) (i32.const {length}))
                (call $set_result_string (i32.const {SPELLED}) (i32.const {})))"#,
            SPELLED + 8,
            2 * (4 + length)
        );
        let signature = Signature {
            parameters: Vec::new(),
            returns: Some(Type::String),
        };
        let mut instance = self.instance(&functions, &signature);
        let document = Document::new(&self.document).expect("a document");
        let Output::String(spelled) = instance.call(document, 0.25)? else {
            panic!("a string-valued function answers a string");
        };
        let bytes: Vec<u8> = spelled
            .as_bytes()
            .chunks(2)
            .map(|pair| (pair[0] - b'a') << 4 | (pair[1] - b'a'))
            .collect();
        let (status, memory) = bytes.split_first_chunk().expect("a status");
        Ok(Seen {
            status: i32::from_le_bytes(*status),
            memory: memory.to_vec(),
            log: instance.take_log(),
        })
    }

    pub fn status(&self, call: &str) -> i32 {
        self.ask(call, 0, 0).status
    }
}

/// SplitMix64: the same numbers in every run.
pub struct Seeded(pub u64);

impl Seeded {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ z >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ z >> 31
    }

    /// Below `bound`, which is not 0.
    pub fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    pub fn bytes(&mut self, count: usize) -> Vec<u8> {
        (0..count).map(|_| self.next() as u8).collect()
    }
}
