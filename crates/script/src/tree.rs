//! The syntax tree of a source. All of tree-sitter that the crate uses is here.
//!
//! Its parser is made for code editors: it always gives a tree, in which nodes of the kind `ERROR` stand for what
//! it didn't understand. For programs its time is linear. But there are sources that make it scan ahead again and
//! again, or recover from errors in ever longer steps, or nest so deeply that it needs much stack. So what it reads and
//! how long it takes are limited, and [`with_stack`] gives it a stack by the length of the source.

use std::ops::{ControlFlow, Range};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};

use tree_sitter::{LogType, ParseOptions, ParseState, Parser};

use crate::language::Language;
use crate::mistake::Mistake;
use crate::source::Source;

/// Bytes of stack for each of the source. The deepest recursion known, of two readings of `{a:{a:{a:…` that turn out
/// to be the same, takes less than 64.
const STACK_PER_BYTE: usize = 192;
const LEAST_STACK: usize = 1 << 20;

/// The parser gets the source in pieces, so that the bytes it looks at can be counted.
const PIECE: usize = 1024;

/// How often each byte of the source may be read. In programs it is three times.
const MOST_READS: usize = 8;

/// What follows an error is ignored after so many steps, about ten kilobytes: recovering takes time by the square of
/// what can't be reduced, and much of that in one step, which nothing interrupts.
const STEPS_AFTER_ERROR: usize = 10_000;

/// How long it may take. The longest program takes a second.
const MOST_TIME: Duration = Duration::from_secs(10);

/// Bytes of memory for each of the source. What takes most is `(a,(a,(a,…`, 990.
const MEMORY_PER_BYTE: usize = 1280;

/// Is there memory for whatever the source may be? The parser ends the process when it gets none.
pub(crate) fn check_memory(source: &Source<'_>) -> Result<(), Mistake> {
    let most = source.text().len() * (MEMORY_PER_BYTE + STACK_PER_BYTE);
    Vec::<u8>::new().try_reserve_exact(most).map_err(|_| {
        let message =
            format!("parsing the source may take {most} bytes, more memory than there is");
        source.mistake(0, message, "Make it shorter.")
    })
}

/// Runs what makes, reads and drops a tree.
pub(crate) fn with_stack<R>(source: &str, work: impl FnOnce() -> R) -> R {
    stacker::grow(LEAST_STACK + source.len() * STACK_PER_BYTE, work)
}

pub(crate) struct Tree<'s> {
    source: &'s Source<'s>,
    tree: tree_sitter::Tree,
}

impl<'s> Tree<'s> {
    /// Parses a source for as long as `go_on` says so.
    pub(crate) fn parse(
        language: Language,
        source: &'s Source<'s>,
        go_on: &mut dyn FnMut() -> bool,
    ) -> Result<Self, Mistake> {
        let mut parser = Parser::new();
        parser
            .set_language(&match language {
                Language::Python => tree_sitter_python::LANGUAGE.into(),
                Language::JavaScript => tree_sitter_javascript::LANGUAGE.into(),
            })
            .expect("the grammars are made for this version");
        let text = source.text();
        let steps_left = Arc::new(AtomicUsize::new(STEPS_AFTER_ERROR));
        count_steps_after_error(&mut parser, steps_left.clone());
        let is_cut = || steps_left.load(Relaxed) == 0;
        let mut unread = Some(MOST_READS * (text.len() + PIECE));
        let mut read = |offset: usize, _| {
            // The parser would read beyond the end if that were within a character.
            let end = text.floor_char_boundary(offset + PIECE);
            let piece = text.get(offset..end).unwrap_or_default();
            unread = unread.and_then(|unread| unread.checked_sub(piece.len()));
            if unread.is_none() || is_cut() {
                return "";
            }
            piece
        };
        let start = Instant::now();
        let mut progress = |_: &ParseState| match start.elapsed() < MOST_TIME && go_on() {
            true => ControlFlow::Continue(()),
            false => ControlFlow::Break(()),
        };
        let options = ParseOptions::new().progress_callback(&mut progress);
        let tree = parser.parse_with_options(&mut read, None, Some(options));
        match tree {
            Some(tree) if unread.is_some() => Ok(Tree { source, tree }),
            _ => Err(source.mistake(
                0,
                "the source takes too long to parse",
                "Correct its syntax, or make it shorter.",
            )),
        }
    }

    pub(crate) fn source(&self) -> &'s Source<'s> {
        self.source
    }

