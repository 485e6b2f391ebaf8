//! One immutable file of int8 rows, read in place through a memory map.
//!
//! Layout, little-endian: a header of 64 bytes, `i8[n, dims]`, zeros up to a multiple of 8, `u64[n]` keys in strictly
//! ascending order, `f32[n]` scales. The checksum covers all of it. A part says nothing about which rows are live.

use super::{QuantisedRow, VectorError};
use bytemuck::{Pod, Zeroable};
use memmap2::Mmap;
use std::ops::Range;
use std::path::{Path, PathBuf};
use symseek_base::{ChunkKey, ContentHash};
use xxhash_rust::xxh3::Xxh3;

pub(super) const MAGIC: [u8; 8] = *b"SYMROWS1";
pub(super) const VERSION: u32 = 1;
pub(super) const MAX_DIMS: usize = 1 << 14;

/// The first 64 bytes of a part.
#[derive(Debug, Clone, Copy, Pod, Zeroable)]
#[repr(C)]
pub(super) struct Header {
    pub(super) magic: [u8; 8],
    pub(super) version: u32,
    pub(super) dims: u32,
    pub(super) n_rows: u64,
    pub(super) model: [u8; 16],
    pub(super) checksum: u64,
    pub(super) reserved: [u8; 16],
}

pub(super) const HEADER_LEN: usize = size_of::<Header>();

impl Header {
    /// Hashes the payload (already in `hasher`) and then every header field but the checksum.
    pub(super) fn seal(mut self, mut hasher: Xxh3) -> Self {
        self.checksum = 0;
        hasher.update(bytemuck::bytes_of(&self));
        self.checksum = hasher.digest();
        self
    }
}

/// Where the three sections lie in a file.
pub(super) struct Layout {
    values: Range<usize>,
    keys: Range<usize>,
    scales: Range<usize>,
}

impl Layout {
    /// `None` when the sizes overflow.
    fn of(n_rows: u64, dims: usize) -> Option<Self> {
        let n = usize::try_from(n_rows).ok()?;
        let values_end = n.checked_mul(dims)?.checked_add(HEADER_LEN)?;
        let keys_start = values_end.checked_next_multiple_of(8)?;
        let keys_end = n.checked_mul(8)?.checked_add(keys_start)?;
        let scales_end = n.checked_mul(4)?.checked_add(keys_end)?;
        Some(Self {
            values: HEADER_LEN..values_end,
            keys: keys_start..keys_end,
            scales: keys_end..scales_end,
        })
    }
}

/// An open part: rows in key order, zero copy. Dropping it unmaps the file; an open part survives the file's removal on
/// systems that allow it.
pub struct RowsPart {
    path: PathBuf,
    map: Mmap,
    dims: usize,
    n_rows: usize,
    model: ContentHash,
    checksum: u64,
    layout: Layout,
}

impl RowsPart {
    /// Maps and verifies a part: reads the file once (26 MB for 100,000 rows of 256).
    ///
    /// # Errors
    /// [`VectorError::Io`], [`VectorError::Version`] or [`VectorError::Corrupt`].
    pub fn open(path: &Path) -> Result<Self, VectorError> {
        let file = std::fs::File::open(path).map_err(VectorError::io(path))?;
        // SAFETY: parts are written under another name, then renamed and never written again (`RowsWriter::finish`), so
        // the mapped bytes do not change underneath us unless another program breaks the index directory.
        let map = unsafe { Mmap::map(&file) }.map_err(VectorError::io(path))?;
        let corrupt = |reason| VectorError::corrupt(path, reason);
        let header: Header = map
            .get(..HEADER_LEN)
            .map(bytemuck::pod_read_unaligned)
            .ok_or_else(|| corrupt("shorter than its header"))?;
        if header.magic != MAGIC {
            return Err(corrupt("not a part of rows"));
        }
        if header.version != VERSION {
            return Err(VectorError::Version {
                path: path.to_path_buf(),
                found: header.version,
                expected: VERSION,
            });
        }
        let dims = header.dims as usize;
        if dims == 0 || dims > MAX_DIMS {
            return Err(corrupt("impossible number of dimensions"));
        }
        let layout = Layout::of(header.n_rows, dims).ok_or_else(|| corrupt("impossible size"))?;
        if map.len() != layout.scales.end {
            return Err(corrupt("its length is not what its header says"));
        }
        let mut hasher = Xxh3::new();
        hasher.update(&map[HEADER_LEN..]);
        if header.seal(hasher).checksum != header.checksum {
            return Err(corrupt("wrong checksum"));
        }
        let part = Self {
            path: path.to_path_buf(),
            dims,
            n_rows: header.n_rows as usize,
            model: ContentHash(u128::from_le_bytes(header.model)),
            checksum: header.checksum,
            layout,
            map,
        };
        if !part.keys().is_sorted_by(|a, b| a < b) {
            return Err(corrupt("keys are out of order"));
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
        &self.path
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
        self.checksum
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
        bytemuck::cast_slice(&self.map[self.layout.keys.clone()])
    }

    /// `f32[n]`.
    pub(super) fn scales(&self) -> &[f32] {
        bytemuck::cast_slice(&self.map[self.layout.scales.clone()])
    }

    /// `i8[n, dims]`.
    pub(super) fn all_values(&self) -> &[i8] {
        bytemuck::cast_slice(&self.map[self.layout.values.clone()])
    }

    /// `i8[dims]`.
    pub(super) fn values(&self, row: usize) -> &[i8] {
        &self.all_values()[row * self.dims..][..self.dims]
    }
}

impl std::fmt::Debug for RowsPart {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RowsPart")
            .field("path", &self.path)
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
