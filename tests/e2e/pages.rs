//! The pages of this repository: every link and every path they name resolves, and the tables of settings and commands are
//! those of the program, so that pages cannot rot unseen.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use symseek_tests::{Workspace, repository};

/// Folders whose pages are not ours, or are data.
const SKIPPED: [&str; 5] = ["target", ".git", "node_modules", "eval-data", "corpus"];

/// Names that begin a path of this repository.
const TOP: [&str; 5] = [
    "server/",
    "editors/",
    "tree-sitter-queries/",
    "tests/",
    ".ci/",
];

/// Endings that make a word in backticks with a `/` a path.
const ENDINGS: [&str; 11] = [
    "rs", "md", "toml", "scm", "py", "tsv", "txt", "bin", "lock", "lua", "jsonl",
];

/// All files of the repository, ordered by path.
fn files() -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![repository().to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder of the repository can be read") {
            let entry = entry.expect("a folder of the repository can be read");
            let path = entry.path();
            let name = entry.file_name();
            if path.is_dir() {
                if !SKIPPED.iter().any(|skipped| name == *skipped) {
                    folders.push(path);
                }
            } else {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The lines outside of fenced code, with their numbers.
fn prose(text: &str) -> Vec<(usize, &str)> {
    let mut in_code = false;
    let mut lines = Vec::new();
    for (at, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            in_code = !in_code;
        } else if !in_code && !line.starts_with("    ") {
            lines.push((at + 1, line));
        }
    }
    lines
}

/// Where the links of a line lead.
fn links(line: &str) -> Vec<&str> {
    line.match_indices("](")
        .filter_map(|(at, _)| line[at + 2..].split_once(')').map(|(link, _)| link))
        .collect()
}

/// What stands in backticks.
fn quoted(line: &str) -> Vec<&str> {
    line.split('`').skip(1).step_by(2).collect()
}

/// Whether a word in backticks means a file or folder of this repository.
fn is_path(word: &str) -> bool {
    let plain = !word.is_empty()
        && word
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "._-/".contains(c))
        && !word.starts_with('/');
    let ending = Path::new(word)
        .extension()
        .and_then(|ending| ending.to_str());
    let starts = TOP.iter().any(|top| word.starts_with(top));
    plain
        && word.contains('/')
        && (starts || ending.is_some_and(|ending| ENDINGS.contains(&ending)))
}

/// Whether a word in backticks is the bare name of a Rust file.
fn is_source(word: &str) -> bool {
    word.strip_suffix(".rs").is_some_and(|stem| {
        !stem.is_empty() && stem.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    })
}

/// The anchor that a heading gets.
fn slug(heading: &str) -> String {
    let kept = heading.chars().filter_map(|c| match c {
        ' ' | '-' => Some('-'),
        c if c.is_alphanumeric() || c == '_' => Some(c.to_ascii_lowercase()),
        _ => None,
    });
    kept.collect()
}

fn anchors(text: &str) -> BTreeSet<String> {
    let headings = prose(text)
        .into_iter()
        .filter(|(_, line)| line.starts_with('#'));
    headings
        .map(|(_, line)| slug(line.trim_start_matches('#').trim()))
        .collect()
}

#[test]
fn every_link_and_path_resolves() {
    let files = files();
    let sources: BTreeSet<&str> = files
        .iter()
        .filter_map(|file| file.file_name()?.to_str())
        .collect();
    let mut broken = Vec::new();
    let mut checked = 0;
    let is_page = |file: &&PathBuf| file.extension().is_some_and(|ending| ending == "md");
    for page in files.iter().filter(is_page) {
        let text = read(page);
        let folder = page.parent().expect("a page lies in a folder");
        let shown = page
            .strip_prefix(repository())
            .expect("pages lie in the repository")
            .display();
        for (number, line) in prose(&text) {
            for link in links(line)
                .into_iter()
                .filter(|link| !link.contains("://") && !link.starts_with("mailto:"))
            {
                let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
                let target = if path.is_empty() {
                    page.clone()
                } else {
                    folder.join(path)
                };
                let known = match anchor {
                    "" => target.exists(),
                    anchor => target.is_file() && anchors(&read(&target)).contains(anchor),
                };
                if !known {
                    broken.push(format!("{shown}:{number}: link to {link}"));
                }
            }
            for word in quoted(line) {
                // A source file may be named without its folder.
                if is_source(word) {
                    checked += 1;
                    if !sources.contains(word) {
                        broken.push(format!("{shown}:{number}: `{word}`"));
                    }
                }
                if !is_path(word) {
                    continue;
                }
                checked += 1;
                if !folder.join(word).exists() && !repository().join(word).exists() {
                    broken.push(format!("{shown}:{number}: `{word}`"));
                }
            }
        }
    }
    assert!(checked > 100, "only {checked} words were taken for paths");
    assert!(
        broken.is_empty(),
        "{} places lead nowhere:\n{}",
        broken.len(),
        broken.join("\n")
    );
}

