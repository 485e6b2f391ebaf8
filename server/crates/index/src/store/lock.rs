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

impl WriterLock {
    /// Has the file's time say that the index is in use now.
    pub(super) fn mark_use(&self) -> std::io::Result<()> {
        self.0.set_modified(std::time::SystemTime::now())
    }
}

impl Drop for WriterLock {
    /// The file's time says when the index was last in use; nothing but advice to people depends on it.
    fn drop(&mut self) {
        let _ = self.mark_use();
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

/// Whether this open file is the one that has the name.
#[cfg(not(unix))]
fn is_at(file: &File, path: &Path) -> bool {
    let opened = file.try_clone().and_then(same_file::Handle::from_file);
    let named = same_file::Handle::from_path(path);
    matches!((opened, named), (Ok(opened), Ok(named)) if opened == named)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_is_seen_while_it_is_held_and_asking_does_not_take_it() {
        let dir = tempfile::tempdir().unwrap();
        assert!(!is_held(dir.path()).unwrap(), "there is no file");
        let lock = WriterLock::try_take(dir.path()).unwrap().unwrap();
        assert!(is_held(dir.path()).unwrap());
        assert!(WriterLock::try_take(dir.path()).unwrap().is_none());
        drop(lock);
        assert!(!is_held(dir.path()).unwrap());
        assert!(WriterLock::try_take(dir.path()).unwrap().is_some());
        assert_eq!(holder(dir.path()), Some(std::process::id()));
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_was_removed_or_replaced_is_not_the_lock() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(NAME);
        let file = File::create(&path).unwrap();
        assert!(is_at(&file, &path));
        std::fs::remove_file(&path).unwrap();
        assert!(!is_at(&file, &path));
        File::create(&path).unwrap();
        assert!(!is_at(&file, &path));
    }

    /// Of those that take the lock while others remove its file, never two hold it.
    #[cfg(unix)]
    #[test]
    fn one_holder_at_a_time_however_often_the_file_is_removed() {
        use std::sync::atomic::{AtomicU32, Ordering};
        let dir = tempfile::tempdir().unwrap();
        let (holders, taken) = (AtomicU32::new(0), AtomicU32::new(0));
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..400 {
                        let Some(lock) = WriterLock::try_take(dir.path()).unwrap() else {
                            continue;
                        };
                        assert_eq!(holders.fetch_add(1, Ordering::SeqCst), 0, "two hold it");
                        taken.fetch_add(1, Ordering::SeqCst);
                        std::thread::yield_now();
                        holders.fetch_sub(1, Ordering::SeqCst);
                        std::fs::remove_file(dir.path().join(NAME)).unwrap();
                        drop(lock);
                    }
                });
            }
        });
        assert!(taken.into_inner() > 0);
    }
}
