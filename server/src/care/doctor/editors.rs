//! Configurations of editors and of agents' hosts that start us. They are read, never written (`symseek mcp install` does that), and
//! as far as a reader can tell: what a program in Lua or Lisp computes stays its secret.

use std::path::{Path, PathBuf};

use clap::ValueEnum;
use jsonc_parser::cst::CstRootNode;
use serde_json::Value;

use super::Check;
use super::programs::Programs;
use crate::mcp::install::{self, Host};

const EDITORS: &str = "editors";
const AGENTS: &str = "coding agents";

/// Larger files and more of them are no configuration that a person wrote.
const MAX_BYTES: u64 = 1 << 20;
const MAX_FILES: usize = 500;

pub(super) fn check(checks: &mut Vec<Check>) {
    let mut programs = Programs::default();
    let before = checks.len();
    if let Some(home) = std::env::home_dir() {
        let places = Places::of(&home);
        vscode(checks, &mut programs, &places);
        helix(checks, &mut programs, &places);
        zed(checks, &mut programs, &places);
        scripts(checks, &mut programs, "Neovim", &places.neovim());
        scripts(checks, &mut programs, "Emacs", &places.emacs());
    }
    if checks.len() == before {
        checks.push(Check::ok(
            EDITORS,
            "no editor's configuration mentions symseek",
        ));
    }
    let before = checks.len();
    for &host in Host::value_variants() {
        match install::configured(host) {
            Ok(Some((file, program))) => {
                checks.push(programs.check(AGENTS, &file, Some(&program)));
            }
            Ok(None) => {}
            Err(error) => checks.push(unreadable(AGENTS, format!("{error:#}"))),
        }
    }
    if checks.len() == before {
        checks.push(Check::ok(
            AGENTS,
            "no host's configuration mentions symseek",
        ));
    }
}

fn unreadable(what: &'static str, why: String) -> Check {
    Check::warning(
        what,
        why,
        "correct the file; the program may not read it either",
    )
}

/// Where configurations lie.
struct Places {
    home: PathBuf,
    /// Of the user.
    configuration: PathBuf,
    /// Where applications keep what is theirs.
    applications: PathBuf,
}

impl Places {
    fn of(home: &Path) -> Self {
        let variable = |name| {
            std::env::var_os(name)
                .filter(|it| !it.is_empty())
                .map(PathBuf::from)
        };
        let configuration = variable("XDG_CONFIG_HOME").unwrap_or_else(|| home.join(".config"));
        let applications = if cfg!(windows) {
            variable("APPDATA").unwrap_or_else(|| home.join("AppData/Roaming"))
        } else if cfg!(target_os = "macos") {
            home.join("Library/Application Support")
        } else {
            configuration.clone()
        };
        Self {
            home: home.to_owned(),
            configuration,
            applications,
        }
    }

    fn neovim(&self) -> Vec<PathBuf> {
        let folder = if cfg!(windows) {
            self.home.join("AppData/Local/nvim")
        } else {
            self.configuration.join("nvim")
        };
        files_below(&folder, &["lua", "vim"], 4)
    }

    fn emacs(&self) -> Vec<PathBuf> {
        let mut files = vec![self.home.join(".emacs"), self.home.join(".emacs.el")];
        for folder in [self.home.join(".emacs.d"), self.configuration.join("emacs")] {
            // Not deeper: packages lie below, and they are none of the user's.
            files.extend(files_below(&folder, &["el"], 1));
            files.extend(files_below(&folder.join("lisp"), &["el"], 2));
        }
        files.extend(files_below(&self.home.join(".doom.d"), &["el"], 1));
        files
    }
}

