//! Opening the stored index: as its writer, as a reader beside another process, or not at all; and taking over from a writer
//! that ended.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rustc_hash::FxHashSet;
use symseek_index::store::{self, Base, BaseWriter, Manifest};

use super::{Indexer, Start, Store, chain};
use crate::status::StoreMode;

/// A reader that opens an index in the middle of its writer's commit tries again this often, …
const ATTEMPTS: usize = 5;
/// … with so much time in between.
const BETWEEN: Duration = Duration::from_millis(40);
/// A folder in which nothing changes for so long lets go of what only changes need.
const REST: Duration = Duration::from_secs(5);

impl Indexer {
    pub(super) fn open_store(&mut self, start: Start) {
        if matches!(start, Start::InMemory) {
            return;
        }
        let dir = match crate::cache::directory(self.options.cache_dir.as_deref(), &self.root) {
            Ok(dir) => dir,
            Err(error) => {
                self.problem(format!(
                    "the cache directory cannot be used, keeping the index in memory: {error}"
                ));
                return;
            }
        };
        if matches!(start, Start::Afresh) && !matches!(BaseWriter::forget(&dir), Ok(true)) {
            return;
        }
        match BaseWriter::open(&dir, &self.root, &self.identity, self.dims(), self.model) {
            Ok(Some((writer, repairs))) => {
                for repair in repairs {
                    self.problem(repair);
                }
                self.store = Store::Writer(Box::new(writer));
            }
            Ok(None) => {
                for attempt in 1..=ATTEMPTS {
                    match Base::open(&dir, &self.root, &self.identity) {
                        Ok((base, repairs)) if repairs.is_empty() || attempt == ATTEMPTS => {
                            self.store = Store::Reader {
                                dir: dir.clone(),
                                base: Arc::new(base),
                            };
                            break;
                        }
                        Ok(_) => std::thread::sleep(BETWEEN),
                        Err(error) => {
                            self.problem(format!(
                                "the index of another process cannot be read: {error}"
                            ));
                            break;
                        }
                    }
                }
            }
            Err(error) => {
                // What was stored while it could be written still answers.
                let stored = Base::open(&dir, &self.root, &self.identity);
                if let Ok((base, _)) = stored {
                    let base = Arc::new(base);
                    self.store = Store::Memory { base };
                }
                self.problem(format!(
                    "the index cannot be written, keeping changes in memory: {}",
                    chain(&error)
                ));
            }
        }
        let holder = matches!(self.store, Store::Reader { .. }).then(|| store::holder(&dir));
        let mut state = self.state.lock();
        state.directory = Some(dir);
        state.holder = holder.flatten();
        state.store = match self.store {
            Store::Writer(_) => StoreMode::Writer,
            Store::Reader { .. } => StoreMode::Reader,
            Store::Memory { .. } => StoreMode::Memory,
        };
    }

    /// Looks after what tells nobody: a folder that vanished or came back, and, for a reader, the writing process.
    pub(super) fn poll(&mut self) {
        if self.root.is_dir() != self.root_present {
            self.watch = None;
            self.scan_now();
        }
        let (dir, base) = match &mut self.store {
            Store::Reader { dir, base } => (dir, base),
            Store::Memory { .. } => return,
            Store::Writer(writer) => {
                if let Err(error) = writer.rest(REST) {
                    tracing::warn!(root = %self.root.display(), error = chain(&error), "merging");
                }
                return;
            }
        };
        let dir = dir.clone();
        let seen = base.generation();
        match BaseWriter::open(&dir, &self.root, &self.identity, self.dims(), self.model) {
            Ok(Some((writer, repairs))) => {
                tracing::info!(root = %self.root.display(), "taking over the index");
                for repair in repairs {
                    self.problem(repair);
                }
                self.store = Store::Writer(Box::new(writer));
                {
                    let mut state = self.state.lock();
                    (state.store, state.holder) = (StoreMode::Writer, None);
                }
                self.show_base(FxHashSet::default(), FxHashSet::default());
                self.scan_now();
            }
            Ok(None) => self.follow(&dir, seen),
            Err(error) => self.problem(chain(&error)),
        }
    }

    pub(super) fn rest(&mut self) {
        match &mut self.store {
            Store::Writer(writer) => {
                if let Err(error) = writer.let_go() {
                    tracing::warn!(root = %self.root.display(), error = chain(&error), "merging");
                }
            }
            Store::Reader { base, .. } | Store::Memory { base } => *base = Arc::new(base.rested()),
        }
        self.show_base(FxHashSet::default(), FxHashSet::default());
    }

    /// Shows what the writing process committed since `seen`. A view into the middle of its next commit has gaps; it is not
    /// shown, the one before stays until the next look.
    fn follow(&mut self, dir: &Path, seen: u64) {
        let generation = || Manifest::read(dir).map(|manifest| manifest.generation);
        if generation().is_some_and(|generation| generation != seen)
            && let Ok((base, repairs)) = Base::open(dir, &self.root, &self.identity)
            && repairs.is_empty()
        {
            self.store = Store::Reader {
                dir: dir.to_path_buf(),
                base: Arc::new(base),
            };
            self.show_base(FxHashSet::default(), FxHashSet::default());
        }
    }
}
