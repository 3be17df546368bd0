//! Tests quidditch.rs: each function answers what a getter of strings gave. `path` says which field; the parameter
//! that `parameter` answers is called `text`. The suite sdk of pg_test/regress calls them.
#![no_std]

mod quidditch;

use quidditch::{fail, param_str, param_text, set_result, Buffer, Document, Instance, Result, Status};

struct State {
    path: Buffer,
    answer: Buffer,
}

static STATE: Instance<State> = Instance::new(State { path: Buffer::new(), answer: Buffer::new() });

/// What became the result, or why there was nothing: both are strings.
fn answer(get: impl FnOnce(&Document, &str, &mut Buffer) -> Result<()>, ctx: i64) -> i32 {
    STATE.with(|state| {
        let path = match param_text("path", &mut state.path) {
            Ok(path) => path,
            Err(Status::NotFound) => "",
            Err(_) => fail("parameter path must be a string"),
        };
        let text = match get(&Document::new(ctx), path, &mut state.answer) {
            Ok(()) => state.answer.as_str(),
            Err(Status::NotFound) => "(not found)",
            Err(Status::WrongType) => "(wrong type)",
            Err(Status::BufferTooSmall(_)) => "(too small)",
        };
        set_result(text).is_err() as i32
    })
}

#[no_mangle]
pub extern "C" fn field(ctx: i64) -> i32 {
    answer(|document, path, buf| document.field_text(path, buf).map(drop), ctx)
}

#[no_mangle]
pub extern "C" fn json(ctx: i64) -> i32 {
    answer(|document, path, buf| document.field_json_text(path, buf).map(drop), ctx)
}

#[no_mangle]
pub extern "C" fn id(ctx: i64) -> i32 {
    answer(|document, _, buf| document.id_text(buf).map(drop), ctx)
}

#[no_mangle]
pub extern "C" fn parameter(ctx: i64) -> i32 {
    answer(|_, _, buf| param_text("text", buf).map(drop), ctx)
}

/// The length of a field that fits 16 bytes, the negated length of one that doesn't.
#[no_mangle]
pub extern "C" fn fixed(ctx: i64) -> i64 {
    let (mut path, mut text) = ([0; 64], [0; 16]);
    let path = param_str("path", &mut path).unwrap_or_else(|_| fail("parameter path must be a short string"));
    match Document::new(ctx).field_str(path, &mut text) {
        Ok(text) => text.len() as i64,
        Err(Status::BufferTooSmall(length)) => -(length as i64),
        Err(_) => fail("no such string"),
    }
}
