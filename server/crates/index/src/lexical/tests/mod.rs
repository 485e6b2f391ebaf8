//! Tests of the leg as a whole: oracles first (fresh index, naive formula), then life on disk.

mod formula;
mod fresh;
mod store;
mod tokens;

use super::*;
use std::path::Path;
use symseek_base::{Cancel, ChunkKey, FileKey, LiveSet};

/// An owned chunk, for fixtures.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Chunk {
    pub(super) name: String,
    pub(super) qualified: String,
    pub(super) path: String,
    pub(super) signature: String,
    pub(super) doc: String,
    pub(super) body: String,
}

impl Chunk {
    pub(super) fn body(body: &str) -> Self {
        Self {
            body: body.to_owned(),
            ..Self::default()
        }
    }

    pub(super) fn named(name: &str, body: &str) -> Self {
        Self {
            name: name.to_owned(),
            body: body.to_owned(),
            ..Self::default()
        }
    }

    pub(super) fn document(&self) -> ChunkDocument<'_> {
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

/// A directory that goes away again; in memory where the system offers that, for the sake of `fsync`.
pub(super) fn scratch_dir() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm")
        .or_else(|_| tempfile::tempdir())
        .unwrap()
}

/// Writes chunks as files of one chunk, key = position, with a commit after each group.
pub(super) fn write(dir: &Path, groups: &[&[Chunk]]) -> LexicalReader {
    let mut writer = LexicalWriter::create_or_open(dir, WriterOptions::default()).unwrap();
    let mut key = 0;
    for group in groups {
        for chunk in *group {
            writer
                .add(FileKey(key as u32), ChunkKey(key), &chunk.document())
                .unwrap();
            key += 1;
        }
        writer.commit().unwrap();
    }
    writer.finish().unwrap();
    LexicalReader::open(dir).unwrap()
}

/// The set of the first `n` keys.
pub(super) fn live(n: usize) -> LiveSet {
    let mut live = LiveSet::default();
    live.insert_range(ChunkKey(0), n as u32);
    live
}

/// Searches one base and a memory layer without a filter.
pub(super) fn ask(
    base: Base<'_>,
    memory: &[(ChunkKey, &ChunkTerms)],
    query: &str,
    limit: usize,
) -> LexicalAnswer {
    let view = LexicalView {
        bases: &[base],
        memory,
    };
    search(
        &view,
        &analyze_query(query),
        &Params::default(),
        &|_, _| true,
        limit,
        &Cancel::new(),
    )
    .unwrap()
}
