//! What is measured: tokens per second, chunks indexed per second and core, and the median time of a search over 10,000
//! and 100,000 synthetic chunks (seeded; identifiers drawn from a Zipf-like vocabulary, about 12 lines a chunk), next to
//! tantivy's own `BooleanQuery` over the body alone, which skips blocks by their maximum score and knows no fields.
//! Everything is warm: the second query of a session is the one a person waits for most often.
//!
//! `cargo bench -p symseek-index --bench lexical`; with `SYMSEEK_BENCH_CORPUS` set to a folder, windows of its Rust files take
//! the place of the synthetic chunks (their vocabulary is smaller, which is kinder to term dictionaries).

use std::fmt::Write;
use std::path::Path;
use std::sync::OnceLock;
use symseek_base::{Cancel, ChunkKey, FileKey, LiveSet};
use symseek_index::lexical::{
    Base, ChunkDocument, ChunkTerms, LexicalReader, LexicalView, LexicalWriter, LiveDocs, Params,
    QueryTerm, Tokenizer, TokenizerOptions, WriterOptions, analyze_query, search, term_statistics,
};
use tantivy::collector::TopDocs;
use tantivy::query::{BooleanQuery, Occur, Query, TermQuery};
use tantivy::schema::{IndexRecordOption, Schema, TextFieldIndexing, TextOptions};
use tantivy::{Index, IndexWriter, Searcher, Term, doc};

fn main() {
    report_sizes();
    divan::main();
}

const QUERY: &str =
    "how does the retry policy handle connection timeout errors when parseHttpHeader fails";

/// xorshift64*, so that every run sees the same text.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    fn below(&mut self, n: usize) -> usize {
        (self.next() >> 33) as usize % n
    }

    /// Rank of a word, density falling as 1 / rank.
    fn zipf(&mut self, n: usize) -> usize {
        let unit = (self.next() >> 11) as f64 / (1u64 << 53) as f64;
        ((n as f64).powf(unit) - 1.0) as usize
    }
}

const COMMON: &[&str] = &[
    "let",
    "self",
    "return",
    "the",
    "if",
    "fn",
    "pub",
    "for",
    "in",
    "is",
    "of",
    "to",
    "a",
    "i",
    "mut",
    "new",
    "error",
    "value",
    "result",
    "when",
    "name",
    "get",
    "handle",
    "path",
    "connection",
    "retry",
    "policy",
    "timeout",
    "parse",
    "header",
    "http",
    "request",
    "response",
    "index",
    "does",
    "how",
    "errors",
    "fails",
];

fn word(rank: usize) -> String {
    if let Some(word) = COMMON.get(rank) {
        return (*word).to_owned();
    }
    let mut random = Random(rank as u64 * 7919 + 13);
    let syllables = [
        "ba", "con", "di", "fer", "go", "han", "ix", "ju", "lo", "mer", "nu", "per", "ra", "sti",
        "tor", "va",
    ];
    (0..2 + random.below(3))
        .map(|_| syllables[random.below(syllables.len())])
        .collect()
}

fn identifier(random: &mut Random, vocabulary: &[String]) -> String {
    let mut pick = || vocabulary[random.zipf(vocabulary.len())].clone();
    let (first, second, third) = (pick(), pick(), pick());
    match random.below(8) {
        0 => format!("{first}_{second}"),
        1 => format!("{first}{}{}", second[..1].to_uppercase(), &second[1..]),
        2 => format!("{first}_{second}_{third}"),
        _ => first,
    }
}

#[derive(Default)]
struct Chunk {
    name: String,
    qualified: String,
    path: String,
    signature: String,
    doc: String,
    body: String,
}

impl Chunk {
    fn document(&self) -> ChunkDocument<'_> {
        ChunkDocument {
            name: &self.name,
            qualified: &self.qualified,
            path: &self.path,
            signature: &self.signature,
            doc: &self.doc,
            body: &self.body,
        }
    }
}

