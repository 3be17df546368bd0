//! Fields: a path into the document, what a mapping says about it, and the `.keyword` that Elasticsearch users
//! append to it.

use quidditch_analysis::Analyzer;
use quidditch_document::{Damaged, NumericBuf, Path, Reach, Step, Value, step};
use std::ops::ControlFlow;

/// The field a clause looks at.
///
/// In Elasticsearch's default mapping `f.keyword` is the whole value of the string `f`. Here each string is that
/// already, so `f.keyword` sees the scalars of `f`. A document may also have an object `f` with a key `keyword`,
/// and then its value is seen too.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Field {
    /// As the query spells it, from the document's root on.
    pub(crate) name: Path,
    /// From where the clause looks: below the path of the `nested` around it.
    path: Path,
    /// `f`, when the path is `f.keyword`.
    keyword_of: Option<Path>,
    pub(crate) kind: Kind,
    /// Whether it is one of the other ways in which a mapping sees the values of its parent.
    pub(crate) is_sub_field: bool,
    /// Whether it is a path and no more.
    is_plain: bool,
}

/// What the values of a field are taken for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Kind {
    /// What they are: no mapping says. Strings are whole values to term-like clauses and text to match-like ones.
    Dynamic,
    /// Text to all clauses.
    Text {
        analyzer: Analyzer,
        /// For the text of queries.
        search_analyzer: Analyzer,
    },
    /// Whole strings to all clauses; longer ones than so many characters are not seen.
    Keyword { ignore_above: Option<usize> },
    /// Instants, in milliseconds since 1970; see [`crate::date`].
    Date,
    /// Numbers, strings that spell one too.
    Number,
    /// Booleans, the strings `true` and `false` too.
    Boolean,
}

impl Kind {
    /// Whether a string is not too long for it.
    pub(crate) fn sees(&self, text: &str) -> bool {
        match self {
            Kind::Keyword {
                ignore_above: Some(most),
            } => text.chars().take(most + 1).count() <= *most,
            _ => true,
        }
    }

    /// Whether `predicate` holds for the value, or a token of it, as term-like clauses see it.
    pub(crate) fn any_term(
        &self,
        value: Value<'_>,
        predicate: &mut dyn FnMut(Value<'_>) -> bool,
    ) -> bool {
        match self {
            Kind::Dynamic | Kind::Date => predicate(value),
            Kind::Keyword { .. } => with_text(value, |text| {
                self.sees(text) && predicate(Value::String(text.as_bytes()))
            }),
            Kind::Text { analyzer, .. } => with_text(value, |text| {
                let mut sink = |token: quidditch_analysis::Token<'_>| {
                    step(10);
                    until(predicate(Value::String(token.text.as_bytes())))
                };
                analyzer.tokens(text, &mut sink).is_break()
            }),
            Kind::Number => match value {
                Value::String(string) => std::str::from_utf8(string)
                    .ok()
                    .and_then(|text| text.trim().parse::<NumericBuf>().ok())
                    .is_some_and(|number| predicate(Value::Number(number.as_numeric()))),
                value => predicate(value),
            },
            Kind::Boolean => match value {
                Value::String(b"true") => predicate(Value::Bool(true)),
                Value::String(b"false") => predicate(Value::Bool(false)),
                value => predicate(value),
            },
        }
    }

    /// Whether there are values that it doesn't see.
    pub(crate) fn is_limited(&self) -> bool {
        matches!(
            self,
            Kind::Keyword {
                ignore_above: Some(_)
            }
        )
    }

    /// Whether both see the same in a document.
    pub(crate) fn sees_as(&self, other: &Kind) -> bool {
        match (self, other) {
            // What makes words of queries doesn't matter.
            (Kind::Text { analyzer, .. }, Kind::Text { analyzer: own, .. }) => analyzer == own,
            (left, right) => left == right,
        }
    }
}

/// Goes on until it is found.
pub(crate) fn until(found: bool) -> ControlFlow<()> {
    if found {
        ControlFlow::Break(())
    } else {
        ControlFlow::Continue(())
    }
}

impl Field {
    /// A field of a document that no mapping describes.
    pub(crate) fn dynamic(name: Path) -> Field {
        let keyword =
            matches!(name.steps().last(), Some(Step::Key { name, .. }) if &**name == "keyword");
        let keyword_of = name.parent().filter(|_| keyword);
        Field {
            is_plain: keyword_of.is_none(),
            keyword_of,
            path: name.clone(),
            name,
            kind: Kind::Dynamic,
            is_sub_field: false,
        }
    }

