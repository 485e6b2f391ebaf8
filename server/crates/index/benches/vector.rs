//! What is measured: the vector leg over clustered synthetic rows of 256 dimensions (seeded). The exact scan (bars:
//! 100,000 rows in 3 ms, 10,000 in 0.25 ms), the graph's build rate, and the crossover that `HNSW_THRESHOLD` states: the
//! smallest base whose graph, rescoring included, answers faster than a scan. Searches cycle through queries, so rows are
//! in memory but not all in the processor's caches.
//!
//! Run: `cargo bench -p symseek-index --bench vector`. The graphs take minutes; `-- scan` runs the scans alone.

use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use std::path::Path;
use std::sync::{Arc, LazyLock, Mutex};
use symseek_base::{Cancel, ChunkKey, ContentHash, Embedding, LiveSet};
use symseek_index::vector::{
    Hnsw, HnswOptions, QuantisedRow, RowsPart, RowsWriter, VectorBase, VectorView, search,
};

const DIMS: usize = 256;
const SIZES: [usize; 5] = [10_000, 25_000, 50_000, 100_000, 150_000];

fn main() {
    divan::main();
}

struct Random(u64);

impl Random {
    fn normal(&mut self) -> f32 {
        let mut sum = 0.0;
        for _ in 0..4 {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            sum += (self.0 >> 40) as f32 / (1u64 << 24) as f32 - 0.5;
        }
        sum
    }
}

/// Rows around one centre for every 50, and queries drawn the same way.
struct Data {
    _dir: tempfile::TempDir,
    parts: Vec<Arc<RowsPart>>,
    live: LiveSet,
    queries: Vec<Embedding>,
    graph: Mutex<Option<Arc<Hnsw>>>,
}

impl Data {
    fn new(n: usize) -> Self {
        let mut random = Random(n as u64 + 1);
        let centres: Vec<Vec<f32>> = (0..n / 50)
            .map(|_| (0..DIMS).map(|_| random.normal()).collect())
            .collect();
        let mut near = |centre: &[f32]| {
            let raw = centre.iter().map(|x| x + 0.7 * random.normal()).collect();
            Embedding::normalised(raw).expect("noise is no zero vector")
        };
        let dir = tempfile::tempdir().expect("a temporary directory");
        let path = dir.path().join("rows");
        write(&path, (0..n).map(|i| near(&centres[i * 7 % centres.len()])));
        let mut live = LiveSet::default();
        live.insert_range(ChunkKey(0), n as u32);
        Self {
            parts: vec![Arc::new(
                RowsPart::open(&path).expect("a part just written"),
            )],
            _dir: dir,
            live,
            queries: (0..64)
                .map(|i| near(&centres[i * 31 % centres.len()]))
                .collect(),
            graph: Mutex::default(),
        }
    }

    fn graph(&self) -> Arc<Hnsw> {
        let mut graph = self.graph.lock().expect("no bench panics");
        let build = || {
            let options = HnswOptions {
                threads: 1,
                ..HnswOptions::default()
            };
            let graph = Hnsw::build(&self.parts, &self.live, options, &Cancel::new(), &|_, _| ());
            Arc::new(graph.expect("a graph of rows just written"))
        };
        Arc::clone(graph.get_or_insert_with(build))
    }

    fn scan(&self, at: usize) -> usize {
        let bases = [VectorBase {
            parts: &self.parts,
            live: &self.live,
            graph: None,
        }];
        let view = VectorView {
            bases: &bases,
            memory: &[],
        };
        let query = &self.queries[at % self.queries.len()];
        let hits = search(view, query, &|_, _| true, 100, &Cancel::new()).expect("a sound view");
        assert!(hits.len() >= 100);
        hits.len()
    }
}

fn write(path: &Path, rows: impl Iterator<Item = Embedding>) {
    let mut writer = RowsWriter::create(path, DIMS, ContentHash(1)).expect("a writable directory");
    for (key, row) in rows.enumerate() {
        writer
            .push(ChunkKey(key as u64), &row)
            .expect("ascending keys");
    }
    writer.finish().expect("a writable directory");
}

fn data(n: usize) -> &'static Data {
    static ALL: LazyLock<Mutex<Vec<(usize, &'static Data)>>> = LazyLock::new(Mutex::default);
    let mut all = ALL.lock().expect("no bench panics");
    if let Some(&(_, data)) = all.iter().find(|&&(size, _)| size == n) {
        return data;
    }
    let data: &'static Data = Box::leak(Box::new(Data::new(n)));
    all.push((n, data));
    data
}

#[divan::bench(args = SIZES, sample_count = 200, sample_size = 1)]
fn scan(bencher: Bencher<'_, '_>, n: usize) {
    let (data, mut at) = (data(n), 0);
    bencher.counter(ItemsCount::new(n)).bench_local(|| {
        at += 1;
        data.scan(at)
    });
}

/// What `search` does with a graph: 100 wanted, half as many again rescored by key.
#[divan::bench(args = SIZES, sample_count = 200, sample_size = 1)]
fn graph(bencher: Bencher<'_, '_>, n: usize) {
    let (data, mut at) = (data(n), 0);
    let graph = data.graph();
    let part = &data.parts[0];
    bencher.bench_local(|| {
        at += 1;
        let query = &data.queries[at % data.queries.len()];
        let quantised = QuantisedRow::new(query);
        let live = |key| data.live.contains(key);
        let keys = graph
            .candidates(query.as_slice(), 166, live)
            .expect("a sound graph");
        assert!(keys.len() >= 100);
        let rows = keys.iter().filter_map(|&key| part.find(key));
        rows.map(|row| part.row(row).similarity(&quantised))
            .fold(0f32, f32::max)
    });
}

#[divan::bench(sample_count = 1, sample_size = 1)]
fn build_5_000(bencher: Bencher<'_, '_>) {
    let data = data(5_000);
    bencher
        .counter(ItemsCount::new(5_000usize))
        .bench_local(|| {
            let options = HnswOptions {
                threads: 1,
                ..HnswOptions::default()
            };
            Hnsw::build(&data.parts, &data.live, options, &Cancel::new(), &|_, _| ())
                .expect("sound rows")
        });
}

#[divan::bench(args = [10_000, 100_000])]
fn open(bencher: Bencher<'_, '_>, n: usize) {
    let path = data(n).parts[0].path();
    bencher.bench_local(|| RowsPart::open(black_box(path)).expect("a sound part"));
}
