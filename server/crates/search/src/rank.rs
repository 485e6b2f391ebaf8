//! Fusing and ranking: per-leg scores to one order, with named features. A score and its explanation are built together.
//!
//! Legs are fused by z-scores within the candidates (a chunk a leg did not return gets the leg's lowest score): on the
//! project's development sets and on documentation-to-function retrieval this beats reciprocal rank fusion by about 0.02.

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};
use symseek_base::{ChunkKey, FileKey};
use symseek_index::lexical::{self, Field, Params};
use symseek_index::snapshot::{BaseIdx, ChunkHandle};
use symseek_syntax::{ChunkKind, SymbolIdx};

use crate::types::Why;

/// Weights of ranking. Fitted on the development sets, see `tests/ranking`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RankParams {
    /// Candidates per leg.
    pub depth: usize,
    /// Weight of the vector leg's z-score beside 1 for the lexical leg's.
    pub vector: f32,
    /// How much of the vector's weight a literal query (quotes, punctuation, identifiers: error text) takes away, 0 to 1.
    pub literal: f32,
    /// How much an inflected form of a query word counts beside the word itself; 0 turns them off.
    pub inflections: f32,
    /// How much a part of a compound identifier in the query counts beside a whole word.
    pub part: f32,
    /// Added times the share of the query's idf that the chunk holds.
    pub coverage: f32,
    /// Added per share of the query's words that the symbol's name holds.
    pub name: f32,
    /// Added per share of the query's words that the path holds.
    pub path: f32,
    /// Added for the file's other good chunks: times the normalised sum of their scores.
    pub coherence: f32,
    /// Subtracted per better hit of the same file, so that one file does not fill the page.
    pub diversity: f32,
    /// Subtracted from tests when the query does not ask for them.
    pub test: f32,
    /// Subtracted from examples, benches, vendored code and the like.
    pub aside: f32,
    /// Subtracted from chunks that show no symbol.
    pub gap: f32,
    /// BM25F parameters.
    pub k1: f32,
    /// Length normalisation of the body.
    pub b: f32,
    /// Field weights: name, qualified, path, signature, doc, body.
    pub fields: [f32; 6],
}

impl Default for RankParams {
    fn default() -> Self {
        Self {
            depth: 200,
            vector: 1.0,
            literal: 0.5,
            inflections: 0.5,
            part: 0.6,
            coverage: 0.0,
            name: 1.0,
            path: 1.0,
            coherence: 0.5,
            diversity: 0.2,
            test: 1.0,
            aside: 0.3,
            gap: 0.0,
            k1: 1.0,
            b: 0.25,
            fields: [0.5, 0.2, 0.5, 0.2, 0.2, 1.0],
        }
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
    /// Share of the query's idf that the chunk holds.
    pub(crate) coverage: f32,
    pub(crate) score: f32,
    pub(crate) why: Vec<Why>,
    pub(crate) exact: bool,
    pub(crate) sites: Vec<(symseek_base::ByteRange, f32)>,
}

impl<'a> Candidate<'a> {
    pub(crate) fn new(handle: ChunkHandle<'a>, key: ChunkKey) -> Self {
        Self {
            handle,
            key,
            symbol: None,
            lexical: None,
            vector: None,
            coverage: 0.0,
            score: 0.0,
            why: Vec::new(),
            exact: false,
            sites: Vec::new(),
        }
    }

