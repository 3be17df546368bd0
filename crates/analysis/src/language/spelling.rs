//! Spellings of one word that a language's stop words and stemmer have to see as one.

use super::table::Row;

impl Row {
    /// The spelling that stop words and words of the text are compared in, of a lowercase character.
    pub(super) fn spelling(&self, char: char) -> char {
        match self.name {
            "greek" => greek(char),
            // Typewriters and Latin-1 lacked these letters, and the list of stop words is from their time.
            "hungarian" => match char {
                'õ' => 'ő',
                'û' => 'ű',
                _ => char,
            },
            // A cedilla instead of the comma, for the same reason.
            "romanian" => match char {
                'ş' => 'ș',
                'ţ' => 'ț',
                _ => char,
            },
            "russian" if char == 'ё' => 'е',
            _ => char,
        }
    }
}

/// Without accents, and sigma in one form.
fn greek(char: char) -> char {
    match char {
        'ά' => 'α',
        'έ' => 'ε',
        'ή' => 'η',
        'ί' | 'ϊ' | 'ΐ' => 'ι',
        'ό' => 'ο',
        'ύ' | 'ϋ' | 'ΰ' => 'υ',
        'ώ' => 'ω',
        'ς' => 'σ',
        _ => char,
    }
}
