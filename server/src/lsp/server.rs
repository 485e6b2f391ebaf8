//! The handlers tower-lsp calls: `initialize`, symbols, commands and the same as custom requests.
//!
//! Each handler waits until the snapshot shows every edit before its request, runs the engine on a blocking thread, and
//! shapes the answer. None takes a lock across an await, none waits for the client, and a dropped handler cancels its work.

use crate::config::{Config, SymbolMode};
use crate::lsp::answer::{self, Answer, MAX_SYMBOLS, RefineAnswer};
use crate::lsp::arguments::{
    self, Command, Mode, NoArguments, PlaceArguments, Refine, RefineArguments, SearchArguments,
};
use crate::lsp::backend::{
    Backend, BackendError, SearchMode, SearchRequest, SearchResponse, SimilarRequest, Workspaces,
};
use crate::lsp::delivery::Delivery;
use crate::lsp::ingress::internal;
use crate::lsp::shared::{CONTEXT, CancelOnDrop, RequestContext, Shared};
use crate::lsp::{actions, report, target, uri};
use futures::FutureExt;
use serde_json::{Value, json};
use std::panic::AssertUnwindSafe;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};
use symseek_base::Cancel;
use tower_lsp::LanguageServer;
use tower_lsp::jsonrpc::{Error, Result};
use tower_lsp::lsp_types::{
    CodeAction, CodeActionParams, CodeActionResponse, ExecuteCommandOptions, ExecuteCommandParams,
    InitializeParams, InitializeResult, OneOf, SaveOptions, ServerCapabilities, ServerInfo,
    ShowDocumentParams, SymbolInformation, TextDocumentSyncCapability, TextDocumentSyncKind,
    TextDocumentSyncOptions, TextDocumentSyncSaveOptions, Url, WorkspaceFoldersServerCapabilities,
    WorkspaceServerCapabilities, WorkspaceSymbolParams,
};

/// While the stored index opens, a symbol picker's query is asked again so often.
const OPENING_STEP: Duration = Duration::from_millis(10);

/// The handlers; clones share the server.
#[derive(Clone)]
pub(crate) struct Server {
    pub(crate) shared: Arc<Shared>,
}

#[tower_lsp::async_trait]
impl LanguageServer for Server {
    async fn initialize(&self, _: InitializeParams) -> Result<InitializeResult> {
        Ok(InitializeResult {
            capabilities: capabilities(&self.shared, &self.shared.config()),
            server_info: Some(ServerInfo {
                name: "symseek".to_owned(),
                version: Some(env!("CARGO_PKG_VERSION").to_owned()),
            }),
        })
    }

    async fn shutdown(&self) -> Result<()> {
        Ok(())
    }

    async fn symbol(
        &self,
        params: WorkspaceSymbolParams,
    ) -> Result<Option<Vec<SymbolInformation>>> {
        guarded(self.symbols(params.query)).await.map(Some)
    }

    async fn code_action(&self, params: CodeActionParams) -> Result<Option<CodeActionResponse>> {
        guarded(self.actions(params)).await.map(Some)
    }

    async fn code_action_resolve(&self, action: CodeAction) -> Result<CodeAction> {
        guarded(self.resolve(action)).await
    }

    async fn execute_command(&self, params: ExecuteCommandParams) -> Result<Option<Value>> {
        let command = Command::named(&params.command)?;
        let argument = arguments::only(command, params.arguments)?;
        guarded(self.run(command, argument, Refine::Now))
            .await
            .map(Some)
    }
}

type Find = dyn FnOnce(&dyn Backend, &Cancel) -> Result<SearchResponse> + Send;

/// What a command asks the engine, and what a results document is called.
pub(crate) struct Question {
    /// Without one, how the engine reads the question.
    title: Option<String>,
    find: Box<Find>,
}

impl Question {
    fn new(
        title: Option<String>,
        find: impl FnOnce(&dyn Backend, &Cancel) -> Result<SearchResponse> + Send + 'static,
    ) -> Self {
        Self {
            title,
            find: Box::new(find),
        }
    }
}

