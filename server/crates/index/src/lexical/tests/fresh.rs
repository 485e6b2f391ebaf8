//! The oracle: base + mask + memory answers exactly as a fresh index of the same content, whatever the segments.

use super::*;
use proptest::prelude::*;
use std::collections::BTreeMap;

const WORDS: &[&str] = &[
    "parse",
    "parseHttpHeader",
    "HTTPServer",
    "retry_policy",
    "utf8",
    "x",
    "i",
    "self",
    "é_Été",
    "検索",
    "file",
    "the",
];

fn text(max: usize) -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(WORDS), 0..max).prop_map(|words| words.join(" "))
}

fn chunk() -> impl Strategy<Value = Chunk> {
    (text(3), text(4), text(3), text(6), text(10), text(60)).prop_map(
        |(name, qualified, path, signature, doc, body)| Chunk {
            name,
            qualified,
            path,
            signature,
            doc,
            body,
        },
    )
}

/// What a chunk may be: (chunk, which commit, where it lives).
#[derive(Debug, Clone, Copy, PartialEq)]
enum Fate {
    Kept,
    Masked,
    Deleted,
    Memory,
    MemoryOverBase,
}

fn fate() -> impl Strategy<Value = Fate> {
    prop::sample::select(
        &[
            Fate::Kept,
            Fate::Kept,
            Fate::Masked,
            Fate::Deleted,
            Fate::Memory,
            Fate::MemoryOverBase,
        ][..],
    )
}

/// Score bits, matched terms and name matches of every hit, by position of the chunk in the fixture.
type Told = BTreeMap<usize, (u32, u64, u64)>;

fn told(answer: &LexicalAnswer, position: impl Fn(&LexicalHit) -> usize) -> Told {
    let told: Told = answer
        .hits
        .iter()
        .map(|hit| {
            let of_hit = (hit.score.to_bits(), hit.matched, hit.name_matched);
            (position(hit), of_hit)
        })
        .collect();
    assert_eq!(told.len(), answer.hits.len(), "a chunk answered twice");
    told
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]
    #[test]
    fn overlay_equals_fresh(
        chunks in prop::collection::vec((chunk(), fate(), 0usize..3, 0usize..2), 1..40),
        query in text(6),
        k1 in 0.5f32..2.0,
    ) {
        let params = Params { k1, ..Params::default() };
        let terms: Vec<_> = analyze_query(&query).into_iter().map(|t| t.with_inflections(0.6)).collect();
        let all = |view: &LexicalView<'_>| search(view, &terms, &params, &|_, _| true, 1000, &Cancel::new()).unwrap();

        // Two bases of three commits each, some chunks masked, deleted, or replaced in memory.
        let dirs = [scratch_dir(), scratch_dir()];
        let mut readers = Vec::new();
        let mut lives = Vec::new();
        for (base, dir) in dirs.iter().enumerate() {
            let mut writer = LexicalWriter::create_or_open(dir.path(), WriterOptions::default()).unwrap();
            let mut live = LiveSet::default();
            for commit in 0..3 {
                for (at, (chunk, fate, of_commit, of_base)) in chunks.iter().enumerate() {
                    if (*of_commit, *of_base) != (commit, base) || *fate == Fate::Memory { continue; }
                    let key = ChunkKey(at as u64);
                    let mut stored = chunk.clone();
                    if *fate == Fate::MemoryOverBase { stored.body.push_str(" parse old stale"); }
                    writer.add(FileKey(at as u32), key, &stored.document()).unwrap();
                    if matches!(fate, Fate::Kept | Fate::Deleted) { live.insert_range(key, 1); }
                }
                writer.commit().unwrap();
            }
            let deleted: Vec<_> = chunks.iter().enumerate()
                .filter(|(_, (_, fate, ..))| *fate == Fate::Deleted)
                .map(|(at, _)| FileKey(at as u32)).collect();
            writer.delete_files(&deleted);
            writer.commit().unwrap();
            readers.push(LexicalReader::open(dir.path()).unwrap());
            lives.push(live);
        }
        let docs: Vec<_> = readers.iter().zip(&lives).map(|(reader, live)| reader.stats(live)).collect();
        let bases: Vec<_> = readers.iter().zip(&docs).map(|(reader, live)| Base { reader, live }).collect();
        let memory: Vec<_> = chunks.iter().enumerate()
            .filter(|(_, (_, fate, ..))| matches!(fate, Fate::Memory | Fate::MemoryOverBase))
            .map(|(at, (chunk, ..))| (at, ChunkTerms::new(&chunk.document()))).collect();
        let memory: Vec<_> = memory.iter().map(|(at, chunk)| (ChunkKey(*at as u64), chunk)).collect();
        let overlay = all(&LexicalView { bases: &bases, memory: &memory });

        // The same content, freshly indexed in one commit.
        let kept: Vec<_> = chunks.iter().enumerate()
            .filter(|(_, (_, fate, ..))| !matches!(fate, Fate::Masked | Fate::Deleted)).collect();
        let dir = scratch_dir();
        let content: Vec<_> = kept.iter().map(|(_, (chunk, ..))| chunk.clone()).collect();
        let reader = write(dir.path(), &[&content]);
        let docs = reader.stats(&live(content.len()));
        let fresh = all(&LexicalView { bases: &[Base { reader: &reader, live: &docs }], memory: &[] });

        prop_assert_eq!(&overlay.terms, &fresh.terms);
        prop_assert_eq!(
            told(&overlay, |hit| hit.key.0 as usize),
            told(&fresh, |hit| kept[hit.key.0 as usize].0)
        );
        // And from memory alone.
        let memory: Vec<_> = content.iter().map(|chunk| ChunkTerms::new(&chunk.document())).collect();
        let memory: Vec<_> = memory.iter().zip(0..).map(|(chunk, key)| (ChunkKey(key), chunk)).collect();
        let alone = all(&LexicalView { bases: &[], memory: &memory });
        prop_assert_eq!(told(&alone, |hit| hit.key.0 as usize), told(&fresh, |hit| hit.key.0 as usize));
    }
}
