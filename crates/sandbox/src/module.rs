//! A compiled module that has been checked against the guest ABI.

use std::sync::Arc;

use wasmtime::{ExternType, FuncType, InstancePre, Linker, ModuleExport, ValType};

use crate::abi::{self, Signature, Type};
use crate::error::Refused;
use crate::host::{self, Host};
use crate::script::Scripted;

const MAGIC: &[u8] = b"\0asm";

/// How many of a module's problems a message lists.
const MOST_PROBLEMS: usize = 20;

/// A compiled module whose every import is a host function. Cheap to clone.
#[derive(Clone)]
pub struct Module {
    pub(crate) linked: InstancePre<Host>,
    pub(crate) on_tick: fn(),
    /// The export that initializes an instance before its first call, as a WASI reactor has it.
    pub(crate) initialize: Option<ModuleExport>,
    /// What an interpreter runs.
    pub(crate) script: Option<Arc<Scripted>>,
}

/// An export that has the type its metadata declares.
#[derive(Clone)]
pub struct Entry {
    pub(crate) export: ModuleExport,
    pub(crate) returns: Type,
    /// Whether it takes the typed parameters behind `ctx`.
    pub(crate) typed: bool,
    /// Whether the signature says what it returns.
    pub(crate) declared: bool,
    /// The function of a script; the export is then how to call one.
    pub(crate) function: Option<Arc<str>>,
}

impl Entry {
    /// What a call answers: as declared, else by the export's result, an i32 being a bool.
    pub fn returns(&self) -> Type {
        self.returns
    }

    /// Whether what it returns was declared; else a bool is only an i32 of which nothing more is known.
    pub fn is_declared(&self) -> bool {
        self.declared
    }

    /// Whether it takes numbers and bools as arguments; else it asks for them like for strings.
    pub fn is_typed(&self) -> bool {
        self.typed
    }
}

impl Module {
    /// Checks imports and memory.
    pub(crate) fn new(compiled: wasmtime::Module, on_tick: fn()) -> Result<Self, Refused> {
        Self::link(compiled, on_tick, None)
    }

    /// The same for an interpreter, which alone may import the functions for interpreters. A call of a function
    /// that is forbidden fails.
    pub(crate) fn interpreter(
        compiled: wasmtime::Module,
        on_tick: fn(),
        is_forbidden: &dyn Fn(&str) -> bool,
    ) -> Result<Self, Refused> {
        Self::link(compiled, on_tick, Some(is_forbidden))
    }

    fn link(
        compiled: wasmtime::Module,
        on_tick: fn(),
        is_forbidden: Option<&dyn Fn(&str) -> bool>,
    ) -> Result<Self, Refused> {
        let is_interpreter = is_forbidden.is_some();
        let mut linker = Linker::new(compiled.engine());
        // The same function may be imported twice.
        linker.allow_shadowing(true);
        let mut refused = Refused {
            problems: Vec::new(),
            hint: None,
        };
        let mut needs_memory = None;
        for import in compiled.imports() {
            let (module, name) = (import.module(), import.name());
            let function = match import.ty() {
                ExternType::Func(ty) => match host::find(module, name, &ty, is_interpreter) {
                    Some(function) => function,
                    None => {
                        refused.problems.push(unknown_import(module, name, &ty));
                        refused.hint.get_or_insert_with(|| hint_for(module));
                        continue;
                    }
                },
                other => {
                    refused.problems.push(format!(
                        "import {} is a {}: a module may import functions only",
                        quoted(module, name),
                        kind(&other)
                    ));
                    continue;
                }
            };
            needs_memory = needs_memory.or(function.needs_memory().then_some(function.name));
            let linked = match is_forbidden {
                Some(is_forbidden) if is_forbidden(name) => function.forbid(&mut linker),
                _ => function.link(&mut linker),
            };
            linked.map_err(|e| Refused::because(format!("{e:#}")))?;
        }
        if let Some(problem) = memory_problem(&compiled, needs_memory) {
            refused.problems.push(problem);
        }
        let initialize = match compiled.get_export("_initialize") {
            None => None,
            Some(ExternType::Func(ty)) if ty.params().len() == 0 && ty.results().len() == 0 => {
                compiled.get_export_index("_initialize")
            }
            Some(_) => {
                refused
                    .problems
                    .push("export \"_initialize\" must be a function () -> nothing".into());
                None
            }
        };
        if !refused.problems.is_empty() {
            let more = refused.problems.len().saturating_sub(MOST_PROBLEMS);
            refused.problems.truncate(MOST_PROBLEMS);
            if more > 0 {
                refused.problems.push(format!("and {more} more problems"));
            }
            return Err(refused);
        }
        let linked = linker
            .instantiate_pre(&compiled)
            .map_err(|error| Refused::because(format!("{error:#}")))?;
        Ok(Module {
            linked,
            on_tick,
            initialize,
            script: None,
        })
    }

