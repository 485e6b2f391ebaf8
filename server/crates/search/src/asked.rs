//! What a query says, as far as features of candidates ask: its words and what they weigh, its identifiers, and whether it looks
//! like text that stands in the code. Shapes only, no topic words, except where a query asks for tests or examples.

use crate::action;
use symseek_index::lexical::{self, Agreement, QueryTerm, TermStatistics};

/// An identifier in more chunks than this is no longer rare.
const RARE: u64 = 3;
/// A word of this idf stands in about a third of all chunks; a rarer one tells something.
const TELLING: f32 = 1.0;

/// So many words name a topic and do not yet describe behaviour. This and the next were chosen among five by cross-validation, see
/// `tests/ranking`.
const NAMED_IN: f32 = 5.0;
/// So many words are a description.
const DESCRIBED_IN: f32 = 13.0;

/// What the query says, for the features.
#[derive(Debug, Default)]
pub(crate) struct Asked {
    /// The query's words, lower case, split as identifiers are; at most 64 count.
    pub(crate) words: Vec<String>,
    /// What each word weighs: its idf where the lexical leg told, 1 otherwise.
    weights: Vec<f32>,
    /// What each term of the lexical leg weighs.
    terms: Vec<f32>,
    /// Words that follow each other in the query, by their places in `words`, past those that most chunks hold.
    pub(crate) pairs: Vec<(u32, u32)>,
    /// Words that are written as names in code are: `StateManager`, `poll_next`; without paths before them.
    pub(crate) identifiers: Vec<String>,
    /// The terms of the lexical leg, as bits, that are identifiers of the query and stand in at most [`RARE`] chunks.
    pub(crate) rare: u64,
    /// How much it looks like text that stands in the code as it is, 0 to 1.
    pub(crate) literal: f32,
    /// How much it is a description in many words, 0 to 1; see [`describedness`].
    pub(crate) described: f32,
    /// Whether it says what is done, 1, rather than what something is about, 0; less as far as it is literal. See `action`.
    pub(crate) action: f32,
    /// It has marks that messages have; identifiers and paths stand in other questions, too.
    pub(crate) message: bool,
    /// No vectors answer: they are switched off, or the query has none.
    pub(crate) without_vectors: bool,
    /// It asks for tests.
    pub(crate) tests: bool,
    /// It asks for examples, benches and the like.
    pub(crate) asides: bool,
}

impl Asked {
    pub(crate) fn new(text: &str) -> Self {
        let words = lexical::words(text);
        let any = |wanted: &[&str]| words.iter().any(|word| wanted.contains(&word.as_str()));
        let literal = literalness(text);
        let mut asked = Self {
            tests: asks_for_tests(&lexical::words(text)),
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
            literal,
            described: describedness(text) * (1.0 - literal),
            action: f32::from(action::begins_with_verb(text)) * (1.0 - literal),
            message: marks(text) > 0.0,
            without_vectors: false,
            identifiers: identifiers(text),
            weights: vec![1.0; words.len()],
            terms: Vec::new(),
            rare: 0,
            pairs: Vec::new(),
            words,
        };
        asked.pair();
        asked
    }

    fn pair(&mut self) {
        let weights = self.weights.iter().take(64).zip(0..);
        let telling: Vec<u32> = weights
            .filter(|&(&weight, _)| weight >= TELLING)
            .map(|(_, at)| at)
            .collect();
        self.pairs = telling.windows(2).map(|pair| (pair[0], pair[1])).collect();
    }

    /// Learns from the lexical leg what words weigh.
    pub(crate) fn weigh(&mut self, terms: &[QueryTerm], statistics: &[TermStatistics]) {
        self.terms = statistics.iter().map(|term| term.idf).collect();
        let of_terms = || terms.iter().zip(statistics);
        for (word, weight) in self.words.iter().zip(&mut self.weights) {
            let known = of_terms().find(|(term, _)| term.text == *word);
            *weight = known.map_or(1.0, |(_, known)| known.idf);
        }
        let is_identifier = |term: &QueryTerm| {
            let same = |identifier: &String| identifier.to_lowercase() == term.text;
            self.identifiers.iter().any(same)
        };
        let rare = of_terms()
            .take(64)
            .enumerate()
            .filter(|(_, (term, known))| {
                (1..=RARE).contains(&known.document_frequency) && is_identifier(term)
            });
        self.rare = rare.fold(0, |mask, (at, _)| mask | 1 << at);
        self.pair();
    }