/// Files with one of these endings, in order.
fn files_below(folder: &Path, endings: &[&str], depth: usize) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![(folder.to_owned(), depth)];
    while let Some((folder, depth)) = folders.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            let ending = path.extension().and_then(|it| it.to_str());
            if path.is_dir() {
                if depth > 1 {
                    folders.push((path, depth - 1));
                }
            } else if ending.is_some_and(|it| endings.contains(&it)) {
                found.push(path);
            }
        }
        if found.len() > MAX_FILES {
            break;
        }
    }
    found.sort();
    found
}

/// The text of a configuration that mentions us.
fn mentioning(file: &Path) -> Option<String> {
    let metadata = std::fs::metadata(file).ok()?;
    if !metadata.is_file() || metadata.len() > MAX_BYTES {
        return None;
    }
    let text = std::fs::read_to_string(file).ok()?;
    text.contains("symseek").then_some(text)
}

fn json(text: &str) -> Result<Value, String> {
    let root = CstRootNode::parse(text, &jsonc_parser::ParseOptions::default())
        .map_err(|error| format!("it is no JSON, not even with comments: {error}"))?;
    Ok(root.to_serde_value().unwrap_or_default())
}

fn vscode(checks: &mut Vec<Check>, programs: &mut Programs, places: &Places) {
    let kinds = [
        ("Code", ".vscode"),
        ("VSCodium", ".vscode-oss"),
        ("Cursor", ".cursor"),
    ];
    for (settings, extensions) in kinds {
        let settings = places
            .applications
            .join(settings)
            .join("User/settings.json");
        let extension = extension_in(&places.home.join(extensions).join("extensions"));
        let text = mentioning(&settings);
        let named = match text.as_deref().map(json) {
            Some(Ok(value)) => {
                let flat = value["symseek.server.path"].as_str();
                let path = flat.or_else(|| value["symseek"]["server"]["path"].as_str());
                path.map(str::to_owned)
            }
            Some(Err(why)) => {
                let why = format!("{}: {why}", settings.display());
                checks.push(unreadable(EDITORS, why));
                continue;
            }
            None => None,
        };
        let bundled = extension.as_ref().and_then(|folder| {
            let program = format!("symseek{}", std::env::consts::EXE_SUFFIX);
            let program = folder.join("server").join(program);
            program
                .exists()
                .then(|| program.to_string_lossy().into_owned())
        });
        let place = match (&text, extension) {
            (Some(_), _) => settings,
            (None, Some(folder)) => folder,
            (None, None) => continue,
        };
        let program = named.or(bundled);
        checks.push(programs.check(EDITORS, &place, program.as_deref()));
    }
}

/// Our extension among those of VS Code or its like.
fn extension_in(extensions: &Path) -> Option<PathBuf> {
    let entries = std::fs::read_dir(extensions).ok()?.flatten();
    let ours = entries.filter(|entry| {
        let name = entry.file_name();
        name.to_string_lossy().starts_with("symseek.symseek-")
    });
    ours.map(|entry| entry.path()).max()
}

fn helix(checks: &mut Vec<Check>, programs: &mut Programs, places: &Places) {
    let folder = if cfg!(windows) {
        &places.applications
    } else {
        &places.configuration
    };
    let file = folder.join("helix/languages.toml");
    let Some(text) = mentioning(&file) else {
        return;
    };
    let document: toml_edit::DocumentMut = match text.parse() {
        Ok(document) => document,
        Err(error) => {
            let why = format!("{} is no TOML: {error}", file.display());
            return checks.push(unreadable(EDITORS, why));
        }
    };
    let command = document
        .get("language-server")
        .and_then(|servers| servers.get("symseek")?.get("command")?.as_str());
    match command {
        Some(command) => checks.push(programs.check(EDITORS, &file, Some(command))),
        None => checks.push(Check::warning(
            EDITORS,
            format!(
                "{} mentions symseek, but starts no such server",
                file.display()
            ),
            "add [language-server.symseek] with command = \"symseek\"",
        )),
    }
}

