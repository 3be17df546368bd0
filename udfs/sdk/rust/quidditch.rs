//! Write Quidditch UDFs in Rust, without std, an allocator or Cargo. Needs Rust 1.63.
//!
//! A UDF is a WebAssembly module. PostgreSQL calls one exported function per row and hands it `ctx`, a number that names
//! the row's document. The document stays on the host's side: the function asks for the fields it needs, by path, and
//! each answer is copied into the module's own memory.
//!
//! ```ignore
//! #![no_std]
//! #[path = "../sdk/rust/quidditch.rs"]
//! mod quidditch;
//! use quidditch::Document;
//!
//! #[no_mangle]
//! pub extern "C" fn filter(ctx: i64) -> i32 {
//!     let mut buf = [0; 64];
//!     match Document::new(ctx).field_str("status", &mut buf) {
//!         Ok(status) => (status == "open") as i32,
//!         Err(_) => 0,
//!     }
//! }
//! ```
//!
//! ```sh
//! rustc --edition 2021 --target wasm32-unknown-unknown --crate-type cdylib -C opt-level=3 -C lto=fat -C panic=abort \
//!     -C codegen-units=1 -C strip=symbols -C linker=wasm-ld -C link-arg=-zstack-size=65536 filter.rs
//! ```
//!
//! * **Entry function**: `extern "C" fn(ctx: i64) -> i32`; 0 excludes the row, anything else includes it. A result of
//!   `i64`, `f32` or `f64` is a value or a score. For a string result, call [`set_result`] and return 0.
//! * **`ctx`** is good during this one call only. A kept one finds nothing.
//! * **Paths**: `a.b` descends objects, `a[0].b` indexes arrays (`a[-1]` is the last), `a["k.with.dots"]` quotes a key. An
//!   array met without an index is not searched: [`Status::WrongType`].
//!   `[0]` is an element of a document that is an array, and the empty path is the whole document.
//! * **Strings** come in two ways: `…_str`, `field_json` and `id` copy into a buffer of the size you chose, and say when the
//!   text is longer; `…_text` copies into a [`Buffer`], which grows until it fits.
//! * **State** in a static ([`Instance`]) lives from row to row within one statement and never longer.
//! * **A panic** ends the query with an error, and so does [`fail`], which says why.
//! * There are no files, network, clock or randomness.
#![allow(dead_code)]

use core::cell::{Cell, UnsafeCell};

/// Why a getter has no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// There is no such field or parameter.
    NotFound,
    /// It is there with another type. JSON null has no type but null; text that is not UTF-8 is no `str`.
    WrongType,
    /// The text has this many bytes and the buffer has fewer. Use a larger one (or a [`Buffer`], which grows), or
    /// decide by the length; never take it for "no match".
    BufferTooSmall(usize),
}

pub type Result<T> = core::result::Result<T, Status>;

/// The imports as the host defines them: status 0 success, 1 not found, 2 wrong type, 3 buffer too small. A string
/// getter reads the buffer's capacity from `len` and writes the text's true length there, also with status 3.
mod host {
    #[link(wasm_import_module = "env")]
    extern "C" {
        pub fn has_field(ctx: i64, path: *const u8, path_len: usize) -> i32;
        pub fn get_field_string(ctx: i64, path: *const u8, path_len: usize, buf: *mut u8, len: *mut usize) -> i32;
        pub fn get_field_i64(ctx: i64, path: *const u8, path_len: usize, out: *mut i64) -> i32;
        pub fn get_field_f64(ctx: i64, path: *const u8, path_len: usize, out: *mut f64) -> i32;
        pub fn get_field_bool(ctx: i64, path: *const u8, path_len: usize, out: *mut i32) -> i32;
        pub fn get_field_json(ctx: i64, path: *const u8, path_len: usize, buf: *mut u8, len: *mut usize) -> i32;
        pub fn get_array_length(ctx: i64, path: *const u8, path_len: usize, out: *mut i32) -> i32;
        pub fn get_param_string(name: *const u8, name_len: usize, buf: *mut u8, len: *mut usize) -> i32;
        pub fn get_param_i64(name: *const u8, name_len: usize, out: *mut i64) -> i32;
        pub fn get_param_f64(name: *const u8, name_len: usize, out: *mut f64) -> i32;
        pub fn get_param_bool(name: *const u8, name_len: usize, out: *mut i32) -> i32;
        pub fn get_document_id(ctx: i64, buf: *mut u8, len: *mut usize) -> i32;
        pub fn get_score(ctx: i64) -> f64;
        pub fn set_result_string(text: *const u8, len: usize) -> i32;
        pub fn log(level: i32, text: *const u8, len: usize);
    }
}

fn check<T>(status: i32, value: T, length: usize) -> Result<T> {
    match status {
        0 => Ok(value),
        1 => Err(Status::NotFound),
        2 => Err(Status::WrongType),
        _ => Err(Status::BufferTooSmall(length)),
    }
}

fn number<T: Copy + Default>(get: impl FnOnce(*mut T) -> i32) -> Result<T> {
    let mut value = T::default();
    let status = get(&mut value);
    check(status, value, 0)
}

