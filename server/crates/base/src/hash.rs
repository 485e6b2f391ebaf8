//! Content hashes (XXH3, not cryptographic): equal content is recognised, stored parts are checked.

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::{xxh3_64, xxh3_128};

/// 128 bits of XXH3 over some bytes. Identity of *content*, never of a chunk or file: two equal functions share it.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, Default,
)]
pub struct ContentHash(pub u128);

impl ContentHash {
    /// The hash of these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(xxh3_128(bytes))
    }
}

/// 64 bits of XXH3, to recognise a truncated or corrupted file part.
pub fn checksum(bytes: &[u8]) -> u64 {
    xxh3_64(bytes)
}
