//! What a guest logs: collected during a call, within caps, for the caller to emit afterwards.

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

pub(crate) struct Log {
    lines: Vec<Line>,
    bytes: usize,
    dropped: usize,
    most_bytes: usize,
    most_lines: usize,
}

impl Log {
    pub(crate) fn new(limits: &Limits) -> Self {
        Log {
            lines: Vec::new(),
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

    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.lines.is_empty() && self.dropped == 0
    }

    pub(crate) fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// Hands out what was logged and starts anew; a last line says how many were dropped.
    pub(crate) fn take(&mut self) -> Vec<Line> {
        let mut lines = std::mem::take(&mut self.lines);
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
