//! What a guest can call: the host functions of the guest ABI, and the state they work on.
//!
//! An import is bound by its name *and* its type, so that modules written for an older generation of
//! the ABI link unmodified beside new ones ([`getters::LEGACY`]). The functions of
//! `wasi_snapshot_preview1` that compilers add by themselves are harmless stubs ([`wasi`]). Interpreters have
//! functions of their own ([`script`]).

mod clock;
mod getters;
mod memory;
mod script;
mod wasi;

use std::fmt;
use std::sync::Arc;

use quidditch_document::Value;
use wasmtime::{Caller, FuncType, Linker, Memory, ValType};

use crate::abi;
use crate::error::Stop;
use crate::limits::{Limiter, Limits, Stopwatch};
use crate::log::Log;
use crate::parameters::Parameters;
use crate::paths::Paths;
use crate::script::Script;

/// What host functions answer.
pub(crate) type Status = i32;
pub(crate) const SUCCESS: Status = 0;
pub(crate) const NOT_FOUND: Status = 1;
pub(crate) const WRONG_TYPE: Status = 2;
pub(crate) const BAD_BUFFER: Status = 3;

/// The state behind one instance.
pub(crate) struct Host {
    /// The number of the running call: what the guest knows as `ctx`. 0 before the first.
    pub(crate) call: i64,
    /// The document of the running call. It borrows from the caller of
    /// [`Instance::call`](crate::Instance::call), which takes it away before it returns.
    pub(crate) document: Option<Value<'static>>,
    pub(crate) score: f64,
    pub(crate) parameters: Parameters,
    /// What the guest gave to `set_result_string`; kept from call to call for its capacity.
    pub(crate) result: String,
    pub(crate) log: Log,
    pub(crate) limiter: Limiter,
    pub(crate) stopwatch: Stopwatch,
    pub(crate) on_tick: fn(),
    /// An interpreter's source, and the function of it that is called.
    pub(crate) script: Option<Script>,
    pub(crate) function: Option<Arc<str>>,
    /// How much of the native stack an interpreter may use.
    pub(crate) max_stack: usize,
    memory: Option<Memory>,
    paths: Paths,
    scratch: Scratch,
    /// Where `random_get` is in its numbers. They begin anew with each call, so that what it answers doesn't depend
    /// on the calls before.
    pub(crate) random: u64,
    /// What the guest's clock shows, in nanoseconds.
    clock: u64,
}

impl Host {
    pub(crate) fn new(parameters: Parameters, limits: &Limits, on_tick: fn()) -> Self {
        Host {
            call: 0,
            document: None,
            score: 0.0,
            parameters,
            result: String::new(),
            log: Log::new(limits),
            limiter: Limiter::new(limits),
            stopwatch: Stopwatch::new(limits),
            on_tick,
            script: None,
            function: None,
            max_stack: 0,
            memory: None,
            paths: Paths::new(),
            scratch: Scratch {
                text: String::new(),
                most: limits.memory,
            },
            random: 0,
            clock: clock::START,
        }
    }

    /// The document `ctx` names, if that is the running call's.
    #[inline]
    fn document(&self, ctx: i64) -> Option<Value<'static>> {
        self.document.filter(|_| ctx == self.call)
    }
}

/// Text made for the guest: JSON, a number as an id. A small document may have gigabytes of JSON, so what is too
/// long for the memory a guest may have is not made.
struct Scratch {
    text: String,
    most: usize,
}

impl fmt::Write for Scratch {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if text.len() > self.most - self.text.len() {
            return Err(fmt::Error);
        }
        self.text.push_str(text);
        Ok(())
    }
}

/// The guest's memory beside its host state. Looking the export up by name costs more than most host
/// functions do, so it happens once in an instance's life.
#[inline]
fn parts<'a>(caller: &'a mut Caller<'_, Host>) -> (&'a mut [u8], &'a mut Host) {
    match caller.data().memory {
        Some(memory) => memory.data_and_store_mut(caller),
        None => find_memory(caller),
    }
}

#[cold]
fn find_memory<'a>(caller: &'a mut Caller<'_, Host>) -> (&'a mut [u8], &'a mut Host) {
    match caller
        .get_export("memory")
        .and_then(|export| export.into_memory())
    {
        Some(memory) => {
            caller.data_mut().memory = Some(memory);
            memory.data_and_store_mut(caller)
        }
        // Refused at registration; every pointer is then a bad one.
        None => (&mut [], caller.data_mut()),
    }
}

