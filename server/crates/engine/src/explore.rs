//! Questions that follow from one another, as people and coding agents ask them: how does this reach that, who is affected,
//! what does this file hold, show me this symbol, where does this text stand. Each asks one view, like a search.

use symseek_base::Cancel;
use symseek_search::{
    DefinitionRequest, Definitions, GrepRequest, GrepResponse, Impact, ImpactRequest, Outline,
    OutlineRequest, PathRequest, SearchResponse,
};

use crate::engine::{Engine, EngineError};

impl Engine {
    /// The shortest chain of calls from one symbol to another; see [`symseek_search::call_path`].
    ///
    /// # Errors
    /// [`symseek_search::SearchError`] when nothing has one of the names, or when cancelled.
    pub fn call_path(
        &self,
        request: &PathRequest,
        cancel: &Cancel,
    ) -> Result<SearchResponse, EngineError> {
        self.answer(|view| symseek_search::call_path(view, request, cancel))
    }

    /// Who is affected when a symbol changes; see [`symseek_search::impact`].
    ///
    /// # Errors
    /// [`symseek_search::SearchError`] when nothing has that name or place, or when cancelled.
    pub fn impact(&self, request: &ImpactRequest, cancel: &Cancel) -> Result<Impact, EngineError> {
        self.answer(|view| symseek_search::impact(view, request, cancel))
    }

    /// What files define; see [`symseek_search::outline`].
    ///
    /// # Errors
    /// [`symseek_search::SearchError`] when nothing is indexed there, or when cancelled.
    pub fn outline(
        &self,
        request: &OutlineRequest,
        cancel: &Cancel,
    ) -> Result<Outline, EngineError> {
        self.answer(|view| symseek_search::outline(view, request, cancel))
    }

    /// The sources of what a name or place means; see [`symseek_search::definitions`].
    ///
    /// # Errors
    /// [`symseek_search::SearchError`] when nothing has that name or place, or when cancelled.
    pub fn definitions(
        &self,
        request: &DefinitionRequest,
        cancel: &Cancel,
    ) -> Result<Definitions, EngineError> {
        self.answer(|view| symseek_search::definitions(view, request, cancel))
    }

    /// Lines that match a pattern; `enough` ends the walk early. See [`symseek_search::grep`].
    ///
    /// # Errors
    /// [`symseek_search::SearchError`] for a pattern that is none, or when cancelled.
    pub fn grep(
        &self,
        request: &GrepRequest,
        enough: &dyn Fn() -> bool,
        cancel: &Cancel,
    ) -> Result<GrepResponse, EngineError> {
        self.answer(|view| symseek_search::grep(view, request, enough, cancel))
    }
}
