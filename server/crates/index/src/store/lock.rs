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

/// Held for as long as this process may write.
#[derive(Debug)]
pub(super) struct WriterLock(#[expect(dead_code, reason = "dropping it releases the lock")] File);

impl WriterLock {
    /// Takes the lock; `Ok(None)` when another process holds it.
    ///
    /// # Errors
    /// [`PartError::Io`] when the directory cannot be written at all.
    pub(super) fn try_take(dir: &Path) -> Result<Option<Self>, PartError> {
        let path = dir.join(NAME);
        let mut file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(PartError::io("open", &path))?;
        match file.try_lock_exclusive() {
            Ok(true) => {
                // For people: who holds it is decided by the lock alone, so a full disk is no reason to do without.
                let _ = file
                    .set_len(0)
                    .and_then(|()| write!(file, "{}", std::process::id()));
                Ok(Some(Self(file)))
            }
            Ok(false) => Ok(None),
            Err(source) => Err(PartError::io("lock", &path)(source)),
        }
    }
}
