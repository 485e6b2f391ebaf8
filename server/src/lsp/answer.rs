//! Hits as the client reads them: our versioned JSON, and the `SymbolInformation` of symbol pickers.

use crate::lsp::arguments::cut;
use crate::lsp::backend::{BackendError, CallSite, Hit, SearchResponse, Why};
use crate::lsp::kind;
use crate::lsp::position::Encoding;
use crate::lsp::shared::Shared;
use serde::Serialize;
use std::collections::HashSet;
use tower_lsp::jsonrpc::{Error, ErrorCode};
use tower_lsp::lsp_types::{Location, Range, SymbolInformation, SymbolKind, Url};

/// The version of our JSON. It grows when a field changes its meaning or goes.
pub(crate) const VERSION: u32 = 1;
/// A picker is given no more.
pub(crate) const MAX_SYMBOLS: usize = 50;
/// Longer container names are cut.
const MAX_CONTAINER: usize = 160;
/// Longer lines are cut.
const MAX_LINE: usize = 240;

/// What our commands answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Answer {
    version: u32,
    /// Every edit before the request is in it, and no leg is behind.
    complete: bool,
    /// Of the engine alone.
    took_ms: f64,
    hits: Vec<HitAnswer>,
    /// How the query was read, in words.
    #[serde(skip_serializing_if = "String::is_empty")]
    reading: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    notes: Vec<String>,
    /// A model has reordered the first hits.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    refined: bool,
    /// What to ask `symseek.refine` for, when a model may reorder the first hits later.
    #[serde(skip_serializing_if = "Option::is_none")]
    refine: Option<String>,
}

/// What `symseek.refine` answers.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RefineAnswer {
    pub(crate) version: u32,
    pub(crate) id: String,
    /// At each new place the place in the first answer, from 0. Hits behind the last of them stay where they are.
    pub(crate) order: Vec<usize>,
    /// The score of the hit at each new place.
    pub(crate) scores: Vec<f32>,
    pub(crate) took_ms: f64,
}

/// One hit.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct HitAnswer {
    name: String,
    kind: SymbolKind,
    kind_name: &'static str,
    container_name: String,
    location: Location,
    selection_range: Range,
    score: f32,
    why: Vec<Why>,
    signature: String,
    snippet: String,
    /// First line of the snippet, from 1.
    snippet_line: u32,
    language: String,
    path: String,
    /// The folder that it was found in, where several were searched.
    #[serde(skip_serializing_if = "Option::is_none")]
    workspace: Option<String>,
    #[serde(skip)]
    relative: String,
    /// From 1.
    start_line: u32,
    /// From 1, included.
    end_line: u32,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    sites: Vec<SiteAnswer>,
}

/// Where a call stands.
#[derive(Debug, Serialize)]
struct SiteAnswer {
    /// From 1.
    line: u32,
    uri: Url,
    range: Range,
    /// The line, without the white space around it; at most [`MAX_LINE`] bytes.
    text: String,
    confidence: f32,
}

impl Answer {
    /// The engine's answer on the wire. `settled`: it covers every edit before the request.
    pub(crate) fn new(shared: &Shared, response: SearchResponse, settled: bool) -> Self {
        let encoding = shared.session().encoding;
        let hits = response.hits.into_iter();
        Self {
            version: VERSION,
            complete: response.complete && settled,
            took_ms: (response.took.as_secs_f64() * 1e6).round() / 1e3,
            hits: hits
                .filter_map(|hit| HitAnswer::new(shared, hit, encoding))
                .collect(),
            reading: response.reading,
            notes: response.notes,
            refined: response.reranked,
            refine: None,
        }
    }

    /// Has every hit say which folder it lies in.
    pub(crate) fn tell_workspaces(&mut self) {
        for hit in &mut self.hits {
            let folder = hit.path.strip_suffix(hit.relative.as_str());
            hit.workspace =
                folder.map(|it| it.trim_end_matches(std::path::MAIN_SEPARATOR).to_owned());
        }
    }

    /// The same, with what to ask `symseek.refine` for.
    pub(crate) fn refinable(self, id: Option<String>) -> Self {
        Self { refine: id, ..self }
    }
}

