//! The stored index of one workspace: a file table, segments (facts, embeddings, graph) and the lexical part, tied together
//! by a manifest that is renamed into place last.
//!
//! The store orders writes so that a crash at any moment leaves the index before a commit or after it:
//! 1. the lexical part is committed, deleting only files that the *previous* manifest had already dropped;
//! 2. the segment's parts and the file table are written under new names;
//! 3. the manifest is renamed into place;
//! 4. what no manifest names is removed.
//!
//! What answers is decided by the file table alone: a chunk key that no record holds is dead wherever it still lies. The store
//! does not parse, embed, rank or watch.

mod base;
mod facts;
mod file;
mod lock;
mod manifest;
mod stored;
mod writer;

pub use base::{Base, Repairs};
pub use file::{FileEntry, FileRecord, FileStamp, SkipReason};
pub use lock::{holder, is_held};
pub use manifest::{Identity, Manifest};
pub use stored::{Counts, Depth, Look, Said, is_index, leftovers, look, remove, sweep};
pub use writer::{BaseWriter, CommitPlan, Content, NewFile, SegmentBuilder, StoreError};
