//! `symseek mcp install HOST`: shows the configuration that makes a program start us, and writes it when told to. What else a
//! configuration holds stays as it is, comments included; a file that cannot be read as what it should be is not touched.

use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::ValueEnum;
use jsonc_parser::cst::{CstInputValue, CstRootNode};

/// Programs that start us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Host {
    ClaudeCode,
    Codex,
    Cursor,
    Gemini,
    Opencode,
    Vscode,
    Zed,
}

/// What is to be written where.
struct Entry {
    file: PathBuf,
    /// The objects on the way to ours, outermost first.
    keys: &'static [&'static str],
    shape: Shape,
}

/// How a host writes a command.
#[derive(Debug, Clone, Copy)]
enum Shape {
    /// `{"command": …, "args": […]}`
    Json,
    /// The same, with `"type": "stdio"`.
    TypedJson,
    /// `{"type": "local", "command": […]}`
    OneCommand,
    /// A table of TOML.
    Toml,
}

/// What the user asked for.
pub(crate) struct Wanted {
    pub(crate) host: Host,
    /// Write the configuration of this project, not the user's.
    pub(crate) project: Option<PathBuf>,
    /// Only show it.
    pub(crate) print: bool,
    /// Do not ask.
    pub(crate) yes: bool,
}

/// Shows the configuration and, unless told otherwise, asks and writes it.
///
/// # Errors
/// When the file is not what it should be, cannot be written, or nobody can be asked.
pub(crate) fn run(wanted: &Wanted) -> anyhow::Result<()> {
    let entry = entry(wanted.host, wanted.project.as_deref())?;
    // A project's file is shared with others, whose symseek lies elsewhere.
    let program = match wanted.project {
        Some(_) => "symseek".to_owned(),
        None => std::env::current_exe()
            .context("cannot tell where symseek is")?
            .to_string_lossy()
            .into_owned(),
    };
    let old = match std::fs::read_to_string(&entry.file) {
        Ok(text) => Some(text),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => {
            return Err(error).with_context(|| format!("cannot read {}", entry.file.display()));
        }
    };
    let new = merged(&entry, old.as_deref().unwrap_or(""), &program)
        .with_context(|| format!("{} is left as it is", entry.file.display()))?;
    let mut out = anstream::stdout();
    writeln!(out, "{}:\n", entry.file.display())?;
    writeln!(out, "{}", merged(&entry, "", &program)?.trim_end())?;
    out.flush()?;
    if wanted.print {
        return Ok(());
    }
    if old.as_deref() == Some(&*new) {
        anstream::eprintln!("it is there already");
        return Ok(());
    }
    if !wanted.yes && !asked(&entry.file)? {
        bail!("nothing was written");
    }
    write(&entry.file, &new)?;
    anstream::eprintln!("written; restart the program, or have it read its configuration again");
    Ok(())
}

/// The user's configuration of a host that starts us: its file, and the program that it names. `None` where there is none.
///
/// # Errors
/// When the file cannot be read as what it should be.
pub(crate) fn configured(host: Host) -> anyhow::Result<Option<(PathBuf, String)>> {
    let Ok(entry) = entry(host, None) else {
        return Ok(None);
    };
    let text = match std::fs::read_to_string(&entry.file) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => {
            return Err(error).with_context(|| format!("cannot read {}", entry.file.display()));
        }
    };
    let program = program_in(&entry, &text).with_context(|| entry.file.display().to_string())?;
    Ok(program.map(|program| (entry.file, program)))
}

/// The program that our entry in a file's text names.
fn program_in(entry: &Entry, text: &str) -> anyhow::Result<Option<String>> {
    let mut value: serde_json::Value = match entry.shape {
        Shape::Toml => {
            let document: toml_edit::DocumentMut = text.parse().context("it is no TOML")?;
            let mut item = document.as_item();
            for key in entry.keys.iter().chain(&["symseek", "command"]) {
                match item.get(key) {
                    Some(inner) => item = inner,
                    None => return Ok(None),
                }
            }
            return Ok(item.as_str().map(str::to_owned));
        }
        Shape::Json | Shape::TypedJson | Shape::OneCommand => {
            let root = CstRootNode::parse(text, &jsonc_parser::ParseOptions::default())
                .context("it is no JSON, not even with comments")?;
            root.to_serde_value().unwrap_or_default()
        }
    };
    for key in entry.keys.iter().chain(&["symseek", "command"]) {
        value = value[key].take();
    }
    let first = match entry.shape {
        Shape::OneCommand => value[0].take(),
        _ => value,
    };
    Ok(first.as_str().map(str::to_owned))
}

