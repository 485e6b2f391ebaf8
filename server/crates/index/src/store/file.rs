//! The file table: one record per known file, with its place in every other part.

use std::sync::{Arc, OnceLock};

use compact_str::CompactString;
use serde::{Deserialize, Serialize};
use symseek_base::{ChunkKey, ContentHash, FileKey, RelPath};
use symseek_syntax::FileFacts;

use super::facts::FactsPart;

/// Why a file has no chunks. Shown to the user by `status`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum SkipReason {
    /// Holds NUL bytes: not text.
    Binary,
    /// Larger than the configured limit, in bytes.
    TooLarge(u64),
    /// Very long lines: machine-made.
    Minified,
    /// Says itself that it is generated.
    Generated,
    /// The file system refused to read it.
    Unreadable(CompactString),
    /// Nothing but white space.
    Empty,
}

impl std::fmt::Display for SkipReason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Binary => f.write_str("binary"),
            Self::TooLarge(bytes) => write!(f, "too large ({bytes} bytes)"),
            Self::Minified => f.write_str("minified"),
            Self::Generated => f.write_str("generated"),
            Self::Unreadable(why) => write!(f, "unreadable: {why}"),
            Self::Empty => f.write_str("empty"),
        }
    }
}

/// What the file system said when the file was read: enough to see, without reading, that nothing changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct FileStamp {
    /// Size in bytes.
    pub size: u64,
    /// Modification time, nanoseconds since the epoch.
    pub modified_ns: u64,
}

impl FileStamp {
    /// From the file system's metadata.
    pub fn of(metadata: &std::fs::Metadata) -> Self {
        let modified_ns = metadata
            .modified()
            .ok()
            .and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok())
            .map_or(0, |since| since.as_nanos() as u64);
        Self {
            size: metadata.len(),
            modified_ns,
        }
    }
}

impl FileStamp {
    /// Of the file at `path`, now; `None` when there is no file (a link's target does not count).
    pub fn read(path: &std::path::Path) -> Option<Self> {
        std::fs::symlink_metadata(path)
            .ok()
            .filter(std::fs::Metadata::is_file)
            .map(|metadata| Self::of(&metadata))
    }

    /// The present moment, comparable with [`FileStamp::modified_ns`] of files on this machine.
    pub fn now_ns() -> u64 {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        since.map_or(0, |since| since.as_nanos() as u64)
    }
}

/// One known file of the base.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileRecord {
    /// Identity of this version.
    pub key: FileKey,
    /// Where it lies.
    pub path: RelPath,
    /// Label of its language (`rust`, `python`, `markdown`, …).
    pub language: CompactString,
    /// Its metadata when it was read.
    pub stamp: FileStamp,
    /// Hash of its decoded text.
    pub content: ContentHash,
    /// Key of its first chunk; the others follow.
    pub first_chunk: ChunkKey,
    /// Number of its chunks.
    pub n_chunks: u32,
    /// Number of its lines.
    pub n_lines: u32,
    /// Where its facts lie.
    pub facts: FactsPlace,
    /// Why it has no chunks.
    pub skipped: Option<SkipReason>,
}

/// Where the facts of a file lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct FactsPlace {
    /// Number of the segment.
    pub segment: u32,
    /// Length in bytes; 0 for a skipped file.
    pub len: u32,
    /// Offset in the payload.
    pub offset: u64,
}

/// A record with its facts, decoded on first use and shared by every later generation of the base.
#[derive(Debug)]
pub struct FileEntry {
    record: FileRecord,
    part: Option<Arc<FactsPart>>,
    facts: OnceLock<Option<Arc<FileFacts>>>,
}

impl FileEntry {
    /// A record whose facts lie in `part`.
    pub fn new(record: FileRecord, part: Option<Arc<FactsPart>>) -> Self {
        Self {
            record,
            part,
            facts: OnceLock::new(),
        }
    }

    /// The record.
    pub fn record(&self) -> &FileRecord {
        &self.record
    }

    /// The facts; `None` for skipped files (a damaged part is found when the base opens, not here).
    pub fn facts(&self) -> Option<&Arc<FileFacts>> {
        self.facts
            .get_or_init(|| {
                let part = self.part.as_ref()?;
                part.read(self.record.facts).map(Arc::new)
            })
            .as_ref()
    }

    /// The same file with other metadata.
    pub(super) fn restamped(&self, stamp: FileStamp) -> Self {
        let record = FileRecord {
            stamp,
            ..self.record.clone()
        };
        Self {
            record,
            part: self.part.clone(),
            facts: self.facts.clone(),
        }
    }

    /// The same file, its facts not decoded.
    pub(super) fn rested(&self) -> Self {
        Self::new(self.record.clone(), self.part.clone())
    }

    /// The part that holds the facts.
    pub(super) fn part(&self) -> Option<&Arc<FactsPart>> {
        self.part.as_ref()
    }
}
