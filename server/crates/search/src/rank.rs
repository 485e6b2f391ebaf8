//! Fusing and ranking: features of candidates to one order. A score and its explanation are made of the same
//! features by the same weights.
//!
//! The legs are fused by z-scores within the candidates: on the project's development sets and on documentation-to-function
//! retrieval this beats reciprocal rank fusion by about 0.02. The rest is a sum of named features, weighed by `weights.json`.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};
use symseek_base::{ChunkKey, FileKey};
use symseek_index::lexical::{Field, Params};
use symseek_index::snapshot::{BaseIdx, ChunkHandle, FileHandle};
use symseek_syntax::SymbolIdx;

use crate::asked::Asked;
use crate::features::{Feature, Features, N_FEATURES};
use crate::types::Why;

/// How retrieval and ranking are weighed. What is not in [`Weights`] was chosen by hand on the development sets, see
/// `tests/ranking`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RankParams {
    /// Candidates per leg.
    pub depth: usize,
    /// How much an inflected form of a query word counts beside the word itself; 0 turns them off.
    pub inflections: f32,
    /// How much a word that the embedder holds to be near a query word counts beside the word itself; 0 turns them off.
    pub synonyms: f32,
    /// How much a part of a compound identifier in the query counts beside a whole word.
    pub part: f32,
    /// So many of the best are looked at again, with their text, and ordered by the weights of the second pass; none when no
    /// vectors answer, where an answer has half the time.
    pub inspected: usize,
    /// Subtracted per better hit of the same file, so that one file does not fill the page.
    pub diversity: f32,
    /// BM25F parameters.
    pub k1: f32,
    /// Length normalisation of the body.
    pub b: f32,
    /// Field weights: name, qualified, path, signature, doc, body.
    pub fields: [f32; 6],
    /// What each feature of a candidate is worth.
    pub weights: Weights,
}

impl Default for RankParams {
    fn default() -> Self {
        Self {
            depth: 200,
            inflections: 0.5,
            synonyms: 0.15,
            part: 0.6,
            inspected: 40,
            diversity: 0.4,
            k1: 1.0,
            b: 0.25,
            fields: [0.5, 0.2, 0.5, 0.2, 0.2, 1.0],
            weights: Weights::shipped().clone(),
        }
    }
}

/// Which weights count: those that choose the candidates worth a second look, or those that order these.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pass {
    First,
    Second,
}

/// What a feature is worth in one pass. The first number counts always, the second as much as the query is literal (quotes,
/// punctuation, identifiers): error text and log lines want other things than descriptions do. The third counts when no vectors
/// answered, so that words alone are weighed as well as they can be. The fourth counts as much as the query is a description in
/// many words: then agreement in meaning tells more, and in a single name or path less, than where a few words name what is meant.
/// The fifth counts when the query says what is done, which a function does, and not what something is about, which a file is.
type Weight = [f32; N_NUMBERS];
const N_NUMBERS: usize = 5;

/// What each feature is worth, in the first pass and in the second.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(
    try_from = "BTreeMap<String, [Weight; 2]>",
    into = "BTreeMap<String, [Weight; 2]>"
)]
pub struct Weights([[Weight; 2]; N_FEATURES]);

impl Weights {
    /// Those of `weights.json`, fitted by `tests/ranking/fit.py`.
    fn shipped() -> &'static Self {
        static SHIPPED: OnceLock<Weights> = OnceLock::new();
        SHIPPED.get_or_init(|| {
            serde_json::from_str(include_str!("weights.json"))
                .expect("weights.json is embedded and a test reads it")
        })
    }

    /// The legs alone, equally.
    pub(crate) fn legs() -> Self {
        let mut weights = [[[0.0; N_NUMBERS]; 2]; N_FEATURES];
        for leg in [Feature::Lexical, Feature::Vector] {
            weights[leg as usize] = [[1.0, 0.0, 0.0, 0.0, 0.0]; 2];
        }
        Self(weights)
    }

    fn of(&self, feature: Feature, pass: Pass, asked: &Asked) -> f32 {
        let [always, literal, alone, described, action] = self.0[feature as usize][pass as usize];
        always
            + asked.literal * literal
            + f32::from(asked.without_vectors) * alone
            + asked.described * described
            + asked.action * action
    }
}

