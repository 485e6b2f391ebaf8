//! `symseek serve`: the process that holds the folders of all clients, and a session for each of them.

use std::collections::BTreeMap;
use std::io;
use std::net::Shutdown;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use symseek_engine::{EngineOptions, Hub, Progress};
use tokio::sync::Notify;

use super::attach::{self, Answer};
use super::hello::{Hello, McpWant, Program, Want, Welcome, hear, say};
use super::memory::notification;
use super::place::Place;
use super::proxy::DETACH;
use super::transport::{Address, Listener, Stream, has_left, into_async};
use crate::cli::Common;
use crate::cli::ask::{Line, Question};
use crate::lsp;
use crate::lsp::engine::{EngineBackend, Sharing};

/// So long a new service waits for the one before it to end.
const SUCCESSION: Duration = Duration::from_secs(10);
/// Who connects says hello within this time.
const HELLO: Duration = Duration::from_secs(3);
/// Between two looks for what is idle.
const TIDY: Duration = Duration::from_secs(5);
/// A folder that nobody used for so long lets go of memory.
const REST: Duration = Duration::from_secs(10);
/// Threads for the sessions' questions, of all of them together.
const BLOCKING_THREADS: usize = 64;
/// A client that is told to go somewhere else has so long to read it.
const FAREWELL: Duration = Duration::from_secs(1);

/// How the service is run.
#[derive(Debug, Clone)]
pub(crate) struct Options {
    /// Without any client for so long, it ends.
    pub(crate) idle: Duration,
    /// A folder that nobody used for so long is closed.
    pub(crate) folder_idle: Duration,
    /// More folders than this are open only while they are used.
    pub(crate) folders: usize,
    /// Above so many bytes of resident memory, idle folders are closed.
    pub(crate) memory: u64,
}

/// Starts the service again without this flag, as nobody's child, and ends.
///
/// # Errors
/// When it cannot be started.
pub(crate) fn background(common: &Common) -> anyhow::Result<()> {
    #[cfg(unix)]
    use std::os::unix::process::CommandExt as _;
    #[cfg(windows)]
    use std::os::windows::process::CommandExt as _;
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("serve");
    if let Some(cache) = &common.cache_dir {
        command.arg("--cache-dir").arg(cache);
    }
    if common.log != "error" {
        command.arg("--log").arg(&common.log);
    }
    // Signals to the terminal's or the editor's group of processes are not meant for it.
    #[cfg(unix)]
    command.process_group(0);
    #[cfg(windows)]
    command.creation_flags(windows_sys::Win32::System::Threading::DETACHED_PROCESS);
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::inherit())
        .spawn()
        .context("the service cannot be started")?;
    Ok(())
}

/// One client.
struct Session {
    kind: &'static str,
    since: Instant,
    stream: Stream,
}

struct Service {
    hub: Arc<Hub>,
    program: Program,
    common: Common,
    socket: PathBuf,
    address: Address,
    sessions: Mutex<BTreeMap<u64, Session>>,
    next: AtomicU64,
    /// Since when there is no client.
    idle_since: Mutex<Instant>,
    ends: Notify,
    closed: AtomicU64,
}

