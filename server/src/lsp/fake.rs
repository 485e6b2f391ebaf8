//! A stand-in for the engine in tests: a plain substring search over the open documents.
//!
//! Its thread applies changes in order and can be told to be slow; some queries misbehave on purpose.

use crate::lsp::backend::{
    Backend, BackendError, CallSite, Change, EngineSettings, GraphRequest, GraphTarget, Hit, Order,
    Place, Progress, Rerankable, SearchRequest, SearchResponse, SimilarRequest, SimilarTarget,
    Span, Why, Workspaces,
};
use parking_lot::Mutex;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};
use symseek_base::{Cancel, Revision};
use symseek_search::{Excerpt, Passage};
use symseek_syntax::SymbolKind;

type PublishHook = Box<dyn Fn(Revision) + Send + Sync>;
type ProblemHook = Box<dyn Fn(&str) + Send + Sync>;
type ProgressHook = Box<dyn Fn(Progress) + Send + Sync>;

/// The stand-in.
#[derive(Default)]
pub(crate) struct FakeBackend {
    state: Mutex<State>,
    publish_hooks: Mutex<Vec<PublishHook>>,
    progress_hooks: Mutex<Vec<ProgressHook>>,
    problem_hooks: Mutex<Vec<ProblemHook>>,
}

#[derive(Default)]
struct State {
    texts: BTreeMap<PathBuf, Arc<str>>,
    /// Every change, for tests.
    changes: Vec<Change>,
    settings: Vec<EngineSettings>,
    submitted: Revision,
    published: Revision,
    held: bool,
    reindexed: u32,
    has_model: bool,
    /// So many searches find nothing yet.
    opening: u32,
}

impl FakeBackend {
    /// The next searches come before anything is opened.
    pub(crate) fn is_opening_for(&self, searches: u32) {
        self.state.lock().opening = searches;
    }

    /// Stops or resumes publishing.
    pub(crate) fn hold(&self, held: bool) {
        let revision = {
            let mut state = self.state.lock();
            state.held = held;
            if held {
                return;
            }
            state.published = state.submitted;
            state.published
        };
        self.tell(revision);
    }

    /// What was submitted so far.
    pub(crate) fn changes(&self) -> Vec<Change> {
        self.state.lock().changes.clone()
    }

    /// The settings it was given.
    pub(crate) fn settings(&self) -> Vec<EngineSettings> {
        self.state.lock().settings.clone()
    }

    /// The text it believes a document has.
    pub(crate) fn text(&self, path: &str) -> Option<String> {
        let state = self.state.lock();
        state.texts.get(Path::new(path)).map(ToString::to_string)
    }

    /// Has a model for second opinions.
    pub(crate) fn with_model(&self) {
        self.state.lock().has_model = true;
    }

    /// Reports a problem as the engine would.
    pub(crate) fn problem(&self, why: &str) {
        for hook in &*self.problem_hooks.lock() {
            hook(why);
        }
    }

    /// Reports progress as the engine would.
    pub(crate) fn progress(&self, event: &Progress) {
        for hook in &*self.progress_hooks.lock() {
            hook(event.clone());
        }
    }
}

impl FakeBackend {
    fn tell(&self, revision: Revision) {
        for hook in &*self.publish_hooks.lock() {
            hook(revision);
        }
    }

    fn find(&self, needle: &str, limit: usize, cancel: &Cancel) -> Result<Vec<Hit>, BackendError> {
        match needle {
            "panic!" => panic!("as asked"),
            "slow!" => {
                let until = Instant::now() + Duration::from_mins(1);
                while Instant::now() < until {
                    cancel.check()?;
                    std::thread::sleep(Duration::from_millis(1));
                }
            }
            "bad!" => return Err(BackendError::BadRequest("unknown filter `bad`".into())),
            _ => {}
        }
        let texts = self.state.lock().texts.clone();
        let mut hits = Vec::new();
        for (path, text) in &texts {
            for (at, _) in text.match_indices(needle).take(limit) {
                hits.push(hit(path, text, at, needle));
            }
        }
        hits.truncate(limit);
        Ok(hits)
    }

    fn respond(began: Instant, hits: Vec<Hit>) -> SearchResponse {
        SearchResponse {
            complete: true,
            took: began.elapsed(),
            hits,
            ..SearchResponse::default()
        }
    }
}

fn place(text: &str, at: usize) -> Place {
    let start = text[..at].rfind('\n').map_or(0, |at| at + 1);
    let line = &text[start..at];
    Place {
        line: text[..at].matches('\n').count() as u32,
        utf8: line.len() as u32,
        utf16: line.encode_utf16().count() as u32,
        utf32: line.chars().count() as u32,
    }
}

