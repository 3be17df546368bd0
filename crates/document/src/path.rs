//! Paths into a document: `a.b.c`, `a[0].b`, `a[-1]`, `a["key.with.dots"]`, `["a.b"].c`.
//!
//! Keys stand for themselves up to the next `.` or `[`. A key that contains one of those or a quote, or that
//! is empty, is written as a JSON string in brackets. Indexes count from 0, or from the end when negative.

use std::cell::Cell;
use std::fmt::{self, Write};
use std::iter::Peekable;
use std::str::{CharIndices, FromStr};

/// A parsed path. It remembers where it found its keys last, so keep it from document to document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    pub(crate) steps: Box<[Step]>,
}

/// One step of a [`Path`].
#[derive(Clone, Debug)]
pub enum Step {
    /// To the value of a key.
    Key {
        /// The key.
        name: Box<str>,
        /// For [`crate::Object::get`].
        guess: Cell<u32>,
    },
    /// To one element of an array.
    Index(i64),
}

impl PartialEq for Step {
    fn eq(&self, other: &Step) -> bool {
        match (self, other) {
            (Step::Key { name, .. }, Step::Key { name: other, .. }) => name == other,
            (Step::Index(index), Step::Index(other)) => index == other,
            _ => false,
        }
    }
}

impl Eq for Step {}

/// Text that is not a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PathError {
    /// Where, in bytes from the start of the text.
    pub offset: usize,
    /// What is wrong there.
    pub what: &'static str,
}

impl fmt::Display for PathError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "invalid path at byte {}: {}", self.offset, self.what)
    }
}

impl std::error::Error for PathError {}

impl Path {
    /// Reads a path.
    pub fn parse(text: &str) -> Result<Path, PathError> {
        let mut parser = Parser {
            text,
            chars: text.char_indices().peekable(),
        };
        let mut steps = Vec::new();
        while parser.chars.peek().is_some() || steps.is_empty() {
            steps.push(parser.step(steps.is_empty())?);
        }
        Ok(Path {
            steps: steps.into(),
        })
    }

    /// Whether these bytes are a path of one key, spelled without brackets. [`crate::lookup_key`] follows such
    /// a path without parsing it.
    #[inline]
    pub fn is_plain_key(path: &[u8]) -> bool {
        !path.is_empty() && !path.iter().any(|byte| matches!(byte, b'.' | b'[' | b'"'))
    }

    /// The path to what holds the value at this one, `None` for a path of one step.
    pub fn parent(&self) -> Option<Path> {
        let (_, steps) = self.steps.split_last()?;
        (!steps.is_empty()).then(|| Path {
            steps: steps.into(),
        })
    }

    /// The path from what lies at `outer`, `None` when this one doesn't lead below it.
    pub fn below(&self, outer: &Path) -> Option<Path> {
        let steps = self.steps.strip_prefix(&*outer.steps)?;
        (!steps.is_empty()).then(|| Path {
            steps: steps.into(),
        })
    }

    /// The path of a single key.
    pub fn of_key(name: &str) -> Path {
        Path {
            steps: [key(name.to_owned())].into(),
        }
    }

    /// The path to the value of `name` in what is at this path.
    pub fn child(&self, name: &str) -> Path {
        let steps = self.steps.iter().cloned();
        Path {
            steps: steps.chain([key(name.to_owned())]).collect(),
        }
    }

    /// The steps from the document's root on, at least one.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }
}

impl FromStr for Path {
    type Err = PathError;

    fn from_str(text: &str) -> Result<Path, PathError> {
        Path::parse(text)
    }
}

/// Prints the path so that it parses to itself; the shortest form for each key.
impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, step) in self.steps.iter().enumerate() {
            match step {
                Step::Index(index) => write!(f, "[{index}]")?,
                Step::Key { name, .. } if Path::is_plain_key(name.as_bytes()) => {
                    if position > 0 {
                        f.write_char('.')?;
                    }
                    f.write_str(name)?;
                }
                Step::Key { name, .. } => {
                    f.write_char('[')?;
                    crate::json::write_string(f, name)?;
                    f.write_char(']')?;
                }
            }
        }
        Ok(())
    }
}

