//! The query packs as they lie in the repository, so that writing one needs no build.
#![allow(
    unreachable_pub,
    dead_code,
    clippy::unwrap_used,
    reason = "shared by tests and an example"
)]

use std::path::{Path, PathBuf};
use symseek_syntax::{Extension, PackError};

/// The repository's `tree-sitter-queries`; `QUERY_PACKS` names another folder.
pub fn folder() -> PathBuf {
    let ours = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../tree-sitter-queries");
    std::env::var_os("QUERY_PACKS").map_or_else(ours, PathBuf::from)
}

/// Puts the packs of a folder in the place of the embedded ones. Answers what is wrong with them.
pub fn extend(folder: &Path) -> Vec<PackError> {
    let mut files = Vec::new();
    for pack in entries(folder).into_iter().filter(|path| path.is_dir()) {
        for file in entries(&pack) {
            if file.extension().is_some_and(|extension| extension == "scm") {
                let name = |path: &Path| path.file_name().unwrap().to_string_lossy().into_owned();
                files.push((
                    name(&pack),
                    name(&file),
                    std::fs::read_to_string(&file).unwrap(),
                ));
            }
        }
    }
    symseek_syntax::extend(Extension {
        languages: std::fs::read_to_string(folder.join("languages.toml")).ok(),
        files,
        globs: Vec::new(),
    })
}

/// What a folder holds, sorted.
pub fn entries(folder: &Path) -> Vec<PathBuf> {
    let read = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> = read.map(|entry| entry.path()).collect();
    paths.sort();
    paths
}
