//! An index that begins with what the index of a kindred folder holds: another worktree or clone of the same repository. Stored files
//! are never modified, so they are shared by hard links, each folder's index going its own way from there; what differs between the
//! folders is found by the scan that follows, by content. Which folders are kindred is not decided here.

use std::io;
use std::path::{Path, PathBuf};

use super::base::{lexical_path, segment_path, table_path};
use super::manifest::{Identity, Manifest};

/// An index that is being written is looked at so often.
const ATTEMPTS: usize = 3;
/// What tantivy replaces by renaming; a link would do, but nothing is gained by it.
const REPLACED: [&str; 2] = ["meta.json", ".managed.json"];

/// Fills the index directory `dir` of `root`, which has no manifest and whose lock the caller holds, from `kin`. False when that
/// index is none, is of another version, or is written all the while.
///
/// # Errors
/// When files can be neither linked nor copied.
pub(super) fn begin_with(
    dir: &Path,
    kin: &Path,
    root: &Path,
    identity: &Identity,
) -> io::Result<bool> {
    for _ in 0..ATTEMPTS {
        let Some(manifest) = Manifest::read(kin) else {
            return Ok(false);
        };
        if manifest.identity != *identity || !manifest.complete || manifest.segments.is_empty() {
            return Ok(false);
        }
        // Without a manifest it is worthless; and what lies there may be a link of an attempt that was killed.
        super::writer::clear(dir)?;
        let lexical = std::fs::read(lexical_path(kin).join(REPLACED[0]))?;
        match share(dir, kin, &manifest) {
            // A commit removed what it made useless.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
            Ok(()) => {
                let same = std::fs::read(lexical_path(kin).join(REPLACED[0]))? == lexical;
                if same && Manifest::read(kin).as_ref() == Some(&manifest) {
                    let manifest = Manifest {
                        root: root.display().to_string(),
                        ..manifest
                    };
                    manifest.write(dir).map_err(io::Error::other)?;
                    return Ok(true);
                }
            }
        }
    }
    super::writer::clear(dir)?;
    Ok(false)
}

/// Links or copies what the manifest names.
fn share(dir: &Path, kin: &Path, manifest: &Manifest) -> io::Result<()> {
    let parts = |dir: &Path| -> Vec<PathBuf> {
        let segments = manifest.segments.iter().flat_map(|&number| {
            ["facts", "rows", "graph"].map(|kind| segment_path(dir, kind, number))
        });
        segments
            .chain([table_path(dir, manifest.generation)])
            .chain(manifest.vector_graph.iter().map(|name| dir.join(name)))
            .collect()
    };
    for (from, to) in parts(kin).iter().zip(parts(dir)) {
        link(from, &to)?;
    }
    let (from, to) = (lexical_path(kin), lexical_path(dir));
    std::fs::create_dir(&to)?;
    for entry in std::fs::read_dir(&from)? {
        let entry = entry?;
        let (name, to) = (entry.file_name(), to.join(entry.file_name()));
        if REPLACED.iter().any(|it| *it == name) {
            std::fs::copy(entry.path(), &to)?;
        } else if !name.to_string_lossy().ends_with(".lock") && entry.file_type()?.is_file() {
            link(&entry.path(), &to)?;
        }
    }
    Ok(())
}

/// File systems without links get copies.
fn link(from: &Path, to: &Path) -> io::Result<()> {
    let Err(error) = std::fs::hard_link(from, to) else {
        return Ok(());
    };
    match error.kind() {
        // To copy over a link would empty what it links to.
        io::ErrorKind::NotFound | io::ErrorKind::AlreadyExists => Err(error),
        _ => std::fs::copy(from, to).map(drop),
    }
}
