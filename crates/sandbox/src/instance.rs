//! A running copy of a module: memory, parameters, limits; called once for each document.

use std::mem;

use quidditch_document::{Document, Value};
use wasmtime::{Func, FuncType, Store, TypedFunc, UpdateDeadline, ValRaw, ValType};

use crate::abi::Type;
use crate::error::{CallError, Stop};
use crate::host::{Host, SUCCESS};
use crate::limits::Limits;
use crate::log::Line;
use crate::module::{Entry, Module};
use crate::parameters::{Parameter, Parameters};

/// What a call answers.
#[derive(Clone, Debug, PartialEq)]
pub enum Output {
    I32(i32),
    I64(i64),
    F32(f32),
    F64(f64),
    String(String),
}

/// A module's instance, with parameters of its own.
///
/// Its memory keeps what the guest puts there from call to call. Once a call has failed, or was left by
/// a panic of `on_tick`, the instance is [`broken`](Self::is_broken) and must be dropped.
pub struct Instance {
    store: Store<Host>,
    instance: wasmtime::Instance,
    function: Function,
    returns: Type,
    /// Whether parameters may have changed since the last call.
    is_set: bool,
    broken: bool,
}

/// The entry function, by what is cheapest to call.
enum Function {
    I32(TypedFunc<i64, i32>),
    I64(TypedFunc<i64, i64>),
    F32(TypedFunc<i64, f32>),
    F64(TypedFunc<i64, f64>),
    Typed(Typed),
    /// A script's, whose integers are `i64` and whose floats are `f64`.
    NarrowI32(TypedFunc<i64, i64>),
    NarrowF32(TypedFunc<i64, f64>),
}

/// An entry function with typed arguments. The runtime's own way to call a function of a type that only this type
/// tells takes ten times as long.
struct Typed {
    function: Func,
    /// Of the arguments behind `ctx`.
    types: Vec<ValType>,
    result: ValType,
    /// A place for `ctx`, then those.
    arguments: Vec<ValRaw>,
    /// What a call gets, and where it leaves its result.
    slots: Vec<ValRaw>,
}

impl Instance {
    /// Makes an instance and runs its start function and its `_initialize`, under the same limits as a
    /// call. An interpreter then loads its script.
    ///
    /// # Errors
    /// The limits don't allow it, or the start code failed.
    pub fn new(
        module: &Module,
        entry: &Entry,
        parameters: &Parameters,
        limits: &Limits,
    ) -> Result<Self, CallError> {
        Self::start(module, entry, parameters, limits).map_err(|(error, _)| error)
    }

    /// As [`new`](Self::new); with the error comes what the start code logged.
    ///
    /// # Errors
    /// As for [`new`](Self::new).
    pub fn start(
        module: &Module,
        entry: &Entry,
        parameters: &Parameters,
        limits: &Limits,
    ) -> Result<Self, (CallError, Vec<Line>)> {
        let mut host = Host::new(parameters.clone(), limits, module.on_tick);
        host.script = module.script.as_ref().map(|s| s.script.clone());
        host.max_stack = module.script.as_ref().map_or(0, |s| s.max_stack);
        host.function = entry.function.clone();
        let mut store = Store::new(module.compiled().engine(), host);
        store.limiter(|host| &mut host.limiter);
        store.set_epoch_deadline(1);
        store.epoch_deadline_callback(|mut context| {
            let host = context.data_mut();
            (host.on_tick)();
            host.stopwatch.tick(host.call)?;
            Ok(UpdateDeadline::Continue(1))
        });
        // Who ticks may have done so before there was a deadline to pass; from here on, no tick is missed.
        (module.on_tick)();
        let started = module.linked.instantiate(&mut store).and_then(|instance| {
            let load = module.script.as_ref().map(|scripted| scripted.start());
            for export in [module.initialize.as_ref(), load].into_iter().flatten() {
                let function = instance
                    .get_module_export(&mut store, export)
                    .and_then(|e| e.into_func());
                if let Some(function) = function {
                    function.typed::<(), ()>(&store)?.call(&mut store, ())?;
                }
            }
            let function = Function::new(&mut store, instance, entry)?;
            Ok((instance, function))
        });
        store.data_mut().log.end();
        match started {
            Ok((instance, function)) => Ok(Instance {
                store,
                instance,
                function,
                returns: entry.returns,
                is_set: false,
                broken: false,
            }),
            Err(error) => {
                let host = store.data_mut();
                let refused = host.limiter.refused.take();
                Err((CallError::from_runtime(error, refused), host.log.take()))
            }
        }
    }