impl TryFrom<BTreeMap<String, [Weight; 2]>> for Weights {
    type Error = String;

    fn try_from(map: BTreeMap<String, [Weight; 2]>) -> Result<Self, String> {
        let mut weights = [[[0.0; N_NUMBERS]; 2]; N_FEATURES];
        for (name, numbers) in map {
            let feature = Feature::ALL
                .into_iter()
                .find(|feature| feature.name() == name);
            let feature = feature.ok_or_else(|| format!("there is no feature {name:?}"))?;
            weights[feature as usize] = numbers;
        }
        Ok(Self(weights))
    }
}

impl From<Weights> for BTreeMap<String, [Weight; 2]> {
    fn from(weights: Weights) -> Self {
        let features = Feature::ALL.into_iter();
        features
            .map(|feature| (feature.name().to_owned(), weights.0[feature as usize]))
            .collect()
    }
}

impl RankParams {
    pub(crate) fn bm25f(&self) -> Params {
        let mut b = Params::default().b;
        b[Field::Body as usize] = self.b;
        Params {
            k1: self.k1,
            weights: self.fields,
            b,
        }
    }
}

/// A chunk that some leg returned, on its way to a result.
#[derive(Debug, Clone)]
pub(crate) struct Candidate<'a> {
    pub(crate) handle: ChunkHandle<'a>,
    pub(crate) key: ChunkKey,
    /// A symbol inside the chunk that is meant rather than the chunk's own.
    pub(crate) symbol: Option<SymbolIdx>,
    pub(crate) lexical: Option<(u32, f32)>,
    pub(crate) vector: Option<(u32, f32)>,
    /// The terms of the lexical leg that the chunk holds, as bits.
    pub(crate) matched: u64,
    pub(crate) features: Features,
    pub(crate) score: f32,
    /// Better hits of its file, see [`diversify`].
    pub(crate) n_better: f32,
    /// What [`draw_near`] added to its score.
    pub(crate) near: f32,
    /// What [`hold_exact`] added to its score.
    pub(crate) lifted: f32,
    /// Whose weights made its score of its features, if any did.
    pub(crate) ranked: Option<Pass>,
    pub(crate) why: Vec<Why>,
    pub(crate) exact: bool,
    /// For callers and callees: the uses.
    pub(crate) uses: Vec<Use<'a>>,
}

/// One use of a name: of the target by the candidate (callers), or of the candidate by the target (callees).
#[derive(Debug, Clone)]
pub(crate) struct Use<'a> {
    pub(crate) key: (BaseIdx, FileKey),
    pub(crate) file: FileHandle<'a>,
    pub(crate) range: symseek_base::ByteRange,
    pub(crate) confidence: f32,
}

impl<'a> Candidate<'a> {
    pub(crate) fn new(handle: ChunkHandle<'a>, key: ChunkKey) -> Self {
        Self {
            handle,
            key,
            symbol: None,
            lexical: None,
            vector: None,
            matched: 0,
            features: [0.0; N_FEATURES],
            score: 0.0,
            n_better: 0.0,
            near: 0.0,
            lifted: 0.0,
            ranked: None,
            why: Vec::new(),
            exact: false,
            uses: Vec::new(),
        }
    }

    pub(crate) fn set(&mut self, feature: Feature, value: f32) {
        self.features[feature as usize] = value;
    }

    pub(crate) fn feature(&self, feature: Feature) -> f32 {
        self.features[feature as usize]
    }

    pub(crate) fn file(&self) -> (BaseIdx, FileKey) {
        (self.handle.base, self.handle.file_key)
    }

    /// Whether one of these shows the same chunk.
    pub(crate) fn is_shown_by(&self, others: &[Self]) -> bool {
        others.iter().any(|other| {
            other.file() == self.file() && other.handle.chunk_idx == self.handle.chunk_idx
        })
    }

    /// What breaks ties: path, then offset.
    pub(crate) fn place(&self) -> (&'a std::path::Path, &'a symseek_base::RelPath, u32) {
        let start = self
            .handle
            .chunk()
            .map_or(0, |(chunk, _)| chunk.range.start);
        (self.handle.file.root(), self.handle.file.path(), start)
    }
}

