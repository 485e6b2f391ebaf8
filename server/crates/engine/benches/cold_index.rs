//! What an index costs over nothing but reading and parsing, and what it costs to come back to one.
//!
//! - **cold**: `Engine::open` with an empty cache directory until every leg answers, beside reading and parsing the same
//!   files with tree-sitter on as many threads, alternating in one run. The ratio is the figure (bar: at most 3).
//! - **stages**: processor time of each step of indexing on one thread, as a share of the parse.
//! - **warm**: a fresh process over the finished index, page cache warm: time to the first answer from all chunks
//!   (bar: 150 ms) and resident memory when idle after it (bar: 300 MB), at about 100,000 chunks.
//!
//! `cargo bench --workspace --bench cold_index [-- cold|stages|warm]`
#![allow(
    missing_docs,
    unreachable_pub,
    dead_code,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark reports"
)]

mod corpus;

use corpus::{Corpus, grammar, memory, quantile};
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use symseek_base::{Cancel, ContentHash, RelPath};
use symseek_embed::{DocumentParts, Embedder, StaticEmbedder, document_text};
use symseek_engine::{Engine, EngineOptions, Settings};
use symseek_index::fields::fields;
use symseek_index::store::{BaseWriter, CommitPlan, FileStamp, Identity, NewFile};
use symseek_index::vector::QuantisedRow;
use symseek_search::SearchRequest;

/// Lines of the corpus: about 100,000 chunks.
const LINES: usize = 1_500_000;
const ROUNDS: usize = 5;
const PATIENCE: Duration = Duration::from_mins(10);
const QUERY: &str = "retry a request with exponential backoff";

fn main() {
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| !argument.starts_with("--"))
        .collect();
    if let [child, root, cache] = arguments.as_slice()
        && child == "open-once"
    {
        return open_once(Path::new(root), Path::new(cache));
    }
    let wants =
        |what: &str| arguments.is_empty() || arguments.iter().any(|argument| argument == what);
    let corpus = Corpus::of_dependencies(LINES);
    println!("corpus: {}", corpus.describe());
    println!("threads: {}", threads());
    if wants("cold") {
        cold(&corpus);
    }
    if wants("stages") {
        stages(&corpus);
    }
    if wants("warm") {
        warm(&corpus);
    }
}

fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, |n| n.get().min(8))
}

fn options(cache: &Path) -> EngineOptions {
    EngineOptions {
        cache_dir: Some(cache.to_path_buf()),
        query_packs: None,
        languages: Vec::new(),
        settings: Settings::default(),
        embedder: Some(Arc::new(StaticEmbedder::built_in().unwrap())),
        progress: None,
        threads: 0,
        graph_from: 0,
    }
}

