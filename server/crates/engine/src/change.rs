//! What can happen to a workspace. Changes are applied in the order they are submitted.

use std::path::PathBuf;
use std::sync::Arc;

use symseek_base::Edit;

use crate::options::Settings;

/// Documents without a file have paths that start with this, as their URIs do.
pub const UNTITLED: &str = "untitled:";

/// One change. Paths are absolute, or start with [`UNTITLED`].
#[derive(Debug, Clone)]
pub enum Change {
    /// An editor opened a document: its text counts from now on, not the disk's.
    Open {
        /// The document.
        path: PathBuf,
        /// The editor's name for its language; used when the path tells nothing.
        language_id: String,
        /// The editor's version.
        version: i32,
        /// Its text.
        text: Arc<str>,
    },
    /// An open document changed.
    Edit {
        /// The document.
        path: PathBuf,
        /// The editor's version after the change.
        version: i32,
        /// What changed, in order. Empty: the whole text was replaced.
        edits: Vec<Edit>,
        /// The text after all edits.
        text: Arc<str>,
    },
    /// An editor wrote a document to the disk.
    Save {
        /// The document.
        path: PathBuf,
    },
    /// An editor closed a document: the disk's text counts again.
    Close {
        /// The document.
        path: PathBuf,
    },
    /// Files or directories were made, changed, renamed or deleted.
    DiskChanged(Vec<PathBuf>),
    /// Events were lost: compare everything with the disk.
    Rescan,
    /// Whoever waits for readiness after this sees all that was on the disk before.
    CatchUp,
    /// Nobody uses the folders now: let go of memory that questions can fill again.
    Rest,
    /// Forget what is stored and index everything again.
    Reindex,
    /// Make saved changes durable now, not after a pause.
    Commit,
    /// A folder joined the workspace.
    AddFolder(PathBuf),
    /// A folder left the workspace.
    RemoveFolder(PathBuf),
    /// New settings.
    Configure(Settings),
}
