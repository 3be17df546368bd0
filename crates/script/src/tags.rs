//! What tags say: collected from docstrings and comments, before it is held against the signature.
//!
//! Here is what both languages have in common, the `key=value` pairs of `@udf`.

use quidditch_query::nearest;
use serde_json::{Map, Value};

use crate::literal::Literal;
use crate::mistake::Mistake;
use crate::passage::Passage;
use crate::signature::MOST_PARAMETERS;
use crate::source::Source;
use crate::types::Written;

/// All tags of a source.
#[derive(Default)]
pub(crate) struct Tags {
    said: Vec<Said>,
    pub(crate) parameters: Vec<ParameterTag>,
    /// Parameters whose tag says that they are objects, for others to be properties of.
    pub(crate) objects: Vec<String>,
    pub(crate) returns: Option<ReturnsTag>,
}

/// A key and its value.
struct Said {
    key: String,
    value: String,
    place: usize,
}

/// What a tag says of a parameter.
pub(crate) struct ParameterTag {
    pub(crate) name: String,
    pub(crate) written: Option<Written>,
    pub(crate) optional: bool,
    pub(crate) default: Option<Literal>,
    pub(crate) description: Option<String>,
    pub(crate) place: usize,
}

/// What a tag says of the result.
pub(crate) struct ReturnsTag {
    pub(crate) written: Option<Written>,
    pub(crate) description: Option<String>,
    pub(crate) place: usize,
}

/// Most keys a source can set.
const MOST_KEYS: usize = 100;

/// The keys whose meaning is known; `entry` and `function_name` are one.
const KEYS: [&str; 16] = [
    "name",
    "version",
    "entry",
    "function_name",
    "description",
    "category",
    "tags",
    "author",
    "license",
    "repository",
    "permissions",
    "max_memory",
    "max_execution_time",
    "max_stack",
    "pool_size",
    "expected_latency",
];

/// Keys of metadata that a source can't set by a tag, and why.
const REFUSED: [(&str, &str); 7] = [
    ("language", "The source is in the language it is given in."),
    ("source", "The source itself is stored."),
    ("parameters", "Parameters have tags of their own."),
    ("returns", "The result has a tag of its own."),
    (
        "limits",
        "Write max_memory=, max_execution_time= or max_stack=.",
    ),
    ("signature", "It is given beside the source."),
    ("signed_by", "It is given beside the source."),
];

impl Tags {
    /// Reads `key=value` pairs. True when the word `entry` is among them, which marks a function.
    pub(crate) fn read_pairs(
        &mut self,
        passage: &Passage<'_>,
        range: std::ops::Range<usize>,
    ) -> Result<bool, Mistake> {
        let mut marks = false;
        for pair in pairs(passage, range)? {
            match pair {
                Pair::Entry => marks = true,
                Pair::Value(key, value, offset) => {
                    self.say(passage.source(), key, value, passage.place(offset))?;
                }
            }
        }
        Ok(marks)
    }

    /// Notes a value. Saying the same twice does no harm, saying something else is a mistake.
    pub(crate) fn say(
        &mut self,
        source: &Source<'_>,
        key: &str,
        value: &str,
        place: usize,
    ) -> Result<(), Mistake> {
        if let Some((_, why)) = REFUSED.iter().find(|(refused, _)| *refused == key) {
            return Err(source.mistake(place, format!("{key:?} can't be set by a tag"), *why));
        }
        if !KEYS.contains(&key)
            && let Some(near) = nearest(key, KEYS)
        {
            return Err(source.mistake(
                place,
                format!("unknown key {key:?}, did you mean {near:?}?"),
                format!(
                    "Known keys: {}. Another key is kept as it is unless it looks like one of these.",
                    KEYS.join(", ")
                ),
            ));
        }
        let key = if key == "function_name" { "entry" } else { key };
        if let Some(before) = self.said.iter().find(|said| said.key == key) {
            if before.value == value {
                return Ok(());
            }
            let message = format!(
                "{key} is {value:?} here, but {:?} on line {}",
                before.value,
                source.line(before.place)
            );
            return Err(source.mistake(place, message, format!("Leave one {key}.")));
        }
        if self.said.len() == MOST_KEYS {
            let message = format!("more than {MOST_KEYS} keys");
            return Err(source.mistake(place, message, "Take some together."));
        }
        self.said.push(Said {
            key: key.into(),
            value: value.into(),
            place,
        });
        Ok(())
    }

