//! Why the leg could not do it, with the path. Environment faults (disk full, read-only, damaged) are told apart, because
//! the engine reacts differently: wait, go read-only, rebuild.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use symseek_base::Cancelled;
use tantivy::TantivyError;
use tantivy::directory::error::{LockError, OpenDirectoryError, OpenReadError, OpenWriteError};

/// An error of the lexical leg.
#[derive(Debug, thiserror::Error)]
pub enum LexicalError {
    /// There is no index at the path.
    #[error("no lexical index in {}", .path.display())]
    Missing {
        /// Directory of the index.
        path: PathBuf,
    },
    /// The index was written by another format or tokenizer: it has to be rebuilt.
    #[error("the lexical index in {} has another format", .path.display())]
    Format {
        /// Directory of the index.
        path: PathBuf,
    },
    /// Another writer holds the index.
    #[error("the lexical index in {} is being written by someone else", .path.display())]
    Locked {
        /// Directory of the index.
        path: PathBuf,
    },
    /// No room left on the device.
    #[error("no space left for the lexical index in {}", .path.display())]
    DiskFull {
        /// Directory of the index.
        path: PathBuf,
        /// What tantivy said.
        #[source]
        source: Box<TantivyError>,
    },
    /// The directory may not be written (or read).
    #[error("no permission for the lexical index in {}", .path.display())]
    Denied {
        /// Directory of the index.
        path: PathBuf,
        /// What tantivy said.
        #[source]
        source: Box<TantivyError>,
    },
    /// A file is missing or does not hold what it should: rebuild.
    #[error("the lexical index in {} is damaged", .path.display())]
    Damaged {
        /// Directory of the index.
        path: PathBuf,
        /// What tantivy said.
        #[source]
        source: Box<TantivyError>,
    },
    /// Reading or writing failed otherwise.
    #[error("the lexical index in {} failed", .path.display())]
    Failed {
        /// Directory of the index.
        path: PathBuf,
        /// What tantivy said.
        #[source]
        source: Box<TantivyError>,
    },
    /// The directory itself could not be made.
    #[error("cannot make the directory {}", .path.display())]
    Directory {
        /// The directory.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// A [`LiveDocs`](super::LiveDocs) was used with another reader than the one it was made from: our bug.
    #[error("live documents of another reader")]
    ForeignLiveDocs,
    /// The search was cancelled.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

impl LexicalError {
    /// Sorts an error of tantivy by what can be done about it.
    pub(super) fn new(path: &Path, source: TantivyError) -> Self {
        let path = path.to_path_buf();
        if let TantivyError::LockFailure(LockError::LockBusy, _) = source {
            return Self::Locked { path };
        }
        let damaged = matches!(
            source,
            TantivyError::DataCorruption(_)
                | TantivyError::IncompatibleIndex(_)
                | TantivyError::OpenReadError(OpenReadError::FileDoesNotExist(_))
        );
        let kind = io_error(&source).map(|error| (error.kind(), error.raw_os_error()));
        let source = Box::new(source);
        match kind {
            // 122 is EDQUOT on Linux: over quota is as full as full.
            Some(
                (io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded, _) | (_, Some(122)),
            ) => Self::DiskFull { path, source },
            Some((io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem, _)) => {
                Self::Denied { path, source }
            }
            Some((io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidData, _)) => {
                Self::Damaged { path, source }
            }
            _ if damaged => Self::Damaged { path, source },
            _ => Self::Failed { path, source },
        }
    }

    /// A reading error met during a search.
    pub(super) fn read(path: &Path, source: io::Error) -> Self {
        Self::new(path, TantivyError::IoError(Arc::new(source)))
    }
}

fn io_error(error: &TantivyError) -> Option<&io::Error> {
    match error {
        TantivyError::IoError(error)
        | TantivyError::LockFailure(LockError::IoError(error), _)
        | TantivyError::OpenReadError(OpenReadError::IoError {
            io_error: error, ..
        })
        | TantivyError::OpenWriteError(OpenWriteError::IoError {
            io_error: error, ..
        })
        | TantivyError::OpenDirectoryError(
            OpenDirectoryError::IoError {
                io_error: error, ..
            }
            | OpenDirectoryError::FailedToCreateTempDir(error),
        ) => Some(error),
        _ => None,
    }
}
