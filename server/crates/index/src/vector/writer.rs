//! Writes one part: streams the rows to a temporary file, then seals and renames it, so that a part either exists whole
//! or not at all.

use super::part::{HEADER_LEN, Header, MAGIC, MAX_DIMS, VERSION};
use super::{QuantisedRow, VectorError};
use std::io::{BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use symseek_base::{ChunkKey, ContentHash, Embedding};
use tempfile::NamedTempFile;
use xxhash_rust::xxh3::Xxh3;

/// A part in the making. Dropping it unfinished leaves nothing behind.
pub struct RowsWriter {
    path: PathBuf,
    file: BufWriter<NamedTempFile>,
    dims: usize,
    model: ContentHash,
    hasher: Xxh3,
    keys: Vec<u64>,
    scales: Vec<f32>,
}

/// What [`RowsWriter::finish`] wrote, for the manifest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WrittenPart {
    /// Rows in the part.
    pub n_rows: usize,
    /// Length of the file in bytes.
    pub len: u64,
    /// [`RowsPart::checksum`](super::RowsPart::checksum) of the part.
    pub checksum: u64,
}

impl RowsWriter {
    /// Starts a part that will appear at `path`, whose directory must exist.
    ///
    /// # Errors
    /// [`VectorError::Io`], or [`VectorError::Dimensions`] for none or more than 16,384.
    pub fn create(path: &Path, dims: usize, model: ContentHash) -> Result<Self, VectorError> {
        if dims == 0 || dims > MAX_DIMS {
            return Err(VectorError::Dimensions {
                expected: MAX_DIMS,
                found: dims,
            });
        }
        let temporary = NamedTempFile::new_in(directory_of(path)).map_err(VectorError::io(path))?;
        let mut file = BufWriter::with_capacity(1 << 16, temporary);
        file.write_all(&[0; HEADER_LEN])
            .map_err(VectorError::io(path))?;
        Ok(Self {
            path: path.to_path_buf(),
            file,
            dims,
            model,
            hasher: Xxh3::new(),
            keys: Vec::new(),
            scales: Vec::new(),
        })
    }

    /// Adds a row; keys must ascend.
    ///
    /// # Errors
    /// [`VectorError::Dimensions`], [`VectorError::KeyOrder`] or [`VectorError::Io`].
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
        write(
            &mut self.file,
            &mut self.hasher,
            bytemuck::cast_slice(values),
        )
        .map_err(VectorError::io(&self.path))?;
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
    /// [`VectorError::Io`].
    pub fn finish(self) -> Result<WrittenPart, VectorError> {
        let path = self.path.clone();
        self.write_rest().map_err(VectorError::io(&path))
    }

    fn write_rest(mut self) -> std::io::Result<WrittenPart> {
        let padding = (self.keys.len() * self.dims).wrapping_neg() % 8;
        for section in [
            &[0u8; 8][..padding],
            bytemuck::cast_slice(&self.keys),
            bytemuck::cast_slice(&self.scales),
        ] {
            write(&mut self.file, &mut self.hasher, section)?;
        }
        let header = Header {
            magic: MAGIC,
            version: VERSION,
            dims: self.dims as u32,
            n_rows: self.keys.len() as u64,
            model: self.model.0.to_le_bytes(),
            checksum: 0,
            reserved: [0; 16],
        }
        .seal(self.hasher);
        let mut file = self
            .file
            .into_inner()
            .map_err(std::io::IntoInnerError::into_error)?;
        let len = file.stream_position()?;
        file.seek(SeekFrom::Start(0))?;
        file.write_all(bytemuck::bytes_of(&header))?;
        file.as_file().sync_all()?;
        file.persist(&self.path).map_err(|error| error.error)?;
        sync_directory(directory_of(&self.path));
        Ok(WrittenPart {
            n_rows: self.keys.len(),
            len,
            checksum: header.checksum,
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
            .field("path", &self.path)
            .field("n_rows", &self.keys.len())
            .finish_non_exhaustive()
    }
}

fn write(file: &mut impl Write, hasher: &mut Xxh3, bytes: &[u8]) -> std::io::Result<()> {
    hasher.update(bytes);
    file.write_all(bytes)
}

/// A file that will be renamed to `path`. What a killed process leaves ends in `.tmp`, for the owner to sweep.
pub(super) fn temporary_beside(path: &Path) -> std::io::Result<NamedTempFile> {
    tempfile::Builder::new()
        .prefix("vector-")
        .suffix(".tmp")
        .tempfile_in(directory_of(path))
}

pub(super) fn directory_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// Makes a rename durable where the system can; elsewhere the manifest's checksum notices a lost file.
pub(super) fn sync_directory(directory: &Path) {
    if let Ok(directory) = std::fs::File::open(directory) {
        let _ = directory.sync_all();
    }
}