fn zed(checks: &mut Vec<Check>, programs: &mut Programs, places: &Places) {
    let file = if cfg!(windows) {
        places.applications.join("Zed/settings.json")
    } else {
        places.configuration.join("zed/settings.json")
    };
    let Some(text) = mentioning(&file) else {
        return;
    };
    match json(&text) {
        // As a server for its agent it is looked at with the other hosts.
        Ok(value) if !is_server_of_zed(&value) => {}
        Ok(value) => {
            let named = value["lsp"]["symseek"]["binary"]["path"].as_str();
            checks.push(programs.check(EDITORS, &file, named));
        }
        Err(why) => {
            let why = format!("{}: {why}", file.display());
            checks.push(unreadable(EDITORS, why));
        }
    }
}

/// Whether Zed's settings mention us elsewhere than as a server for its agent.
fn is_server_of_zed(settings: &Value) -> bool {
    let parts = ["lsp", "languages", "auto_install_extensions"];
    let mut parts = parts.iter().map(|part| settings[part].to_string());
    parts.any(|text| text.contains("symseek"))
}

/// Configurations that are programs: the paths among their strings whose last part is our name.
fn scripts(checks: &mut Vec<Check>, programs: &mut Programs, what: &str, files: &[PathBuf]) {
    let mentions = files
        .iter()
        .filter_map(|file| Some((file, mentioning(file)?)));
    let mentions: Vec<_> = mentions.collect();
    let Some((first, _)) = mentions.first() else {
        return;
    };
    let named = mentions.iter().find_map(|(file, text)| {
        let path = strings(text).find(|text| is_our_program(text))?;
        Some((file, path.to_owned()))
    });
    let mut check = match &named {
        Some((file, path)) => programs.check(EDITORS, file, Some(path)),
        None => programs.check(EDITORS, first, None),
    };
    check.found = format!("{what}: {}", check.found);
    checks.push(check);
}

/// The quoted strings of a text in Lua, Vim's language or Lisp, as far as each stands on one line.
fn strings(text: &str) -> impl Iterator<Item = &str> {
    text.lines().flat_map(|line| {
        ['"', '\''].into_iter().flat_map(move |quote| {
            let mut parts: Vec<&str> = line.split(quote).skip(1).step_by(2).collect();
            parts.retain(|part| !part.is_empty());
            parts
        })
    })
}

/// Whether a string is a path of our program: of a checkout of ours it is not.
fn is_our_program(text: &str) -> bool {
    let path = Path::new(text);
    let is_named = path.file_stem().is_some_and(|stem| stem == "symseek");
    let is_path = path.is_absolute() || text.starts_with("~/");
    let ending = path.extension();
    is_named && is_path && ending.is_none_or(|it| it == "exe") && !path.is_dir()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_told_from_a_checkout_and_from_a_bare_name() {
        let lua =
            "require('symseek').setup({ cmd = '/opt/bin/symseek' })\nvim.lsp.enable('symseek')";
        let found: Vec<&str> = strings(lua).filter(|text| is_our_program(text)).collect();
        assert_eq!(found, ["/opt/bin/symseek"]);
        let lisp = "(setq symseek-program \"~/bin/symseek\")";
        let found: Vec<&str> = strings(lisp).filter(|text| is_our_program(text)).collect();
        assert_eq!(found, ["~/bin/symseek"]);
        let folder = tempfile::tempdir().unwrap();
        let checkout = folder.path().join("symseek");
        std::fs::create_dir(&checkout).unwrap();
        assert!(!is_our_program(checkout.to_str().unwrap()));
        assert!(!is_our_program("/home/me/symseek/editors/neovim"));
    }

    #[test]
    fn zed_may_start_us_as_either_server() {
        let agent = json("{\"context_servers\": {\"symseek\": {\"command\": \"x\"}}}").unwrap();
        assert!(!is_server_of_zed(&agent));
        let editor = json("{/* a */ \"lsp\": {\"symseek\": {}}}").unwrap();
        assert!(is_server_of_zed(&editor));
    }
}
