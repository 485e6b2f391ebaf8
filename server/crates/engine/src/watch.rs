//! Follows the disk with the system's own notifications. Only directories that the ignore rules let through are watched, so
//! build output costs nothing. Editors are not relied on: some never tell about changed files.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crossbeam_channel::{RecvTimeoutError, Sender};
use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use parking_lot::Mutex;
use rustc_hash::FxHashSet;

use crate::indexer::{Job, MANY, SharedState};

/// Events are gathered for this long, so that a branch switch is one batch.
const DEBOUNCE: Duration = Duration::from_millis(80);
/// A steady stream of events is handed on at least this often, …
const LATEST: Duration = Duration::from_millis(400);
/// … and when so many paths have gathered.
const MAX_GATHER: usize = 50_000;

/// Only Linux's backend would visit every ignored directory to watch recursively.
const RECURSIVE: bool = !cfg!(target_os = "linux");

/// Watches one folder until dropped.
pub(crate) struct Watch {
    watcher: Mutex<RecommendedWatcher>,
    failure: Mutex<Option<String>>,
}

impl Watch {
    /// Starts to watch `root`; changed paths arrive as [`Job::Paths`], lost events as [`Job::Scan`].
    ///
    /// # Errors
    /// When the system has no notifications or its limit is reached.
    pub(crate) fn start(
        root: &Path,
        jobs: Sender<Job>,
        state: SharedState,
    ) -> notify::Result<Self> {
        let (events, received) = crossbeam_channel::unbounded::<notify::Result<notify::Event>>();
        let mut watcher = notify::recommended_watcher(move |event| drop(events.send(event)))?;
        std::thread::Builder::new()
            .name("symseek-watch".to_owned())
            .spawn(move || {
                let mut paths: FxHashSet<PathBuf> = FxHashSet::default();
                let mut lost = false;
                let mut asked = false;
                let mut first = Instant::now();
                loop {
                    let wait = if paths.is_empty() && !lost {
                        Duration::from_hours(1)
                    } else {
                        DEBOUNCE.min((first + LATEST).saturating_duration_since(Instant::now()))
                    };
                    let event = received.recv_timeout(wait);
                    if paths.is_empty() && !lost {
                        first = Instant::now();
                    }
                    match event {
                        Ok(Ok(event)) => {
                            lost |= event.need_rescan();
                            if !matches!(event.kind, EventKind::Access(_)) {
                                paths.extend(event.paths);
                            }
                            if paths.len() > MANY && !asked {
                                asked = true;
                                state.lock().ask();
                            }
                            if paths.len() < MAX_GATHER && first.elapsed() < LATEST {
                                continue;
                            }
                        }
                        Ok(Err(error)) => {
                            tracing::warn!(%error, "file watcher");
                            lost = true;
                            continue;
                        }
                        Err(RecvTimeoutError::Timeout) => {}
                        Err(RecvTimeoutError::Disconnected) => {
                            // The scan that follows a new watch finds what is given up here.
                            if asked {
                                state.lock().settle();
                            }
                            return;
                        }
                    }
                    let gathered: Vec<PathBuf> = paths.drain().collect();
                    let asked = std::mem::take(&mut asked);
                    let job = if std::mem::take(&mut lost) {
                        if !asked {
                            state.lock().ask();
                        }
                        Job::Scan { force: false }
                    } else if gathered.is_empty() {
                        continue;
                    } else {
                        Job::Paths(gathered)
                    };
                    if jobs.send(job).is_err() {
                        return;
                    }
                }
            })?;
        watcher.watch(
            root,
            if RECURSIVE {
                RecursiveMode::Recursive
            } else {
                RecursiveMode::NonRecursive
            },
        )?;
        Ok(Self {
            watcher: Mutex::new(watcher),
            failure: Mutex::default(),
        })
    }

    /// Watches a further directory. Whoever comes by a directory again says so again: it may be another one under the same
    /// name, and to watch the same one twice costs nothing.
    pub(crate) fn add(&self, directory: &Path) {
        if RECURSIVE || self.failure.lock().is_some() {
            return;
        }
        if let Err(error) = self
            .watcher
            .lock()
            .watch(directory, RecursiveMode::NonRecursive)
            && directory.is_dir()
        {
            tracing::warn!(directory = %directory.display(), %error, "cannot watch");
            *self.failure.lock() = Some(error.to_string());
        }
    }

    /// Why some directory could not be watched, said once.
    pub(crate) fn take_failure(&self) -> Option<String> {
        self.failure.lock().take()
    }
}
