//! The vector graph, built on a thread of its own behind everything else and swapped in when it is done.

use std::sync::Arc;

use rustc_hash::FxHashSet;
use symseek_index::store::Base;
use symseek_index::vector::{Hnsw, HnswOptions};

use super::{Indexer, Job, Store, chain};

/// The graph is built again when more than one in this many rows is missing from it or dead in it.
const STALE_GRAPH: usize = 8;

impl Indexer {
    /// Starts building the vector graph on a thread of its own when there are enough vectors that it does not hold.
    pub(super) fn build_graph_behind(&mut self) {
        let Store::Writer(writer) = &self.store else {
            return;
        };
        let base = Arc::clone(writer.base());
        if self.building_graph || !wants_graph(&base, self.options.graph_from()) {
            return;
        }
        let name = format!("hnsw-{}.usearch", base.generation());
        let path = writer.dir().join(&name);
        let (stop, done) = (self.stop.clone(), self.myself.clone());
        let root = Arc::clone(&self.root);
        let spawned = std::thread::Builder::new().name("symseek-vectors".to_owned()).spawn(move || {
            let built = Hnsw::build(base.rows(), base.live(), HnswOptions::default(), &stop, &|_, _| {})
                .and_then(|graph| graph.save(&path));
            match built.and_then(|()| Hnsw::open(&path)) {
                Ok(graph) => drop(done.send(Job::Graph(Some((name, Arc::new(graph)))))),
                Err(error) => {
                    tracing::warn!(root = %root.display(), %error, "the vector graph was not built");
                    let _ = done.send(Job::Graph(None));
                }
            }
        });
        self.building_graph = spawned.is_ok();
    }

    pub(super) fn adopt(&mut self, name: &str, graph: Arc<Hnsw>) {
        let Store::Writer(writer) = &mut self.store else {
            return;
        };
        match writer.adopt_graph(name, graph) {
            Ok(_) => self.show_base(FxHashSet::default(), FxHashSet::default()),
            Err(error) => self.problem(format!(
                "the vector graph cannot be kept: {}",
                chain(&error)
            )),
        }
    }
}

/// Whether a vector graph would pay and the present one (if any) lacks too many rows or holds too many dead ones.
fn wants_graph(base: &Base, from: usize) -> bool {
    let n_live = base.live().len();
    if n_live < from {
        return false;
    }
    base.hnsw().is_none_or(|graph| {
        let n_astray = graph.n_missing(base.rows()) + graph.n_dead(base.live());
        n_astray * STALE_GRAPH > n_live
    })
}
