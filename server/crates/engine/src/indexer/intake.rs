//! From files on the disk to the index: in bulk straight to the stored base, or through the in-memory layer, and from there
//! to the base with the next commit.

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::Mutex;
use rustc_hash::FxHashSet;
use symseek_base::{Cancel, ContentHash, RelPath};
use symseek_index::memory::{MemoryFile, Origin};
use symseek_index::store::{CommitPlan, FileStamp, NewFile, SkipReason, StoreError};
use symseek_syntax::FileFacts;

use super::{Indexer, SharedState, Skipped, Store, chain};
use crate::prepare::{Prepared, Preparer};
use crate::scan::{self, Found};
use crate::status::{Progress, StoreMode};
use crate::writer::Message;

/// More changed files than this go to the stored base in bulk instead of through the in-memory layer.
const BULK: usize = 256;
/// Files of the first bulk commits: the first answers come early, later commits are few.
const FIRST_SLICES: [usize; 2] = [768, 4096];
const SLICE: usize = 16_384;
/// What `status` says while a commit fails; the next one that does not takes it back.
const UNSAVED: &str = "saved changes stay in memory";
/// Files that a worker takes at once; 64 in the bench cost 15 % less processor time than one.
const BATCH: usize = 32;

/// Why files are taken in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pass {
    /// The disk told about them.
    Events,
    /// A scan found them to differ.
    Scan,
    /// The user wants them indexed again, whatever is stored.
    Rebuild,
}

impl Indexer {
    /// Indexes `candidates` and drops `gone`, in bulk when they are many. Returns how many were done.
    pub(super) fn take(
        &mut self,
        candidates: Vec<Found>,
        gone: FxHashSet<RelPath>,
        cancel: &Cancel,
        pass: Pass,
    ) -> usize {
        let whole =
            pass == Pass::Rebuild || (pass == Pass::Scan && !self.store.base().is_complete());
        if matches!(self.store, Store::Writer(_)) && (candidates.len() + gone.len() > BULK || whole)
        {
            match self.bulk(&candidates, &gone, cancel, pass) {
                Ok(done) => return done,
                Err(error) => {
                    self.problem(format!(
                        "the index cannot be written, keeping it in memory: {}",
                        chain(&error)
                    ));
                    self.store = Store::Memory {
                        base: Arc::clone(self.store.base()),
                    };
                    self.state.lock().store = StoreMode::Memory;
                }
            }
        }
        self.through_memory(candidates, gone, cancel, pass)
    }

    /// Straight to the base, in slices that answer as soon as they are committed.
    fn bulk(
        &mut self,
        candidates: &[Found],
        gone: &FxHashSet<RelPath>,
        cancel: &Cancel,
        pass: Pass,
    ) -> Result<usize, StoreError> {
        let preparer = self.preparer();
        let n_threads = self.options.n_threads();
        let root = Arc::clone(&self.root);
        let mut sizes = FIRST_SLICES.into_iter().chain(std::iter::repeat(SLICE));
        let mut rest = candidates;
        let mut finished = 0;
        // What only the in-memory layer holds is in no base that a commit could drop it from.
        self.send_disk(Vec::new(), gone.clone(), Vec::new());
        let mut dropped = gone.clone();
        loop {
            let size = sizes.next().unwrap_or(SLICE);
            // A short tail is not worth a commit of its own.
            let size = if rest.len() < size + size / 2 {
                rest.len()
            } else {
                size
            };
            let (slice, tail) = rest.split_at(size);
            rest = tail;
            let Store::Writer(writer) = &mut self.store else {
                return Ok(finished);
            };
            let builder = writer.begin();
            let next = AtomicUsize::new(0);
            let n_looked_at = AtomicUsize::new(0);
            let failed = Mutex::new(None);
            let taken = Mutex::new((FxHashSet::default(), std::mem::take(&mut self.restamps)));
            let base = Arc::clone(writer.base());
            let work = || {
                let ends =
                    || cancel.is_cancelled() || self.stop.is_cancelled() || failed.lock().is_some();
                let count = || {
                    if pass != Pass::Events {
                        let at = finished + n_looked_at.fetch_add(1, Ordering::Relaxed) + 1;
                        let hook = self.options.progress.as_ref();
                        report(&self.state, hook, &root, at, candidates.len());
                    }
                };
                // Step by step for a batch of files: code and tables of a step stay in the caches.
                while let Some(batch) = next_batch(&next, slice, n_threads) {
                    let mut texts = Vec::with_capacity(batch.len());
                    for found in &slice[batch.clone()] {
                        if ends() {
                            return;
                        }
                        let (stamp, text) = preparer.read(&root, &found.path);
                        if pass != Pass::Rebuild
                            && let (Ok(text), Some(known)) = (&text, base.by_path(&found.path))
                            && known.record().content == ContentHash::of(text.as_bytes())
                            && known.record().skipped.is_none()
                        {
                            let (added, restamped) = &mut *taken.lock();
                            added.insert(found.path.clone());
                            restamped.push((found.path.clone(), stamp));
                            count();
                            continue;
                        }
                        texts.push((&found.path, stamp, text));
                    }
                    let mut prepared = Vec::with_capacity(texts.len());
                    for (path, stamp, text) in texts {
                        if ends() {
                            return;
                        }
                        prepared.push(Preparer::analyse(path.clone(), stamp, text));
                        count();
                    }
                    let rows: Vec<_> = prepared.iter().map(|file| preparer.rows(file)).collect();
                    for (prepared, rows) in prepared.into_iter().zip(rows) {
                        let file = NewFile {
                            path: &prepared.path,
                            language: prepared.language,
                            stamp: prepared.stamp,
                            text: &prepared.text,
                            facts: &prepared.facts,
                            rows: &rows,
                            skipped: prepared.skipped.clone(),
                        };
                        if let Err(error) = builder.add(&file) {
                            *failed.lock() = Some(error);
                            return;
                        }
                        taken.lock().0.insert(prepared.path);
                    }
                }
            };
            std::thread::scope(|scope| {
                for _ in 1..n_threads {
                    scope.spawn(work);
                }
                work();
            });
            if let Some(error) = failed.into_inner() {
                return Err(error);
            }
            let (added, restamped) = taken.into_inner();
            finished += added.len();
            let content = builder.finish();
            let cancelled = cancel.is_cancelled() || self.stop.is_cancelled();
            let plan = CommitPlan {
                removed: std::mem::take(&mut dropped),
                restamped,
                complete: pass != Pass::Events && rest.is_empty() && !cancelled,
            };
            writer.commit(content, &plan)?;
            self.show_base(added, plan.removed);
            if rest.is_empty() || cancelled {
                give_back_memory();
                return Ok(finished);
            }
        }
    }