    /// The share of the lexical leg's terms in a mask of them, by weight.
    pub(crate) fn share_of_terms(&self, matched: u64) -> f32 {
        weighed(&self.terms, matched)
    }

    /// What the words of `text` and of the query have in common.
    pub(crate) fn compare(&self, text: &str) -> Agreement {
        lexical::compare_words(text, &self.words, same_word)
    }

    /// The share of the query's words that a mask of them holds, by weight.
    pub(crate) fn share(&self, words: u64) -> f32 {
        weighed(&self.weights, words)
    }

    /// The share of [`Asked::pairs`] in a mask of them.
    pub(crate) fn share_of_pairs(&self, pairs: u64) -> f32 {
        let n_pairs = self.pairs.len().clamp(1, 64);
        pairs.count_ones() as f32 / n_pairs as f32
    }

    /// Whether `name` is one of the query's identifiers.
    pub(crate) fn names(&self, name: &str) -> bool {
        self.identifiers.iter().any(|identifier| identifier == name)
    }
}

/// Whether tests are what is looked for (`tests for the parser`, `unit tests of retry`, `where is retry tested`), rather than a
/// thing that the query speaks of: a test framework speaks of little else.
fn asks_for_tests(words: &[String]) -> bool {
    let is = |at: usize, wanted: &[&str]| {
        words
            .get(at)
            .is_some_and(|word| wanted.contains(&word.as_str()))
    };
    (0..words.len()).any(|at| {
        let named = is(at, &["test", "tests"]);
        let sort = at > 0 && is(at - 1, &["unit", "integration", "regression", "doc", "end"]);
        let about = at < 2
            && is(
                at + 1,
                &["for", "of", "that", "which", "covering", "case", "cases"],
            );
        is(at, &["tested"]) || named && (sort || about)
    })
}

/// The share of a text's words that the query holds.
pub(crate) fn share_asked(agreement: Agreement) -> f32 {
    if agreement.n_words == 0 {
        0.0
    } else {
        agreement.n_asked as f32 / agreement.n_words as f32
    }
}

/// The weight of the bits that are set, over that of all; from the 64th on they share the last bit.
fn weighed(weights: &[f32], mask: u64) -> f32 {
    let all: f32 = weights.iter().sum();
    let bits = weights.iter().enumerate();
    let found: f32 = bits
        .filter(|(at, _)| mask & (1 << (*at).min(63)) != 0)
        .map(|(_, weight)| weight)
        .sum();
    if all > 0.0 { found / all } else { 0.0 }
}

/// Counts what error messages and log lines have and descriptions have not: quotes and brackets, `Name:` in front, identifiers,
/// numbers. Two or more make a query literal.
fn literalness(text: &str) -> f32 {
    let is_identifier = |word: &&str| {
        let word = word.trim_matches(|c: char| !c.is_alphanumeric());
        word.contains('/') || word.contains("::") || is_compound(word)
    };
    let identifiers = text.split_whitespace().filter(is_identifier).count();
    (marks(text) + identifiers as f32 * 0.25).min(1.0)
}

/// How many words a query has, from none of 0 to 1: a topic or a place is named in a few, behaviour is described in many, and where many
/// words are asked for, the code that holds the one rare word among them is seldom meant.
fn describedness(text: &str) -> f32 {
    let n_words = text.split_whitespace().count() as f32;
    ((n_words - NAMED_IN) / (DESCRIBED_IN - NAMED_IN)).clamp(0.0, 1.0)
}

/// Quotes and brackets, `Name:`, numbers, each with what it counts.
fn marks(text: &str) -> f32 {
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
    let numbers = words
        .iter()
        .filter(|word| word.chars().any(|c| c.is_ascii_digit()))
        .count();
    quotes as f32 * 0.5 + colons as f32 * 0.5 + numbers as f32 * 0.25
}

