//! What is known of a candidate before it is ranked: one number per feature, each with a name that explanations show.
//!
//! Measures only. What a feature is worth stands in `weights.json`, which `tests/ranking/fit.py` fits on the development sets;
//! `rank` multiplies and adds. Nothing here depends on an order of candidates or on a clock.

use rustc_hash::FxHashMap;
use symseek_base::FileKey;
use symseek_index::snapshot::{BaseIdx, FileHandle};
use symseek_syntax::{ChunkKind, FileFacts, SymbolKind};

use crate::asked::{Asked, share_asked};
use crate::rank::Candidate;

macro_rules! features {
    ($($(#[doc = $doc:literal])+ $name:ident = $text:literal,)+) => {
        /// The features, in the order of [`Features`].
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Feature {
            $($(#[doc = $doc])+ $name,)+
        }

        impl Feature {
            /// All, in order.
            pub(crate) const ALL: [Self; N_FEATURES] = [$(Self::$name,)+];

            /// Its name in explanations and in `weights.json`.
            pub(crate) const fn name(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)+
                }
            }
        }

        /// How many there are.
        pub(crate) const N_FEATURES: usize = [$($text,)+].len();
    };
}

features! {
    /// z-score of BM25F among the candidates; a chunk that the leg did not return has the leg's lowest score.
    Lexical = "lexical",
    /// z-score of the cosine among the candidates, as above.
    Vector = "vector",
    /// Share of the query that the chunk holds. Shares weigh words by idf.
    Coverage = "coverage",
    /// Share of the query that the symbol's qualified name holds.
    Name = "name",
    /// Share of the words of the symbol's own name that the query holds.
    NameAsked = "name asked",
    /// Share of the query that the path holds.
    Path = "path",
    /// Share of the query that the file's stem holds.
    Stem = "stem",
    /// Share of the words of the file's stem that the query holds.
    StemAsked = "stem asked",
    /// Share of the words of the innermost folder that the query holds.
    FolderAsked = "folder asked",
    /// The file defines an identifier of the query.
    Defines = "defines",
    /// Sum of the positive lexical z-scores in the file, over that of the best file.
    FileLexical = "file lexical",
    /// The same of the vector leg.
    FileVector = "file vector",
    /// Share of the query that the file's candidates hold together.
    FileCoverage = "file coverage",
    /// Best of its file for the lexical leg.
    BestLexical = "best lexical",
    /// Best of its file for the vector leg.
    BestVector = "best vector",
    /// Both legs returned it.
    BothLegs = "both legs",
    /// Part of a test, and the query does not ask for tests.
    Test = "test",
    /// Example, bench or vendored, and the query does not ask for those.
    Aside = "aside",
    /// Prose: Markdown and the like.
    Prose = "prose",
    /// Text between symbols.
    Gap = "gap",
    /// A part of a large symbol.
    Part = "part",
    /// The head of a type or module.
    Head = "head",
    /// A window of a text without symbols.
    Window = "window",
    /// A type: class, struct, trait and the like.
    Type = "type",
    /// A function or method.
    Function = "function",
    /// It has documentation.
    Documented = "documented",
    /// ln(lines) / ln(120).
    Length = "length",
    /// ln(lines of the file) / ln(5000).
    FileLength = "file length",
    /// Folders above the file, over 10.
    Depth = "depth",
    /// A file that speaks for its folder: `mod`, `index`, `__init__`.
    FolderFile = "folder file",
    /// Second pass, see `inspect`: cosine of the query's vector and that of the innermost folder, the file's stem and the symbol's name.
    NameVector = "name vector",
    /// Second pass: sum of both legs' z-scores of the best candidate that calls it, at least 0.
    Called = "called",
    /// Second pass: share of the query that lines without comments hold.
    CodeCoverage = "code coverage",
    /// Second pass: share of the pairs of neighbouring query words that are neighbours in the text, too.
    Phrase = "phrase",
    /// Second pass, as far as the query is literal: how well a string literal of the chunk fits it as the message that it makes, see
    /// `message`.
    Message = "message",
}

/// The features of one candidate, by [`Feature`].
pub(crate) type Features = [f32; N_FEATURES];

/// Computes the features of all candidates: some compare them with one another.
pub(crate) fn compute(candidates: &mut [Candidate<'_>], asked: &Asked) {
    let lexical = Scale::of(
        candidates
            .iter()
            .filter_map(|it| it.lexical.map(|(_, score)| score)),
    );
    let vector = Scale::of(
        candidates
            .iter()
            .filter_map(|it| it.vector.map(|(_, score)| score)),
    );
    let mut files: FxHashMap<(BaseIdx, FileKey), OfFile> = FxHashMap::default();
    for candidate in candidates.iter_mut() {
        let file = files
            .entry(candidate.file())
            .or_insert_with(|| OfFile::new(&candidate.handle.file, asked));
        let (by_word, by_vector) = (
            lexical.z(candidate.lexical.map(|(_, score)| score)),
            vector.z(candidate.vector.map(|(_, score)| score)),
        );
        file.lexical += by_word.max(0.0);
        file.vector += by_vector.max(0.0);
        file.best_lexical = file.best_lexical.max(by_word);
        file.best_vector = file.best_vector.max(by_vector);
        file.matched |= candidate.matched;
        of_chunk(candidate, file, asked);
        candidate.set(Feature::Lexical, by_word);
        candidate.set(Feature::Vector, by_vector);
    }
    let highest = |of: fn(&OfFile) -> f32| files.values().map(of).fold(f32::EPSILON, f32::max);
    let (most_lexical, most_vector) = (highest(|file| file.lexical), highest(|file| file.vector));
    for candidate in candidates {
        let Some(file) = files.get(&candidate.file()) else {
            continue;
        };
        candidate.set(Feature::FileLexical, file.lexical / most_lexical);
        candidate.set(Feature::FileVector, file.vector / most_vector);
        candidate.set(Feature::FileCoverage, asked.share_of_terms(file.matched));
        let is_best = |leg: Feature, best: f32| f32::from(candidate.features[leg as usize] >= best);
        let best_lexical = is_best(Feature::Lexical, file.best_lexical);
        let best_vector = is_best(Feature::Vector, file.best_vector);
        candidate.set(
            Feature::BestLexical,
            best_lexical * f32::from(candidate.lexical.is_some()),
        );
        candidate.set(
            Feature::BestVector,
            best_vector * f32::from(candidate.vector.is_some()),
        );
    }
}

fn of_chunk(candidate: &mut Candidate<'_>, file: &OfFile, asked: &Asked) {
    let mut set = file.features;
    let mut put = |feature: Feature, value: f32| set[feature as usize] = value;
    put(Feature::Coverage, asked.share_of_terms(candidate.matched));
    put(
        Feature::BothLegs,
        f32::from(candidate.lexical.is_some() && candidate.vector.is_some()),
    );
    if let Some((chunk, facts)) = candidate.handle.chunk() {
        if chunk.is_test && !asked.tests {
            put(Feature::Test, 1.0);
        }
        put(Feature::Gap, f32::from(chunk.kind == ChunkKind::Gap));
        put(Feature::Part, f32::from(chunk.kind == ChunkKind::Part));
        put(Feature::Head, f32::from(chunk.kind == ChunkKind::Head));
        put(Feature::Window, f32::from(chunk.kind == ChunkKind::Window));
        put(
            Feature::Length,
            (chunk.lines.count() as f32).ln() / 120_f32.ln(),
        );
        if let Some(symbol) = facts.chunk_symbol(chunk) {
            let named = asked.compare(&symbol.qualified).asked;
            put(Feature::Name, asked.share(named));
            put(Feature::NameAsked, share_asked(asked.compare(&symbol.name)));
            put(Feature::Type, f32::from(is_type(symbol.kind)));
            put(Feature::Function, f32::from(is_function(symbol.kind)));
            put(Feature::Documented, f32::from(symbol.doc.is_some()));
        }
    }
    candidate.features = set;
}

fn is_type(kind: SymbolKind) -> bool {
    matches!(
        kind,
        SymbolKind::Class
            | SymbolKind::Struct
            | SymbolKind::Enum
            | SymbolKind::Union
            | SymbolKind::Trait
            | SymbolKind::Interface
            | SymbolKind::TypeAlias
    )
}

fn is_function(kind: SymbolKind) -> bool {
    matches!(
        kind,
        SymbolKind::Function | SymbolKind::Method | SymbolKind::Constructor
    )
}

/// What the candidates of one file share.
struct OfFile {
    features: Features,
    lexical: f32,
    vector: f32,
    best_lexical: f32,
    best_vector: f32,
    matched: u64,
}

impl OfFile {
    fn new(file: &FileHandle<'_>, asked: &Asked) -> Self {
        let mut features = [0.0; N_FEATURES];
        let mut put = |feature: Feature, value: f32| features[feature as usize] = value;
        let path = file.path();
        let text = path.as_str();
        put(Feature::Path, asked.share(asked.compare(text).asked));
        let stem = stem(path.file_name());
        let agreement = asked.compare(stem);
        put(Feature::Stem, asked.share(agreement.asked));
        put(Feature::StemAsked, share_asked(agreement));
        let folder = path.directory().rsplit('/').next().unwrap_or("");
        put(Feature::FolderAsked, share_asked(asked.compare(folder)));
        put(Feature::Test, f32::from(!asked.tests && is_test_path(text)));
        put(Feature::Aside, f32::from(!asked.asides && is_aside(text)));
        put(Feature::Prose, f32::from(is_prose(path.extension())));
        put(Feature::Depth, text.matches('/').count() as f32 / 10.0);
        put(Feature::FolderFile, f32::from(is_folder_file(stem)));
        if let Some(facts) = file.facts() {
            put(
                Feature::FileLength,
                (facts.n_lines.max(1) as f32).ln() / 5000_f32.ln(),
            );
            put(Feature::Defines, f32::from(defines(facts, asked)));
        }
        Self {
            features,
            lexical: 0.0,
            vector: 0.0,
            best_lexical: f32::NEG_INFINITY,
            best_vector: f32::NEG_INFINITY,
            matched: 0,
        }
    }
}

fn defines(facts: &FileFacts, asked: &Asked) -> bool {
    !asked.identifiers.is_empty() && facts.symbols.iter().any(|symbol| asked.names(&symbol.name))
}

/// Whether a file of this stem speaks for its folder.
pub(crate) fn is_folder_file(stem: &str) -> bool {
    matches!(stem, "mod" | "index" | "__init__" | "lib" | "main")
}

/// A file's name up to its first dot: `http` of `http.test.ts`; dot files keep theirs.
pub(crate) fn stem(name: &str) -> &str {
    let (dots, rest) = name.split_at(name.len() - name.trim_start_matches('.').len());
    let len = rest.find('.').unwrap_or(rest.len());
    &name[..dots.len() + len]
}

pub(crate) fn is_prose(extension: &str) -> bool {
    matches!(
        extension,
        "md" | "markdown" | "mdx" | "rst" | "txt" | "adoc" | "org" | "html" | "tex"
    )
}

pub(crate) fn is_test_path(path: &str) -> bool {
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

pub(crate) fn is_aside(path: &str) -> bool {
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