/// Candidates of a surer source, then those of another that they do not show already, shifted below them.
pub(crate) fn above<'a>(
    surer: Vec<Candidate<'a>>,
    others: Vec<Candidate<'a>>,
) -> Vec<Candidate<'a>> {
    let best = others.first().map_or(0.0, |candidate| candidate.score);
    let weakest = surer.last().map_or(f32::MAX, |candidate| candidate.score);
    let shift = (weakest - best - 0.01).min(0.0);
    let mut all = surer;
    for mut candidate in others {
        if !candidate.is_shown_by(&all) {
            candidate.score += shift;
            all.push(candidate);
        }
    }
    all
}

/// Adds candidates that were not looked at again, in their order, below those that were.
pub(crate) fn follow<'a>(inspected: &mut Vec<Candidate<'a>>, others: Vec<Candidate<'a>>) {
    let weakest = inspected.last().map_or(0.0, |candidate| candidate.score);
    let best = others.first().map_or(0.0, |candidate| candidate.score);
    let shift = (weakest - best - 0.01).min(0.0);
    inspected.extend(others.into_iter().map(|mut candidate| {
        candidate.score += shift;
        candidate
    }));
}

/// Lowers each hit by the number of better hits in its file. Expects and leaves the order of [`sort`].
pub(crate) fn diversify(candidates: &mut [Candidate<'_>], params: &RankParams) {
    if params.diversity == 0.0 {
        return;
    }
    let mut seen: FxHashMap<(BaseIdx, FileKey), f32> = FxHashMap::default();
    for candidate in candidates.iter_mut() {
        let n_better = seen.entry(candidate.file()).or_default();
        candidate.n_better = *n_better;
        candidate.score -= params.diversity * *n_better;
        *n_better += 1.0;
    }
    sort(candidates);
}

/// The floor under exact matches: a chunk that holds a rare identifier of the query is found right below this many hits, whatever
/// speaks against it (a long file, a test).
const EXACT_FLOOR: usize = 5;
/// So many chunks are lifted at most, the best first, so that a query of many identifiers does not fill the page with them.
const LIFTED: usize = 3;

/// Lifts chunks with an identifier that next to no other chunk holds to the floor under exact matches. Fused ranking alone buries
/// what occurs once. Expects and leaves the order of [`sort`].
pub(crate) fn hold_exact(candidates: &mut [Candidate<'_>], asked: &Asked) {
    let Some((above, below)) = candidates.split_at_mut_checked(EXACT_FLOOR) else {
        return;
    };
    let is_exact = |candidate: &Candidate<'_>| candidate.matched & asked.rare != 0;
    let already = above.iter().filter(|candidate| is_exact(candidate)).count();
    let (Some(last), Some(next)) = (above.last(), below.first()) else {
        return;
    };
    let floor = f32::midpoint(last.score, next.score);
    let buried = below.iter_mut().filter(|candidate| is_exact(candidate));
    for candidate in buried.take(LIFTED.saturating_sub(already)) {
        candidate.lifted = floor - candidate.score;
        candidate.score = floor;
    }
    sort(candidates);
}

/// Highest score first, ties by path and offset.
pub(crate) fn sort(candidates: &mut [Candidate<'_>]) {
    // Keys are sorted in the candidates' stead: those are large to move and their places take a look into the view.
    candidates.sort_by_cached_key(|candidate| (Falling(candidate.score), candidate.place()));
}

/// A score by which the highest comes first.
struct Falling(f32);

impl Ord for Falling {
    fn cmp(&self, other: &Self) -> Ordering {
        other.0.total_cmp(&self.0)
    }
}

impl PartialOrd for Falling {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Falling {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Falling {}

/// Sets each candidate's score from its features. Reasons are written for those that are shown: [`explain`].
pub(crate) fn score(
    candidates: &mut [Candidate<'_>],
    asked: &Asked,
    weights: &Weights,
    pass: Pass,
) {
    let weights = Feature::ALL.map(|feature| weights.of(feature, pass, asked));
    for candidate in candidates {
        candidate.ranked = Some(pass);
        let amounts = candidate.features.iter().zip(&weights);
        candidate.score = amounts.map(|(value, weight)| value * weight).sum();
    }
}

/// What it is worth to lie in the file that is being edited. Not fitted, for the development sets have no editor: it is about what
/// neighbours on a page of results are apart, so it decides between them and carries nothing up the page.
const NEAR: f32 = 0.25;
/// The share of it for a file beside that one, …
const BESIDE: f32 = 0.5;
/// … and for a file that was edited before.
const BEFORE: f32 = 0.5;

/// Raises what lies in or beside files that are being edited, the last one first.
pub(crate) fn draw_near(candidates: &mut [Candidate<'_>], edited: &[PathBuf]) {
    if edited.is_empty() {
        return;
    }
    for candidate in candidates {
        let file = &candidate.handle.file;
        let nearness = edited.iter().enumerate().filter_map(|(at, edited)| {
            let edited = edited.strip_prefix(file.root()).ok()?;
            let path = Path::new(file.path().as_str());
            let share = match edited == path {
                true => 1.0,
                false if edited.parent() == path.parent() => BESIDE,
                false => return None,
            };
            Some(if at == 0 { share } else { share * BEFORE })
        });
        candidate.near = NEAR * nearness.fold(0.0, f32::max);
        candidate.score += candidate.near;
        if candidate.ranked.is_none() {
            candidate.why.extend(why_near(candidate.near));
        }
    }
}

fn why_near(near: f32) -> Option<Why> {
    (near > 0.0).then(|| Why {
        leg: "near",
        rank: None,
        score: near,
        note: "files that are being edited".to_owned(),
    })
}

/// So many features are named with a hit unless all are asked for: those that moved it most.
const SHOWN_FEATURES: usize = 6;

/// Writes down what made the score of a candidate that [`score`] and [`diversify`] ranked: the legs, and what moved it most, or
/// all that moved it.
pub(crate) fn explain(
    candidate: &mut Candidate<'_>,
    asked: &Asked,
    params: &RankParams,
    everything: bool,
) {
    let Some(pass) = candidate.ranked else {
        return;
    };
    for (leg, found) in [("lexical", candidate.lexical), ("vector", candidate.vector)] {
        if let Some((rank, score)) = found {
            candidate.why.push(Why {
                leg,
                rank: Some(rank),
                score,
                note: String::new(),
            });
        }
    }
    let features = &candidate.features;
    let amount = |feature: Feature| match feature {
        // The legs' own entries say more than a z-score would.
        Feature::Lexical | Feature::Vector => 0.0,
        _ => features[feature as usize] * params.weights.of(feature, pass, asked),
    };
    let mut sizes = Feature::ALL.map(|feature| amount(feature).abs());
    sizes.sort_unstable_by(|a, b| b.total_cmp(a));
    let least = if everything {
        0.0
    } else {
        sizes[SHOWN_FEATURES]
    };
    let moving = Feature::ALL
        .into_iter()
        .filter(|&feature| amount(feature).abs() > least);
    let mut because: Vec<Why> = moving
        .map(|feature| Why {
            leg: feature.name(),
            rank: None,
            score: amount(feature),
            note: format!("{:.2}", features[feature as usize]),
        })
        .collect();
    because.extend(why_near(candidate.near));
    let lowered = params.diversity * candidate.n_better;
    if lowered > 0.0 {
        because.push(Why {
            leg: "diversity",
            rank: None,
            score: -lowered,
            note: format!("{} better hits in the file", candidate.n_better),
        });
    }
    if candidate.lifted > 0.0 {
        because.push(Why {
            leg: "exact match",
            rank: None,
            score: candidate.lifted,
            note: "holds a rare identifier of the query".to_owned(),
        });
    }
    candidate.why.append(&mut because);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shipped_weights_name_every_feature_and_survive_a_round_trip() {
        let shipped = Weights::shipped();
        let text = serde_json::to_string(shipped).unwrap();
        assert_eq!(&serde_json::from_str::<Weights>(&text).unwrap(), shipped);
        let map: BTreeMap<String, [Weight; 2]> =
            serde_json::from_str(include_str!("weights.json")).unwrap();
        assert_eq!(map.len(), N_FEATURES);
        assert!(serde_json::from_str::<Weights>(r#"{"colour": [[1, 0, 0], [0, 0, 0]]}"#).is_err());
    }
}
