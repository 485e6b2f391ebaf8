//! A stored index seen from outside: what it says it is, whether it is whole, what of it is left over, and how it goes away.
//!
//! Looking takes no lock, writes nothing and decodes no facts; an index may be looked at while its writer commits. Whoever
//! removes holds the writer's lock until nothing is left. Which indexes there are, and which are wanted, is not known here.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::base::{Base, lexical_path, read_table, segment_path, table_path};
use super::facts::FactsPart;
use super::lock::{self, WriterLock};
use super::manifest::{self, FORMAT, Manifest};
use super::writer::StoreError;
use crate::graph::GraphPart;
use crate::lexical::LexicalReader;
use crate::part::PartError;
use crate::vector::{Hnsw, RowsPart};

/// How closely an index is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Depth {
    /// The manifest and the file table.
    Table,
    /// Also whether every part is there with its whole length.
    Lengths,
    /// Also every checksum, which reads all of it.
    Checksums,
}

/// What the manifest is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// There is none: nothing was ever committed.
    Nothing,
    /// It cannot be read, for this reason.
    Unreadable(String),
    /// It is of another layout, made by an older or newer program.
    OtherFormat(u64),
    /// It is one of ours.
    Index(Box<Manifest>),
}

/// What the file table holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Known files, skipped ones included.
    pub files: usize,
    /// Their chunks.
    pub chunks: usize,
    /// Directories that these files and their parents lie in, the root included.
    pub directories: usize,
}

/// What a look gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// The manifest.
    pub said: Said,
    /// The file table; `None` when it cannot be read.
    pub counts: Option<Counts>,
    /// What is not as it was written, in words.
    pub damages: Vec<String>,
}

/// A writer that commits meanwhile changes what is there; so often it is looked again.
const ATTEMPTS: usize = 5;

/// Looks at the index in `dir`.
pub fn look(dir: &Path, depth: Depth) -> Look {
    let mut attempt = 1;
    loop {
        let seen = look_once(dir, depth);
        let moved = || match (&seen.said, said(dir)) {
            (Said::Index(before), Said::Index(now)) => before.generation != now.generation,
            (before, now) => *before != now,
        };
        if seen.damages.is_empty() || attempt == ATTEMPTS || !moved() {
            return seen;
        }
        attempt += 1;
    }
}

fn look_once(dir: &Path, depth: Depth) -> Look {
    let said = said(dir);
    let mut damages = Vec::new();
    let mut counts = None;
    match &said {
        Said::Nothing | Said::OtherFormat(_) => {}
        Said::Unreadable(why) => damages.push(format!("manifest.json: {why}")),
        Said::Index(manifest) => {
            match count(dir, manifest) {
                Ok(found) => counts = Some(found),
                Err(error) => damages.push(format!("file table: {}", chain(&error))),
            }
            let has_chunks = counts.is_some_and(|counts| counts.chunks > 0);
            match depth {
                Depth::Lengths => damages.extend(glance(dir, manifest, has_chunks)),
                Depth::Checksums if counts.is_some() => damages.extend(verify(dir, manifest)),
                Depth::Table | Depth::Checksums => {}
            }
        }
    }
    Look {
        said,
        counts,
        damages,
    }
}

fn said(dir: &Path) -> Said {
    let bytes = match std::fs::read(dir.join(manifest::NAME)) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Said::Nothing,
        Err(error) => return Said::Unreadable(error.to_string()),
    };
    let value: serde_json::Value = match serde_json::from_slice(&bytes) {
        Ok(value) => value,
        Err(error) => return Said::Unreadable(error.to_string()),
    };
    match value["format"].as_u64() {
        Some(format) if format != u64::from(FORMAT) => Said::OtherFormat(format),
        _ => match serde_json::from_value(value) {
            Ok(manifest) => Said::Index(Box::new(manifest)),
            Err(error) => Said::Unreadable(error.to_string()),
        },
    }
}

fn count(dir: &Path, manifest: &Manifest) -> Result<Counts, PartError> {
    if manifest.generation == 0 {
        return Ok(Counts::default());
    }
    let records = read_table(&table_path(dir, manifest.generation))?;
    let mut directories = BTreeSet::from([""]);
    for record in &records {
        let mut rest = record.path.as_str();
        while let Some((parent, _)) = rest.rsplit_once('/') {
            if !directories.insert(parent) {
                break;
            }
            rest = parent;
        }
    }
    Ok(Counts {
        files: records.len(),
        chunks: records.iter().map(|record| record.n_chunks as usize).sum(),
        directories: directories.len(),
    })
}

/// Heads and lengths of all parts.
fn glance(dir: &Path, manifest: &Manifest, has_chunks: bool) -> Vec<String> {
    let mut damages = Vec::new();
    for &number in &manifest.segments {
        let path = |kind| segment_path(dir, kind, number);
        let parts = [
            FactsPart::glance(&path("facts")),
            RowsPart::glance(&path("rows")),
            GraphPart::glance(&path("graph")),
        ];
        let broken = parts.into_iter().filter_map(Result::err);
        damages.extend(broken.map(|error| format!("segment {number}: {}", chain(&error))));
    }
    if has_chunks && let Err(error) = LexicalReader::glance(&lexical_path(dir)) {
        damages.push(format!("lexical part: {}", chain(&error)));
    }
    if let Some(name) = &manifest.vector_graph
        && let Err(error) = Hnsw::glance(&dir.join(name))
    {
        damages.push(format!("vector graph: {}", chain(&error)));
    }
    damages
}

/// Everything, as opening it for answering would.
fn verify(dir: &Path, manifest: &Manifest) -> Vec<String> {
    // Compared with itself, so that only damage shows; whether it is current is another question.
    match Base::open(dir, Path::new(&manifest.root), &manifest.identity) {
        Ok((_, repairs)) => repairs,
        Err(error) => vec![chain(&error)],
    }
}