    pub(crate) fn compiled(&self) -> &wasmtime::Module {
        self.linked.module()
    }

    /// Bytes of linear memory that an instance starts with.
    pub fn initial_memory(&self) -> u64 {
        match self.compiled().get_export("memory") {
            Some(ExternType::Memory(ty)) => ty.minimum().saturating_mul(ty.page_size()),
            _ => 0,
        }
    }

    /// The names of the host functions it imports.
    pub fn imports(&self) -> impl Iterator<Item = &str> {
        self.compiled().imports().map(|import| import.name())
    }

    /// The numbers that the exported function `name` takes behind `ctx`; `None` when it isn't one that could be
    /// called so. A script's functions take their parameters by name.
    pub fn arguments(&self, name: &str) -> Option<Vec<Type>> {
        if self.script.is_some() {
            return Some(Vec::new());
        }
        let Some(ExternType::Func(ty)) = self.compiled().get_export(name) else {
            return None;
        };
        let mut types = ty.params();
        if !types.next()?.matches(&ValType::I64) {
            return None;
        }
        let each = types.map(|ty| match ty {
            ValType::I32 => Some(Type::I32),
            ValType::I64 => Some(Type::I64),
            ValType::F32 => Some(Type::F32),
            ValType::F64 => Some(Type::F64),
            _ => None,
        });
        each.collect()
    }

    /// The entry function `name`, if it has a type that `signature` allows. Whether a script has a function of
    /// that name shows when an instance is made.
    ///
    /// # Errors
    /// The export is missing (with the list of functions there are) or has another type.
    pub fn entry(&self, name: &str, signature: &Signature) -> Result<Entry, Refused> {
        if let Some(scripted) = &self.script {
            let returns = signature.returns.unwrap_or(Type::Bool);
            return Ok(Entry {
                export: *scripted.call(returns),
                returns,
                typed: false,
                declared: signature.returns.is_some(),
                function: Some(name.into()),
            });
        }
        let compiled = self.compiled();
        let Some(ExternType::Func(ty)) = compiled.get_export(name) else {
            let functions: Vec<_> = compiled
                .exports()
                .filter(|e| matches!(e.ty(), ExternType::Func(_)))
                .map(|e| format!("{:?}", e.name()))
                .take(MOST_PROBLEMS)
                .collect();
            let there_are = match functions.is_empty() {
                true => "The module exports no function.".into(),
                false => format!("The module exports {}.", functions.join(", ")),
            };
            return Err(
                Refused::because(format!("there is no exported function {name:?}"))
                    .with_hint(there_are),
            );
        };
        let wrong = |expected: String| {
            Refused::because(format!(
                "export {name:?} has type {}, expected {expected}",
                abi::describe(&ty)
            ))
        };
        let typed = match arguments(&ty, signature) {
            Some(typed) => typed,
            None => {
                let result = signature.returns.map_or(ValType::I32, Type::result);
                let plain =
                    abi::describe_parts([ValType::I64].into_iter(), [result.clone()].into_iter());
                let arguments: Vec<_> = signature.arguments().collect();
                return Err(wrong(if arguments.is_empty() {
                    plain
                } else {
                    let all = [ValType::I64].into_iter().chain(arguments);
                    format!(
                        "{plain} or {}",
                        abi::describe_parts(all, [result].into_iter())
                    )
                }));
            }
        };
        let mut results = ty.results();
        let result = results.next().filter(|_| results.next().is_none());
        let returns = match (signature.returns, &result) {
            (Some(declared), Some(r)) if r.matches(&declared.result()) => declared,
            (None, Some(ValType::I32)) => Type::Bool,
            (None, Some(ValType::I64)) => Type::I64,
            (None, Some(ValType::F32)) => Type::F32,
            (None, Some(ValType::F64)) => Type::F64,
            (Some(declared), _) => {
                return Err(wrong(format!(
                    "a result of {} for the declared type {declared}",
                    declared.result()
                )));
            }
            (None, _) => return Err(wrong("one result of i32, i64, f32 or f64".into())),
        };
        let export = compiled
            .get_export_index(name)
            .ok_or_else(|| wrong("a function".into()))?;
        Ok(Entry {
            export,
            returns,
            typed,
            declared: signature.returns.is_some(),
            function: None,
        })
    }
}

