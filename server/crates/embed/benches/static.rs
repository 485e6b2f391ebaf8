//! What is measured: the static embedder. Chunks of about 12 lines per CPU-second (bar: 50,000, so 20 µs each), one
//! query (bar: 50 µs), and what the first text of a process waits for (the vocabulary). The chunks are windows over this
//! crate's own sources, so words repeat as they do in code; "cold" starts with an empty word cache.
//!
//! Run: `cargo bench -p symseek-embed --bench static`

use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use symseek_embed::{DocumentText, Embedder, StaticEmbedder};

fn main() {
    divan::main();
}

const SOURCES: [&str; 6] = [
    include_str!("../src/static_embedder.rs"),
    include_str!("../src/vocabulary.rs"),
    include_str!("../src/words.rs"),
    include_str!("../src/onnx/mod.rs"),
    include_str!("../src/cache.rs"),
    include_str!("../src/table.rs"),
];

fn chunks() -> Vec<DocumentText> {
    let lines: Vec<&str> = SOURCES.iter().flat_map(|source| source.lines()).collect();
    let window = |lines: &[&str]| DocumentText::new(lines.join("\n"));
    let chunks: Vec<_> = lines.chunks_exact(12).map(window).collect();
    assert!(chunks.len() > 50);
    chunks
}

fn embedder() -> StaticEmbedder {
    let embedder = StaticEmbedder::built_in().expect("the built-in model is sound");
    embedder.warm().expect("the built-in vocabulary is sound");
    embedder
}

fn embed_all(embedder: &StaticEmbedder, chunks: &[DocumentText]) -> usize {
    let n = chunks
        .iter()
        .filter(|chunk| black_box(embedder.embed_document(chunk)).is_ok())
        .count();
    assert_eq!(n, chunks.len());
    n
}

#[divan::bench]
fn chunks_warm(bencher: Bencher<'_, '_>) {
    let (embedder, chunks) = (embedder(), chunks());
    embed_all(&embedder, &chunks);
    bencher
        .counter(ItemsCount::new(chunks.len()))
        .bench(|| embed_all(&embedder, &chunks));
}

#[divan::bench(sample_count = 10)]
fn chunks_cold(bencher: Bencher<'_, '_>) {
    let chunks = chunks();
    bencher
        .counter(ItemsCount::new(chunks.len()))
        .with_inputs(embedder)
        .bench_refs(|embedder| embed_all(embedder, &chunks));
}

#[divan::bench]
fn query_warm(bencher: Bencher<'_, '_>) {
    let embedder = embedder();
    bencher
        .bench(|| embedder.embed_query(black_box("where is the retry with exponential back-off")));
}

/// Words that no cache has seen.
#[divan::bench]
fn query_cold(bencher: Bencher<'_, '_>) {
    let embedder = embedder();
    let mut n = 0u32;
    bencher
        .with_inputs(|| {
            n += 1;
            let word: String = n
                .to_string()
                .bytes()
                .map(|digit| (digit + 49) as char)
                .collect();
            format!("where is{word} the{word} retry{word} with{word} back{word}")
        })
        .bench_local_refs(|query| embedder.embed_query(query));
}

#[divan::bench(sample_count = 20)]
fn start_up_without_vocabulary() -> StaticEmbedder {
    StaticEmbedder::built_in().expect("the built-in model is sound")
}

#[divan::bench(sample_count = 20)]
fn start_up_with_vocabulary() -> StaticEmbedder {
    embedder()
}

/// What reading the same file through the library's own entry costs, for comparison.
#[divan::bench(sample_count = 20)]
fn start_up_of_the_library() -> tokenizers::Tokenizer {
    let json = include_bytes!("../model/tokenizer.json");
    tokenizers::Tokenizer::from_bytes(json).expect("the built-in vocabulary is sound")
}
