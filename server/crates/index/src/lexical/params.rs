//! The knobs of BM25F.

use super::Field;

/// Parameters of BM25F, all free at query time; arrays follow [`Field::ALL`].
///
/// Robertson and Zaragoza, *The Probabilistic Relevance Framework: BM25 and Beyond*, Foundations and Trends in
/// Information Retrieval 3(4), 2009, section 3.6: term frequencies are weighted and length-normalised per field, summed,
/// and only then saturated, so that a word in name *and* body counts as one piece of evidence, not two.
///
/// ```text
/// tf~(t, d)  = Σ_f weight_f · min(tf_f(t, d), 255) / (1 − b_f + b_f · len_f(d) / avg_f)
/// score(q,d) = Σ_t weight_t · idf(t) · tf~ / (k1 + tf~)
/// idf(t)     = ln(1 + (N − df + ½) / (df + ½))        df: live documents that hold t in any field of weight > 0
/// avg_f      = mean of len_f over live documents whose field is not empty
/// ```
///
/// Lengths are quantised to one byte the way tantivy and Lucene do (exact up to 40 tokens). A field of weight ≤ 0 is not
/// consulted at all and costs nothing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Params {
    /// Saturation of the summed term frequency, usually 1.0 to 2.0; larger makes repetition and heavy fields count more.
    pub k1: f32,
    /// How much an occurrence in each field counts, ≥ 0.
    pub weights: [f32; Field::COUNT],
    /// How strongly each field's length is normalised, 0 (not at all) to 1 (fully).
    pub b: [f32; Field::COUNT],
}

impl Default for Params {
    /// A start for tuning: short fields are barely normalised, because their length says little about their topic.
    fn default() -> Self {
        Self {
            k1: 1.2,
            //        name qualified path signature doc body
            weights: [3.0, 1.0, 1.5, 1.0, 0.7, 1.0],
            b: [0.3, 0.3, 0.3, 0.4, 0.5, 0.75],
        }
    }
}

impl Params {
    /// The weight of one field.
    pub fn weight(&self, field: Field) -> f32 {
        self.weights[field as usize]
    }
}