fn hit(path: &Path, text: &str, at: usize, needle: &str) -> Hit {
    let (line_start, line_end) = (
        text[..at].rfind('\n').map_or(0, |at| at + 1),
        text[at..].find('\n').map_or(text.len(), |end| at + end),
    );
    let line = &text[line_start..line_end];
    let name: String = text[at..]
        .chars()
        .take_while(|c| c.is_alphanumeric() || *c == '_')
        .collect();
    let selection = Span {
        start: place(text, at),
        end: place(text, at + needle.len().max(name.len())),
    };
    Hit {
        features: Vec::new(),
        path: path.to_path_buf(),
        relative: path.to_string_lossy().into_owned(),
        language: "rust".to_owned(),
        exact: name == needle,
        name,
        kind: Some(SymbolKind::Function),
        container: "fake::module".to_owned(),
        signature: line.trim().to_owned(),
        range: Span {
            start: place(text, line_start),
            end: place(text, line_end),
        },
        selection,
        score: 1.0,
        why: vec![Why {
            leg: "lexical",
            rank: Some(1),
            score: 1.0,
            note: String::new(),
        }],
        passage: Some(Passage::of_text(line)),
        excerpt: Excerpt::head(line),
        sites: Vec::new(),
    }
}

impl Backend for FakeBackend {
    fn submit(&self, change: Change) -> Revision {
        let (submitted, publish) = {
            let mut state = self.state.lock();
            match &change {
                Change::Open { path, text, .. } | Change::Edit { path, text, .. } => {
                    state.texts.insert(path.clone(), text.clone());
                }
                Change::Close { path } => {
                    state.texts.remove(path);
                }
                _ => {}
            }
            state.changes.push(change);
            state.submitted.0 += 1;
            if !state.held {
                state.published = state.submitted;
            }
            (state.submitted, !state.held)
        };
        if publish {
            self.tell(submitted);
        }
        submitted
    }

    fn published(&self) -> Revision {
        self.state.lock().published
    }

    fn on_publish(&self, hook: PublishHook) {
        self.publish_hooks.lock().push(hook);
    }

    fn on_progress(&self, hook: ProgressHook) {
        self.progress_hooks.lock().push(hook);
    }

    fn configure(&self, settings: EngineSettings) {
        self.state.lock().settings.push(settings);
    }

    fn search(
        &self,
        request: &SearchRequest,
        cancel: &Cancel,
    ) -> Result<SearchResponse, BackendError> {
        let began = Instant::now();
        {
            let mut state = self.state.lock();
            if state.opening > 0 {
                state.opening -= 1;
                return Ok(SearchResponse::default());
            }
        }
        let hits = self.find(&request.query, request.limit, cancel)?;
        Ok(SearchResponse {
            rerank_for: Some(request.query.clone()),
            ..Self::respond(began, hits)
        })
    }

    fn search_elsewhere(
        &self,
        _: &Workspaces,
        request: &SearchRequest,
        cancel: &Cancel,
    ) -> Result<SearchResponse, BackendError> {
        self.search(request, cancel)
    }

    fn has_model(&self) -> bool {
        self.state.lock().has_model
    }

    fn second_opinion(
        &self,
        asked: &Rerankable,
        until: Option<Instant>,
        cancel: &Cancel,
    ) -> Result<Option<Order>, BackendError> {
        if asked.query == "late" {
            let until = until.unwrap_or_else(|| Instant::now() + Duration::from_mins(1));
            while Instant::now() < until {
                cancel.check()?;
                std::thread::sleep(Duration::from_millis(1));
            }
            return Ok(None);
        }
        // The last hit is the most similar.
        let similarities = (0..asked.passages.len()).map(|at| Some(at as f32));
        Ok(Some(asked.order(&similarities.collect::<Vec<_>>())))
    }

    fn on_problem(&self, hook: ProblemHook) {
        self.problem_hooks.lock().push(hook);
    }

    fn similar(
        &self,
        request: &SimilarRequest,
        cancel: &Cancel,
    ) -> Result<SearchResponse, BackendError> {
        let began = Instant::now();
        let needle = match &request.target {
            SimilarTarget::Text(text) => text.clone(),
            SimilarTarget::Range { path, start, end } => {
                let text = self.state.lock().texts.get(path).cloned();
                let text = text.ok_or_else(|| BackendError::BadRequest("not open".into()))?;
                let line = text.split('\n').nth(start.row as usize).unwrap_or("");
                let end = if start.row == end.row {
                    end.column
                } else {
                    u32::MAX
                };
                let end = (end as usize).min(line.len());
                line[start.column as usize..end].to_owned()
            }
        };
        let hits = self.find(&needle, request.limit, cancel)?;
        Ok(Self::respond(began, hits))
    }

    fn callers(
        &self,
        request: &GraphRequest,
        cancel: &Cancel,
    ) -> Result<SearchResponse, BackendError> {
        let began = Instant::now();
        let name = match &request.target {
            GraphTarget::Name(name) => name.clone(),
            GraphTarget::At { path, point } => format!("{}@{}", path.display(), point.column),
        };
        let mut hits = self.find(&name, request.limit, cancel)?;
        for hit in &mut hits {
            hit.sites.push(CallSite {
                path: hit.path.clone(),
                range: hit.selection,
                line: hit.signature.clone(),
                confidence: 0.5,
            });
        }
        Ok(SearchResponse {
            reading: format!("users of {name}"),
            ..Self::respond(began, hits)
        })
    }

    fn callees(
        &self,
        request: &GraphRequest,
        cancel: &Cancel,
    ) -> Result<SearchResponse, BackendError> {
        self.callers(request, cancel)
    }

    fn status(&self) -> Value {
        let state = self.state.lock();
        json!({"state": "ready", "files": state.texts.len(), "reindexed": state.reindexed})
    }

    fn reindex(&self) {
        self.state.lock().reindexed += 1;
    }
}
