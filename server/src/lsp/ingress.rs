//! The door: a `tower::Service` around tower-lsp's that fixes order and keeps the lifecycle.
//!
//! tower-lsp polls handlers concurrently, so the order of two handlers is the order of their first polls: no order at
//! all. Here everything that depends on order happens in `call`, which the transport makes in wire order, before any
//! future exists: a notification that moves the answers takes its ticket and its place in the one queue, a request takes
//! the ticket of the newest edit before it, `initialize` and `shutdown` run to their end, `$/cancelRequest` cancels.
//! Requests run as tasks of their own; dropping the answer aborts the task, a panic becomes −32603.
//!
//! It also mends what tower-lsp leaves open: `params: null` where none are expected, requests that begin with `$/`
//! (they want an answer), and errors before `initialize` and after `shutdown` for methods nobody knows.

use crate::lsp::delivery::Delivery;
use crate::lsp::outbox::Outbox;
use crate::lsp::queue::{Event, Mutation};
use crate::lsp::session::Session;
use crate::lsp::shared::{CONTEXT, RequestContext, Shared};
use futures::FutureExt;
use futures::future::BoxFuture;
use serde_json::{Value, json};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::task::{Context, Poll};
use tokio::task::JoinHandle;
use tower::Service;
use tower_lsp::jsonrpc::{Error, ErrorCode, Id, Request, Response};

/// Where the server stands in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Nothing but `initialize` is answered.
    Fresh,
    /// `initialize` was answered, and nothing came since.
    Agreed,
    /// At work.
    Running,
    /// `shutdown` was answered: only `exit` counts.
    Down,
    /// `exit` came; the flag says whether `shutdown` came before.
    Exited { clean: bool },
}

/// The service; `S` is tower-lsp's `LspService`, or a stand-in for tests.
pub(crate) struct Ingress<S> {
    inner: S,
    shared: Arc<Shared>,
    /// Where handlers may put their answers themselves; without it every answer comes out of [`Service::call`].
    outbox: Option<Outbox>,
    phase: Phase,
    sequence: u64,
}

impl<S> Ingress<S> {
    pub(crate) fn new(inner: S, shared: Arc<Shared>) -> Self {
        Self {
            inner,
            shared,
            outbox: None,
            phase: Phase::Fresh,
            sequence: 0,
        }
    }

    /// Lets handlers answer from the threads that found the answers; [`Service::call`] then gives nothing for what they answered.
    pub(crate) fn answering_through(self, outbox: Outbox) -> Self {
        Self {
            outbox: Some(outbox),
            ..self
        }
    }

    /// Where the server stands.
    pub(crate) fn phase(&self) -> Phase {
        self.phase
    }
}

/// An answer to come, or none.
type Answer<E> = BoxFuture<'static, Result<Option<Response>, E>>;

impl<S> Service<Request> for Ingress<S>
where
    S: Service<Request, Response = Option<Response>>,
    S::Future: Send + 'static,
    S::Error: Send + 'static,
{
    type Response = Option<Response>;
    type Error = S::Error;
    type Future = BoxFuture<'static, Result<Option<Response>, S::Error>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        match self.shared.queue.poll_ready(context) {
            Poll::Ready(()) => self.inner.poll_ready(context),
            Poll::Pending => Poll::Pending,
        }
    }

    fn call(&mut self, request: Request) -> Self::Future {
        self.sequence += 1;
        let (method, id, params) = request.into_parts();
        match (&*method, id) {
            ("exit", None) => {
                self.phase = Phase::Exited {
                    clean: self.phase == Phase::Down,
                };
                now(self.inner.call(Request::build("exit").finish()))
            }
            ("initialize", Some(id)) => self.initialize(id, params),
            (_, Some(id)) if !matches!(self.phase, Phase::Agreed | Phase::Running) => {
                ready(Response::from_error(id, self.refusal()))
            }
            (_, None) if !matches!(self.phase, Phase::Agreed | Phase::Running) => none(),
            (_, id) => {
                self.start();
                match id {
                    Some(id) => self.request(&method, id, params),
                    None => self.notification(&method, params),
                }
            }
        }
    }
}