#[test]
fn the_pages_people_look_for_exist() {
    let mut wanted: Vec<PathBuf> = [
        "README.md",
        "server/ARCHITECTURE.md",
        "server/BENCHMARKS.md",
        "tests/README.md",
        "tests/ranking/README.md",
    ]
    .map(PathBuf::from)
    .into();
    wanted.extend(
        ["vscode", "neovim", "helix", "zed", "emacs"]
            .map(|editor| format!("editors/{editor}/README.md").into()),
    );
    for page in wanted {
        assert!(
            read(&repository().join(&page)).starts_with("# "),
            "{}",
            page.display()
        );
    }
}

#[test]
fn the_readme_lists_every_setting_with_its_default() {
    let readme = read(&repository().join("README.md"));
    let schema = Workspace::new(&[])
        .run(&["lsp", "--settings-schema"])
        .json();
    for (key, property) in schema["properties"]
        .as_object()
        .expect("the schema has properties")
    {
        let row = format!("| `{key}` | `{}` |", property["default"]);
        assert!(readme.contains(&row), "README.md lacks the row {row}");
    }
    let rows = readme
        .lines()
        .filter(|line| line.starts_with("| `symseek."))
        .filter(|line| {
            let key = line.split('`').nth(1).unwrap_or("");
            schema["properties"].get(key).is_none() && !COMMANDS.contains(&key)
        });
    assert_eq!(
        rows.collect::<Vec<_>>(),
        Vec::<&str>::new(),
        "settings that do not exist"
    );
}

/// Commands of the language server; their own tests check them.
const COMMANDS: [&str; 11] = [
    "symseek.search",
    "symseek.refine",
    "symseek.similar",
    "symseek.callers",
    "symseek.callees",
    "symseek.status",
    "symseek.reindex",
    "symseek.searchToDocument",
    "symseek.similarToDocument",
    "symseek.callersToDocument",
    "symseek.calleesToDocument",
];

#[test]
fn the_readme_lists_every_command_and_option() {
    let readme = read(&repository().join("README.md"));
    let workspace = Workspace::new(&[]);
    let commands = [
        "",
        "lsp",
        "mcp",
        "search",
        "index",
        "status",
        "doctor",
        "gc",
        "forget",
        "callers",
        "callees",
        "similar",
        "model",
        "eval-serve",
    ];
    for command in commands {
        assert!(
            readme.contains(&format!("symseek {command}")),
            "README.md does not mention {command}"
        );
        let arguments: Vec<&str> = [command, "--help"]
            .into_iter()
            .filter(|word| !word.is_empty())
            .collect();
        let help = workspace.run(&arguments).stdout;
        let options = help.lines().filter_map(|line| {
            let line = line.trim_start();
            let option = &line[line.find("--").filter(|at| *at <= 4)?..];
            option.split([' ', ',']).next()
        });
        for option in options.filter(|option| !["--help", "--version"].contains(option)) {
            assert!(
                readme.contains(&format!("`{option}")),
                "README.md does not mention {option} of {command:?}"
            );
        }
    }
    for command in COMMANDS {
        assert!(
            readme.contains(&format!("`{command}`")),
            "README.md does not mention {command}"
        );
    }
}

#[test]
fn paths_and_links_are_told_from_other_words() {
    assert!(is_source("ingress.rs") && !is_source("a/b.rs") && !is_source("*.rs"));
    assert!(is_path("server/src/main.rs") && is_path("store/mod.rs") && is_path(".ci/run"));
    for word in [
        "textDocument/didOpen",
        "search",
        "path:src/net",
        "cargo test",
        "/etc/passwd",
        "src/**/x.rs",
        "a.rs",
    ] {
        assert!(!is_path(word), "{word}");
    }
    assert_eq!(links("see [a](b.md) and [c](d#e)"), ["b.md", "d#e"]);
    assert_eq!(
        slug("How it works (in one page)"),
        "how-it-works-in-one-page"
    );
}
