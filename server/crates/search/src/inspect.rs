//! A second look at the best candidates: measures that need their text, vectors of their names, or their calls, and would cost
//! too much for all of them.
//!
//! Measures only, like `features`, which names them; `rank` weighs the two passes by weights of their own.

use std::cell::RefCell;

use rustc_hash::FxHashMap;
use symseek_base::{ByteRange, Embedding};
use symseek_index::lexical::{TokenKind, Tokenizer};
use symseek_syntax::{Chunk, FileFacts, ReferenceKind};

use crate::answer::Texts;
use crate::asked::{Asked, same_word};
use crate::features::{Feature, is_folder_file, stem};
use crate::legs::Meaning;
use crate::message::Message;
use crate::rank::Candidate;
use crate::scent::Scent;

/// Lines of a candidate that are read.
const MAX_LINES: usize = 400;
/// So like some literal is what shares a word or two with it by chance: it says nothing.
const CHANCE: f32 = 0.3;
/// A name that more candidates have says nothing about who calls whom.
const MAX_NAMESAKES: usize = 5;

/// Sets the features of the second pass. `text` is the query, `query` its vector.
pub(crate) fn compute(
    candidates: &mut [Candidate<'_>],
    asked: &Asked,
    text: &str,
    query: &Embedding,
    meaning: &dyn Meaning,
    texts: &mut Texts,
) {
    let scent = Scent::of(&asked.words);
    // Words of a description would fit some literal, too: a help text, a log line about the same thing.
    let is_message = asked.message && text.contains(char::is_whitespace);
    let message =
        is_message.then(|| Message::new(text, |word| asked.share(asked.compare(word).asked)));
    for candidate in candidates.iter_mut() {
        let Some((chunk, facts)) = candidate.handle.chunk() else {
            continue;
        };
        let name = facts.chunk_symbol(chunk).map_or("", |symbol| &symbol.name);
        let path = candidate.handle.file.path();
        let folder = path.directory().rsplit('/').next().unwrap_or("");
        let stem = match stem(path.file_name()) {
            stem if is_folder_file(stem) => "",
            stem => stem,
        };
        let named = meaning.vector(&format!("{folder} {stem} {name}"));
        let likeness = named.map_or(0.0, |it| it.similarity(query));
        candidate.set(Feature::NameVector, likeness);
        if let Some(source) = texts.of(candidate) {
            let seen = Seen::of(&source.text, chunk, facts, asked, &scent);
            candidate.set(Feature::CodeCoverage, asked.share(seen.code));
            candidate.set(Feature::Phrase, asked.share_of_pairs(seen.pairs));
            if let Some(message) = &message {
                let likeness = message.likeness(chunk.range.slice(&source.text));
                candidate.set(
                    Feature::Message,
                    (likeness - CHANCE).max(0.0) / (1.0 - CHANCE),
                );
            }
        }
    }
    called(candidates);
}

/// How well the best candidate that calls this one fits the words and the meaning of the query: what a good match calls
/// does part of what was asked.
fn called(candidates: &mut [Candidate<'_>]) {
    let mut by_name: FxHashMap<&str, Vec<usize>> = FxHashMap::default();
    for (at, candidate) in candidates.iter().enumerate() {
        if let Some((chunk, facts)) = candidate.handle.chunk()
            && let Some(symbol) = facts.chunk_symbol(chunk)
        {
            by_name.entry(&symbol.name).or_default().push(at);
        }
    }
    let mut best = vec![0.0_f32; candidates.len()];
    for (at, candidate) in candidates.iter().enumerate() {
        let Some((chunk, facts)) = candidate.handle.chunk() else {
            continue;
        };
        let fit = candidate.feature(Feature::Lexical) + candidate.feature(Feature::Vector);
        for name in called_names(chunk, facts) {
            let Some(called) = by_name.get(name) else {
                continue;
            };
            if called.len() <= MAX_NAMESAKES {
                for &other in called.iter().filter(|&&other| other != at) {
                    best[other] = best[other].max(fit);
                }
            }
        }
    }
    for (candidate, fit) in candidates.iter_mut().zip(best) {
        candidate.set(Feature::Called, fit);
    }
}

fn called_names<'a>(chunk: &Chunk, facts: &'a FileFacts) -> impl Iterator<Item = &'a str> {
    let range = chunk.range;
    let first = facts
        .references
        .partition_point(|reference| reference.range.start < range.start);
    let inside = facts.references[first..]
        .iter()
        .take_while(move |reference| reference.range.start < range.end);
    inside
        .filter(|reference| matches!(reference.kind, ReferenceKind::Call | ReferenceKind::Macro))
        .map(|reference| reference.name.as_str())
}

/// Where the query's words stand in a chunk, as masks of them.
#[derive(Debug, Default, PartialEq)]
struct Seen {
    /// In lines that are no comments.
    code: u64,
    /// Pairs of neighbouring query words (see [`Asked::pairs`]) that are neighbours here, too.
    pairs: u64,
}