fn capabilities(shared: &Shared, config: &Config) -> ServerCapabilities {
    let commands = ExecuteCommandOptions {
        commands: Command::ALL.map(|command| command.id().to_owned()).into(),
        ..ExecuteCommandOptions::default()
    };
    let sync = TextDocumentSyncOptions {
        open_close: Some(true),
        change: Some(TextDocumentSyncKind::INCREMENTAL),
        save: Some(TextDocumentSyncSaveOptions::SaveOptions(SaveOptions {
            include_text: Some(false),
        })),
        ..TextDocumentSyncOptions::default()
    };
    ServerCapabilities {
        position_encoding: Some(shared.session().encoding.kind()),
        text_document_sync: Some(TextDocumentSyncCapability::Options(sync)),
        workspace_symbol_provider: Some(OneOf::Left(true)),
        code_action_provider: actions::provider(config.code_actions),
        execute_command_provider: config.advertise_commands.then_some(commands),
        workspace: Some(WorkspaceServerCapabilities {
            workspace_folders: Some(WorkspaceFoldersServerCapabilities {
                supported: Some(true),
                change_notifications: Some(OneOf::Left(true)),
            }),
            file_operations: None,
        }),
        experimental: Some(json!({"symseek": {"version": answer::VERSION}})),
        ..ServerCapabilities::default()
    }
}

/// A panic inside becomes an error here already, so that tower-lsp forgets the request.
async fn guarded<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    match AssertUnwindSafe(work).catch_unwind().await {
        Ok(answer) => answer,
        Err(_) => Err(internal()),
    }
}

pub(crate) fn context() -> RequestContext {
    CONTEXT.try_with(Clone::clone).unwrap_or_default()
}

impl Server {
    /// A custom request: the command of the same name, from a client of our own, which asks for the refined order later.
    async fn custom(&self, command: Command, argument: Value) -> Result<Value> {
        guarded(self.run(command, argument, Refine::Later)).await
    }

    pub(crate) async fn search(&self, argument: Value) -> Result<Value> {
        self.custom(Command::Search, argument).await
    }
    pub(crate) async fn refine(&self, argument: Value) -> Result<Value> {
        self.custom(Command::Refine, argument).await
    }
    pub(crate) async fn similar(&self, argument: Value) -> Result<Value> {
        self.custom(Command::Similar, argument).await
    }
    pub(crate) async fn callers(&self, argument: Value) -> Result<Value> {
        self.custom(Command::Callers, argument).await
    }
    pub(crate) async fn callees(&self, argument: Value) -> Result<Value> {
        self.custom(Command::Callees, argument).await
    }
    pub(crate) async fn status(&self, argument: Value) -> Result<Value> {
        self.custom(Command::Status, argument).await
    }
    pub(crate) async fn reindex(&self, argument: Value) -> Result<Value> {
        self.custom(Command::Reindex, argument).await
    }
    pub(crate) async fn search_to_document(&self, argument: Value) -> Result<Value> {
        self.custom(Command::SearchToDocument, argument).await
    }
    pub(crate) async fn similar_to_document(&self, argument: Value) -> Result<Value> {
        self.custom(Command::SimilarToDocument, argument).await
    }
    pub(crate) async fn callers_to_document(&self, argument: Value) -> Result<Value> {
        self.custom(Command::CallersToDocument, argument).await
    }
    pub(crate) async fn callees_to_document(&self, argument: Value) -> Result<Value> {
        self.custom(Command::CalleesToDocument, argument).await
    }

    /// Runs a command; `refine` counts where its arguments say nothing.
    async fn run(&self, command: Command, argument: Value, refine: Refine) -> Result<Value> {
        match command {
            Command::Search => {
                let asked = self.search_request(command, argument)?;
                self.found(asked, refine).await
            }
            Command::Refine => {
                let RefineArguments { id } = command.parse(argument)?;
                self.refined(id).await
            }
            Command::Similar | Command::Callers | Command::Callees => {
                let question = self.question(command, argument)?;
                self.answer(question.find).await
            }
            Command::SearchToDocument
            | Command::SimilarToDocument
            | Command::CallersToDocument
            | Command::CalleesToDocument => {
                let question = self.question(command, argument)?;
                self.to_document(question).await
            }
            Command::Status => {
                let NoArguments {} = command.parse(argument)?;
                // Asked before the report is made: folders that come in between are not in it.
                let has_begun = self.shared.has_begun();
                let mut report = self.blocking(|backend, _| Ok(backend.status())).await?;
                if !has_begun {
                    report["state"] = json!("indexing");
                }
                Ok(report)
            }
            Command::Reindex => {
                let NoArguments {} = command.parse(argument)?;
                self.blocking(|backend, _| {
                    backend.reindex();
                    Ok(())
                })
                .await?;
                Ok(json!({"version": answer::VERSION, "started": true}))
            }
        }
    }

