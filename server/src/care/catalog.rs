//! What lies in the cache directory: an inventory, made without opening an index for writing and without scanning a folder.

use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use anyhow::Context;
use symseek_engine::cache;
use symseek_index::store::{self, Depth, Look, Said};

use super::vectors::{self, Vectors, has_ending};
use crate::lsp::parent::is_alive;
use crate::lsp::report::PREFIX as RESULTS;

/// What is half-written for longer belongs to nobody.
const STALE: Duration = Duration::from_hours(1);

/// The inventory.
#[derive(Debug)]
pub(crate) struct Catalog {
    /// The cache directory; it need not exist.
    pub(super) base: PathBuf,
    /// By directory.
    pub(super) indexes: Vec<Index>,
    /// What no running process needs.
    pub(super) leftovers: Vec<Leftover>,
    pub(super) vectors: Vec<Vectors>,
    /// Links in place of what is ours. They are never followed.
    pub(super) links: Vec<PathBuf>,
}

/// One stored index.
#[derive(Debug)]
pub(super) struct Index {
    pub(super) directory: PathBuf,
    pub(super) folder: Folder,
    pub(super) look: Look,
    pub(super) bytes: u64,
    /// When a process last began to write it, committed or ended.
    pub(super) last_used: Option<SystemTime>,
    /// A process writes it, or may: the lock could not be asked.
    pub(super) held: bool,
    /// Which one, by its own account.
    pub(super) holder: Option<u32>,
}

/// Folders that have an index and still exist, by path.
///
/// # Errors
/// When the cache directory cannot be read.
pub(crate) fn folders(configured: Option<&Path>) -> anyhow::Result<Vec<PathBuf>> {
    let catalog = Catalog::read(configured, Depth::Table)?;
    let there = catalog
        .indexes
        .into_iter()
        .filter_map(|index| match index.folder {
            Folder::There(folder) => Some(folder),
            Folder::Gone(_) | Folder::Unknown => None,
        });
    let mut folders: Vec<PathBuf> = there.collect();
    folders.sort();
    folders.dedup();
    Ok(folders)
}

/// What an index is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Folder {
    There(PathBuf),
    Gone(PathBuf),
    /// Its manifest does not say, or says something that this directory is not named by.
    Unknown,
}

/// What a process left that ended before its time.
#[derive(Debug)]
pub(super) struct Leftover {
    pub(super) path: PathBuf,
    /// What it is.
    pub(super) what: String,
    pub(super) bytes: u64,
}

impl Catalog {
    /// Reads the cache directory.
    ///
    /// # Errors
    /// When it cannot be read; one that is not there is empty.
    pub(super) fn read(configured: Option<&Path>, depth: Depth) -> anyhow::Result<Self> {
        let base = cache::base(configured).context("there is no cache directory")?;
        let mut catalog = Self {
            base,
            indexes: Vec::new(),
            leftovers: Vec::new(),
            vectors: Vec::new(),
            links: Vec::new(),
        };
        let cannot = || format!("cannot read {}", catalog.base.display());
        let entries = match std::fs::read_dir(&catalog.base) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(catalog),
            Err(error) => return Err(error).with_context(cannot),
        };
        let mut paths = Vec::new();
        for entry in entries {
            paths.push(entry.with_context(cannot)?.path());
        }
        paths.sort();
        for path in paths {
            // What vanishes meanwhile is of no interest.
            if let Ok(metadata) = std::fs::symlink_metadata(&path) {
                catalog.take(path, &metadata, depth);
            }
        }
        Ok(catalog)
    }

    /// Files one entry under what it is; what is not ours is left out.
    fn take(&mut self, path: PathBuf, metadata: &Metadata, depth: Depth) {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let is_ours = is_index_name(&name) || name == "vectors" || name.starts_with(RESULTS);
        if metadata.is_symlink() {
            if is_ours {
                self.links.push(path);
            }
        } else if metadata.is_dir() {
            if name == "vectors" {
                self.vectors = vectors::read(&path);
                self.take_temporary(&path);
            } else if let Some(process) = results_of(&name) {
                if !is_running(process, metadata) {
                    let what = format!("results documents of process {process}, which has ended");
                    self.leave(path, what);
                }
            } else if is_index_name(&name) {
                if store::is_index(&path) {
                    self.indexes.push(Index::read(&self.base, path, depth));
                } else if is_older(metadata, STALE) && is_empty(&path) {
                    self.leave(path, "an empty directory for an index".to_owned());
                }
            }
        } else if metadata.is_file() && has_ending(&path, "tmp") && is_older(metadata, STALE) {
            self.leave(path, "a temporary file".to_owned());
        }
    }

    /// Half-written files of a directory.
    fn take_temporary(&mut self, directory: &Path) {
        let entries = std::fs::read_dir(directory).into_iter().flatten().flatten();
        for entry in entries {
            let Ok(metadata) = entry.metadata() else {
                continue;
            };
            let path = entry.path();
            if metadata.is_file() && has_ending(&path, "tmp") && is_older(&metadata, STALE) {
                self.leave(path, "half-written vectors".to_owned());
            }
        }
    }

    fn leave(&mut self, path: PathBuf, what: String) {
        let bytes = std::fs::symlink_metadata(&path).map_or(0, |it| {
            if it.is_dir() {
                cache::size(&path)
            } else {
                it.len()
            }
        });
        self.leftovers.push(Leftover { path, what, bytes });
    }
}

