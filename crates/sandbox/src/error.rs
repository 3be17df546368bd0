//! Why a module was refused, and why a call ended early.

use std::fmt;
use std::time::Duration;

use quidditch_document::Damaged;
use wasmtime::{ThrownException, Trap};

/// Why bytes were not accepted as a module: everything that is wrong, not just the first thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// A line each, at least one.
    pub problems: Vec<String>,
    /// What would be accepted instead, where a list helps.
    pub hint: Option<String>,
}

impl Refused {
    pub(crate) fn because(problem: impl Into<String>) -> Self {
        Refused {
            problems: vec![problem.into()],
            hint: None,
        }
    }

    pub(crate) fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.problems.join("\n"))
    }
}

impl std::error::Error for Refused {}

/// Why a call (or the making of an instance) ended without an answer. The instance is unusable
/// afterwards; the module is not.
#[derive(Clone, Debug, PartialEq)]
pub enum CallError {
    /// The guest did what WebAssembly forbids, or gave up: `unreachable`, a division by zero, …
    Trap(String),
    /// It wanted more memory than its limit, in bytes, and couldn't go on without.
    MemoryLimit { limit: usize, wanted: usize },
    /// It wanted a larger table than there may be, in elements.
    TableLimit { limit: usize, wanted: usize },
    /// It recursed past the stack limit.
    StackLimit,
    /// It ran longer than a call may.
    Deadline { limit: Duration },
    /// It ran `proc_exit`.
    Exit { code: i32 },
    /// A string-valued entry function returned a status other than 0.
    Status { status: i32 },
    /// A script failed, with an exception of its language: what it says, and where it comes from.
    Failed { message: String, detail: String },
    /// A script called a host function that it isn't allowed.
    Forbidden { function: String },
    /// The document isn't the jsonb it claims to be.
    Damaged(Damaged),
    /// The runtime itself failed.
    Internal(String),
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CallError::Trap(what) => f.write_str(what),
            CallError::MemoryLimit { limit, wanted } => {
                write!(
                    f,
                    "memory limit exceeded: {wanted} bytes wanted, {limit} allowed"
                )
            }
            CallError::TableLimit { limit, wanted } => {
                write!(
                    f,
                    "table limit exceeded: {wanted} elements wanted, {limit} allowed"
                )
            }
            CallError::StackLimit => f.write_str("call stack exhausted"),
            CallError::Deadline { limit } => {
                write!(f, "call ran longer than {} ms", limit.as_millis())
            }
            CallError::Exit { code } => write!(f, "module exited with code {code}"),
            CallError::Status { status } => write!(f, "function returned status {status}"),
            CallError::Failed { message, .. } => f.write_str(message),
            CallError::Forbidden { function } => write!(f, "{function} is not allowed"),
            CallError::Damaged(damaged) => write!(f, "damaged document: {damaged}"),
            CallError::Internal(what) => f.write_str(what),
        }
    }
}

impl std::error::Error for CallError {}

/// What host code ends a guest with; [`CallError::from_runtime`] finds it again in the runtime's error.
#[derive(Clone, Debug)]
pub(crate) enum Stop {
    Memory { limit: usize, wanted: usize },
    Table { limit: usize, wanted: usize },
    Deadline { limit: Duration },
    Exit { code: i32 },
    Failed { message: String, detail: String },
    Forbidden { function: String },
    Damaged(Damaged),
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        CallError::from(self.clone()).fmt(f)
    }
}

impl std::error::Error for Stop {}

impl From<Stop> for CallError {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Memory { limit, wanted } => CallError::MemoryLimit { limit, wanted },
            Stop::Table { limit, wanted } => CallError::TableLimit { limit, wanted },
            Stop::Deadline { limit } => CallError::Deadline { limit },
            Stop::Exit { code } => CallError::Exit { code },
            Stop::Failed { message, detail } => CallError::Failed { message, detail },
            Stop::Forbidden { function } => CallError::Forbidden { function },
            Stop::Damaged(damaged) => CallError::Damaged(damaged),
        }
    }
}

impl CallError {
    /// Reads the runtime's error. `refused` is the last memory request that was turned down.
    pub(crate) fn from_runtime(error: wasmtime::Error, refused: Option<Stop>) -> Self {
        if let Some(stop) = error.downcast_ref::<Stop>() {
            return match (stop, refused) {
                // Some runtimes print that there is no memory, and exit.
                (Stop::Exit { .. }, Some(refused)) => refused.into(),
                _ => stop.clone().into(),
            };
        }
        match (error.downcast_ref::<Trap>(), refused) {
            (Some(Trap::StackOverflow), _) => CallError::StackLimit,
            (None, _) if error.is::<ThrownException>() => {
                CallError::Trap("an exception that nothing catches".into())
            }
            (None | Some(Trap::UnreachableCodeReached), Some(stop)) => stop.into(),
            (Some(trap), _) => {
                let message = trap.to_string();
                CallError::Trap(
                    message
                        .strip_prefix("wasm trap: ")
                        .unwrap_or(&message)
                        .to_owned(),
                )
            }
            (None, None) => CallError::Internal(format!("{error:#}")),
        }
    }
}
