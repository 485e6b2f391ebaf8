//! Which documents live, and how long their fields are on average. All sums are integers, so their order is free.

use super::Field;
use tantivy::fieldnorm::FieldNormReader;

/// Counts over a set of live chunks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FieldStats {
    /// Number of chunks.
    pub n_docs: u64,
    /// Sum of the quantised lengths per field, in tokens.
    pub n_tokens: [u64; Field::COUNT],
    /// Number of chunks whose field is not empty.
    pub n_filled: [u64; Field::COUNT],
}

impl FieldStats {
    /// Counts one chunk, given the quantised lengths of its fields.
    pub(super) fn add(&mut self, lengths: [u8; Field::COUNT]) {
        self.n_docs += 1;
        for (field, length) in lengths.into_iter().enumerate() {
            self.n_tokens[field] += u64::from(FieldNormReader::id_to_fieldnorm(length));
            self.n_filled[field] += u64::from(length > 0);
        }
    }

    /// Takes one chunk back.
    pub(super) fn remove(&mut self, lengths: [u8; Field::COUNT]) {
        self.n_docs -= 1;
        for (field, length) in lengths.into_iter().enumerate() {
            self.n_tokens[field] -= u64::from(FieldNormReader::id_to_fieldnorm(length));
            self.n_filled[field] -= u64::from(length > 0);
        }
    }

    /// Adds what another set holds.
    pub fn merge(&mut self, other: &Self) {
        self.n_docs += other.n_docs;
        for field in 0..Field::COUNT {
            self.n_tokens[field] += other.n_tokens[field];
            self.n_filled[field] += other.n_filled[field];
        }
    }

    /// Mean length in tokens of a field over the chunks that have it; 1 when none has.
    pub fn average_length(&self, field: Field) -> f32 {
        match self.n_filled[field as usize] {
            0 => 1.0,
            n_filled => (self.n_tokens[field as usize] as f64 / n_filled as f64) as f32,
        }
    }
}

/// The live documents of one [`LexicalReader`](super::LexicalReader) under one
/// [`LiveSet`](symseek_base::LiveSet): make it once per published snapshot with
/// [`LexicalReader::stats`](super::LexicalReader::stats), it is O(documents).
#[derive(Debug, Clone)]
pub struct LiveDocs {
    pub(super) reader: u64,
    pub(super) stats: FieldStats,
    /// Per segment a bitmap over its documents; `None` while all of them live.
    pub(super) alive: Vec<Option<Box<[u64]>>>,
}

impl LiveDocs {
    /// Counts over the live chunks.
    pub fn stats(&self) -> &FieldStats {
        &self.stats
    }
}
