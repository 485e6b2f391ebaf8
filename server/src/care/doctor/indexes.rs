//! Every stored index: whole, of this version, and of a folder that is there.

use symseek_index::store::{Identity, Said};

use super::super::catalog::{Catalog, Folder, Index};
use super::super::{list, words};
use super::{Check, Repair};

const INDEX: &str = "index";

pub(super) fn check(checks: &mut Vec<Check>, catalog: &Catalog, current: &Identity) {
    if catalog.indexes.is_empty() {
        checks.push(Check::ok(INDEX, "none is stored"));
    }
    let all = catalog.indexes.iter();
    checks.extend(all.map(|index| one(index, current)));
}

fn one(index: &Index, current: &Identity) -> Check {
    let name = index.name();
    if !index.look.damages.is_empty() {
        let damages = index.look.damages.join("; ");
        return broken(index, Check::error, format!("{name} is damaged: {damages}"));
    }
    match &index.look.said {
        Said::Nothing if index.held => Check::ok(INDEX, format!("{name} is being made")),
        Said::Nothing => broken(
            index,
            Check::warning,
            format!("{name}: its first indexing was broken off"),
        ),
        // Damage, which was told already.
        Said::Unreadable(why) => broken(index, Check::error, format!("{name}: {why}")),
        Said::OtherFormat(format) => Check::warning(
            INDEX,
            format!("{name} is of format {format}, made by another version"),
            "use that version, or remove the directory",
        ),
        Said::Index(manifest) => {
            let stale = list::stale(&manifest.identity, current);
            let counts = index.look.counts.unwrap_or_default();
            let found = format!(
                "{name}: {} in {}, {}",
                words::count(counts.files, "file"),
                words::count(counts.chunks, "chunk"),
                words::size(index.bytes)
            );
            if index.folder == Folder::Unknown {
                let found = format!("{name} says that it is of {}", manifest.root);
                Check::warning(INDEX, found, "nothing uses it; remove the directory")
            } else if matches!(index.folder, Folder::Gone(_)) {
                Check::ok(INDEX, format!("{found}; the folder is gone"))
                    .advised("symseek gc removes it")
            } else if stale.is_empty() {
                Check::ok(INDEX, format!("{found}; current"))
            } else {
                let found = format!("{found}; stale: made with other {}", stale.join(", "));
                Check::ok(INDEX, found).advised("nothing: the next use makes it again")
            }
        }
    }
}

/// An index that can only be made again.
fn broken(index: &Index, level: fn(&'static str, String, String) -> Check, found: String) -> Check {
    if index.held {
        let who = words::holder(index.holder);
        let advice = format!("{who} holds it: end that, then run symseek doctor --fix");
        return level(INDEX, found, advice);
    }
    let advice = "--fix removes it, and the next use makes it again".to_owned();
    level(INDEX, found, advice).repaired_by(Repair::Forget(index.directory.clone()))
}