impl<S> Ingress<S>
where
    S: Service<Request, Response = Option<Response>>,
    S::Future: Send + 'static,
    S::Error: Send + 'static,
{
    /// Any message after `initialize` starts the work, so that a client that forgets `initialized` is served too.
    fn start(&mut self) {
        if self.phase == Phase::Agreed {
            self.phase = Phase::Running;
            self.shared.queue.push(Mutation::Start);
        }
    }

    fn refusal(&self) -> Error {
        match self.phase {
            Phase::Fresh => Error {
                code: ErrorCode::ServerError(-32002),
                message: "the server waits for `initialize`".into(),
                data: None,
            },
            _ => with_message(Error::invalid_request(), "the server was shut down"),
        }
    }

    /// Runs to its end at once: whatever the client pipelines behind it finds the server initialized.
    fn initialize(&mut self, id: Id, params: Option<Value>) -> Answer<S::Error> {
        if self.phase != Phase::Fresh {
            let error = with_message(Error::invalid_request(), "`initialize` came before");
            return ready(Response::from_error(id, error));
        }
        let params = params.unwrap_or_default();
        if !params.is_object() {
            let error = Error::invalid_params("initialize: expected an object");
            return ready(Response::from_error(id, error));
        }
        self.shared.begin(Session::new(&params));
        // tower-lsp sees no capabilities: one it cannot read would fail the whole request.
        let call = Request::build("initialize")
            .params(json!({"capabilities": {}}))
            .id(id.clone())
            .finish();
        let answer = AssertUnwindSafe(self.inner.call(call))
            .catch_unwind()
            .now_or_never();
        match answer {
            Some(Ok(answer)) => {
                if matches!(&answer, Ok(Some(response)) if response.is_ok()) {
                    self.phase = Phase::Agreed;
                }
                Box::pin(std::future::ready(answer))
            }
            _ => ready(Response::from_error(id, internal())),
        }
    }

    fn notification(&mut self, method: &str, params: Option<Value>) -> Answer<S::Error> {
        if let Some(event) = Event::of(method) {
            let mutation = Mutation::Event(event, params.unwrap_or_default());
            self.shared.queue.push(mutation);
            return none();
        }
        match method {
            "$/cancelRequest" => {
                let params = params.unwrap_or_default();
                now(self
                    .inner
                    .call(Request::build("$/cancelRequest").params(params).finish()))
            }
            "window/workDoneProgress/cancel" => {
                if let Some(token) = params.as_ref().and_then(|params| params.get("token")) {
                    self.shared.progress.cancel(token);
                }
                none()
            }
            // Nothing else that comes without an id concerns us.
            _ => none(),
        }
    }

    fn request(&mut self, method: &str, id: Id, params: Option<Value>) -> Answer<S::Error> {
        if Event::of(method).is_some() || matches!(method, "exit" | "initialized") {
            let error = with_message(Error::invalid_request(), "a notification has no id");
            return ready(Response::from_error(id, error));
        }
        let call = prepared(method, &id, params);
        if method == "shutdown" {
            self.phase = Phase::Down;
            return now(self.inner.call(call));
        }
        if method == "workspace/symbol" {
            self.shared.newest_symbol.send_replace(self.sequence);
        }
        let context = RequestContext {
            sequence: self.sequence,
            ticket: self.shared.queue.newest(),
            delivery: self
                .outbox
                .clone()
                .map(|outbox| Delivery::new(id.clone(), outbox)),
        };
        let delivery = context.delivery.clone();
        let work = AssertUnwindSafe(self.inner.call(call)).catch_unwind();
        let mut task = AbortOnDrop(tokio::spawn(CONTEXT.scope(context, work)));
        let method = method.to_owned();
        Box::pin(async move {
            let outcome = (&mut task.0).await;
            if delivery.is_some_and(|delivery| !delivery.claim()) {
                return Ok(None);
            }
            match outcome {
                Ok(Ok(Ok(None))) => {
                    let mut error = Error::method_not_found();
                    error.data = Some(json!(method));
                    Ok(Some(Response::from_error(id, error)))
                }
                Ok(Ok(answer)) => answer,
                Ok(Err(_)) | Err(_) => {
                    tracing::error!(method, "a handler panicked");
                    Ok(Some(Response::from_error(id, internal())))
                }
            }
        })
    }
}

/// The request as tower-lsp can read it: no `params: null` where none are expected, none missing where some are.
fn prepared(method: &str, id: &Id, params: Option<Value>) -> Request {
    let params = match (method, params) {
        ("shutdown", _) => None,
        ("workspace/executeCommand", Some(Value::Object(mut map))) => {
            map.retain(|_, value| !value.is_null());
            Some(Value::Object(map))
        }
        (method, None) if method.starts_with("symseek/") => Some(Value::Null),
        (_, params) => params,
    };
    let mut call = Request::build(method.to_owned()).id(id.clone());
    if let Some(params) = params {
        call = call.params(params);
    }
    call.finish()
}

/// What every panic is answered with; the payload may hold document text, so it stays inside.
pub(crate) fn internal() -> Error {
    with_message(
        Error::internal_error(),
        "the handler failed unexpectedly; the server goes on",
    )
}

fn with_message(mut error: Error, message: &str) -> Error {
    error.message = format!("{}: {message}", error.message).into();
    error
}

fn none<E: Send + 'static>() -> Answer<E> {
    Box::pin(std::future::ready(Ok(None)))
}

fn ready<E: Send + 'static>(response: Response) -> Answer<E> {
    Box::pin(std::future::ready(Ok(Some(response))))
}

/// Polls a future that is known to be short at once, so that its effect is in wire order.
fn now<F, E>(future: F) -> Answer<E>
where
    F: Future<Output = Result<Option<Response>, E>> + Send + 'static,
    E: Send + 'static,
{
    let mut future = Box::pin(future);
    match future.as_mut().now_or_never() {
        Some(answer) => Box::pin(std::future::ready(answer)),
        None => future,
    }
}

struct AbortOnDrop<T>(JoinHandle<T>);

impl<T> Drop for AbortOnDrop<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}