/// An error with its causes.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

/// Whether `dir` is a directory, not a link, and holds something that only the store puts into one.
pub fn is_index(dir: &Path) -> bool {
    let is_directory = std::fs::symlink_metadata(dir).is_ok_and(|it| it.is_dir());
    let marks = [manifest::NAME, lock::NAME, "lexical"];
    is_directory
        && marks
            .iter()
            .any(|name| std::fs::symlink_metadata(dir.join(name)).is_ok())
}

/// What else `dir` holds than the store puts into one, if anything. What file managers strew everywhere does not count.
fn foreign(dir: &Path) -> std::io::Result<Option<PathBuf>> {
    for entry in std::fs::read_dir(dir)? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_str().unwrap_or("");
        let ending = Path::new(name).extension().and_then(|end| end.to_str());
        let is_ours = [manifest::NAME, lock::NAME, "lexical"].contains(&name)
            || matches!(ending, Some("part" | "tmp"))
            || name.starts_with("hnsw-")
            || [".DS_Store", "Thumbs.db", "desktop.ini"].contains(&name);
        if !is_ours {
            return Ok(Some(entry.path()));
        }
    }
    Ok(None)
}

/// Files of the index in `dir` that its manifest does not name: what a killed process left. Meaningless while a process writes.
pub fn leftovers(dir: &Path, manifest: &Manifest) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(dir).into_iter().flatten().flatten();
    let mut left: Vec<PathBuf> = entries
        .filter(|entry| {
            let name = entry.file_name();
            let name = name.to_str().unwrap_or("");
            is_unnamed_part(manifest, name) || is_half_written(manifest, name)
        })
        .map(|entry| entry.path())
        .collect();
    left.sort();
    left
}

/// A part that the manifest does not name.
pub(super) fn is_unnamed_part(manifest: &Manifest, name: &str) -> bool {
    match name
        .strip_suffix(".part")
        .and_then(|stem| stem.rsplit_once('-'))
    {
        Some(("files", generation)) => generation.parse() != Ok(manifest.generation),
        Some((_, number)) => number
            .parse()
            .map_or(true, |number| !manifest.segments.contains(&number)),
        None => false,
    }
}

/// What has not got its name yet, and vector graphs that the manifest does not name.
pub(super) fn is_half_written(manifest: &Manifest, name: &str) -> bool {
    Path::new(name).extension().is_some_and(|end| end == "tmp")
        || (name.starts_with("hnsw-") && manifest.vector_graph.as_deref() != Some(name))
}

/// Removes [`leftovers`]; `Ok(None)` when another process is writing.
///
/// # Errors
/// [`StoreError`] when something cannot be removed.
pub fn sweep(dir: &Path) -> Result<Option<Vec<PathBuf>>, StoreError> {
    let Some(_lock) = take(dir)? else {
        return Ok(None);
    };
    let Said::Index(manifest) = said(dir) else {
        return Ok(Some(Vec::new()));
    };
    let left = leftovers(dir, &manifest);
    for path in &left {
        std::fs::remove_file(path).map_err(PartError::io("remove", path))?;
    }
    Ok(Some(left))
}

/// Removes the whole index and its directory; `Ok(false)` when another process is writing. The manifest goes first, so that what
/// a kill leaves is no index.
///
/// # Errors
/// [`StoreError`] when `dir` is no index ([`is_index`]) or holds something else too, or when something cannot be removed.
pub fn remove(dir: &Path) -> Result<bool, StoreError> {
    let refuse = |why: String| PartError::io("remove", dir)(std::io::Error::other(why));
    if !is_index(dir) {
        return Err(refuse("it is no index".to_owned()).into());
    }
    if let Some(path) = foreign(dir).map_err(PartError::io("read", dir))? {
        return Err(refuse(format!(
            "it holds {}, which is none of ours",
            path.display()
        ))
        .into());
    }
    let Some(lock) = take(dir)? else {
        return Ok(false);
    };
    let gone = |result: std::io::Result<()>, path: &Path| match result {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        result => result.map_err(PartError::io("remove", path)),
    };
    let path = dir.join(manifest::NAME);
    gone(std::fs::remove_file(&path), &path)?;
    for entry in std::fs::read_dir(dir).map_err(PartError::io("read", dir))? {
        let entry = entry.map_err(PartError::io("read", dir))?;
        if entry.file_name() == lock::NAME {
            continue;
        }
        let path = entry.path();
        // A link is removed, never followed.
        let is_directory = entry.file_type().is_ok_and(|it| it.is_dir());
        let removed = if is_directory {
            std::fs::remove_dir_all(&path)
        } else {
            std::fs::remove_file(&path)
        };
        gone(removed, &path)?;
    }
    // Last, and still held: who opened it before and gets the lock after us sees that it has no name any more.
    let path = dir.join(lock::NAME);
    gone(std::fs::remove_file(&path), &path)?;
    drop(lock);
    match std::fs::remove_dir(dir) {
        // Somebody indexes the folder again already.
        Err(error) if error.kind() == std::io::ErrorKind::DirectoryNotEmpty => {}
        removed => gone(removed, dir)?,
    }
    Ok(true)
}

/// The writer's lock of an existing index. A link in its place is not opened: taking the lock writes to it.
fn take(dir: &Path) -> Result<Option<WriterLock>, StoreError> {
    let path = dir.join(lock::NAME);
    if std::fs::symlink_metadata(&path).is_ok_and(|it| it.is_symlink()) {
        return Err(PartError::io("lock", &path)(std::io::Error::other("it is a link")).into());
    }
    Ok(WriterLock::try_take(dir)?)
}