impl Seen {
    fn of(text: &str, chunk: &Chunk, facts: &FileFacts, asked: &Asked, scent: &Scent) -> Self {
        thread_local! {
            static TOKENIZER: RefCell<Tokenizer> = RefCell::default();
        }
        let mut seen = Self::default();
        let docs: Vec<ByteRange> = docs_inside(chunk, facts);
        let mut start = chunk.range.start;
        TOKENIZER.with_borrow_mut(|tokenizer| {
            for line in chunk.range.slice(text).split('\n').take(MAX_LINES) {
                let mut words = Neighbours::new(asked);
                scent.for_each_run(line, |run| match run {
                    Some(run) => tokenizer.run(run, |token, kind| words.see(token, kind)),
                    None => words.see_other(),
                });
                words.end_word();
                seen.pairs |= words.pairs;
                let is_doc = docs.iter().any(|doc| doc.contains_offset(start));
                if !is_doc && !is_comment(line) {
                    seen.code |= words.seen;
                }
                start += line.len() as u32 + 1;
            }
        });
        seen
    }
}

/// The documentation of symbols that lies in the chunk.
fn docs_inside(chunk: &Chunk, facts: &FileFacts) -> Vec<ByteRange> {
    let first = facts
        .symbols
        .partition_point(|symbol| symbol.range.start < chunk.range.start);
    let own = facts.chunk_symbol(chunk);
    let inside = facts.symbols[first..]
        .iter()
        .take_while(|symbol| symbol.range.start < chunk.range.end);
    own.into_iter()
        .chain(inside)
        .filter_map(|symbol| symbol.doc)
        .collect()
}

/// Begins like a comment of the usual languages; documentation is known from the facts.
fn is_comment(line: &str) -> bool {
    let line = line.trim_start();
    ["//", "/*", "* ", "*/", "# ", "##", "-- ", ";;", "\"\"\""]
        .iter()
        .any(|mark| line.starts_with(mark))
        || line == "*"
        || line == "#"
}

/// Finds query words, and pairs of them, in a stream of tokens.
struct Neighbours<'a> {
    asked: &'a Asked,
    /// A whole identifier that is a word unless parts of it follow.
    whole: Option<u64>,
    last: u64,
    seen: u64,
    pairs: u64,
}

impl<'a> Neighbours<'a> {
    fn new(asked: &'a Asked) -> Self {
        Self {
            asked,
            whole: None,
            last: 0,
            seen: 0,
            pairs: 0,
        }
    }

    fn see(&mut self, token: &str, kind: TokenKind) {
        let words = self.asked.words.iter().take(64).enumerate();
        let mask = words
            .filter(|(_, word)| same_word(token, word))
            .fold(0, |mask, (at, _)| mask | 1 << at);
        self.seen |= mask;
        match kind {
            TokenKind::Whole => {
                self.end_word();
                self.whole = Some(mask);
            }
            TokenKind::Part => {
                self.whole = None;
                self.follow(mask);
            }
        }
    }

    /// An identifier without any query word.
    fn see_other(&mut self) {
        self.end_word();
        self.last = 0;
    }

    fn end_word(&mut self) {
        if let Some(mask) = self.whole.take() {
            self.follow(mask);
        }
    }

    fn follow(&mut self, mask: u64) {
        if self.last != 0 && mask != 0 {
            for (at, (first, second)) in self.asked.pairs.iter().take(64).enumerate() {
                if self.last & (1 << first) != 0 && mask & (1 << second) != 0 {
                    self.pairs |= 1 << at;
                }
            }
        }
        self.last = mask;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    fn seen(text: &str, query: &str) -> (Asked, Seen) {
        let path = symseek_base::RelPath::new("a.rs").unwrap();
        let facts = symseek_syntax::facts(text, symseek_syntax::detect(&path, text));
        let asked = Asked::new(query);
        let scent = Scent::of(&asked.words);
        let seen = Seen::of(text, &facts.chunks[0], &facts, &asked, &scent);
        (asked, seen)
    }

    /// Every identifier has a scent that holds everything.
    fn seen_without_scent(text: &str, query: &str) -> Seen {
        let path = symseek_base::RelPath::new("a.txt").unwrap();
        let facts = symseek_syntax::facts(text, symseek_syntax::detect(&path, text));
        let all = Scent::of_everything();
        Seen::of(text, &facts.chunks[0], &facts, &Asked::new(query), &all)
    }

    proptest::proptest! {
        #[test]
        fn the_scent_changes_nothing(
            text in "[a-cA-C_0-2 .äÄé\n]{1,80}[a-c]",
            query in "[a-cA-C_0-2ä]{1,6}( [a-c1]{1,5}){0,4}",
        ) {
            let path = symseek_base::RelPath::new("a.txt").unwrap();
            let facts = symseek_syntax::facts(&text, symseek_syntax::detect(&path, &text));
            let asked = Asked::new(&query);
            let quick = Seen::of(&text, &facts.chunks[0], &facts, &asked, &Scent::of(&asked.words));
            let slow = seen_without_scent(&text, &query);
            proptest::prop_assert_eq!(quick, slow);
        }
    }

    #[test]
    fn words_in_comments_are_not_in_code() {
        let text = "/// Evicts stale entries.\nfn evict() {\n    // stale\n    drop(entries);\n}\n";
        let (asked, seen) = seen(text, "evict stale entries");
        assert!(
            (asked.share(seen.code) - 2.0 / 3.0).abs() < 1e-6,
            "{seen:?}"
        );
    }

    #[test]
    fn neighbours_in_the_query_are_looked_for_as_neighbours() {
        let (asked, seen) = seen("fn parse_config_file() {}\n", "parse the config file");
        // "the" weighs as much as the others here: nothing told what words weigh.
        assert!(
            (asked.share_of_pairs(seen.pairs) - 1.0 / 3.0).abs() < 1e-6,
            "{seen:?}"
        );
    }
}
