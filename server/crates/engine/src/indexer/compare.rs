//! Comparing the disk with the index: all of it in a scan, some of it after events; and watching for those.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use ignore::overrides::Override;
use rustc_hash::{FxHashMap, FxHashSet};
use symseek_base::{Cancel, RelPath};
use symseek_index::store::{Base, FileRecord, FileStamp, SkipReason};

use super::intake::Pass;
use super::{Indexer, Store};
use crate::scan::{self, Found, Walk};
use crate::status::Progress;
use crate::watch::Watch;
use crate::writer::Message;

/// So many new paths at once are cheaper to find by a scan than one by one.
const SCAN_INSTEAD: usize = 200;
/// What `status` says while there is no folder.
const GONE: &str = "the workspace folder is gone";

impl Indexer {
    /// Compares every file with the base and indexes what differs.
    pub(super) fn scan(&mut self, force: bool) {
        self.scanning = true;
        let started = Instant::now();
        let since_ns = FileStamp::now_ns();
        let cancel = Cancel::new();
        let (overrides, problems) = scan::overrides(&self.root, &self.settings.exclude);
        for problem in problems {
            self.problem(problem);
        }
        self.start_watching();
        let n_threads = self.options.n_threads();
        let watch = self.watch.as_ref();
        let on_directory = |directory: &Path| {
            if let Some(watch) = watch {
                watch.add(directory);
            }
        };
        let Walk {
            files,
            unnamed,
            problems,
        } = scan::walk(&self.root, overrides, n_threads, &self.stop, &on_directory);
        if self.stop.is_cancelled() {
            return;
        }
        self.state.lock().unnamed = unnamed.into_iter().collect();
        self.report_watch();
        self.root_present = self.root.is_dir();
        if self.root_present {
            self.solved(GONE);
            for problem in problems.into_iter().take(10) {
                self.problem(problem);
            }
        } else {
            self.problem(GONE.to_owned());
        }
        let base = Arc::clone(self.store.base());
        let everything = force || std::mem::take(&mut self.recheck);
        let is_settled =
            |known: &FileRecord, stamp| known.stamp == stamp && self.still_holds(known);
        let mut candidates = Vec::new();
        let mut present: FxHashMap<RelPath, bool> = FxHashMap::default();
        for file in files {
            let known = base.by_path(&file.path);
            let settled =
                !everything && known.is_some_and(|known| is_settled(known.record(), file.stamp));
            present.insert(file.path.clone(), settled);
            if !settled {
                candidates.push(file);
            }
        }
        let known = base.files().iter().map(|file| &file.record().path);
        let gone: FxHashSet<RelPath> = known
            .filter(|path| !present.contains_key(path))
            .cloned()
            .collect();
        let _ = self.writer.send(Message::Present {
            root: Arc::clone(&self.root),
            present,
            since_ns,
        });
        let total = candidates.len();
        self.begin(total, &cancel);
        let done = self.take(
            candidates,
            gone,
            &cancel,
            if force { Pass::Rebuild } else { Pass::Scan },
        );
        let message = if cancel.is_cancelled() {
            format!("index stopped after {done} of {total} files")
        } else {
            format!(
                "index ready: {done} files indexed in {:.1} s",
                started.elapsed().as_secs_f32()
            )
        };
        self.scanning = false;
        let _ = self.writer.send(Message::Ready {
            root: Arc::clone(&self.root),
            message,
            complete: !cancel.is_cancelled(),
        });
        self.build_graph_behind();
    }

    /// Whether the settings still lead to what is stored about a file that did not change.
    fn still_holds(&self, known: &FileRecord) -> bool {
        let fits = known.stamp.size <= self.settings.max_file_size;
        match &known.skipped {
            None => fits,
            Some(SkipReason::TooLarge(_)) => !fits,
            Some(SkipReason::Generated) => !self.settings.include_generated,
            // Permissions change without a trace in the metadata that is compared.
            Some(SkipReason::Unreadable(_)) => false,
            Some(_) => true,
        }
    }

    fn begin(&self, total: usize, cancel: &Cancel) {
        {
            let mut state = self.state.lock();
            (state.done, state.total) = (0, total);
        }
        if let Some(hook) = &self.options.progress {
            hook(Progress::Begin {
                root: self.root.to_path_buf(),
                total,
                cancel: cancel.clone(),
            });
        }
    }