    /// Through the in-memory layer: at once visible, committed with the next debounce.
    fn through_memory(
        &mut self,
        candidates: Vec<Found>,
        gone: FxHashSet<RelPath>,
        cancel: &Cancel,
        pass: Pass,
    ) -> usize {
        let preparer = self.preparer();
        let base = Arc::clone(self.store.base());
        let total = candidates.len();
        let mut done = 0;
        let mut files = Vec::new();
        let mut skipped = Vec::new();
        self.send_disk(Vec::new(), gone, Vec::new());
        for found in candidates {
            if cancel.is_cancelled() || self.stop.is_cancelled() {
                break;
            }
            done += 1;
            if pass != Pass::Events {
                report(
                    &self.state,
                    self.options.progress.as_ref(),
                    &self.root,
                    done,
                    total,
                );
            }
            let (stamp, text) = preparer.read(&self.root, &found.path);
            if let Some(known) = base.by_path(&found.path).map(|known| known.record()) {
                let same = match &text {
                    Ok(text) => {
                        known.skipped.is_none() && known.content == ContentHash::of(text.as_bytes())
                    }
                    Err(why) => known.skipped.as_ref() == Some(why),
                };
                if same {
                    if known.stamp != stamp {
                        self.restamps.push((found.path.clone(), stamp));
                    }
                    let root = Arc::clone(&self.root);
                    let _ = self.writer.send(Message::Unchanged {
                        root,
                        path: found.path,
                        stamp,
                    });
                    continue;
                }
            }
            let prepared = Preparer::analyse(found.path, stamp, text);
            match prepared.skipped {
                // Gone since it was found; the next event or scan says so.
                Some(SkipReason::Unreadable(_)) if !prepared.path.under(&self.root).exists() => {}
                Some(why) => {
                    let Prepared { path, language, .. } = prepared;
                    skipped.push(Skipped {
                        path,
                        language,
                        stamp,
                        why,
                    });
                }
                None => files.push(Arc::new(memory_file(prepared, &preparer))),
            }
            if files.len() + skipped.len() >= BULK {
                self.send_disk(
                    std::mem::take(&mut files),
                    FxHashSet::default(),
                    std::mem::take(&mut skipped),
                );
            }
        }
        self.send_disk(files, FxHashSet::default(), skipped);
        done
    }

    fn send_disk(
        &self,
        files: Vec<Arc<MemoryFile>>,
        gone: FxHashSet<RelPath>,
        skipped: Vec<Skipped>,
    ) {
        if !(files.is_empty() && gone.is_empty() && skipped.is_empty()) {
            let _ = self.writer.send(Message::Disk {
                root: Arc::clone(&self.root),
                files,
                gone,
                skipped,
            });
        }
    }