    /// A search, in the order that `refine` or the arguments ask for.
    async fn found(&self, asked: Asked, refine: Refine) -> Result<Value> {
        let settled = self.shared.settled(context().ticket).await;
        let shared = self.shared.clone();
        let delivery = context().delivery;
        let budget = Duration::from_millis(shared.config().embedding.budget);
        let find = move |backend: &dyn Backend, cancel: &Cancel| {
            let until = Instant::now() + budget;
            let found = asked.ask(backend, cancel);
            let mut response = found.map_err(answer::error)?;
            response.notes.extend(asked.note);
            // A place in the refined order is a place among those that are shown.
            response.hits.retain(|hit| shared.uri(&hit.path).is_some());
            let mut id = None;
            match asked.refine.unwrap_or(refine) {
                Refine::Now => refine_now(backend, &mut response, until, cancel)?,
                Refine::Later if backend.has_model() => {
                    id = response.rerankable().map(|it| shared.keep_answer(it));
                }
                Refine::Later | Refine::Never => {}
            }
            let mut answer = Answer::new(&shared, response, settled).refinable(id);
            if asked.workspaces.is_some() {
                answer.tell_workspaces();
            }
            deliver(delivery.as_ref(), &answer)
        };
        self.blocking(find).await
    }

    /// The refined order of an answer that was given before. The client waits or cancels as it likes: there is no budget.
    async fn refined(&self, id: String) -> Result<Value> {
        let Some(asked) = self.shared.kept_answer(&id) else {
            let why = format!("the answer {id:?} is not kept any longer; search again");
            return Err(answer::error(BackendError::NotFound(why)));
        };
        let delivery = context().delivery;
        let find = move |backend: &dyn Backend, cancel: &Cancel| {
            let began = Instant::now();
            let order = backend.second_opinion(&asked, None, cancel);
            let Some(order) = order.map_err(answer::error)? else {
                let why = "there is no model that could refine it; see symseek.status";
                return Err(answer::error(BackendError::Unavailable(why.to_owned())));
            };
            let answer = RefineAnswer {
                version: answer::VERSION,
                id,
                scores: order.scores(&asked),
                order: order.places,
                took_ms: began.elapsed().as_secs_f64() * 1e3,
            };
            deliver(delivery.as_ref(), &answer)
        };
        self.blocking(find).await
    }

    fn search_request(&self, command: Command, argument: Value) -> Result<Asked> {
        let wanted: SearchArguments = command.parse(argument)?;
        let limit = wanted.limit();
        let workspaces = wanted.workspaces()?;
        let folders = wanted.folders.iter().filter_map(uri::to_path).collect();
        let (query, note) = arguments::query(wanted.query);
        let mode = match wanted.mode {
            Mode::Full => SearchMode::Full,
            Mode::Lexical => SearchMode::Lexical,
        };
        let request = SearchRequest {
            mode,
            folders,
            lenient: wanted.lenient,
            near: self.shared.edited(),
            explain: wanted.explain,
            ..SearchRequest::new(query, limit)
        };
        Ok(Asked {
            request,
            workspaces,
            note,
            refine: wanted.refine,
        })
    }

    /// What a command asks the engine.
    pub(crate) fn question(&self, command: Command, argument: Value) -> Result<Question> {
        let shared = self.shared.clone();
        match command {
            Command::Search | Command::SearchToDocument => {
                let asked = self.search_request(command, argument)?;
                let title = Some(asked.request.query.clone());
                let budget = Duration::from_millis(shared.config().embedding.budget);
                Ok(Question::new(title, move |backend, cancel| {
                    let until = Instant::now() + budget;
                    let found = asked.ask(backend, cancel);
                    let mut response = found.map_err(answer::error)?;
                    if asked.refine != Some(Refine::Never) {
                        refine_now(backend, &mut response, until, cancel)?;
                    }
                    response.notes.extend(asked.note);
                    Ok(response)
                }))
            }
            Command::Similar | Command::SimilarToDocument => {
                let place: PlaceArguments = command.parse(argument)?;
                let limit = place.limit();
                Ok(Question::new(
                    Some("similar code".to_owned()),
                    move |backend, cancel| {
                        let target = target::similar(&shared, command, &place)?;
                        let request = SimilarRequest { target, limit };
                        backend.similar(&request, cancel).map_err(answer::error)
                    },
                ))
            }
            Command::Callees | Command::CalleesToDocument => {
                let place: PlaceArguments = command.parse(argument)?;
                Ok(Question::new(None, move |backend, cancel| {
                    let request = target::relation(&shared, command, &place)?;
                    backend.callees(&request, cancel).map_err(answer::error)
                }))
            }
            Command::Callers | Command::CallersToDocument => {
                let place: PlaceArguments = command.parse(argument)?;
                Ok(Question::new(None, move |backend, cancel| {
                    let request = target::relation(&shared, command, &place)?;
                    backend.callers(&request, cancel).map_err(answer::error)
                }))
            }
            Command::Refine | Command::Status | Command::Reindex => {
                Err(command.wrong("it finds nothing"))
            }
        }
    }