    /// Events from the disk.
    pub(super) fn paths(&mut self, mut paths: Vec<PathBuf>) {
        paths.sort();
        paths.dedup();
        let is_rule = |path: &PathBuf| {
            path.file_name()
                .is_some_and(|name| name == ".gitignore" || name == ".ignore")
        };
        let root_itself = paths.iter().any(|path| **path == *self.root);
        if root_itself || paths.iter().any(is_rule) {
            if root_itself {
                self.watch = None;
            }
            return self.scan_now();
        }
        let base = Arc::clone(self.store.base());
        let is_known = |path: &Path| {
            RelPath::below(&self.root, path).is_some_and(|path| base.by_path(&path).is_some())
        };
        if paths.iter().filter(|path| !is_known(path)).count() > SCAN_INSTEAD {
            return self.scan_now();
        }
        let (overrides, _) = scan::overrides(&self.root, &self.settings.exclude);
        let mut candidates = Vec::new();
        let mut gone = FxHashSet::default();
        for path in paths {
            let Some(relative) = RelPath::below(&self.root, &path) else {
                self.unnamed(&path, &overrides);
                continue;
            };
            let known = base.by_path(&relative);
            match std::fs::symlink_metadata(&path) {
                Ok(metadata) if metadata.is_file() && known.is_some() => {
                    candidates.push(Found {
                        path: relative,
                        stamp: FileStamp::of(&metadata),
                    });
                }
                Ok(_) => {
                    let on_directory = |directory: &Path| {
                        if let Some(watch) = &self.watch {
                            watch.add(directory);
                        }
                    };
                    let walk = scan::walk_at(&self.root, &path, overrides.clone(), &on_directory);
                    let still: FxHashSet<&RelPath> =
                        walk.files.iter().map(|file| &file.path).collect();
                    gone.extend(below(&base, &relative).filter(|path| !still.contains(path)));
                    self.state.lock().unnamed.extend(walk.unnamed);
                    candidates.extend(walk.files);
                }
                Err(_) => {
                    let mut state = self.state.lock();
                    state.unnamed.retain(|file| !file.starts_with(&path));
                    drop(state);
                    gone.extend(below(&base, &relative));
                    gone.insert(relative);
                }
            }
        }
        self.report_watch();
        if candidates.is_empty() && gone.is_empty() {
            return;
        }
        candidates.sort_by(|a, b| a.path.cmp(&b.path));
        candidates.dedup_by(|a, b| a.path == b.path);
        for file in &candidates {
            gone.remove(&file.path);
        }
        self.take(candidates, gone, &Cancel::new(), Pass::Events);
    }

    /// Keeps the list of files that cannot be named true after an event at such a path.
    fn unnamed(&self, path: &Path, overrides: &Override) {
        if path.to_str().is_some() {
            return;
        }
        let walk = scan::walk_at(&self.root, path, overrides.clone(), &|_| {});
        let mut state = self.state.lock();
        state.unnamed.retain(|file| !file.starts_with(path));
        state.unnamed.extend(walk.unnamed);
    }

    /// Watches the root; a scan adds every directory before it lists it, so that nothing slips through between the two.
    fn start_watching(&mut self) {
        if !self.settings.watch {
            self.watch = None;
            self.state.lock().watching = false;
            return;
        }
        if self.watch.is_some() || !self.root.is_dir() {
            return;
        }
        match Watch::start(&self.root, self.myself.clone(), Arc::clone(&self.state)) {
            Ok(watch) => {
                self.watch = Some(watch);
                self.state.lock().watching = true;
            }
            Err(error) => self.problem(format!("changes on the disk cannot be followed: {error}")),
        }
    }

    /// Whether the watcher has handed on everything that happened up to now.
    pub(super) fn is_all_told(&self) -> bool {
        match (&self.watch, &self.store) {
            (Some(watch), Store::Writer(writer)) => {
                watch.catch_up(&self.root, &writer.lock_path(), || writer.mark_use())
            }
            _ => false,
        }
    }

    fn report_watch(&self) {
        if let Some(failure) = self.watch.as_ref().and_then(Watch::take_failure) {
            self.problem(format!(
                "changes in some directories cannot be followed: {failure}"
            ));
        }
    }
}

/// Files of the base at or below `path`.
fn below(base: &Base, path: &RelPath) -> impl Iterator<Item = RelPath> {
    let prefix = format!("{}/", path.as_str());
    let start = base
        .files()
        .partition_point(|file| file.record().path < *path);
    let own = base.by_path(path).map(|file| file.record().path.clone());
    let inside = base.files()[start..]
        .iter()
        .map(|file| file.record().path.clone())
        .skip_while({
            let prefix = prefix.clone();
            move |path| path.as_str() < prefix.as_str()
        })
        .take_while(move |path| path.as_str().starts_with(&prefix));
    own.into_iter().chain(inside)
}