    /// Moves files of the in-memory layer to the base. What the disk no longer holds is left out: the event that tells so
    /// waits in the queue behind this job, and is compared with the base that this commit makes.
    pub(super) fn commit_memory(
        &mut self,
        files: &[Arc<MemoryFile>],
        skipped: &[Skipped],
        mut gone: FxHashSet<RelPath>,
    ) {
        let (overrides, _) = scan::overrides(&self.root, &self.settings.exclude);
        gone.retain(|path| {
            let file = path.under(&self.root);
            !file.is_file()
                || scan::walk_at(&self.root, &file, overrides.clone(), &|_| {})
                    .files
                    .is_empty()
        });
        let root = Arc::clone(&self.root);
        let is_current =
            |path: &RelPath, stamp: FileStamp| FileStamp::read(&path.under(&root)) == Some(stamp);
        let Store::Writer(writer) = &mut self.store else {
            let _ = self.writer.send(Message::CommitFailed { root });
            return;
        };
        let builder = writer.begin();
        let mut added: FxHashSet<RelPath> = FxHashSet::default();
        let mut result = Ok(());
        let nothing = FileFacts::default();
        for file in files {
            let Origin::Disk(stamp) = file.origin else {
                continue;
            };
            if result.is_err() || !is_current(&file.path, stamp) {
                continue;
            }
            added.insert(file.path.clone());
            result = builder.add(&NewFile {
                path: &file.path,
                language: &file.language,
                stamp,
                text: &file.text,
                facts: &file.facts,
                rows: file.rows(),
                skipped: None,
            });
        }
        for file in skipped {
            if result.is_err() || !is_current(&file.path, file.stamp) {
                continue;
            }
            added.insert(file.path.clone());
            result = builder.add(&NewFile {
                path: &file.path,
                language: file.language,
                stamp: file.stamp,
                text: "",
                facts: &nothing,
                rows: &[],
                skipped: Some(file.why.clone()),
            });
        }
        let content = builder.finish();
        let restamped = std::mem::take(&mut self.restamps);
        let plan = CommitPlan {
            removed: gone,
            restamped,
            ..CommitPlan::default()
        };
        match result.and_then(|()| writer.commit(content, &plan)) {
            Ok(_) => {
                self.solved(UNSAVED);
                self.show_base(added, plan.removed);
                self.build_graph_behind();
            }
            Err(error) => {
                let abandoned = writer.abandon();
                self.problem(format!("{UNSAVED}: {}", chain(&error)));
                if abandoned.is_err() {
                    self.store = Store::Memory {
                        base: Arc::clone(self.store.base()),
                    };
                    self.state.lock().store = StoreMode::Memory;
                }
                let _ = self.writer.send(Message::CommitFailed { root });
            }
        }
    }

    /// Before the end: files that were found unchanged need not be read again by the next process.
    pub(super) fn keep_stamps(&mut self) {
        let restamped = std::mem::take(&mut self.restamps);
        if let Store::Writer(writer) = &mut self.store
            && !restamped.is_empty()
        {
            let content = writer.begin().finish();
            if let Err(error) = writer.commit(
                content,
                &CommitPlan {
                    restamped,
                    ..CommitPlan::default()
                },
            ) {
                tracing::warn!(root = %self.root.display(), error = chain(&error), "stamps not kept");
            }
        }
    }
}

/// Indexing many files takes memory that is not needed again soon, but that glibc would keep.
pub(crate) fn give_back_memory() {
    // SAFETY: it may be called at any time; it only returns free pages to the system.
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    #[expect(unsafe_code, reason = "a function of the C library")]
    unsafe {
        libc::malloc_trim(0);
    }
}

/// The next files of a slice for one worker: fewer towards the end, so that all workers end together.
fn next_batch(next: &AtomicUsize, slice: &[Found], n_threads: usize) -> Option<Range<usize>> {
    let size = |start: usize| ((slice.len() - start) / (4 * n_threads)).clamp(1, BATCH);
    let taken = next.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |start| {
        (start < slice.len()).then(|| start + size(start))
    });
    taken.ok().map(|start| start..start + size(start))
}

/// A file read from the disk, for the in-memory layer.
pub(crate) fn memory_file(prepared: Prepared, preparer: &Preparer) -> MemoryFile {
    MemoryFile::new(
        prepared.path,
        prepared.language,
        prepared.text,
        prepared.facts,
        Origin::Disk(prepared.stamp),
        None,
        &|fields| preparer.embed(fields),
    )
}

fn report(
    state: &SharedState,
    hook: Option<&crate::ProgressHook>,
    root: &Path,
    done: usize,
    total: usize,
) {
    state.lock().done = done;
    if let Some(hook) = hook
        && (done.is_multiple_of(32) || done == total)
    {
        hook(Progress::Update {
            root: root.to_path_buf(),
            done,
            total,
        });
    }
}
