//! Docstrings and JSDoc blocks taken apart: lines that begin with a tag, and prose.

use std::ops::Range;

use crate::passage::{Passage, without_indentation};

/// How far a tag reaches.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Over the following lines that are indented more than it, as in docstrings.
    Indented,
    /// Up to the next tag, as in JSDoc.
    NextTag,
}

/// A tag, `@word` and what follows.
pub(crate) struct Tag {
    /// The word with its `@`.
    pub(crate) word: Range<usize>,
    pub(crate) body: Range<usize>,
}

/// A passage taken apart.
pub(crate) struct Doc {
    pub(crate) tags: Vec<Tag>,
    pub(crate) prose: Option<String>,
}

/// Takes a passage apart. `is_tag` is asked for words that begin a line with an `@`.
pub(crate) fn read(passage: &Passage<'_>, reach: Reach, is_tag: fn(&str) -> bool) -> Doc {
    let text = passage.text();
    let mut tags: Vec<Tag> = Vec::new();
    let mut prose = Vec::new();
    // How far the tag is indented that the next line may belong to.
    let mut open = None;
    for (i, line) in passage.lines().enumerate() {
        let trimmed = text[line.clone()].trim_start();
        let start = line.end - trimmed.len();
        let indentation = if i == 0 {
            passage.column(start)
        } else {
            start - line.start
        };
        let word = trimmed
            .split([' ', '\t', ':', '{'])
            .next()
            .unwrap_or(trimmed);
        if word.starts_with('@') && is_tag(word) {
            tags.push(Tag {
                word: start..start + word.len(),
                body: start + word.len()..line.end,
            });
            open = Some(indentation);
            continue;
        }
        let goes_on = open.is_some_and(|tag| match reach {
            Reach::Indented => indentation > tag && !trimmed.trim_end().is_empty(),
            Reach::NextTag => true,
        });
        match tags.last_mut() {
            Some(tag) if goes_on => tag.body.end = line.end,
            _ => {
                open = None;
                prose.push(&text[line]);
            }
        }
    }
    let prose = without_indentation(&prose);
    Doc {
        tags,
        prose: (!prose.is_empty()).then_some(prose),
    }
}

/// A description in a tag: its lines as one, without a dash in front.
pub(crate) fn description(text: &str) -> Option<String> {
    let text = text.trim();
    let text = ["- ", "– ", "— "]
        .iter()
        .find_map(|dash| text.strip_prefix(dash))
        .unwrap_or(text);
    let words: Vec<&str> = text.split_whitespace().collect();
    (!words.is_empty()).then(|| words.join(" "))
}

/// Where `key=value` pairs begin in a comment that holds an `@udf` tag.
pub(crate) fn pairs_in_comment(comment: &str) -> Option<usize> {
    let trimmed = comment.trim_start();
    let rest = ["@udf", "@quidditch.udf"]
        .iter()
        .find_map(|tag| trimmed.strip_prefix(tag))?;
    let pairs = rest.strip_prefix(':').unwrap_or(rest);
    let ends =
        pairs.is_empty() || pairs.len() < rest.len() || pairs.starts_with(char::is_whitespace);
    ends.then_some(comment.len() - pairs.len())
}
