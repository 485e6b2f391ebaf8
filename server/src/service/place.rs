//! Where the service is found: a directory of the user's own, the socket in it, and the lock that makes one process the service.
//!
//! Everything lies in `service/` of the cache directory, so that another cache directory means another service. Where that path is
//! too long for a socket, the socket alone lies in the directory for temporary files.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use symseek_base::ContentHash;

/// Bytes that a socket's path may have on every system that we know (macOS: 104 with the final zero).
const LONGEST: usize = 100;
/// A log that is larger begins anew with the next service.
const LARGEST_LOG: u64 = 1 << 20;

/// Where one service lives.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    directory: PathBuf,
    /// The socket.
    pub(crate) socket: PathBuf,
}

impl Place {
    /// The place for a cache directory; the user's when `None`. Makes the directory, readable by the user alone.
    ///
    /// # Errors
    /// When there is no such directory, it cannot be made, or it is somebody else's.
    pub(crate) fn of(cache: Option<&Path>) -> io::Result<Self> {
        let (cache, directory) = directory(cache)?;
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&directory)?;
        private(&directory)?;
        let place = Self::in_directory(&cache, directory)?;
        if let Some(short) = place.socket.parent().filter(|it| *it != place.directory) {
            match DirBuilder::new().mode(0o700).create(short) {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
            private(short)?;
        }
        Ok(place)
    }

    /// The place, if a service was ever there; makes nothing.
    pub(crate) fn known(cache: Option<&Path>) -> Option<Self> {
        let (cache, directory) = directory(cache).ok()?;
        Self::in_directory(&cache, directory).ok()
    }

    /// # Errors
    /// When there is no such directory.
    fn in_directory(cache: &Path, directory: PathBuf) -> io::Result<Self> {
        let owner = std::fs::metadata(&directory)?.uid();
        let mut socket = directory.join("socket");
        if socket.as_os_str().len() > LONGEST {
            let hash = ContentHash::of(cache.as_os_str().as_bytes()).0;
            let short = format!("symseek-{owner}-{:016x}", hash >> 64);
            socket = std::env::temp_dir().join(short).join("socket");
        }
        Ok(Self { directory, socket })
    }

    /// Becomes the service; `None` when another process is. Held until the file is dropped, or the process ends.
    ///
    /// # Errors
    /// When the lock file cannot be made or locked.
    pub(crate) fn claim(&self) -> io::Result<Option<File>> {
        let lock = self.options().open(self.directory.join("lock"))?;
        match lock.try_lock() {
            Ok(()) => Ok(Some(lock)),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    /// The log of services that clients start, opened to append; a large one begins anew.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub(crate) fn log(&self) -> io::Result<File> {
        let path = self.log_path();
        let file = self.options().append(true).open(path)?;
        if file.metadata()?.len() > LARGEST_LOG {
            file.set_len(0)?;
        }
        Ok(file)
    }

    /// Where the log lies.
    pub(crate) fn log_path(&self) -> PathBuf {
        self.directory.join("log")
    }

    #[expect(clippy::unused_self, reason = "reads as a property of the place")]
    fn options(&self) -> OpenOptions {
        let mut options = OpenOptions::new();
        options.create(true).write(true).truncate(false).mode(0o600);
        options
    }
}

/// The cache directory, and the service's in it.
fn directory(cache: Option<&Path>) -> io::Result<(PathBuf, PathBuf)> {
    let cache = match cache {
        Some(cache) => std::path::absolute(cache)?,
        None => symseek_engine::user_cache()?,
    };
    let directory = cache.join("service");
    Ok((cache, directory))
}

/// Takes care that a directory is nobody else's and nobody else reads it.
fn private(directory: &Path) -> io::Result<()> {
    let metadata = std::fs::symlink_metadata(directory)?;
    // A file of our own says whose we are, without asking the system in an unsafe way.
    let ours = tempfile_owner(directory)?;
    if !metadata.is_dir() || metadata.uid() != ours {
        let why = format!("{} is not a directory of this user", directory.display());
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, why));
    }
    if metadata.permissions().mode() & 0o077 != 0 {
        std::fs::set_permissions(directory, std::fs::Permissions::from_mode(0o700))?;
    }
    Ok(())
}

/// The user that files made here belong to.
fn tempfile_owner(directory: &Path) -> io::Result<u32> {
    let path = directory.join(format!(".owner-{}", std::process::id()));
    let file = OpenOptions::new()
        .create(true)
        .write(true)
        .truncate(false)
        .mode(0o600)
        .open(&path)?;
    let owner = file.metadata()?.uid();
    let _ = std::fs::remove_file(&path);
    Ok(owner)
}
