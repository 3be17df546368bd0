//! A running copy of a module: memory, parameters, limits; called once for each document.

use std::mem;

use quidditch_document::{Document, Value};
use wasmtime::{Func, Store, TypedFunc, UpdateDeadline, Val};

use crate::abi::Type;
use crate::error::CallError;
use crate::host::{Host, SUCCESS};
use crate::limits::Limits;
use crate::log::Line;
use crate::module::{Entry, Module};
use crate::parameters::Parameters;

/// What a call answers.
#[derive(Clone, Debug, PartialEq)]
pub enum Output {
    I32(i32),
    I64(i64),
    F32(f32),
    F64(f64),
    String(String),
}

/// A module's instance, for one set of parameters.
///
/// Its memory keeps what the guest puts there from call to call. Once a call has failed, or was left by
/// a panic of `on_tick`, the instance is [`broken`](Self::is_broken) and must be dropped.
pub struct Instance {
    store: Store<Host>,
    instance: wasmtime::Instance,
    function: Function,
    returns: Type,
    broken: bool,
}

/// The entry function, by what is cheapest to call.
enum Function {
    I32(TypedFunc<i64, i32>),
    I64(TypedFunc<i64, i64>),
    F32(TypedFunc<i64, f32>),
    F64(TypedFunc<i64, f64>),
    /// With typed arguments: place 0 takes `ctx`.
    General(Func, Vec<Val>),
}

impl Instance {
    /// Makes an instance and runs its start function and its `_initialize`, under the same limits as a
    /// call.
    ///
    /// # Errors
    /// The limits don't allow it, or the start code failed.
    pub fn new(
        module: &Module,
        entry: &Entry,
        parameters: &Parameters,
        limits: &Limits,
    ) -> Result<Self, CallError> {
        let host = Host::new(parameters.clone(), limits, module.on_tick);
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
            if let Some(export) = &module.initialize {
                let initialize = instance
                    .get_module_export(&mut store, export)
                    .and_then(|e| e.into_func());
                if let Some(initialize) = initialize {
                    initialize.typed::<(), ()>(&store)?.call(&mut store, ())?;
                }
            }
            let function = Function::new(&mut store, instance, entry)?;
            Ok((instance, function))
        });
        match started {
            Ok((instance, function)) => Ok(Instance {
                store,
                instance,
                function,
                returns: entry.returns,
                broken: false,
            }),
            Err(error) => {
                let refused = store.data_mut().limiter.refused.take();
                Err(CallError::from_runtime(error, refused))
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
        // Stays set when the call fails, or when `on_tick` leaves it by a panic.
        self.broken = true;
        let host = self.store.data_mut();
        host.call += 1;
        host.score = score;
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
        match answer {
            Ok(output) => {
                self.broken = false;
                Ok(output)
            }
            Err(error) => Err(CallError::from_runtime(error, host.limiter.refused.take())),
        }
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
            let arguments = [Val::I64(0)]
                .into_iter()
                .chain(store.data().parameters.arguments())
                .collect();
            return Ok(Function::General(function, arguments));
        }
        Ok(match entry.returns {
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
            Function::General(function, arguments) => {
                arguments[0] = Val::I64(ctx);
                let mut result = [Val::I32(0)];
                function.call(store, arguments, &mut result)?;
                Ok(match result {
                    [Val::I64(i)] => Output::I64(i),
                    [Val::F32(bits)] => Output::F32(f32::from_bits(bits)),
                    [Val::F64(bits)] => Output::F64(f64::from_bits(bits)),
                    [Val::I32(i)] => Output::I32(i),
                    [other] => {
                        return Err(wasmtime::Error::msg(format!("unexpected result {other:?}")));
                    }
                })
            }
        }
    }
}
