//! Keeps the documents whose date is at least `from` and at most `to`. A bound that leaves out its end stands for all of it:
//! `"from": "2024-03"` begins with March, `"to": "2024-03"` goes to its last millisecond. `time_zone` is that of bounds
//! without an offset.
//!
//! A document's date is a string (see date.rs; the beginning of what it stands for, in UTC where it has no offset) or a
//! number of milliseconds since 1970. Anything else is excluded.
#![no_std]

#[path = "../sdk/rust/quidditch.rs"]
mod quidditch;

mod date;

use date::Span;
use quidditch::{fail, param_str, param_text, Buffer, Document, Instance, Status};

/// No date is longer. What has only digits might be, and is none then.
const LONGEST: usize = 40;

struct State {
    ready: bool,
    path: Buffer,
    from: i64,
    to: i64,
}

static STATE: Instance<State> = Instance::new(State { ready: false, path: Buffer::new(), from: 0, to: 0 });

#[no_mangle]
pub extern "C" fn filter(ctx: i64) -> i32 {
    STATE.with(|state| {
        // An instance has one set of parameters for life, so they are read for its first row.
        if !state.ready {
            state.read_parameters();
        }
        match instant(&Document::new(ctx), state.path.as_str()) {
            Some(instant) => (state.from <= instant && instant <= state.to) as i32,
            None => 0,
        }
    })
}

impl State {
    fn read_parameters(&mut self) {
        if param_text("field", &mut self.path).is_err() {
            fail("parameter field must be a string");
        }
        let mut text = [0; LONGEST];
        let zone = match param_str("time_zone", &mut text) {
            Ok(text) => date::offset(text),
            Err(Status::NotFound) => Some(0),
            Err(_) => None,
        };
        let zone = zone.unwrap_or_else(|| fail("parameter time_zone must be an offset such as +01:00, or Z"));
        let from = bound("from", zone, "parameter from must be a date: 2024-03-01T10:20:30Z or its beginning");
        let to = bound("to", zone, "parameter to must be a date: 2024-03-01T10:20:30Z or its beginning");
        self.from = from.first;
        self.to = to.last;
        self.ready = true;
    }
}

/// What a bound stands for: everything when it isn't there.
fn bound(name: &str, zone: i64, wrong: &str) -> Span {
    let span = match param_str(name, &mut [0; LONGEST]) {
        Ok(text) => date::parse(text, zone),
        Err(Status::NotFound) => Some(Span { first: i64::MIN, last: i64::MAX }),
        Err(_) => None,
    };
    span.unwrap_or_else(|| fail(wrong))
}

fn instant(document: &Document, path: &str) -> Option<i64> {
    match document.field_str(path, &mut [0; LONGEST]) {
        Ok(text) => date::parse(text, 0).map(|span| span.first),
        Err(Status::WrongType) => document.field_i64(path).ok(),
        Err(_) => None,
    }
}
