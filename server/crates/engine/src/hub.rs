//! One engine per folder for many sessions: what a service shares. A *host* is an engine of one folder without documents; a
//! session is an engine with documents of its own that takes its folders' stored indexes and saved files from hosts.
//!
//! A session never sees another's documents: they lie in its own layer above what the host shows. Knows no socket and no
//! protocol, and does not decide when to end.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use rustc_hash::FxHashSet;
use std::collections::BTreeMap;
use symseek_base::{RelPath, Revision};
use symseek_index::memory::MemoryFile;
use symseek_index::snapshot::Snapshot;
use symseek_index::store::{Base, SkipReason};

use crate::change::Change;
use crate::engine::{Engine, EngineError};
use crate::indexer::{SharedState, Skipped, give_back_memory};
use crate::options::{EngineOptions, Settings};
use crate::status::{Progress, StatusReport};

/// What lies in a folder, as its host shows it.
#[derive(Clone)]
pub(crate) struct Layer {
    /// Counts up with each publication.
    pub(crate) number: u64,
    pub(crate) base: Arc<Base>,
    pub(crate) saved: BTreeMap<RelPath, Arc<MemoryFile>>,
    pub(crate) gone: FxHashSet<RelPath>,
    pub(crate) skipped: BTreeMap<RelPath, Skipped>,
    /// All of it, for sessions that have nothing to lay over it.
    pub(crate) snapshot: Arc<Snapshot>,
}

/// What a host tells its sessions.
#[derive(Debug, Clone)]
pub(crate) enum Told {
    /// There is a new [`Layer`].
    Layer,
    /// Something that sessions may wait for has changed.
    State,
    /// Its indexer works.
    Progress(Progress),
}

type Listener = Box<dyn Fn(Told) + Send + Sync>;

/// What a host shows, and who is told.
#[derive(Default)]
pub(crate) struct Stage {
    layer: Mutex<Option<Arc<Layer>>>,
    number: AtomicU64,
    listeners: Mutex<Vec<(u64, Listener)>>,
}

impl Stage {
    /// Shows a layer; its number is set here.
    pub(crate) fn show(&self, mut layer: Layer) {
        let mut shown = self.layer.lock();
        layer.number = self.number.load(Ordering::Acquire) + 1;
        let number = layer.number;
        *shown = Some(Arc::new(layer));
        self.number.store(number, Ordering::Release);
        drop(shown);
        self.tell(&Told::Layer);
    }

    pub(crate) fn tell(&self, what: &Told) {
        for (_, listener) in &*self.listeners.lock() {
            listener(what.clone());
        }
    }
}

/// An engine of one folder that sessions share.
pub(crate) struct Host {
    root: Arc<Path>,
    settings: Mutex<Settings>,
    stage: Arc<Stage>,
    engine: Engine,
    use_: Mutex<Use>,
}

struct Use {
    sessions: usize,
    /// Since when nobody uses it.
    since: Instant,
    /// It was told so.
    rests: bool,
}

impl Host {
    /// The newest layer; none before the first publication.
    pub(crate) fn layer(&self) -> Option<Arc<Layer>> {
        self.stage.layer.lock().clone()
    }

    /// The number of the newest layer.
    pub(crate) fn newest(&self) -> u64 {
        self.stage.number.load(Ordering::Acquire)
    }

    pub(crate) fn submit(&self, change: Change) -> Revision {
        self.engine.submit(change)
    }

    pub(crate) fn wait_for(&self, revision: Revision, limit: Duration) -> bool {
        self.engine.wait_for(revision, limit)
    }

    /// The state that its indexer keeps.
    pub(crate) fn state(&self) -> SharedState {
        self.engine.folder_state()
    }

    fn sessions(&self) -> usize {
        self.use_.lock().sessions
    }
}

/// A session's use of a host; ends when it is dropped.
pub(crate) struct Lease {
    pub(crate) host: Arc<Host>,
    id: u64,
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.host
            .stage
            .listeners
            .lock()
            .retain(|(id, _)| *id != self.id);
        let mut use_ = self.host.use_.lock();
        use_.sessions -= 1;
        (use_.since, use_.rests) = (Instant::now(), false);
    }
}

/// A session's folder as readers know it.
pub(crate) struct Hosted {
    pub(crate) host: Arc<Host>,
    /// The layer that the session's view shows.
    pub(crate) seen: AtomicU64,
    /// Open documents of the session that are left out of the index.
    pub(crate) left_out: Mutex<Vec<(RelPath, SkipReason)>>,
}

impl Hosted {
    /// The session shows all that the host does, and the host all that it was sent. Ask only after what the host says of itself.
    pub(crate) fn is_up_to_date(&self) -> bool {
        self.seen.load(Ordering::Acquire) >= self.host.newest() && !self.host.engine.has_failed()
    }
}

/// One folder that a hub keeps open.
#[derive(Debug, Clone)]
pub struct HubFolder {
    /// The folder.
    pub root: PathBuf,
    /// Sessions that use it.
    pub sessions: usize,
    /// How long nobody has used it; zero while somebody does.
    pub idle: Duration,
    /// What its engine says.
    pub status: StatusReport,
}

/// The hosts of a process.
pub struct Hub {
    options: EngineOptions,
    hosts: Mutex<Vec<Arc<Host>>>,
    next: AtomicU64,
    /// Memory was let go of, and is not the system's yet.
    has_slack: AtomicBool,
}

impl std::fmt::Debug for Hub {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hub")
            .field("folders", &self.hosts.lock().len())
            .finish_non_exhaustive()
    }
}