impl HitAnswer {
    fn new(shared: &Shared, hit: Hit, encoding: Encoding) -> Option<Self> {
        let uri = shared.uri(&hit.path)?;
        let (kind, kind_name) = kind::of(hit.kind);
        let (first, last) = lines(&hit);
        let snippet = hit.excerpt.cut();
        Some(Self {
            name: shown_name(&hit),
            kind,
            kind_name,
            container_name: hit.container,
            location: Location {
                uri,
                range: encoding.range(hit.range),
            },
            selection_range: encoding.range(hit.selection),
            score: hit.score,
            why: hit.why,
            signature: hit.signature,
            snippet: snippet.text,
            snippet_line: snippet.line + 1,
            language: hit.language,
            path: hit.path.to_string_lossy().into_owned(),
            workspace: None,
            relative: hit.relative,
            start_line: first,
            end_line: last,
            sites: hit
                .sites
                .iter()
                .filter_map(|site| SiteAnswer::new(shared, site, encoding))
                .collect(),
        })
    }
}

impl SiteAnswer {
    fn new(shared: &Shared, site: &CallSite, encoding: Encoding) -> Option<Self> {
        Some(Self {
            line: site.range.start.line + 1,
            uri: shared.uri(&site.path)?,
            range: encoding.range(site.range),
            text: cut(&site.line, MAX_LINE),
            confidence: site.confidence,
        })
    }
}

/// First and last line of a hit, from 1.
pub(crate) fn lines(hit: &Hit) -> (u32, u32) {
    let (start, end) = (hit.range.start, hit.range.end);
    // A range that ends at the start of a line does not hold that line.
    let last = if end.utf8 == 0 && end.line > start.line {
        end.line
    } else {
        end.line + 1
    };
    (start.line + 1, last)
}

/// The symbol's name; for plain text the file's name and line.
pub(crate) fn shown_name(hit: &Hit) -> String {
    if !hit.name.is_empty() {
        return hit.name.clone();
    }
    let file = hit.path.file_name().unwrap_or(hit.path.as_os_str());
    format!("{}:{}", file.to_string_lossy(), hit.range.start.line + 1)
}

/// A symbol of a picker, with its place in our order as a number: Kate and eglot sort by such a field, highest first, as clangd
/// sends it; other clients do not look at it.
#[derive(Debug, Serialize)]
pub(crate) struct ScoredSymbol {
    #[serde(flatten)]
    symbol: SymbolInformation,
    /// In (0, 1], no two alike.
    score: f32,
}

/// Symbols for a picker: exact names first, no two alike, few, each with a full range.
#[expect(
    deprecated,
    reason = "the field `deprecated` has to be named to build the struct"
)]
pub(crate) fn symbols(shared: &Shared, hits: Vec<Hit>) -> Vec<ScoredSymbol> {
    let encoding = shared.session().encoding;
    let (exact, rest): (Vec<Hit>, Vec<Hit>) = hits.into_iter().partition(|hit| hit.exact);
    let mut seen = HashSet::new();
    let symbols = exact
        .into_iter()
        .chain(rest)
        .filter(|hit| seen.insert((hit.path.clone(), hit.selection, hit.name.clone())))
        .filter_map(|hit| {
            let uri = shared.uri(&hit.path)?;
            // From the name on: that is where an editor puts the cursor.
            let mut range = encoding.range(hit.range);
            let name = encoding.range(hit.selection);
            if range.start <= name.start && name.end <= range.end {
                range.start = name.start;
            }
            Some(SymbolInformation {
                name: shown_name(&hit),
                kind: kind::of(hit.kind).0,
                tags: None,
                deprecated: None,
                location: Location { uri, range },
                container_name: container(&hit),
            })
        })
        .take(MAX_SYMBOLS);
    let scored = |(at, symbol)| ScoredSymbol {
        symbol,
        score: 1.0 - at as f32 / MAX_SYMBOLS as f32,
    };
    symbols.enumerate().map(scored).collect()
}

/// `module::path — signature`, on one line.
fn container(hit: &Hit) -> Option<String> {
    let text = match (hit.container.is_empty(), hit.signature.is_empty()) {
        (true, true) => return None,
        (true, false) => hit.signature.clone(),
        (false, true) => hit.container.clone(),
        (false, false) => format!("{} — {}", hit.container, hit.signature),
    };
    let words: Vec<&str> = text.split_whitespace().collect();
    let line = words.join(" ");
    match line.char_indices().nth(MAX_CONTAINER) {
        Some((at, _)) => Some(format!("{}…", &line[..at])),
        None => Some(line),
    }
}

/// An engine's error as the protocol's.
pub(crate) fn error(error: BackendError) -> Error {
    match error {
        BackendError::Cancelled => Error::request_cancelled(),
        BackendError::BadRequest(why) => Error::invalid_params(why),
        BackendError::Unavailable(why) | BackendError::NotFound(why) => Error {
            code: ErrorCode::ServerError(-32803),
            message: why.into(),
            data: None,
        },
        BackendError::Internal(why) => {
            tracing::error!(why, "the engine failed");
            crate::lsp::ingress::internal()
        }
    }
}