/// Written as names in code are and words in prose are not: `poll_next`, `HashMap`, `parseURL`.
fn is_compound(word: &str) -> bool {
    word.contains('_')
        || word
            .chars()
            .skip(1)
            .zip(word.chars())
            .any(|(b, a)| a.is_lowercase() && b.is_uppercase())
}

/// The names in a text: what is compound, and the last part of what is qualified. A capital alone begins sentences, too, but
/// inside one it makes a name that a file may define.
fn identifiers(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for (at, word) in text.split_whitespace().enumerate() {
        let word = word.trim_matches(|c: char| !(c.is_alphanumeric() || c == '_'));
        let parts: Vec<&str> = word
            .split(['.', ':', '#', '/', '(', '<', '['])
            .filter(|part| !part.is_empty())
            .collect();
        for part in &parts {
            let is_capital = at > 0 && part.len() > 2 && part.starts_with(char::is_uppercase);
            if (is_compound(part) || is_capital || parts.len() > 1)
                && part.starts_with(|c: char| c.is_alphabetic() || c == '_')
            {
                found.push((*part).to_owned());
            }
        }
    }
    found.sort();
    found.dedup();
    found
}

/// Equal, or one is the other with a short ending (`parse`, `parser`, `parsing`).
pub(crate) fn same_word(a: &str, b: &str) -> bool {
    if a == b {
        return true;
    }
    let common = a.bytes().zip(b.bytes()).take_while(|(x, y)| x == y).count();
    common >= 4 && common + 3 >= a.len().max(b.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_of_a_question() {
        let of = |text: &str| identifiers(text).join(" ");
        assert_eq!(of("how the StateManager tracks state"), "StateManager");
        assert_eq!(of("Picker:find opens a floating window"), "Picker find");
        assert_eq!(of("absl::string_view for strings"), "absl string_view");
        assert_eq!(of("How values are parsed"), "");
    }

    #[test]
    fn tests_are_asked_for_or_spoken_of() {
        for asking in [
            "tests for the parser",
            "unit tests of retry",
            "where is socket_addrs tested",
            "test that covers reconnecting",
        ] {
            assert!(Asked::new(asking).tests, "{asking}");
        }
        for speaking in [
            "drop every pair that fails a test",
            "test runner worker pool",
            "how vitest discovers and runs test files",
            "mock handler for responses in tests",
        ] {
            assert!(!Asked::new(speaking).tests, "{speaking}");
        }
    }

    #[test]
    fn many_words_describe_and_text_of_code_does_not() {
        let thirteen = "waits until all of those that were started before have come to an end";
        for (text, expected) in [
            ("retry in the http client", 0.0),
            ("puts what was taken out back in order", 3.0 / 8.0),
            (thirteen, 1.0),
            (&format!("{thirteen}: ('a', 1)"), 0.0),
        ] {
            assert!(
                (Asked::new(text).described - expected).abs() < 1e-6,
                "{text}"
            );
        }
    }

    #[test]
    fn identifiers_and_paths_alone_make_no_message() {
        for message in [
            "invalid port 99999",
            "Error: no such table",
            "cannot open 'items'",
        ] {
            assert!(Asked::new(message).message, "{message}");
        }
        for other in [
            "gitignore files in WalkBuilder",
            "dashmap rayon/map",
            "what doesn't fit",
        ] {
            assert!(!Asked::new(other).message, "{other}");
        }
    }

    #[test]
    fn shares_weigh_words() {
        let mut asked = Asked::new("the parser state");
        assert!((asked.share(asked.compare("parser_state").asked) - 2.0 / 3.0).abs() < 1e-6);
        let terms = lexical::analyze_query("the parser state");
        let known = [0.0, 1.0, 3.0].map(|idf| TermStatistics {
            n_docs: 9,
            document_frequency: 1,
            idf,
        });
        asked.weigh(&terms, &known);
        assert_eq!(asked.rare, 0, "plain words are no identifiers");
        assert!((asked.share(asked.compare("State").asked) - 0.75).abs() < 1e-6);
        assert!((share_asked(asked.compare("parse_tree")) - 0.5).abs() < 1e-6);
    }
}
