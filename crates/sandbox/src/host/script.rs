//! The module `quidditch`: what an interpreter, and nothing else, asks the host for, namely the source of its
//! UDF, the function to call, to fail with an error of the language, how deep calls may go, and what it takes to show
//! the document as a value of the language.

use std::fmt::Write as _;

use wasmtime::Caller;

use super::{Host, HostFunction, getters, host, memory, parts};
use crate::error::Stop;

/// A message or detail is cut off behind so many bytes.
const LONGEST_MESSAGE: usize = 64 << 10;

type Guest<'a> = Caller<'a, Host>;

pub(super) static FUNCTIONS: &[HostFunction] = &[
    host!("quidditch", source(I32, I32) -> I32 =
    |caller: Guest<'_>, buffer: u32, capacity: u32| {
        text(caller, buffer, capacity, |host| host.script.as_ref().map(|s| &*s.source))
    }),
    host!("quidditch", entry(I32, I32) -> I32 =
    |caller: Guest<'_>, buffer: u32, capacity: u32| {
        text(caller, buffer, capacity, |host| host.function.as_deref())
    }),
    host!("quidditch", name(I32, I32) -> I32 =
    |caller: Guest<'_>, buffer: u32, capacity: u32| {
        text(caller, buffer, capacity, |host| host.script.as_ref().map(|s| &*s.name))
    }),
    host!("quidditch", parameters(I32, I32) -> I32 = parameters),
    host!("quidditch", fail(I32, I32, I32, I32) = fail),
    host!("quidditch", stack() -> I32 =
    |caller: Guest<'_>| u32::try_from(caller.data().max_stack).unwrap_or(u32::MAX)),
    host!("quidditch", kind(I64, I32, I32) -> I32 = getters::kind),
    host!("quidditch", document(I64, I32, I32) -> I32 = getters::document),
];

/// Copies as much of a text as goes into the guest's buffer, and answers how long it is.
fn copy(memory: &mut [u8], text: &str, buffer: u32, capacity: u32) -> u32 {
    let length = text.len().min(capacity as usize);
    if let Some(place) = memory::bytes_mut(memory, buffer, length) {
        place.copy_from_slice(&text.as_bytes()[..length]);
    }
    u32::try_from(text.len()).unwrap_or(u32::MAX)
}

fn text(
    mut caller: Guest<'_>,
    buffer: u32,
    capacity: u32,
    of: impl FnOnce(&Host) -> Option<&str>,
) -> u32 {
    let (memory, host) = parts(&mut caller);
    copy(memory, of(host).unwrap_or_default(), buffer, capacity)
}

/// The declared parameters, a line each: type, space, name.
fn parameters(mut caller: Guest<'_>, buffer: u32, capacity: u32) -> u32 {
    let (memory, host) = parts(&mut caller);
    let mut lines = String::new();
    for (name, ty) in host.parameters.declared() {
        // Writing to a string doesn't fail.
        let _ = writeln!(lines, "{ty} {name}");
    }
    copy(memory, &lines, buffer, capacity)
}

fn fail(
    mut caller: Guest<'_>,
    message: u32,
    message_length: u32,
    detail: u32,
    detail_length: u32,
) -> wasmtime::Result<()> {
    let (memory, _) = parts(&mut caller);
    let read = |at, length| {
        let bytes = memory::bytes(memory, at, length).unwrap_or_default();
        let bytes = &bytes[..bytes.len().min(LONGEST_MESSAGE)];
        String::from_utf8_lossy(bytes).replace('\0', "\u{fffd}")
    };
    Err(Stop::Failed {
        message: read(message, message_length),
        detail: read(detail, detail_length),
    }
    .into())
}
