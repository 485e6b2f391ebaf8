//! The dense arrays of a search.

use super::accumulate::{Evidence, bits};
use super::query::MAX_QUERY_TERMS;
use std::cell::Cell;

/// Kept per thread: 8 bytes per document and ¼ byte per document and term. Scores and evidence are all zero whenever it
/// rests in the thread.
#[derive(Default)]
pub(super) struct Scratch {
    pub(super) evidence: Evidence,
    pub(super) scores: Vec<f32>,
    /// Word after word, per term a pair of bitmap words: held at all, held in the name.
    terms: Vec<(u64, u64)>,
    n_docs: usize,
    n_terms: usize,
}

thread_local! {
    static SCRATCH: Cell<Scratch> = Cell::default();
}

impl Scratch {
    /// The thread's arrays, large enough for `n_docs` (a multiple of 64). Until they are given back the thread has none:
    /// a search that fails or is cancelled half-way drops them, so nothing half-added can ever leak into the next one.
    pub(super) fn take(n_docs: usize, n_terms: usize) -> Self {
        let mut scratch = SCRATCH.take();
        if scratch.scores.len() < n_docs {
            scratch.scores.resize(n_docs, 0.0);
            scratch.evidence.sums.resize(n_docs, 0.0);
            scratch.evidence.held.resize(n_docs / 64, 0);
            scratch.evidence.named.resize(n_docs / 64, 0);
        }
        scratch.n_docs = n_docs;
        scratch.n_terms = n_terms.min(MAX_QUERY_TERMS);
        scratch.terms.clear();
        scratch.terms.resize(n_docs / 64 * scratch.n_terms, (0, 0));
        scratch
    }

    /// How many documents hold the term whose evidence was gathered.
    pub(super) fn n_held(&self) -> usize {
        let held = &self.evidence.held[..self.n_docs / 64];
        held.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// Turns the evidence of one term into score, `factor · sum / (k1 + sum)`, and clears it.
    pub(super) fn settle(&mut self, idx: usize, factor: f32, k1: f32) {
        let idx = idx.min(MAX_QUERY_TERMS - 1);
        let Evidence { sums, held, named } = &mut self.evidence;
        let sums = sums[..self.n_docs].as_chunks_mut::<64>().0;
        let scores = self.scores[..self.n_docs].as_chunks_mut::<64>().0;
        for (word, (sums, scores)) in sums.iter_mut().zip(scores).enumerate() {
            let held = std::mem::take(&mut held[word]);
            if held == 0 {
                continue;
            }
            let of_term = &mut self.terms[word * self.n_terms + idx];
            of_term.0 |= held;
            of_term.1 |= std::mem::take(&mut named[word]);
            // A sum of zero adds zero, so taking all 64 in vector registers gives the same bits as picking the ones.
            if held.count_ones() > 8 {
                for (sum, score) in sums.iter_mut().zip(scores) {
                    *score += factor * (*sum / (k1 + *sum));
                    *sum = 0.0;
                }
            } else {
                for bit in bits(held) {
                    let sum = std::mem::take(&mut sums[bit]);
                    scores[bit] += factor * (sum / (k1 + sum));
                }
            }
        }
    }

    /// Of the 64 documents of a word, those that hold some term.
    pub(super) fn matched_by_any(&self, word: usize) -> u64 {
        self.of_word(word)
            .iter()
            .fold(0, |any, (held, _)| any | held)
    }

    /// The terms a document holds, and those its name holds, a bit each.
    pub(super) fn terms_of(&self, doc: usize) -> (u64, u64) {
        let bit = doc % 64;
        let mut told = (0, 0);
        for (idx, (held, named)) in self.of_word(doc / 64).iter().enumerate() {
            told.0 |= (held >> bit & 1) << idx;
            told.1 |= (named >> bit & 1) << idx;
        }
        told
    }

    fn of_word(&self, word: usize) -> &[(u64, u64)] {
        &self.terms[word * self.n_terms..][..self.n_terms]
    }

    pub(super) fn give_back(mut self) {
        self.scores[..self.n_docs].fill(0.0);
        SCRATCH.set(self);
    }
}
