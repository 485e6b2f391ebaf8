//! Code like a given piece of code: the same legs, asked with the code instead of a question, without the code itself.

use std::path::Path;
use std::time::Instant;

use symseek_base::{ByteRange, Cancel, LineIndex, Point, RelPath};
use symseek_index::snapshot::{BaseIdx, FileHandle, View};

use crate::answer::{Texts, respond};
use crate::asked::Asked;
use crate::filter::Accept;
use crate::legs::{Meaning, Search};
use crate::query::Filters;
use crate::rank::{self, RankParams, Weights};
use crate::types::{SearchError, SearchMode, SearchResponse, SimilarRequest, SimilarTarget};

/// Longer targets are cut; what makes code alike shows earlier.
const MAX_TARGET: usize = 20_000;

/// Chunks like the target.
///
/// # Errors
/// [`SearchError::NotFound`] when the range names a file that is not indexed or lies outside of it.
pub fn similar(
    view: &View,
    request: &SimilarRequest,
    meaning: &dyn Meaning,
    cancel: &Cancel,
) -> Result<SearchResponse, SearchError> {
    let started = Instant::now();
    let (mut text, own) = match &request.target {
        SimilarTarget::Text(text) => (text.clone(), None),
        SimilarTarget::Range { path, start, end } => {
            let place = find(view, path)?;
            let (text, range) = code_at(&place.1, path, *start, *end)?;
            (text, Some((place.0, range)))
        }
    };
    let mut end = text.len().min(MAX_TARGET);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.truncate(end);
    if text.trim().is_empty() {
        return Err(SearchError::NotFound(
            "there is no code in that range".to_owned(),
        ));
    }
    let filters = Filters::default();
    let accept = Accept::new(view, &filters, &[], cancel)?;
    // Code resembles code by meaning as much as by words; tests of the same shape are welcome.
    let params = RankParams {
        inflections: 0.0,
        inspected: 0,
        weights: Weights::legs(),
        // Code holds its own words, and many.
        synonyms: 0.0,
        ..RankParams::default()
    };
    let mut search = Search {
        view,
        text: &text,
        near: &[],
        params: &params,
        accept: &accept,
        cancel,
        depth: params.depth,
        texts: Texts::default(),
    };
    let mut asked = Asked::new("");
    let mut candidates = search.words(meaning, SearchMode::Full, &mut asked)?;
    if let Some((file, range)) = own {
        candidates.retain(|candidate| {
            let overlaps = candidate.handle.chunk().is_some_and(|(chunk, _)| {
                chunk.range.start < range.end && range.start < chunk.range.end
            });
            candidate.file() != file || !overlaps
        });
    }
    Ok(respond(
        candidates,
        search.texts,
        request.limit,
        &asked.words,
        "code like this".to_owned(),
        started,
        &|candidate| rank::explain(candidate, &asked, &params, false),
    ))
}

type FileId = (BaseIdx, symseek_base::FileKey);

/// The file at an absolute path (or `untitled:` name) in any folder of the view.
pub(crate) fn find<'a>(
    view: &'a View,
    path: &Path,
) -> Result<(FileId, FileHandle<'a>), SearchError> {
    for snapshot in view.snapshots() {
        let relative = if snapshot.root().as_os_str().is_empty() {
            path.to_str()
                .and_then(|path| RelPath::new(path.trim_start_matches('/')).ok())
        } else {
            RelPath::below(snapshot.root(), path)
        };
        if let Some(relative) = relative
            && let Some((base, key)) = view.file_at(snapshot.root(), &relative)
            && let Some(file) = view.file(base, key)
        {
            return Ok(((base, key), file));
        }
    }
    Err(SearchError::NotFound(format!(
        "{} is not indexed",
        path.display()
    )))
}

/// The text of a range, or of the chunk around an empty range, with the bytes it covers.
fn code_at(
    file: &FileHandle<'_>,
    path: &Path,
    start: Point,
    end: Point,
) -> Result<(String, ByteRange), SearchError> {
    let gone =
        || SearchError::NotFound(format!("{} changed on the disk; try again", path.display()));
    let text = file.text().ok_or_else(gone)?;
    let lines = LineIndex::new(&text);
    let from = offset(&lines, &text, start, path)?;
    let to = offset(&lines, &text, end, path)?;
    if from < to {
        let range = ByteRange {
            start: from,
            end: to,
        };
        return Ok((range.slice(&text).to_owned(), range));
    }
    let facts = file.facts().ok_or_else(gone)?;
    let chunk = facts
        .chunks
        .iter()
        .filter(|chunk| chunk.lines.contains(start.row))
        .min_by_key(|chunk| chunk.range.len());
    let chunk =
        chunk.ok_or_else(|| SearchError::NotFound(format!("line {} is blank", start.row + 1)))?;
    Ok((chunk.range.slice(&text).to_owned(), chunk.range))
}

/// The byte at a place; a column past the line's end is the line's end, a line past the text is an error.
pub(crate) fn offset(
    lines: &LineIndex,
    text: &str,
    at: Point,
    path: &Path,
) -> Result<u32, SearchError> {
    if at.row >= lines.n_lines() {
        return Err(SearchError::NotFound(format!(
            "line {} is outside of {}, which has {} lines",
            at.row + 1,
            path.display(),
            lines.n_lines()
        )));
    }
    let line = lines.line_bytes(at.row);
    let mut offset = line.start.saturating_add(at.column).min(line.end) as usize;
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    Ok(offset as u32)
}
