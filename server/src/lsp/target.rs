//! From what a client points at to what the engine looks for. Runs on a blocking thread: a document that is not open is
//! read from the disk to turn the client's columns into bytes.

use crate::lsp::arguments::{Command, PlaceArguments};
use crate::lsp::backend::{GraphRequest, GraphTarget, SimilarTarget};
use crate::lsp::position::{char_at, point_of};
use crate::lsp::shared::Shared;
use crate::lsp::uri;
use ropey::Rope;
use std::path::{Path, PathBuf};
use symseek_base::Point;
use tower_lsp::jsonrpc::{Error, Result};
use tower_lsp::lsp_types::{Position, Url};

/// For `similar`: a range, a position, or text.
pub(crate) fn similar(
    shared: &Shared,
    command: Command,
    place: &PlaceArguments,
) -> Result<SimilarTarget> {
    if place.name.is_some() {
        return Err(command.wrong("`name` does not belong here"));
    }
    let Some(uri) = place.uri() else {
        return match &place.text {
            Some(text) if text.trim().is_empty() => Err(command.wrong("`text` is empty")),
            Some(text) => Ok(SimilarTarget::Text(text.clone())),
            None => Err(command.wrong("nothing to compare with was given")),
        };
    };
    let (from, to) = match (place.range, place.position) {
        (Some(range), _) => (range.start, range.end),
        (None, Some(position)) => (position, position),
        (None, None) => return Err(command.wrong("a `uri` needs a `position` or a `range`")),
    };
    in_order(command, from, to)?;
    let (path, rope) = text(shared, command, uri)?;
    Ok(SimilarTarget::Range {
        start: point(shared, command, &rope, from)?,
        end: point(shared, command, &rope, to)?,
        path,
    })
}

/// For `callers` and `callees`: a position or a name.
pub(crate) fn relation(
    shared: &Shared,
    command: Command,
    place: &PlaceArguments,
) -> Result<GraphRequest> {
    Ok(GraphRequest {
        target: graph(shared, command, place)?,
        limit: place.limit(),
    })
}

fn graph(shared: &Shared, command: Command, place: &PlaceArguments) -> Result<GraphTarget> {
    if place.text.is_some() {
        return Err(command.wrong("`text` does not belong here"));
    }
    let range = place.range.map(|range| (range.start, range.end));
    let range = place
        .position
        .map(|position| (position, position))
        .or(range);
    match (place.uri(), range, &place.name) {
        (Some(uri), Some((from, to)), _) => {
            in_order(command, from, to)?;
            let (path, rope) = text(shared, command, uri)?;
            let start = point(shared, command, &rope, from)?;
            // Only the start is asked for, but a range that does not exist was meant for another text.
            point(shared, command, &rope, to)?;
            Ok(GraphTarget::At { path, point: start })
        }
        (None, None, Some(name)) if !name.trim().is_empty() => {
            Ok(GraphTarget::Name(name.trim().to_owned()))
        }
        _ => Err(command.wrong("no symbol was given")),
    }
}

fn in_order(command: Command, from: Position, to: Position) -> Result<()> {
    if to < from {
        return Err(command.wrong("the range ends before it starts"));
    }
    Ok(())
}

fn text(shared: &Shared, command: Command, uri: &Url) -> Result<(PathBuf, Rope)> {
    let path = uri::to_path(uri).ok_or_else(|| command.wrong(&format!("{uri} is no file")))?;
    if let Some(open) = shared.text(&path) {
        return Ok((path, open.rope));
    }
    let rope = read(&path, shared.config().max_file_size)
        .map_err(|error| Error::invalid_params(format!("{uri} cannot be read: {error}")))?;
    Ok((path, rope))
}

fn read(path: &Path, most: u64) -> std::io::Result<Rope> {
    let size = std::fs::metadata(path)?.len();
    if size > most {
        let why = format!("its {size} bytes are more than symseek.maxFileSize ({most})");
        return Err(std::io::Error::other(why));
    }
    let bytes = std::fs::read(path)?;
    Ok(Rope::from_str(&String::from_utf8_lossy(&bytes)))
}

fn point(shared: &Shared, command: Command, rope: &Rope, position: Position) -> Result<Point> {
    let at = char_at(rope, position, shared.session().encoding).ok_or_else(|| {
        let (line, lines) = (position.line, rope.len_lines());
        command.wrong(&format!(
            "line {line} lies outside of the document's {lines} lines"
        ))
    })?;
    Ok(point_of(rope, at))
}
