//! One writer per workspace index: an advisory lock that the system releases when the process dies, however it dies.

use std::fs::File;
use std::path::Path;

use fs4::fs_std::FileExt;

use crate::part::PartError;

/// Held for as long as this process may write.
#[derive(Debug)]
pub(super) struct WriterLock(#[expect(dead_code, reason = "dropping it releases the lock")] File);

impl WriterLock {
    /// Takes the lock; `Ok(None)` when another process holds it.
    ///
    /// # Errors
    /// [`PartError::Io`] when the directory cannot be written at all.
    pub(super) fn try_take(dir: &Path) -> Result<Option<Self>, PartError> {
        let path = dir.join("writer.lock");
        let file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(PartError::io("open", &path))?;
        match file.try_lock_exclusive() {
            Ok(true) => Ok(Some(Self(file))),
            Ok(false) => Ok(None),
            Err(source) => Err(PartError::io("lock", &path)(source)),
        }
    }
}
