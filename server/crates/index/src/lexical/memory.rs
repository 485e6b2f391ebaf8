//! Chunks of unsaved text: what the stored index would know of them, and nothing else (no text is kept).

use super::tokenizer::{Tokenizer, TokenizerOptions};
use super::{ChunkDocument, Field};
use std::cell::RefCell;
use tantivy::fieldnorm::FieldNormReader;
use xxhash_rust::xxh3::xxh3_64;

/// The terms of one chunk: `n` sorted hashes (XXH3, 64 bits) with their frequency per field, and the quantised field
/// lengths. About 14 bytes per distinct term plus 112.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChunkTerms {
    /// Bloom filter of one hash function: most chunks do not hold most query terms, and this tells in one memory access.
    filter: [u64; 8],
    hashes: Box<[u64]>,
    frequencies: Box<[[u8; Field::COUNT]]>,
    lengths: [u8; Field::COUNT],
}

/// Frequencies above this count as this, in memory and in the index alike.
pub(super) const MAX_FREQUENCY: u8 = u8::MAX;

thread_local! {
    static SCRATCH: RefCell<(Tokenizer, Vec<(u64, u8)>)> = RefCell::default();
}

impl ChunkTerms {
    /// Tokenises a chunk with the default options; a few microseconds.
    pub fn new(document: &ChunkDocument<'_>) -> Self {
        Self::with_options(document, TokenizerOptions::default())
    }

    /// Tokenises a chunk; the options must be those of the bases it is searched with.
    pub fn with_options(document: &ChunkDocument<'_>, options: TokenizerOptions) -> Self {
        SCRATCH.with_borrow_mut(|(tokenizer, tokens)| {
            tokenizer.set_options(options);
            tokens.clear();
            let lengths = Field::ALL.map(|field| {
                let before = tokens.len();
                tokenizer.run(document.field(field), |token, _| {
                    tokens.push((hash(token), field as u8));
                });
                FieldNormReader::fieldnorm_to_id((tokens.len() - before) as u32)
            });
            tokens.sort_unstable();
            let mut hashes = Vec::with_capacity(tokens.len());
            let mut frequencies: Vec<[u8; Field::COUNT]> = Vec::with_capacity(tokens.len());
            let mut filter = [0; 8];
            for &(hash, field) in &*tokens {
                if hashes.last() != Some(&hash) {
                    hashes.push(hash);
                    frequencies.push([0; Field::COUNT]);
                    let (word, bit) = filter_bit(hash);
                    filter[word] |= bit;
                }
                if let Some(frequency) = frequencies.last_mut() {
                    let frequency = &mut frequency[field as usize];
                    *frequency = frequency.saturating_add(1);
                }
            }
            Self {
                filter,
                hashes: hashes.into_boxed_slice(),
                frequencies: frequencies.into_boxed_slice(),
                lengths,
            }
        })
    }

    /// Number of distinct terms.
    pub fn n_terms(&self) -> usize {
        self.hashes.len()
    }

    /// Bytes of memory it holds.
    pub fn memory_size(&self) -> usize {
        size_of::<Self>() + self.hashes.len() * (size_of::<u64>() + Field::COUNT)
    }

    /// The quantised lengths of the fields.
    pub(super) fn lengths(&self) -> [u8; Field::COUNT] {
        self.lengths
    }

    /// How often each field holds the term; `None` when none does.
    pub(super) fn frequencies(&self, hash: u64) -> Option<&[u8; Field::COUNT]> {
        let (word, bit) = filter_bit(hash);
        if self.filter[word] & bit == 0 {
            return None;
        }
        let at = self.hashes.binary_search(&hash).ok()?;
        self.frequencies.get(at)
    }
}

/// The identity of a term in memory.
pub(super) fn hash(token: &str) -> u64 {
    xxh3_64(token.as_bytes())
}

fn filter_bit(hash: u64) -> (usize, u64) {
    ((hash >> 61) as usize, 1 << ((hash >> 55) & 63))
}