/// Runs the service until it is told to end, or nobody has used it for long.
///
/// # Errors
/// When another service runs already, or the socket cannot be made.
pub(crate) fn run(common: &Common, options: &Options) -> anyhow::Result<()> {
    let place =
        Place::of(common.cache_dir.as_deref()).context("there is no place for the socket")?;
    let until = Instant::now() + SUCCESSION;
    let lock = loop {
        if let Some(lock) = place.claim()? {
            break lock;
        }
        if let Ok(Answer::Session(_, welcome) | Answer::Refused(welcome)) =
            attach::connect(&place, &Want::Status)
        {
            bail!("process {} is the service already", welcome.process);
        }
        if Instant::now() >= until {
            bail!("another process holds the lock and does not answer");
        }
        std::thread::sleep(Duration::from_millis(10));
    };
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string);
        tracing::error!(place, "panicked");
    }));
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .max_blocking_threads(BLOCKING_THREADS)
        .enable_all()
        .build()?;
    let served = runtime.block_on(async {
        let mut listener = Listener::open(&place.socket)?;
        let service = Arc::new(Service {
            hub: Arc::new(Hub::new(hub_options(common)?)),
            program: Program::own(),
            common: common.clone(),
            socket: place.socket.clone(),
            address: listener.address(),
            sessions: Mutex::default(),
            next: AtomicU64::new(0),
            idle_since: Mutex::new(Instant::now()),
            ends: Notify::new(),
            closed: AtomicU64::new(0),
        });
        tracing::info!(socket = %place.socket.display(), "the service is there");
        let tidying = tokio::spawn(tidy(Arc::clone(&service), options.clone()));
        service.accept(&mut listener).await;
        tidying.abort();
        // From here on clients find nobody, and start the next one, which waits for the lock.
        service.address.leave();
        drop(listener);
        for session in service.sessions.lock().values() {
            let _ = session.stream.shutdown(Shutdown::Both);
        }
        let until = Instant::now() + FAREWELL;
        while !service.sessions.lock().is_empty() && Instant::now() < until {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        // What was saved is stored before the next service opens it.
        let closing = Arc::clone(&service);
        let _ =
            tokio::task::spawn_blocking(move || closing.hub.close_idle(Duration::ZERO, 0)).await;
        anyhow::Ok(())
    });
    runtime.shutdown_background();
    lsp::report::remove_all();
    drop(lock);
    served
}

fn hub_options(common: &Common) -> anyhow::Result<EngineOptions> {
    Ok(EngineOptions {
        cache_dir: common.cache_dir.clone(),
        query_packs: None,
        languages: Vec::new(),
        settings: symseek_engine::Settings::default(),
        embedder: Some(crate::cli::embedder()?),
        progress: None,
        threads: common.threads,
        graph_from: 0,
    })
}

/// Closes what nobody uses, and ends the service when that is everything, for long.
async fn tidy(service: Arc<Service>, options: Options) {
    loop {
        tokio::time::sleep(TIDY.min(options.idle)).await;
        let its = Arc::clone(&service);
        let (limit, most, memory) = (options.folder_idle, options.folders, options.memory);
        let closing = tokio::task::spawn_blocking(move || {
            its.hub.rest_idle(REST);
            let mut closed = its.hub.close_idle(limit, most);
            while resident().is_some_and(|now| now > memory) {
                let open = its.hub.folders().len();
                let more = its.hub.close_idle(Duration::MAX, open.saturating_sub(1));
                if more.is_empty() {
                    break;
                }
                closed.extend(more);
            }
            for folder in &closed {
                tracing::info!(folder = %folder.display(), "closed, nobody uses it");
            }
            its.closed.fetch_add(closed.len() as u64, Ordering::Relaxed);
        });
        let _ = closing.await;
        if !service.sessions.lock().is_empty() {
            continue;
        }
        let why = if service.idle_since.lock().elapsed() >= options.idle {
            "nobody uses the service, it ends"
        } else if !service.address.is_reachable() {
            "nobody can reach the service any more, it ends"
        } else {
            continue;
        };
        tracing::info!("{why}");
        service.ends.notify_one();
    }
}

/// Resident memory of this process in bytes, where the system says it.
pub(crate) fn resident() -> Option<u64> {
    let statm = std::fs::read_to_string("/proc/self/statm").ok()?;
    let pages: u64 = statm.split(' ').nth(1)?.parse().ok()?;
    // Four kilobytes on every system with this file that we know; a larger page makes the limit stricter by less than its use.
    Some(pages * 4096)
}