/// Windows of 12 lines over the Rust files of a folder, cut roughly into fields.
fn windows(folder: &Path, n: usize) -> Vec<Chunk> {
    let mut folders = vec![folder.to_path_buf()];
    let mut chunks = Vec::new();
    while let Some(folder) = folders.pop() {
        let entries = std::fs::read_dir(&folder).expect("a folder");
        let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
        paths.sort();
        for path in paths {
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let Some(text) = std::fs::read_to_string(&path)
                .ok()
                .filter(|_| path.extension().is_some_and(|e| e == "rs"))
            else {
                continue;
            };
            let lines: Vec<_> = text.lines().collect();
            for window in lines.chunks(12) {
                let signature = window.iter().find(|line| line.contains("fn "));
                let signature = signature.map_or("", |line| line.trim());
                let after = signature.split("fn ").nth(1).unwrap_or_default();
                let name = after.split(['(', '<']).next().unwrap_or_default();
                let stem = path.file_stem().unwrap_or_default().to_string_lossy();
                let docs = window.iter().filter(|line| line.trim().starts_with("///"));
                chunks.push(Chunk {
                    name: name.to_owned(),
                    qualified: format!("{stem}::{name}"),
                    path: path
                        .iter()
                        .rev()
                        .take(4)
                        .map(|part| part.to_string_lossy())
                        .collect::<Vec<_>>()
                        .join("/"),
                    signature: signature.to_owned(),
                    doc: docs.copied().collect::<Vec<_>>().join("\n"),
                    body: window.join("\n"),
                });
                if chunks.len() == n {
                    return chunks;
                }
            }
        }
    }
    panic!("{} holds only {} chunks", folder.display(), chunks.len());
}

fn chunks() -> &'static [Chunk] {
    static CHUNKS: OnceLock<Vec<Chunk>> = OnceLock::new();
    CHUNKS.get_or_init(|| {
        if let Ok(folder) = std::env::var("SYMSEEK_BENCH_CORPUS") {
            return windows(Path::new(&folder), 100_000);
        }
        let vocabulary: Vec<_> = (0..20_000).map(word).collect();
        let mut random = Random(42);
        (0..100_000usize)
            .map(|at| {
                let mut id = || identifier(&mut random, &vocabulary);
                let (name, module) = (id(), id());
                let signature = format!(
                    "pub fn {name}(&self, {}: {}) -> Result<{}, Error>",
                    id(),
                    id(),
                    id()
                );
                let doc = (0..at % 3 * 6).map(|_| id()).collect::<Vec<_>>().join(" ");
                let mut body = format!("/// {doc}\n{signature} {{\n");
                for _ in 0..9 {
                    let ids: [String; 5] = std::array::from_fn(|_| id());
                    let [to, from, call, a, b] = &ids;
                    writeln!(body, "    let {to} = self.{from}.{call}({a}, {b})?;")
                        .expect("strings grow");
                }
                body += "}\n";
                Chunk {
                    qualified: format!("{module}::{name}"),
                    path: format!("src/{module}/{}.rs", vocabulary[at / 20 % vocabulary.len()]),
                    name,
                    signature,
                    doc,
                    body,
                }
            })
            .collect()
    })
}

struct Stored {
    reader: LexicalReader,
    docs: LiveDocs,
    masked: LiveDocs,
    memory: Vec<ChunkTerms>,
    terms: Vec<QueryTerm>,
    searcher: Searcher,
    bytes: u64,
    _dir: tempfile::TempDir,
}

fn write(dir: &Path, n: usize) {
    let mut writer = LexicalWriter::create_or_open(dir, WriterOptions::default()).expect("open");
    for (file, chunks) in chunks()[..n].chunks(20).enumerate() {
        let first = ChunkKey(file as u64 * 20);
        let documents = chunks.iter().map(Chunk::document);
        writer
            .add_file(FileKey(file as u32), first, documents)
            .expect("add");
    }
    writer.commit().expect("commit");
    writer.finish().expect("merges");
}

