//! One warm engine for the whole machine: `symseek serve` keeps the folders of all clients open, and the language server, the
//! server for agents and the command line attach to it.
//!
//! ```text
//! editor ⇄ symseek lsp (proxy) ─┐                       ┌─ session: the language server, documents of its own ─┐
//! agent  ⇄ symseek mcp (proxy) ─┼─ private Unix socket ─┼─ session: the server for agents                      ├─ hub: one engine per folder
//! shell  ⇄ symseek search … ────┘    one hello each     └─ session: one command                                ┘
//! ```
//!
//! A session is the same code that runs without a service, over a socket instead of pipes, so answers are the same. The process
//! at the client's end ([`proxy`]) forwards messages and keeps what a new session needs to be told ([`memory`]): when the service
//! dies it goes to the next one, or runs the session itself. `place` says where the socket lies and who may be the service,
//! `hello` what is said first, `serve` is the service, `attach` the way to it, `transport` what both speak over: on Windows a named pipe.

pub(crate) mod attach;
pub(crate) mod hello;
pub(crate) mod memory;
pub(crate) mod place;
pub(crate) mod proxy;
pub(crate) mod serve;
mod transport;

use std::io::{self, BufReader, Cursor, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use clap::ValueEnum;
use serde_json::Value;

use self::attach::Answer;
use self::hello::{McpWant, Want};
use self::place::Place;
use self::proxy::Protocol;
use self::transport::{Stream, into_async};
use crate::cli::ask::{Line, Question, Reply, Wishes};
use crate::cli::{Common, ServeLimits};
use crate::config::Config;
use crate::lsp;
use crate::lsp::engine::EngineBackend;
use crate::lsp::wire;

/// Whether a process uses the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Use {
    /// Attach, and start it when there is none
    Auto,
    /// Attach when there is one
    Attach,
    /// Have an engine of its own
    Off,
}

/// `symseek lsp`: with the service where it can be had and the client's settings allow, with an engine of its own otherwise.
/// Gives the exit code.
///
/// # Errors
/// When a thread or the runtime cannot be started.
pub(crate) fn lsp(
    common: Common,
    set_log_level: Arc<dyn Fn(&str) + Send + Sync>,
) -> io::Result<u8> {
    let use_ = common.service.unwrap_or(Use::Auto);
    if use_ == Use::Off {
        return crate::serve_here(io::stdin(), common, set_log_level);
    }
    // Its settings decide who serves the client, and they come with its first message.
    let mut stdin = BufReader::new(io::stdin());
    let first = wire::read_body(&mut stdin)?;
    let (mut seen, mut session) = (Vec::new(), None);
    if let Some(Ok(body)) = &first {
        wire::write(&mut seen, body)?;
        if is_shareable(body, common.cache_dir.as_deref()) {
            session = attach::attach(common.cache_dir.as_deref(), use_, &Want::Lsp);
        }
    } else if first.is_some() {
        // What was no message is answered by who serves.
        seen.extend_from_slice(b"Content-Length: 1\r\n\r\n{");
    }
    let input = Cursor::new(seen).chain(stdin);
    let Some(stream) = session else {
        return crate::serve_here(input, common, set_log_level);
    };
    let next = move |stay: bool| {
        let found = if stay {
            None
        } else {
            attach::attach(common.cache_dir.as_deref(), use_, &Want::Lsp)
        };
        match found {
            Some(stream) => Ok(stream),
            None => lsp_here(&common),
        }
    };
    proxy::run(Protocol::Lsp, input, io::stdout(), stream, Box::new(next))
}

/// Whether the settings in the first message can be had of a service that others use, too.
fn is_shareable(body: &[u8], cache: Option<&Path>) -> bool {
    let message: Value = serde_json::from_slice(body).unwrap_or_default();
    let options = message.pointer("/params/initializationOptions");
    let (config, _) = Config::default().with(options.unwrap_or(&Value::Null));
    config.query_packs.is_none()
        && config.languages.is_empty()
        && (config.cache_directory.is_none() || config.cache_directory.as_deref() == cache)
}

/// A session of a language server in this process, over pipes, for a client whose service is gone.
fn lsp_here(common: &Common) -> io::Result<Stream> {
    let (ours, output) = Stream::pair()?;
    let input = output.try_clone()?;
    let common = common.clone();
    std::thread::Builder::new()
        .name("symseek-session".to_owned())
        .spawn(move || {
            let embedder = crate::cli::embedder().map_err(|error| tracing::error!("{error:#}"));
            let backend = EngineBackend::new(embedder.ok(), common.cache_dir.clone());
            let served = lsp::run_over(
                input,
                output,
                Arc::new(backend),
                lsp::shared::Options {
                    watch_parent: false,
                    cache_dir: common
                        .cache_dir
                        .or_else(|| symseek_engine::user_cache().ok()),
                    ..lsp::shared::Options::default()
                },
            );
            if let Err(error) = served {
                tracing::error!(%error, "the session could not start");
            }
        })?;
    Ok(ours)
}

