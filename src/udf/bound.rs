//! A UDF with its parameters at one place of a statement, called for each row.

use std::rc::Rc;

use pgrx::pg_sys;
use pgrx::prelude::*;
use quidditch_cluster::Failure;
use quidditch_document::Document;
use quidditch_sandbox::{CallError, Instance, Level, Line, Output, Parameters, Type};
use serde_json::Value;

use super::loaded::Listed;
use super::registry::{self, Udf};
use super::tally::Tally;
use super::{audit, limit, parameters, permissions, runtime};
use crate::report::{self, Code, Report};
use crate::settings::{self, LogLevel};

/// How many log lines of a failed call an error's detail shows, the first ones and the last ones each.
const LINES_IN_DETAIL: usize = 10;

/// How long it is remembered that an instance took other parameters.
const MOST_PATIENCE: i32 = 64;

/// As many calls that it did count like one that it didn't.
const DISAPPOINTMENT: i32 = 8;

/// A resolved UDF, its parameters checked, its instance made when the first row comes. The instance is
/// this call site's alone and goes with it, so nothing a guest remembers reaches another statement.
pub struct Bound {
    udf: Rc<Udf>,
    parameters: Parameters,
    /// Of the parameters as they were given, where calls are recorded.
    digest: Option<[u8; 16]>,
    instance: Option<Running>,
    /// How often an instance did go on with parameters that were set anew, below zero when that is no use.
    patience: i32,
    tally: Tally,
}

struct Running {
    instance: Instance,
    /// Whose rows it has seen.
    user: pg_sys::Oid,
    listed: Listed,
}

impl Bound {
    /// Resolves a UDF (the latest version without one) and checks its parameters.
    pub fn new(name: &str, version: Option<&str>, given: &Value) -> Result<Self, Report> {
        let digest = (settings::audit_calls() > 0.0).then(|| audit::digest(given));
        let given = given
            .as_object()
            .ok_or_else(|| Report::invalid("parameters must be a JSON object"))?;
        let udf = registry::resolve(name, version)?;
        udf.rights.check(&udf.label, runtime::user())?;
        let parameters = parameters::bind(&udf.label, &udf.declared, given)?;
        let mut bound = Self::of(udf, parameters);
        bound.digest = digest;
        Ok(bound)
    }

    /// A UDF that was resolved, with parameters that fit its declaration.
    pub fn of(udf: Rc<Udf>, parameters: Parameters) -> Self {
        Bound {
            udf,
            parameters,
            digest: None,
            instance: None,
            patience: 0,
            tally: Tally::new(),
        }
    }

    /// Makes an instance, which loads what an interpreter runs.
    pub fn load(&mut self) -> Result<(), Report> {
        runtime::enter()?;
        self.instantiate(runtime::user()).map(|_| ())
    }

    /// As [`new`](Self::new), for a UDF that is to decide about rows.
    pub fn filter_of(name: &str, version: Option<&str>, given: &Value) -> Result<Self, Report> {
        let bound = Self::new(name, version, given)?;
        if bound.returns() == Type::String {
            return Err(Report::new(
                Code::ERRCODE_DATATYPE_MISMATCH,
                format!(
                    "UDF {} returns a string, so it can't be a query clause",
                    bound.udf.label
                ),
            )
            .hint("A clause needs a UDF that returns a bool or a number."));
        }
        Ok(bound)
    }

    pub fn returns(&self) -> Type {
        self.udf.entry.returns()
    }

    pub fn version(&self) -> &str {
        &self.udf.version
    }

    /// Whether the document stays in.
    #[inline]
    pub fn filter(&mut self, document: Document<'_>) -> Result<bool, Report> {
        let answer = self.run(|instance| instance.filter(document, 0.0))?;
        if answer {
            self.tally.keep();
        }
        self.emit_log();
        Ok(answer)
    }

