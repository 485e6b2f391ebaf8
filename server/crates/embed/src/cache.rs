//! Vectors by what was embedded, so that a moved, reverted or copied chunk is never embedded twice: in no workspace, on no
//! branch, and not after a restart either.
//!
//! A vector is rounded to eight bits before it is used for the first time, so that the answer is the same whether it was
//! made just now or last week. On the disk a cache is one file per model, written as a whole under another name and renamed;
//! what other processes wrote in the meantime is taken over first. Two that write at the same moment lose vectors, never
//! their meaning: a vector can always be made again.

use crate::{DocumentText, EmbedError, Embedder, ModelId};
use dashmap::DashMap;
use rustc_hash::FxBuildHasher;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use symseek_base::{ContentHash, Embedding, checksum};

const MAGIC: &[u8; 8] = b"symvec01";
/// Magic, hash of the model, dimensions, number of entries.
const HEADER: usize = 8 + 16 + 4 + 4;
/// Key and scale of one entry, before its components.
const ENTRY: usize = 16 + 4;

/// A vector in eight bits a component; a cosine loses less than .01 by it.
#[derive(Debug, Clone, PartialEq)]
pub struct SmallVector {
    /// Of a component, so that the vector has length 1.
    scale: f32,
    values: Box<[i8]>,
}

impl SmallVector {
    /// Rounds a vector.
    pub fn new(embedding: &Embedding) -> Self {
        let values = embedding.as_slice();
        let largest = values.iter().fold(0f32, |most, x| most.max(x.abs()));
        let rounded = values.iter().map(|x| (x / largest * 127.0).round() as i8);
        Self::scaled(rounded.collect())
    }

    fn scaled(values: Box<[i8]>) -> Self {
        let squares: i32 = values.iter().map(|&x| i32::from(x) * i32::from(x)).sum();
        Self {
            scale: 1.0 / (squares as f32).sqrt().max(1.0),
            values,
        }
    }

    /// Cosine similarity in [-1, 1]; 0 when the dimensions differ.
    pub fn similarity(&self, other: &Embedding) -> f32 {
        if self.values.len() != other.dims() {
            return 0.0;
        }
        let products = self.values.iter().zip(other.as_slice());
        products.map(|(&a, b)| f32::from(a) * b).sum::<f32>() * self.scale
    }
}

/// A bounded cache for one embedder, shared by threads.
pub struct EmbeddingCache {
    model: ModelId,
    capacity: usize,
    entries: DashMap<ContentHash, Entry, FxBuildHasher>,
    clock: AtomicUsize,
    /// Vectors that no file holds yet.
    unsaved: AtomicUsize,
    file: Option<PathBuf>,
    /// Checksum of the file that was read or written last.
    seen: AtomicU64,
}

struct Entry {
    vector: Arc<SmallVector>,
    used: AtomicUsize,
}

impl EmbeddingCache {
    /// An empty cache for at most `capacity` vectors of this model, in memory only.
    pub fn new(model: &ModelId, capacity: usize) -> Self {
        Self {
            model: model.clone(),
            capacity,
            entries: DashMap::with_hasher(FxBuildHasher),
            clock: AtomicUsize::new(0),
            unsaved: AtomicUsize::new(0),
            file: None,
            seen: AtomicU64::new(0),
        }
    }

    /// The cache of this model in a directory, with what its file holds; a file that is damaged or of another model counts
    /// as none. Nothing is written before [`EmbeddingCache::save`].
    pub fn open(model: &ModelId, capacity: usize, directory: &Path) -> Self {
        let name = format!("{:032x}.vectors", model.content.0);
        let mut cache = Self::new(model, capacity);
        cache.file = Some(directory.join(name));
        cache.take_over();
        cache
    }

    /// The vector of a text, remembered or made. Failures are not remembered.
    ///
    /// # Errors
    /// Those of the embedder.
    pub fn document(
        &self,
        embedder: &dyn Embedder,
        text: &DocumentText,
    ) -> Result<Arc<SmallVector>, EmbedError> {
        let hash = text.hash();
        if let Some(vector) = self.get(hash) {
            return Ok(vector);
        }
        let vector = Arc::new(SmallVector::new(&embedder.embed_document(text)?));
        self.insert(hash, Arc::clone(&vector));
        self.unsaved.fetch_add(1, Ordering::Relaxed);
        Ok(vector)
    }

    /// A remembered vector.
    pub fn get(&self, hash: ContentHash) -> Option<Arc<SmallVector>> {
        let entry = self.entries.get(&hash)?;
        entry.used.store(self.tick(), Ordering::Relaxed);
        Some(Arc::clone(&entry.vector))
    }

    /// Whether a vector is remembered; does not count as a use.
    pub fn holds(&self, hash: ContentHash) -> bool {
        self.entries.contains_key(&hash)
    }

    /// Remembers a vector. A full cache first forgets the quarter that was not used for longest.
    fn insert(&self, hash: ContentHash, vector: Arc<SmallVector>) {
        if self.capacity == 0 {
            return;
        }
        if self.entries.len() >= self.capacity {
            self.forget_oldest();
        }
        let used = AtomicUsize::new(self.tick());
        self.entries.insert(hash, Entry { vector, used });
    }

