//! An answer as a document, for editors that discard what a command answers (Helix).
//!
//! The file lies in a directory of our own, readable by the user alone, made anew by each process.

use crate::lsp::answer::{lines, shown_name};
use crate::lsp::arguments::cut;
use crate::lsp::backend::SearchResponse;
use crate::lsp::kind;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

/// So many documents are kept.
const KEPT: u64 = 20;

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

/// Writes a results document and gives its path.
pub(crate) fn write(text: &str) -> std::io::Result<PathBuf> {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let directory = directory()?;
    let n = NEXT.fetch_add(1, Ordering::Relaxed);
    if n > KEPT {
        let _ = std::fs::remove_file(directory.join(format!("results-{}.md", n - KEPT)));
    }
    let path = directory.join(format!("results-{n}.md"));
    std::fs::write(&path, text)?;
    Ok(path)
}

/// Whether a path is one of our results documents: an editor opens them, and they must not answer the next search.
pub(crate) fn is_ours(path: &Path) -> bool {
    let kept = DIRECTORY.lock().unwrap_or_else(PoisonError::into_inner);
    kept.as_ref()
        .is_some_and(|directory| path.starts_with(directory))
}

static DIRECTORY: Mutex<Option<PathBuf>> = Mutex::new(None);

fn directory() -> std::io::Result<PathBuf> {
    let mut kept = DIRECTORY.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(path) = kept.as_ref().filter(|path| path.is_dir()) {
        return Ok(path.clone());
    }
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let stamp = now.map_or(0, |now| now.as_nanos());
    let path = std::env::temp_dir().join(format!("symseek-{}-{stamp:x}", std::process::id()));
    create_private(&path)?;
    *kept = Some(path.clone());
    Ok(path)
}

/// Fails when the path exists, so nobody can have prepared it.
fn create_private(path: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_private_and_fences_hold() {
        assert_eq!(fence("a ```` b"), "`````");
        let path = write("x").unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "x");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = path
                .parent()
                .unwrap()
                .metadata()
                .unwrap()
                .permissions()
                .mode();
            assert_eq!(mode & 0o777, 0o700);
        }
    }
}
