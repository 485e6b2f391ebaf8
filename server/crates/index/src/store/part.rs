//! One immutable file of the index: written to a temporary name, synced, renamed, and read through a memory map.
//!
//! Layout: 8 bytes magic, u32 format version, u32 reserved, u64 payload length, u64 XXH3 of the payload, payload.
//! A part is valid as a whole or not at all; what the payload means is its owner's business.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use memmap2::Mmap;
use symseek_base::checksum;

/// What goes wrong with a stored part.
#[derive(Debug, thiserror::Error)]
pub enum PartError {
    /// The file system refused.
    #[error("{action} {path}")]
    Io {
        /// "read", "write", …
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// Its reason.
        #[source]
        source: std::io::Error,
    },
    /// The content is not what was written.
    #[error("{path} is damaged: {what}")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What disagrees.
        what: &'static str,
    },
}

impl PartError {
    /// Wraps an I/O error with the action and file.
    pub fn io(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::Io {
            action,
            path,
            source,
        }
    }
}

const HEADER: usize = 32;

/// A memory-mapped, verified part.
#[derive(Debug)]
pub struct Part {
    map: Mmap,
    path: PathBuf,
}

impl Part {
    /// Writes `payload` as a new part: temporary file, sync, rename.
    ///
    /// # Errors
    /// [`PartError::Io`] when the disk is full, read-only, …; nothing is left under `path` then.
    pub fn write(
        path: &Path,
        magic: [u8; 8],
        version: u32,
        payload: &[u8],
    ) -> Result<(), PartError> {
        let mut header = [0u8; HEADER];
        header[..8].copy_from_slice(&magic);
        header[8..12].copy_from_slice(&version.to_le_bytes());
        header[16..24].copy_from_slice(&(payload.len() as u64).to_le_bytes());
        header[24..].copy_from_slice(&checksum(payload).to_le_bytes());
        write_atomically(path, &[&header, payload])
    }

    /// Opens and verifies.
    ///
    /// # Errors
    /// [`PartError::Damaged`] for a truncated, corrupted or foreign file; [`PartError::Io`] when it cannot be read.
    pub fn open(path: &Path, magic: [u8; 8], version: u32) -> Result<Self, PartError> {
        let file = File::open(path).map_err(PartError::io("open", path))?;
        // SAFETY: parts are immutable once renamed into place and only ever replaced by rename or unlinked, so the
        // mapped bytes do not change under us; the index directory is private to the user.
        #[expect(unsafe_code, reason = "memory-mapping an immutable file")]
        let map = unsafe { Mmap::map(&file) }.map_err(PartError::io("map", path))?;
        let part = Self {
            map,
            path: path.to_path_buf(),
        };
        let damaged = |what| PartError::Damaged {
            path: path.to_path_buf(),
            what,
        };
        let header = part
            .map
            .get(..HEADER)
            .ok_or_else(|| damaged("header is cut off"))?;
        if header[..8] != magic {
            return Err(damaged("not a part of this kind"));
        }
        if header[8..12] != version.to_le_bytes() {
            return Err(damaged("another format version"));
        }
        if header[16..24] != (part.payload().len() as u64).to_le_bytes() {
            return Err(damaged("length differs"));
        }
        if header[24..] != checksum(part.payload()).to_le_bytes() {
            return Err(damaged("checksum differs"));
        }
        Ok(part)
    }

    /// The bytes the owner wrote.
    pub fn payload(&self) -> &[u8] {
        self.map.get(HEADER..).unwrap_or(&[])
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// Writes a file so that a reader sees the old content or the new, never a mixture, also across a crash.
///
/// # Errors
/// [`PartError::Io`]; the temporary file is removed.
pub fn write_atomically(path: &Path, pieces: &[&[u8]]) -> Result<(), PartError> {
    let temporary = path.with_extension("tmp");
    let write = || -> std::io::Result<()> {
        let mut file = File::create(&temporary)?;
        for piece in pieces {
            file.write_all(piece)?;
        }
        file.sync_data()?;
        std::fs::rename(&temporary, path)
    };
    write().map_err(|source| {
        let _ = std::fs::remove_file(&temporary);
        PartError::io("write", path)(source)
    })
}
