//! Follows the disk with the system's own notifications. Only directories that the ignore rules let through are watched, so
//! build output costs nothing. Editors are not relied on: some never tell about changed files.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender};
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

/// How long the system may take to tell of a sign.
const PATIENCE: Duration = Duration::from_millis(300);

/// Watches one folder until dropped.
pub(crate) struct Watch {
    watcher: Mutex<RecommendedWatcher>,
    failure: Mutex<Option<String>>,
    /// Not everything is told: a directory could not be watched, or a sign did not come.
    has_gaps: AtomicBool,
    sign: Arc<Mutex<Option<Sign>>>,
    seen: Receiver<()>,
}

/// A file of ours whose events come behind all that happened before it was touched.
struct Sign {
    /// What else happens in it is ours, too.
    directory: PathBuf,
    file: PathBuf,
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
        let sign: Arc<Mutex<Option<Sign>>> = Arc::default();
        let its_sign = Arc::clone(&sign);
        let (told, seen) = crossbeam_channel::unbounded();
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
                    let mut is_sign = false;
                    let event = received.recv_timeout(wait);
                    if paths.is_empty() && !lost {
                        first = Instant::now();
                    }
                    match event {
                        Ok(Ok(event)) => {
                            lost |= event.need_rescan();
                            if !matches!(event.kind, EventKind::Access(_)) {
                                let sign = its_sign.lock();
                                for path in event.paths {
                                    match &*sign {
                                        Some(sign) if path == sign.file => is_sign = true,
                                        Some(sign) if path.starts_with(&sign.directory) => {}
                                        _ => drop(paths.insert(path)),
                                    }
                                }
                            }
                            if paths.len() > MANY && !asked {
                                asked = true;
                                state.lock().ask();
                            }
                            if !is_sign && paths.len() < MAX_GATHER && first.elapsed() < LATEST {
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
                        Some(Job::Scan { force: false })
                    } else {
                        (!gathered.is_empty()).then_some(Job::Paths(gathered))
                    };
                    if job.is_some_and(|job| jobs.send(job).is_err()) {
                        return;
                    }
                    if is_sign {
                        let _ = told.send(());
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
            has_gaps: AtomicBool::new(false),
            sign,
            seen,
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
            self.has_gaps.store(true, Ordering::Relaxed);
        }
    }

    /// Waits until everything that happened in `root` before has been handed on; false when that cannot be known. `touch` moves the
    /// time of `file`, which is ours: the system tells of that last.
    pub(crate) fn catch_up(
        &self,
        root: &Path,
        file: &Path,
        touch: impl FnOnce() -> std::io::Result<()>,
    ) -> bool {
        // One queue for all watches, in order: only Linux's backend promises that.
        if !cfg!(target_os = "linux") || self.has_gaps.load(Ordering::Relaxed) || !is_told_of(root)
        {
            return false;
        }
        let is_told = self.can_see(file) && {
            while self.seen.try_recv().is_ok() {}
            touch().is_ok() && self.seen.recv_timeout(PATIENCE).is_ok()
        };
        // A late sign would be taken for the next one.
        self.has_gaps.store(!is_told, Ordering::Relaxed);
        is_told
    }

    /// Watches the directory of the file, from the first time on.
    fn can_see(&self, file: &Path) -> bool {
        let mut sign = self.sign.lock();
        if sign.is_some() {
            return true;
        }
        let Some(directory) = file.parent() else {
            return false;
        };
        *sign = Some(Sign {
            directory: directory.to_owned(),
            file: file.to_owned(),
        });
        drop(sign);
        let mut watcher = self.watcher.lock();
        watcher
            .watch(directory, RecursiveMode::NonRecursive)
            .is_ok()
    }

    /// Why some directory could not be watched, said once.
    pub(crate) fn take_failure(&self) -> Option<String> {
        self.failure.lock().take()
    }
}

/// Whether the system tells of everything that changes there: not of what other machines do to a disk of theirs.
#[cfg(target_os = "linux")]
fn is_told_of(root: &Path) -> bool {
    /// NFS, SMB, CIFS, SMB2, AFS, 9P, Ceph, FUSE: `linux/magic.h`, and each file system's own source.
    const REMOTE: [u32; 8] = [
        0x6969,
        0x517B,
        0xFF53_4D42,
        0xFE53_4D42,
        0x5346_414F,
        0x0102_1997,
        0x00C3_6400,
        0x6573_5546,
    ];
    rustix::fs::statfs(root).is_ok_and(|it| !REMOTE.contains(&(it.f_type as u32)))
}

#[cfg(not(target_os = "linux"))]
fn is_told_of(_: &Path) -> bool {
    false
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use crate::indexer::FolderState;

    fn state() -> SharedState {
        Arc::new(Mutex::new(FolderState::new()))
    }

    #[test]
    fn what_happened_before_a_sign_is_handed_on_before_it() {
        let (root, own) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let sign = own.path().join("sign");
        std::fs::write(&sign, "").unwrap();
        let touch = || {
            std::fs::File::options()
                .append(true)
                .open(&sign)?
                .set_modified(std::time::SystemTime::now())
        };
        let (jobs, received) = crossbeam_channel::unbounded();
        let watch = Watch::start(root.path(), jobs, state()).unwrap();
        for n in 0..50 {
            let path = root.path().join(format!("{n}.rs"));
            std::fs::write(&path, "fn f() {}").unwrap();
            // What happens beside the sign is of no interest to the folder.
            std::fs::write(own.path().join("part"), "").unwrap();
            assert!(watch.catch_up(root.path(), &sign, touch));
            let told: FxHashSet<PathBuf> = received
                .try_iter()
                .flat_map(|job| match job {
                    Job::Paths(paths) => paths,
                    _ => panic!("events were lost"),
                })
                .collect();
            assert_eq!(told, FxHashSet::from_iter([path]));
        }
    }

    #[test]
    fn a_sign_that_does_not_come_is_not_waited_for_twice() {
        let (root, own) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let (jobs, _received) = crossbeam_channel::unbounded();
        let watch = Watch::start(root.path(), jobs, state()).unwrap();
        let sign = own.path().join("sign");
        assert!(!watch.catch_up(root.path(), &sign, || Ok(())));
        assert!(!watch.catch_up(root.path(), &sign, || unreachable!("nobody waits for it")));
    }
}