    /// Calls the entry function for a document. `score` is what `get_score` answers.
    ///
    /// # Errors
    /// The guest ended without an answer; see [`CallError`].
    #[inline]
    pub fn call(&mut self, document: Document<'_>, score: f64) -> Result<Output, CallError> {
        let output = self.run(document, score)?;
        if self.returns != Type::String {
            return Ok(output);
        }
        match output {
            Output::I32(SUCCESS) => Ok(Output::String(self.store.data().result.clone())),
            Output::I32(status) => Err(CallError::Status { status }),
            other => Ok(other),
        }
    }

    /// Calls the entry function as a filter: whether the document stays in. Any number but zero (and
    /// NaN) lets it.
    ///
    /// # Errors
    /// As for [`call`](Self::call).
    #[inline]
    pub fn filter(&mut self, document: Document<'_>, score: f64) -> Result<bool, CallError> {
        Ok(match self.run(document, score)? {
            Output::I32(i) => i != 0,
            Output::I64(i) => i != 0,
            Output::F32(f) => f != 0.0 && !f.is_nan(),
            Output::F64(f) => f != 0.0 && !f.is_nan(),
            Output::String(_) => false,
        })
    }

    #[inline]
    fn run(&mut self, document: Document<'_>, score: f64) -> Result<Output, CallError> {
        if self.broken {
            return Err(CallError::Internal("a broken instance was called".into()));
        }
        let root = document.root().map_err(CallError::Damaged)?;
        if mem::take(&mut self.is_set) {
            self.function.set(&self.store.data().parameters);
        }
        // Stays set when the call fails, or when `on_tick` leaves it by a panic.
        self.broken = true;
        let host = self.store.data_mut();
        host.call += 1;
        host.score = score;
        host.random = 0;
        host.limiter.refused = None;
        // SAFETY: a change of lifetime only. Host functions alone read this copy of the borrow, they run inside
        // `Function::call` alone, and there `document` is still borrowed. It is taken away before this function
        // returns; a panic skips that, but leaves `broken` set, and then no guest code runs again.
        host.document = Some(unsafe { mem::transmute::<Value<'_>, Value<'static>>(root) });
        host.result.clear();
        let ctx = host.call;
        let answer = self.function.call(&mut self.store, ctx);
        let host = self.store.data_mut();
        host.document = None;
        host.log.end();
        match answer {
            Ok(output) => {
                self.broken = false;
                Ok(output)
            }
            Err(error) => Err(CallError::from_runtime(error, host.limiter.refused.take())),
        }
    }

    /// The parameters of the calls to come. After such a call, ask [`is_outdated`](Self::is_outdated).
    #[inline]
    pub fn parameters(&mut self) -> &mut Parameters {
        self.is_set = true;
        &mut self.store.data_mut().parameters
    }

    /// Whether the guest asked for a parameter in an earlier call, and has not asked again since it was
    /// changed. What it answers, or why it fails, may then belong to the earlier value.
    #[inline]
    pub fn is_outdated(&self) -> bool {
        self.store.data().parameters.are_outdated()
    }

    /// Whether a call failed; such an instance must not be called again.
    pub fn is_broken(&self) -> bool {
        self.broken
    }

    /// Whether the last calls logged anything.
    #[inline]
    pub fn has_logged(&self) -> bool {
        !self.store.data().log.is_empty()
    }

    /// What was logged since [`take_log`](Self::take_log).
    pub fn log(&self) -> &[Line] {
        self.store.data().log.lines()
    }

    /// Hands out what was logged since the last time.
    pub fn take_log(&mut self) -> Vec<Line> {
        self.store.data_mut().log.take()
    }

    /// Bytes of linear memory the instance has now.
    pub fn memory_bytes(&mut self) -> usize {
        let memory = self.instance.get_memory(&mut self.store, "memory");
        memory.map_or(0, |memory| memory.data_size(&self.store))
    }
}

impl Function {
    fn new(
        store: &mut Store<Host>,
        instance: wasmtime::Instance,
        entry: &Entry,
    ) -> wasmtime::Result<Self> {
        let function = instance
            .get_module_export(&mut *store, &entry.export)
            .and_then(|export| export.into_func())
            .ok_or_else(|| wasmtime::Error::msg("the entry function is gone"))?;
        if entry.typed {
            let parameters = &store.data().parameters;
            return Typed::new(function, &function.ty(&store), parameters, entry.returns)
                .map(Function::Typed)
                .ok_or_else(|| wasmtime::Error::msg("the parameters are not the entry's"));
        }
        Ok(match entry.returns {
            Type::I32 if entry.function.is_some() => Function::NarrowI32(function.typed(&store)?),
            Type::F32 if entry.function.is_some() => Function::NarrowF32(function.typed(&store)?),
            Type::String | Type::I32 | Type::Bool => Function::I32(function.typed(&store)?),
            Type::I64 => Function::I64(function.typed(&store)?),
            Type::F32 => Function::F32(function.typed(&store)?),
            Type::F64 => Function::F64(function.typed(&store)?),
        })
    }