/// What `symseek status` shows of the service.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Report {
    /// The service.
    pub(crate) process: u32,
    /// What it runs.
    pub(crate) program: Program,
    socket: PathBuf,
    /// Bytes, where the system says it.
    pub(crate) resident: Option<u64>,
    /// Folders closed because nobody used them.
    closed: u64,
    /// Everybody who is attached.
    pub(crate) clients: Vec<ClientReport>,
    /// What is open.
    pub(crate) folders: Vec<FolderReport>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ClientReport {
    /// `lsp`, `mcp` or `command`.
    pub(crate) kind: String,
    seconds: u64,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FolderReport {
    /// Which.
    pub(crate) root: PathBuf,
    /// `indexing`, `ready` or `stopped`.
    pub(crate) state: String,
    files: usize,
    chunks: usize,
    /// Clients that use it.
    pub(crate) sessions: usize,
    /// For how long nobody has.
    pub(crate) idle_seconds: u64,
    /// Changes on the disk are followed.
    pub(crate) watching: bool,
    /// What went wrong, newest last.
    pub(crate) problems: Vec<String>,
}

impl Service {
    async fn accept(self: &Arc<Self>, listener: &mut Listener) {
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                () = self.ends.notified() => return,
            };
            match accepted {
                Ok(Some(stream)) => {
                    let its = Arc::clone(self);
                    tokio::spawn(async move {
                        if let Err(error) = its.welcome(stream).await {
                            tracing::debug!(%error, "a client went");
                        }
                    });
                }
                Ok(None) => tracing::warn!("another user's process was turned away"),
                Err(error) => {
                    tracing::warn!(%error, "a client could not be taken");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            }
        }
    }

    /// Hears what a client wants, and gives it that.
    async fn welcome(self: Arc<Self>, mut stream: Stream) -> anyhow::Result<()> {
        let (hello, mut stream) = tokio::task::spawn_blocking(move || {
            stream.set_read_timeout(Some(HELLO))?;
            let hello: Hello = hear(&mut stream)?;
            stream.set_read_timeout(None)?;
            io::Result::Ok((hello, stream))
        })
        .await??;
        let welcome = |refused: Option<String>| Welcome {
            program: self.program.clone(),
            process: std::process::id(),
            refused,
        };
        let want: Option<Want> = serde_json::from_value(hello.want).ok();
        if matches!(want, Some(Want::Retire)) {
            say(&welcome(None), &mut stream)?;
            tracing::info!("told to end");
            self.ends.notify_one();
            return Ok(());
        }
        let is_ours = |it: &Program| {
            (it.protocol, &it.version) == (self.program.protocol, &self.program.version)
        };
        let Some(want) = want.filter(|_| is_ours(&hello.program)) else {
            let Program {
                version, protocol, ..
            } = &self.program;
            let why = format!("the service is version {version}, protocol {protocol}");
            say(&welcome(Some(why)), &mut stream)?;
            return Ok(());
        };
        let session = self.register(&want, &stream)?;
        say(&welcome(None), &mut stream)?;
        match want {
            Want::Lsp => self.lsp(stream).await?,
            Want::Mcp(want) => self.mcp(stream, want).await?,
            Want::Status => {
                let report = tokio::task::spawn_blocking({
                    let its = Arc::clone(&self);
                    move || its.report()
                })
                .await?;
                say(&report, &mut stream)?;
            }
            Want::Command(question) => {
                let its = Arc::clone(&self);
                tokio::task::spawn_blocking(move || its.command(&stream, &question)).await??;
            }
            Want::Close(root) => {
                let hub = Arc::clone(&self.hub);
                let is_closed = tokio::task::spawn_blocking(move || hub.close(&root)).await?;
                say(&is_closed, &mut stream)?;
            }
            Want::Retire => {}
        }
        drop(session);
        Ok(())
    }

    fn register(self: &Arc<Self>, want: &Want, stream: &Stream) -> io::Result<Registered> {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let kind = match want {
            Want::Lsp => "lsp",
            Want::Mcp(_) => "mcp",
            Want::Command(_) => "command",
            Want::Status | Want::Close(_) | Want::Retire => "status",
        };
        let session = Session {
            kind,
            since: Instant::now(),
            stream: stream.try_clone()?,
        };
        self.sessions.lock().insert(id, session);
        Ok(Registered {
            service: Arc::clone(self),
            id,
        })
    }

    async fn lsp(&self, mut stream: Stream) -> anyhow::Result<()> {
        let is_unfit = Arc::new(AtomicBool::new(false));
        let unfit = {
            let (is_unfit, stream) = (Arc::clone(&is_unfit), stream.try_clone()?);
            Arc::new(move || {
                is_unfit.store(true, Ordering::Release);
                // The session ends as if the client had gone; what it has answered is written out.
                let _ = stream.shutdown(Shutdown::Read);
            })
        };
        let hub = Arc::clone(&self.hub);
        let backend = Arc::new(EngineBackend::of_hub(Sharing { hub, unfit }));
        let options = lsp::shared::Options {
            watch_parent: false,
            cache_dir: (self.common.cache_dir.clone())
                .or_else(|| symseek_engine::user_cache().ok()),
            ..lsp::shared::Options::default()
        };
        let (input, output) = (stream.try_clone()?, stream.try_clone()?);
        let served = lsp::serve(input, output, Arc::clone(&backend) as Arc<_>, options).await;
        if is_unfit.load(Ordering::Acquire) {
            stream.set_write_timeout(Some(FAREWELL))?;
            let detach = notification(DETACH, &serde_json::json!({}));
            lsp::wire::write(&mut stream, &detach)?;
        }
        stream.shutdown(Shutdown::Both)?;
        // Ends the session's threads, which takes the time of their last turn.
        tokio::task::spawn_blocking(move || drop(backend)).await?;
        served?;
        Ok(())
    }

    async fn mcp(&self, stream: Stream, want: McpWant) -> anyhow::Result<()> {
        let (hub, common) = (Arc::clone(&self.hub), self.common.clone());
        let options = crate::mcp::Options {
            folders: want.folders.clone(),
            directory: want.directory.clone(),
            patience: Duration::from_millis(want.index_within),
            open: Box::new(move |roots| {
                crate::cli::attach_for_agents(&hub, roots, &common, &want.wishes)
            }),
        };
        crate::mcp::serve(options, into_async(stream)?).await
    }

    fn command(&self, stream: &Stream, question: &Question) -> io::Result<()> {
        let output = Arc::new(Mutex::new(stream.try_clone()?));
        let progress = {
            let output = Arc::clone(&output);
            Arc::new(move |progress| {
                let (done, total) = match progress {
                    Progress::Begin { total, .. } => (0, total),
                    // Often enough for a bar.
                    Progress::Update { done, total, .. } if done % 16 == 0 => (done, total),
                    Progress::Update { .. } | Progress::End { .. } => return,
                };
                let _ = say(&Line::Indexing(done, total), &mut *output.lock());
            })
        };
        // A client says nothing more; what can be read is its end.
        let goes_on = || !has_left(stream);
        let answered = crate::cli::ask_hub(&self.hub, &self.common, question, progress, goes_on);
        let line = answered.map_or_else(|error| Line::Failed(format!("{error:#}")), Line::Reply);
        say(&line, &mut *output.lock())
    }

    fn report(&self) -> Report {
        let clients = self.sessions.lock();
        let clients = clients
            .values()
            .filter(|it| it.kind != "status")
            .map(|it| ClientReport {
                kind: it.kind.to_owned(),
                seconds: it.since.elapsed().as_secs(),
            })
            .collect();
        let folders = self.hub.folders().into_iter().filter_map(|folder| {
            let status = folder.status.folders.into_iter().next()?;
            Some(FolderReport {
                root: folder.root,
                state: status.state.to_owned(),
                files: status.files,
                chunks: status.chunks,
                sessions: folder.sessions,
                idle_seconds: folder.idle.as_secs(),
                watching: status.watching,
                problems: status.problems,
            })
        });
        Report {
            process: std::process::id(),
            program: self.program.clone(),
            socket: self.socket.clone(),
            resident: resident(),
            closed: self.closed.load(Ordering::Relaxed),
            clients,
            folders: folders.collect(),
        }
    }
}

/// Takes its session from the list when it ends, however it does.
struct Registered {
    service: Arc<Service>,
    id: u64,
}

impl Drop for Registered {
    fn drop(&mut self) {
        let mut sessions = self.service.sessions.lock();
        let ended = sessions.remove(&self.id);
        if ended.is_some_and(|it| it.kind != "status") {
            *self.service.idle_since.lock() = Instant::now();
        }
    }
}
