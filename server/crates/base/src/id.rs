//! Identities. Keys are never reused within one index, so a stale key can only miss, never hit something else.

use serde::{Deserialize, Serialize};

/// One chunk of one version of one file. The chunks of a file version hold consecutive keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ChunkKey(pub u64);

impl ChunkKey {
    /// Keys from here on name chunks of the in-memory layer of one snapshot; below, chunks of the stored base.
    pub const FIRST_MEMORY: Self = Self(1 << 63);

    /// Whether the chunk lives in the in-memory layer.
    pub fn is_memory(self) -> bool {
        self >= Self::FIRST_MEMORY
    }
}

/// One version of one file in the index: a changed file gets a new key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FileKey(pub u32);

impl FileKey {
    /// Keys from here on name files of the in-memory layer of one snapshot; below, files of the stored base.
    pub const FIRST_MEMORY: Self = Self(1 << 31);

    /// Whether the file lives in the in-memory layer.
    pub fn is_memory(self) -> bool {
        self >= Self::FIRST_MEMORY
    }
}

/// Counts what the writer has applied; an answer names the revision it saw.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize,
)]
pub struct Revision(pub u64);
