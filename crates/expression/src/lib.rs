//! Typed expressions over a document: `price > 100 AND category = 'electronics'`.
//!
//! [`Expression::parse_text`] reads infix text and [`Expression::parse_tree`] the same as a JSON tree; both give
//! one typed tree, or an [`ExpressionError`] that says where the mistake is. [`Expression::matches`] and
//! [`Expression::number`] then evaluate it against one document after the other. An expression prints as infix
//! text that parses to the same expression.
//!
//! # Text
//!
//! From the loosest to the tightest binding: `c ? a : b`; `OR`, `||`; `AND`, `&&`; `NOT`; the comparisons
//! `=`, `==`, `!=`, `<>`, `<`, `<=`, `>`, `>=`, `[NOT] IN (…)`, `[NOT] BETWEEN … AND …`, `[NOT] LIKE '…'`,
//! `IS [NOT] NULL`, which don't chain; `+`, `-`; `*`, `/`, `%`; unary `-`, `+`, `!`; and `**`, which associates
//! to the right. Words and the names of functions are read in any case.
//!
//! Strings stand in single quotes, where `''` is a quote and a backslash is itself, or in double quotes with the
//! escapes of JSON. Fields are paths: `a.b.c`, `a[0]`, `a[-1]`, `a["key.with.dots"]`, `["a.b"]`; a key of other
//! characters than letters, digits and `_` stands in brackets or backticks, and so does a first key that is a
//! word of the language. `_score` is the score. Literals are numbers, strings, `true`, `false` and `null`.
//!
//! # Tree
//!
//! `{"op": ">", "left": {"field": "price"}, "right": {"const": 100}}`. The operators are those of the text, in
//! any case. Operands are `left` and `right`, `arg` for a single one, or a list `args`; for `IN` and `BETWEEN`
//! `right` is a list. `{"func": "abs", "args": […]}` calls a function,
//! `{"condition": …, "true": …, "false": …}` chooses, and a JSON scalar stands for itself. A field is written as
//! in other clauses, by [`quidditch_document::Path::parse`].
//!
//! # Semantics
//!
//! * Types are boolean, int64, float64 and string. A field has the type of its value in each document; all else
//!   is typed, and what can't fit (`'a' > 5`, `upper(price + 1)`, `x = null`) is an error before the first row.
//! * A **field against an expression without fields**, in a comparison, `IN`, `BETWEEN` or `LIKE`, is a clause
//!   like others of the query language: true when some value of the field satisfies it, arrays flattened, nulls
//!   and objects passed over. Numbers compare exactly and by value (5 = 5.0), strings by code point, booleans by
//!   `=` and `!=` alone; values of another type don't satisfy it. A computed constant is the shortest decimal
//!   that gives its float64: `x = 0.1 + 0.2` asks for 0.30000000000000004.
//! * `!=`, `NOT IN`, `NOT BETWEEN`, `NOT LIKE`: the field has some value other than null (an object is one), and
//!   none satisfies the positive form. So every comparison with a missing field is false. `IS NULL` is true when
//!   the field has no value other than null. `NOT` is plain negation.
//! * **Elsewhere** a field is its first scalar other than null, in document order. A missing one, and one of a
//!   type that the operation doesn't take, make the operation's value missing, and so on up. A comparison with
//!   something missing is false, and the negated forms want all their operands. `coalesce` is its first argument
//!   that isn't missing; `min` and `max` pass over missing ones.
//! * Where a boolean is wanted, a field counts as `field = true`, and what is missing or no boolean as false.
//! * Numbers of a document are int64 in arithmetic when whole and in range, else the nearest float64. int64
//!   arithmetic that overflows goes on as float64. `/` is float64 division. Division by zero, `%` by zero, what is
//!   outside a function's domain and results beyond the range of float64 are missing: there is no NaN and no
//!   infinity. Two fields compare exactly; a field and a computed number as in arithmetic, int64 and float64 by
//!   value.
//! * `log` is `ln`. `round` rounds halves away from zero. `abs`, `floor`, `ceil`, `round`, `min`, `max` and `**`
//!   with an exponent that isn't negative keep int64. `%` has the sign of the dividend.
//! * `LIKE` matches the whole string: `%` any characters, `_` one, and a backslash takes the next literally. The
//!   pattern is an expression without fields. Case matters. Time is linear in the string.
//! * `length` counts code points; `lower` and `upper` map each code point by itself. Bytes that aren't UTF-8 are
//!   left alone.
//!
//! A row allocates nothing, but for `lower` and `upper`, which write to a buffer that the expression keeps.

#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod condition;
mod constant;
mod cost;
mod error;
mod evaluate;
mod expression;
mod field;
mod function;
mod level;
mod limits;
mod node;
mod number;
mod parse;
mod pattern;
mod print;
mod strip;
mod typed;

pub use condition::Condition;
pub use error::{ErrorKind, ExpressionError, Place};
pub use expression::{Expression, ResultKind};
pub use limits::Limits;