fn stored(n: usize) -> &'static Stored {
    static STORED: [OnceLock<Stored>; 2] = [const { OnceLock::new() }; 2];
    STORED[usize::from(n > 10_000)].get_or_init(|| {
        let dir = tempfile::tempdir().expect("a directory");
        write(dir.path(), n);
        let reader = LexicalReader::open(dir.path()).expect("open");
        let mut live = LiveSet::default();
        live.insert_range(ChunkKey(0), n as u32);
        let docs = reader.stats(&live);
        live.remove_range(ChunkKey(400), 300);
        let masked = reader.stats(&live);
        let memory = chunks()[400..700]
            .iter()
            .map(|chunk| ChunkTerms::new(&chunk.document()))
            .collect();
        let index = Index::open_in_dir(dir.path()).expect("open");
        let bytes = std::fs::read_dir(dir.path())
            .expect("list")
            .flatten()
            .filter_map(|f| f.metadata().ok())
            .map(|m| m.len())
            .sum();
        Stored {
            reader,
            docs,
            masked,
            memory,
            terms: analyze_query(QUERY),
            searcher: index.reader().expect("reader").searcher(),
            bytes,
            _dir: dir,
        }
    })
}

#[expect(clippy::print_stderr, reason = "a bench talks to a person")]
fn report_sizes() {
    for n in [10_000, 100_000] {
        let stored = stored(n);
        let text: usize = chunks()[..n].iter().map(|chunk| chunk.body.len()).sum();
        eprintln!(
            "{n} chunks: {} segments, {} bytes of body each, {} bytes of index each; memory chunk: {} bytes, {} terms",
            stored.reader.n_segments(),
            text / n,
            stored.bytes as usize / n,
            stored
                .memory
                .iter()
                .map(ChunkTerms::memory_size)
                .sum::<usize>()
                / stored.memory.len(),
            stored.memory.iter().map(ChunkTerms::n_terms).sum::<usize>() / stored.memory.len(),
        );
        let view = LexicalView {
            bases: &[Base {
                reader: &stored.reader,
                live: &stored.docs,
            }],
            memory: &[],
        };
        for term in &stored.terms {
            let statistics = term_statistics(&view, &term.text).expect("statistics");
            eprint!("{} {}, ", term.text, statistics.document_frequency);
        }
        eprintln!();
    }
}

#[divan::bench]
fn tokenize(bencher: divan::Bencher<'_, '_>) {
    let text: String = chunks()[..1000]
        .iter()
        .map(|chunk| chunk.body.as_str())
        .collect();
    let mut tokenizer = Tokenizer::new(TokenizerOptions::default());
    bencher
        .counter(divan::counter::BytesCount::of_str(&text))
        .bench_local(|| {
            let mut n_bytes = 0;
            tokenizer.run(divan::black_box(&text), |token, _| n_bytes += token.len());
            assert!(n_bytes > 1000);
            n_bytes
        });
}

#[divan::bench]
fn memory_chunk(bencher: divan::Bencher<'_, '_>) {
    let mut at = 0;
    bencher.bench_local(|| {
        at = (at + 1) % 10_000;
        ChunkTerms::new(&chunks()[at].document())
    });
}

#[divan::bench(sample_count = 5, sample_size = 1)]
fn index_10k(bencher: divan::Bencher<'_, '_>) {
    chunks();
    bencher
        .counter(divan::counter::ItemsCount::new(10_000usize))
        .bench_local(|| {
            let dir = tempfile::tempdir().expect("a directory");
            write(dir.path(), 10_000);
        });
}

/// The reference: one field, tantivy's default tokenizer (whole words, no parts).
#[divan::bench(sample_count = 5, sample_size = 1)]
fn tantivy_index_10k_bodies(bencher: divan::Bencher<'_, '_>) {
    chunks();
    bencher
        .counter(divan::counter::ItemsCount::new(10_000usize))
        .bench_local(|| {
            let dir = tempfile::tempdir().expect("a directory");
            let mut schema = Schema::builder();
            let indexing =
                TextFieldIndexing::default().set_index_option(IndexRecordOption::WithFreqs);
            let body = schema.add_text_field(
                "body",
                TextOptions::default().set_indexing_options(indexing),
            );
            let index = Index::create_in_dir(dir.path(), schema.build()).expect("create");
            let mut writer: IndexWriter = index
                .writer_with_num_threads(1, 64 << 20)
                .expect("a writer");
            for chunk in &chunks()[..10_000] {
                let document = doc!(body => chunk.body.as_str());
                writer.add_document(document).expect("add");
            }
            writer.commit().expect("commit");
            writer.wait_merging_threads().expect("merges");
        });
}

