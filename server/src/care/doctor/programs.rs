//! The programs that configurations name: found as an editor would find them, and asked for their version.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::Check;

/// A program that does not say its version within this time is none of ours.
const PATIENCE: Duration = Duration::from_secs(2);
const NAME: &str = "symseek";

/// Programs that were asked already.
#[derive(Debug, Default)]
pub(super) struct Programs(BTreeMap<PathBuf, Result<String, String>>);

impl Programs {
    /// The check of a configuration in `place` that names this program; `None`: the one that is found.
    pub(super) fn check(&mut self, what: &'static str, place: &Path, named: Option<&str>) -> Check {
        let place = place.display();
        let Some(path) = find(named.unwrap_or(NAME), named.is_none()) else {
            let found = match named {
                Some(named) => format!("{place} names {named}, which is not there"),
                None => format!("{place} wants symseek, which is not in PATH"),
            };
            let advice = "cargo install --path server, or correct the path there";
            return Check::error(what, found, advice);
        };
        let answer = self.0.entry(path.clone()).or_insert_with(|| version(&path));
        let program = path.display();
        match answer {
            Ok(version) if version == env!("CARGO_PKG_VERSION") => {
                Check::ok(what, format!("{place} starts {program}, version {version}"))
            }
            Ok(version) => Check::warning(
                what,
                format!(
                    "{place} starts {program}, version {version}; this is {}",
                    env!("CARGO_PKG_VERSION")
                ),
                "install the same version everywhere",
            ),
            Err(why) => Check::error(
                what,
                format!("{place} starts {program}, which {why}"),
                "correct the path there",
            ),
        }
    }
}

/// The file of a program: a path, or a name in PATH. Editors also look where Cargo installs what nobody named.
fn find(named: &str, in_cargo: bool) -> Option<PathBuf> {
    let home = std::env::home_dir();
    let expanded = match (named.strip_prefix("~/"), &home) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => PathBuf::from(named),
    };
    if expanded.components().count() > 1 {
        return is_program(&expanded).then_some(expanded);
    }
    let file = format!("{named}{}", std::env::consts::EXE_SUFFIX);
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    if in_cargo {
        let cargo = std::env::var_os("CARGO_HOME").map(PathBuf::from);
        folders.extend(
            cargo
                .or_else(|| Some(home?.join(".cargo")))
                .map(|it| it.join("bin")),
        );
    }
    // A relative folder would mean another program in every workspace.
    let folders = folders.iter().filter(|folder| folder.is_absolute());
    let mut candidates = folders.map(|folder| folder.join(&file));
    candidates.find(|path| is_program(path))
}

#[cfg(unix)]
fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path).is_ok_and(|it| it.is_file() && it.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_program(path: &Path) -> bool {
    path.is_file()
}

/// What a program answers to `--version`.
fn version(program: &Path) -> Result<String, String> {
    let mut command = Command::new(program);
    command.arg("--version");
    command.stdin(Stdio::null()).stdout(Stdio::piped());
    let child = command.stderr(Stdio::null()).spawn();
    let mut child = child.map_err(|error| format!("cannot be run: {error}"))?;
    let until = Instant::now() + PATIENCE;
    let ended = loop {
        match child.try_wait() {
            Ok(Some(_)) => break true,
            Ok(None) if Instant::now() < until => std::thread::sleep(Duration::from_millis(3)),
            _ => break false,
        }
    };
    if !ended {
        let _ = child.kill();
        let _ = child.wait();
        return Err("does not answer --version".to_owned());
    }
    let mut text = Vec::new();
    // More than a line is no version; the rest need not be read.
    let read = child
        .stdout
        .take()
        .map(|out| out.take(200).read_to_end(&mut text));
    let text = String::from_utf8_lossy(&text);
    match (read, text.trim().strip_prefix("symseek ")) {
        (Some(Ok(_)), Some(version)) => Ok(version.to_owned()),
        _ => Err("is no symseek: it does not answer --version as one".to_owned()),
    }
}