    /// Vectors remembered.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Vectors made since the last [`EmbeddingCache::save`].
    pub fn n_unsaved(&self) -> usize {
        self.unsaved.load(Ordering::Relaxed)
    }

    /// Writes the file, if there is anything new, with what others wrote to it since.
    ///
    /// # Errors
    /// The system's; the cache goes on in memory.
    pub fn save(&self) -> std::io::Result<()> {
        let Some(file) = &self.file else {
            return Ok(());
        };
        let unsaved = self.unsaved.load(Ordering::Relaxed);
        if unsaved == 0 {
            return Ok(());
        }
        self.take_over();
        let bytes = self.encode();
        let directory = file.parent().unwrap_or(Path::new("."));
        let mut builder = std::fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(directory)?;
        let temporary = file.with_extension(format!("{}.tmp", std::process::id()));
        let written = std::fs::File::create(&temporary).and_then(|mut file| {
            file.write_all(&bytes)?;
            file.sync_all()
        });
        let renamed = written.and_then(|()| std::fs::rename(&temporary, file));
        if renamed.is_err() {
            let _ = std::fs::remove_file(&temporary);
        }
        renamed?;
        self.seen.store(checksum(&bytes), Ordering::Relaxed);
        // Those that were made while the file was written stay counted.
        self.unsaved.fetch_sub(unsaved, Ordering::Relaxed);
        Ok(())
    }

    /// Takes what the file holds and this cache does not.
    fn take_over(&self) {
        let Some(bytes) = self.file.as_ref().and_then(|file| std::fs::read(file).ok()) else {
            return;
        };
        let sum = checksum(&bytes);
        if self.seen.swap(sum, Ordering::Relaxed) == sum {
            return;
        }
        let Some(entries) = decode(&bytes, &self.model) else {
            tracing::warn!("the file of remembered vectors is damaged and will be replaced");
            return;
        };
        for (hash, vector) in entries {
            // Ours were used since; what does not fit beside them is left out.
            if self.entries.len() < self.capacity && !self.holds(hash) {
                self.insert(hash, Arc::new(vector));
            }
        }
    }

