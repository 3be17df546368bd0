//! Fields: a path into the document, and the `.keyword` that Elasticsearch users append to it.

use quidditch_document::{Damaged, Path, PathError, Step, Value};
use std::ops::ControlFlow;

/// The field a clause looks at.
///
/// In Elasticsearch's default mapping `f.keyword` is the whole value of the string `f`. Here each string is that
/// already, so `f.keyword` sees the scalars of `f`. A document may also have an object `f` with a key `keyword`,
/// and then its value is seen too.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Field {
    pub(crate) path: Path,
    /// `f`, when the path is `f.keyword`.
    keyword_of: Option<Path>,
}

impl Field {
    pub(crate) fn parse(text: &str) -> Result<Field, PathError> {
        let path = Path::parse(text)?;
        let keyword =
            matches!(path.steps().last(), Some(Step::Key { name, .. }) if &**name == "keyword");
        Ok(Field {
            keyword_of: path.parent().filter(|_| keyword),
            path,
        })
    }

    /// Whether `predicate` holds for some value of the field; it never sees an array.
    #[inline]
    pub(crate) fn any(
        &self,
        root: Value<'_>,
        predicate: impl Fn(Value<'_>) -> bool,
    ) -> Result<bool, Damaged> {
        let stop_if = |found| {
            if found {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        };
        if self
            .path
            .visit(root, &mut |value| stop_if(predicate(value)))?
            .is_break()
        {
            return Ok(true);
        }
        let Some(path) = &self.keyword_of else {
            return Ok(false);
        };
        let scalar = |value| !matches!(value, Value::Object(_)) && predicate(value);
        Ok(path
            .visit(root, &mut |value| stop_if(scalar(value)))?
            .is_break())
    }
}
