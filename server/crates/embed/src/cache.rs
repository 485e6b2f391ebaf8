//! Vectors by what was embedded, so that a moved, reverted or copied chunk is never embedded twice.

use crate::{DocumentText, EmbedError, Embedder};
use dashmap::DashMap;
use rustc_hash::FxBuildHasher;
use std::sync::atomic::{AtomicUsize, Ordering};
use symseek_base::{ContentHash, Embedding};

/// A bounded cache for one embedder, shared by threads. Pays for slow models; the static one is faster than a copy of
/// its own vectors is worth, unless memory is plentiful.
pub struct EmbeddingCache {
    capacity: usize,
    entries: DashMap<ContentHash, Entry, FxBuildHasher>,
    clock: AtomicUsize,
}

struct Entry {
    embedding: Embedding,
    used: AtomicUsize,
}

impl EmbeddingCache {
    /// An empty cache for at most `capacity` vectors (1 KiB each at 256 dimensions).
    pub fn new(capacity: usize) -> Self {
        Self {
            capacity,
            entries: DashMap::with_hasher(FxBuildHasher),
            clock: AtomicUsize::new(0),
        }
    }

    /// The vector of a text, remembered or made. Failures are not remembered.
    ///
    /// # Errors
    /// Those of the embedder.
    pub fn document(
        &self,
        embedder: &dyn Embedder,
        text: &DocumentText,
    ) -> Result<Embedding, EmbedError> {
        let hash = text.hash();
        if let Some(embedding) = self.get(hash) {
            return Ok(embedding);
        }
        let embedding = embedder.embed_document(text)?;
        self.insert(hash, embedding.clone());
        Ok(embedding)
    }

    /// A remembered vector.
    pub fn get(&self, hash: ContentHash) -> Option<Embedding> {
        let entry = self.entries.get(&hash)?;
        entry.used.store(self.tick(), Ordering::Relaxed);
        Some(entry.embedding.clone())
    }

    /// Remembers a vector. A full cache first forgets the quarter that was not used for longest.
    pub fn insert(&self, hash: ContentHash, embedding: Embedding) {
        if self.capacity == 0 {
            return;
        }
        if self.entries.len() >= self.capacity {
            self.forget_oldest();
        }
        let used = AtomicUsize::new(self.tick());
        self.entries.insert(hash, Entry { embedding, used });
    }

    /// Vectors remembered.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    fn forget_oldest(&self) {
        let mut stamps: Vec<usize> = self
            .entries
            .iter()
            .map(|entry| entry.used.load(Ordering::Relaxed))
            .collect();
        if stamps.is_empty() {
            return;
        }
        let quarter = stamps.len() / 4;
        let (_, &mut border, _) = stamps.select_nth_unstable(quarter);
        self.entries
            .retain(|_, entry| entry.used.load(Ordering::Relaxed) > border);
    }

    fn tick(&self) -> usize {
        self.clock.fetch_add(1, Ordering::Relaxed)
    }
}

impl std::fmt::Debug for EmbeddingCache {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EmbeddingCache")
            .field("len", &self.len())
            .field("capacity", &self.capacity)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ModelId;

    struct Counting(ModelId, AtomicUsize);

    impl Embedder for Counting {
        fn id(&self) -> &ModelId {
            &self.0
        }

        fn embed_document(&self, text: &DocumentText) -> Result<Embedding, EmbedError> {
            self.1.fetch_add(1, Ordering::Relaxed);
            self.embed_query(text.as_str())
        }

        fn embed_query(&self, query: &str) -> Result<Embedding, EmbedError> {
            Ok(Embedding::normalised(vec![query.len() as f32])?)
        }
    }

    #[test]
    fn remembers_and_stays_bounded() {
        let embedder = Counting(ModelId::new("count", 1, 1, &[]), AtomicUsize::new(0));
        let cache = EmbeddingCache::new(40);
        let text = |i: usize| DocumentText::new(format!("text {i}"));
        for i in 0..1_000 {
            cache.document(&embedder, &text(i)).unwrap();
            // Used all the time, so it stays.
            cache.document(&embedder, &text(0)).unwrap();
            assert!(cache.len() <= 40);
        }
        assert_eq!(embedder.1.load(Ordering::Relaxed), 1_000);
        assert!(cache.document(&embedder, &DocumentText::new("")).is_err());
        assert!(cache.get(DocumentText::new("").hash()).is_none());
        let none = EmbeddingCache::new(0);
        none.document(&embedder, &text(1)).unwrap();
        assert!(none.is_empty());
    }
}
