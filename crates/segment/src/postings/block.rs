//! One block of postings, packed and unpacked; the format is in [`crate::format`].

use crate::Damaged;
use crate::bytes::{Bytes, push_varint};
use crate::format::{BLOCK, Features, Pointer};
use bitpacking::{BitPacker, BitPacker4x};

/// The bytes that a bit of each of 128 numbers takes.
const BYTES_PER_BIT: usize = BLOCK / 8;

/// Up to 128 postings.
pub(super) struct Block {
    pub(super) documents: [u32; BLOCK],
    pub(super) frequencies: [u32; BLOCK],
    pub(super) lengths: [u32; BLOCK],
    pub(super) count: usize,
}

impl Block {
    pub(super) fn new() -> Block {
        Block {
            documents: [0; BLOCK],
            frequencies: [1; BLOCK],
            lengths: [0; BLOCK],
            count: 0,
        }
    }

    /// `before`: the document number that distances start from, -1 in the first block of a list.
    pub(super) fn write(
        &self,
        before: u32,
        features: Features,
        positions: Option<Pointer>,
        bytes: &mut Vec<u8>,
    ) {
        let mut distances = [0; BLOCK];
        let mut last = before;
        for (distance, document) in distances.iter_mut().zip(&self.documents[..self.count]) {
            *distance = document.wrapping_sub(last).wrapping_sub(1);
            last = *document;
        }
        if self.count < BLOCK {
            if let Some(positions) = positions {
                positions.write(bytes);
            }
            for (place, distance) in distances[..self.count].iter().enumerate() {
                if !features.scored {
                    push_varint(bytes, u64::from(*distance));
                    continue;
                }
                let frequency = self.frequencies[place];
                push_varint(bytes, u64::from(*distance) << 1 | u64::from(frequency == 1));
                if frequency != 1 {
                    push_varint(bytes, u64::from(frequency));
                }
                bytes.push(self.lengths[place] as u8);
            }
            return;
        }
        let packer = BitPacker4x::new();
        let document_bits = packer.num_bits(&distances);
        bytes.push(document_bits);
        let mut packed = [0; 32 * BYTES_PER_BIT];
        if !features.scored {
            let size = packer.compress(&distances, &mut packed, document_bits);
            return bytes.extend_from_slice(&packed[..size]);
        }
        let frequencies = self.frequencies.map(|frequency| frequency.wrapping_sub(1));
        let shortest = self.lengths.iter().min().copied().unwrap_or(0);
        let lengths = self.lengths.map(|length| length - shortest);
        let (frequency_bits, length_bits) =
            (packer.num_bits(&frequencies), packer.num_bits(&lengths));
        bytes.extend_from_slice(&[frequency_bits, shortest as u8, length_bits]);
        if let Some(positions) = positions {
            positions.write(bytes);
        }
        for (numbers, bits) in [
            (&distances, document_bits),
            (&frequencies, frequency_bits),
            (&lengths, length_bits),
        ] {
            let size = packer.compress(numbers, &mut packed, bits);
            bytes.extend_from_slice(&packed[..size]);
        }
    }

    /// Reads the documents, and all else where that is in between. Gives where the positions are and, in a full
    /// block, what [`Block::read_scores`] needs.
    pub(super) fn read_documents(
        &mut self,
        mut bytes: Bytes<'_>,
        before: u32,
        features: Features,
        count: usize,
    ) -> Result<(Option<Pointer>, Option<Scores>), Damaged> {
        self.count = count;
        let mut last = before;
        if count < BLOCK {
            let positions = features.positions.then(|| Pointer::read(&mut bytes));
            let positions = positions.transpose()?;
            for place in 0..count {
                let mut distance = bytes.varint()?;
                if features.scored {
                    let single = distance & 1 == 1;
                    distance >>= 1;
                    self.frequencies[place] = if single { 1 } else { bytes.varint32()? };
                    self.lengths[place] = u32::from(bytes.u8()?);
                }
                let document = u64::from(last.wrapping_add(1)).checked_add(distance);
                last = match document.map(u32::try_from) {
                    Some(Ok(document)) if document < u32::MAX => document,
                    _ => return Err(bytes.damaged("a document that isn't there")),
                };
                self.documents[place] = last;
            }
            return Ok((positions, None));
        }
        let document_bits = bits(&mut bytes, 32)?;
        let mut scores = None;
        let mut positions = None;
        if features.scored {
            let frequency_bits = bits(&mut bytes, 32)?;
            let shortest = bytes.u8()?;
            let length_bits = bits(&mut bytes, 8)?;
            if features.positions {
                positions = Some(Pointer::read(&mut bytes)?);
            }
            scores = Some(Scores {
                frequency_bits,
                shortest,
                length_bits,
                offset: bytes.offset + usize::from(document_bits) * BYTES_PER_BIT,
            });
        }
        unpack(&mut bytes, &mut self.documents, document_bits)?;
        let mut ascending = true;
        for document in &mut self.documents {
            let next = last.wrapping_add(*document).wrapping_add(1);
            ascending &= next > last || last == u32::MAX;
            last = next;
            *document = next;
        }
        if !ascending || last == u32::MAX {
            return Err(bytes.damaged("documents that aren't in their order"));
        }
        Ok((positions, scores))
    }

    /// Reads the rest of a full block.
    pub(super) fn read_scores(
        &mut self,
        scores: Scores,
        page: &[u8],
        block: u32,
    ) -> Result<(), Damaged> {
        let mut bytes = Bytes::new(page, block, scores.offset);
        unpack(&mut bytes, &mut self.frequencies, scores.frequency_bits)?;
        unpack(&mut bytes, &mut self.lengths, scores.length_bits)?;
        for frequency in &mut self.frequencies {
            *frequency = frequency.wrapping_add(1);
        }
        for length in &mut self.lengths {
            // A length is a byte, whatever the page says.
            *length = (*length + u32::from(scores.shortest)).min(255);
        }
        Ok(())
    }
}

/// Where and how a full block has its frequencies and lengths.
#[derive(Clone, Copy)]
pub(super) struct Scores {
    frequency_bits: u8,
    shortest: u8,
    length_bits: u8,
    offset: usize,
}

fn bits(bytes: &mut Bytes<'_>, most: u8) -> Result<u8, Damaged> {
    match bytes.u8()? {
        bits if bits <= most => Ok(bits),
        _ => Err(bytes.damaged("numbers of too many bits")),
    }
}

fn unpack(bytes: &mut Bytes<'_>, numbers: &mut [u32; BLOCK], bits: u8) -> Result<(), Damaged> {
    let packed = bytes.take(usize::from(bits) * BYTES_PER_BIT)?;
    BitPacker4x::new().decompress(packed, numbers, bits);
    Ok(())
}