fn cold(corpus: &Corpus) {
    println!("\ncold index, {ROUNDS} alternating rounds");
    println!(
        "{:>5} {:>14} {:>12} {:>12} {:>8} {:>10} {:>14}",
        "round", "read+parse s", "to answer s", "to ready s", "ratio", "cpu ratio", "index MB"
    );
    read_and_parse(corpus);
    let (mut parses, mut indexes, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    let mut n_chunks = 0;
    for round in 1..=ROUNDS {
        let (start, cpu) = (Instant::now(), process_cpu());
        let n_bytes = read_and_parse(corpus);
        let parse = start.elapsed().as_secs_f64();
        let parse_cpu = process_cpu() - cpu;
        assert_eq!(n_bytes, corpus.bytes);

        let cache = tempfile::tempdir().unwrap();
        let options = options(cache.path());
        let (start, cpu) = (Instant::now(), process_cpu());
        let engine = Engine::open(std::slice::from_ref(&corpus.root), options).unwrap();
        while engine
            .view()
            .snapshots()
            .iter()
            .all(|snapshot| snapshot.n_chunks() == 0)
        {
            std::thread::sleep(Duration::from_millis(1));
        }
        let first = start.elapsed().as_secs_f64();
        assert!(engine.wait_ready(PATIENCE));
        let index = start.elapsed().as_secs_f64();
        let index_cpu = process_cpu() - cpu;
        let answer = engine
            .search(&SearchRequest::new(QUERY, 10), &Cancel::new())
            .unwrap();
        assert!(answer.complete && answer.hits.len() == 10);
        let status = engine.status();
        assert_eq!(
            status.files + skipped(&status),
            corpus.files.len(),
            "{:?}",
            status.folders[0].skipped
        );
        n_chunks = status.chunks;
        println!(
            "{round:>5} {parse:>14.2} {first:>12.2} {index:>12.2} {:>8.2} {:>10.2} {:>14.1}",
            index / parse,
            index_cpu / parse_cpu,
            status.folders[0].bytes as f64 / 1e6
        );
        drop(engine);
        parses.push(parse);
        indexes.push(index);
        ratios.push(index / parse);
        // What is left to do behind (the graph notices that it is stopped) must not slow the next round.
        std::thread::sleep(Duration::from_millis(500));
    }
    let (parse, index) = (quantile(&mut parses, 0.5), quantile(&mut indexes, 0.5));
    println!(
        "median: read+parse {parse:.2} s, index {index:.2} s, ratio {:.2} (bar 3); {n_chunks} chunks, {:.0} files/s, {:.1} MB/s, {:.0} lines/s, {:.0} chunks/s",
        quantile(&mut ratios, 0.5),
        corpus.files.len() as f64 / index,
        corpus.bytes as f64 / 1e6 / index,
        corpus.lines as f64 / index,
        n_chunks as f64 / index,
    );
}

fn skipped(status: &symseek_engine::StatusReport) -> usize {
    status
        .folders
        .iter()
        .flat_map(|folder| folder.skipped.values())
        .map(|files| files.count)
        .sum()
}

/// Reads every file, parses those with a grammar, on as many threads as the engine. Returns the bytes read.
fn read_and_parse(corpus: &Corpus) -> usize {
    let (next, n_bytes) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let work = || {
        let mut parsers = Parsers::new();
        while let Some(path) = corpus.files.get(next.fetch_add(1, Ordering::Relaxed)) {
            let text = std::fs::read_to_string(path).unwrap();
            n_bytes.fetch_add(text.len(), Ordering::Relaxed);
            parsers.parse(path, &text);
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..threads() {
            scope.spawn(work);
        }
        work();
    });
    n_bytes.into_inner()
}

struct Parsers {
    rust: tree_sitter::Parser,
    python: tree_sitter::Parser,
}

impl Parsers {
    fn new() -> Self {
        let parser = |grammar: tree_sitter::Language| {
            let mut parser = tree_sitter::Parser::new();
            parser.set_language(&grammar).unwrap();
            parser
        };
        Self {
            rust: parser(tree_sitter_rust::LANGUAGE.into()),
            python: parser(tree_sitter_python::LANGUAGE.into()),
        }
    }

    fn parse(&mut self, path: &Path, text: &str) {
        match grammar(path).map(symseek_syntax::Language::name) {
            Some("rust") => drop(black_box(self.rust.parse(text, None))),
            Some(_) => drop(black_box(self.python.parse(text, None))),
            None => {}
        }
    }
}

/// Processor time of each step of indexing on one thread. Steps follow one another for each file, as in the engine, and
/// then for each batch of files, which keeps tables and code of a step in the caches: the difference is what changing
/// between steps costs.
fn stages(corpus: &Corpus) {
    let columns = [1, 64].map(|batch| stages_in_batches(corpus, batch));
    println!("\nstages, one thread, processor time; × parse in batches");
    println!(
        "{:<36} {:>14} {:>14} {:>9}",
        "", "file by file s", "batches of 64", "× parse"
    );
    let names = [
        "parse alone (part of facts)",
        "read and decode",
        "facts, with a grammar",
        "outline, without a grammar",
        "embed",
        "store: lexical, graph, facts, rows",
        "commit, lexical threads included",
    ];
    for (at, name) in names.iter().enumerate() {
        let [single, batched] = [columns[0][at], columns[1][at]];
        println!(
            "{name:<36} {single:>14.2} {batched:>14.2} {:>9.2}",
            batched / columns[1][0]
        );
    }
    let [single, batched] = columns.map(|column| column[1..].iter().sum::<f64>());
    println!(
        "{:<36} {single:>14.2} {batched:>14.2} {:>9.2}",
        "sum without parse alone",
        batched / columns[1][0]
    );
}

fn stages_in_batches(corpus: &Corpus, batch: usize) -> [f64; 7] {
    let embedder = StaticEmbedder::built_in().unwrap();
    embedder.warm().unwrap();
    let mut parsers = Parsers::new();
    let cache = tempfile::tempdir().unwrap();
    let identity = Identity {
        syntax: symseek_syntax::version(),
        lexical: String::new(),
        model: embedder.id().to_string(),
    };
    let opened = BaseWriter::open(
        cache.path(),
        &corpus.root,
        &identity,
        embedder.dims(),
        ContentHash::default(),
    );
    let (mut writer, _) = opened.unwrap().unwrap();
    let builder = writer.begin();
    let mut spent = [0.0; 7];
    let (mut n_chunks, mut n_vectors) = (0, 0);
    if batch > 1 {
        // Only here: beside the other steps it would warm the caches for them.
        for files in corpus.files.chunks(batch) {
            let texts: Vec<_> = files
                .iter()
                .map(|path| (path, std::fs::read_to_string(path).unwrap()))
                .collect();
            let start = thread_cpu();
            for (path, text) in &texts {
                parsers.parse(path, text);
            }
            spent[0] += thread_cpu() - start;
        }
    }
    let whole = process_cpu();
    let own = thread_cpu();
    for files in corpus.files.chunks(batch) {
        let mut clock = thread_cpu();
        let mut lap = |stage: usize| {
            let now = thread_cpu();
            spent[stage] += now - std::mem::replace(&mut clock, now);
        };
        let mut prepared: Vec<_> = files
            .iter()
            .map(|path| {
                let text = symseek_index::text::read(path, u64::MAX).unwrap();
                black_box(symseek_index::text::unwanted(&text));
                let stamp = FileStamp::of(&std::fs::metadata(path).unwrap());
                (
                    RelPath::below(&corpus.root, path).unwrap(),
                    grammar(path),
                    stamp,
                    text,
                    None,
                )
            })
            .collect();
        lap(1);
        for parsed in [true, false] {
            for (_, language, _, text, facts) in &mut prepared {
                if language.is_some() == parsed {
                    *facts = Some(symseek_syntax::facts(text, *language));
                }
            }
            lap(if parsed { 2 } else { 3 });
        }
        let embedded: Vec<Vec<_>> = prepared
            .iter()
            .map(|(path, _, _, text, facts)| {
                let facts = facts.as_ref().unwrap();
                let parts = facts.chunks.iter().map(|chunk| {
                    let texts = fields(path, text, facts, chunk);
                    let (name, qualified, signature) =
                        (texts.name, texts.qualified, texts.signature);
                    DocumentParts {
                        name,
                        qualified,
                        path_stem: path.stem(),
                        signature,
                        doc: texts.doc,
                        body: texts.body,
                    }
                });
                parts
                    .map(|parts| {
                        let embedding = embedder.embed_document(&document_text(&parts)).ok()?;
                        Some(Arc::new(QuantisedRow::new(&embedding)))
                    })
                    .collect()
            })
            .collect();
        lap(4);
        for ((path, _, stamp, text, facts), rows) in prepared.iter().zip(&embedded) {
            n_chunks += rows.len();
            n_vectors += rows.iter().flatten().count();
            let language = symseek_syntax::label(path, text);
            let facts = facts.as_ref().unwrap();
            builder
                .add(&NewFile {
                    path,
                    language,
                    stamp: *stamp,
                    text,
                    facts,
                    rows,
                    skipped: None,
                })
                .unwrap();
        }
        lap(5);
    }
    let content = builder.finish();
    let own = thread_cpu() - own;
    let base = writer
        .commit(
            content,
            &CommitPlan {
                complete: true,
                ..CommitPlan::default()
            },
        )
        .unwrap();
    spent[6] = process_cpu() - whole - own;
    assert_eq!(base.live().len(), n_chunks);
    assert!(n_vectors * 100 > n_chunks * 99);
    spent
}

/// Indexes once, then opens the index in fresh processes.
fn warm(corpus: &Corpus) {
    let cache = tempfile::tempdir().unwrap();
    println!(
        "\nopening in a fresh process; ms from Engine::open, MB resident after one query and 2 s of rest"
    );
    println!(
        "{:<8} {:>8} {:>10} {:>12} {:>10} {:>10} | {:>8} {:>8} {:>8} {:>8}",
        "",
        "chunks",
        "embedder",
        "base shown",
        "answered",
        "complete",
        "VmRSS",
        "RssAnon",
        "RssFile",
        "VmHWM"
    );
    let mut rows: Vec<Vec<f64>> = Vec::new();
    for round in 0..=ROUNDS {
        let child = std::process::Command::new(std::env::current_exe().unwrap())
            .args([
                "open-once".as_ref(),
                corpus.root.as_os_str(),
                cache.path().as_os_str(),
            ])
            .output()
            .unwrap();
        assert!(
            child.status.success(),
            "{}",
            String::from_utf8_lossy(&child.stderr)
        );
        let line = String::from_utf8(child.stdout).unwrap();
        let row: Vec<f64> = line
            .split_whitespace()
            .map(|figure| figure.parse().unwrap())
            .collect();
        show(if round == 0 { "cold" } else { "warm" }, &row);
        if round > 0 {
            rows.push(row);
        }
    }
    let median: Vec<f64> = (0..rows[0].len())
        .map(|column| {
            quantile(
                &mut rows.iter().map(|row| row[column]).collect::<Vec<_>>(),
                0.5,
            )
        })
        .collect();
    show("median", &median);
    println!("bars: complete at most 150 ms, VmRSS at most 300 MB");
}

fn show(name: &str, row: &[f64]) {
    print!("{name:<8} {:>8}", row[0]);
    for figure in &row[1..5] {
        print!(" {figure:>10.1}");
    }
    print!(" |");
    for figure in &row[5..] {
        print!(" {figure:>8.1}");
    }
    println!();
}

/// The child: opens, asks once, rests, reports.
fn open_once(root: &Path, cache: &Path) {
    let start = Instant::now();
    let since = |start: Instant| start.elapsed().as_secs_f64() * 1e3;
    let options = options(cache);
    let embedder = since(start);
    let start = Instant::now();
    let engine = Engine::open(&[PathBuf::from(root)], options).unwrap();
    while engine
        .view()
        .snapshots()
        .iter()
        .all(|snapshot| snapshot.n_chunks() == 0)
    {
        std::thread::sleep(Duration::from_micros(100));
    }
    let shown = since(start);
    let request = SearchRequest::new(QUERY, 20);
    let answer = engine.search(&request, &Cancel::new()).unwrap();
    let answered = since(start);
    assert!(!answer.hits.is_empty());
    assert!(engine.wait_ready(PATIENCE));
    let answer = engine.search(&request, &Cancel::new()).unwrap();
    let complete = since(start);
    assert!(answer.complete && answer.hits.len() == 20);
    std::thread::sleep(Duration::from_secs(2));
    let [rss, anon, file, peak] = memory("self");
    println!(
        "{} {embedder} {shown} {answered} {complete} {rss} {anon} {file} {peak}",
        engine.status().chunks
    );
}

/// Processor time of this thread, in seconds.
fn thread_cpu() -> f64 {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    stat.split_whitespace()
        .next()
        .and_then(|ns| ns.parse::<f64>().ok())
        .unwrap_or(0.0)
        / 1e9
}

/// Processor time of all threads of this process, ended ones included, in seconds (to 10 ms).
fn process_cpu() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after = stat.rsplit(')').next().unwrap_or_default();
    let ticks: f64 = after
        .split_whitespace()
        .skip(11)
        .take(2)
        .filter_map(|n| n.parse::<f64>().ok())
        .sum();
    ticks / 100.0
}
