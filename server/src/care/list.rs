//! `symseek status --all`: every stored workspace.

use std::io::{self, Write};
use std::path::Path;
use std::time::UNIX_EPOCH;

use serde_json::{Value, json};
use symseek_index::store::{Depth, Identity, Said};

use super::catalog::{Catalog, Folder, Index};
use super::words;

/// Writes the list; whether there is anything in it.
///
/// # Errors
/// When the cache directory cannot be read, or the answer not be written.
pub(crate) fn list(
    out: &mut impl Write,
    cache_dir: Option<&Path>,
    current: &Identity,
    as_json: bool,
) -> anyhow::Result<bool> {
    let catalog = Catalog::read(cache_dir, Depth::Lengths)?;
    let service = match crate::service::state(cache_dir) {
        crate::service::State::Runs(report) => Some(report),
        _ => None,
    };
    if as_json {
        let workspaces: Vec<Value> = catalog.indexes.iter().map(|it| of(it, current)).collect();
        let service = json!(service);
        let all = json!({
            "version": 1,
            "service": service,
            "cacheDirectory": catalog.base,
            "workspaces": workspaces,
        });
        writeln!(out, "{all:#}")?;
    } else {
        if let Some(service) = &service {
            serving(out, service)?;
        }
        for index in &catalog.indexes {
            describe(out, index, current)?;
        }
        let bytes = catalog.indexes.iter().map(|index| index.bytes).sum();
        writeln!(
            out,
            "{} in {}, {}",
            words::count(catalog.indexes.len(), "workspace"),
            catalog.base.display(),
            words::size(bytes)
        )?;
    }
    Ok(!catalog.indexes.is_empty())
}

/// Who is attached to the service, and what it has open.
fn serving(out: &mut impl Write, service: &crate::service::serve::Report) -> io::Result<()> {
    let resident = service.resident.map_or(String::new(), |bytes| {
        format!(", {} resident", words::size(bytes))
    });
    let clients = words::count(service.clients.len(), "client");
    writeln!(
        out,
        "service: process {}{resident}, {clients}",
        service.process
    )?;
    for kind in ["lsp", "mcp", "command"] {
        let n = service.clients.iter().filter(|it| it.kind == kind).count();
        if n > 0 {
            writeln!(out, "  {kind:<9}{n}")?;
        }
    }
    for folder in &service.folders {
        let used = match folder.sessions {
            0 => format!("unused for {} s", folder.idle_seconds),
            n => format!("used by {}", words::count(n, "client")),
        };
        let followed = if folder.watching { ", followed" } else { "" };
        let (root, state) = (folder.root.display(), &folder.state);
        writeln!(out, "  open     {root}: {state}{followed}, {used}")?;
    }
    writeln!(out)
}

/// What is wrong with an index, or will happen to it.
pub(super) fn problems(index: &Index, current: &Identity) -> Vec<String> {
    let mut problems = index.look.damages.clone();
    match &index.look.said {
        Said::Nothing if !index.held => {
            problems.push("its first indexing was broken off".to_owned());
        }
        Said::Nothing | Said::Unreadable(_) => {}
        Said::OtherFormat(format) => {
            problems.push(format!("it is of format {format}, made by another version"));
        }
        Said::Index(manifest) => {
            if index.folder == Folder::Unknown {
                problems.push(format!(
                    "it says that it is of {}, but lies elsewhere",
                    manifest.root
                ));
            }
            let stale = stale(&manifest.identity, current);
            if !stale.is_empty() {
                problems.push(format!(
                    "stale: made with other {}; the next use makes it again",
                    stale.join(", ")
                ));
            }
            if !manifest.complete && !index.held {
                problems.push("not every file is in it yet; the next use goes on".to_owned());
            }
        }
    }
    problems
}

/// What an index was made with that is different now.
pub(super) fn stale(stored: &Identity, current: &Identity) -> Vec<&'static str> {
    let parts = [
        (stored.syntax == current.syntax, "grammars or query packs"),
        (stored.lexical == current.lexical, "rules for words"),
        (stored.model == current.model, "vectors"),
    ];
    let stale = parts.into_iter().filter(|(same, _)| !same);
    stale.map(|(_, what)| what).collect()
}

fn of(index: &Index, current: &Identity) -> Value {
    let (folder, state) = match &index.folder {
        Folder::There(path) => (Some(path), "there"),
        Folder::Gone(path) => (Some(path), "gone"),
        Folder::Unknown => (None, "unknown"),
    };
    let last_used = index
        .last_used
        .and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    json!({
        "folder": folder,
        "state": state,
        "directory": index.directory,
        "files": index.look.counts.map(|counts| counts.files),
        "chunks": index.look.counts.map(|counts| counts.chunks),
        "bytes": index.bytes,
        "lastUsed": last_used.map(|since| since.as_secs()),
        "held": index.held,
        "writingProcess": index.holder,
        "problems": problems(index, current),
    })
}

fn describe(out: &mut impl Write, index: &Index, current: &Identity) -> io::Result<()> {
    writeln!(out, "{}", index.name())?;
    if matches!(index.folder, Folder::Gone(_)) {
        writeln!(out, "  state      the folder is gone")?;
    }
    if let Some(counts) = index.look.counts {
        let (files, chunks) = (counts.files, counts.chunks);
        writeln!(out, "  files      {files} in {chunks} chunks")?;
    }
    let (directory, size) = (index.directory.display(), words::size(index.bytes));
    writeln!(out, "  index      {directory} ({size})")?;
    if index.held {
        writeln!(out, "  written by {}", words::holder(index.holder))?;
    } else if let Some(time) = index.last_used {
        writeln!(out, "  last used  {}", words::ago(time))?;
    }
    for problem in problems(index, current) {
        writeln!(out, "  problem    {problem}")?;
    }
    Ok(())
}
