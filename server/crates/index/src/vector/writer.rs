//! Writes one part: the rows as they come, then what belongs to all of them.

use super::part::{Footer, KIND, MAX_DIMS};
use super::{QuantisedRow, VectorError};
use crate::part::PartWriter;
use std::path::Path;
use symseek_base::{ChunkKey, ContentHash, Embedding};

/// A part in the making. Dropping it unfinished leaves nothing behind.
pub struct RowsWriter {
    part: PartWriter,
    dims: usize,
    model: ContentHash,
    keys: Vec<u64>,
    scales: Vec<f32>,
}

/// What [`RowsWriter::finish`] wrote, for the manifest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WrittenPart {
    /// Rows in the part.
    pub n_rows: usize,
    /// [`RowsPart::checksum`](super::RowsPart::checksum) of the part.
    pub checksum: u64,
}

impl RowsWriter {
    /// Starts a part that will appear at `path`, whose directory must exist.
    ///
    /// # Errors
    /// [`VectorError::Part`], or [`VectorError::Dimensions`] for none or more than 16,384.
    pub fn create(path: &Path, dims: usize, model: ContentHash) -> Result<Self, VectorError> {
        if dims == 0 || dims > MAX_DIMS {
            return Err(VectorError::Dimensions {
                expected: MAX_DIMS,
                found: dims,
            });
        }
        Ok(Self {
            part: PartWriter::create(path, KIND)?,
            dims,
            model,
            keys: Vec::new(),
            scales: Vec::new(),
        })
    }

    /// Adds a row; keys must ascend.
    ///
    /// # Errors
    /// [`VectorError::Dimensions`], [`VectorError::KeyOrder`] or [`VectorError::Part`].
    pub fn push(&mut self, key: ChunkKey, embedding: &Embedding) -> Result<(), VectorError> {
        // Before quantising, so that a wrong vector costs nothing.
        self.check(key, embedding.dims())?;
        self.push_row(key, &QuantisedRow::new(embedding))
    }

    /// Adds a row that is quantised already, for instance one of the in-memory layer.
    ///
    /// # Errors
    /// As [`RowsWriter::push`].
    pub fn push_row(&mut self, key: ChunkKey, row: &QuantisedRow) -> Result<(), VectorError> {
        self.push_raw(key, row.scale, &row.values)
    }

    pub(super) fn push_raw(
        &mut self,
        key: ChunkKey,
        scale: f32,
        values: &[i8],
    ) -> Result<(), VectorError> {
        self.check(key, values.len())?;
        self.part.write(bytemuck::cast_slice(values))?;
        self.keys.push(key.0);
        self.scales.push(scale);
        Ok(())
    }

    /// Components of a row.
    pub fn dims(&self) -> usize {
        self.dims
    }

    /// Rows so far.
    pub fn n_rows(&self) -> usize {
        self.keys.len()
    }

    /// Seals the part, makes it durable and gives it its name, replacing what had it.
    ///
    /// # Errors
    /// [`VectorError::Part`].
    pub fn finish(mut self) -> Result<WrittenPart, VectorError> {
        self.part.align()?;
        self.part.write(bytemuck::cast_slice(&self.keys))?;
        self.part.write(bytemuck::cast_slice(&self.scales))?;
        let footer = Footer {
            n_rows: self.keys.len() as u64,
            dims: self.dims as u32,
            reserved: 0,
            model: self.model.0.to_le_bytes(),
        };
        self.part.write(bytemuck::bytes_of(&footer))?;
        Ok(WrittenPart {
            n_rows: self.keys.len(),
            checksum: self.part.finish()?.checksum,
        })
    }

    fn check(&self, key: ChunkKey, found: usize) -> Result<(), VectorError> {
        if found != self.dims {
            return Err(VectorError::Dimensions {
                expected: self.dims,
                found,
            });
        }
        match self.keys.last() {
            Some(&previous) if previous >= key.0 => Err(VectorError::KeyOrder {
                previous: ChunkKey(previous),
                key,
            }),
            _ => Ok(()),
        }
    }
}

impl std::fmt::Debug for RowsWriter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RowsWriter")
            .field("part", &self.part)
            .field("n_rows", &self.keys.len())
            .finish_non_exhaustive()
    }
}
