//! A second order of the same answer: what a slow, good model thinks of the first results, added to what ranking thinks.
//!
//! Only the order of hits that are shown anyway changes, so an answer without the model, or with a late one, holds the same
//! hits. The model's similarities come from outside; this module says which texts they are wanted of and what they are worth.

use std::sync::Arc;

use symseek_base::RelPath;
use symseek_index::SourceText;
use symseek_index::fields::{ChunkDocument, fields};
use symseek_syntax::FileFacts;

use crate::types::{Hit, SearchResponse, Why};

/// So many hits are looked at: as good as looking at all of them (embedding kit: top 10 .687, 20 .694, 50 .696).
pub const RERANKED: usize = 20;

/// What the model's opinion is worth beside ranking's, both in standard deviations among the hits that are looked at: always, and as
/// much as the query is a description, where words tell ranking the least. Chosen on the development sets and on queries that nothing was
/// fitted on (`server/crates/embed/README.md`). A query that quotes code or an error message wants the literal text, so both count less there.
const WEIGHT: f32 = 0.3;
const WEIGHT_DESCRIBED: f32 = 0.6;

/// What a model needs to know of an answer.
#[derive(Debug, Clone)]
pub struct Rerankable {
    /// The query without its filters.
    pub query: String,
    /// How literal it is, 0 to 1.
    literal: f32,
    /// How much it is a description, 0 to 1.
    described: f32,
    /// The first hits, in their order.
    pub passages: Vec<Passage>,
    scores: Vec<f32>,
}

/// The code of one hit, kept alive for who reads it later.
#[derive(Debug, Clone)]
pub struct Passage {
    pub(crate) path: RelPath,
    pub(crate) source: SourceText,
    pub(crate) facts: Arc<FileFacts>,
    pub(crate) chunk_idx: u32,
}

impl Passage {
    /// A whole text, analysed now; for tests of who asks.
    pub fn of_text(text: &str) -> Self {
        let facts = symseek_syntax::facts(text, None);
        Self {
            path: RelPath::new("text").expect("because it has one plain part"),
            source: SourceText::new(text.into()),
            facts: Arc::new(facts),
            chunk_idx: 0,
        }
    }

    /// Its texts; `None` when text and facts do not belong together.
    pub fn fields(&self) -> Option<ChunkDocument<'_>> {
        let chunk = self.facts.chunks.get(self.chunk_idx as usize)?;
        let text = &*self.source.text;
        // A range outside of the text would be our fault; it must not cost the answer.
        let range = chunk.range.start as usize..chunk.range.end as usize;
        text.get(range)?;
        Some(fields(&self.path, text, &self.facts, chunk))
    }
}

/// Where each of the first hits goes.
#[derive(Debug, Clone, PartialEq)]
pub struct Order {
    /// The old place of the hit at each new place: a permutation.
    pub places: Vec<usize>,
    /// What the model added to the score of the hit at each old place.
    amounts: Vec<f32>,
    /// Its similarity to the query, likewise.
    similarities: Vec<Option<f32>>,
}

impl SearchResponse {
    /// What a model may reorder: hits that were ranked for their words and meaning, not found by a name or a relation.
    pub fn rerankable(&self) -> Option<Rerankable> {
        let query = self.rerank_for.clone()?;
        let hits = &self.hits[..self.hits.len().min(RERANKED)];
        let passages: Option<Vec<Passage>> = hits.iter().map(|hit| hit.passage.clone()).collect();
        (hits.len() > 1).then_some(Rerankable {
            query,
            literal: self.literal,
            described: self.described,
            passages: passages?,
            scores: hits.iter().map(|hit| hit.score).collect(),
        })
    }

    /// Puts the first hits into this order, which must have been made of this answer. Hits behind them keep their order and stay
    /// behind.
    pub fn reorder(&mut self, order: &Order) {
        let n = order.places.len();
        if n > self.hits.len() {
            return;
        }
        let behind = self.hits.split_off(n);
        let mut first: Vec<Option<Hit>> = self.hits.drain(..).map(Some).collect();
        for &place in &order.places {
            let Some(mut hit) = first.get_mut(place).and_then(Option::take) else {
                continue;
            };
            hit.score += order.amounts[place];
            if let Some(similarity) = order.similarities[place] {
                hit.why.push(Why {
                    leg: "model",
                    rank: None,
                    score: order.amounts[place],
                    note: format!("{similarity:.2}, before at {}", place + 1),
                });
            }
            self.hits.push(hit);
        }
        let lowest = self.hits.last().map_or(0.0, |hit| hit.score);
        let gap = behind.first().map_or(0.0, |hit| hit.score - lowest);
        self.hits.extend(behind.into_iter().map(|mut hit| {
            hit.score -= gap.max(0.0);
            hit
        }));
        self.reranked = true;
    }
}