    /// The number that the function makes of the document and its score so far; a bool is 1 or 0.
    pub fn score(&mut self, document: Document<'_>, score: f64) -> Result<f64, Report> {
        let answer = self.run(|instance| instance.call(document, score))?;
        self.emit_log();
        Ok(match answer {
            Output::I32(number) => f64::from(number),
            Output::I64(number) => number as f64,
            Output::F32(number) => f64::from(number),
            Output::F64(number) => number,
            // Refused by `filter_of`.
            Output::String(_) => 0.0,
        })
    }

    /// The function's answer for the document.
    pub fn call(&mut self, document: Document<'_>) -> Result<Output, Report> {
        let answer = self.call_quietly(document)?;
        self.emit_log();
        Ok(answer)
    }

    /// As [`call`](Self::call), with the parameters that `set` puts into their places for this call. They go
    /// to the instance there is. A guest that asked for one of them before, and now doesn't, may go by the
    /// value from before: then its answer doesn't count, and a new instance is made. Where that happens to
    /// more than few calls, as with a guest that keeps its parameters, it is made without trying.
    pub fn call_with(
        &mut self,
        document: Document<'_>,
        set: impl Fn(&mut Parameters) -> Result<(), Report>,
    ) -> Result<Output, Report> {
        let answer = match limit::is_set() {
            false => self.call_now_with(document, set)?,
            true => {
                let _held = limit::enter();
                self.call_now_with(document, set)?
            }
        };
        self.emit_log();
        Ok(answer)
    }

    #[inline]
    fn call_now_with(
        &mut self,
        document: Document<'_>,
        set: impl Fn(&mut Parameters) -> Result<(), Report>,
    ) -> Result<Output, Report> {
        runtime::enter()?;
        let user = runtime::user();
        let is_ready = self.is_ready(user);
        match &mut self.instance {
            Some(running) if is_ready => set(running.instance.parameters())?,
            _ => {
                self.start_anew(user)?;
                set(&mut self.parameters)?;
            }
        }
        let is_measured = self.tally.begin();
        if let Some(Running { instance, .. }) = &mut self.instance {
            let was_outdated = instance.is_outdated();
            if self.patience >= 0 || !was_outdated {
                let answer = instance.call(document, 0.0);
                if !instance.is_outdated() {
                    if was_outdated {
                        self.patience = (self.patience + 1).min(MOST_PATIENCE);
                    }
                    return self.ended(answer, is_measured);
                }
                self.patience -= DISAPPOINTMENT;
            }
            set(&mut self.parameters)?;
            self.instance = None;
        }
        let instance = self.instantiate(user)?;
        let answer = instance.call(document, 0.0);
        self.ended(answer, is_measured)
    }

    /// As [`call`](Self::call), leaving the log for [`take_log`](Self::take_log), of a failed call too.
    pub fn call_quietly(&mut self, document: Document<'_>) -> Result<Output, Report> {
        self.run(|instance| instance.call(document, 0.0))
    }

    #[inline]
    fn run<T>(
        &mut self,
        call: impl FnOnce(&mut Instance) -> Result<T, CallError>,
    ) -> Result<T, Report> {
        match limit::is_set() {
            false => self.run_now(call),
            true => self.run_in_turn(call),
        }
    }

    #[cold]
    fn run_in_turn<T>(
        &mut self,
        call: impl FnOnce(&mut Instance) -> Result<T, CallError>,
    ) -> Result<T, Report> {
        let _held = limit::enter();
        self.run_now(call)
    }

    #[inline]
    fn run_now<T>(
        &mut self,
        call: impl FnOnce(&mut Instance) -> Result<T, CallError>,
    ) -> Result<T, Report> {
        runtime::enter()?;
        let user = runtime::user();
        let is_ready = self.is_ready(user);
        if !is_ready {
            self.start_anew(user)?;
        }
        let is_measured = self.tally.begin();
        let answer = match &mut self.instance {
            Some(running) => call(&mut running.instance),
            None => call(self.instantiate(user)?),
        };
        self.ended(answer, is_measured)
    }

