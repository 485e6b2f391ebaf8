//! `symseek gc`: removes what nobody needs any more. What another process holds stays, and so does what cannot be told.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use anyhow::bail;
use symseek_index::store::{self, Depth, Said};

use super::GcArguments;
use super::catalog::{self, Catalog, Folder, Index};
use super::words;

/// One thing that can go.
struct Rubbish<'a> {
    path: PathBuf,
    why: String,
    bytes: u64,
    remove: Box<dyn Fn() -> anyhow::Result<Removed> + 'a>,
}

/// How a removal ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Removed {
    Yes,
    /// A process took the index meanwhile.
    Held,
}

/// Removes what can go and says so.
///
/// # Errors
/// When the cache directory cannot be read, or something cannot be removed; what can be is removed all the same.
pub(crate) fn gc(
    out: &mut impl Write,
    cache_dir: Option<&Path>,
    arguments: &GcArguments,
) -> anyhow::Result<()> {
    let catalog = Catalog::read(cache_dir, Depth::Table)?;
    let unused = arguments.unused_for.map(|days| {
        let age = Duration::from_hours(24 * u64::from(days));
        SystemTime::now()
            .checked_sub(age)
            .unwrap_or(SystemTime::UNIX_EPOCH)
    });
    let mut freed = 0;
    let mut failures = Vec::new();
    for rubbish in rubbish(&catalog, unused) {
        let (path, size) = (rubbish.path.display(), words::size(rubbish.bytes));
        if arguments.dry_run {
            writeln!(out, "would remove {path} ({}): {size}", rubbish.why)?;
            freed += rubbish.bytes;
            continue;
        }
        match (rubbish.remove)() {
            Ok(Removed::Yes) => {
                writeln!(out, "removed {path} ({}): {size}", rubbish.why)?;
                freed += rubbish.bytes;
            }
            Ok(Removed::Held) => anstream::eprintln!("note: {path} is in use and stays"),
            Err(error) => failures.push(format!("{path}: {error:#}")),
        }
    }
    let verb = if arguments.dry_run {
        "would be freed"
    } else {
        "freed"
    };
    writeln!(out, "{freed} bytes ({}) {verb}", words::size(freed))?;
    if !failures.is_empty() {
        bail!("not everything could be removed: {}", failures.join("; "));
    }
    Ok(())
}

fn rubbish(catalog: &Catalog, unused: Option<SystemTime>) -> Vec<Rubbish<'_>> {
    let is_unused =
        |last: Option<SystemTime>| unused.zip(last).is_some_and(|(since, at)| at < since);
    let days = |last: Option<SystemTime>| {
        format!("last used {}", last.map_or_else(String::new, words::ago))
    };
    let mut all = Vec::new();
    for index in catalog.indexes.iter().filter(|index| !index.held) {
        let why = match &index.folder {
            Folder::Gone(folder) => Some(format!("{} is gone", folder.display())),
            _ if index.is_unborn() => Some("its first indexing was broken off".to_owned()),
            _ if is_unused(index.last_used) => Some(days(index.last_used)),
            _ => None,
        };
        match why {
            Some(why) => all.push(Rubbish {
                path: index.directory.clone(),
                why,
                bytes: index.bytes,
                remove: Box::new(|| {
                    Ok(if store::remove(&index.directory)? {
                        Removed::Yes
                    } else {
                        Removed::Held
                    })
                }),
            }),
            None => all.extend(inside(index)),
        }
    }
    for leftover in &catalog.leftovers {
        all.push(Rubbish {
            path: leftover.path.clone(),
            why: leftover.what.clone(),
            bytes: leftover.bytes,
            remove: Box::new(|| {
                catalog::remove(leftover)?;
                Ok(Removed::Yes)
            }),
        });
    }
    for vectors in &catalog.vectors {
        let why = match &vectors.model {
            Some(model) if vectors.is_orphan() => {
                format!("vectors of the model {}, which is gone", model.display())
            }
            _ if is_unused(vectors.last_used) => days(vectors.last_used),
            _ => continue,
        };
        all.push(Rubbish {
            path: vectors.file.clone(),
            why,
            bytes: vectors.bytes,
            remove: Box::new(|| {
                vectors.remove()?;
                Ok(Removed::Yes)
            }),
        });
    }
    all
}

/// What lies in a good index and does not belong to it.
fn inside(index: &Index) -> Option<Rubbish<'_>> {
    let Said::Index(manifest) = &index.look.said else {
        return None;
    };
    let left = store::leftovers(&index.directory, manifest);
    let bytes = left
        .iter()
        .map(|path| std::fs::symlink_metadata(path).map_or(0, |it| it.len()))
        .sum();
    (!left.is_empty()).then(|| Rubbish {
        path: index.directory.clone(),
        why: format!(
            "{} that a killed process left",
            words::count(left.len(), "file")
        ),
        bytes,
        remove: Box::new(|| {
            Ok(match store::sweep(&index.directory)? {
                Some(_) => Removed::Yes,
                None => Removed::Held,
            })
        }),
    })
}
