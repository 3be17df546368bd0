//! Document lengths in one byte, Lucene's: exact up to 39, above with four significant bits.

/// So many codes stand for themselves before those with an exponent begin: what the exponents leave of 256.
const EXACT: u32 = 24;

/// The code of a length; of two lengths the longer never has the smaller code.
#[inline]
pub fn encode_length(length: u32) -> u8 {
    match length.checked_sub(EXACT) {
        None => length as u8,
        Some(rest) if rest < 8 => (EXACT + rest) as u8,
        Some(rest) => {
            // The leading bit is implied; three more follow it.
            let shift = 28 - rest.leading_zeros();
            (EXACT + ((shift + 1) << 3 | (rest >> shift & 7))) as u8
        }
    }
}

/// The smallest length with that code.
#[inline]
pub fn decode_length(code: u8) -> u32 {
    match u32::from(code).checked_sub(EXACT) {
        None => u32::from(code),
        Some(rest) if rest < 8 => EXACT + rest,
        Some(rest) => {
            let wide = u64::from(EXACT) + (u64::from(8 | rest & 7) << ((rest >> 3) - 1));
            // The last codes stand for lengths that no i32 has.
            wide.min(u64::from(u32::MAX)) as u32
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_lengths_are_exact_and_long_ones_lucenes() {
        for length in 0..=39 {
            assert_eq!(decode_length(encode_length(length)), length);
        }
        // org.apache.lucene.util.SmallFloat.byte4ToInt(intToByte4(length))
        for (length, kept) in [
            (40, 40),
            (41, 40),
            (56, 56),
            (57, 56),
            (100, 96),
            (1000, 984),
            (i32::MAX as u32, 2_013_265_944),
        ] {
            assert_eq!(decode_length(encode_length(length)), kept, "{length}");
        }
    }

    #[test]
    fn codes_keep_the_order() {
        let lengths: Vec<u32> = (0..=255).map(decode_length).collect();
        assert!(lengths.is_sorted());
        for code in 0..=u8::MAX {
            let length = decode_length(code);
            if length < u32::MAX {
                assert_eq!(encode_length(length), code);
            }
        }
    }
}
