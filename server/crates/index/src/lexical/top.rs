//! The best k of many scores, with every tie at the border.

/// Collects documents; keeps the best `limit` and whatever ties with the last of them.
///
/// Ties are not cut, because which of them came first would depend on where a document is stored. A buffer that is cut back whenever it has
/// doubled, as for vectors: amortised constant time for a push.
pub(super) struct Top {
    limit: usize,
    best: Vec<(f32, u32)>,
    cut_at: usize,
    threshold: f32,
}

/// So many more than the limit are held before the first cut.
const SPARE: usize = 128;

impl Top {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            limit,
            best: Vec::new(),
            cut_at: doubled(limit.saturating_add(SPARE)),
            threshold: f32::NEG_INFINITY,
        }
    }

    /// Whether a document of this score can still be among the best: ask before work such as a filter.
    pub(super) fn wants(&self, score: f32) -> bool {
        score >= self.threshold && self.limit > 0
    }

    pub(super) fn push(&mut self, score: f32, doc: u32) {
        self.best.push((score, doc));
        if self.best.len() >= self.cut_at {
            self.cut();
            self.cut_at = doubled(self.best.len().max(self.limit.saturating_add(SPARE)));
        }
    }

    /// The best, highest score first, ties by document.
    pub(super) fn finish(mut self) -> Vec<(f32, u32)> {
        self.cut();
        self.best
            .sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        self.best
    }

    fn cut(&mut self) {
        if self.limit == 0 {
            self.best.clear();
        } else if self.best.len() > self.limit {
            let (_, border, _) = self
                .best
                .select_nth_unstable_by(self.limit - 1, |a, b| b.0.total_cmp(&a.0));
            let threshold = border.0;
            self.threshold = threshold;
            self.best.retain(|(score, _)| *score >= threshold);
        }
    }
}

fn doubled(n: usize) -> usize {
    n.saturating_mul(2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Few different scores make long ties; the oracle sorts everything.
        #[test]
        fn what_is_kept_depends_on_scores_alone(
            scores in prop::collection::vec(0u8..6, 0..2000),
            limit in 0usize..40,
            turned in 0usize..2000,
        ) {
            let mut docs: Vec<(f32, u32)> = scores.iter().zip(0..).map(|(&score, doc)| (f32::from(score), doc)).collect();
            let mut sorted = docs.clone();
            sorted.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
            let border = limit.checked_sub(1).and_then(|last| sorted.get(last)).map(|it| it.0);
            match (limit, border) {
                (0, _) => sorted.clear(),
                (_, Some(border)) => sorted.retain(|(score, _)| *score >= border),
                _ => {}
            }
            let n = docs.len().max(1);
            docs.rotate_left(turned % n);
            let mut top = Top::new(limit);
            for (score, doc) in docs {
                if top.wants(score) {
                    top.push(score, doc);
                }
            }
            prop_assert_eq!(top.finish(), sorted);
        }
    }
}