fn asked(file: &Path) -> anyhow::Result<bool> {
    if !std::io::stdin().is_terminal() {
        bail!("nothing was written: nobody can be asked here; --yes writes it");
    }
    anstream::eprint!("\nMerge this into {}? [y/N] ", file.display());
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

fn entry(host: Host, project: Option<&Path>) -> anyhow::Result<Entry> {
    let home = || std::env::home_dir().context("there is no home directory");
    let configuration = || -> anyhow::Result<PathBuf> {
        match std::env::var_os("XDG_CONFIG_HOME").filter(|it| !it.is_empty()) {
            Some(folder) => Ok(folder.into()),
            None => Ok(home()?.join(".config")),
        }
    };
    // Where applications keep what is theirs: VS Code and, on Windows, Zed.
    let applications = || -> anyhow::Result<PathBuf> {
        if cfg!(windows) {
            let folder = std::env::var_os("APPDATA").context("APPDATA is not set")?;
            Ok(folder.into())
        } else if cfg!(target_os = "macos") {
            Ok(home()?.join("Library/Application Support"))
        } else {
            configuration()
        }
    };
    let of_variable = |variable, otherwise: &str| -> anyhow::Result<PathBuf> {
        match std::env::var_os(variable) {
            Some(folder) => Ok(folder.into()),
            None => Ok(home()?.join(otherwise)),
        }
    };
    let servers: &'static [&'static str] = &["mcpServers"];
    let (file, keys, shape) = match (host, project) {
        (Host::ClaudeCode, Some(root)) => (root.join(".mcp.json"), servers, Shape::TypedJson),
        (Host::ClaudeCode, None) => {
            let folder = of_variable("CLAUDE_CONFIG_DIR", "")?;
            (folder.join(".claude.json"), servers, Shape::TypedJson)
        }
        (Host::Codex, root) => {
            let folder = match root {
                Some(root) => root.join(".codex"),
                None => of_variable("CODEX_HOME", ".codex")?,
            };
            let keys: &'static [&'static str] = &["mcp_servers"];
            (folder.join("config.toml"), keys, Shape::Toml)
        }
        (Host::Cursor, root) => {
            let folder = root.map_or_else(home, |root| Ok(root.to_owned()))?;
            (folder.join(".cursor/mcp.json"), servers, Shape::Json)
        }
        (Host::Gemini, root) => {
            let folder = root.map_or_else(home, |root| Ok(root.to_owned()))?;
            (folder.join(".gemini/settings.json"), servers, Shape::Json)
        }
        (Host::Opencode, root) => {
            let folder = match root {
                Some(root) => root.to_owned(),
                None => configuration()?.join("opencode"),
            };
            let keys: &'static [&'static str] = &["mcp"];
            (folder.join("opencode.json"), keys, Shape::OneCommand)
        }
        (Host::Vscode, root) => {
            let folder = match root {
                Some(root) => root.join(".vscode"),
                None => applications()?.join("Code/User"),
            };
            let keys: &'static [&'static str] = &["servers"];
            (folder.join("mcp.json"), keys, Shape::TypedJson)
        }
        (Host::Zed, root) => {
            let folder = match root {
                Some(root) => root.join(".zed"),
                None if cfg!(windows) => applications()?.join("Zed"),
                None => configuration()?.join("zed"),
            };
            let keys: &'static [&'static str] = &["context_servers"];
            (folder.join("settings.json"), keys, Shape::Json)
        }
    };
    Ok(Entry { file, keys, shape })
}

/// The file's text with our entry in it.
fn merged(entry: &Entry, old: &str, program: &str) -> anyhow::Result<String> {
    match entry.shape {
        Shape::Toml => merged_toml(entry, old, program),
        Shape::Json | Shape::TypedJson | Shape::OneCommand => merged_json(entry, old, program),
    }
}

fn merged_toml(entry: &Entry, old: &str, program: &str) -> anyhow::Result<String> {
    use toml_edit::{Array, DocumentMut, Item, Table, value};
    let mut document: DocumentMut = old.parse().context("it is no TOML")?;
    let mut table = document.as_table_mut();
    for key in entry.keys {
        let new = || {
            let mut table = Table::new();
            // Its header says nothing when all it holds are tables.
            table.set_implicit(true);
            Item::Table(table)
        };
        let item = table.entry(key).or_insert_with(new);
        table = item
            .as_table_mut()
            .with_context(|| format!("`{key}` is no table there"))?;
    }
    let ours = table
        .entry("symseek")
        .or_insert_with(|| Item::Table(Table::new()));
    let ours = ours
        .as_table_like_mut()
        .context("`symseek` is no table there")?;
    // What else the user said of it stays.
    ours.insert("command", value(program));
    ours.insert("args", value(Array::from_iter(["mcp"])));
    Ok(document.to_string())
}

