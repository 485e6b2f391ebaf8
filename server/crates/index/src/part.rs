//! One immutable file of the index: written to a temporary name, synced, renamed, and read through a memory map. The store and
//! the legs keep everything of their own in such files, except for tantivy's and usearch's.
//!
//! Layout, little-endian: 8 bytes magic, u32 format version, u32 reserved, u64 payload length, u64 XXH3 of the payload, payload.
//! The payload starts at a multiple of 32 bytes, so that numbers in it can be read in place.
//! A part is valid as a whole or not at all; what the payload means is its owner's business.

use std::fs::File;
use std::io::{BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use memmap2::Mmap;
use tempfile::NamedTempFile;
use xxhash_rust::xxh3::Xxh3;

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

    fn damaged(path: &Path, what: &'static str) -> Self {
        Self::Damaged {
            path: path.to_path_buf(),
            what,
        }
    }
}

const HEADER: usize = 32;

/// What tells one kind of part from another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kind {
    /// The first bytes of the file.
    pub magic: [u8; 8],
    /// Grows with every change of the payload's layout.
    pub version: u32,
}

/// What was written or opened; the checksum identifies the content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PartInfo {
    /// Length of the payload in bytes.
    pub len: u64,
    /// XXH3 of the payload.
    pub checksum: u64,
}

/// A part in the making, written from its start to its end. Dropping it unfinished leaves nothing behind.
pub struct PartWriter {
    path: PathBuf,
    kind: Kind,
    file: BufWriter<NamedTempFile>,
    hasher: Xxh3,
    len: u64,
}

impl PartWriter {
    /// Starts a part that will appear at `path`, whose directory must exist.
    ///
    /// # Errors
    /// [`PartError::Io`].
    pub fn create(path: &Path, kind: Kind) -> Result<Self, PartError> {
        let start = || -> std::io::Result<_> {
            let mut file = BufWriter::with_capacity(1 << 16, temporary_beside(path)?);
            file.write_all(&[0; HEADER])?;
            Ok(file)
        };
        Ok(Self {
            path: path.to_path_buf(),
            kind,
            file: start().map_err(PartError::io("write", path))?,
            hasher: Xxh3::new(),
            len: 0,
        })
    }

    /// Appends to the payload.
    ///
    /// # Errors
    /// [`PartError::Io`].
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), PartError> {
        self.hasher.update(bytes);
        self.len += bytes.len() as u64;
        self.file
            .write_all(bytes)
            .map_err(PartError::io("write", &self.path))
    }

    /// Fills the payload with zeros up to a multiple of 8.
    ///
    /// # Errors
    /// [`PartError::Io`].
    pub fn align(&mut self) -> Result<(), PartError> {
        let padding = (self.len.wrapping_neg() % 8) as usize;
        self.write(&[0; 8][..padding])
    }

    /// Bytes of the payload so far.
    pub fn payload_len(&self) -> u64 {
        self.len
    }

    /// Seals the part, syncs it and gives it its name, replacing what had it.
    ///
    /// # Errors
    /// [`PartError::Io`] when the disk is full, read-only, …; nothing is left under the name then.
    pub fn finish(self) -> Result<PartInfo, PartError> {
        let info = PartInfo {
            len: self.len,
            checksum: self.hasher.digest(),
        };
        let mut header = [0u8; HEADER];
        header[..8].copy_from_slice(&self.kind.magic);
        header[8..12].copy_from_slice(&self.kind.version.to_le_bytes());
        header[16..24].copy_from_slice(&info.len.to_le_bytes());
        header[24..].copy_from_slice(&info.checksum.to_le_bytes());
        let (file, path) = (self.file, self.path);
        let seal = || -> std::io::Result<()> {
            let mut file = file
                .into_inner()
                .map_err(std::io::IntoInnerError::into_error)?;
            file.seek(SeekFrom::Start(0))?;
            file.write_all(&header)?;
            file.as_file().sync_data()?;
            file.persist(&path).map_err(|error| error.error)?;
            Ok(())
        };
        seal().map_err(PartError::io("write", &path))?;
        Ok(info)
    }
}

impl std::fmt::Debug for PartWriter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PartWriter")
            .field("path", &self.path)
            .field("len", &self.len)
            .finish_non_exhaustive()
    }
}

/// A memory-mapped, verified part.
#[derive(Debug)]
pub struct Part {
    map: Mmap,
    path: PathBuf,
    info: PartInfo,
}

impl Part {
    /// Writes `payload` as a new part.
    ///
    /// # Errors
    /// As [`PartWriter::finish`].
    pub fn write(path: &Path, kind: Kind, payload: &[u8]) -> Result<PartInfo, PartError> {
        let mut writer = PartWriter::create(path, kind)?;
        writer.write(payload)?;
        writer.finish()
    }

