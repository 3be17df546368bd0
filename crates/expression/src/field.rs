//! Fields: a path into the document, and the `.keyword` that Elasticsearch users append to it.

use quidditch_document::{Damaged, Path, PathError, Reach, Step, Value};
use std::ops::ControlFlow;

/// A field of the document. `f.keyword` sees the scalars of `f` too, as in other clauses.
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

    /// Shows `visitor` the values of the field until it breaks; never an array.
    #[inline]
    pub(crate) fn visit<'v, B>(
        &self,
        root: Value<'v>,
        visitor: &mut impl FnMut(Value<'v>) -> ControlFlow<B>,
    ) -> Result<ControlFlow<B>, Damaged> {
        let flow = self.path.visit(root, visitor)?;
        match &self.keyword_of {
            Some(path) if flow.is_continue() => path.visit(root, &mut |value| match value {
                Value::Object(_) => ControlFlow::Continue(()),
                scalar => visitor(scalar),
            }),
            _ => Ok(flow),
        }
    }

    /// Whether `predicate` holds for some value of the field.
    #[inline]
    pub(crate) fn any<'v>(
        &self,
        root: Value<'v>,
        predicate: impl Fn(Value<'v>) -> bool,
    ) -> Result<bool, Damaged> {
        // One value, as most often, needs no visitor.
        if self.keyword_of.is_none() {
            match self.path.reach(root)? {
                Reach::Nothing => return Ok(false),
                Reach::Value(value) => return Ok(predicate(value)),
                Reach::Array => {}
            }
        }
        let flow = self.visit(root, &mut |value| {
            if predicate(value) {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        })?;
        Ok(flow.is_break())
    }

    /// The first scalar other than null.
    #[inline]
    pub(crate) fn first<'v>(&self, root: Value<'v>) -> Result<Option<Value<'v>>, Damaged> {
        let flow = self.visit(root, &mut |value| match value {
            Value::Null | Value::Object(_) | Value::Array(_) => ControlFlow::Continue(()),
            scalar => ControlFlow::Break(scalar),
        })?;
        Ok(flow.break_value())
    }
}