fn merged_json(entry: &Entry, old: &str, program: &str) -> anyhow::Result<String> {
    let text = |text: &str| CstInputValue::String(text.to_owned());
    let root = CstRootNode::parse(old, &jsonc_parser::ParseOptions::default())
        .context("it is no JSON, not even with comments")?;
    let mut object = root
        .object_value_or_create()
        .context("it holds something other than an object")?;
    for key in entry.keys {
        object = object
            .object_value_or_create(key)
            .with_context(|| format!("`{key}` is no object there"))?;
    }
    let ours = object
        .object_value_or_create("symseek")
        .context("`symseek` is no object there")?;
    let args = || CstInputValue::Array(vec![text("mcp")]);
    let fields = match entry.shape {
        Shape::TypedJson => vec![
            ("type", text("stdio")),
            ("command", text(program)),
            ("args", args()),
        ],
        Shape::OneCommand => vec![
            ("type", text("local")),
            (
                "command",
                CstInputValue::Array(vec![text(program), text("mcp")]),
            ),
        ],
        Shape::Json | Shape::Toml => vec![("command", text(program)), ("args", args())],
    };
    // What else the user said of it stays.
    for (name, value) in fields {
        match ours.get(name) {
            Some(field) => field.set_value(value),
            None => {
                ours.append(name, value);
            }
        }
    }
    let mut new = root.to_string();
    if !new.ends_with('\n') {
        new.push('\n');
    }
    Ok(new)
}

/// Writes the whole file or nothing. A link stays one: what it leads to is replaced.
fn write(file: &Path, text: &str) -> anyhow::Result<()> {
    let file = &file.canonicalize().unwrap_or_else(|_| file.to_owned());
    let why = || format!("cannot write {}", file.display());
    let folder = file.parent().with_context(why)?;
    std::fs::create_dir_all(folder).with_context(why)?;
    let new = file.with_extension(format!("symseek-{}", std::process::id()));
    let written = (|| {
        std::fs::write(&new, text)?;
        if let Ok(metadata) = std::fs::metadata(file) {
            std::fs::set_permissions(&new, metadata.permissions())?;
        }
        std::fs::rename(&new, file)
    })();
    if written.is_err() {
        let _ = std::fs::remove_file(&new);
    }
    written.with_context(why)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(host: Host, old: &str, new: &str) {
        let entry = entry(host, Some(Path::new("project"))).unwrap();
        let once = merged(&entry, old, "symseek").unwrap();
        assert_eq!(once, new);
        assert_eq!(
            merged(&entry, &once, "symseek").unwrap(),
            once,
            "twice is once"
        );
        let named = program_in(&entry, &once).unwrap();
        assert_eq!(named.as_deref(), Some("symseek"), "it is read back");
    }

    #[test]
    fn json_keeps_comments_and_other_keys() {
        let old = r#"{
  // mine
  "theme": "dark", /* why not */
  "context_servers": {
    "other": { "command": "x" },
    "symseek": { "command": "old", "env": { "A": "b" } }
  },
}
"#;
        let new = r#"{
  // mine
  "theme": "dark", /* why not */
  "context_servers": {
    "other": { "command": "x" },
    "symseek": {
      "command": "symseek",
      "env": { "A": "b" },
      "args": ["mcp"]
    }
  },
}
"#;
        check(Host::Zed, old, new);
    }

    #[test]
    fn a_new_file_has_only_ours() {
        let new = r#"{
  "servers": {
    "symseek": {
      "type": "stdio",
      "command": "symseek",
      "args": ["mcp"]
    }
  }
}
"#;
        check(Host::Vscode, "", new);
    }

    #[test]
    fn toml_keeps_comments_and_other_tables() {
        let old = "# mine\nmodel = \"x\"\n\n[mcp_servers.other] # theirs\ncommand = \"y\"\n";
        let new =
            format!("{old}\n[mcp_servers.symseek]\ncommand = \"symseek\"\nargs = [\"mcp\"]\n");
        check(Host::Codex, old, &new);
    }

    #[test]
    fn the_program_of_each_host_is_read_back_and_others_are_none() {
        for &host in Host::value_variants() {
            let entry = entry(host, Some(Path::new("project"))).unwrap();
            let text = merged(&entry, "", "/opt/symseek").unwrap();
            let named = program_in(&entry, &text).unwrap();
            assert_eq!(named.as_deref(), Some("/opt/symseek"), "{host:?}");
            let other = text.replace("symseek", "other");
            assert_eq!(program_in(&entry, &other).unwrap(), None, "{host:?}");
        }
    }

    #[test]
    fn what_is_something_else_is_refused() {
        for (host, old) in [
            (Host::Cursor, "[]"),
            (Host::Cursor, "{\"mcpServers\": 1}"),
            (Host::Cursor, "{ oh no"),
            (Host::Codex, "mcp_servers = 1"),
            (Host::Codex, "[oh no"),
        ] {
            let entry = entry(host, Some(Path::new("project"))).unwrap();
            assert!(merged(&entry, old, "symseek").is_err(), "{old}");
        }
    }
}
