//! The terms of a query.

use std::cell::RefCell;

use super::tokenizer::{TokenKind, Tokenizer, TokenizerOptions};

/// How many distinct terms a query keeps; pasted logs are cut here. Every one has its bit in
/// [`LexicalHit::matched`](super::LexicalHit::matched).
pub const MAX_QUERY_TERMS: usize = 64;

/// One term of a query: a token and, if wished, other tokens that count as the same word.
#[derive(Debug, Clone, PartialEq)]
pub struct QueryTerm {
    /// The token, as the tokenizer emits it (lower-case).
    pub text: String,
    /// How much the term counts; [`analyze_query`] says how often the query holds it.
    pub weight: f32,
    /// Whether it is a whole word of the query or a part of one.
    pub kind: TokenKind,
    /// Tokens that count as this one (inflections, completions of a prefix, synonyms). Their occurrences are added
    /// before saturation, and the term's document frequency is that of the union.
    pub variants: Vec<Variant>,
}

/// Another token that counts as a query's term.
#[derive(Debug, Clone, PartialEq)]
pub struct Variant {
    /// The token, as the tokenizer emits it (lower-case).
    pub text: String,
    /// How much one occurrence counts against one of the term itself, usually ≤ 1.
    pub factor: f32,
}

impl QueryTerm {
    /// A term of weight 1 without variants; `text` must be a token (lower-case).
    pub fn new(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            weight: 1.0,
            kind: TokenKind::Whole,
            variants: Vec::new(),
        }
    }

    /// Adds the inflections of the word (see [`super::inflections`]), each counting `factor` of the word itself.
    #[must_use]
    pub fn with_inflections(mut self, factor: f32) -> Self {
        let forms = super::inflections(&self.text);
        self.variants
            .extend(forms.into_iter().map(|text| Variant { text, factor }));
        self
    }
}

/// The distinct terms of a query in order of first appearance, weighted by how often they appear, with the default
/// tokenizer: whole identifiers and their parts. At most [`MAX_QUERY_TERMS`].
pub fn analyze_query(text: &str) -> Vec<QueryTerm> {
    analyze_query_with(text, TokenizerOptions::default())
}

/// As [`analyze_query`], for an index with other options.
pub fn analyze_query_with(text: &str, options: TokenizerOptions) -> Vec<QueryTerm> {
    let mut terms: Vec<QueryTerm> = Vec::new();
    Tokenizer::new(options).run(text, |token, kind| {
        if let Some(term) = terms.iter_mut().find(|term| term.text == token) {
            term.weight += 1.0;
            if kind == TokenKind::Whole {
                term.kind = kind;
            }
        } else if terms.len() < MAX_QUERY_TERMS {
            terms.push(QueryTerm {
                kind,
                ..QueryTerm::new(token)
            });
        }
    });
    terms
}

/// The distinct plain words of a text, lower case, in order of first appearance: identifiers give their parts, not
/// themselves. For features and marks, not for retrieval.
pub fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut whole: Option<String> = None;
    Tokenizer::default().run(text, |token, kind| {
        let word = match kind {
            TokenKind::Whole => whole.replace(token.to_owned()),
            TokenKind::Part => {
                whole = None;
                Some(token.to_owned())
            }
        };
        if let Some(word) = word
            && !words.contains(&word)
        {
            words.push(word);
        }
    });
    if let Some(word) = whole
        && !words.contains(&word)
    {
        words.push(word);
    }
    words
}

/// What two sets of words have in common, see [`compare_words`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Agreement {
    /// Which of the asked words (at most 64 count) the text holds, as a bit mask.
    pub asked: u64,
    /// How many words the text has; of compound identifiers the parts count.
    pub n_words: u32,
    /// How many of them were asked for.
    pub n_asked: u32,
}

/// Compares the words of `text` with those of `asked`. Like [`words`], without building them.
pub fn compare_words(
    text: &str,
    asked: &[String],
    agrees: impl Fn(&str, &str) -> bool,
) -> Agreement {
    thread_local! {
        static TOKENIZER: RefCell<Tokenizer> = RefCell::default();
    }
    let mut agreement = Agreement::default();
    // A whole identifier counts as a word only if no part of it follows.
    let mut whole: Option<bool> = None;
    let count = |agreement: &mut Agreement, found: bool| {
        agreement.n_words += 1;
        agreement.n_asked += u32::from(found);
    };
    TOKENIZER.with_borrow_mut(|tokenizer| {
        tokenizer.run(text, |token, kind| {
            let mut found = 0;
            for (at, word) in asked.iter().take(64).enumerate() {
                if agrees(token, word) {
                    found |= 1 << at;
                }
            }
            agreement.asked |= found;
            let before = match kind {
                TokenKind::Whole => whole.replace(found != 0),
                TokenKind::Part => {
                    whole = None;
                    Some(found != 0)
                }
            };
            if let Some(found) = before {
                count(&mut agreement, found);
            }
        });
    });
    if let Some(found) = whole {
        count(&mut agreement, found);
    }
    agreement
}

#[cfg(test)]
mod words_tests {
    use super::{Agreement, compare_words, words};

    #[test]
    fn identifiers_give_their_parts() {
        assert_eq!(
            words("parse HTTPServer parse_it"),
            ["parse", "http", "server", "it"]
        );
        assert_eq!(words("a b"), ["a", "b"]);
        assert!(words("").is_empty());
    }

    #[test]
    fn comparing_counts_parts_of_identifiers() {
        let asked: Vec<String> = ["http", "it", "httpserver"].map(str::to_owned).to_vec();
        let compared = compare_words("parse HTTPServer parse_it", &asked, |a, b| a == b);
        let want = Agreement {
            asked: 0b111,
            n_words: 5,
            n_asked: 2,
        };
        assert_eq!(compared, want);
    }
}
