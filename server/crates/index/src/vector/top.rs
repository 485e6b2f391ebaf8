//! The best `limit` of a stream of scored rows, with every tie at the border.

use super::VectorHit;
use std::cmp::Ordering;

/// Keeps the best `limit` hits and whatever ties with the last of them.
///
/// A buffer that is cut back whenever it has doubled instead of a heap: amortised constant time for a push, and ties at
/// the border survive a cut, so the answer does not depend on the order in which rows were seen.
pub(super) struct Top {
    limit: usize,
    hits: Vec<VectorHit>,
    cut_at: usize,
    /// Hits below it can never enter.
    floor: f32,
}

impl Top {
    pub(super) fn new(limit: usize) -> Self {
        let cut_at = limit.saturating_mul(2).max(64);
        Self {
            limit,
            hits: Vec::with_capacity(cut_at.min(4096)),
            cut_at,
            floor: if limit == 0 {
                f32::INFINITY
            } else {
                f32::NEG_INFINITY
            },
        }
    }

    /// Whether a hit of this similarity could enter: asked before the costlier filters.
    #[inline]
    pub(super) fn admits(&self, similarity: f32) -> bool {
        similarity >= self.floor
    }

    pub(super) fn push(&mut self, hit: VectorHit) {
        if !self.admits(hit.similarity) {
            return;
        }
        self.hits.push(hit);
        if self.hits.len() >= self.cut_at {
            self.cut();
            self.cut_at = (self.hits.len() * 2)
                .max(self.limit.saturating_mul(2))
                .max(64);
        }
    }

    /// Best first; equal similarities by base, then key.
    pub(super) fn into_sorted(mut self) -> Vec<VectorHit> {
        self.cut();
        self.hits.sort_unstable_by(order);
        self.hits
    }

    fn cut(&mut self) {
        if self.limit == 0 || self.hits.len() <= self.limit {
            return;
        }
        let (_, border, _) = self
            .hits
            .select_nth_unstable_by(self.limit - 1, |a, b| b.similarity.total_cmp(&a.similarity));
        self.floor = border.similarity;
        let floor = self.floor;
        self.hits.retain(|hit| hit.similarity >= floor);
    }
}

/// Best first, then bases in order with the memory rows last, then keys.
fn order(a: &VectorHit, b: &VectorHit) -> Ordering {
    let place = |hit: &VectorHit| (hit.base.unwrap_or(usize::MAX), hit.key);
    b.similarity
        .total_cmp(&a.similarity)
        .then_with(|| place(a).cmp(&place(b)))
}