    pub(crate) fn add(&mut self, feature: &'static str, amount: f32, note: String) {
        if amount != 0.0 {
            self.score += amount;
            self.why.push(Why {
                leg: feature,
                rank: None,
                score: amount,
                note,
            });
        }
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

/// Lowers each hit by the number of better hits in its file. Expects and leaves the order of [`sort`].
pub(crate) fn diversify(candidates: &mut [Candidate<'_>], params: &RankParams) {
    if params.diversity == 0.0 {
        return;
    }
    let mut seen: FxHashMap<(BaseIdx, FileKey), f32> = FxHashMap::default();
    for candidate in candidates.iter_mut() {
        let n_better = seen.entry(candidate.file()).or_default();
        let note = format!("{n_better} better hits in the file");
        let amount = -params.diversity * *n_better;
        *n_better += 1.0;
        candidate.add("diversity", amount, note);
    }
    sort(candidates);
}

/// Highest score first, ties by path and offset.
pub(crate) fn sort(candidates: &mut [Candidate<'_>]) {
    candidates.sort_by(|a, b| {
        b.score
            .total_cmp(&a.score)
            .then_with(|| a.place().cmp(&b.place()))
    });
}

/// Sets each candidate's score to the fused score of its legs.
pub(crate) fn fuse(candidates: &mut [Candidate<'_>], vector_weight: f32) {
    let lexical = Scale::of(
        candidates
            .iter()
            .filter_map(|candidate| candidate.lexical.map(|(_, score)| score)),
    );
    let vector = Scale::of(
        candidates
            .iter()
            .filter_map(|candidate| candidate.vector.map(|(_, score)| score)),
    );
    for candidate in candidates {
        for (leg, found, scale, weight) in [
            ("lexical", candidate.lexical, &lexical, 1.0),
            ("vector", candidate.vector, &vector, vector_weight),
        ] {
            candidate.score += weight * scale.z(found.map(|(_, score)| score));
            if let Some((rank, score)) = found {
                candidate.why.push(Why {
                    leg,
                    rank: Some(rank),
                    score,
                    note: String::new(),
                });
            }
        }
    }
}

/// Mean, spread and minimum of one leg's scores.
struct Scale {
    mean: f32,
    spread: f32,
    lowest: f32,
}

impl Scale {
    fn of(scores: impl Iterator<Item = f32>) -> Self {
        let scores: Vec<f32> = scores.collect();
        if scores.is_empty() {
            return Self {
                mean: 0.0,
                spread: 1.0,
                lowest: 0.0,
            };
        }
        let n = scores.len() as f32;
        let mean = scores.iter().sum::<f32>() / n;
        let variance = scores
            .iter()
            .map(|score| (score - mean).powi(2))
            .sum::<f32>()
            / n;
        let lowest = scores.iter().copied().fold(f32::INFINITY, f32::min);
        Self {
            mean,
            spread: variance.sqrt().max(1e-6),
            lowest,
        }
    }

    fn z(&self, score: Option<f32>) -> f32 {
        (score.unwrap_or(self.lowest) - self.mean) / self.spread
    }
}

/// What the query says, for the features.
pub(crate) struct Asked {
    /// The query's words, lower case, split as identifiers are.
    pub(crate) words: Vec<String>,
    /// How much it looks like text that stands in the code as it is, 0 to 1.
    pub(crate) literal: f32,
    /// It asks for tests.
    pub(crate) tests: bool,
    /// It asks for examples, benches and the like.
    pub(crate) asides: bool,
}

impl Asked {
    pub(crate) fn new(text: &str) -> Self {
        let words = lexical::words(text);
        let any = |wanted: &[&str]| words.iter().any(|word| wanted.contains(&word.as_str()));
        Self {
            tests: any(&["test", "tests", "testing", "tested", "fixture", "mock"]),
            asides: any(&[
                "example",
                "examples",
                "bench",
                "benchmark",
                "benches",
                "vendor",
                "demo",
                "docs",
                "tutorial",
            ]),
            literal: literalness(text),
            words,
        }
    }

    /// The share of the query's words that `text` holds.
    fn share(&self, text: &str) -> f32 {
        let n_words = self.words.len().min(64);
        if n_words == 0 {
            return 0.0;
        }
        let found = lexical::find_words(text, &self.words, same_word);
        found.count_ones() as f32 / n_words as f32
    }
}

/// Counts what error messages and log lines have and descriptions have not: quotes and brackets, `Name:` in front, identifiers,
/// numbers. Two or more make a query literal.
fn literalness(text: &str) -> f32 {
    let quotes = text
        .matches(['\'', '"', '`', '(', '[', '{', '<', '='])
        .count();
    let apostrophes = text.char_indices().filter(|&(at, c)| {
        c == '\''
            && text[..at].ends_with(char::is_alphabetic)
            && text[at + 1..].starts_with(char::is_alphabetic)
    });
    let quotes = quotes - apostrophes.count().min(quotes);
    let words: Vec<&str> = text.split_whitespace().collect();
    let colons = words.iter().filter(|word| word.ends_with(':')).count();
    let identifiers = words
        .iter()
        .filter(|word| {
            let word = word.trim_matches(|c: char| !c.is_alphanumeric());
            word.contains(['_', '/'])
                || word.contains("::")
                || word
                    .chars()
                    .skip(1)
                    .zip(word.chars())
                    .any(|(b, a)| a.is_lowercase() && b.is_uppercase())
        })
        .count();
    let numbers = words
        .iter()
        .filter(|word| word.chars().any(|c| c.is_ascii_digit()))
        .count();
    let signs = quotes as f32 * 0.5
        + colons as f32 * 0.5
        + identifiers as f32 * 0.25
        + numbers as f32 * 0.25;
    signs.min(1.0)
}

/// Equal, or one is the other with a short ending (`parse`, `parser`, `parsing`).
fn same_word(a: &str, b: &str) -> bool {
    if a == b {
        return true;
    }
    let common = a.bytes().zip(b.bytes()).take_while(|(x, y)| x == y).count();
    common >= 4 && common + 3 >= a.len().max(b.len())
}

/// Moves candidates by what they are and where they stand.
pub(crate) fn features(candidates: &mut [Candidate<'_>], asked: &Asked, params: &RankParams) {
    for candidate in candidates.iter_mut() {
        let Some((chunk, facts)) = candidate.handle.chunk() else {
            continue;
        };
        let path = candidate.handle.file.path().as_str();
        let coverage = candidate.coverage;
        candidate.add(
            "coverage",
            params.coverage * coverage,
            format!("{:.0} % of the query", coverage * 100.0),
        );
        if let Some(symbol) = facts.chunk_symbol(chunk) {
            let share = weighed(params.name, || asked.share(&symbol.qualified));
            candidate.add(
                "name",
                params.name * share,
                format!("{:.0} % of the words", share * 100.0),
            );
        }
        let share = weighed(params.path, || asked.share(path));
        candidate.add(
            "path",
            params.path * share,
            format!("{:.0} % of the words", share * 100.0),
        );
        if !asked.tests && (chunk.is_test || is_test_path(path)) {
            candidate.add("test", -params.test, "a test".to_owned());
        }
        if !asked.asides && is_aside(path) {
            candidate.add(
                "aside",
                -params.aside,
                "example, bench or vendored".to_owned(),
            );
        }
        if matches!(chunk.kind, ChunkKind::Gap) {
            candidate.add("gap", -params.gap, "between symbols".to_owned());
        }
    }
    if params.coherence > 0.0 {
        coherence(candidates, params.coherence);
    }
}

/// A feature that weighs nothing is not computed.
fn weighed(weight: f32, feature: impl Fn() -> f32) -> f32 {
    if weight == 0.0 { 0.0 } else { feature() }
}

/// A file with several good chunks is more likely the one that is meant.
fn coherence(candidates: &mut [Candidate<'_>], weight: f32) {
    let lowest = candidates
        .iter()
        .map(|candidate| candidate.score)
        .fold(f32::INFINITY, f32::min);
    let mut sums: FxHashMap<(BaseIdx, FileKey), f32> = FxHashMap::default();
    for candidate in candidates.iter() {
        *sums.entry(candidate.file()).or_default() += candidate.score - lowest;
    }
    let highest = sums.values().copied().fold(f32::EPSILON, f32::max);
    for candidate in candidates {
        let sum = sums.get(&candidate.file()).copied().unwrap_or(0.0);
        candidate.add(
            "file",
            weight * sum / highest,
            "other hits in the file".to_owned(),
        );
    }
}

fn is_test_path(path: &str) -> bool {
    let lower = path.to_ascii_lowercase();
    let mut parts = lower.split('/').rev();
    let file = parts.next().unwrap_or("");
    let stem = file.split('.').next().unwrap_or(file);
    stem.starts_with("test_")
        || stem.ends_with("_test")
        || stem.ends_with("_tests")
        || stem == "tests"
        || stem == "conftest"
        || file.contains(".test.")
        || file.contains(".spec.")
        || parts.any(|part| {
            ["test", "tests", "testing", "__tests__", "spec", "testdata"].contains(&part)
        })
}

fn is_aside(path: &str) -> bool {
    let lower = path.to_ascii_lowercase();
    lower.split('/').rev().skip(1).any(|part| {
        [
            "examples",
            "example",
            "benches",
            "benchmarks",
            "vendor",
            "third_party",
            "thirdparty",
            "samples",
            "demo",
            "legacy",
        ]
        .contains(&part)
    })
}
