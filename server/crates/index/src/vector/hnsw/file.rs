//! A graph's file: saved whole or not at all, opened as a view.
//!
//! Little-endian: the usearch image, zeros up to a multiple of 8, `u64[n]` sorted keys, a footer of 64 bytes.

use super::{Hnsw, Keys, VectorError, configure, graph_error, new_index};
use crate::part::{directory_of, sync_directory, temporary_beside};
use crate::vector::part::MAX_DIMS;
use bytemuck::{Pod, Zeroable};
use memmap2::Mmap;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::Mutex;
use symseek_base::ContentHash;
use xxhash_rust::xxh3::xxh3_64;

const MAGIC: [u8; 8] = *b"SYMHNSW1";
const VERSION: u32 = 1;

/// The last 64 bytes of a graph's file.
#[derive(Debug, Clone, Copy, Pod, Zeroable)]
#[repr(C)]
struct Footer {
    magic: [u8; 8],
    version: u32,
    dims: u32,
    graph_len: u64,
    n_keys: u64,
    model: [u8; 16],
    /// Of everything before the footer.
    checksum: u64,
    /// Of the fields above.
    seal: u64,
}

const FOOTER_LEN: usize = size_of::<Footer>();

impl Footer {
    fn sealed(mut self) -> Self {
        let fields = bytemuck::bytes_of(&self);
        self.seal = xxh3_64(&fields[..FOOTER_LEN - 8]);
        self
    }
}

impl Hnsw {
    /// Saves to `path`, atomically and durably.
    ///
    /// # Errors
    /// [`VectorError::Io`], [`VectorError::Graph`] (also for a path that is not UTF-8, which usearch cannot open).
    pub fn save(&self, path: &Path) -> Result<(), VectorError> {
        let io = VectorError::io(path);
        let temporary = temporary_beside(path).map_err(&io)?.into_temp_path();
        let name = temporary
            .to_str()
            .ok_or_else(|| VectorError::Graph("the path is not UTF-8".to_owned()))?;
        self.index.save(name).map_err(graph_error)?;
        let mut file = std::fs::OpenOptions::new()
            .read(true)
            .append(true)
            .open(&temporary)
            .map_err(&io)?;
        let graph_len = file.metadata().map_err(&io)?.len();
        let padding = graph_len.wrapping_neg() % 8;
        file.write_all(&[0u8; 8][..padding as usize]).map_err(&io)?;
        file.write_all(bytemuck::cast_slice(self.keys()))
            .map_err(&io)?;
        // SAFETY: the temporary file is ours alone and is only appended to after the map is gone.
        let checksum = xxh3_64(&unsafe { Mmap::map(&file) }.map_err(&io)?);
        let footer = Footer {
            magic: MAGIC,
            version: VERSION,
            dims: self.dims as u32,
            graph_len,
            n_keys: self.len() as u64,
            model: self.model.0.to_le_bytes(),
            checksum,
            seal: 0,
        }
        .sealed();
        file.write_all(bytemuck::bytes_of(&footer)).map_err(&io)?;
        file.sync_all().map_err(&io)?;
        drop(file);
        temporary.persist(path).map_err(|error| io(error.error))?;
        sync_directory(directory_of(path));
        Ok(())
    }

    /// Compares footer and length only.
    ///
    /// # Errors
    /// As [`Hnsw::open`].
    pub fn glance(path: &Path) -> Result<(), VectorError> {
        let read = || -> std::io::Result<Option<(Footer, u64)>> {
            let mut file = std::fs::File::open(path)?;
            let Some(body) = file.metadata()?.len().checked_sub(FOOTER_LEN as u64) else {
                return Ok(None);
            };
            file.seek(SeekFrom::Start(body))?;
            let mut footer = [0; FOOTER_LEN];
            file.read_exact(&mut footer)?;
            Ok(Some((bytemuck::pod_read_unaligned(&footer), body)))
        };
        let whole = read().map_err(VectorError::io(path))?;
        let whole = whole.filter(|(footer, body)| {
            let keys_start = footer.graph_len.checked_next_multiple_of(8);
            let keys_len = footer.n_keys.checked_mul(8);
            let end = keys_start.zip(keys_len).and_then(|(a, b)| a.checked_add(b));
            footer.magic == MAGIC && footer.sealed().seal == footer.seal && end == Some(*body)
        });
        whole
            .map(drop)
            .ok_or_else(|| VectorError::corrupt(path, "its length is not what its footer says"))
    }

    /// Opens a saved graph as a view: verified once, read in place.
    ///
    /// # Errors
    /// [`VectorError::Io`], [`VectorError::Version`], [`VectorError::Corrupt`], [`VectorError::Graph`].
    pub fn open(path: &Path) -> Result<Self, VectorError> {
        let file = std::fs::File::open(path).map_err(VectorError::io(path))?;
        // SAFETY: graph files are renamed into place and never written again (`Hnsw::save`).
        let map = unsafe { Mmap::map(&file) }.map_err(VectorError::io(path))?;
        let corrupt = |reason| VectorError::corrupt(path, reason);
        let body_len = map
            .len()
            .checked_sub(FOOTER_LEN)
            .ok_or_else(|| corrupt("shorter than its footer"))?;
        let footer: Footer = bytemuck::pod_read_unaligned(&map[body_len..]);
        if footer.magic != MAGIC || footer.sealed().seal != footer.seal {
            return Err(corrupt("no footer of a graph"));
        }
        if footer.version != VERSION {
            return Err(VectorError::Version {
                path: path.to_path_buf(),
                found: footer.version,
                expected: VERSION,
            });
        }
        let keys_start = (footer.graph_len as usize).checked_next_multiple_of(8);
        let keys_len = (footer.n_keys as usize).checked_mul(8);
        let fits = keys_start.zip(keys_len).and_then(|(a, b)| a.checked_add(b)) == Some(body_len);
        let dims = footer.dims as usize;
        if !fits || dims == 0 || dims > MAX_DIMS {
            return Err(corrupt("its length is not what its footer says"));
        }
        if xxh3_64(&map[..body_len]) != footer.checksum {
            return Err(corrupt("wrong checksum"));
        }
        let index = new_index(dims)?;
        // SAFETY: the map lives in the same struct, is declared after the index and so dropped after it; moving an
        // `Mmap` does not move the mapped bytes. The checksum has shown that they are what usearch wrote.
        unsafe { index.view_from_buffer(&map[..footer.graph_len as usize]) }
            .map_err(graph_error)?;
        configure(&index);
        if index.size() != footer.n_keys as usize || index.dimensions() != dims {
            return Err(corrupt("the graph and its keys disagree"));
        }
        Ok(Self {
            index,
            keys: Keys::Mapped(body_len - footer.n_keys as usize * 8..body_len),
            dims,
            model: ContentHash(u128::from_le_bytes(footer.model)),
            map: Some(map),
            gaps: Mutex::default(),
        })
    }
}
