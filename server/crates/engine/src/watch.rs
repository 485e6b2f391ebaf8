//! Follows the disk with the system's own notifications. Only directories that the ignore rules let through are watched, so
//! build output costs nothing. Editors are not relied on: some never tell about changed files.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crossbeam_channel::{RecvTimeoutError, Sender};
use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use rustc_hash::FxHashSet;

use crate::indexer::Job;

/// Events are gathered for this long, so that a branch switch is one batch.
const DEBOUNCE: Duration = Duration::from_millis(80);
/// A steady stream of events is handed on at least this often.
const MAX_GATHER: usize = 50_000;

/// Watches one folder until dropped.
pub(crate) struct Watch {
    watcher: RecommendedWatcher,
    watched: FxHashSet<PathBuf>,
    recursive: bool,
}

impl Watch {
    /// Starts to watch `directories` of `root`; changed paths arrive as [`Job::Paths`], lost events as [`Job::Scan`].
    ///
    /// # Errors
    /// When the system has no notifications or its limit is reached.
    pub(crate) fn start(root: &Path, directories: &[PathBuf], jobs: Sender<Job>) -> notify::Result<Self> {
        let (events, received) = crossbeam_channel::unbounded::<notify::Result<notify::Event>>();
        let watcher = notify::recommended_watcher(move |event| drop(events.send(event)))?;
        std::thread::Builder::new().name("symseek-watch".to_owned()).spawn(move || {
            let mut paths: FxHashSet<PathBuf> = FxHashSet::default();
            let mut lost = false;
            loop {
                let wait = if paths.is_empty() && !lost { Duration::from_secs(3600) } else { DEBOUNCE };
                match received.recv_timeout(wait) {
                    Ok(Ok(event)) => {
                        lost |= event.need_rescan();
                        if !matches!(event.kind, EventKind::Access(_)) {
                            paths.extend(event.paths);
                        }
                        if paths.len() < MAX_GATHER {
                            continue;
                        }
                    }
                    Ok(Err(error)) => {
                        tracing::warn!(%error, "file watcher");
                        lost = true;
                        continue;
                    }
                    Err(RecvTimeoutError::Timeout) => {}
                    Err(RecvTimeoutError::Disconnected) => return,
                }
                let gathered: Vec<PathBuf> = paths.drain().collect();
                let job = if std::mem::take(&mut lost) { Job::Scan { force: false } } else { Job::Paths(gathered) };
                if jobs.send(job).is_err() {
                    return;
                }
            }
        })?;
        // Only Linux's backend would visit every ignored directory to watch recursively.
        let recursive = !cfg!(target_os = "linux");
        let mut watch = Self { watcher, watched: FxHashSet::default(), recursive };
        if recursive {
            watch.watcher.watch(root, RecursiveMode::Recursive)?;
        } else {
            watch.watcher.watch(root, RecursiveMode::NonRecursive)?;
            watch.watched.insert(root.to_path_buf());
            watch.add(directories);
        }
        Ok(watch)
    }

    /// Watches further directories; those that cannot be watched are reported in the log.
    pub(crate) fn add(&mut self, directories: &[PathBuf]) {
        if self.recursive {
            return;
        }
        self.watched.retain(|directory| directory.is_dir());
        for directory in directories {
            if self.watched.contains(directory) {
                continue;
            }
            match self.watcher.watch(directory, RecursiveMode::NonRecursive) {
                Ok(()) => drop(self.watched.insert(directory.clone())),
                Err(error) => {
                    tracing::warn!(directory = %directory.display(), %error, "cannot watch");
                    return;
                }
            }
        }
    }
}