    pub(crate) fn root(&self) -> Node<'_> {
        Node {
            node: self.tree.root_node(),
            tree: self,
        }
    }
}

/// Counts the steps that a parser takes after its first error, down to zero. Only its log tells of them.
fn count_steps_after_error(parser: &mut Parser, left: Arc<AtomicUsize>) {
    let mut has_failed = false;
    parser.set_logger(Some(Box::new(move |kind, message| {
        if kind != LogType::Parse {
            return;
        }
        has_failed |= message.starts_with("detect_error");
        if has_failed && message.starts_with("process ") {
            left.store(left.load(Relaxed).saturating_sub(1), Relaxed);
        }
    })));
}

const CORRECT: &str = "Correct the syntax here.";

/// A node of a tree.
#[derive(Clone, Copy)]
pub(crate) struct Node<'t> {
    node: tree_sitter::Node<'t>,
    tree: &'t Tree<'t>,
}

impl<'t> Node<'t> {
    pub(crate) fn kind(self) -> &'t str {
        self.node.kind()
    }

    pub(crate) fn source(self) -> &'t Source<'t> {
        self.tree.source
    }

    pub(crate) fn range(self) -> Range<usize> {
        self.node.byte_range()
    }

    pub(crate) fn start(self) -> usize {
        self.node.start_byte()
    }

    pub(crate) fn text(self) -> &'t str {
        &self.tree.source.text()[self.range()]
    }

    /// Whether the line that it begins in is.
    pub(crate) fn is_indented(self) -> bool {
        let before = &self.tree.source.text()[..self.start()];
        let line = before.rfind('\n').map_or(0, |newline| newline + 1);
        self.tree.source.text()[line..].starts_with([' ', '\t'])
    }

    /// The child that has a role in this node, as in `name`.
    pub(crate) fn field(self, name: &str) -> Option<Node<'t>> {
        self.node
            .child_by_field_name(name)
            .map(|node| Node { node, ..self })
    }

    /// The named children, which are all but keywords and punctuation, with comments among them.
    pub(crate) fn children(self) -> Vec<Node<'t>> {
        let mut cursor = self.node.walk();
        let children = self.node.named_children(&mut cursor);
        children.map(|node| Node { node, ..self }).collect()
    }

    /// The named children that aren't comments.
    pub(crate) fn parts(self) -> Vec<Node<'t>> {
        let mut parts = self.children();
        parts.retain(|part| part.kind() != "comment");
        parts
    }

    /// Whether a keyword or a sign is a child, such as `async`.
    pub(crate) fn has_word(self, word: &str) -> bool {
        let mut cursor = self.node.walk();
        self.node
            .children(&mut cursor)
            .any(|child| child.kind() == word)
    }

    /// Whether a node of that kind is in it, leaving out what is in nodes of other kinds.
    pub(crate) fn contains(self, kind: &str, except: &[&str]) -> bool {
        let mut cursor = self.node.walk();
        loop {
            let node = cursor.node();
            if node.is_named() && node.kind() == kind {
                return true;
            }
            if !except.contains(&node.kind()) && cursor.goto_first_child() {
                continue;
            }
            while !cursor.goto_next_sibling() {
                if !cursor.goto_parent() {
                    return false;
                }
            }
        }
    }

    /// What is in any number of parentheses.
    pub(crate) fn without_parentheses(mut self) -> Node<'t> {
        while self.kind() == "parenthesized_expression" {
            match self.parts()[..] {
                [inner] => self = inner,
                _ => break,
            }
        }
        self
    }

    /// The first place in it that isn't of the language.
    pub(crate) fn first_error(self) -> Option<Mistake> {
        let mut cursor = self.node.walk();
        loop {
            let node = cursor.node();
            if !node.has_error() {
                if !cursor.goto_next_sibling() {
                    return None;
                }
            } else if node.is_error() || node.is_missing() || !cursor.goto_first_child() {
                let message = match node.is_missing() {
                    true => format!("invalid syntax, {:?} is missing", node.kind()),
                    false => "invalid syntax".into(),
                };
                let source = self.tree.source;
                return Some(Mistake {
                    is_syntax: true,
                    ..source.mistake(node.start_byte(), message, CORRECT)
                });
            }
        }
    }

    pub(crate) fn mistake(self, message: impl Into<String>, hint: impl Into<String>) -> Mistake {
        self.tree.source.mistake(self.start(), message, hint)
    }
}
