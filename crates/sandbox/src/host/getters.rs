//! The `env` functions: fields of the document, parameters, the result, the log.
//!
//! Each getter has the same steps: is the `ctx` the running call's (else status 1), does the path
//! lie in memory (else 3), is the field there (else 1), has it the type (else 2), can the answer be
//! written (else 3). A damaged document ends the call.

use quidditch_document::{Damaged, Lookup, Value, WriteError};
use wasmtime::Caller;

use super::{
    BAD_BUFFER, Host, HostFunction, NOT_FOUND, SUCCESS, Scratch, Status, WRONG_TYPE, host, memory,
    parts,
};
use crate::error::Stop;
use crate::log::Level;
use crate::parameters::{Parameter, exact_float, exact_integer};
use crate::paths::Parsed;

type Guest<'a> = Caller<'a, Host>;

/// No path is longer, in bytes: such a field is not found.
const LONGEST_PATH: usize = 65_535;

/// How much of the text buffer is kept from one call to the next, in bytes.
const LARGEST_SCRATCH: usize = 1 << 20;

/// Version 1 of the ABI.
pub(super) static CURRENT: &[HostFunction] = &[
    host!("env", has_field(I64, I32, I32) -> I32 = has_field),
    host!("env", get_field_string(I64, I32, I32, I32, I32) -> I32 = get_field_string),
    host!("env", get_field_i64(I64, I32, I32, I32) -> I32 = get_field_i64),
    host!("env", get_field_f64(I64, I32, I32, I32) -> I32 = get_field_f64),
    host!("env", get_field_bool(I64, I32, I32, I32) -> I32 = get_field_bool),
    host!("env", get_field_json(I64, I32, I32, I32, I32) -> I32 = get_field_json),
    host!("env", get_array_length(I64, I32, I32, I32) -> I32 = get_array_length),
    host!("env", get_param_string(I32, I32, I32, I32) -> I32 = get_param_string),
    host!("env", get_param_i64(I32, I32, I32) -> I32 = get_param_i64),
    host!("env", get_param_f64(I32, I32, I32) -> I32 = get_param_f64),
    host!("env", get_param_bool(I32, I32, I32) -> I32 = get_param_bool),
    host!("env", get_document_id(I64, I32, I32) -> I32 = get_document_id),
    host!("env", get_score(I64) -> F64 = get_score),
    host!("env", set_result_string(I32, I32) -> I32 = set_result_string),
    host!("env", log(I32, I32, I32) = log),
];

/// The generation before: getters that return the value itself, or zero.
pub(super) static LEGACY: &[HostFunction] = &[
    host!("env", get_field_int64(I64, I32, I32) -> I64 = get_field_int64),
    host!("env", get_field_float64(I64, I32, I32) -> F64 = get_field_float64),
    host!("env", get_field_bool(I64, I32, I32) -> I32 = get_field_bool_value),
    host!(
        "env",
        log(I32, I32) = |caller: Guest<'_>, text: u32, length: u32| log(caller, 1, text, length)
    ),
];