/// `symseek mcp` with the service; false when there is none for it.
///
/// # Errors
/// When a thread cannot be started.
pub(crate) fn mcp(
    common: &Common,
    folders: &[PathBuf],
    directory: &Path,
    index_within: u64,
) -> anyhow::Result<bool> {
    let use_ = common.service.unwrap_or(Use::Auto);
    if common.has_own_languages() {
        return Ok(false);
    }
    let absolute = |it: &PathBuf| std::path::absolute(it);
    let want = Want::Mcp(McpWant {
        folders: folders.iter().map(absolute).collect::<Result<_, _>>()?,
        directory: directory.to_path_buf(),
        index_within,
        wishes: Wishes::of(common),
    });
    let Some(stream) = attach::attach(common.cache_dir.as_deref(), use_, &want) else {
        return Ok(false);
    };
    let (common, folders) = (common.clone(), folders.to_vec());
    let directory = directory.to_path_buf();
    let next = move |stay: bool| {
        let found = if stay {
            None
        } else {
            attach::attach(common.cache_dir.as_deref(), use_, &want)
        };
        match found {
            Some(stream) => Ok(stream),
            None => mcp_here(&common, folders.clone(), directory.clone(), index_within),
        }
    };
    proxy::run(
        Protocol::Mcp,
        io::stdin(),
        io::stdout(),
        stream,
        Box::new(next),
    )?;
    Ok(true)
}

/// A session of a server for agents in this process.
fn mcp_here(
    common: &Common,
    folders: Vec<PathBuf>,
    directory: PathBuf,
    index_within: u64,
) -> io::Result<Stream> {
    let (ours, its) = Stream::pair()?;
    let options = crate::cli::for_agents(common, folders, directory, index_within);
    std::thread::Builder::new()
        .name("symseek-session".to_owned())
        .spawn(move || {
            let served = || -> anyhow::Result<()> {
                let runtime = tokio::runtime::Builder::new_multi_thread()
                    .worker_threads(1)
                    .enable_all()
                    .build()?;
                runtime.block_on(async { crate::mcp::serve(options, into_async(its)?).await })
            };
            if let Err(error) = served() {
                tracing::error!("the session failed: {error:#}");
            }
        })?;
    Ok(ours)
}

/// The service's answer to a command, with how far indexing is meanwhile; `None` when no service answers it.
///
/// # Errors
/// What the service says instead of an answer.
pub(crate) fn ask(
    common: &Common,
    question: &Question,
    progress: &dyn Fn(usize, usize),
) -> anyhow::Result<Option<Reply>> {
    let use_ = common.service.unwrap_or(Use::Attach);
    if common.has_own_languages() {
        return Ok(None);
    }
    let want = Want::Command(Box::new(question.clone()));
    let Some(stream) = attach::attach(common.cache_dir.as_deref(), use_, &want) else {
        return Ok(None);
    };
    let mut stream = BufReader::new(stream);
    loop {
        match hello::hear(&mut stream) {
            Ok(Line::Indexing(done, total)) => progress(done, total),
            Ok(Line::Reply(reply)) => return Ok(Some(reply)),
            Ok(Line::Failed(why)) => bail!(why),
            Err(error) => {
                tracing::warn!(%error, "the service is gone; an engine of our own answers");
                return Ok(None);
            }
        }
    }
}

/// How long one line of the service may take; one that closes a folder stores what was saved there first.
const ONE_LINE: Duration = Duration::from_secs(20);

/// What there is of a service.
pub(crate) enum State {
    /// None was ever there, or it ended as it should.
    None,
    /// One was killed and left its socket; the next one takes its place.
    Killed,
    /// It runs, and says this.
    Runs(Box<serve::Report>),
    /// It runs, and does not answer, or in words of another version.
    Mute(String),
}

/// Looks for the service of a cache directory; makes and starts nothing.
pub(crate) fn state(cache: Option<&Path>) -> State {
    let Some(place) = Place::known(cache) else {
        return State::None;
    };
    match attach::connect(&place, &Want::Status) {
        Ok(Answer::Session(stream, _)) => {
            let _ = stream.set_read_timeout(Some(ONE_LINE));
            match hello::hear(&mut BufReader::new(stream)) {
                Ok(report) => State::Runs(Box::new(report)),
                Err(error) => State::Mute(error.to_string()),
            }
        }
        Ok(Answer::Refused(welcome)) => State::Mute(welcome.refused.unwrap_or_default()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => State::None,
        // A socket lies there that nobody answers at.
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => State::Killed,
        Err(error) => State::Mute(error.to_string()),
    }
}

/// Has the service let go of a folder, if it holds it and nobody uses it. False when somebody does.
pub(crate) fn close(cache: Option<&Path>, root: &Path) -> bool {
    let want = Want::Close(root.to_path_buf());
    let Some(Ok(Answer::Session(stream, _))) =
        Place::known(cache).map(|place| attach::connect(&place, &want))
    else {
        return true;
    };
    let _ = stream.set_read_timeout(Some(ONE_LINE));
    hello::hear(&mut BufReader::new(stream)).unwrap_or(true)
}

/// `symseek serve`.
///
/// # Errors
/// When it cannot be started, or there is one already; when none is there to be ended.
pub(crate) fn serve(
    common: &Common,
    limits: &ServeLimits,
    background: bool,
    stop: bool,
) -> anyhow::Result<()> {
    if stop {
        let Some(place) = Place::known(common.cache_dir.as_deref()) else {
            bail!("no service runs");
        };
        let process = match attach::connect(&place, &Want::Status) {
            Ok(Answer::Session(_, welcome) | Answer::Refused(welcome)) => welcome.process,
            Err(_) => bail!("no service runs"),
        };
        attach::retire(&place, process);
        return Ok(());
    }
    if common.has_own_languages() {
        bail!(
            "query packs and file types are no service's; processes that want their own have engines of their own"
        );
    }
    if background {
        return serve::background(common).context("the service does not start");
    }
    let minutes = |minutes: f64| Duration::from_secs_f64(minutes * 60.0);
    serve::run(
        common,
        &serve::Options {
            idle: minutes(limits.idle),
            folder_idle: minutes(limits.folder_idle),
            folders: limits.folders,
            memory: limits.memory << 20,
        },
    )
}