/// Whether a function takes `(ctx)` (`Some(false)`), `(ctx, …parameters)` (`Some(true)`) or neither.
fn arguments(ty: &FuncType, signature: &Signature) -> Option<bool> {
    let mut given = ty.params();
    if !given.next()?.matches(&ValType::I64) {
        return None;
    }
    if given.len() == 0 {
        return Some(false);
    }
    let declared: Vec<_> = signature.arguments().collect();
    let same = given.len() == declared.len() && given.zip(&declared).all(|(g, d)| g.matches(d));
    same.then_some(true)
}

fn memory_problem(compiled: &wasmtime::Module, needed_by: Option<&str>) -> Option<String> {
    match compiled.get_export("memory") {
        Some(ExternType::Memory(ty)) if ty.is_shared() => Some("memory is shared".into()),
        Some(ExternType::Memory(_)) => None,
        Some(other) => Some(format!(
            "export \"memory\" is a {}, not a memory",
            kind(&other)
        )),
        None if compiled.resources_required().num_memories > 0 => {
            Some("the module has a memory but doesn't export it as \"memory\"".into())
        }
        None => needed_by.map(|function| {
            format!("the module exports no \"memory\", which its import \"{function}\" works on")
        }),
    }
}

/// Reads bytes as a binary module or as WAT text.
pub(crate) fn assemble(bytes: &[u8]) -> Result<Vec<u8>, Refused> {
    if bytes.starts_with(MAGIC) {
        return match bytes.get(4..8) {
            Some([_, _, 0, 0]) => Ok(bytes.to_vec()),
            Some(_) => Err(
                Refused::because("this is a WebAssembly component, not a core module").with_hint(
                    "Build for wasm32-unknown-unknown or wasm32-wasi, without the component model.",
                ),
            ),
            None => Err(Refused::because(
                "the module is cut off after its magic number (offset 4)",
            )),
        };
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        Refused::because(format!(
            "the bytes are neither a binary module (they don't begin with \\0asm) nor text (offset {})",
            error.valid_up_to()
        ))
    })?;
    // A byte string that isn't meant as text at all gets a better answer than "expected `(`".
    if !text.trim_start().starts_with(['(', ';']) {
        return Err(Refused::because(
            "the bytes are neither a binary module (they don't begin with \\0asm) nor WAT text (it begins with a parenthesis)",
        ));
    }
    match wat::parse_str(text) {
        Ok(binary) => assemble(&binary),
        Err(error) => Err(Refused::because(format!(
            "WAT syntax error: {}",
            wat_message(&error.to_string())
        ))),
    }
}

/// The assembler prints "message\n     --> <anon>:3:7\n…excerpt"; line and column say as much in one line.
fn wat_message(printed: &str) -> String {
    let mut lines = printed.lines();
    let message = lines.next().unwrap_or_default();
    let place = lines
        .find_map(|line| line.split_once("-->"))
        .and_then(|(_, place)| {
            let mut numbers = place.trim().rsplitn(3, ':');
            let (column, line) = (numbers.next()?, numbers.next()?);
            Some(format!("line {line}, column {column}: {message}"))
        });
    place.unwrap_or_else(|| message.to_owned())
}

pub(crate) fn not_valid(error: &wasmtime::Error) -> Refused {
    // The chain goes from "failed to parse WebAssembly module" to the reason, which has the offset.
    Refused::because(format!("{:#}", error))
}

fn unknown_import(module: &str, name: &str, ty: &FuncType) -> String {
    let known: Vec<_> = host::all()
        .filter(|f| f.module == module && f.name == name)
        .map(|f| f.describe())
        .collect();
    let import = quoted(module, name);
    match known.is_empty() {
        true => format!("import {import} doesn't exist"),
        false => format!(
            "import {import} has type {}, the host's is {}",
            abi::describe(ty),
            known.join(" or ")
        ),
    }
}

/// What a module could import instead.
fn hint_for(module: &str) -> String {
    if module.starts_with("wasi") {
        return "Of WASI there is what compilers import by themselves: a module has no files, no sockets and no clock.".into();
    }
    let mut names: Vec<_> = host::all()
        .filter(|f| f.module == "env")
        .map(|f| f.name)
        .collect();
    names.sort_unstable();
    names.dedup();
    format!("Modules can import from \"env\": {}.", names.join(", "))
}

fn quoted(module: &str, name: &str) -> String {
    let cut = |s: &str| s.chars().take(100).collect::<String>();
    format!("{:?} of {:?}", cut(name), cut(module))
}

fn kind(ty: &ExternType) -> &'static str {
    match ty {
        ExternType::Func(_) => "function",
        ExternType::Global(_) => "global",
        ExternType::Table(_) => "table",
        ExternType::Memory(_) => "memory",
        ExternType::Tag(_) => "tag",
        #[allow(unreachable_patterns)]
        _ => "thing of another kind",
    }
}