    fn encode(&self) -> Vec<u8> {
        let dims = self.model.dims;
        let mut entries: Vec<(usize, ContentHash, Arc<SmallVector>)> = self
            .entries
            .iter()
            .map(|entry| {
                let used = entry.used.load(Ordering::Relaxed);
                (used, *entry.key(), Arc::clone(&entry.vector))
            })
            .collect();
        // Newest first, so that a smaller cache reads what matters; the key makes the order complete.
        entries.sort_unstable_by_key(|(used, hash, _)| (std::cmp::Reverse(*used), *hash));
        let mut bytes = Vec::with_capacity(HEADER + entries.len() * (ENTRY + dims) + 8);
        bytes.extend(MAGIC);
        bytes.extend(self.model.content.0.to_le_bytes());
        bytes.extend((dims as u32).to_le_bytes());
        bytes.extend((entries.len() as u32).to_le_bytes());
        for (_, hash, vector) in entries {
            bytes.extend(hash.0.to_le_bytes());
            bytes.extend(vector.scale.to_le_bytes());
            bytes.extend(vector.values.iter().map(|value| value.cast_unsigned()));
        }
        bytes.extend(checksum(&bytes).to_le_bytes());
        bytes
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

/// The entries of a file of this model; `None` when it is anything else.
fn decode(bytes: &[u8], model: &ModelId) -> Option<Vec<(ContentHash, SmallVector)>> {
    let (bytes, sum) = bytes.split_last_chunk::<8>()?;
    if checksum(bytes) != u64::from_le_bytes(*sum) {
        return None;
    }
    let (header, mut rest) = bytes.split_at_checked(HEADER)?;
    let number = |at: usize| -> Option<u32> {
        let four = header.get(at..at + 4)?.try_into().ok()?;
        Some(u32::from_le_bytes(four))
    };
    let (dims, n_entries) = (number(24)? as usize, number(28)? as usize);
    let is_ours = header.starts_with(MAGIC)
        && header[8..24] == model.content.0.to_le_bytes()
        && dims == model.dims
        && rest.len() == n_entries.checked_mul(ENTRY + dims)?;
    if !is_ours {
        return None;
    }
    let mut entries = Vec::with_capacity(n_entries);
    while let Some((hash, after)) = rest.split_first_chunk::<16>() {
        let (scale, after) = after.split_first_chunk::<4>()?;
        let (values, after) = after.split_at_checked(dims)?;
        let vector = SmallVector {
            scale: f32::from_le_bytes(*scale),
            values: values.iter().map(|value| value.cast_signed()).collect(),
        };
        entries.push((ContentHash(u128::from_le_bytes(*hash)), vector));
        rest = after;
    }
    Some(entries)
}

impl std::fmt::Debug for EmbeddingCache {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EmbeddingCache")
            .field("model", &self.model)
            .field("len", &self.len())
            .field("capacity", &self.capacity)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Counting(ModelId, AtomicUsize);

    impl Counting {
        fn new(name: &str) -> Self {
            let id = ModelId::new(name, 1, 3, &[name.as_bytes()]);
            Self(id, AtomicUsize::new(0))
        }

        fn count(&self) -> usize {
            self.1.load(Ordering::Relaxed)
        }
    }

    impl Embedder for Counting {
        fn id(&self) -> &ModelId {
            &self.0
        }

        fn embed_document(&self, text: &DocumentText) -> Result<Embedding, EmbedError> {
            self.1.fetch_add(1, Ordering::Relaxed);
            self.embed_query(text.as_str())
        }

        fn embed_query(&self, query: &str) -> Result<Embedding, EmbedError> {
            let n = query.len() as f32;
            Ok(Embedding::normalised(vec![n, n.sqrt(), -n / 3.0])?)
        }
    }

    fn text(i: usize) -> DocumentText {
        DocumentText::new(format!("text {i}"))
    }

    #[test]
    fn remembers_and_stays_bounded() {
        let embedder = Counting::new("count");
        let cache = EmbeddingCache::new(embedder.id(), 40);
        for i in 0..1_000 {
            cache.document(&embedder, &text(i)).unwrap();
            // Used all the time, so it stays.
            cache.document(&embedder, &text(0)).unwrap();
            assert!(cache.len() <= 40);
        }
        assert_eq!(embedder.count(), 1_000);
        assert!(cache.document(&embedder, &DocumentText::new("")).is_err());
        assert!(cache.get(DocumentText::new("").hash()).is_none());
        let none = EmbeddingCache::new(embedder.id(), 0);
        none.document(&embedder, &text(1)).unwrap();
        assert!(none.is_empty());
    }

    #[test]
    fn rounding_keeps_the_direction() {
        let embedding = Embedding::normalised(vec![0.3, -0.2, 0.9, 1e-4]).unwrap();
        let vector = SmallVector::new(&embedding);
        assert!((vector.similarity(&embedding) - 1.0).abs() < 1e-3);
        let other = Embedding::normalised(vec![0.9, 0.2, -0.3, 0.0]).unwrap();
        assert!((vector.similarity(&other) - embedding.similarity(&other)).abs() < 0.01);
        let short = Embedding::normalised(vec![1.0]).unwrap();
        assert!(vector.similarity(&short).abs() < f32::EPSILON);
    }

    #[test]
    fn survives_a_restart_and_takes_over_what_others_wrote() {
        let directory = tempfile::tempdir().unwrap();
        let place = directory.path().join("below");
        let embedder = Counting::new("a");
        let open = || EmbeddingCache::open(embedder.id(), 100, &place);
        let (first, second) = (open(), open());
        let made = first.document(&embedder, &text(1)).unwrap();
        second.document(&embedder, &text(22)).unwrap();
        assert_eq!(first.n_unsaved(), 1);
        first.save().unwrap();
        second.save().unwrap();
        assert_eq!((first.n_unsaved(), second.n_unsaved()), (0, 0));
        let again = open();
        assert_eq!(again.len(), 2);
        let kept = again.document(&embedder, &text(1)).unwrap();
        assert_eq!(made, kept, "the same vector before and after");
        again.document(&embedder, &text(22)).unwrap();
        assert_eq!(embedder.count(), 2, "neither was made again");
        let small = EmbeddingCache::open(embedder.id(), 1, &place);
        assert_eq!(small.len(), 1);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = std::fs::metadata(&place).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o700);
        }
        let left: Vec<_> = std::fs::read_dir(&place).unwrap().collect();
        assert_eq!(left.len(), 1, "{left:?}");
    }

    #[test]
    fn a_damaged_file_or_one_of_another_model_counts_as_none() {
        let directory = tempfile::tempdir().unwrap();
        let (embedder, other) = (Counting::new("a"), Counting::new("b"));
        let open = |embedder: &Counting| EmbeddingCache::open(embedder.id(), 100, directory.path());
        let cache = open(&embedder);
        cache.document(&embedder, &text(1)).unwrap();
        cache.save().unwrap();
        assert!(open(&other).is_empty());
        let file = cache.file.clone().unwrap();
        // Under the other model's name it is still not the other model's.
        std::fs::copy(&file, open(&other).file.clone().unwrap()).unwrap();
        assert!(open(&other).is_empty());
        let whole = std::fs::read(&file).unwrap();
        for at in 0..whole.len() {
            let mut bytes = whole.clone();
            bytes[at] ^= 1;
            assert_eq!(decode(&bytes, embedder.id()), None, "byte {at}");
            assert_eq!(decode(&whole[..at], embedder.id()), None, "cut at {at}");
        }
        std::fs::write(&file, &whole[..whole.len() / 2]).unwrap();
        let cache = open(&embedder);
        assert!(cache.is_empty());
        cache.document(&embedder, &text(2)).unwrap();
        cache.save().unwrap();
        assert_eq!(open(&embedder).len(), 1, "it was replaced");
    }
}
