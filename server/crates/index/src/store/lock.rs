//! One writer per workspace index: an advisory lock that the system releases when the process dies, however it dies.

use std::fs::File;
use std::io::Write;
use std::path::Path;

use fs4::fs_std::FileExt;

use crate::part::PartError;

pub(super) const NAME: &str = "writer.lock";

/// The process that took the lock last, by its own account; `None` where the system keeps others from reading.
pub fn holder(dir: &Path) -> Option<u32> {
    std::fs::read_to_string(dir.join(NAME)).ok()?.parse().ok()
}

/// Whether a process holds the lock now. Asks by a shared lock for a moment; who wants to write at that very moment finds the
/// index held, reads, and takes over at its next look.
///
/// # Errors
/// When the file cannot be asked; a missing one is held by nobody.
pub fn is_held(dir: &Path) -> std::io::Result<bool> {
    let file = match File::open(dir.join(NAME)) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(error),
    };
    FileExt::try_lock_shared(&file).map(|free| !free)
}

/// Held for as long as this process may write.
#[derive(Debug)]
pub(super) struct WriterLock(File);

impl WriterLock {
    /// Takes the lock; `Ok(None)` when another process holds it.
    ///
    /// # Errors
    /// [`PartError::Io`] when the directory cannot be written at all.
    pub(super) fn try_take(dir: &Path) -> Result<Option<Self>, PartError> {
        let path = dir.join(NAME);
        loop {
            let mut file = File::options()
                .create(true)
                .truncate(false)
                .write(true)
                .open(&path)
                .map_err(PartError::io("open", &path))?;
            match file.try_lock_exclusive() {
                // Who removed the index held this lock until the file had no name any more: it guards nothing.
                Ok(true) if !is_at(&file, &path) => {}
                Ok(true) => {
                    // For people: who holds it is decided by the lock alone, so a full disk is no reason to do without.
                    let _ = file
                        .set_len(0)
                        .and_then(|()| write!(file, "{}", std::process::id()));
                    return Ok(Some(Self(file)));
                }
                Ok(false) => return Ok(None),
                Err(source) => return Err(PartError::io("lock", &path)(source)),
            }
        }
    }
}

impl Drop for WriterLock {
    /// The file's time says when the index was last in use; nothing but advice to people depends on it.
    fn drop(&mut self) {
        let _ = self.0.set_modified(std::time::SystemTime::now());
    }
}

/// Whether this open file is the one that has the name.
#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let same =
        |a: &std::fs::Metadata, b: &std::fs::Metadata| (a.dev(), a.ino()) == (b.dev(), b.ino());
    match (file.metadata(), std::fs::metadata(path)) {
        (Ok(opened), Ok(named)) => same(&opened, &named),
        _ => false,
    }
}

/// Elsewhere an open file keeps its name.
#[cfg(not(unix))]
fn is_at(_: &File, _: &Path) -> bool {
    true
}
