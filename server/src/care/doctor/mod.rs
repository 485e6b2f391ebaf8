//! `symseek doctor`: everything that may be wrong around an index, each with what was found and what to do, and the repair of what
//! can be repaired without losing anything that the next use does not make again.

mod cache;
mod editors;
mod indexes;
mod models;
mod programs;
mod service;
mod system;

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::json;
use symseek_embed::OnnxRuntime;
use symseek_index::store::{self, Depth, Identity};

use super::DoctorArguments;
use super::catalog::{self, Catalog, Leftover};

/// How things stand with what was looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
enum Level {
    Ok,
    /// It works, but not as well as it could, or not for long.
    Warning,
    /// It does not work.
    Error,
}

/// One thing that was looked at.
#[derive(Debug, Serialize)]
struct Check {
    /// What it was.
    #[serde(rename = "check")]
    what: &'static str,
    level: Level,
    found: String,
    /// What to do.
    advice: Option<String>,
    /// What was done, with `--fix`.
    repaired: Option<String>,
    #[serde(skip)]
    repair: Option<Repair>,
}

/// What `--fix` may do.
#[derive(Debug)]
enum Repair {
    /// Keep others out of this directory.
    MakePrivate(PathBuf),
    Remove(Leftover),
    /// Remove an index, which the next use makes again.
    Forget(PathBuf),
    /// Remove what does not belong to an index from its directory.
    Sweep(PathBuf),
}

/// What the checks go by.
pub(crate) struct Surroundings<'a> {
    /// The cache directory that somebody named.
    pub(crate) cache_dir: Option<&'a Path>,
    /// What indexes are made with today.
    pub(crate) current: &'a Identity,
    pub(crate) runtime: OnnxRuntime,
}

/// Looks at everything, repairs if told to, and writes the findings; whether nothing is left to do.
///
/// # Errors
/// When the findings cannot be written.
pub(crate) fn doctor(
    out: &mut impl Write,
    around: &Surroundings,
    arguments: &DoctorArguments,
) -> anyhow::Result<bool> {
    let depth = if arguments.thorough {
        Depth::Checksums
    } else {
        Depth::Lengths
    };
    let mut checks = Vec::new();
    match Catalog::read(around.cache_dir, depth) {
        Ok(catalog) => {
            cache::check(&mut checks, &catalog, around.cache_dir.is_some());
            system::check(&mut checks, &catalog);
            indexes::check(&mut checks, &catalog, around.current);
        }
        Err(error) => checks.push(Check::error(
            "cache directory",
            format!("{error:#}"),
            "make it a directory that you can read and write, or name another one with --cache-dir",
        )),
    }
    checks.push(service::check(around.cache_dir));
    models::check(&mut checks, &around.runtime, arguments.thorough);
    editors::check(&mut checks);
    if arguments.fix {
        checks.iter_mut().for_each(Check::fix);
    }
    let worst = checks.iter().map(Check::remains).max();
    let worst = worst.unwrap_or(Level::Ok);
    if arguments.json {
        let all = json!({"version": 1, "level": worst, "checks": checks});
        writeln!(out, "{all:#}")?;
    } else {
        describe(out, &checks)?;
    }
    Ok(worst == Level::Ok)
}

impl Check {
    fn ok(what: &'static str, found: impl Into<String>) -> Self {
        Self {
            what,
            level: Level::Ok,
            found: found.into(),
            advice: None,
            repaired: None,
            repair: None,
        }
    }

    fn warning(what: &'static str, found: impl Into<String>, advice: impl Into<String>) -> Self {
        Self {
            level: Level::Warning,
            ..Self::ok(what, found).advised(advice)
        }
    }

    fn error(what: &'static str, found: impl Into<String>, advice: impl Into<String>) -> Self {
        Self {
            level: Level::Error,
            ..Self::ok(what, found).advised(advice)
        }
    }

    fn advised(self, advice: impl Into<String>) -> Self {
        Self {
            advice: Some(advice.into()),
            ..self
        }
    }

    fn repaired_by(self, repair: Repair) -> Self {
        Self {
            repair: Some(repair),
            ..self
        }
    }

    fn fix(&mut self) {
        let Some(repair) = &self.repair else {
            return;
        };
        match repair.carry_out() {
            Ok(done) => self.repaired = Some(done),
            Err(why) => self.advice = Some(format!("it could not be repaired: {why:#}")),
        }
    }

    /// How bad it is after what was done.
    fn remains(&self) -> Level {
        match self.repaired {
            Some(_) => Level::Ok,
            None => self.level,
        }
    }
}

impl Repair {
    fn carry_out(&self) -> anyhow::Result<String> {
        match self {
            Self::MakePrivate(directory) => {
                make_private(directory)?;
                Ok("only you can enter it now".to_owned())
            }
            Self::Remove(leftover) => {
                catalog::remove(leftover)?;
                Ok("removed".to_owned())
            }
            Self::Forget(directory) => {
                anyhow::ensure!(store::remove(directory)?, "another process holds it");
                Ok("removed; the next use indexes the folder again".to_owned())
            }
            Self::Sweep(directory) => {
                let swept = store::sweep(directory)?;
                anyhow::ensure!(swept.is_some(), "another process holds it");
                Ok("removed".to_owned())
            }
        }
    }
}

#[cfg(unix)]
fn make_private(directory: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(directory, std::fs::Permissions::from_mode(0o700))
}

#[cfg(not(unix))]
fn make_private(_: &Path) -> io::Result<()> {
    Ok(())
}

fn describe(out: &mut impl Write, checks: &[Check]) -> io::Result<()> {
    for check in checks {
        let level = match check.level {
            Level::Ok => "ok",
            Level::Warning => "warning",
            Level::Error => "error",
        };
        writeln!(out, "{level:<8} {:<16} {}", check.what, check.found)?;
        let notes = [("repaired", &check.repaired), ("to do", &check.advice)];
        // What was repaired needs no advice.
        if let Some((what, note)) = notes
            .iter()
            .find_map(|(what, note)| Some((what, note.as_ref()?)))
        {
            writeln!(out, "{:<8} {what:<16} {note}", "")?;
        }
    }
    let n = |level| checks.iter().filter(|it| it.remains() == level).count();
    let (warnings, errors) = (n(Level::Warning), n(Level::Error));
    let total = super::words::count(checks.len(), "check");
    writeln!(
        out,
        "{total}: {warnings} with warnings, {errors} with errors"
    )
}
