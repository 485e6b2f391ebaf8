//! The language server: the only code that knows LSP, JSON-RPC and tokio.
//!
//! ```text
//! stdin thread ─ wire ─▶ transport loop ─▶ ingress ─┬─ edits ────▶ queue ─▶ writer thread ─▶ engine
//!                            ▲   │                  └─ requests ─▶ tasks (tower-lsp) ─▶ blocking threads ─▶ engine
//! stdout thread ◀─ outbox ◀──┘   └─ answers of the client ─▶ tower-lsp's client
//! ```
//!
//! Order is fixed in [`ingress`], before any future is polled; [`writer`] alone moves documents; a request waits until the
//! engine has published every edit before it ([`shared::Shared::settled`]). Nothing waits for the client: what goes out
//! goes through [`outbox`], what is asked of the client is asked from tasks of their own.

pub(crate) mod actions;
pub(crate) mod answer;
pub(crate) mod arguments;
pub(crate) mod backend;
pub(crate) mod delivery;
pub(crate) mod document;
pub(crate) mod engine;
#[cfg(test)]
pub(crate) mod fake;
pub(crate) mod ingress;
pub(crate) mod kind;
pub(crate) mod outbox;
pub(crate) mod parent;
pub(crate) mod position;
pub(crate) mod progress;
pub(crate) mod queue;
pub(crate) mod register;
pub(crate) mod report;
pub(crate) mod server;
pub(crate) mod session;
pub(crate) mod shared;
pub(crate) mod target;
pub(crate) mod transport;
pub(crate) mod uri;
pub(crate) mod wire;
pub(crate) mod writer;

#[cfg(test)]
mod tests;

use backend::Backend;
use ingress::Ingress;
use outbox::Outbox;
use queue::Mutation;
use server::Server;
use shared::{Options, Shared};
use std::io::{Read, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tower_lsp::{ClientSocket, LspService};

/// How long the last answers may take to be read.
const FAREWELL: Duration = Duration::from_secs(1);
/// Threads for the engine's work on behalf of requests. More than cores: a slow query must not hold up the next.
const BLOCKING_THREADS: usize = 32;

/// The service with its order fixed, the way to the client, and what its parts share. Starts the writer.
pub(crate) fn connect(
    backend: Arc<dyn Backend>,
    options: Options,
) -> std::io::Result<(Ingress<LspService<Server>>, ClientSocket, Arc<Shared>)> {
    let (queue, receiver) = queue::queue();
    let mut made = None;
    let builder = LspService::build(|client| {
        let shared = Shared::new(backend, client, queue, options);
        made = Some(shared.clone());
        Server { shared }
    });
    let (service, socket) = builder
        .custom_method("symseek/search", Server::search)
        .custom_method("symseek/refine", Server::refine)
        .custom_method("symseek/similar", Server::similar)
        .custom_method("symseek/callers", Server::callers)
        .custom_method("symseek/callees", Server::callees)
        .custom_method("symseek/status", Server::status)
        .custom_method("symseek/reindex", Server::reindex)
        .custom_method("symseek/searchToDocument", Server::search_to_document)
        .custom_method("symseek/similarToDocument", Server::similar_to_document)
        .custom_method("symseek/callersToDocument", Server::callers_to_document)
        .custom_method("symseek/calleesToDocument", Server::callees_to_document)
        .finish();
    let shared = made.expect("because the builder calls its closure before it returns");
    writer::Writer::spawn(shared.clone(), receiver)?;
    Ok((Ingress::new(service, shared.clone()), socket, shared))
}

/// Serves one client over two pipes. Gives the exit code.
pub(crate) async fn serve(
    input: impl Read + Send + 'static,
    output: impl Write + Send + 'static,
    backend: Arc<dyn Backend>,
    options: Options,
) -> std::io::Result<u8> {
    let watch_parent = options.watch_parent;
    let outbox = Outbox::spawn(output)?;
    let inbound = transport::reader(input)?;
    let (service, socket, shared) = connect(backend, options)?;
    let service = service.answering_through(outbox.clone());
    let code = tokio::select! {
        code = transport::serve(service, socket, inbound, &outbox) => code,
        () = parent::gone(&shared), if watch_parent => 1,
    };
    shared.queue.push(Mutation::Stop);
    let closing = tokio::task::spawn_blocking(move || outbox.close(FAREWELL));
    let _ = closing.await;
    Ok(code)
}

/// `symseek lsp`: serves the client on `input` and stdout, then ends the process' work. Gives the exit code.
pub(crate) fn run(
    input: impl Read + Send + 'static,
    backend: Arc<dyn Backend>,
    cache_dir: Option<PathBuf>,
    set_log_level: Arc<dyn Fn(&str) + Send + Sync>,
) -> std::io::Result<u8> {
    // Dropping the engine waits for its threads; the process ends without. What was saved is found again at the next start.
    std::mem::forget(backend.clone());
    // The message of a panic may quote document text, which is never logged; its place says enough.
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string);
        tracing::error!(place, "panicked");
    }));
    let options = Options {
        set_log_level,
        cache_dir: cache_dir.or_else(|| symseek_engine::user_cache().ok()),
        ..Options::default()
    };
    let code = run_over(input, std::io::stdout(), backend, options);
    report::remove_all();
    code
}

/// Serves one client over two pipes, on a runtime of its own. Gives the exit code.
pub(crate) fn run_over(
    input: impl Read + Send + 'static,
    output: impl Write + Send + 'static,
    backend: Arc<dyn Backend>,
    options: Options,
) -> std::io::Result<u8> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .max_blocking_threads(BLOCKING_THREADS)
        .enable_time()
        .build()?;
    // On a worker rather than here: a request's task then starts on the thread that took it, which spares two thread switches.
    let serving = runtime.spawn(serve(input, output, backend, options));
    let code = runtime
        .block_on(serving)
        .unwrap_or_else(|error| Err(std::io::Error::other(error)));
    // Work that is still running is of no use to anybody.
    runtime.shutdown_background();
    code
}