    /// The answer to a question as the text of a results document, and how many hits are in it.
    pub(crate) async fn report(&self, question: Question) -> Result<(String, usize)> {
        let settled = self.shared.settled(context().ticket).await;
        self.blocking(move |backend, cancel| {
            let mut response = (question.find)(backend, cancel)?;
            response.complete &= settled;
            let n_hits = response.hits.len();
            let title = question.title.as_ref().unwrap_or(&response.reading);
            Ok((report::markdown(title, &response), n_hits))
        })
        .await
    }

    /// Writes a results document and gives its place.
    pub(crate) async fn write_report(&self, text: String) -> Result<PathBuf> {
        let configured = self.shared.config().cache_directory.clone();
        let cache = configured.or_else(|| self.shared.options.cache_dir.clone());
        self.blocking(move |_, _| {
            report::write(&text, cache.as_deref()).map_err(|error| {
                let why = format!("the results document cannot be written: {error}");
                answer::error(BackendError::Unavailable(why))
            })
        })
        .await
    }

    async fn to_document(&self, question: Question) -> Result<Value> {
        let (text, n_hits) = self.report(question).await?;
        let path = self.write_report(text).await?;
        let uri = Url::from_file_path(&path).map_err(|()| internal())?;
        let show = ShowDocumentParams {
            uri: uri.clone(),
            external: Some(false),
            take_focus: Some(true),
            selection: None,
        };
        let client = self.shared.client.clone();
        // Asked of every client, since some show documents without announcing it (Helix 25.07); a refusal costs a line of the
        // log. Nobody waits: a client may show the document only after it has our answer.
        tokio::spawn(async move {
            if let Err(error) = client.show_document(show).await {
                tracing::warn!(%error, "the client shows no document");
            }
        });
        Ok(
            json!({"version": answer::VERSION, "path": path, "uri": uri, "shown": "asked", "hits": n_hits}),
        )
    }

    async fn symbols(&self, query: String) -> Result<Vec<SymbolInformation>> {
        let RequestContext {
            sequence,
            ticket,
            delivery,
        } = context();
        let mut newest = self.shared.newest_symbol.subscribe();
        let found = async {
            // The mode may have been set just before.
            self.shared.taken(ticket).await;
            let Some(request) = self.symbol_request(&query) else {
                return Ok(Vec::new());
            };
            self.shared.settled(ticket).await;
            let asked = Instant::now();
            loop {
                let (shared, request) = (self.shared.clone(), request.clone());
                let delivery = delivery.clone();
                let find = move |backend: &dyn Backend, cancel: &Cancel| {
                    let response = backend.search(&request, cancel).map_err(answer::error)?;
                    // A picker cannot be told that the stored index is not open yet, and would show that there is nothing.
                    let means_nothing = response.hits.is_empty() && !response.complete;
                    if means_nothing && shared.is_opening(asked) {
                        return Ok(None);
                    }
                    let symbols = answer::symbols(&shared, response.hits);
                    deliver(delivery.as_ref(), &symbols).map(Some)
                };
                if let Some(symbols) = self.blocking(find).await? {
                    return Ok(symbols);
                }
                tokio::time::sleep(OPENING_STEP).await;
            }
        };
        tokio::select! {
            biased;
            // A newer query makes this answer useless. The client did not cancel it (−32800), and −32802 is for
            // requests that are declared cancellable by the server; −32801 is the one clients keep to themselves.
            _ = newest.wait_for(|newest| *newest > sequence) => Err(Error::content_modified()),
            found = found => found,
        }
    }