fn bytes(buf: &mut [u8], get: impl FnOnce(*mut u8, *mut usize) -> i32) -> Result<&[u8]> {
    let mut length = buf.len();
    let status = get(buf.as_mut_ptr(), &mut length);
    check(status, (), length)?;
    buf.get(..length).ok_or(Status::BufferTooSmall(length))
}

fn text(bytes: &[u8]) -> Result<&str> {
    core::str::from_utf8(bytes).map_err(|_| Status::WrongType)
}

/// The row's document, during one call.
#[derive(Clone, Copy)]
pub struct Document {
    ctx: i64,
}

impl Document {
    pub fn new(ctx: i64) -> Self {
        Document { ctx }
    }

    /// Does the path lead anywhere? A JSON null counts as there.
    pub fn has(&self, path: &str) -> bool {
        unsafe { host::has_field(self.ctx, path.as_ptr(), path.len()) != 0 }
    }

    /// A string field, copied into `buf`: a `[u8; N]`, or a slice of a [`Buffer`].
    pub fn field_str<'b>(&self, path: &str, buf: &'b mut [u8]) -> Result<&'b str> {
        self.field_bytes(path, buf).and_then(text)
    }

    /// The same without the check that it is UTF-8 (which a database with encoding SQL_ASCII does not promise).
    pub fn field_bytes<'b>(&self, path: &str, buf: &'b mut [u8]) -> Result<&'b [u8]> {
        bytes(buf, |to, len| unsafe {
            host::get_field_string(self.ctx, path.as_ptr(), path.len(), to, len)
        })
    }

    /// A string field of any length.
    pub fn field_text<'b>(&self, path: &str, buf: &'b mut Buffer) -> Result<&'b str> {
        buf.fill(|to| self.field_bytes(path, to).map(<[u8]>::len))
    }

    /// An integer, exactly: a fraction, or a number beyond 64 bits, is [`Status::WrongType`].
    pub fn field_i64(&self, path: &str) -> Result<i64> {
        number(|out| unsafe { host::get_field_i64(self.ctx, path.as_ptr(), path.len(), out) })
    }

    /// Any JSON number within the range of an f64; another is [`Status::WrongType`].
    pub fn field_f64(&self, path: &str) -> Result<f64> {
        number(|out| unsafe { host::get_field_f64(self.ctx, path.as_ptr(), path.len(), out) })
    }

    pub fn field_bool(&self, path: &str) -> Result<bool> {
        number(|out| unsafe { host::get_field_bool(self.ctx, path.as_ptr(), path.len(), out) }).map(|b| b != 0)
    }

    /// Any value, objects and arrays included, as JSON text.
    pub fn field_json<'b>(&self, path: &str, buf: &'b mut [u8]) -> Result<&'b str> {
        bytes(buf, |to, len| unsafe {
            host::get_field_json(self.ctx, path.as_ptr(), path.len(), to, len)
        })
        .and_then(text)
    }

    /// The same of any length.
    pub fn field_json_text<'b>(&self, path: &str, buf: &'b mut Buffer) -> Result<&'b str> {
        buf.fill(|to| self.field_json(path, to).map(str::len))
    }

    pub fn array_len(&self, path: &str) -> Result<usize> {
        number(|out| unsafe { host::get_array_length(self.ctx, path.as_ptr(), path.len(), out) }).map(|n| n as usize)
    }

    /// The document's `_id`, else its `id`, as text.
    pub fn id<'b>(&self, buf: &'b mut [u8]) -> Result<&'b str> {
        bytes(buf, |to, len| unsafe { host::get_document_id(self.ctx, to, len) }).and_then(text)
    }

    /// The same of any length.
    pub fn id_text<'b>(&self, buf: &'b mut Buffer) -> Result<&'b str> {
        buf.fill(|to| self.id(to).map(str::len))
    }

    /// The text-search score where the query has one, else 0.
    pub fn score(&self) -> f64 {
        unsafe { host::get_score(self.ctx) }
    }
}

/// A string parameter: what the query passed, or the default of the UDF's metadata.
pub fn param_str<'b>(name: &str, buf: &'b mut [u8]) -> Result<&'b str> {
    param_bytes(name, buf).and_then(text)
}

/// The same without the check that it is UTF-8.
pub fn param_bytes<'b>(name: &str, buf: &'b mut [u8]) -> Result<&'b [u8]> {
    bytes(buf, |to, len| unsafe { host::get_param_string(name.as_ptr(), name.len(), to, len) })
}

/// A string parameter of any length.
pub fn param_text<'b>(name: &str, buf: &'b mut Buffer) -> Result<&'b str> {
    buf.fill(|to| param_bytes(name, to).map(<[u8]>::len))
}

/// Numbers convert between i64 and f64 when that is exact.
pub fn param_i64(name: &str) -> Result<i64> {
    number(|out| unsafe { host::get_param_i64(name.as_ptr(), name.len(), out) })
}

pub fn param_f64(name: &str) -> Result<f64> {
    number(|out| unsafe { host::get_param_f64(name.as_ptr(), name.len(), out) })
}