    /// A field whose values are at `path` and of that kind.
    pub(crate) fn mapped(name: Path, path: Path, kind: Kind) -> Field {
        Field {
            is_sub_field: name != path,
            name,
            path,
            keyword_of: None,
            is_plain: kind == Kind::Dynamic,
            kind,
        }
    }

    /// The same values, taken for something else.
    pub(crate) fn with_kind(self, kind: Kind) -> Field {
        Field {
            is_plain: self.is_plain && kind == Kind::Dynamic,
            kind,
            ..self
        }
    }

    /// The field as seen from the elements of the array at `outer`, `None` when it is not in there.
    pub(crate) fn below(self, outer: &Path) -> Option<Field> {
        let keyword_of = self.keyword_of.map(|path| path.below(outer));
        Some(Field {
            path: self.path.below(outer)?,
            keyword_of: keyword_of.flatten(),
            ..self
        })
    }

    /// The field in an index, by the keys of its name. A sub-field of a mapping, another way to see the values of its
    /// parent, has terms of its own under its own name. Elements of arrays are not told apart: what is in `a[0].b` is
    /// in `a.b`.
    pub(crate) fn key(&self) -> quidditch_segment::Field {
        let keys = self.name.steps().iter().filter_map(|step| match step {
            Step::Key { name, .. } => Some(name.as_bytes()),
            Step::Index(_) => None,
        });
        quidditch_segment::Field::new(keys)
    }

    /// Whether an index has its tokens: those of text, and of strings that nothing says to be anything else.
    pub(crate) fn has_text(&self) -> bool {
        match self.kind {
            Kind::Text { .. } => true,
            Kind::Dynamic => !self.is_keyword(),
            _ => false,
        }
    }

    /// Whether it is the whole value of another field's strings.
    pub(crate) fn is_keyword(&self) -> bool {
        self.keyword_of.is_some()
    }

    /// Whether `predicate` holds for some value of the field, whatever its kind; it never sees an array.
    pub(crate) fn any<'a>(
        &self,
        root: Value<'a>,
        mut predicate: impl FnMut(Value<'a>) -> bool,
    ) -> Result<bool, Damaged> {
        step(1);
        if self
            .path
            .visit(root, &mut |value| until(predicate(value)))?
            .is_break()
        {
            return Ok(true);
        }
        match &self.keyword_of {
            None => Ok(false),
            Some(path) => any_scalar(path, root, &mut predicate),
        }
    }

    /// The field's only value where it is plain to see: nothing says what it is taken for, and no array is on the way.
    #[inline(always)]
    pub(crate) fn plain<'a>(&self, root: Value<'a>) -> Result<Reach<'a>, Damaged> {
        if self.is_plain {
            self.path.reach(root)
        } else {
            Ok(Reach::Array)
        }
    }

    /// Whether `predicate` holds for some value as term-like clauses see them: by the field's kind.
    pub(crate) fn any_term(
        &self,
        root: Value<'_>,
        predicate: &mut dyn FnMut(Value<'_>) -> bool,
    ) -> Result<bool, Damaged> {
        self.any(root, |value| self.kind.any_term(value, predicate))
    }
}

/// Whether `predicate` holds for some scalar at the path.
#[inline(never)]
fn any_scalar<'a>(
    path: &Path,
    root: Value<'a>,
    predicate: &mut dyn FnMut(Value<'a>) -> bool,
) -> Result<bool, Damaged> {
    let mut scalar = |value| !matches!(value, Value::Object(_)) && predicate(value);
    let flow = path.visit(root, &mut |value| until(scalar(value)))?;
    Ok(flow.is_break())
}

/// A scalar as a field of strings has it: other scalars stand for their JSON text.
pub(crate) fn with_text(value: Value<'_>, predicate: impl FnOnce(&str) -> bool) -> bool {
    match value {
        Value::String(string) => std::str::from_utf8(string).is_ok_and(predicate),
        Value::Number(number) => {
            let text = number.to_string();
            step(text.len());
            predicate(&text)
        }
        Value::Bool(bool) => predicate(if bool { "true" } else { "false" }),
        Value::Null | Value::Array(_) | Value::Object(_) => false,
    }
}
