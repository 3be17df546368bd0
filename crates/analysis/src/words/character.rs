//! What Unicode knows of a character.

use icu_properties::props::{
    EmojiModifier, ExtendedPictographic, LineBreak, RegionalIndicator, Script, WordBreak,
};
use icu_properties::{CodePointMapData, CodePointSetData};

/// What a character does in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    /// A letter, digit or katakana.
    Word,
    /// Joins those, like the underscore.
    Joins,
    /// May stand between letters or digits of a word.
    Mid,
    /// Clings to the character before it.
    Extends,
    /// Anything else.
    Other,
}

#[inline]
pub(super) fn class(char: char) -> Class {
    match CodePointMapData::<WordBreak>::new().get(char) {
        WordBreak::ALetter | WordBreak::HebrewLetter | WordBreak::Numeric | WordBreak::Katakana => {
            Class::Word
        }
        WordBreak::ExtendNumLet => Class::Joins,
        WordBreak::MidLetter
        | WordBreak::MidNum
        | WordBreak::MidNumLet
        | WordBreak::SingleQuote
        | WordBreak::DoubleQuote => Class::Mid,
        WordBreak::Extend | WordBreak::Format | WordBreak::ZWJ => Class::Extends,
        _ => Class::Other,
    }
}

/// Of a script whose words only a dictionary can tell apart: Thai, Lao, Khmer, Myanmar …
#[inline]
pub(super) fn is_complex(char: char) -> bool {
    CodePointMapData::<LineBreak>::new().get(char) == LineBreak::ComplexContext
}

/// Of a script where each character is taken for a word.
#[inline]
pub(super) fn is_ideograph_or_hiragana(char: char) -> bool {
    matches!(
        CodePointMapData::<Script>::new().get(char),
        Script::Han | Script::Hiragana
    )
}

#[inline]
pub(super) fn is_pictograph(char: char) -> bool {
    CodePointSetData::new::<ExtendedPictographic>().contains(char)
}

#[inline]
pub(super) fn is_emoji_modifier(char: char) -> bool {
    CodePointSetData::new::<EmojiModifier>().contains(char)
}

/// Half a flag.
#[inline]
pub(super) fn is_regional_indicator(char: char) -> bool {
    CodePointSetData::new::<RegionalIndicator>().contains(char)
}
