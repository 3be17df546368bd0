//! The two notations.

mod lexer;
mod text;
mod tree;

pub(crate) use lexer::{is_name, is_reserved};
