//! What can go wrong in the vector leg. A stored file that disagrees with its checksum is an error of that file alone:
//! the caller rebuilds it and nothing else.

use crate::part::PartError;
use std::path::{Path, PathBuf};
use symseek_base::{Cancelled, ChunkKey};

/// A failure of the vector leg.
#[derive(Debug, thiserror::Error)]
pub enum VectorError {
    /// A part of rows could not be read or written, or is damaged.
    #[error(transparent)]
    Part(#[from] PartError),
    /// The graph's file could not be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The graph's file is truncated, altered or not ours.
    #[error("{}: damaged vector file: {reason}", path.display())]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// What does not fit.
        reason: &'static str,
    },
    /// The graph's file has a format this program does not know.
    #[error("{}: vector file of version {found}, expected {expected}", path.display())]
    Version {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: u32,
        /// Ours.
        expected: u32,
    },
    /// Vectors of another length.
    #[error("a vector of {found} dimensions where {expected} are expected")]
    Dimensions {
        /// What the part, graph or query has.
        expected: usize,
        /// What was offered.
        found: usize,
    },
    /// Vectors of another model: their directions cannot be compared.
    #[error("vectors of another embedding model")]
    Model,
    /// Rows must come in strictly ascending key order.
    #[error("row key {} does not follow {}", key.0, previous.0)]
    KeyOrder {
        /// The last row's key.
        previous: ChunkKey,
        /// The offending key.
        key: ChunkKey,
    },
    /// Not one vector of a batch was usable, which is a broken embedder rather than a broken vector.
    #[error("all {0} vectors of a batch were unusable")]
    AllRejected(usize),
    /// More rows than a graph may hold.
    #[error("{wanted} vectors exceed the cap of {cap}")]
    OverCap {
        /// Rows asked for.
        wanted: usize,
        /// The cap.
        cap: usize,
    },
    /// There is no row to build from.
    #[error("there is no live vector to build from")]
    Empty,
    /// The graph library refused.
    #[error("vector graph: {0}")]
    Graph(String),
    /// The work was cancelled.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

impl VectorError {
    /// For `map_err`: an I/O failure at `path`.
    pub(super) fn io(path: &Path) -> impl Fn(std::io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::Io {
            path: path.clone(),
            source,
        }
    }

    pub(super) fn corrupt(path: &Path, reason: &'static str) -> Self {
        Self::Corrupt {
            path: path.to_path_buf(),
            reason,
        }
    }
}
