//! The workspace's folders, and the paths that a client names in them. Nothing outside is ever named, opened or told of: a path
//! is checked as written and as the file system resolves it, so neither `..` nor a symbolic link leads out.

use std::path::{Component, Path, PathBuf};

use symseek_base::{Point, RelPath};
use symseek_search::GraphTarget;

use super::ask::Ask;
use crate::lsp::arguments::cut;

/// Folders of the workspace: absolute, resolved, none inside another, at least one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Roots(Vec<PathBuf>);

/// Why there is no workspace.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum RootsError {
    /// It is not there, or is no folder.
    #[error("{0} is not a folder")]
    NoFolder(PathBuf),
    /// Nobody means all of it.
    #[error(
        "{0} is no project: start `symseek mcp FOLDER` with the project's folder, or from inside of it"
    )]
    TooWide(PathBuf),
}

impl Roots {
    /// Folders that a person named; each counts.
    ///
    /// # Errors
    /// [`RootsError::NoFolder`].
    pub(crate) fn named(folders: &[PathBuf]) -> Result<Self, RootsError> {
        let resolved = folders.iter().map(|folder| {
            let resolved = folder.canonicalize().ok().filter(|it| it.is_dir());
            resolved.ok_or_else(|| RootsError::NoFolder(folder.clone()))
        });
        Ok(Self::of(resolved.collect::<Result<_, _>>()?))
    }

    /// Folders that a client offers, as URIs; those that are not there, are no files or hold far more than a project are left
    /// out. `None` when nothing remains.
    pub(crate) fn offered<'a>(uris: impl IntoIterator<Item = &'a str>) -> Option<Self> {
        let folders = uris.into_iter().filter_map(|uri| {
            let path = url::Url::parse(uri).ok()?.to_file_path().ok()?;
            let path = path.canonicalize().ok()?;
            (path.is_dir() && !is_too_wide(&path)).then_some(path)
        });
        let folders: Vec<PathBuf> = folders.collect();
        (!folders.is_empty()).then(|| Self::of(folders))
    }

    /// The repository around a folder, or the folder itself.
    ///
    /// # Errors
    /// [`RootsError`] for what is no folder, or is the whole disk or the user's home.
    pub(crate) fn around(folder: &Path) -> Result<Self, RootsError> {
        let folder = folder.canonicalize().ok().filter(|it| it.is_dir());
        let folder = folder.ok_or_else(|| RootsError::NoFolder(PathBuf::from(".")))?;
        let repository = folder
            .ancestors()
            .find(|it| it.join(".git").exists())
            .filter(|it| !is_too_wide(it));
        let root = repository.unwrap_or(&folder);
        if is_too_wide(root) {
            return Err(RootsError::TooWide(root.to_owned()));
        }
        Ok(Self(vec![root.to_owned()]))
    }

    fn of(mut folders: Vec<PathBuf>) -> Self {
        let all = folders.clone();
        folders.retain(|it| !all.iter().any(|other| other != it && it.starts_with(other)));
        let mut seen = std::collections::HashSet::new();
        folders.retain(|it| seen.insert(it.clone()));
        Self(folders)
    }

    /// The folders.
    pub(crate) fn folders(&self) -> &[PathBuf] {
        &self.0
    }

    /// Those of the folders that a client names, by path or last name; none for all of them.
    ///
    /// # Errors
    /// Which name is none of them, and what they are.
    pub(crate) fn chosen(&self, field: &str, named: &[String]) -> Result<Vec<PathBuf>, String> {
        let mut chosen = Vec::new();
        for name in named {
            let path = Path::new(name);
            let is_it = |it: &&PathBuf| *it == path || it.file_name() == Some(path.as_os_str());
            let before = chosen.len();
            chosen.extend(self.0.iter().filter(is_it).cloned());
            if chosen.len() == before {
                let all: Vec<_> = self.0.iter().map(|it| it.to_string_lossy()).collect();
                let name = cut(name, 200);
                return Err(format!(
                    "`{field}`: {name:?} is no folder of the workspace; those are {}",
                    all.join(", ")
                ));
            }
        }
        Ok(chosen)
    }

    /// A path as answers name it: below the only folder, or absolute where there are several.
    pub(crate) fn show(&self, path: &Path) -> String {
        let shown = match self.0.as_slice() {
            [only] => path.strip_prefix(only).unwrap_or(path),
            _ => path,
        };
        let text = shown.to_string_lossy();
        if cfg!(windows) {
            text.replace('\\', "/")
        } else {
            text.into_owned()
        }
    }

    /// The file or folder that a client names in the argument `field`.
    ///
    /// # Errors
    /// What is wrong with it, for the client to read.
    pub(crate) fn resolve(&self, field: &str, named: &str) -> Result<PathBuf, String> {
        let quoted = cut(named, 200);
        let leaves = || format!("`{field}`: {quoted:?} leaves the workspace");
        let nowhere = || format!("`{field}`: there is no {quoted:?} in the workspace");
        if named.contains('\0') {
            return Err(nowhere());
        }
        let path = Path::new(named);
        if path.is_absolute() {
            let resolved = path.canonicalize();
            if let Ok(resolved) = &resolved
                && self.holds(resolved)
            {
                return Ok(resolved.clone());
            }
            // What is outside is not told of, not even whether it exists.
            let has_dots = path.components().any(|it| it == Component::ParentDir);
            let is_missing = resolved.is_err() && !has_dots && self.holds(path);
            return Err(if is_missing { nowhere() } else { leaves() });
        }
        let relative = match RelPath::new(named) {
            Ok(relative) => Some(relative),
            Err(symseek_base::PathError::Empty) => None,
            Err(symseek_base::PathError::Escapes(_)) => return Err(leaves()),
        };
        let Some(relative) = relative else {
            return match self.0.as_slice() {
                [only] => Ok(only.clone()),
                // Every folder lies below the empty path.
                _ => Ok(PathBuf::new()),
            };
        };
        let mut left = false;
        for root in &self.0 {
            if let Ok(resolved) = relative.under(root).canonicalize() {
                if self.holds(&resolved) {
                    return Ok(resolved);
                }
                left = true;
            }
        }
        Err(if left { leaves() } else { nowhere() })
    }

    /// A symbol as a client names it in the argument `field`: `name`, `Type::name`, `FILE:LINE` or `FILE:LINE:COLUMN`.
    ///
    /// # Errors
    /// What is wrong with it, for the client to read.
    pub(crate) fn symbol(
        &self,
        engine: &dyn Ask,
        field: &str,
        named: &str,
    ) -> Result<GraphTarget, String> {
        if named.trim().is_empty() {
            return Err(format!("`{field}` is empty; expected a name or FILE:LINE"));
        }
        if named.len() > 2_000 {
            let length = named.len();
            return Err(format!("`{field}` has {length} bytes; no name is so long"));
        }
        let mut parts = named.rsplitn(3, ':');
        let (last, middle, first) = (parts.next().unwrap_or(""), parts.next(), parts.next());
        let number = |text: &str| text.parse::<u32>().ok();
        let place = match (first, middle.and_then(number), number(last)) {
            (Some(file), Some(line), Some(column)) => Some((file, line, Some(column))),
            (_, None, Some(line)) if middle.is_some() => {
                Some((&named[..named.len() - last.len() - 1], line, None))
            }
            (None, Some(_), Some(line)) => {
                Some((&named[..named.len() - last.len() - 1], line, None))
            }
            _ => None,
        };
        let Some((file, line, column)) = place else {
            return Ok(GraphTarget::Name(named.trim().to_owned()));
        };
        let path = self.resolve(field, file)?;
        if line == 0 || column == Some(0) {
            return Err(format!("`{field}`: lines and columns count from 1"));
        }
        let row = line - 1;
        let column = if let Some(column) = column {
            column - 1
        } else {
            // A line without a column means what stands on it: skip its indentation.
            let text = engine.line(&path, row).unwrap_or_default();
            (text.len() - text.trim_start().len()) as u32
        };
        Ok(GraphTarget::At {
            path,
            point: Point { row, column },
        })
    }

    fn holds(&self, path: &Path) -> bool {
        self.0.iter().any(|root| path.starts_with(root))
    }
}