    /// What became of a call that has begun.
    #[inline]
    fn ended<T>(&mut self, answer: Result<T, CallError>, is_measured: bool) -> Result<T, Report> {
        match answer {
            Ok(answer) => {
                self.tally.end();
                if is_measured {
                    self.look();
                }
                Ok(answer)
            }
            Err(error) => {
                let log = self.instance.as_ref().map(|running| running.instance.log());
                let report = self.report(&error, log.unwrap_or_default());
                Err(self.failed(&error, report))
            }
        }
    }

    /// Whether that user's next call may have the instance there is.
    #[inline]
    fn is_ready(&self, user: pg_sys::Oid) -> bool {
        matches!(&self.instance, Some(running) if running.user == user && !running.instance.is_broken())
    }

    /// Leaves an instance that can't be used any more, and counts what became of it; the next one is that user's.
    #[cold]
    fn start_anew(&mut self, user: pg_sys::Oid) -> Result<(), Report> {
        self.tally.settle(&self.udf.label);
        self.instance = None;
        self.udf.rights.check(&self.udf.label, user)?;
        self.tally.open(&self.udf.label, self.digest);
        Ok(())
    }

    #[cold]
    fn instantiate(&mut self, user: pg_sys::Oid) -> Result<&mut Instance, Report> {
        match Instance::start(
            &self.udf.module,
            &self.udf.entry,
            &self.parameters,
            &self.udf.limits(),
        ) {
            Ok(mut instance) => {
                let memory = instance.memory_bytes();
                self.tally.count_instance(memory);
                let listed = Listed::new(&self.udf, user, memory);
                self.tally.start_clock();
                let running = self.instance.insert(Running {
                    instance,
                    user,
                    listed,
                });
                Ok(&mut running.instance)
            }
            Err((error, log)) => {
                let report = self.report(&error, &log);
                Err(self.failed(&error, report))
            }
        }
    }

    /// After a call that was measured.
    #[cold]
    fn look(&mut self) {
        if self.tally.look(&self.udf.label) {
            let memory = self.memory_bytes();
            self.tally.see_memory(memory);
            if let Some(Running { listed, .. }) = &self.instance {
                listed.update(self.tally.calls(), memory);
            }
        }
    }

    /// What the instance logged since the last time.
    pub fn take_log(&mut self) -> Vec<Line> {
        self.instance
            .as_mut()
            .map_or_else(Vec::new, |running| running.instance.take_log())
    }

    /// Bytes of memory the instance has.
    pub fn memory_bytes(&mut self) -> usize {
        self.instance
            .as_mut()
            .map_or(0, |running| running.instance.memory_bytes())
    }

    #[inline]
    fn emit_log(&mut self) {
        if matches!(&self.instance, Some(running) if running.instance.has_logged()) {
            self.emit();
        }
    }

    #[cold]
    fn emit(&mut self) {
        let level = match settings::log_level() {
            LogLevel::Off => {
                self.take_log();
                return;
            }
            LogLevel::Debug1 => PgLogLevel::DEBUG1,
            LogLevel::Log => PgLogLevel::LOG,
            LogLevel::Info => PgLogLevel::INFO,
            LogLevel::Notice => PgLogLevel::NOTICE,
            LogLevel::Warning => PgLogLevel::WARNING,
        };
        for line in self.take_log() {
            let message = format!(
                "UDF {}: {}: {}",
                self.udf.label,
                level_name(line.level),
                line.text
            );
            report::emit(level, &message);
        }
    }

    /// Counts a failed call. The broken instance stays until the next row wants one.
    #[cold]
    fn failed(&mut self, error: &CallError, report: Report) -> Report {
        let memory = self.memory_bytes();
        self.tally.see_memory(memory);
        let failure = match error {
            CallError::Trap(_)
            | CallError::Exit { .. }
            | CallError::Status { .. }
            | CallError::Failed { .. } => Failure::Trap,
            CallError::MemoryLimit { .. } | CallError::TableLimit { .. } => Failure::Memory,
            CallError::StackLimit => Failure::Stack,
            CallError::Deadline { .. } => Failure::Time,
            CallError::Forbidden { .. } | CallError::Damaged(_) | CallError::Internal(_) => {
                Failure::Other
            }
        };
        self.tally.fail(&self.udf.label, failure, &report);
        report
    }

