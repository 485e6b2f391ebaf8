//! The cache directory: there, private, writable, ours, and without what crashed processes left.

use std::fs::Metadata;
use std::path::Path;

use symseek_index::store::{self, Said};

use super::super::catalog::{Catalog, Leftover};
use super::super::words;
use super::{Check, Repair};

const DIRECTORY: &str = "cache directory";
const LEFTOVERS: &str = "leftovers";

pub(super) fn check(checks: &mut Vec<Check>, catalog: &Catalog, is_configured: bool) {
    checks.push(directory(&catalog.base, is_configured));
    let inside = catalog.indexes.iter().map(|index| index.directory.clone());
    let vectors = (!catalog.vectors.is_empty()).then(|| catalog.base.join("vectors"));
    for path in inside.chain(vectors) {
        let Ok(metadata) = std::fs::symlink_metadata(&path) else {
            continue;
        };
        if is_open(&metadata) {
            let found = format!("other users can enter {}", path.display());
            let advice = format!("chmod 700 {}", path.display());
            let open = Check::warning(DIRECTORY, found, advice);
            checks.push(open.repaired_by(Repair::MakePrivate(path)));
        }
    }
    let before = checks.len();
    leftovers(checks, catalog);
    if checks.len() == before {
        checks.push(Check::ok(LEFTOVERS, "none"));
    }
}

fn directory(base: &Path, is_configured: bool) -> Check {
    let shown = base.display();
    let metadata = match std::fs::metadata(base) {
        Ok(metadata) if metadata.is_dir() => metadata,
        Ok(_) => {
            let found = format!("{shown} is no directory");
            return Check::error(DIRECTORY, found, "move it away, or name another directory");
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let found = format!("{shown} is not there yet; the first use makes it");
            return Check::ok(DIRECTORY, found);
        }
        Err(error) => {
            let found = format!("{shown}: {error}");
            return Check::error(DIRECTORY, found, "name another directory with --cache-dir");
        }
    };
    match try_to_write(base, &metadata) {
        Err(error) => Check::error(
            DIRECTORY,
            format!("{shown} cannot be written, so every start indexes again: {error}"),
            "make it writable, or name another directory with --cache-dir",
        ),
        Ok(false) => Check::error(
            DIRECTORY,
            format!("{shown} belongs to another user"),
            "give it to yourself with chown, or name another directory with --cache-dir",
        ),
        // One that somebody chose may be open to others; what we put into it is not.
        Ok(true) if is_open(&metadata) && !is_configured => Check::warning(
            DIRECTORY,
            format!("other users can enter {shown}"),
            format!("chmod 700 {shown}"),
        )
        .repaired_by(Repair::MakePrivate(base.to_owned())),
        Ok(true) => Check::ok(DIRECTORY, format!("{shown} is yours and can be written")),
    }
}

/// Writes a file and removes it; whether it belongs to whom the directory belongs to.
fn try_to_write(base: &Path, metadata: &Metadata) -> std::io::Result<bool> {
    let path = base.join(format!("doctor-{}.tmp", std::process::id()));
    let written = std::fs::write(&path, b"a try").and_then(|()| std::fs::metadata(&path));
    let _ = std::fs::remove_file(&path);
    Ok(is_same_owner(&written?, metadata))
}

#[cfg(unix)]
fn is_same_owner(a: &Metadata, b: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    a.uid() == b.uid()
}

#[cfg(not(unix))]
fn is_same_owner(_: &Metadata, _: &Metadata) -> bool {
    true
}

/// Whether others than the owner can do anything with it.
#[cfg(unix)]
fn is_open(metadata: &Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    metadata.permissions().mode() & 0o077 != 0
}

#[cfg(not(unix))]
fn is_open(_: &Metadata) -> bool {
    false
}

fn leftovers(checks: &mut Vec<Check>, catalog: &Catalog) {
    for leftover in &catalog.leftovers {
        let (what, path) = (&leftover.what, leftover.path.display());
        let found = format!("{what}: {path}, {}", words::size(leftover.bytes));
        let left = Check::warning(LEFTOVERS, found, "--fix or symseek gc removes it");
        checks.push(left.repaired_by(Repair::Remove(Leftover {
            path: leftover.path.clone(),
            what: what.clone(),
            bytes: leftover.bytes,
        })));
    }
    for link in &catalog.links {
        let found = format!("{} is a link, which is not followed", link.display());
        checks.push(Check::warning(LEFTOVERS, found, "remove the link"));
    }
    for index in catalog.indexes.iter().filter(|index| !index.held) {
        let Said::Index(manifest) = &index.look.said else {
            continue;
        };
        let left = store::leftovers(&index.directory, manifest).len();
        if left > 0 {
            let (n, path) = (words::count(left, "file"), index.directory.display());
            let found = format!("{n} that a killed process left in {path}");
            let left = Check::warning(LEFTOVERS, found, "--fix or symseek gc removes them");
            checks.push(left.repaired_by(Repair::Sweep(index.directory.clone())));
        }
    }
}
