//! An answer as a document, for editors that discard what a command answers (Helix).
//!
//! The file lies in a directory of our own, readable by the user alone, made anew by each process in the cache directory and
//! removed when the server ends. What a killed process left goes after a day.

use crate::lsp::answer::{lines, shown_name};
use crate::lsp::arguments::cut;
use crate::lsp::backend::SearchResponse;
use crate::lsp::kind;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// So many documents are kept.
const KEPT: u64 = 20;
/// Directories begin so.
pub(crate) const PREFIX: &str = "symseek-results-";
/// A directory that is older than this has lost its process.
const LOST: Duration = Duration::from_hours(24);

/// The results as Markdown. `path:line` stands at the start of a line, so that "go to file" works on it.
pub(crate) fn markdown(title: &str, response: &SearchResponse) -> String {
    let mut text = String::new();
    let title = cut(&one_line(title), 200);
    let n = response.hits.len();
    let ms = response.took.as_secs_f64() * 1e3;
    let _ = writeln!(text, "# {title}\n\n{n} results in {ms:.1} ms");
    for note in &response.notes {
        let _ = writeln!(text, "\n> {note}");
    }
    if !response.complete {
        let _ = writeln!(
            text,
            "\n> The index is still being built; more may be found later."
        );
    }
    for (at, hit) in response.hits.iter().enumerate() {
        let (line, _) = lines(hit);
        let place = hit.path.display();
        let kind = kind::of(hit.kind).1;
        let _ = writeln!(text, "\n## {}. {} ({kind})\n", at + 1, shown_name(hit));
        let _ = writeln!(text, "{place}:{line}\n");
        if !hit.container.is_empty() {
            let _ = writeln!(text, "in {}\n", hit.container);
        }
        for site in &hit.sites {
            let (place, line) = (site.path.display(), site.range.start.line + 1);
            let sure = (site.confidence * 100.0).round();
            let _ = writeln!(text, "{place}:{line}\n    {} ({sure} %)", site.line);
        }
        if !hit.sites.is_empty() {
            text.push('\n');
        }
        let language = hit.language.to_lowercase();
        let snippet = hit.excerpt.cut().text;
        let fence = fence(&snippet);
        let _ = writeln!(text, "{fence}{language}\n{snippet}\n{fence}");
    }
    text
}

fn one_line(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ")
}

/// A fence longer than any run of backticks inside.
fn fence(text: &str) -> String {
    let (mut longest, mut run) = (2, 0);
    for c in text.chars() {
        run = if c == '`' { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    "`".repeat(longest + 1)
}

/// Writes a results document below `cache`, or where temporary files go when that cannot be written, and gives its path.
pub(crate) fn write(text: &str, cache: Option<&Path>) -> std::io::Result<PathBuf> {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let directory = directory(cache)?;
    let n = NEXT.fetch_add(1, Ordering::Relaxed);
    if n > KEPT {
        let _ = std::fs::remove_file(directory.join(format!("results-{}.md", n - KEPT)));
    }
    let path = directory.join(format!("results-{n}.md"));
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(&path)?.write_all(text.as_bytes())?;
    Ok(path)
}

/// Removes this process's documents.
pub(crate) fn remove_all() {
    let mut kept = DIRECTORY.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(directory) = kept.take() {
        let _ = std::fs::remove_dir_all(directory);
    }
}

/// Whether a path is one of our results documents: an editor opens them, and they must not answer the next search.
pub(crate) fn is_ours(path: &Path) -> bool {
    let kept = DIRECTORY.lock().unwrap_or_else(PoisonError::into_inner);
    kept.as_ref()
        .is_some_and(|directory| path.starts_with(directory))
}

static DIRECTORY: Mutex<Option<PathBuf>> = Mutex::new(None);

fn directory(cache: Option<&Path>) -> std::io::Result<PathBuf> {
    let mut kept = DIRECTORY.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(path) = kept.as_ref().filter(|path| path.is_dir()) {
        return Ok(path.clone());
    }
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let stamp = now.map_or(0, |now| now.as_nanos());
    let name = format!("{PREFIX}{}-{stamp:x}", std::process::id());
    let cached = cache.and_then(|cache| {
        let path = cache.join(&name);
        let made = private(true)
            .create(cache)
            .and_then(|()| private(false).create(&path));
        made.ok().map(|()| path)
    });
    let path = if let Some(path) = cached {
        path
    } else {
        let path = std::env::temp_dir().join(name);
        private(false).create(&path)?;
        path
    };
    remove_lost(&path);
    *kept = Some(path.clone());
    Ok(path)
}

/// Makes directories for the user alone. One that is not made recursively must not exist, so nobody can have prepared it.
fn private(recursive: bool) -> std::fs::DirBuilder {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(recursive);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
}

/// Removes what killed processes left beside our directory.
fn remove_lost(ours: &Path) {
    let beside = ours
        .parent()
        .and_then(|beside| std::fs::read_dir(beside).ok());
    for entry in beside.into_iter().flatten().flatten() {
        let is_results = entry.file_name().to_string_lossy().starts_with(PREFIX);
        let modified = entry.metadata().and_then(|it| it.modified()).ok();
        let age = modified.and_then(|it| it.elapsed().ok());
        if is_results && age.is_some_and(|age| age > LOST) {
            // Somebody else's, in a shared directory of temporary files, stays: it cannot be removed.
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fences_hold() {
        assert_eq!(fence("a ```` b"), "`````");
    }

    #[test]
    fn only_old_results_are_lost() {
        let cache = tempfile::tempdir().unwrap();
        let [ours, old, other] =
            ["1", "2", "3"].map(|it| cache.path().join(format!("{PREFIX}{it}")));
        let index = cache.path().join("index");
        for directory in [&ours, &old, &other, &index] {
            std::fs::create_dir(directory).unwrap();
        }
        for directory in [&old, &index] {
            let yesterday = SystemTime::now() - 2 * LOST;
            let directory = std::fs::File::open(directory).unwrap();
            directory.set_modified(yesterday).unwrap();
        }
        remove_lost(&ours);
        assert!(!old.exists());
        assert!(ours.exists() && other.exists() && index.exists());
    }
}