    /// The error of a failed call, or of making an instance, that logged this.
    #[cold]
    fn report(&self, error: &CallError, log: &[Line]) -> Report {
        let label = &self.udf.label;
        let limit = |code, what: String, setting: &str| {
            Report::new(code, format!("UDF {label} exceeded its {what}")).hint(format!(
                "The limit is the smaller one of the UDF's own {setting} and quidditch.{setting}."
            ))
        };
        let trap = Code::ERRCODE_EXTERNAL_ROUTINE_EXCEPTION;
        let report = match error {
            CallError::Trap(what) => Report::new(trap, format!("UDF {label} failed: {what}")),
            CallError::Exit { .. } | CallError::Status { .. } => {
                Report::new(trap, format!("UDF {label} failed: {error}"))
            }
            CallError::Failed { message, detail } => {
                let report = Report::new(trap, format!("UDF {label} failed: {message}"));
                match detail.is_empty() {
                    true => report,
                    false => report.detail(detail.clone()),
                }
            }
            CallError::MemoryLimit {
                limit: bytes,
                wanted,
            } => limit(
                Code::ERRCODE_PROGRAM_LIMIT_EXCEEDED,
                format!("memory limit of {bytes} bytes"),
                "max_memory",
            )
            .detail(format!("It asked for {wanted} bytes.")),
            CallError::TableLimit { limit, wanted } => Report::new(
                Code::ERRCODE_PROGRAM_LIMIT_EXCEEDED,
                format!("UDF {label} exceeded the limit of {limit} table elements"),
            )
            .detail(format!("It asked for {wanted} elements.")),
            CallError::StackLimit => limit(
                Code::ERRCODE_STATEMENT_TOO_COMPLEX,
                "stack limit".into(),
                "max_stack",
            ),
            CallError::Deadline { limit: time } => limit(
                Code::ERRCODE_QUERY_CANCELED,
                format!("time limit of {} ms", time.as_millis()),
                "max_execution_time",
            ),
            CallError::Forbidden { function } => Report::new(
                Code::ERRCODE_INSUFFICIENT_PRIVILEGE,
                format!(
                    "UDF {label} called {function:?}, but lacks the permission {:?}",
                    permissions::needed_for(function).unwrap_or_default()
                ),
            )
            .hint("Its permissions are in its metadata."),
            CallError::Damaged(damaged) => Report::from(*damaged),
            CallError::Internal(what) => Report::internal(format!("UDF {label}: {what}")),
        };
        match log.is_empty() {
            true => report,
            false => report.detail(log_detail(log)),
        }
    }
}

impl Drop for Bound {
    /// May run in a panic, or after an error when its memory context goes: nothing but memory is touched.
    fn drop(&mut self) {
        let was_running = self.tally.settle(&self.udf.label);
        // SAFETY: reads a variable of the backend.
        if was_running && unsafe { pg_sys::proc_exit_inprogress } {
            // The call may be on the stack yet, so its instance is left alone.
            std::mem::forget(self.instance.take());
        } else if !was_running {
            let memory = self.memory_bytes();
            self.tally.see_memory(memory);
        }
        self.tally.share();
    }
}

/// The log's two ends: what failed stands at the end of most logs, but before a long stack trace.
fn log_detail(log: &[Line]) -> String {
    let mut lines: Vec<_> = log
        .iter()
        .map(|line| format!("{}: {}", level_name(line.level), line.text))
        .collect();
    if let Some(more @ 2..) = lines.len().checked_sub(2 * LINES_IN_DETAIL) {
        let left_out = format!("({more} more lines)");
        lines.splice(LINES_IN_DETAIL..LINES_IN_DETAIL + more, [left_out]);
    }
    format!("The call logged:\n{}", lines.join("\n"))
}

/// A log line's level by the name users know it under.
pub fn level_name(level: Level) -> &'static str {
    match level {
        Level::Debug => "debug",
        Level::Info => "info",
        Level::Warning => "warning",
        Level::Error => "error",
    }
}
