//! stub
#![forbid(unsafe_code)]
#![warn(missing_docs)]
mod bytes;
mod error;
pub mod key;
mod length;
mod number;
mod page;
pub use error::*;
pub use key::*;
pub use page::*;
pub use length::*;