impl Hub {
    /// A hub whose hosts are opened with these options, apart from the settings, which are their sessions'.
    pub fn new(options: EngineOptions) -> Self {
        Self {
            options,
            hosts: Mutex::default(),
            next: AtomicU64::new(0),
            has_slack: AtomicBool::new(false),
        }
    }

    /// The options of its hosts.
    pub fn options(&self) -> &EngineOptions {
        &self.options
    }

    /// A use of the host of `root` with these settings; opens it if there is none.
    pub(crate) fn lease(
        &self,
        root: &Path,
        settings: &Settings,
        listener: Listener,
    ) -> Result<Lease, EngineError> {
        let mut hosts = self.hosts.lock();
        let fits = |host: &&Arc<Host>| *host.root == *root && *host.settings.lock() == *settings;
        let host = if let Some(host) = hosts.iter().find(fits) {
            Arc::clone(host)
        } else {
            let host = Arc::new(self.open(root, settings)?);
            hosts.push(Arc::clone(&host));
            host
        };
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        // Within the lock: a host that is in use is not closed.
        host.use_.lock().sessions += 1;
        host.stage.listeners.lock().push((id, listener));
        Ok(Lease { host, id })
    }

    fn open(&self, root: &Path, settings: &Settings) -> Result<Host, EngineError> {
        let stage = Arc::<Stage>::default();
        let told = Arc::downgrade(&stage);
        let options = EngineOptions {
            settings: settings.clone(),
            progress: Some(Arc::new(move |progress| {
                if let Some(stage) = told.upgrade() {
                    stage.tell(&Told::Progress(progress));
                }
            })),
            ..self.options.clone()
        };
        Ok(Host {
            engine: Engine::host(root, options, Arc::clone(&stage))?,
            root: root.into(),
            settings: Mutex::new(settings.clone()),
            stage,
            use_: Mutex::new(Use {
                sessions: 0,
                since: Instant::now(),
                rests: false,
            }),
        })
    }

    /// Gives a host other settings when nobody else uses it. False: another host is needed.
    pub(crate) fn configure(&self, lease: &Lease, settings: &Settings) -> bool {
        let hosts = self.hosts.lock();
        let taken =
            |host: &Arc<Host>| host.root == lease.host.root && *host.settings.lock() == *settings;
        if lease.host.sessions() > 1 || hosts.iter().any(taken) {
            return false;
        }
        *lease.host.settings.lock() = settings.clone();
        lease.host.submit(Change::Configure(settings.clone()));
        true
    }

    /// What is open, by path.
    pub fn folders(&self) -> Vec<HubFolder> {
        let hosts = self.hosts.lock().clone();
        let mut folders: Vec<_> = hosts
            .iter()
            .map(|host| {
                let (sessions, since) = {
                    let use_ = host.use_.lock();
                    (use_.sessions, use_.since)
                };
                HubFolder {
                    root: host.root.to_path_buf(),
                    sessions,
                    idle: if sessions > 0 {
                        Duration::ZERO
                    } else {
                        since.elapsed()
                    },
                    status: host.engine.status(),
                }
            })
            .collect();
        folders.sort_by(|a, b| a.root.cmp(&b.root));
        folders
    }

    /// Closes a folder that nobody uses, whatever its settings. False when somebody does.
    pub fn close(&self, root: &Path) -> bool {
        let (closed, in_use) = {
            let mut hosts = self.hosts.lock();
            let is_it = |host: &Arc<Host>| *host.root == *root;
            let in_use = hosts.iter().any(|host| is_it(host) && host.sessions() > 0);
            let closed: Vec<_> = if in_use {
                Vec::new()
            } else {
                hosts.extract_if(.., |host| is_it(host)).collect()
            };
            (closed, in_use)
        };
        // Outside of the lock: ending an engine waits for its threads.
        drop(closed);
        !in_use
    }

    /// Has folders that nobody used for longer than `limit` let go of their memory, once; they stay open, follow the disk, and answer as
    /// fast as after they were opened. The system gets the memory back at the next call.
    pub fn rest_idle(&self, limit: Duration) {
        if self.has_slack.swap(false, Ordering::Relaxed) {
            give_back_memory();
        }
        for host in &*self.hosts.lock() {
            let mut use_ = host.use_.lock();
            if use_.sessions == 0 && !use_.rests && use_.since.elapsed() >= limit {
                use_.rests = true;
                host.submit(Change::Rest);
                self.has_slack.store(true, Ordering::Relaxed);
            }
        }
    }

    /// Closes what nobody uses: all that is idle for longer than `limit`, and the longest idle while more than `most` are open.
    /// Gives the folders that were closed. Waits until what was saved in them is stored.
    pub fn close_idle(&self, limit: Duration, most: usize) -> Vec<PathBuf> {
        let mut closed = Vec::new();
        {
            let mut hosts = self.hosts.lock();
            let mut idle: Vec<(Instant, Arc<Host>)> = hosts
                .iter()
                .filter(|host| host.sessions() == 0)
                .map(|host| (host.use_.lock().since, Arc::clone(host)))
                .collect();
            idle.sort_by_key(|(since, _)| *since);
            let mut excess = hosts.len().saturating_sub(most);
            for (since, host) in idle {
                if excess > 0 || since.elapsed() >= limit {
                    excess = excess.saturating_sub(1);
                    hosts.retain(|other| !Arc::ptr_eq(other, &host));
                    closed.push(host);
                }
            }
        }
        // Outside of the lock: ending an engine waits for its threads.
        let roots = closed.iter().map(|host| host.root.to_path_buf()).collect();
        drop(closed);
        roots
    }
}
