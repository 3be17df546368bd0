//! Lowercase, character by character: neither locale nor context matter, and a word keeps its number of characters.

/// How much there is to lowercase in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Case {
    /// ASCII, and lowercase already.
    Lower,
    /// ASCII.
    Ascii,
    /// Anything.
    Any,
}

impl Case {
    /// Lowercases `word`, into `buffer` if there is anything to do.
    #[inline]
    pub(crate) fn lowercase<'w>(self, word: &'w str, buffer: &'w mut String) -> &'w str {
        match self {
            Case::Lower => return word,
            Case::Ascii => {
                buffer.clear();
                buffer.push_str(word);
                buffer.make_ascii_lowercase();
            }
            Case::Any => {
                buffer.clear();
                buffer.extend(word.chars().map(lowercase));
            }
        }
        buffer
    }
}

/// Unicode's simple mapping: the full one differs for İ alone, which it turns into two characters.
#[inline]
pub(crate) fn lowercase(char: char) -> char {
    match char {
        ..'\u{80}' => char.to_ascii_lowercase(),
        'İ' => 'i',
        _ => char.to_lowercase().next().unwrap_or(char),
    }
}

/// As Turkish has it: I without a dot stays without one, unless a combining dot follows.
pub(crate) fn turkish(word: &str, buffer: &mut String) {
    buffer.clear();
    let mut chars = word.chars().peekable();
    while let Some(char) = chars.next() {
        buffer.push(match char {
            'I' if chars.next_if_eq(&'\u{307}').is_none() => 'ı',
            _ => lowercase(char),
        });
    }
}