    /// The value of a key, and where it stands.
    pub(crate) fn get(&self, key: &str) -> Option<(&str, usize)> {
        let said = self.said.iter().find(|said| said.key == key)?;
        Some((&said.value, said.place))
    }

    pub(crate) fn text(&self, key: &str) -> Option<String> {
        self.get(key).map(|(value, _)| value.to_owned())
    }

    /// The comma-separated words of a key's value.
    pub(crate) fn list(&self, key: &str) -> Option<Vec<String>> {
        let (value, _) = self.get(key)?;
        let words = value.split(',').map(str::trim);
        Some(
            words
                .filter(|word| !word.is_empty())
                .map(String::from)
                .collect(),
        )
    }

    /// What has a key of the author's own.
    pub(crate) fn free(&self) -> Map<String, Value> {
        let own = self
            .said
            .iter()
            .filter(|said| !KEYS.contains(&said.key.as_str()));
        own.map(|said| (said.key.clone(), Value::from(said.value.as_str())))
            .collect()
    }

    pub(crate) fn add_parameter(
        &mut self,
        source: &Source<'_>,
        tag: ParameterTag,
    ) -> Result<(), Mistake> {
        if let Some(before) = self
            .parameters
            .iter()
            .find(|before| before.name == tag.name)
        {
            let message = format!(
                "parameter {} has a tag on line {} already",
                tag.name,
                source.line(before.place)
            );
            return Err(source.mistake(tag.place, message, "Leave one of the two."));
        }
        if self.parameters.len() == MOST_PARAMETERS {
            let message = format!("tags of more than {MOST_PARAMETERS} parameters");
            return Err(source.mistake(tag.place, message, "Take some together."));
        }
        self.parameters.push(tag);
        Ok(())
    }

    pub(crate) fn set_returns(
        &mut self,
        source: &Source<'_>,
        tag: ReturnsTag,
    ) -> Result<(), Mistake> {
        if let Some(before) = &self.returns {
            let message = format!(
                "the result has a tag on line {} already",
                source.line(before.place)
            );
            return Err(source.mistake(tag.place, message, "Leave one of the two."));
        }
        self.returns = Some(tag);
        Ok(())
    }
}

/// A word of an `@udf` tag.
enum Pair<'p> {
    /// Key, value, and where the value stands.
    Value(&'p str, &'p str, usize),
    /// The word that marks a function.
    Entry,
}

fn pairs<'p>(
    passage: &'p Passage<'_>,
    range: std::ops::Range<usize>,
) -> Result<Vec<Pair<'p>>, Mistake> {
    let text = &passage.text()[..range.end];
    let mut pairs = Vec::new();
    let mut at = range.start;
    loop {
        at += text[at..].len() - text[at..].trim_start().len();
        let rest = &text[at..];
        if rest.is_empty() {
            return Ok(pairs);
        }
        let word = rest.split(char::is_whitespace).next().unwrap_or(rest);
        if word == "entry" {
            pairs.push(Pair::Entry);
            at += word.len();
            continue;
        }
        let Some((key, value)) = word.split_once('=') else {
            let message = format!("{word:?} is no key=value");
            let hint = "Write a value with spaces in quotes, as in description=\"Finds words\".";
            return Err(passage.mistake(at, message, hint));
        };
        let named = key.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && key
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'));
        if !named {
            let message = format!("{key:?} is no key");
            let hint = "Write key=value without spaces around \"=\"; a key is letters, digits, \"_\", \"-\" and \".\".";
            return Err(passage.mistake(at, message, hint));
        }
        let from = at + key.len() + 1;
        let value = match value.chars().next() {
            Some(quote @ ('"' | '\'')) => {
                let Some(length) = text[from + 1..].find(quote) else {
                    let message = format!("the value of {key} has no closing {quote}");
                    return Err(passage.mistake(from, message, "Close it before the tag ends."));
                };
                at = from + 1 + length + 1;
                &text[from + 1..from + 1 + length]
            }
            Some(_) => {
                at = from + value.len();
                value
            }
            None => {
                let message = format!("{key} has no value");
                let hint = format!("Write {key}=value, without spaces around \"=\".");
                return Err(passage.mistake(at, message, hint));
            }
        };
        pairs.push(Pair::Value(key, value, from));
    }
}
