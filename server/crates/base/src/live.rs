//! The set of chunk keys that still answer.

use crate::ChunkKey;

/// A bitmap over base chunk keys: set means the chunk belongs to the current version of its file. A key that was
/// never inserted is dead, so what an index part holds beyond its file table can never be served.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LiveSet {
    words: Vec<u64>,
}

impl LiveSet {
    /// Whether the key answers.
    pub fn contains(&self, key: ChunkKey) -> bool {
        let word = (key.0 / 64) as usize;
        self.words
            .get(word)
            .is_some_and(|bits| bits & (1 << (key.0 % 64)) != 0)
    }

    /// Makes `first..first + n` answer.
    pub fn insert_range(&mut self, first: ChunkKey, n: u32) {
        let last = (first.0 + u64::from(n)) as usize;
        if self.words.len() * 64 < last {
            self.words.resize(last.div_ceil(64), 0);
        }
        for key in first.0..first.0 + u64::from(n) {
            self.words[(key / 64) as usize] |= 1 << (key % 64);
        }
    }

    /// Makes `first..first + n` silent.
    pub fn remove_range(&mut self, first: ChunkKey, n: u32) {
        for key in first.0..first.0 + u64::from(n) {
            if let Some(bits) = self.words.get_mut((key / 64) as usize) {
                *bits &= !(1 << (key % 64));
            }
        }
    }

    /// How many keys answer.
    pub fn len(&self) -> usize {
        self.words
            .iter()
            .map(|bits| bits.count_ones() as usize)
            .sum()
    }

    /// Whether no key answers.
    pub fn is_empty(&self) -> bool {
        self.words.iter().all(|&bits| bits == 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn behaves_like_a_set(ops in proptest::collection::vec((any::<bool>(), 0u64..300, 0u32..90), 0..30)) {
            let (mut live, mut model) = (LiveSet::default(), BTreeSet::new());
            for (insert, first, n) in ops {
                let keys = first..first + u64::from(n);
                if insert { live.insert_range(ChunkKey(first), n); model.extend(keys); }
                else { live.remove_range(ChunkKey(first), n); for key in keys { model.remove(&key); } }
            }
            prop_assert_eq!(live.len(), model.len());
            for key in 0..500 { prop_assert_eq!(live.contains(ChunkKey(key)), model.contains(&key)); }
        }
    }
}
