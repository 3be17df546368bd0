//! Reads PostgreSQL's binary `jsonb` where it lies: no copy, no allocation, no call into the server.
//!
//! [`Document::new`] takes the payload of a detoasted jsonb datum (what follows its varlena header) and
//! [`Document::root`] gives its first [`Value`]. From there a [`Path`] finds values by name in two ways:
//! [`Path::lookup`] finds one value, as the getters of a WebAssembly guest do, and [`Path::visit`] finds all
//! of them, arrays flattened, as the clauses of a query do.
//!
//! The bytes come from disk, so nothing in them is believed: each read is bounds-checked, and bytes that
//! PostgreSQL can't have written give [`Damaged`], never a panic or an endless loop. Work is linear in the
//! number of bytes, because the children of a container are required to follow each other.
//!
//! The layout is that of `src/include/utils/jsonb.h` and `src/backend/utils/adt/numeric.c`, the same from
//! PostgreSQL 9.4 to 18, in the byte order of the machine. The `encode` feature adds the way back, for tests.

#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod array;
mod container;
mod damaged;
#[cfg(feature = "encode")]
pub mod encode;
mod flatten;
mod interrupt;
mod json;
mod lookup;
mod numeric;
mod object;
mod path;
mod value;

pub use array::{Array, ArrayIter};
pub use damaged::Damaged;
pub use flatten::Reach;
pub use interrupt::{on_long_work, step};
pub use json::WriteError;
pub use lookup::{Lookup, lookup_key};
pub use numeric::{Numeric, NumericBuf, NumericError};
pub use object::{Object, ObjectIter, equal};
pub use path::{Path, PathError, Step};
pub use value::{Document, Value};
