//! The compiler and runtime, configured once.

use wasmtime::{Collector, Config, Engine};

use crate::cache::{CodeCache, Digest};
use crate::cost;
use crate::error::Refused;
use crate::module::{self, Module};
use crate::script::Interpreter;

/// Space beside a growable memory that it may take without moving.
const GROWTH_RESERVATION: u64 = 1 << 20;

/// Compiles and runs modules under one stack limit. Cheap to clone: clones share the engine.
#[derive(Clone)]
pub struct Sandbox {
    engine: Engine,
    max_stack: usize,
    on_tick: fn(),
}

impl Sandbox {
    /// A sandbox whose guests may use `max_stack` bytes of the native stack, measured from where a
    /// call enters the guest. `on_tick` runs inside guest calls, after [`tick`](Self::tick), and when
    /// an instance is made.
    ///
    /// # Errors
    /// What the runtime says when it can't run on this machine.
    pub fn new(max_stack: usize, on_tick: fn()) -> Result<Self, String> {
        let mut config = Config::new();
        config
            // The host owns the signal handlers: bounds are checked in the code, and a trap is a return.
            .signals_based_traps(false)
            .memory_guard_size(0)
            .memory_reservation(0)
            .memory_reservation_for_growth(GROWTH_RESERVATION)
            .guard_before_linear_memory(false)
            // Copying the few kilobytes of data a guest has is five times faster than mapping them.
            .memory_init_cow(false)
            .epoch_interruption(true)
            .cranelift_nan_canonicalization(true)
            .wasm_relaxed_simd(false)
            .wasm_memory64(false)
            .wasm_multi_memory(false)
            // Exceptions are objects of the runtime's collector, which is there for them alone.
            .wasm_exceptions(true)
            .collector(Collector::Copying)
            .wasm_function_references(false)
            .wasm_gc(false)
            // Neither debuggers nor native unwinding look into guest code.
            .native_unwind_info(false)
            .generate_address_map(false)
            .wasm_backtrace_max_frames(None)
            .max_wasm_stack(max_stack);
        let engine = Engine::new(&config).map_err(|e| format!("{e:#}"))?;
        Ok(Sandbox {
            engine,
            max_stack,
            on_tick,
        })
    }

    /// Makes `on_tick` run soon in the guest call that runs now, and lets it check its deadline. An
    /// atomic addition: may be called from a signal handler.
    #[inline]
    pub fn tick(&self) {
        self.engine.increment_epoch();
    }

    /// Turns WAT text into a binary module; bytes that already are one stay as they are.
    ///
    /// # Errors
    /// The syntax error, with line and column.
    pub fn assemble(bytes: &[u8]) -> Result<Vec<u8>, Refused> {
        module::assemble(bytes)
    }

    /// Compiles a binary module or WAT text and checks its imports and its memory. Takes seconds for a megabyte, and
    /// nothing interrupts it: the caller limits the size.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn compile(&self, bytes: &[u8]) -> Result<Module, Refused> {
        Module::new(self.translate(bytes)?, self.on_tick)
    }

    /// Compiles an interpreter: one of the host's own, as it may import what others may not.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn compile_interpreter(&self, bytes: &[u8]) -> Result<Interpreter, Refused> {
        Interpreter::new(self.translate(bytes)?, self.on_tick, self.max_stack)
    }

    fn translate(&self, bytes: &[u8]) -> Result<wasmtime::Module, Refused> {
        let bytes = module::assemble(bytes)?;
        cost::check(&bytes)?;
        wasmtime::Module::from_binary(&self.engine, &bytes)
            .map_err(|error| module::not_valid(&error))
    }

    /// Compiles a module and keeps its machine code in `cache` under `digest`, the SHA-256 of `bytes`.
    ///
    /// # Errors
    /// As for [`compile`](Self::compile). Trouble with the cache is not an error.
    pub fn compile_into(
        &self,
        bytes: &[u8],
        digest: &Digest,
        cache: &CodeCache,
    ) -> Result<Module, Refused> {
        let module = self.compile(bytes)?;
        self.keep(&module, digest, cache);
        Ok(module)
    }

    /// Keeps a module's machine code in `cache`. Trouble with the cache is not an error.
    pub fn keep(&self, module: &Module, digest: &Digest, cache: &CodeCache) {
        cache.write(&self.engine, digest, module.compiled());
    }

    /// The module that the cache has under `digest`, if it has it.
    pub fn load(&self, digest: &Digest, cache: &CodeCache) -> Option<Module> {
        Module::new(cache.read(&self.engine, digest)?, self.on_tick).ok()
    }

    /// Compiles an interpreter and keeps its machine code in `cache` under `digest`, the SHA-256 of `bytes`: once
    /// for all its scripts.
    ///
    /// # Errors
    /// As for [`compile_interpreter`](Self::compile_interpreter). Trouble with the cache is not an error.
    pub fn compile_interpreter_into(
        &self,
        bytes: &[u8],
        digest: &Digest,
        cache: &CodeCache,
    ) -> Result<Interpreter, Refused> {
        let interpreter = self.compile_interpreter(bytes)?;
        self.keep(&interpreter.module, digest, cache);
        Ok(interpreter)
    }

    /// The interpreter that the cache has under `digest`, if it has it.
    pub fn load_interpreter(&self, digest: &Digest, cache: &CodeCache) -> Option<Interpreter> {
        let compiled = cache.read(&self.engine, digest)?;
        Interpreter::new(compiled, self.on_tick, self.max_stack).ok()
    }
}
