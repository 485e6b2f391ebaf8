//! `symseek forget`: removes the stored index of one folder, which need not exist any more.

use std::io::{IsTerminal, Write};
use std::path::{Component, Path, PathBuf};

use anyhow::{Context, bail};
use symseek_index::store::{self, Depth};

use super::ForgetArguments;
use super::catalog::{Catalog, Folder, Index};
use super::words;
use symseek_engine::cache;

/// Removes the index and says so.
///
/// # Errors
/// When another process holds it, nobody can be asked, or it cannot be removed.
pub(crate) fn forget(
    out: &mut impl Write,
    cache_dir: Option<&Path>,
    arguments: &ForgetArguments,
) -> anyhow::Result<()> {
    let named = std::path::absolute(&arguments.path).context("there is no current folder")?;
    let folders = [resolved(&named), named];
    // A service that nobody uses the folder of lets go of it.
    for folder in &folders {
        crate::service::close(cache_dir, folder);
    }
    let catalog = Catalog::read(cache_dir, Depth::Table)?;
    let shown = folders[0].display();
    let places = folders
        .each_ref()
        .map(|folder| cache::place(&catalog.base, folder));
    if let Some(link) = catalog.links.iter().find(|link| places.contains(link)) {
        bail!(
            "{} is a link, which is not followed; remove it yourself",
            link.display()
        );
    }
    let is_it = |index: &&Index| match &index.folder {
        Folder::There(folder) | Folder::Gone(folder) => folders.contains(folder),
        Folder::Unknown => places.contains(&index.directory),
    };
    let Some(index) = catalog.indexes.iter().find(is_it) else {
        writeln!(out, "nothing is stored for {shown}")?;
        return Ok(());
    };
    let refused = |process| {
        let who = words::holder(process);
        anyhow::anyhow!("{who} holds the index of {shown}; end it first")
    };
    if index.held {
        return Err(refused(index.holder));
    }
    let size = words::size(index.bytes);
    if !arguments.yes && !is_agreed(&index.directory, &size)? {
        bail!("nothing was removed");
    }
    if !store::remove(&index.directory)? {
        return Err(refused(store::holder(&index.directory)));
    }
    writeln!(
        out,
        "the index of {shown} is removed, {} bytes ({size}) freed",
        index.bytes
    )?;
    Ok(())
}

/// The folder as the engine would name it: resolved as far as it exists.
fn resolved(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for component in path.components() {
        match component {
            // What exists is resolved before `..` is applied; the rest has no links.
            Component::ParentDir => {
                plain = plain.canonicalize().unwrap_or(plain);
                plain.pop();
            }
            other => plain.push(other),
        }
    }
    for existing in plain.ancestors() {
        if let (Ok(found), Ok(rest)) = (existing.canonicalize(), plain.strip_prefix(existing)) {
            // Joining nothing would add a slash.
            return if rest.as_os_str().is_empty() {
                found
            } else {
                found.join(rest)
            };
        }
    }
    plain
}

fn is_agreed(directory: &Path, size: &str) -> anyhow::Result<bool> {
    if !std::io::stdin().is_terminal() {
        bail!("nothing was removed: nobody can be asked here; --yes removes it");
    }
    anstream::eprint!("Remove {} ({size})? [y/N] ", directory.display());
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_is_gone_is_resolved_as_far_as_it_exists() {
        let scratch = tempfile::tempdir().unwrap();
        let base = scratch.path().canonicalize().unwrap();
        std::fs::create_dir(base.join("real")).unwrap();
        assert_eq!(resolved(&base.join("real")), base.join("real"));
        assert_eq!(
            resolved(&base.join("real/gone/x")),
            base.join("real/gone/x")
        );
        assert_eq!(resolved(&base.join("real/gone/../x")), base.join("real/x"));
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(base.join("real"), base.join("link")).unwrap();
            assert_eq!(resolved(&base.join("link/gone")), base.join("real/gone"));
            let up = resolved(&base.join("link/../gone"));
            assert_eq!(up, base.join("gone"));
        }
    }
}