/// The whole disk, or the user's home: what a host starts its servers in when it has no project.
fn is_too_wide(folder: &Path) -> bool {
    let home = std::env::home_dir().and_then(|home| home.canonicalize().ok());
    folder.parent().is_none() || home.is_some_and(|home| home.starts_with(folder))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_stay_inside() {
        let scratch = tempfile::tempdir().unwrap();
        let root = scratch.path().join("in");
        std::fs::create_dir_all(root.join("src")).unwrap();
        std::fs::write(root.join("src/a.rs"), "").unwrap();
        std::fs::write(scratch.path().join("secret"), "").unwrap();
        let roots = Roots::named(std::slice::from_ref(&root)).unwrap();
        let root = roots.folders()[0].clone();
        let resolve = |path: &str| roots.resolve("path", path);
        assert_eq!(resolve("src/a.rs"), Ok(root.join("src/a.rs")));
        assert_eq!(resolve("./src/../src"), Ok(root.join("src")));
        assert_eq!(resolve(""), Ok(root.clone()));
        assert_eq!(resolve(root.to_str().unwrap()), Ok(root.clone()));
        assert!(resolve("src/b.rs").unwrap_err().contains("there is no"));
        assert!(resolve("a\0b").unwrap_err().contains("there is no"));
        let outside = root.join("../secret");
        let missing = root.join("../missing");
        let mut paths = vec!["../secret", "src/../../secret", "/etc/passwd", "/nowhere"];
        paths.extend([outside.to_str().unwrap(), missing.to_str().unwrap()]);
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(scratch.path(), root.join("link")).unwrap();
            std::os::unix::fs::symlink("/etc/passwd", root.join("file")).unwrap();
            paths.extend(["link/secret", "link", "file"]);
        }
        for path in paths {
            let error = resolve(path).unwrap_err();
            assert!(error.contains("leaves the workspace"), "{path}: {error}");
        }
    }

    #[test]
    fn the_disk_and_the_home_are_no_workspace() {
        assert!(matches!(
            Roots::around(Path::new("/")),
            Err(RootsError::TooWide(_))
        ));
        assert_eq!(
            Roots::offered(["file:///", "https://example.org/", "x"]),
            None
        );
    }

    #[test]
    fn the_repository_around_a_folder_counts() {
        let scratch = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(scratch.path().join("repo/.git")).unwrap();
        std::fs::create_dir_all(scratch.path().join("repo/src/deep")).unwrap();
        let roots = Roots::around(&scratch.path().join("repo/src/deep")).unwrap();
        assert!(roots.folders()[0].ends_with("repo"));
        let both = [scratch.path().join("repo"), scratch.path().join("repo/src")];
        assert_eq!(Roots::named(&both).unwrap(), roots);
    }
}