struct Parser<'t> {
    text: &'t str,
    chars: Peekable<CharIndices<'t>>,
}

impl Parser<'_> {
    fn offset(&mut self) -> usize {
        self.chars
            .peek()
            .map_or(self.text.len(), |&(offset, _)| offset)
    }

    fn error<T>(&mut self, what: &'static str) -> Result<T, PathError> {
        Err(PathError {
            offset: self.offset(),
            what,
        })
    }

    fn accept(&mut self, wanted: char) -> bool {
        self.chars.next_if(|&(_, found)| found == wanted).is_some()
    }

    fn step(&mut self, first: bool) -> Result<Step, PathError> {
        if self.accept('[') {
            let step = if self.accept('"') {
                key(self.quoted()?)
            } else {
                Step::Index(self.index()?)
            };
            return if self.accept(']') {
                Ok(step)
            } else {
                self.error("expected \"]\"")
            };
        }
        if !first && !self.accept('.') {
            return self.error("expected \".\" or \"[\"");
        }
        let start = self.offset();
        while self
            .chars
            .next_if(|&(_, found)| !matches!(found, '.' | '[' | '"'))
            .is_some()
        {}
        let end = self.offset();
        if let Some((_, '"')) = self.chars.peek() {
            return self.error("a quote belongs in brackets: [\"key\"]");
        }
        if start == end {
            return self.error("empty key");
        }
        Ok(key(self.text[start..end].to_owned()))
    }

    fn index(&mut self) -> Result<i64, PathError> {
        let start = self.offset();
        self.accept('-');
        while self
            .chars
            .next_if(|(_, found)| found.is_ascii_digit())
            .is_some()
        {}
        let end = self.offset();
        let parsed = self.text[start..end].parse();
        parsed.map_err(|_| PathError {
            offset: start,
            what: "expected an array index or a quoted key",
        })
    }

    /// The rest of a JSON string, after its opening quote.
    fn quoted(&mut self) -> Result<String, PathError> {
        let mut key = String::new();
        loop {
            let Some((offset, found)) = self.chars.next() else {
                return self.error("unterminated quoted key");
            };
            match found {
                '"' => return Ok(key),
                '\\' => key.push(self.escape(offset)?),
                other => key.push(other),
            }
        }
    }

    /// What a backslash at `offset` stands for, with what follows it.
    fn escape(&mut self, offset: usize) -> Result<char, PathError> {
        let bad = PathError {
            offset,
            what: "unknown escape in a quoted key",
        };
        let (_, escaped) = self.chars.next().ok_or(bad)?;
        match escaped {
            '"' | '\\' | '/' => Ok(escaped),
            'b' => Ok('\u{8}'),
            'f' => Ok('\u{c}'),
            'n' => Ok('\n'),
            'r' => Ok('\r'),
            't' => Ok('\t'),
            'u' => {
                let mut units = [self.code_unit(bad)?, 0];
                let pair =
                    matches!(units[0], 0xD800..0xDC00) && self.accept('\\') && self.accept('u');
                if pair {
                    units[1] = self.code_unit(bad)?;
                }
                let mut decoded =
                    char::decode_utf16(units.into_iter().take(if pair { 2 } else { 1 }));
                match (decoded.next(), decoded.next()) {
                    (Some(Ok(decoded)), None) => Ok(decoded),
                    _ => Err(bad),
                }
            }
            _ => Err(bad),
        }
    }

    fn code_unit(&mut self, bad: PathError) -> Result<u16, PathError> {
        let mut unit = 0;
        for _ in 0..4 {
            let digit = self
                .chars
                .next()
                .and_then(|(_, digit)| digit.to_digit(16))
                .ok_or(bad)?;
            unit = unit << 4 | digit as u16;
        }
        Ok(unit)
    }
}

fn key(name: String) -> Step {
    Step::Key {
        name: name.into(),
        guess: Cell::new(0),
    }
}
