//! The static model's table: one int8 row and one scale per token, read where it lies.
//!
//! Little-endian: magic `SYMSTAT1`, `u32` version, rows, dims, flags, `u64` XXH3 of the payload, 32 zero bytes; then
//! `f32[rows]` scales and `i8[rows, dims]`. A token's vector is scale × values, its weight multiplied in. Bit 0 of the flags:
//! a token that occurs n times in a text counts √n times, not n times; no other bit is known.

use crate::EmbedError;
use symseek_base::checksum;

const MAGIC: &[u8; 8] = b"SYMSTAT1";
const VERSION: u32 = 1;
const SQRT_COUNTS: u32 = 1;
pub(crate) const HEADER_LEN: usize = 64;

/// A table over borrowed bytes of any alignment.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Table<'a> {
    scales: &'a [[u8; 4]],
    values: &'a [i8],
    dims: usize,
    sqrt_counts: bool,
    checksum: u64,
    payload: &'a [u8],
}

impl<'a> Table<'a> {
    /// Checks the header and the length. Reads nothing of the payload, so that a table inside the program costs nothing
    /// until a token is looked up.
    pub(crate) fn parse(bytes: &'a [u8]) -> Result<Self, EmbedError> {
        let damaged = |reason: &str| EmbedError::model("static table", reason);
        let (header, payload) = bytes
            .split_at_checked(HEADER_LEN)
            .ok_or_else(|| damaged("shorter than its header"))?;
        let word = |at: usize| {
            u32::from_le_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]])
        };
        if &header[..8] != MAGIC || word(8) != VERSION || word(20) & !SQRT_COUNTS != 0 {
            return Err(damaged("not a table of version 1"));
        }
        let (rows, dims) = (word(12) as usize, word(16) as usize);
        let expected = dims.checked_add(4).and_then(|row| row.checked_mul(rows));
        if rows == 0 || dims == 0 || expected != Some(payload.len()) {
            return Err(damaged("its length is not what its header says"));
        }
        let (scales, values) = payload.split_at(rows * 4);
        Ok(Self {
            scales: bytemuck::cast_slice(scales),
            values: bytemuck::cast_slice(values),
            dims,
            sqrt_counts: word(20) & SQRT_COUNTS != 0,
            checksum: u64::from(word(24)) | u64::from(word(28)) << 32,
            payload,
        })
    }

    /// Compares the payload with its checksum: for tables from a disk.
    pub(crate) fn verify(&self) -> Result<(), EmbedError> {
        if checksum(self.payload) == self.checksum {
            Ok(())
        } else {
            Err(EmbedError::model("static table", "wrong checksum"))
        }
    }

    pub(crate) fn n_rows(&self) -> usize {
        self.scales.len()
    }

    pub(crate) fn dims(&self) -> usize {
        self.dims
    }

    /// The sum of the tokens' vectors, `f32[dims]`, each token counted as the header says. Sorts the tokens, so that their
    /// order never changes a bit of the sum. A token without a row adds nothing.
    pub(crate) fn sum(&self, tokens: &mut [u32]) -> Vec<f32> {
        tokens.sort_unstable();
        let mut sum = vec![0.0; self.dims];
        for equal in tokens.chunk_by(|a, b| a == b) {
            let count = equal.len() as f32;
            let count = if self.sqrt_counts {
                count.sqrt()
            } else {
                count
            };
            let row = equal[0] as usize;
            if let Some(&scale) = self.scales.get(row) {
                let values = &self.values[row * self.dims..][..self.dims];
                add_scaled(f32::from_le_bytes(scale) * count, values, &mut sum);
            }
        }
        sum
    }
}

/// `sum += scale * values`. Same operations on every path, so the same bits; only the register width differs.
fn add_scaled(scale: f32, values: &[i8], sum: &mut [f32]) {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") {
        // SAFETY: the processor has AVX2, the function's only requirement.
        return unsafe { add_scaled_avx2(scale, values, sum) };
    }
    add_scaled_plain(scale, values, sum);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn add_scaled_avx2(scale: f32, values: &[i8], sum: &mut [f32]) {
    add_scaled_plain(scale, values, sum);
}

#[inline(always)]
#[expect(
    clippy::inline_always,
    reason = "it must take the caller's target features"
)]
fn add_scaled_plain(scale: f32, values: &[i8], sum: &mut [f32]) {
    for (x, &value) in sum.iter_mut().zip(values) {
        *x += scale * f32::from(value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::static_embedder::test_model::table_bytes;

    #[test]
    fn rows_add_up() {
        let bytes = table_bytes(&[(0.5, &[2, -4]), (2.0, &[1, 127])]);
        let table = Table::parse(&bytes).unwrap();
        table.verify().unwrap();
        assert_eq!((table.n_rows(), table.dims()), (2, 2));
        assert_eq!(table.sum(&mut [1, 0, 1, 99]), [5.0, 506.0]);
    }

    #[test]
    fn repeated_tokens_count_by_their_root() {
        let mut bytes = table_bytes(&[(0.5, &[2, -4]), (2.0, &[1, 127])]);
        bytes[20] = 1;
        let table = Table::parse(&bytes).unwrap();
        assert_eq!(table.sum(&mut [1, 1, 0, 1, 1]), [5.0, 506.0]);
        bytes[20] = 2;
        assert!(Table::parse(&bytes).is_err());
    }

    #[test]
    fn wide_and_narrow_registers_agree() {
        let values: Vec<i8> = (0..131).map(|i| (i * 37 % 255 - 127) as i8).collect();
        let (mut a, mut b) = (vec![0.1f32; 131], vec![0.1f32; 131]);
        add_scaled(0.037, &values, &mut a);
        add_scaled_plain(0.037, &values, &mut b);
        assert_eq!(a, b);
    }

    #[test]
    fn damage_is_noticed() {
        let good = table_bytes(&[(0.5, &[2, -4]), (2.0, &[1, 127])]);
        for len in [0, 63, 64, good.len() - 1] {
            assert!(Table::parse(&good[..len]).is_err(), "{len}");
        }
        // Byte 20, bit 0 says how tokens are counted: either value is a good table.
        for at in (0..20).chain(21..32).chain(64..good.len()) {
            let mut bytes = good.clone();
            bytes[at] ^= 1;
            let outcome = Table::parse(&bytes).and_then(|table| table.verify());
            assert!(outcome.is_err(), "flipped a bit of byte {at}");
        }
    }
}
