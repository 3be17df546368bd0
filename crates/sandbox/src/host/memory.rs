//! Reading and writing a guest's memory by the addresses it gives. They are untrusted: any address,
//! any length, overlapping or wrapping around.

/// `length` bytes at `address`, if they are all there.
#[inline]
pub(super) fn bytes(memory: &[u8], address: u32, length: u32) -> Option<&[u8]> {
    // Two u32s can't overflow a usize of 64 bits.
    memory.get(address as usize..address as usize + length as usize)
}

#[inline]
pub(super) fn bytes_mut(memory: &mut [u8], address: u32, length: usize) -> Option<&mut [u8]> {
    memory.get_mut(address as usize..(address as usize).checked_add(length)?)
}

#[inline]
pub(super) fn read_u32(memory: &[u8], address: u32) -> Option<u32> {
    Some(u32::from_le_bytes(
        bytes(memory, address, 4)?.try_into().ok()?,
    ))
}

/// Writes a number's little-endian bytes; false when they don't fit.
#[inline]
pub(super) fn write<const N: usize>(memory: &mut [u8], address: u32, number: [u8; N]) -> bool {
    match bytes_mut(memory, address, N) {
        Some(place) => {
            place.copy_from_slice(&number);
            true
        }
        None => false,
    }
}
