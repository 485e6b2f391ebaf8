//! One immutable file of int8 rows, read in place through a memory map.
//!
//! Payload, little-endian: `i8[n, dims]`, zeros up to a multiple of 8, `u64[n]` keys in strictly ascending order, `f32[n]`
//! scales, a footer of 32 bytes. A part says nothing about which rows are live.

use super::{QuantisedRow, VectorError};
use crate::part::{Kind, Part, PartError};
use bytemuck::{Pod, Zeroable};
use std::ops::Range;
use std::path::Path;
use symseek_base::{ChunkKey, ContentHash};

pub(super) const KIND: Kind = Kind {
    magic: *b"SYMROWS2",
    version: 1,
};
pub(super) const MAX_DIMS: usize = 1 << 14;

/// The last 32 bytes of the payload.
#[derive(Debug, Clone, Copy, Pod, Zeroable)]
#[repr(C)]
pub(super) struct Footer {
    pub(super) n_rows: u64,
    pub(super) dims: u32,
    pub(super) reserved: u32,
    pub(super) model: [u8; 16],
}

/// Where the three sections lie in the payload.
struct Layout {
    values: Range<usize>,
    keys: Range<usize>,
    scales: Range<usize>,
}

impl Layout {
    /// `None` when the sizes overflow.
    fn of(n_rows: u64, dims: usize) -> Option<Self> {
        let n = usize::try_from(n_rows).ok()?;
        let values_end = n.checked_mul(dims)?;
        let keys_start = values_end.checked_next_multiple_of(8)?;
        let keys_end = n.checked_mul(8)?.checked_add(keys_start)?;
        let scales_end = n.checked_mul(4)?.checked_add(keys_end)?;
        Some(Self {
            values: 0..values_end,
            keys: keys_start..keys_end,
            scales: keys_end..scales_end,
        })
    }
}

/// An open part: rows in key order, zero copy. Dropping it unmaps the file; an open part survives the file's removal on
/// systems that allow it.
pub struct RowsPart {
    part: Part,
    dims: usize,
    n_rows: usize,
    model: ContentHash,
    layout: Layout,
}

impl RowsPart {
    /// See [`Part::let_go`].
    pub fn let_go(&self) {
        self.part.let_go();
    }

    /// Compares head and length only.
    ///
    /// # Errors
    /// See [`Part::glance`].
    pub fn glance(path: &Path) -> Result<(), PartError> {
        Part::glance(path, KIND)
    }

    /// Maps and verifies a part: reads the file once (26 MB for 100,000 rows of 256).
    ///
    /// # Errors
    /// [`VectorError::Part`].
    pub fn open(path: &Path) -> Result<Self, VectorError> {
        let part = Part::open(path, KIND)?;
        let payload = part.payload();
        let rows_len = payload.len().checked_sub(size_of::<Footer>());
        let rows_len = rows_len.ok_or_else(|| part.damaged("shorter than its footer"))?;
        let footer: Footer = bytemuck::pod_read_unaligned(&payload[rows_len..]);
        let dims = footer.dims as usize;
        if dims == 0 || dims > MAX_DIMS {
            return Err(part.damaged("impossible number of dimensions").into());
        }
        let layout = Layout::of(footer.n_rows, dims)
            .filter(|layout| layout.scales.end == rows_len)
            .ok_or_else(|| part.damaged("its length is not what its footer says"))?;
        let part = Self {
            part,
            dims,
            n_rows: footer.n_rows as usize,
            model: ContentHash(u128::from_le_bytes(footer.model)),
            layout,
        };
        if !part.keys().is_sorted_by(|a, b| a < b) {
            return Err(part.part.damaged("keys are out of order").into());
        }
        Ok(part)
    }

    /// Whether rows of this part can be compared with vectors of this model.
    ///
    /// # Errors
    /// [`VectorError::Dimensions`] or [`VectorError::Model`].
    pub fn check(&self, dims: usize, model: ContentHash) -> Result<(), VectorError> {
        if self.dims != dims {
            return Err(VectorError::Dimensions {
                expected: dims,
                found: self.dims,
            });
        }
        if self.model == model {
            Ok(())
        } else {
            Err(VectorError::Model)
        }
    }

    /// The file.
    pub fn path(&self) -> &Path {
        self.part.path()
    }

    /// Number of rows, dead ones included.
    pub fn n_rows(&self) -> usize {
        self.n_rows
    }

    /// Components of a row.
    pub fn dims(&self) -> usize {
        self.dims
    }

    /// Hash of the embedding model the rows came from.
    pub fn model(&self) -> ContentHash {
        self.model
    }

    /// The stored checksum, which also identifies the part's content.
    pub fn checksum(&self) -> u64 {
        self.part.info().checksum
    }

    /// The row's key; keys ascend with the row.
    ///
    /// # Panics
    /// When `row >= n_rows`.
    pub fn key(&self, row: usize) -> ChunkKey {
        ChunkKey(self.keys()[row])
    }

    /// The row that holds a key.
    pub fn find(&self, key: ChunkKey) -> Option<usize> {
        self.keys().binary_search(&key.0).ok()
    }

    /// A copy of one row.
    ///
    /// # Panics
    /// When `row >= n_rows`.
    pub fn row(&self, row: usize) -> QuantisedRow {
        QuantisedRow {
            scale: self.scales()[row],
            values: self.values(row).into(),
        }
    }

    /// `u64[n]`, strictly ascending.
    pub(super) fn keys(&self) -> &[u64] {
        bytemuck::cast_slice(&self.part.payload()[self.layout.keys.clone()])
    }

    /// `f32[n]`.
    pub(super) fn scales(&self) -> &[f32] {
        bytemuck::cast_slice(&self.part.payload()[self.layout.scales.clone()])
    }

    /// `i8[n, dims]`.
    pub(super) fn all_values(&self) -> &[i8] {
        bytemuck::cast_slice(&self.part.payload()[self.layout.values.clone()])
    }

    /// `i8[dims]`.
    pub(super) fn values(&self, row: usize) -> &[i8] {
        &self.all_values()[row * self.dims..][..self.dims]
    }
}

impl std::fmt::Debug for RowsPart {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RowsPart")
            .field("path", &self.path())
            .field("n_rows", &self.n_rows)
            .field("dims", &self.dims)
            .finish_non_exhaustive()
    }
}

// The sections are cast in place.
const _: () = assert!(
    cfg!(target_endian = "little"),
    "stored vectors are little-endian"
);