    /// Opens and verifies.
    ///
    /// # Errors
    /// [`PartError::Damaged`] for a truncated, corrupted or foreign file; [`PartError::Io`] when it cannot be read.
    pub fn open(path: &Path, kind: Kind) -> Result<Self, PartError> {
        let file = File::open(path).map_err(PartError::io("open", path))?;
        // SAFETY: parts are immutable once renamed into place and only ever replaced by rename or unlinked, so the
        // mapped bytes do not change under us; the index directory is private to the user.
        #[expect(unsafe_code, reason = "memory-mapping an immutable file")]
        let map = unsafe { Mmap::map(&file) }.map_err(PartError::io("map", path))?;
        let damaged = |what| PartError::damaged(path, what);
        let (header, payload) = map
            .split_at_checked(HEADER)
            .ok_or_else(|| damaged("header is cut off"))?;
        check_header(header, kind, payload.len() as u64).map_err(damaged)?;
        let info = PartInfo {
            len: payload.len() as u64,
            checksum: checksum_of(&file).map_err(PartError::io("read", path))?,
        };
        if header[24..] != info.checksum.to_le_bytes() {
            return Err(damaged("checksum differs"));
        }
        Ok(Self {
            map,
            path: path.to_path_buf(),
            info,
        })
    }

    /// Compares a part's head and length without reading the rest: what is cut off, missing or of another kind shows, a
    /// changed byte does not.
    ///
    /// # Errors
    /// As [`Part::open`].
    pub fn glance(path: &Path, kind: Kind) -> Result<(), PartError> {
        let read = || -> std::io::Result<([u8; HEADER], u64)> {
            let mut file = File::open(path)?;
            let len = file.metadata()?.len();
            let mut header = [0; HEADER];
            if len >= HEADER as u64 {
                file.read_exact(&mut header)?;
            }
            Ok((header, len))
        };
        let (header, len) = read().map_err(PartError::io("read", path))?;
        let Some(payload) = len.checked_sub(HEADER as u64) else {
            return Err(PartError::damaged(path, "header is cut off"));
        };
        check_header(&header, kind, payload).map_err(|what| PartError::damaged(path, what))
    }

    /// The bytes the owner wrote.
    pub fn payload(&self) -> &[u8] {
        &self.map[HEADER..]
    }

    /// Has the system take the part's pages from this process; they come back from its cache, or the disk, when they are read.
    pub fn let_go(&self) {
        // SAFETY: the map is of a file and never written, so what is read after this is what was read before.
        #[cfg(unix)]
        #[expect(unsafe_code, reason = "advice on a memory map of an immutable file")]
        let _ = unsafe {
            self.map
                .unchecked_advise(memmap2::UncheckedAdvice::DontNeed)
        };
    }

    /// Length and checksum of the payload.
    pub fn info(&self) -> PartInfo {
        self.info
    }

    /// The error of a payload that its owner cannot read.
    pub fn damaged(&self, what: &'static str) -> PartError {
        PartError::damaged(&self.path, what)
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// The checksum of a payload. It is read, not looked at through the map: pages of a map that were touched once stay with the process.
fn checksum_of(mut file: &File) -> std::io::Result<u64> {
    file.seek(SeekFrom::Start(HEADER as u64))?;
    let mut hasher = Xxh3::new();
    let mut buffer = vec![0; 1 << 18];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(hasher.digest()),
            len => hasher.update(&buffer[..len]),
        }
    }
}

/// Everything of a header but the checksum.
fn check_header(header: &[u8], kind: Kind, payload: u64) -> Result<(), &'static str> {
    if header[..8] != kind.magic {
        return Err("not a part of this kind");
    }
    if header[8..12] != kind.version.to_le_bytes() {
        return Err("another format version");
    }
    if header[12..16] != [0; 4] {
        return Err("header differs");
    }
    if header[16..24] != payload.to_le_bytes() {
        return Err("length differs");
    }
    Ok(())
}

/// Writes a file so that a reader sees the old content or the new, never a mixture, also across a crash. What was renamed in
/// the same directory before is durable first.
///
/// # Errors
/// [`PartError::Io`]; the temporary file is removed.
pub fn write_atomically(path: &Path, content: &[u8]) -> Result<(), PartError> {
    let write = || -> std::io::Result<()> {
        let mut file = temporary_beside(path)?;
        file.write_all(content)?;
        file.as_file().sync_data()?;
        sync_directory(directory_of(path));
        file.persist(path).map_err(|error| error.error)?;
        Ok(())
    };
    write().map_err(PartError::io("write", path))
}

/// A file that will be renamed to `path`. What a killed process leaves ends in `.tmp`, for the owner to sweep.
pub(crate) fn temporary_beside(path: &Path) -> std::io::Result<NamedTempFile> {
    tempfile::Builder::new()
        .prefix("part-")
        .suffix(".tmp")
        .tempfile_in(directory_of(path))
}

/// The directory that holds `path`.
pub(crate) fn directory_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// Makes a rename durable where the system can; elsewhere checksums notice a lost file.
pub(crate) fn sync_directory(directory: &Path) {
    if let Ok(directory) = File::open(directory) {
        let _ = directory.sync_all();
    }
}
