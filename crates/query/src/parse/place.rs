//! Where in the query the parser is: a list on the stack, made text only for an error.

use crate::error::{ErrorKind, QueryError};
use quidditch_document::Path;
use std::fmt;

#[derive(Clone, Copy)]
pub(super) enum Place<'p> {
    Root,
    /// A mapping by itself.
    Mapping,
    Key(&'p Place<'p>, &'p str),
    Index(&'p Place<'p>, usize),
}

impl<'p> Place<'p> {
    pub(super) fn parent(&self) -> &Place<'p> {
        match self {
            Place::Root | Place::Mapping => self,
            Place::Key(parent, _) | Place::Index(parent, _) => parent,
        }
    }

    pub(super) fn error(&self, kind: ErrorKind, message: impl Into<String>) -> QueryError {
        QueryError {
            kind,
            path: self.to_string(),
            message: message.into(),
            hint: None,
        }
    }

    pub(super) fn invalid(&self, message: impl Into<String>) -> QueryError {
        self.error(ErrorKind::Invalid, message)
    }
}

/// As in `query.bool.must[1].range["maker.name"]`.
impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Root => f.write_str("query"),
            Place::Mapping => f.write_str("mapping"),
            Place::Key(parent, key) if Path::is_plain_key(key.as_bytes()) => {
                write!(f, "{parent}.{key}")
            }
            Place::Key(parent, key) => {
                write!(
                    f,
                    "{parent}[{}]",
                    serde_json::Value::String((*key).to_owned())
                )
            }
            Place::Index(parent, index) => write!(f, "{parent}[{index}]"),
        }
    }
}
