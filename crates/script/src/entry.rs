//! Which function of a source is called.

use quidditch_query::nearest;

use crate::language::Language;
use crate::mistake::Mistake;
use crate::tags::Tags;
use crate::tree::{Node, Tree};

/// Without another word, the first of these that there is.
const NAMES: [&str; 2] = ["filter", "udf_main"];

/// What a source defines at its top level.
#[derive(Default)]
pub(crate) struct Definitions<'t> {
    pub(crate) functions: Vec<Function<'t>>,
    /// Names of anything else.
    pub(crate) others: Vec<Node<'t>>,
}

pub(crate) struct Function<'t> {
    pub(crate) name: Node<'t>,
    pub(crate) node: Node<'t>,
    /// The comments directly above it.
    pub(crate) comments: Vec<Node<'t>>,
    /// Whether one of them marks it as the entry.
    pub(crate) marked: bool,
}

impl<'t> Definitions<'t> {
    /// The function that is called: the one that is marked or named by a tag, else `filter`, else `udf_main`. Of
    /// several with that name it is the last, as it is when the source runs.
    pub(crate) fn entry(
        &self,
        language: Language,
        tree: &Tree<'_>,
        tags: &Tags,
    ) -> Result<&Function<'t>, Mistake> {
        let mut marked = self.functions.iter().filter(|function| function.marked);
        let first = marked.next();
        if let (Some(first), Some(second)) = (first, marked.next()) {
            let message = format!(
                "{} is marked as the entry, and so is {}",
                second.name.text(),
                first.name.text()
            );
            return Err(second.name.mistake(message, "Leave one mark."));
        }
        if let Some((name, place)) = tags.get("entry") {
            if let Some(function) = first.filter(|function| function.name.text() != name) {
                let message = format!("entry is {name:?}, but {} is marked", function.name.text());
                return Err(tree
                    .source()
                    .mistake(place, message, "Leave one of the two."));
            }
            return match self.named(name) {
                Some(function) => Ok(function),
                None => Err(self.missing(language, tree, name, place)),
            };
        }
        first
            .or_else(|| NAMES.iter().find_map(|name| self.named(name)))
            .ok_or_else(|| self.missing(language, tree, NAMES[0], 0))
    }

    fn named(&self, name: &str) -> Option<&Function<'t>> {
        let mut functions = self.functions.iter().rev();
        functions.find(|function| function.name.text() == name)
    }

    fn missing(&self, language: Language, tree: &Tree<'_>, name: &str, place: usize) -> Mistake {
        let how = match language {
            Language::Python => format!("def {name}(query: str) -> bool:"),
            Language::JavaScript => format!("function {name}({{query}}) {{ … }}"),
        };
        if let Some(other) = self.others.iter().find(|other| other.text() == name) {
            let message = format!("{name} is no function that can be read");
            return other.mistake(message, format!("Write {how}"));
        }
        if let Some(mut mistake) = tree.root().first_error() {
            mistake.message = format!("no function {name} was found: {}", mistake.message);
            return mistake;
        }
        let sign = match language {
            Language::Python => "#",
            Language::JavaScript => "//",
        };
        let hint =
            format!("Write {how} or mark the function to call by \"{sign} @udf: entry\" above it.");
        let names = self.functions.iter().map(|function| function.name.text());
        let message = format!("no function {name}");
        match nearest(name, names).and_then(|near| self.named(near)) {
            Some(near) => near.name.mistake(
                format!("{message}, did you mean {:?}?", near.name.text()),
                hint,
            ),
            None => tree.source().mistake(place, message, hint),
        }
    }
}
