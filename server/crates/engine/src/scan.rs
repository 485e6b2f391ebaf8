//! Finds the files of a workspace folder: ignore rules (.gitignore, .ignore, git's own excludes, the user's globs), no links
//! that leave or loop, no version-control internals. Reads directories and metadata, no contents.

use std::path::{Path, PathBuf};

use ignore::overrides::{Override, OverrideBuilder};
use ignore::{WalkBuilder, WalkState};
use parking_lot::Mutex;
use symseek_base::{Cancel, RelPath};
use symseek_index::store::FileStamp;

/// A file worth indexing.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    pub(crate) path: RelPath,
    pub(crate) stamp: FileStamp,
}

/// What a walk found.
#[derive(Debug, Default)]
pub(crate) struct Walk {
    /// Files, ordered by path.
    pub(crate) files: Vec<Found>,
    /// Files whose path is not UTF-8: neither a query nor a client could name them.
    pub(crate) unnamed: Vec<PathBuf>,
    /// What could not be read, in words.
    pub(crate) problems: Vec<String>,
}

impl Walk {
    fn take(&mut self, file: Option<Found>, entry: &ignore::DirEntry) {
        match file {
            Some(file) => self.files.push(file),
            None if entry.path().to_str().is_none() => self.unnamed.push(entry.path().into()),
            None => {}
        }
    }
}

/// Files that are data for tools, not text for people; searching them by meaning or word only adds noise.
const NOISE: [&str; 13] = [
    "!**/Cargo.lock",
    "!**/package-lock.json",
    "!**/yarn.lock",
    "!**/pnpm-lock.yaml",
    "!**/poetry.lock",
    "!**/uv.lock",
    "!**/composer.lock",
    "!**/Gemfile.lock",
    "!**/go.sum",
    "!**/*.min.js",
    "!**/*.map",
    "!**/__pycache__/**",
    "!**/node_modules/**",
];

/// Whether a glob parses; the error says why not.
///
/// # Errors
/// What is wrong with it.
pub fn check_glob(glob: &str) -> Result<(), String> {
    let added = OverrideBuilder::new("").add(glob).map(|_| ());
    added.map_err(|error| error.to_string())
}

/// The user's exclude globs, checked. A glob that does not parse is reported and left out.
pub(crate) fn overrides(root: &Path, exclude: &[String]) -> (Override, Vec<String>) {
    let mut builder = OverrideBuilder::new(root);
    let mut problems = Vec::new();
    for glob in NOISE {
        builder.add(glob).expect("built-in globs parse");
    }
    for glob in exclude {
        if let Err(error) = builder.add(&format!("!{}", glob.trim_start_matches('!'))) {
            problems.push(format!("exclude {glob:?}: {error}"));
        }
    }
    let overrides = builder.build().unwrap_or_else(|error| {
        problems.push(format!("exclude: {error}"));
        Override::empty()
    });
    (overrides, problems)
}

fn builder(root: &Path, overrides: Override) -> WalkBuilder {
    let mut builder = WalkBuilder::new(root);
    builder
        .hidden(false)
        .require_git(false)
        .follow_links(false)
        .overrides(overrides)
        .filter_entry(|entry| !is_internal(entry));
    builder
}

/// Version control's and environments' own directories, wherever they lie below the folder.
fn is_internal(entry: &ignore::DirEntry) -> bool {
    let names = [".git", ".hg", ".svn", ".jj", ".venv", ".tox"];
    entry.depth() > 0 && names.iter().any(|name| entry.file_name() == *name)
}

/// Told about a directory before it is listed.
pub(crate) type OnDirectory<'a> = dyn Fn(&Path) + Sync + 'a;

/// Walks the whole folder.
pub(crate) fn walk(
    root: &Path,
    overrides: Override,
    threads: usize,
    cancel: &Cancel,
    on_directory: &OnDirectory<'_>,
) -> Walk {
    let found = Mutex::new(Walk::default());
    builder(root, overrides)
        .threads(threads)
        .build_parallel()
        .run(|| {
            Box::new(|entry| {
                if cancel.is_cancelled() {
                    return WalkState::Quit;
                }
                match entry {
                    Ok(entry) => match entry.file_type() {
                        Some(kind) if kind.is_dir() => on_directory(entry.path()),
                        Some(kind) if kind.is_file() => {
                            let file = found_file(root, &entry);
                            found.lock().take(file, &entry);
                        }
                        _ => {}
                    },
                    Err(error) => found.lock().problems.push(error.to_string()),
                }
                WalkState::Continue
            })
        });
    let mut walk = found.into_inner();
    walk.files.sort_by(|a, b| a.path.cmp(&b.path));
    walk
}

/// Walks only what lies at or below `path`, under the same rules: empty when it is ignored or gone.
pub(crate) fn walk_at(
    root: &Path,
    path: &Path,
    overrides: Override,
    on_directory: &OnDirectory<'_>,
) -> Walk {
    let mut walk = Walk::default();
    let target = path.to_path_buf();
    let mut builder = builder(root, overrides);
    builder.filter_entry(move |entry| {
        let at = entry.path();
        let inside = at.starts_with(&target);
        (inside || target.starts_with(at)) && !is_internal(entry)
    });
    for entry in builder.build() {
        match entry {
            Ok(entry) if entry.path().starts_with(path) => match entry.file_type() {
                Some(kind) if kind.is_dir() => on_directory(entry.path()),
                Some(kind) if kind.is_file() => walk.take(found_file(root, &entry), &entry),
                _ => {}
            },
            Ok(_) => {}
            Err(error) => walk.problems.push(error.to_string()),
        }
    }
    walk.files.sort_by(|a, b| a.path.cmp(&b.path));
    walk
}

fn found_file(root: &Path, entry: &ignore::DirEntry) -> Option<Found> {
    let path = RelPath::below(root, entry.path())?;
    let metadata = entry.metadata().ok()?;
    Some(Found {
        path,
        stamp: FileStamp::of(&metadata),
    })
}
