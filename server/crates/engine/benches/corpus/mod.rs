//! The corpus of the end-to-end benches: the sources of this project's own dependency crates, as cargo unpacked them
//! to build it. Copied, so that nothing writes into the registry, and without what the engine would leave out (ignore
//! files, lock files, binary or oversized files), so that everything measured beside it does the same work.

use std::path::{Path, PathBuf};
use symseek_base::ContentHash;

/// A crate above this is generated bindings (`linux-raw-sys`, 480,000 lines) and would be most of a corpus.
const MAX_CRATE_LINES: usize = 200_000;
/// The engine's default limit.
const MAX_FILE: u64 = 1_500_000;

/// A folder of source files.
pub struct Corpus {
    pub root: PathBuf,
    pub files: Vec<PathBuf>,
    pub lines: usize,
    pub bytes: usize,
    /// Lines of files with a grammar.
    pub parsed_lines: usize,
    pub n_crates: usize,
}

impl Corpus {
    /// Whole crates of `Cargo.lock` in an order that looks random but depends on their names alone, until there are
    /// `lines` lines.
    pub fn of_dependencies(lines: usize) -> Self {
        let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("corpus-{lines}"));
        let _ = std::fs::remove_dir_all(&root);
        let mut corpus = Self {
            root,
            files: Vec::new(),
            lines: 0,
            bytes: 0,
            parsed_lines: 0,
            n_crates: 0,
        };
        for (name, folder) in dependencies() {
            if corpus.lines >= lines {
                break;
            }
            corpus.take(&name, &folder);
        }
        assert!(
            corpus.lines >= lines,
            "only {} lines of dependencies: is the registry there?",
            corpus.lines
        );
        corpus.files.sort();
        corpus
    }

    fn take(&mut self, name: &str, folder: &Path) {
        let mut found = Vec::new();
        collect(folder, &mut found);
        let texts: Vec<(PathBuf, String)> = found
            .into_iter()
            .filter_map(|path| Some((path.clone(), text(&path)?)))
            .collect();
        let n_lines: usize = texts.iter().map(|(_, text)| text.lines().count()).sum();
        if n_lines > MAX_CRATE_LINES {
            return;
        }
        self.n_crates += 1;
        for (path, text) in texts {
            let inside = path.strip_prefix(folder).expect("it was found there");
            let to = self.root.join(name).join(inside);
            std::fs::create_dir_all(to.parent().expect("it lies in a folder"))
                .expect("target/ is writable");
            std::fs::write(&to, &text).expect("target/ is writable");
            self.lines += text.lines().count();
            self.bytes += text.len();
            if grammar(&to).is_some() {
                self.parsed_lines += text.lines().count();
            }
            self.files.push(to);
        }
    }

    /// One line for the table.
    pub fn describe(&self) -> String {
        format!(
            "{} crates, {} files, {} lines ({:.0} % with a grammar), {:.1} MB",
            self.n_crates,
            self.files.len(),
            self.lines,
            self.parsed_lines as f64 * 100.0 / self.lines as f64,
            self.bytes as f64 / 1e6
        )
    }
}

/// The language that the engine parses a file with.
pub fn grammar(path: &Path) -> Option<symseek_syntax::Language> {
    match path.extension()?.to_str()? {
        "rs" => symseek_syntax::Language::by_name("rust"),
        "py" | "pyi" => symseek_syntax::Language::by_name("python"),
        _ => None,
    }
}

/// `name-version` and folder of every registry crate of the lock file.
fn dependencies() -> Vec<(String, PathBuf)> {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .find(|at| at.join("Cargo.lock").is_file());
    let lock = workspace
        .and_then(|at| std::fs::read_to_string(at.join("Cargo.lock")).ok())
        .expect("Cargo.lock is committed");
    let home = std::env::var_os("CARGO_HOME").map_or_else(
        || PathBuf::from(std::env::var_os("HOME").unwrap_or_default()).join(".cargo"),
        PathBuf::from,
    );
    let registries: Vec<PathBuf> = std::fs::read_dir(home.join("registry/src"))
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .collect();
    let value = |line: &str| line.split('"').nth(1).unwrap_or_default().to_owned();
    let (mut name, mut found) = (String::new(), Vec::new());
    for line in lock.lines() {
        if line.starts_with("name = ") {
            name = value(line);
        } else if line.starts_with("version = ") && !name.is_empty() {
            let full = format!("{name}-{}", value(line));
            found.extend(
                registries
                    .iter()
                    .map(|at| at.join(&full))
                    .find(|at| at.is_dir())
                    .map(|at| (full, at)),
            );
        }
    }
    found.sort_by_key(|(name, _)| ContentHash::of(name.as_bytes()).0);
    found
}

fn collect(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let Ok(kind) = entry.file_type() else {
            continue;
        };
        if kind.is_dir() {
            collect(&entry.path(), into);
        } else if kind.is_file() {
            into.push(entry.path());
        }
    }
}

fn text(path: &Path) -> Option<String> {
    let name = path.file_name()?.to_str()?;
    let unwanted = [".gitignore", ".ignore", "Cargo.lock", "go.sum"].contains(&name)
        || name.ends_with(".min.js")
        || Path::new(name).extension().is_some_and(|end| end == "map")
        || name.contains("-lock.");
    let read = symseek_index::text::read(path, MAX_FILE)
        .ok()
        .filter(|text| !unwanted && !text.is_empty())?;
    // Other encodings would be decoded by the engine and not by what is measured beside it.
    std::fs::read_to_string(path)
        .ok()
        .filter(|text| *text == read && symseek_index::text::unwanted(text).is_none())
}

/// Fields of `/proc/PID/status`, in MB: `VmRSS`, `RssAnon`, `RssFile`, `VmHWM`.
pub fn memory(pid: &str) -> [f64; 4] {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    ["VmRSS:", "RssAnon:", "RssFile:", "VmHWM:"].map(|field| {
        let line = status.lines().find_map(|line| line.strip_prefix(field));
        let kib = line
            .and_then(|line| line.split_whitespace().next())
            .and_then(|kib| kib.parse::<f64>().ok());
        kib.unwrap_or(f64::NAN) * 1024.0 / 1e6
    })
}

/// The value below which a share of the samples lies; sorts them.
pub fn quantile(samples: &mut [f64], share: f64) -> f64 {
    samples.sort_by(f64::total_cmp);
    let at = (share * samples.len() as f64).ceil() as usize;
    samples
        .get(at.clamp(1, samples.len().max(1)) - 1)
        .copied()
        .unwrap_or(f64::NAN)
}