#[divan::bench(args = [10_000, 100_000])]
fn live_docs(bencher: divan::Bencher<'_, '_>, n: usize) {
    let stored = stored(n);
    let mut live = LiveSet::default();
    live.insert_range(ChunkKey(0), n as u32 - 100);
    bencher.bench_local(|| stored.reader.stats(&live));
}

fn ask(view: &LexicalView<'_>, terms: &[QueryTerm]) -> usize {
    let params = Params::default();
    let answer = search(view, terms, &params, &|_, _| true, 100, &Cancel::new()).expect("searched");
    assert!(answer.hits.len() >= 100);
    answer.hits.len()
}

#[divan::bench(args = [10_000, 100_000])]
fn search_base(bencher: divan::Bencher<'_, '_>, n: usize) {
    let stored = stored(n);
    let view = LexicalView {
        bases: &[Base {
            reader: &stored.reader,
            live: &stored.docs,
        }],
        memory: &[],
    };
    bencher.bench_local(|| ask(&view, &stored.terms));
}

#[divan::bench(args = [10_000, 100_000])]
fn search_masked_with_300_in_memory(bencher: divan::Bencher<'_, '_>, n: usize) {
    let stored = stored(n);
    let memory: Vec<_> = stored
        .memory
        .iter()
        .zip(1 << 63..)
        .map(|(chunk, key)| (ChunkKey(key), chunk))
        .collect();
    let view = LexicalView {
        bases: &[Base {
            reader: &stored.reader,
            live: &stored.masked,
        }],
        memory: &memory,
    };
    bencher.bench_local(|| ask(&view, &stored.terms));
}

#[divan::bench(args = [10_000, 100_000])]
fn search_with_inflections(bencher: divan::Bencher<'_, '_>, n: usize) {
    let stored = stored(n);
    let view = LexicalView {
        bases: &[Base {
            reader: &stored.reader,
            live: &stored.docs,
        }],
        memory: &[],
    };
    let terms: Vec<_> = stored
        .terms
        .iter()
        .map(|term| term.clone().with_inflections(0.7))
        .collect();
    bencher.bench_local(|| ask(&view, &terms));
}

#[divan::bench(args = [10_000, 100_000])]
fn search_one_rare_term(bencher: divan::Bencher<'_, '_>, n: usize) {
    let stored = stored(n);
    let view = LexicalView {
        bases: &[Base {
            reader: &stored.reader,
            live: &stored.docs,
        }],
        memory: &[],
    };
    let terms = analyze_query(&chunks()[77].name);
    bencher.bench_local(|| {
        search(
            &view,
            &terms,
            &Params::default(),
            &|_, _| true,
            100,
            &Cancel::new(),
        )
        .expect("searched")
        .hits
        .len()
    });
}

/// The reference: tantivy's own scoring with block-max pruning, over the body alone.
#[divan::bench(args = [10_000, 100_000])]
fn tantivy_boolean_over_body(bencher: divan::Bencher<'_, '_>, n: usize) {
    let stored = stored(n);
    let field = stored.searcher.schema().get_field("body").expect("body");
    bencher.bench_local(|| {
        let clauses = stored.terms.iter().map(|term| {
            let term = Term::from_field_text(field, &term.text);
            let query: Box<dyn Query> =
                Box::new(TermQuery::new(term, IndexRecordOption::WithFreqs));
            (Occur::Should, query)
        });
        let query = BooleanQuery::new(clauses.collect());
        let hits = stored
            .searcher
            .search(&query, &TopDocs::with_limit(100).order_by_score())
            .expect("searched");
        assert_eq!(hits.len(), 100);
        hits.len()
    });
}
