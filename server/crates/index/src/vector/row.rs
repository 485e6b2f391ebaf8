//! One int8 row and the dot product of two: the only arithmetic of this leg.
//!
//! No SIMD of our own: `numkong` (compiled for usearch anyway) picks its kernel at run time. Integer sums are exact, so
//! every machine and every kernel gives the same similarity, bit by bit.

use numkong::Dot as _;
use symseek_base::Embedding;

/// `i8[dims]` with one scale, `1 / |values|`: the similarity of two rows is the exact cosine of their integer vectors,
/// so it lies in [-1, 1] and is 1 for equal rows.
#[derive(Debug, Clone, PartialEq)]
pub struct QuantisedRow {
    pub(super) scale: f32,
    pub(super) values: Box<[i8]>,
}

impl QuantisedRow {
    /// Quantises symmetrically: the largest component becomes ±127.
    pub fn new(embedding: &Embedding) -> Self {
        let raw = embedding.as_slice();
        let largest = raw.iter().fold(0f32, |max, x| max.max(x.abs()));
        let factor = 127.0 / largest;
        let values: Box<[i8]> = raw.iter().map(|x| (x * factor).round() as i8).collect();
        Self {
            scale: scale_of(&values),
            values,
        }
    }

    /// Number of components.
    pub fn dims(&self) -> usize {
        self.values.len()
    }

    /// Cosine similarity in [-1, 1]; 0 when the dimensions differ.
    pub fn similarity(&self, other: &Self) -> f32 {
        self.similarity_to(other.scale, &other.values)
    }

    /// Cosine similarity to a stored row.
    pub(super) fn similarity_to(&self, scale: f32, values: &[i8]) -> f32 {
        // `None` only for different lengths.
        let dot = i8::dot(&self.values, values).unwrap_or(0);
        (dot as f32 * (self.scale * scale)).clamp(-1.0, 1.0)
    }
}

impl From<&Embedding> for QuantisedRow {
    fn from(embedding: &Embedding) -> Self {
        Self::new(embedding)
    }
}

/// `1 / |values|`. An [`Embedding`] has length 1, so some component is never rounded to zero and the length is positive.
fn scale_of(values: &[i8]) -> f32 {
    let square: i64 = values.iter().map(|&x| i64::from(x) * i64::from(x)).sum();
    (1.0 / (square.max(1) as f64).sqrt()) as f32
}
