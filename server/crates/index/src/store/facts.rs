//! The facts part: postcard-encoded [`FileFacts`], one after the other, found by the file table.

use std::path::Path;

use symseek_syntax::FileFacts;

use super::file::FactsPlace;
use crate::part::{Kind, Part, PartError};

/// The version grows when the layout of [`FileFacts`] changes.
const KIND: Kind = Kind {
    magic: *b"SYMFACTS",
    version: 1,
};

/// A memory-mapped facts part.
#[derive(Debug)]
pub struct FactsPart(Part);

impl FactsPart {
    /// Opens and verifies.
    ///
    /// # Errors
    /// See [`Part::open`].
    pub fn open(path: &Path) -> Result<Self, PartError> {
        Part::open(path, KIND).map(Self)
    }

    /// Compares head and length only.
    ///
    /// # Errors
    /// See [`Part::glance`].
    pub(super) fn glance(path: &Path) -> Result<(), PartError> {
        Part::glance(path, KIND)
    }

    /// See [`Part::let_go`].
    pub(super) fn let_go(&self) {
        self.0.let_go();
    }

    /// The facts at this place; `None` when the bytes do not decode. Whoever asks keeps them, so the encoded ones do
    /// not stay in memory beside them.
    pub fn read(&self, place: FactsPlace) -> Option<FileFacts> {
        let facts = postcard::from_bytes(self.bytes(place)?).ok();
        // All of the part, not this place: a fault maps as much around it as the system likes.
        self.let_go();
        facts
    }

    /// The encoded bytes, for copying into another part.
    pub fn bytes(&self, place: FactsPlace) -> Option<&[u8]> {
        let start = place.offset as usize;
        self.0.payload().get(start..start + place.len as usize)
    }
}

/// Collects encoded facts for one part.
#[derive(Debug, Default)]
pub(super) struct FactsWriter {
    payload: Vec<u8>,
}

impl FactsWriter {
    /// Encodes outside of any lock.
    pub(super) fn encode(facts: &FileFacts) -> Vec<u8> {
        postcard::to_stdvec(facts).expect("facts hold only plain data")
    }

    /// Appends encoded facts and says where they lie.
    pub(super) fn push(&mut self, segment: u32, encoded: &[u8]) -> FactsPlace {
        let offset = self.payload.len() as u64;
        self.payload.extend_from_slice(encoded);
        FactsPlace {
            segment,
            offset,
            len: encoded.len() as u32,
        }
    }

    /// Writes the part.
    ///
    /// # Errors
    /// See [`Part::write`].
    pub(super) fn finish(self, path: &Path) -> Result<(), PartError> {
        Part::write(path, KIND, &self.payload).map(drop)
    }
}
