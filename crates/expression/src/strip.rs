//! Expressions inside `nested`, where fields are written from the document's root on, and looked up from an
//! element of the nested path on.

use crate::Expression;
use crate::field::Field;
use quidditch_document::{Path, Step};

impl Expression {
    /// The expression for values at the path of these steps: each field has to start with them, and loses them.
    /// The error is the first field that is not below the path.
    pub fn strip_prefix(&self, prefix: &[Step]) -> Result<Expression, String> {
        let stripped = self
            .fields
            .iter()
            .map(|field| strip(&field.path, prefix).ok_or_else(|| field.path.to_string()));
        Ok(Expression {
            fields: stripped.collect::<Result<_, _>>()?,
            ..self.clone()
        })
    }
}

fn strip(path: &Path, prefix: &[Step]) -> Option<Field> {
    let below = path.steps().strip_prefix(prefix)?.len();
    if prefix.is_empty() {
        return Field::parse(&path.to_string()).ok();
    }
    let mut above = path.parent()?;
    for _ in 1..below {
        above = above.parent()?;
    }
    // What a path prints begins with what the path to its parent prints.
    let text = path.to_string();
    let rest = text.strip_prefix(&above.to_string())?;
    Field::parse(rest.strip_prefix('.').unwrap_or(rest)).ok()
}
