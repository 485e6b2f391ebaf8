//! Which stored indexes are of the same repository as a folder: of its other worktrees, by git's common directory, and of other clones, by
//! the address that both were cloned from. Reads git's own small files; runs nothing, and trusts nothing: an index that is taken for
//! kindred only saves the work for files that are the same, byte by byte.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use symseek_index::store::Manifest;

/// Files of git's that are longer are none of these.
const LONGEST: u64 = 1 << 20;

/// What makes two folders kindred.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Repository {
    /// Git's directory that all worktrees share.
    common: PathBuf,
    /// Where it was cloned from.
    origin: Option<String>,
    /// The folder within the worktree.
    inside: PathBuf,
}

/// The directories below `base`, other than `own`, whose indexes are of kindred folders of `root`: worktrees before clones, what was
/// used last first.
pub(crate) fn indexes(base: &Path, own: &Path, root: &Path) -> Vec<PathBuf> {
    let Some(repository) = Repository::of(root) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for entry in std::fs::read_dir(base).into_iter().flatten().flatten() {
        let directory = entry.path();
        if directory == own || !entry.file_type().is_ok_and(|it| it.is_dir()) {
            continue;
        }
        let Some(manifest) = Manifest::read(&directory) else {
            continue;
        };
        let Some(other) = Repository::of(Path::new(&manifest.root)) else {
            continue;
        };
        let is_worktree = other.common == repository.common;
        let is_clone = other.origin.is_some() && other.origin == repository.origin;
        if other.inside == repository.inside && (is_worktree || is_clone) {
            let used = std::fs::metadata(directory.join("manifest.json"));
            let used = used.and_then(|it| it.modified());
            let used = used.unwrap_or(SystemTime::UNIX_EPOCH);
            found.push((!is_worktree, std::cmp::Reverse(used), directory));
        }
    }
    found.sort();
    found.into_iter().map(|(.., directory)| directory).collect()
}

impl Repository {
    /// The repository that a folder lies in; `None` when it lies in none that is there.
    fn of(root: &Path) -> Option<Self> {
        let root = root.canonicalize().ok()?;
        let top = root.ancestors().find(|it| it.join(".git").exists())?;
        let git = top.join(".git");
        let git = if git.is_dir() {
            git
        } else {
            let text = read(&git)?;
            top.join(text.strip_prefix("gitdir:")?.trim())
        };
        let common = match read(&git.join("commondir")) {
            Some(relative) => git.join(relative.trim()),
            None => git,
        };
        let common = common.canonicalize().ok()?;
        Some(Self {
            origin: read(&common.join("config")).and_then(|it| origin(&it)),
            inside: root.strip_prefix(top).ok()?.to_owned(),
            common,
        })
    }
}

/// The address of the remote that is called origin, as written but for what may be left out.
fn origin(config: &str) -> Option<String> {
    let mut is_origin = false;
    for line in config.lines().map(str::trim) {
        if line.starts_with('[') {
            is_origin = line.starts_with("[remote \"origin\"]");
        } else if is_origin
            && let Some((key, value)) = line.split_once('=')
            && key.trim().eq_ignore_ascii_case("url")
        {
            let value = value.trim().trim_end_matches('/');
            return Some(value.strip_suffix(".git").unwrap_or(value).to_owned());
        }
    }
    None
}

fn read(path: &Path) -> Option<String> {
    let metadata = std::fs::metadata(path).ok()?;
    if !metadata.is_file() || metadata.len() > LONGEST {
        return None;
    }
    std::fs::read_to_string(path).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_origin_is_read_as_git_writes_it() {
        let config = "[core]\n\turl = no\n[remote \"up\"]\n\turl = u\n[remote \"origin\"]\n\tfetch = +x\n\turl = git@host:a/b.git\n";
        assert_eq!(origin(config).as_deref(), Some("git@host:a/b"));
        assert_eq!(origin("[remote \"origin\"]\n[core]\nurl=x"), None);
        assert_eq!(
            origin("[remote \"origin\"]\nURL = file:///a/b/").as_deref(),
            Some("file:///a/b")
        );
    }
}