impl Rerankable {
    /// The order that these similarities, one for each passage, give. A passage without one counts as the least similar.
    pub fn order(&self, similarities: &[Option<f32>]) -> Order {
        let n = self.scores.len();
        let similarities: Vec<Option<f32>> = (0..n)
            .map(|at| similarities.get(at).copied().flatten())
            .map(|similarity| similarity.filter(|it| it.is_finite()))
            .collect();
        let known = similarities.iter().flatten();
        let least = known.copied().fold(f32::INFINITY, f32::min);
        let filled = similarities.iter().map(|it| it.unwrap_or(least));
        let filled: Vec<f32> = filled.collect();
        // Ranking's scores are taken in standard deviations by scaling the other side.
        let unit = match deviation(&self.scores) {
            (_, 0.0) => 1.0,
            (_, deviation) => deviation,
        };
        let weight = WEIGHT + WEIGHT_DESCRIBED * self.described;
        let weight = weight * (1.0 - self.literal) * unit;
        let amounts: Vec<f32> = match deviation(&filled) {
            (mean, deviation) if deviation > 0.0 && deviation.is_finite() => {
                let amounts = filled.iter().map(|it| weight * (it - mean) / deviation);
                amounts.collect()
            }
            _ => vec![0.0; n],
        };
        let mut places: Vec<usize> = (0..n).collect();
        let score = |place: usize| self.scores[place] + amounts[place];
        // Stable: ties keep ranking's order.
        places.sort_by(|&a, &b| score(b).total_cmp(&score(a)));
        Order {
            places,
            amounts,
            similarities,
        }
    }
}

impl Order {
    /// The score of the hit at each new place.
    pub fn scores(&self, asked: &Rerankable) -> Vec<f32> {
        let places = self.places.iter();
        places
            .map(|&place| asked.scores[place] + self.amounts[place])
            .collect()
    }
}

/// Mean and standard deviation.
fn deviation(values: &[f32]) -> (f32, f32) {
    let n = values.len().max(1) as f32;
    let mean = values.iter().sum::<f32>() / n;
    let squares = values.iter().map(|value| (value - mean).powi(2));
    (mean, (squares.sum::<f32>() / n).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn asked(scores: &[f32], literal: f32) -> Rerankable {
        Rerankable {
            query: String::new(),
            literal,
            described: 0.0,
            passages: Vec::new(),
            scores: scores.to_vec(),
        }
    }

    #[test]
    fn the_model_moves_what_ranking_is_unsure_of() {
        let similarities = [Some(0.1), Some(0.9), Some(0.2)];
        let order = |scores: &[f32], literal| asked(scores, literal).order(&similarities).places;
        assert_eq!(order(&[1.0, 0.9, 0.0], 0.0), [1, 0, 2]);
        assert_eq!(order(&[9.0, 0.9, 0.8], 0.0), [0, 1, 2], "far ahead");
        assert_eq!(order(&[1.0, 0.9, 0.0], 1.0), [0, 1, 2], "literal");
        assert_eq!(order(&[1.0, 1.0, 1.0], 0.0), [1, 2, 0], "all alike");
        let same = asked(&[3.0, 2.0, 1.0], 0.0).order(&[Some(0.5); 3]);
        assert_eq!(same.places, [0, 1, 2]);
        let none = asked(&[3.0, 2.0, 1.0], 0.0).order(&[None; 3]);
        assert_eq!((none.places, none.amounts), (vec![0, 1, 2], vec![0.0; 3]));
        let one = asked(&[1.0, 0.99], 0.0).order(&[None, Some(0.3)]);
        assert_eq!(one.places, [0, 1], "a single opinion moves nothing");
    }

    #[test]
    fn the_more_a_query_describes_the_more_the_model_moves() {
        let similarities = [Some(0.1), Some(0.9), Some(0.2)];
        let topic = asked(&[1.0, 0.5, 0.0], 0.0);
        assert_eq!(topic.order(&similarities).places, [0, 1, 2]);
        let described = Rerankable {
            described: 1.0,
            ..topic
        };
        assert_eq!(described.order(&similarities).places, [1, 0, 2]);
    }

    proptest! {
        #[test]
        fn any_opinion_is_a_permutation_with_falling_scores(
            scores in prop::collection::vec(-50f32..50.0, 0..20),
            similarities in prop::collection::vec(prop::option::of(prop::num::f32::ANY), 0..25),
            literal in 0f32..=1.0,
        ) {
            let mut scores = scores;
            scores.sort_by(|a, b| b.total_cmp(a));
            let asked = asked(&scores, literal);
            let order = asked.order(&similarities);
            let mut places = order.places.clone();
            places.sort_unstable();
            prop_assert_eq!(places, (0..scores.len()).collect::<Vec<_>>());
            let fused = order.scores(&asked);
            prop_assert!(fused.is_sorted_by(|a, b| a >= b) && fused.iter().all(|it| it.is_finite()), "{:?}", fused);
        }
    }
}