    /// The search behind a symbol picker's query; `None` when the mode wants no answer.
    fn symbol_request(&self, query: &str) -> Option<SearchRequest> {
        let text = query.trim();
        let question = text.starts_with('?');
        let text = text.trim_start_matches('?').trim();
        let mode = match self.shared.config().symbol_mode {
            SymbolMode::Off => return None,
            SymbolMode::Nl if !question && text.split_whitespace().nth(1).is_none() => return None,
            SymbolMode::Nl | SymbolMode::Full => SearchMode::Full,
            SymbolMode::Lexical => SearchMode::Lexical,
        };
        // An empty query is a list, not a search: it needs no embedding.
        let mode = if text.is_empty() {
            SearchMode::Lexical
        } else {
            mode
        };
        let query = arguments::query(text.to_owned()).0;
        Some(SearchRequest {
            mode,
            // It is still being typed.
            lenient: true,
            near: self.shared.edited(),
            // Some may fall to de-duplication.
            ..SearchRequest::new(query, MAX_SYMBOLS + MAX_SYMBOLS / 2)
        })
    }

    /// The answer to a question after the edits before it, as our JSON.
    async fn answer(
        &self,
        find: impl FnOnce(&dyn Backend, &Cancel) -> Result<SearchResponse> + Send + 'static,
    ) -> Result<Value> {
        let settled = self.shared.settled(context().ticket).await;
        let shared = self.shared.clone();
        let delivery = context().delivery;
        let find = move |backend: &dyn Backend, cancel: &Cancel| {
            let response = find(backend, cancel)?;
            deliver(delivery.as_ref(), &Answer::new(&shared, response, settled))
        };
        self.blocking(find).await
    }

    /// Runs CPU work on a thread of its own; dropping the future cancels it.
    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&dyn Backend, &Cancel) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let cancel = Cancel::new();
        let _stop = CancelOnDrop(cancel.clone());
        let backend = self.shared.backend.clone();
        let span = tracing::Span::current();
        let task = tokio::task::spawn_blocking(move || {
            let _entered = span.entered();
            // A storm of cancelled requests costs nothing but its place in the queue.
            if cancel.is_cancelled() {
                return Err(Error::request_cancelled());
            }
            work(&*backend, &cancel)
        });
        task.await.unwrap_or_else(|_| Err(internal()))
    }
}

/// A search as it was asked for.
struct Asked {
    request: SearchRequest,
    /// Where, if not in the client's own folders.
    workspaces: Option<Workspaces>,
    /// What had to be changed about it.
    note: Option<String>,
    refine: Option<Refine>,
}

impl Asked {
    fn ask(
        &self,
        backend: &dyn Backend,
        cancel: &Cancel,
    ) -> std::result::Result<SearchResponse, BackendError> {
        match &self.workspaces {
            None => backend.search(&self.request, cancel),
            Some(workspaces) => backend.search_elsewhere(workspaces, &self.request, cancel),
        }
    }
}

/// Puts the first hits into the model's order if that is there in time.
fn refine_now(
    backend: &dyn Backend,
    response: &mut SearchResponse,
    until: Instant,
    cancel: &Cancel,
) -> Result<()> {
    if !backend.has_model() {
        return Ok(());
    }
    let began = Instant::now();
    if let Some(asked) = response.rerankable() {
        let order = backend.second_opinion(&asked, Some(until), cancel);
        if let Some(order) = order.map_err(answer::error)? {
            response.reorder(&order);
        }
        response.took += began.elapsed();
    }
    Ok(())
}

/// Makes `answer` the result of this request: given from this thread, and encoded once, where there is a delivery; otherwise
/// returned as a value, for tower-lsp to give.
fn deliver<T: serde::de::DeserializeOwned + Default>(
    delivery: Option<&Delivery>,
    answer: &impl serde::Serialize,
) -> Result<T> {
    let body = serde_json::to_string(answer).map_err(unencodable)?;
    if let Some(delivery) = delivery {
        delivery.give(&body);
        return Ok(T::default());
    }
    serde_json::from_str(&body).map_err(unencodable)
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn unencodable(error: serde_json::Error) -> Error {
    tracing::error!(%error, "an answer could not be encoded");
    internal()
}
