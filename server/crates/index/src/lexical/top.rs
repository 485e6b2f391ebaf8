//! The best k of many scores, with the ties at the border.

/// How many hits beyond the limit are kept when their score ties with the last one's.
pub(super) const MAX_TIES: usize = 128;

/// Collects documents; keeps the best `limit` and up to [`MAX_TIES`] that tie with the last of them.
pub(super) struct Top {
    limit: usize,
    best: Vec<(f32, u32)>,
    threshold: f32,
}

impl Top {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            limit,
            best: Vec::new(),
            threshold: f32::NEG_INFINITY,
        }
    }

    /// Whether a document of this score can still be among the best: ask before work such as a filter.
    pub(super) fn wants(&self, score: f32) -> bool {
        score >= self.threshold && self.limit > 0
    }

    pub(super) fn push(&mut self, score: f32, doc: u32) {
        self.best.push((score, doc));
        if self.best.len() >= self.limit.saturating_add(MAX_TIES).saturating_mul(2) {
            self.shrink();
        }
    }

    /// The best, highest score first, ties by document.
    pub(super) fn finish(mut self) -> Vec<(f32, u32)> {
        self.shrink();
        self.best
    }

    fn shrink(&mut self) {
        self.best
            .sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        if self.limit == 0 {
            self.best.clear();
        } else if self.best.len() > self.limit {
            self.threshold = self.best[self.limit - 1].0;
            let n_kept = self
                .best
                .partition_point(|(score, _)| *score >= self.threshold);
            self.best
                .truncate(n_kept.min(self.limit.saturating_add(MAX_TIES)));
        }
    }
}
