//! Workspace-relative paths: `/`-separated UTF-8, never absolute, never escaping the root.

use compact_str::CompactString;
use serde::{Deserialize, Serialize};

/// Why a text is not a workspace-relative path.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    /// It is absolute or climbs out of the workspace.
    #[error("path {0:?} leaves the workspace")]
    Escapes(String),
    /// It is empty.
    #[error("path is empty")]
    Empty,
}

/// A path inside one workspace folder, `/`-separated on every system, without `.`, `..` or empty parts.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RelPath(CompactString);

impl RelPath {
    /// Checks and normalises.
    ///
    /// # Errors
    /// [`PathError`] when the path is empty, absolute or climbs above the root.
    pub fn new(path: &str) -> Result<Self, PathError> {
        if path.starts_with(['/', '\\']) || path.get(1..3) == Some(":\\") {
            return Err(PathError::Escapes(path.to_owned()));
        }
        let mut parts: Vec<&str> = Vec::new();
        for part in path.split('/') {
            match part {
                "" | "." => {}
                ".." => {
                    if parts.pop().is_none() {
                        return Err(PathError::Escapes(path.to_owned()));
                    }
                }
                part => parts.push(part),
            }
        }
        if parts.is_empty() {
            return Err(PathError::Empty);
        }
        Ok(Self(parts.join("/").into()))
    }

    /// The path of `file` below `root`; `None` when it lies elsewhere or is not UTF-8.
    pub fn below(root: &std::path::Path, file: &std::path::Path) -> Option<Self> {
        let relative = file.strip_prefix(root).ok()?;
        let mut parts = Vec::new();
        for part in relative.components() {
            match part {
                std::path::Component::Normal(part) => parts.push(part.to_str()?),
                std::path::Component::CurDir => {}
                _ => return None,
            }
        }
        Self::new(&parts.join("/")).ok()
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The last part.
    pub fn file_name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or(&self.0)
    }

    /// The last part without its extension (`mod.test.rs` is `mod.test`; `.gitignore` stays whole).
    pub fn stem(&self) -> &str {
        let name = self.file_name();
        match name.rfind('.') {
            Some(dot) if dot > 0 => &name[..dot],
            _ => name,
        }
    }

    /// What follows the last dot of the last part; empty when there is none.
    pub fn extension(&self) -> &str {
        let name = self.file_name();
        match name.rfind('.') {
            Some(dot) if dot > 0 => &name[dot + 1..],
            _ => "",
        }
    }

    /// Everything before the last part; empty at the root.
    pub fn directory(&self) -> &str {
        self.0.rfind('/').map_or("", |at| &self.0[..at])
    }

    /// The path in the file system, below `root`.
    pub fn under(&self, root: &std::path::Path) -> std::path::PathBuf {
        let mut path = root.to_path_buf();
        path.extend(self.0.split('/'));
        path
    }
}

impl std::fmt::Display for RelPath {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_stay_inside() {
        assert_eq!(RelPath::new("a//b/./c.rs").unwrap().as_str(), "a/b/c.rs");
        assert_eq!(RelPath::new("a/../b").unwrap().as_str(), "b");
        for bad in ["../a", "a/../../b", "/etc/passwd", "\\\\server", "C:\\x"] {
            assert!(
                matches!(RelPath::new(bad), Err(PathError::Escapes(_))),
                "{bad}"
            );
        }
        assert_eq!(RelPath::new("./."), Err(PathError::Empty));
    }

    #[test]
    fn parts() {
        let path = RelPath::new("src/lsp/mod.test.rs").unwrap();
        assert_eq!(
            (path.stem(), path.extension(), path.directory()),
            ("mod.test", "rs", "src/lsp")
        );
        assert_eq!(RelPath::new(".gitignore").unwrap().stem(), ".gitignore");
    }
}
