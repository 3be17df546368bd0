//! Runs untrusted WebAssembly over one jsonb document at a time.
//!
//! A [`Sandbox`] compiles bytes to a [`Module`], which has been checked against the guest ABI: every
//! import is a host function of [`abi`], the memory is exported, and an [`Entry`] names an export that
//! has the declared type. An [`Instance`] is a running copy of a module with its own memory, its
//! parameters and its limits; it is called once for each document. An [`Interpreter`] makes modules of
//! source text. A [`CodeCache`] keeps compiled code between processes.
//!
//! ```
//! use quidditch_document::{Document, encode};
//! use quidditch_sandbox::{Instance, Limits, Output, Parameters, Sandbox, Signature};
//!
//! let sandbox = Sandbox::new(256 * 1024, || ()).unwrap();
//! let module = sandbox.compile(br#"(module
//!     (import "env" "has_field" (func $has (param i64 i32 i32) (result i32)))
//!     (memory (export "memory") 1) (data (i32.const 0) "price")
//!     (func (export "filter") (param $doc i64) (result i32)
//!         (call $has (local.get $doc) (i32.const 0) (i32.const 5))))"#).unwrap();
//! let entry = module.entry("filter", &Signature::default()).unwrap();
//! let mut instance = Instance::new(&module, &entry, &Parameters::default(), &Limits::default()).unwrap();
//!
//! let document = encode::jsonb(&serde_json::json!({"price": 3}));
//! let answer = instance.call(Document::new(&document).unwrap(), 0.0).unwrap();
//! assert_eq!(answer, Output::I32(1));
//! ```
//!
//! Nothing here knows PostgreSQL. What the host must do from time to time while guest code runs
//! (answer a cancel request, say) it does in the `on_tick` function given to [`Sandbox::new`], which
//! runs each time somebody has called [`Sandbox::tick`], and once when an instance is made, and may panic to end the call.
#![deny(unsafe_op_in_unsafe_fn)]

pub mod abi;
mod cache;
mod cost;
mod engine;
mod error;
mod host;
mod instance;
mod limits;
mod log;
mod module;
mod parameters;
mod paths;
mod script;

pub use abi::{Signature, Type};
pub use cache::{CodeCache, CodeFile, Digest};
pub use engine::Sandbox;
pub use error::{CallError, Refused};
pub use instance::{Instance, Output};
pub use limits::Limits;
pub use log::{Level, Line};
pub use module::{Entry, Module};
pub use parameters::{Parameter, Parameters, exact_float, exact_integer};
pub use script::{Interpreter, Script};
