//! The seam between the tools and what answers them: an engine of this process, alone or a session of the service.
//! Everything that crosses it is a plain request, a plain answer, or a cancellation.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use symseek_base::Cancel;
use symseek_engine::{Change, Engine, EngineError, StatusReport};
use symseek_search::{
    DefinitionRequest, Definitions, GraphRequest, GrepRequest, GrepResponse, Impact, ImpactRequest,
    Outline, OutlineRequest, PathRequest, SearchRequest, SearchResponse, SimilarRequest,
};

/// What answers the tools' questions.
pub(crate) trait Ask: Send + Sync {
    /// Hybrid search; a model may reorder the first hits until `until`.
    fn search(
        &self,
        request: &SearchRequest,
        until: Instant,
        cancel: &Cancel,
    ) -> Result<SearchResponse, EngineError>;
    fn similar(
        &self,
        request: &SimilarRequest,
        cancel: &Cancel,
    ) -> Result<SearchResponse, EngineError>;
    fn callers(
        &self,
        request: &GraphRequest,
        cancel: &Cancel,
    ) -> Result<SearchResponse, EngineError>;
    fn callees(
        &self,
        request: &GraphRequest,
        cancel: &Cancel,
    ) -> Result<SearchResponse, EngineError>;
    fn call_path(
        &self,
        request: &PathRequest,
        cancel: &Cancel,
    ) -> Result<SearchResponse, EngineError>;
    fn impact(&self, request: &ImpactRequest, cancel: &Cancel) -> Result<Impact, EngineError>;
    fn definitions(
        &self,
        request: &DefinitionRequest,
        cancel: &Cancel,
    ) -> Result<Definitions, EngineError>;
    fn outline(&self, request: &OutlineRequest, cancel: &Cancel) -> Result<Outline, EngineError>;
    /// Ends early, with what was found, when `within` has passed.
    fn grep(
        &self,
        request: &GrepRequest,
        within: Duration,
        cancel: &Cancel,
    ) -> Result<GrepResponse, EngineError>;
    /// A line of an indexed file, from 0, as answers see it.
    fn line(&self, path: &std::path::Path, row: u32) -> Option<String>;
    fn status(&self) -> StatusReport;
    /// Forgets what is stored and indexes everything again, behind.
    fn reindex(&self);
    /// The workspace's folders are these from now on.
    fn change_roots(&self, gone: &[PathBuf], new: &[PathBuf]);
    /// Waits until the index is up to date; false when `limit` passes first.
    fn wait_ready(&self, limit: Duration) -> bool;
    fn is_ready(&self) -> bool;
    /// Takes in what was written just before; false when `limit` passes first.
    fn catch_up(&self, limit: Duration) -> bool;
}

impl Ask for Engine {
    fn search(
        &self,
        request: &SearchRequest,
        until: Instant,
        cancel: &Cancel,
    ) -> Result<SearchResponse, EngineError> {
        let mut answer = Engine::search(self, request, cancel)?;
        self.refine(&mut answer, Some(until), cancel)?;
        Ok(answer)
    }

    fn similar(
        &self,
        request: &SimilarRequest,
        cancel: &Cancel,
    ) -> Result<SearchResponse, EngineError> {
        Engine::similar(self, request, cancel)
    }

    fn callers(
        &self,
        request: &GraphRequest,
        cancel: &Cancel,
    ) -> Result<SearchResponse, EngineError> {
        Engine::callers(self, request, cancel)
    }

    fn callees(
        &self,
        request: &GraphRequest,
        cancel: &Cancel,
    ) -> Result<SearchResponse, EngineError> {
        Engine::callees(self, request, cancel)
    }

    fn call_path(
        &self,
        request: &PathRequest,
        cancel: &Cancel,
    ) -> Result<SearchResponse, EngineError> {
        Engine::call_path(self, request, cancel)
    }

    fn impact(&self, request: &ImpactRequest, cancel: &Cancel) -> Result<Impact, EngineError> {
        Engine::impact(self, request, cancel)
    }

    fn definitions(
        &self,
        request: &DefinitionRequest,
        cancel: &Cancel,
    ) -> Result<Definitions, EngineError> {
        Engine::definitions(self, request, cancel)
    }

    fn outline(&self, request: &OutlineRequest, cancel: &Cancel) -> Result<Outline, EngineError> {
        Engine::outline(self, request, cancel)
    }

    fn grep(
        &self,
        request: &GrepRequest,
        within: Duration,
        cancel: &Cancel,
    ) -> Result<GrepResponse, EngineError> {
        let until = Instant::now() + within;
        Engine::grep(self, request, &|| Instant::now() >= until, cancel)
    }

    fn line(&self, path: &std::path::Path, row: u32) -> Option<String> {
        let text = self.text(path)?;
        text.lines().nth(row as usize).map(str::to_owned)
    }

    fn status(&self) -> StatusReport {
        Engine::status(self)
    }

    fn reindex(&self) {
        self.submit(Change::Reindex);
    }

    fn change_roots(&self, gone: &[PathBuf], new: &[PathBuf]) {
        for root in gone {
            self.submit(Change::RemoveFolder(root.clone()));
        }
        for root in new {
            self.submit(Change::AddFolder(root.clone()));
        }
    }

    fn wait_ready(&self, limit: Duration) -> bool {
        Engine::wait_ready(self, limit)
    }

    fn is_ready(&self) -> bool {
        Engine::is_ready(self)
    }

    fn catch_up(&self, limit: Duration) -> bool {
        Engine::catch_up(self, limit)
    }
}
