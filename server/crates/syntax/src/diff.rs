//! What changed between two versions of a file's facts, by content: a chunk that only moved needs no new embedding.

use crate::FileFacts;
use rustc_hash::FxHashMap;
use symseek_base::ContentHash;

/// Chunks by index. Equal content is matched as often as it occurs on both sides.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Delta {
    /// Chunks of the new facts without a counterpart.
    pub added: Vec<u32>,
    /// Chunks of the old facts without a counterpart.
    pub removed: Vec<u32>,
    /// Counterparts, old and new, in the order of the new facts. They may lie elsewhere now, or not.
    pub moved: Vec<(u32, u32)>,
}

/// Matches the chunks of two versions by content hash, first to first.
pub fn diff(old: &FileFacts, new: &FileFacts) -> Delta {
    let mut by_hash: FxHashMap<ContentHash, Vec<u32>> = FxHashMap::default();
    for (idx, chunk) in old.chunks.iter().enumerate().rev() {
        by_hash.entry(chunk.hash).or_default().push(idx as u32);
    }
    let mut delta = Delta::default();
    let mut kept = vec![false; old.chunks.len()];
    for (idx, chunk) in new.chunks.iter().enumerate() {
        match by_hash.get_mut(&chunk.hash).and_then(Vec::pop) {
            Some(was) => {
                kept[was as usize] = true;
                delta.moved.push((was, idx as u32));
            }
            None => delta.added.push(idx as u32),
        }
    }
    delta.removed = (0..old.chunks.len() as u32)
        .filter(|&idx| !kept[idx as usize])
        .collect();
    delta
}
