//! What a UDF in Python or JavaScript says of itself.
//!
//! [`describe`] parses a source, without running it, and reads three things: **tags** in docstrings, JSDoc blocks and
//! comments; the **signature** of the function that is called; and prose, which becomes the description. Together
//! they are a [`Description`], whose [`Description::metadata`] is what `register_udf` takes. Where they contradict
//! each other or something is missing, there is a [`Mistake`] with its line and with what to write instead.
//!
//! # Python
//!
//! ```python
//! """
//! Text similarity filter
//!
//! @quidditch.udf name=text_similarity version=1.0.0 category=text tags=similarity,fuzzy
//! @quidditch.param query: str - Text to compare with
//! @quidditch.param threshold: int - Largest edit distance
//! @quidditch.returns bool - True if close enough
//! """
//! # @udf: license=MIT
//! def filter(query: str, threshold: int = 2) -> bool:
//!     ...
//! ```
//!
//! Tags stand in the docstrings of the module and of the entry function, and go on over lines that are indented
//! more. Annotations are `str`, `int`, `float`, `bool` and `Optional` of them.
//!
//! # JavaScript
//!
//! ```javascript
//! /**
//!  * Text similarity filter
//!  * @udf name=text_similarity version=1.0.0
//!  * @param {string} query - Text to compare with
//!  * @param {integer} [threshold=2] - Largest edit distance
//!  * @returns {boolean} True if close enough
//!  */
//! // @udf: license=MIT
//! function filter({query, threshold = 2}) { … }
//! ```
//!
//! Blocks count that have an `@udf` tag or stand directly above the entry function. That is a function declaration or
//! a variable with a function; its parameters are names, or the properties of one pattern ([`Call`]).
//!
//! # What is called
//!
//! The function below `# @udf: entry`, or the one that `entry=name` names, else `filter`, else `udf_main`, at the top
//! level. A parameter has the type of its annotation or tag, else that of its default. It is required unless it has a
//! default or may be `None` or `null`; a default that is a literal becomes the declared one, any other is left to the
//! language. The result is what annotation or tag says, and a bool for `filter` without either.
//!
//! # Bounds
//!
//! Sources are hostile. Their length is limited to [`LONGEST_SOURCE`], the parser's work by the length and by time; its
//! stack is made for it, and there has to be memory for the worst that it may be. Nothing else here recurses.

#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod description;
mod doc;
mod entry;
mod javascript;
mod language;
mod literal;
mod mistake;
mod passage;
mod python;
mod signature;
mod source;
mod tags;
mod tree;
mod types;

pub use description::{Call, Description, Parameter, Returns};
pub use language::Language;
pub use mistake::Mistake;
pub use source::LONGEST_SOURCE;
pub use types::Type;

/// Reads what a source says of itself.
///
/// # Errors
/// It lacks something, contradicts itself, or can't be read where that is needed.
pub fn describe(language: Language, source: &str) -> Result<Description, Mistake> {
    describe_while(language, source, &mut || true)
}

/// The same for as long as `go_on` answers true, which is asked every millisecond or so while the source is parsed. It
/// is called by C, on a stack that isn't the caller's: it must not unwind, and should do no more than read a flag.
///
/// # Errors
/// As [`describe`]; also when `go_on` answers false.
pub fn describe_while(
    language: Language,
    source: &str,
    go_on: &mut dyn FnMut() -> bool,
) -> Result<Description, Mistake> {
    let source = source::Source::new(source)?;
    tree::check_memory(&source)?;
    tree::with_stack(source.text(), || {
        let tree = tree::Tree::parse(language, &source, go_on)?;
        let (tags, signature) = match language {
            Language::Python => python::read(&tree)?,
            Language::JavaScript => javascript::read(&tree)?,
        };
        signature::describe(language, &source, tags, signature)
    })
}
