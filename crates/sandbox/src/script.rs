//! UDFs whose code is source text: an interpreter, compiled once, and the scripts it runs.
//!
//! An [`Interpreter`] is a WebAssembly module that imports, besides what every guest may import, the
//! functions of the module `quidditch` (`host/script.rs`), through which it reads the source of one UDF, and
//! that exports what a language's functions are called by. [`Interpreter::module`] makes of it and a
//! [`Script`] a [`Module`] like any other: its [`entry`](Module::entry) is a function of the source, its
//! instances start with the source loaded. Compiled code belongs to the interpreter alone.
//!
//! What an interpreter exports: `memory`; `_initialize`; `start`, which loads the source, or only compiles it when the
//! function to call has no name; and for the result
//! types `call_bool`, `call_i64`, `call_f64` and `call_string`, each of which takes the `ctx`.

use std::sync::Arc;

use wasmtime::{ExternType, ModuleExport, ValType};

use crate::abi::{self, Type};
use crate::error::{CallError, Refused};
use crate::instance::Instance;
use crate::limits::Limits;
use crate::module::{Entry, Module};
use crate::parameters::Parameters;

/// A UDF's source.
#[derive(Clone, Debug)]
pub struct Script {
    /// What tracebacks call the source: the UDF's name.
    pub name: Arc<str>,
    pub source: Arc<str>,
}

/// A compiled interpreter. Cheap to clone.
#[derive(Clone)]
pub struct Interpreter {
    pub(crate) module: Module,
    exports: Exports,
    max_stack: usize,
}

/// A module's script, and how its interpreter is called.
#[derive(Clone)]
pub(crate) struct Scripted {
    pub(crate) script: Script,
    exports: Exports,
    /// Of the native stack, so that the interpreter can end a script's recursion before it is full.
    pub(crate) max_stack: usize,
}

#[derive(Clone)]
struct Exports {
    start: ModuleExport,
    call_bool: ModuleExport,
    call_i64: ModuleExport,
    call_f64: ModuleExport,
    call_string: ModuleExport,
}

impl Interpreter {
    /// # Errors
    /// It imports what isn't there, or an export is missing or has another type.
    pub(crate) fn new(
        compiled: wasmtime::Module,
        on_tick: fn(),
        max_stack: usize,
    ) -> Result<Self, Refused> {
        let module = Module::interpreter(compiled, on_tick, &|_| false)?;
        let call = |name, result| export(&module, name, &[ValType::I64], &[result]);
        let exports = Exports {
            start: export(&module, "start", &[], &[])?,
            call_bool: call("call_bool", ValType::I32)?,
            call_i64: call("call_i64", ValType::I64)?,
            call_f64: call("call_f64", ValType::F64)?,
            call_string: call("call_string", ValType::I32)?,
        };
        Ok(Interpreter {
            module,
            exports,
            max_stack,
        })
    }

    /// The same interpreter, whose scripts end with [`CallError::Forbidden`] when they call one of those host functions.
    ///
    /// # Errors
    /// As when it was compiled.
    pub fn forbidding(&self, is_forbidden: &dyn Fn(&str) -> bool) -> Result<Self, Refused> {
        let compiled = self.module.compiled().clone();
        Ok(Interpreter {
            module: Module::interpreter(compiled, self.module.on_tick, is_forbidden)?,
            ..self.clone()
        })
    }

    /// Compiles a script in the language's own way, and runs nothing of it.
    ///
    /// # Errors
    /// [`CallError::Failed`] with the mistake of syntax that it has.
    pub fn check(&self, script: Script, limits: &Limits) -> Result<(), CallError> {
        let module = self.module(script);
        let entry = Entry {
            export: self.exports.call_bool,
            returns: Type::Bool,
            typed: false,
            declared: false,
            function: Some("".into()),
        };
        Instance::new(&module, &entry, &Parameters::default(), limits).map(drop)
    }

    /// The module that runs `script`. Nothing of it is looked at before an instance is made.
    pub fn module(&self, script: Script) -> Module {
        Module {
            script: Some(Arc::new(Scripted {
                script,
                exports: self.exports.clone(),
                max_stack: self.max_stack,
            })),
            ..self.module.clone()
        }
    }
}

impl Scripted {
    /// The export that loads the source.
    pub(crate) fn start(&self) -> &ModuleExport {
        &self.exports.start
    }

    /// The export that calls a function whose result has that type.
    pub(crate) fn call(&self, returns: Type) -> &ModuleExport {
        match returns {
            Type::Bool => &self.exports.call_bool,
            Type::I32 | Type::I64 => &self.exports.call_i64,
            Type::F32 | Type::F64 => &self.exports.call_f64,
            Type::String => &self.exports.call_string,
        }
    }
}

fn export(
    module: &Module,
    name: &str,
    parameters: &[ValType],
    results: &[ValType],
) -> Result<ModuleExport, Refused> {
    let same = |given: &mut dyn ExactSizeIterator<Item = ValType>, expected: &[ValType]| {
        given.len() == expected.len() && given.zip(expected).all(|(g, e)| g.matches(e))
    };
    let compiled = module.compiled();
    let found = match compiled.get_export(name) {
        Some(ExternType::Func(ty))
            if same(&mut ty.params(), parameters) && same(&mut ty.results(), results) =>
        {
            compiled.get_export_index(name)
        }
        _ => None,
    };
    found.ok_or_else(|| {
        Refused::because(format!(
            "an interpreter must export a function {name:?} of type {}",
            abi::describe_parts(parameters.iter().cloned(), results.iter().cloned())
        ))
    })
}
