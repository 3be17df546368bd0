//! A passage of a source that is for people: a docstring or comment, without the signs around it, and where each
//! piece of it stands in the source.

use std::ops::Range;

use crate::mistake::Mistake;
use crate::source::Source;

pub(crate) struct Passage<'t> {
    source: &'t Source<'t>,
    text: String,
    /// Where pieces begin, here and in the source.
    pieces: Vec<(usize, usize)>,
}

impl<'t> Passage<'t> {
    pub(crate) fn new(source: &'t Source<'t>) -> Self {
        Passage {
            source,
            text: String::new(),
            pieces: Vec::new(),
        }
    }

    /// A range of the source as it is.
    pub(crate) fn of(source: &'t Source<'t>, range: Range<usize>) -> Self {
        let mut passage = Passage::new(source);
        passage.push(&source.text()[range.clone()], range.start);
        passage
    }

    /// Adds text that stands at a place in the source.
    pub(crate) fn push(&mut self, text: &str, offset: usize) {
        self.pieces.push((self.text.len(), offset));
        self.text.push_str(text);
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    pub(crate) fn source(&self) -> &'t Source<'t> {
        self.source
    }

    /// Where in the source something stands.
    pub(crate) fn place(&self, offset: usize) -> usize {
        let piece = self.pieces.partition_point(|(start, _)| *start <= offset);
        let Some((start, place)) = piece.checked_sub(1).map(|piece| self.pieces[piece]) else {
            return 0;
        };
        let text = self.source.text();
        text.floor_char_boundary((place + (offset - start)).min(text.len()))
    }

    pub(crate) fn mistake(
        &self,
        offset: usize,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) -> Mistake {
        self.source.mistake(self.place(offset), message, hint)
    }

    /// How far from the beginning of its line in the source something stands, in bytes.
    pub(crate) fn column(&self, offset: usize) -> usize {
        let before = &self.source.text()[..self.place(offset)];
        before.len() - before.rfind('\n').map_or(0, |newline| newline + 1)
    }

    /// The lines, without their ends.
    pub(crate) fn lines(&self) -> impl Iterator<Item = Range<usize>> {
        let mut start = 0;
        self.text.split('\n').map(move |line| {
            let range = start..start + line.len();
            start = range.end + 1;
            range
        })
    }
}

/// Lines without the indentation that they have in common, and without empty ones around them. The first line may
/// be indented otherwise, as it follows the opening quotes.
pub(crate) fn without_indentation(lines: &[&str]) -> String {
    let indentation = |line: &&str| line.len() - line.trim_start().len();
    let full = lines.iter().skip(1).filter(|line| !line.trim().is_empty());
    let common = full.map(indentation).min().unwrap_or(0);
    let mut clean: Vec<&str> = Vec::with_capacity(lines.len());
    for (i, line) in lines.iter().enumerate() {
        let cut = if i == 0 { indentation(line) } else { common };
        clean.push(line.get(cut..).unwrap_or("").trim_end());
    }
    clean.join("\n").trim_matches('\n').to_owned()
}