/// Finds a field and hands it to `found`, with the guest's memory and a buffer for text. Otherwise the answer
/// is the status that says why there is none.
#[inline(always)]
fn with_field<T>(
    caller: &mut Guest<'_>,
    (ctx, path, length): (i64, u32, u32),
    found: impl FnOnce(&mut [u8], &mut Scratch, &Value<'static>) -> Result<T, Stop>,
) -> Result<Result<T, Status>, Stop> {
    let (memory, host) = parts(caller);
    // By reference, here and below: moving a value of this size in other pieces than it was written in stalls
    // the processor longer than the look-up takes.
    let document = match &host.document {
        Some(document) if ctx == host.call => document,
        _ => return Ok(Err(NOT_FOUND)),
    };
    let Some(text) = memory::bytes(memory, path, length) else {
        return Ok(Err(BAD_BUFFER));
    };
    if text.len() > LONGEST_PATH {
        return Ok(Err(NOT_FOUND));
    }
    let known = host.paths.get(path, text);
    let value = match (&known.path, document) {
        (Parsed::Key(guess), Value::Object(object)) => {
            match object.get(&known.text, guess).map_err(Stop::Damaged)? {
                Some(value) => value,
                None => return Ok(Err(NOT_FOUND)),
            }
        }
        (Parsed::Key(_), Value::Array(_)) => return Ok(Err(WRONG_TYPE)),
        (Parsed::Key(_) | Parsed::Malformed, _) => return Ok(Err(NOT_FOUND)),
        (Parsed::Document, root) => *root,
        (Parsed::Steps(path), root) => match path.lookup(*root).map_err(Stop::Damaged)? {
            Lookup::Found(value) => value,
            Lookup::Missing => return Ok(Err(NOT_FOUND)),
            Lookup::ArrayWithoutIndex => return Ok(Err(WRONG_TYPE)),
        },
    };
    found(memory, &mut host.scratch, &value).map(Ok)
}

/// A getter that answers a status.
#[inline(always)]
fn get(
    mut caller: Guest<'_>,
    place: (i64, u32, u32),
    found: impl FnOnce(&mut [u8], &mut Scratch, &Value<'static>) -> Result<Status, Stop>,
) -> wasmtime::Result<Status> {
    Ok(with_field(&mut caller, place, found)?.unwrap_or_else(|status| status))
}

/// A getter whose answer is one number of `N` bytes, written where `out` says.
#[inline(always)]
fn get_number<const N: usize>(
    caller: Guest<'_>,
    (ctx, path, length, out): (i64, u32, u32, u32),
    convert: impl FnOnce(&Value<'_>) -> Option<[u8; N]>,
) -> wasmtime::Result<Status> {
    get(caller, (ctx, path, length), |memory, _, value| {
        Ok(match convert(value) {
            None => WRONG_TYPE,
            Some(number) if memory::write(memory, out, number) => SUCCESS,
            Some(_) => BAD_BUFFER,
        })
    })
}

/// A getter of the older generation: the value itself, or its type's zero.
#[inline(always)]
fn get_value<T: Default>(
    mut caller: Guest<'_>,
    place: (i64, u32, u32),
    convert: impl FnOnce(&Value<'_>) -> Option<T>,
) -> wasmtime::Result<T> {
    let found = with_field(&mut caller, place, |_, _, value| Ok(convert(value)))?;
    Ok(found.ok().flatten().unwrap_or_default())
}

/// Copies `text` into the guest's buffer, whose capacity stands at `length_at`; the true length
/// replaces it, also when the buffer is too small. Text goes in last: it wins where they overlap.
fn copy_text(memory: &mut [u8], text: &[u8], buffer: u32, length_at: u32) -> Status {
    let Some(capacity) = memory::read_u32(memory, length_at) else {
        return BAD_BUFFER;
    };
    // A string in jsonb is shorter than 256 MB; a parameter might not be.
    let Ok(length) = u32::try_from(text.len()) else {
        return BAD_BUFFER;
    };
    memory::write(memory, length_at, length.to_le_bytes());
    if length > capacity {
        return BAD_BUFFER;
    }
    match memory::bytes_mut(memory, buffer, text.len()) {
        Some(place) => {
            place.copy_from_slice(text);
            SUCCESS
        }
        None => BAD_BUFFER,
    }
}

/// Copies a value's JSON as [`copy_text`] does. The length of what no guest could take is given as the largest
/// there is.
fn copy_json(
    memory: &mut [u8],
    value: &Value<'_>,
    scratch: &mut Scratch,
    (buffer, length_at): (u32, u32),
) -> Result<Status, Stop> {
    scratch.text.clear();
    scratch.text.shrink_to(LARGEST_SCRATCH);
    match value.write_json(scratch) {
        Ok(()) => Ok(copy_text(
            memory,
            scratch.text.as_bytes(),
            buffer,
            length_at,
        )),
        Err(WriteError::Output(_)) => {
            memory::write(memory, length_at, u32::MAX.to_le_bytes());
            Ok(BAD_BUFFER)
        }
        Err(WriteError::Damaged(damaged)) => Err(Stop::Damaged(damaged)),
        // Strings are checked when they enter the server.
        Err(WriteError::Encoding) => Err(Stop::Damaged(Damaged {
            offset: 0,
            what: "a string that is not UTF-8",
        })),
    }
}

fn has_field(mut caller: Guest<'_>, ctx: i64, path: u32, length: u32) -> wasmtime::Result<i32> {
    Ok(with_field(&mut caller, (ctx, path, length), |_, _, _| Ok(()))?.is_ok() as i32)
}

fn get_field_string(
    caller: Guest<'_>,
    ctx: i64,
    path: u32,
    length: u32,
    buffer: u32,
    length_at: u32,
) -> wasmtime::Result<Status> {
    get(caller, (ctx, path, length), |memory, _, value| {
        let Value::String(text) = value else {
            return Ok(WRONG_TYPE);
        };
        Ok(copy_text(memory, text, buffer, length_at))
    })
}

fn get_field_i64(
    caller: Guest<'_>,
    ctx: i64,
    path: u32,
    length: u32,
    out: u32,
) -> wasmtime::Result<Status> {
    get_number(caller, (ctx, path, length, out), |value| {
        integer(value).map(i64::to_le_bytes)
    })
}

fn get_field_f64(
    caller: Guest<'_>,
    ctx: i64,
    path: u32,
    length: u32,
    out: u32,
) -> wasmtime::Result<Status> {
    get_number(caller, (ctx, path, length, out), |value| {
        float(value).map(f64::to_le_bytes)
    })
}

fn get_field_bool(
    caller: Guest<'_>,
    ctx: i64,
    path: u32,
    length: u32,
    out: u32,
) -> wasmtime::Result<Status> {
    get_number(caller, (ctx, path, length, out), |value| {
        boolean(value).map(i32::to_le_bytes)
    })
}

fn get_array_length(
    caller: Guest<'_>,
    ctx: i64,
    path: u32,
    length: u32,
    out: u32,
) -> wasmtime::Result<Status> {
    get_number(caller, (ctx, path, length, out), |value| match value {
        Value::Array(array) => Some((array.len() as u32).to_le_bytes()),
        _ => None,
    })
}

fn get_field_json(
    caller: Guest<'_>,
    ctx: i64,
    path: u32,
    length: u32,
    buffer: u32,
    length_at: u32,
) -> wasmtime::Result<Status> {
    get(caller, (ctx, path, length), |memory, scratch, value| {
        copy_json(memory, value, scratch, (buffer, length_at))
    })
}

/// For interpreters: what kind of value a path leads to.
pub(super) fn kind(
    mut caller: Guest<'_>,
    ctx: i64,
    path: u32,
    length: u32,
) -> wasmtime::Result<i32> {
    let of = |value: &Value<'_>| match value {
        Value::Null => 1,
        Value::Bool(_) => 2,
        Value::Number(_) => 3,
        Value::String(_) => 4,
        Value::Array(_) => 5,
        Value::Object(_) => 6,
    };
    let found = with_field(&mut caller, (ctx, path, length), |_, _, value| {
        Ok(of(value))
    })?;
    Ok(found.unwrap_or(0))
}

/// For interpreters: the whole document as JSON.
pub(super) fn document(
    mut caller: Guest<'_>,
    ctx: i64,
    buffer: u32,
    length_at: u32,
) -> wasmtime::Result<Status> {
    let (memory, host) = parts(&mut caller);
    Ok(match host.document(ctx) {
        Some(root) => copy_json(memory, &root, &mut host.scratch, (buffer, length_at))?,
        None => NOT_FOUND,
    })
}

fn get_document_id(
    mut caller: Guest<'_>,
    ctx: i64,
    buffer: u32,
    length_at: u32,
) -> wasmtime::Result<Status> {
    let (memory, host) = parts(&mut caller);
    let Some(Value::Object(object)) = host.document(ctx) else {
        return Ok(NOT_FOUND);
    };
    let unguessed = Default::default();
    let id = match object.get(b"_id", &unguessed).map_err(Stop::Damaged)? {
        Some(id) => Some(id),
        None => object.get(b"id", &unguessed).map_err(Stop::Damaged)?,
    };
    Ok(match id {
        None => NOT_FOUND,
        Some(Value::String(text)) => copy_text(memory, text, buffer, length_at),
        Some(id @ Value::Number(_)) => {
            copy_json(memory, &id, &mut host.scratch, (buffer, length_at))?
        }
        Some(_) => WRONG_TYPE,
    })
}

fn get_score(caller: Guest<'_>, ctx: i64) -> f64 {
    let host = caller.data();
    if ctx == host.call { host.score } else { 0.0 }
}

fn get_field_int64(caller: Guest<'_>, ctx: i64, path: u32, length: u32) -> wasmtime::Result<i64> {
    get_value(caller, (ctx, path, length), integer)
}

fn get_field_float64(caller: Guest<'_>, ctx: i64, path: u32, length: u32) -> wasmtime::Result<f64> {
    get_value(caller, (ctx, path, length), float)
}

fn get_field_bool_value(
    caller: Guest<'_>,
    ctx: i64,
    path: u32,
    length: u32,
) -> wasmtime::Result<i32> {
    get_value(caller, (ctx, path, length), boolean)
}

#[inline]
fn integer(value: &Value<'_>) -> Option<i64> {
    match value {
        Value::Number(number) => number.to_i64(),
        _ => None,
    }
}

/// A number beyond the range of an f64 has the wrong type, as one beyond i64 has for [`integer`].
#[inline]
fn float(value: &Value<'_>) -> Option<f64> {
    match value {
        Value::Number(number) => Some(number.to_f64()).filter(|f| f.is_finite()),
        _ => None,
    }
}

#[inline]
fn boolean(value: &Value<'_>) -> Option<i32> {
    match value {
        Value::Bool(b) => Some(*b as i32),
        _ => None,
    }
}

/// A parameter getter whose answer is a number.
fn get_parameter<const N: usize>(
    mut caller: Guest<'_>,
    (name, length, out): (u32, u32, u32),
    convert: impl FnOnce(&Parameter) -> Option<[u8; N]>,
) -> Status {
    let (memory, host) = parts(&mut caller);
    let Some(name) = memory::bytes(memory, name, length) else {
        return BAD_BUFFER;
    };
    let Some(parameter) = host.parameters.ask(name) else {
        return NOT_FOUND;
    };
    match convert(parameter) {
        None => WRONG_TYPE,
        Some(number) if memory::write(memory, out, number) => SUCCESS,
        Some(_) => BAD_BUFFER,
    }
}

fn get_param_string(
    mut caller: Guest<'_>,
    name: u32,
    length: u32,
    buffer: u32,
    length_at: u32,
) -> Status {
    let (memory, host) = parts(&mut caller);
    let Some(name) = memory::bytes(memory, name, length) else {
        return BAD_BUFFER;
    };
    match host.parameters.ask(name) {
        Some(Parameter::String(text)) => copy_text(memory, text.as_bytes(), buffer, length_at),
        Some(_) => WRONG_TYPE,
        None => NOT_FOUND,
    }
}

fn get_param_i64(caller: Guest<'_>, name: u32, length: u32, out: u32) -> Status {
    get_parameter(caller, (name, length, out), |parameter| {
        let integer = match parameter {
            Parameter::Integer(i) => Some(*i),
            Parameter::Float(f) => exact_integer(*f),
            _ => None,
        };
        integer.map(i64::to_le_bytes)
    })
}

fn get_param_f64(caller: Guest<'_>, name: u32, length: u32, out: u32) -> Status {
    get_parameter(caller, (name, length, out), |parameter| {
        let float = match parameter {
            Parameter::Float(f) => Some(*f),
            Parameter::Integer(i) => exact_float(*i),
            _ => None,
        };
        float.map(f64::to_le_bytes)
    })
}

fn get_param_bool(caller: Guest<'_>, name: u32, length: u32, out: u32) -> Status {
    get_parameter(caller, (name, length, out), |parameter| match parameter {
        Parameter::Bool(b) => Some((*b as i32).to_le_bytes()),
        _ => None,
    })
}

/// Text that PostgreSQL couldn't hold, not UTF-8 or with a NUL in it, has the wrong type.
fn set_result_string(mut caller: Guest<'_>, text: u32, length: u32) -> Status {
    let (memory, host) = parts(&mut caller);
    let Some(bytes) = memory::bytes(memory, text, length) else {
        return BAD_BUFFER;
    };
    match std::str::from_utf8(bytes) {
        Ok(text) if !text.contains('\0') => {
            host.result.clear();
            host.result.push_str(text);
            SUCCESS
        }
        _ => WRONG_TYPE,
    }
}

fn log(mut caller: Guest<'_>, level: i32, text: u32, length: u32) {
    let (memory, host) = parts(&mut caller);
    if let Some(text) = memory::bytes(memory, text, length) {
        host.log.push(Level::from_abi(level), text);
    }
}
