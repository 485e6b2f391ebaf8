//! Caretaking as commands: `status --all`, `doctor`, `gc`, `forget`. What they do is in `care`; here is what they are given.

use anyhow::Context;
use symseek_embed::{Embedder, StaticEmbedder};
use symseek_index::store::Identity;

use super::args::Common;
use super::run::{Outcome, open_at};
use crate::care::{self, DoctorArguments, ForgetArguments, GcArguments, Surroundings};

/// Lists every stored workspace.
pub(super) fn status(json: bool, common: &Common) -> anyhow::Result<Outcome> {
    let current = current(common)?;
    let cache_dir = common.cache_dir.as_deref();
    let some = care::list(&mut anstream::stdout(), cache_dir, &current, json)?;
    Ok(if some {
        Outcome::Found
    } else {
        Outcome::Nothing
    })
}

/// Looks for what is wrong.
pub(super) fn doctor(arguments: &DoctorArguments, common: &Common) -> anyhow::Result<Outcome> {
    let around = Surroundings {
        cache_dir: common.cache_dir.as_deref(),
        current: &current(common)?,
        runtime: common.runtime(),
    };
    let well = care::doctor(&mut anstream::stdout(), &around, arguments)?;
    Ok(if well {
        Outcome::Found
    } else {
        Outcome::Nothing
    })
}

/// Removes what nobody needs.
pub(super) fn gc(arguments: &GcArguments, common: &Common) -> anyhow::Result<Outcome> {
    care::gc(
        &mut anstream::stdout(),
        common.cache_dir.as_deref(),
        arguments,
    )?;
    Ok(Outcome::Found)
}

/// Removes the index of one folder.
pub(super) fn forget(arguments: &ForgetArguments, common: &Common) -> anyhow::Result<Outcome> {
    care::forget(
        &mut anstream::stdout(),
        common.cache_dir.as_deref(),
        arguments,
    )?;
    Ok(Outcome::Found)
}

/// What an index is made with that these arguments would make.
fn current(common: &Common) -> anyhow::Result<Identity> {
    if common.has_own_languages() {
        // A user's own packs count, and an engine reads them, also one without a folder.
        open_at(&[], common, false, None)?;
    }
    let table = StaticEmbedder::built_in().context("the built-in embedding table is damaged")?;
    Ok(Identity::current(table.id().to_string()))
}