    #[inline]
    fn call(&mut self, store: &mut Store<Host>, ctx: i64) -> wasmtime::Result<Output> {
        match self {
            Function::I32(function) => function.call(store, ctx).map(Output::I32),
            Function::I64(function) => function.call(store, ctx).map(Output::I64),
            Function::F32(function) => function.call(store, ctx).map(Output::F32),
            Function::F64(function) => function.call(store, ctx).map(Output::F64),
            Function::Typed(typed) => typed.call(store, ctx),
            Function::NarrowI32(function) => {
                let integer = function.call(&mut *store, ctx)?;
                let narrow = i32::try_from(integer).map_err(|_| out_of_range(store, integer))?;
                Ok(Output::I32(narrow))
            }
            Function::NarrowF32(function) => {
                let float = function.call(store, ctx)?;
                Ok(Output::F32(float as f32))
            }
        }
    }

    #[inline]
    fn set(&mut self, parameters: &Parameters) {
        if let Function::Typed(typed) = self {
            typed.set(parameters);
        }
    }
}

#[cold]
fn out_of_range(store: &Store<Host>, integer: i64) -> Stop {
    let function = store.data().function.as_deref().unwrap_or_default();
    Stop::Failed {
        message: format!("OverflowError: {function} must return an i32, not {integer}"),
        detail: String::new(),
    }
}

impl Typed {
    /// Not unless the function takes `ctx` and those parameters, and returns that.
    fn new(function: Func, ty: &FuncType, parameters: &Parameters, returns: Type) -> Option<Self> {
        let types: Vec<_> = parameters.types().filter_map(|ty| ty.argument()).collect();
        let result = returns.result();
        let taken = [ValType::I64].iter().chain(&types);
        let fits = ty.params().len() == types.len() + 1
            && ty.params().zip(taken).all(|(a, b)| a.matches(b))
            && ty.results().len() == 1
            && ty.results().all(|ty| ty.matches(&result));
        if !fits {
            return None;
        }
        let arguments = vec![ValRaw::i64(0); types.len() + 1];
        let mut typed = Typed {
            function,
            types,
            result,
            slots: arguments.clone(),
            arguments,
        };
        typed.set(parameters);
        Some(typed)
    }

    /// Takes the arguments from the parameters.
    fn set(&mut self, parameters: &Parameters) {
        let places = self.arguments[1..].iter_mut().zip(&self.types);
        for ((place, ty), value) in places.zip(parameters.arguments()) {
            *place = match (ty, value) {
                (ValType::I32, Some(Parameter::Integer(i))) => ValRaw::i32(*i as i32),
                (ValType::I32, Some(Parameter::Bool(b))) => ValRaw::i32(*b as i32),
                (ValType::I64, Some(Parameter::Integer(i))) => ValRaw::i64(*i),
                (ValType::F32, Some(Parameter::Float(f))) => ValRaw::f32((*f as f32).to_bits()),
                (ValType::F64, Some(Parameter::Float(f))) => ValRaw::f64(f.to_bits()),
                // Zero as any number.
                _ => ValRaw::i64(0),
            };
        }
    }

    #[inline]
    fn call(&mut self, store: &mut Store<Host>, ctx: i64) -> wasmtime::Result<Output> {
        self.arguments[0] = ValRaw::i64(ctx);
        self.slots.copy_from_slice(&self.arguments);
        // SAFETY: `call_unchecked` wants the arguments in the types of the function, and room for its results: `new`
        // saw that `types` and `result` are its own, `set` goes by them, and the store is the function's.
        unsafe {
            self.function
                .call_unchecked(store, &raw mut self.slots[..])?
        };
        let result = &self.slots[0];
        Ok(match self.result {
            ValType::I64 => Output::I64(result.get_i64()),
            ValType::F32 => Output::F32(f32::from_bits(result.get_f32())),
            ValType::F64 => Output::F64(f64::from_bits(result.get_f64())),
            _ => Output::I32(result.get_i32()),
        })
    }
}
