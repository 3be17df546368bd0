//! What a guest logs: collected during a call, within caps, for the caller to emit afterwards.

use std::mem;

use crate::limits::Limits;

/// How serious a line is, by the ABI's numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    Debug,
    Info,
    Warning,
    Error,
}

impl Level {
    /// A number outside 0..=3 is taken for the nearest one.
    pub(crate) fn from_abi(level: i32) -> Self {
        match level {
            ..=0 => Level::Debug,
            1 => Level::Info,
            2 => Level::Warning,
            3.. => Level::Error,
        }
    }
}

/// One logged line. Bytes that are not UTF-8 and NULs were replaced with U+FFFD.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub level: Level,
    pub text: String,
}

/// A stream of text that is logged line by line.
#[derive(Clone, Copy)]
pub(crate) enum Stream {
    Output,
    Error,
}

impl Stream {
    const ALL: [Stream; 2] = [Stream::Output, Stream::Error];

    fn level(self) -> Level {
        match self {
            Stream::Output => Level::Info,
            Stream::Error => Level::Warning,
        }
    }
}

pub(crate) struct Log {
    lines: Vec<Line>,
    /// Of each stream, the line that has not ended yet.
    unfinished: [Vec<u8>; 2],
    bytes: usize,
    dropped: usize,
    most_bytes: usize,
    most_lines: usize,
}

impl Log {
    pub(crate) fn new(limits: &Limits) -> Self {
        Log {
            lines: Vec::new(),
            unfinished: Default::default(),
            bytes: 0,
            dropped: 0,
            most_bytes: limits.log_bytes,
            most_lines: limits.log_lines,
        }
    }

    pub(crate) fn push(&mut self, level: Level, text: &[u8]) {
        let left = self.most_bytes - self.bytes;
        if self.lines.len() >= self.most_lines || text.len() > left {
            self.dropped += 1;
            return;
        }
        // Each byte replaced becomes three.
        let text = String::from_utf8_lossy(text).replace('\0', "\u{fffd}");
        if text.len() > left {
            self.dropped += 1;
            return;
        }
        self.bytes += text.len();
        self.lines.push(Line { level, text });
    }

    /// Text of a stream, which comes in pieces of any size. Empty lines are left out.
    pub(crate) fn write(&mut self, stream: Stream, text: &[u8]) {
        // A long piece isn't even looked at: a guest can write faster than anyone can read.
        if text.len() > self.most_bytes - self.bytes {
            self.dropped += 1;
            return;
        }
        for piece in text.split_inclusive(|byte| *byte == b'\n') {
            let line = piece.strip_suffix(b"\n");
            let unfinished = &mut self.unfinished[stream as usize];
            // With a byte more than can be kept, the line is too long already.
            let room = self.most_bytes.saturating_add(1) - unfinished.len();
            let part = line.unwrap_or(piece);
            unfinished.extend_from_slice(&part[..part.len().min(room)]);
            if line.is_some() {
                self.end_line(stream);
            }
        }
    }

    /// A call's streams end with it.
    #[inline]
    pub(crate) fn end(&mut self) {
        for stream in Stream::ALL {
            if !self.unfinished[stream as usize].is_empty() {
                self.end_line(stream);
            }
        }
    }

    #[cold]
    fn end_line(&mut self, stream: Stream) {
        let line = mem::take(&mut self.unfinished[stream as usize]);
        if !line.is_empty() {
            self.push(stream.level(), &line);
        }
    }

    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.lines.is_empty() && self.dropped == 0
    }

    pub(crate) fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// Hands out what was logged and starts anew; a last line says how many were dropped.
    pub(crate) fn take(&mut self) -> Vec<Line> {
        let mut lines = mem::take(&mut self.lines);
        if self.dropped > 0 {
            let text = format!("{} more log lines were dropped", self.dropped);
            lines.push(Line {
                level: Level::Warning,
                text,
            });
        }
        (self.bytes, self.dropped) = (0, 0);
        lines
    }
}