impl Index {
    pub(super) fn read(base: &Path, directory: PathBuf, depth: Depth) -> Self {
        let look = store::look(&directory, depth);
        let held = store::is_held(&directory).unwrap_or(true);
        let times = ["manifest.json", "writer.lock"].map(|name| {
            let metadata = std::fs::symlink_metadata(directory.join(name));
            metadata.and_then(|it| it.modified()).ok()
        });
        Self {
            folder: Folder::of(base, &directory, &look),
            bytes: cache::size(&directory),
            last_used: times.into_iter().flatten().max(),
            holder: held.then(|| store::holder(&directory)).flatten(),
            held,
            look,
            directory,
        }
    }

    /// The folder for people, else the directory.
    pub(super) fn name(&self) -> String {
        match &self.folder {
            Folder::There(path) | Folder::Gone(path) => path.display().to_string(),
            Folder::Unknown => self.directory.display().to_string(),
        }
    }

    /// Whether nothing was ever committed to it.
    pub(super) fn is_unborn(&self) -> bool {
        self.look.said == Said::Nothing
    }
}

impl Folder {
    fn of(base: &Path, directory: &Path, look: &Look) -> Self {
        let Said::Index(manifest) = &look.said else {
            return Self::Unknown;
        };
        let root = PathBuf::from(&manifest.root);
        // A path that is no Unicode is not stored faithfully, and would look like one that is gone.
        if cache::place(base, &root).file_name() != directory.file_name() {
            return Self::Unknown;
        }
        match std::fs::metadata(&root) {
            Ok(metadata) if metadata.is_dir() => Self::There(root),
            Ok(_) => Self::Gone(root),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Self::Gone(root),
            // What cannot be asked is not gone.
            Err(_) => Self::There(root),
        }
    }
}

/// Removes a leftover. A link is removed, never followed.
pub(super) fn remove(leftover: &Leftover) -> std::io::Result<()> {
    if std::fs::symlink_metadata(&leftover.path)?.is_dir() {
        std::fs::remove_dir_all(&leftover.path)
    } else {
        std::fs::remove_file(&leftover.path)
    }
}

/// Whether the engine names directories so: the folder's name, a hyphen and 16 hexadecimal digits.
fn is_index_name(name: &str) -> bool {
    name.rsplit_once('-').is_some_and(|(_, hash)| {
        hash.len() == 16 && hash.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
    })
}

/// The process of a directory of results documents.
fn results_of(name: &str) -> Option<u32> {
    let (process, _) = name.strip_prefix(RESULTS)?.split_once('-')?;
    process.parse().ok()
}

/// Where processes cannot be asked, what is young counts as somebody's.
fn is_running(process: u32, metadata: &Metadata) -> bool {
    is_alive(process) || (!cfg!(unix) && !is_older(metadata, 24 * STALE))
}

fn is_older(metadata: &Metadata, age: Duration) -> bool {
    let modified = metadata.modified().ok();
    modified.is_some_and(|it| it.elapsed().is_ok_and(|since| since > age))
}

fn is_empty(directory: &Path) -> bool {
    std::fs::read_dir(directory).is_ok_and(|mut entries| entries.next().is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_indexes_and_results_are_told_from_others() {
        assert!(is_index_name("my_project-0123456789abcdef"));
        assert!(is_index_name("a-b-0123456789abcdef"));
        for name in [
            "vectors",
            "0123456789abcdef",
            "a-0123456789ABCDEF",
            "a-0123456789abcde",
            "a-0123456789abcdef0",
        ] {
            assert!(!is_index_name(name), "{name}");
        }
        assert_eq!(results_of(&format!("{RESULTS}12-ab")), Some(12));
        assert_eq!(results_of("results-12-ab"), None);
    }
}
