//! Where the service is found: a directory of the user's own, the socket in it, and the lock that makes one process the service.
//!
//! Everything lies in `service/` of the cache directory, so that another cache directory means another service.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io;
#[cfg(unix)]
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use super::transport;

/// A log that is larger begins anew with the next service.
const LARGEST_LOG: u64 = 1 << 20;

/// Where one service lives.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    directory: PathBuf,
    /// The socket, or the name of the pipe.
    pub(crate) socket: PathBuf,
}

impl Place {
    /// The place for a cache directory; the user's when `None`. Makes the directory, readable by the user alone.
    ///
    /// # Errors
    /// When there is no such directory, it cannot be made, or it is somebody else's.
    pub(crate) fn of(cache: Option<&Path>) -> io::Result<Self> {
        let (cache, directory) = directory(cache)?;
        make_private(DirBuilder::new().recursive(true), &directory)?;
        let place = Self::in_directory(&cache, directory)?;
        #[cfg(unix)]
        if let Some(short) = place.socket.parent().filter(|it| *it != place.directory) {
            make_private(&mut DirBuilder::new(), short)?;
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
        let socket = transport::path(cache, &directory)?;
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
        options.create(true).write(true).truncate(false);
        #[cfg(unix)]
        options.mode(0o600);
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

/// Makes a directory that is nobody else's and that nobody else reads.
fn make_private(builder: &mut DirBuilder, directory: &Path) -> io::Result<()> {
    // On Windows folders below a user's profile are the user's by what they inherit.
    #[cfg(unix)]
    builder.mode(0o700);
    match builder.create(directory) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    #[cfg(unix)]
    private(directory)?;
    Ok(())
}

/// Takes care that a directory is nobody else's and nobody else reads it.
#[cfg(unix)]
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
#[cfg(unix)]
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