/// A WebAssembly number type, as the tables of host functions write it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Number {
    I32,
    I64,
    F64,
}

impl Number {
    fn val_type(self) -> ValType {
        match self {
            Number::I32 => ValType::I32,
            Number::I64 => ValType::I64,
            Number::F64 => ValType::F64,
        }
    }
}

/// A host function: the import it answers, and how it gets into a linker.
pub(crate) struct HostFunction {
    pub(crate) module: &'static str,
    pub(crate) name: &'static str,
    parameters: &'static [Number],
    results: &'static [Number],
    link: fn(&mut Linker<Host>) -> wasmtime::Result<()>,
}

impl HostFunction {
    fn matches(&self, ty: &FuncType) -> bool {
        let same = |numbers: &[Number], types: &mut dyn ExactSizeIterator<Item = ValType>| {
            numbers.len() == types.len()
                && numbers
                    .iter()
                    .zip(types)
                    .all(|(n, t)| t.matches(&n.val_type()))
        };
        same(self.parameters, &mut ty.params()) && same(self.results, &mut ty.results())
    }

    pub(crate) fn describe(&self) -> String {
        abi::describe_parts(
            self.parameters.iter().map(|n| n.val_type()),
            self.results.iter().map(|n| n.val_type()),
        )
    }

    /// Whether its arguments point into the guest's memory: every function with two i32s in a row.
    pub(crate) fn needs_memory(&self) -> bool {
        self.parameters
            .windows(2)
            .any(|pair| pair == [Number::I32, Number::I32])
    }

    pub(crate) fn link(&self, linker: &mut Linker<Host>) -> wasmtime::Result<()> {
        (self.link)(linker)
    }

    /// Links what ends the call instead of the function.
    pub(crate) fn forbid(&self, linker: &mut Linker<Host>) -> wasmtime::Result<()> {
        let ty = FuncType::new(
            linker.engine(),
            self.parameters.iter().map(|number| number.val_type()),
            self.results.iter().map(|number| number.val_type()),
        );
        let name = self.name;
        linker.func_new(self.module, name, ty, move |_, _, _| {
            Err(Stop::Forbidden {
                function: name.into(),
            }
            .into())
        })?;
        Ok(())
    }
}

/// Declares a [`HostFunction`]: `host!("env", has_field(I64, I32, I32) -> I32 = getters::has_field)`.
macro_rules! host {
    ($module:literal, $name:ident($($parameter:ident),*) $(-> $result:ident)? = $function:expr) => {
        $crate::host::HostFunction {
            module: $module,
            name: stringify!($name),
            parameters: &[$($crate::host::Number::$parameter),*],
            results: &[$($crate::host::Number::$result)?],
            link: |linker| {
                linker.func_wrap($module, stringify!($name), $function)?;
                Ok(())
            },
        }
    };
}
use host;

/// Every host function that a user's module may import.
pub(crate) fn all() -> impl Iterator<Item = &'static HostFunction> {
    getters::CURRENT
        .iter()
        .chain(getters::LEGACY)
        .chain(wasi::STUBS)
}

/// The host function that answers an import of this name and type.
pub(crate) fn find(
    module: &str,
    name: &str,
    ty: &FuncType,
    is_interpreter: bool,
) -> Option<&'static HostFunction> {
    let others = is_interpreter.then_some(script::FUNCTIONS);
    all()
        .chain(others.into_iter().flatten())
        .find(|f| f.module == module && f.name == name && f.matches(ty))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The tables say of each function what the linker knows of it.
    #[test]
    fn declared_types_are_the_linked_ones() {
        let engine = wasmtime::Engine::default();
        let mut store = wasmtime::Store::new(
            &engine,
            Host::new(Parameters::default(), &Limits::default(), || ()),
        );
        for function in all().chain(script::FUNCTIONS) {
            let mut linker = Linker::new(&engine);
            function.link(&mut linker).unwrap();
            let linked = linker
                .get(&mut store, function.module, function.name)
                .unwrap();
            let ty = linked.into_func().unwrap().ty(&store);
            assert!(
                function.matches(&ty),
                "{} is linked as {}",
                function.name,
                abi::describe(&ty)
            );
        }
    }
}