pub fn param_bool(name: &str) -> Result<bool> {
    number(|out| unsafe { host::get_param_bool(name.as_ptr(), name.len(), out) }).map(|b| b != 0)
}

/// The result of a UDF that returns a string; the entry function then returns 0.
pub fn set_result(text: &str) -> Result<()> {
    check(unsafe { host::set_result_string(text.as_ptr(), text.len()) }, (), text.len())
}

#[derive(Clone, Copy)]
pub enum Level {
    Debug = 0,
    Info = 1,
    Warning = 2,
    Error = 3,
}

pub fn log(level: Level, message: &str) {
    unsafe { host::log(level as i32, message.as_ptr(), message.len()) }
}

/// Ends the query with an error, after logging why. For what the caller got wrong, not for odd rows.
#[cold]
pub fn fail(why: &str) -> ! {
    log(Level::Error, why);
    core::arch::wasm32::unreachable()
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    fail("the UDF panicked")
}

/// Memory that grows on demand and is kept for the next row: for text of any length. Keep it in an [`Instance`].
pub struct Buffer {
    start: *mut u8,
    capacity: usize,
    text: usize, // this many bytes at the start are UTF-8
}

/// Where buffers start: small ones need no growing of the module's memory.
#[repr(align(8))]
struct Arena([u8; 32768]);
static ARENA: Instance<(Arena, usize)> = Instance::new((Arena([0; 32768]), 0));

impl Buffer {
    const PAGE: usize = 65536;

    pub const fn new() -> Self {
        // Never read or written while the capacity is 0; 8 is aligned as a number must be.
        Buffer { start: 8 as *mut u8, capacity: 0, text: 0 }
    }

    /// The text that was read into it last; empty when that failed or something else was done with the buffer since.
    pub fn as_str(&self) -> &str {
        unsafe { core::str::from_utf8_unchecked(&self.as_slice()[..self.text]) }
    }

    pub fn as_slice(&self) -> &[u8] {
        unsafe { core::slice::from_raw_parts(self.start, self.capacity) }
    }

    /// All of it, with whatever was there before (zeros at first).
    pub fn as_mut_slice(&mut self) -> &mut [u8] {
        self.text = 0;
        unsafe { core::slice::from_raw_parts_mut(self.start, self.capacity) }
    }

    /// The same memory as numbers.
    pub fn as_mut_words(&mut self) -> &mut [u32] {
        self.text = 0;
        unsafe { core::slice::from_raw_parts_mut(self.start as *mut u32, self.capacity / 4) }
    }

    /// Makes room for `bytes`; what was there is lost. Fails the query when the memory limit is reached.
    #[inline]
    pub fn reserve(&mut self, bytes: usize) {
        if bytes > self.capacity {
            self.grow(bytes)
        }
    }

    #[cold]
    #[inline(never)]
    fn grow(&mut self, bytes: usize) {
        self.text = 0;
        let generous = bytes.max(self.capacity.saturating_mul(2)).max(256);
        if !self.take(generous) && !self.allocate(generous) && !self.allocate(bytes) {
            fail("out of memory: the text does not fit the UDF's memory limit")
        }
    }

    fn take(&mut self, bytes: usize) -> bool {
        ARENA.with(|(arena, used)| {
            let free = &mut arena.0[*used..];
            let fits = bytes <= free.len();
            if fits {
                self.start = free.as_mut_ptr();
                self.capacity = (bytes + 7) / 8 * 8; // both lengths are multiples of 8
                *used += self.capacity;
            }
            fits
        })
    }

    fn allocate(&mut self, bytes: usize) -> bool {
        let pages = bytes / Self::PAGE + (bytes % Self::PAGE != 0) as usize;
        let before = core::arch::wasm32::memory_grow(0, pages);
        if before == usize::MAX {
            return false;
        }
        self.start = (before * Self::PAGE) as *mut u8;
        self.capacity = pages * Self::PAGE;
        true
    }

    fn fill(&mut self, get: impl Fn(&mut [u8]) -> Result<usize>) -> Result<&str> {
        let mut length = get(self.as_mut_slice());
        if let Err(Status::BufferTooSmall(needed)) = length {
            self.reserve(needed);
            length = get(self.as_mut_slice());
        }
        self.text = text(&self.as_slice()[..length?])?.len();
        Ok(self.as_str())
    }
}

/// State in a static, kept from row to row within one statement. A module runs on one thread; `with` inside `with` panics.
pub struct Instance<T> {
    busy: Cell<bool>,
    value: UnsafeCell<T>,
}

unsafe impl<T> Sync for Instance<T> {}

impl<T> Instance<T> {
    pub const fn new(value: T) -> Self {
        Instance { busy: Cell::new(false), value: UnsafeCell::new(value) }
    }

    pub fn with<R>(&self, f: impl FnOnce(&mut T) -> R) -> R {
        assert!(!self.busy.replace(true));
        let result = f(unsafe { &mut *self.value.get() });
        self.busy.set(false);
        result
    }
}
