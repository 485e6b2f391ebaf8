//! Where indexes live: one directory per workspace folder in the user's cache directory, private to the user.

use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;
use symseek_base::ContentHash;

/// The user's cache directory for this program; it need not exist.
///
/// # Errors
/// When the user has no home.
pub fn user_cache() -> std::io::Result<PathBuf> {
    let strategy = etcetera::choose_base_strategy()
        .map_err(|error| std::io::Error::new(std::io::ErrorKind::NotFound, error))?;
    Ok(strategy.cache_dir().join("symseek"))
}

/// Where indexes and vectors lie; it need not exist.
///
/// # Errors
/// When none is configured and the user has no home.
pub fn base(configured: Option<&Path>) -> std::io::Result<PathBuf> {
    match configured {
        Some(dir) => Ok(dir.to_path_buf()),
        None => user_cache(),
    }
}

/// Where below `base` the index of `root` lies; it need not exist.
pub fn place(base: &Path, root: &Path) -> PathBuf {
    let name: String = root
        .file_name()
        .and_then(|name| name.to_str())
        .unwrap_or("root")
        .chars()
        .map(|c| {
            if c.is_alphanumeric() || "-_.".contains(c) {
                c
            } else {
                '_'
            }
        })
        .take(40)
        .collect();
    let hash = ContentHash::of(root.as_os_str().as_encoded_bytes()).0;
    base.join(format!("{name}-{:016x}", (hash >> 64) as u64))
}

/// The directory for the index of `root`, made with mode 0700.
///
/// # Errors
/// When it cannot be made.
pub(crate) fn directory(configured: Option<&Path>, root: &Path) -> std::io::Result<PathBuf> {
    let base = base(configured)?;
    let dir = place(&base, root);
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(&dir)?;
    #[cfg(unix)]
    for dir in [base.as_path(), dir.as_path()] {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(dir)?.permissions().mode();
        // A configured base that existed before is the user's own business; ours is private.
        if mode & 0o077 != 0 && (dir != base || configured.is_none()) {
            std::fs::set_permissions(dir, std::fs::Permissions::from_mode(0o700))?;
        }
    }
    Ok(dir)
}

/// The directory for vectors of the second tier, which all folders share; `None` when the system names no cache directory. It
/// need not exist.
pub fn vectors_directory(configured: Option<&Path>) -> Option<PathBuf> {
    Some(base(configured).ok()?.join("vectors"))
}

/// Bytes below a directory; links are not followed.
pub fn size(dir: &Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(dir) else {
        return 0;
    };
    entries
        .flatten()
        .map(|entry| match entry.metadata() {
            Ok(metadata) if metadata.is_dir() => size(&entry.path()),
            Ok(metadata) => metadata.len(),
            Err(_) => 0,
        })
        .sum()
}
