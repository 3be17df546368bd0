//! What all processes of one server share without shared memory of the server's own: files of a fixed size that
//! each of them maps ([`mapped`]), made anew when one is not what it should be.
//!
//! * [`Statistics`] counts the calls of each UDF;
//! * [`Audit`] keeps the newest records of what was done;
//! * [`Slots`] limits how many processes do something at once.
//!
//! Nothing here knows PostgreSQL, and nothing waits, but for another process that is just making a file. A file's header is checked when it is opened. The words behind it are
//! atomics that anybody may have written: whatever is in them, reading them gives numbers and text, never an index
//! that isn't checked. Only a process that cuts a file shorter while others have it mapped can end those (SIGBUS); that
//! takes the rights of the server's own user.
#![deny(unsafe_op_in_unsafe_fn)]

mod audit;
mod counts;
mod mapped;
mod slots;
mod statistics;
mod words;

pub use audit::{Audit, MOST_RECORDS, Record, Ring};
pub use counts::{Counts, Failure};
pub use slots::{MOST_SLOTS, Slots};
pub use statistics::{Entry, LastError, Statistics};
