//! Numbers to bytes, as `make_result` in `numeric.c` lays them out.

use super::{
    FORM_NEGATIVE, FORM_SHORT, INFINITY, Kind, NAN, NEGATIVE_INFINITY, Numeric, SHORT_NEGATIVE,
    SHORT_SCALE_SHIFT, SHORT_WEIGHT, SHORT_WEIGHT_SIGN,
};

/// A `numeric` datum with a varlena header of 4 bytes.
pub(crate) fn encode_numeric(number: &Numeric<'_>) -> Vec<u8> {
    let negative = number.kind == Kind::Negative;
    let weight = if number.digits.is_empty() {
        0
    } else {
        number.weight
    };
    let short = |bits: u16| bits.to_ne_bytes().to_vec();
    let mut body = match number.kind {
        Kind::NaN => short(NAN),
        Kind::Infinity => short(INFINITY),
        Kind::NegativeInfinity => short(NEGATIVE_INFINITY),
        _ if number.scale <= 63 && (-64..64).contains(&weight) => {
            let sign = if negative { SHORT_NEGATIVE } else { 0 };
            let weight_bits = weight as u16 & (SHORT_WEIGHT | SHORT_WEIGHT_SIGN);
            short(FORM_SHORT | sign | number.scale << SHORT_SCALE_SHIFT | weight_bits)
        }
        _ => {
            let sign = if negative { FORM_NEGATIVE } else { 0 };
            [
                (sign | number.scale).to_ne_bytes(),
                (weight as i16).to_ne_bytes(),
            ]
            .concat()
        }
    };
    body.extend(number.digits.as_flattened());
    let total = body.len() as u32 + 4;
    let header = if cfg!(target_endian = "little") {
        total << 2
    } else {
        total
    };
    [&header.to_ne_bytes()[..], &body].concat()
}
