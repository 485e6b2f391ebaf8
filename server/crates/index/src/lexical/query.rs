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

/// Which of `asked` (at most 64 count) some word of `text` agrees with, as a bit mask. Like [`words`], without building them.
pub fn find_words(text: &str, asked: &[String], agrees: impl Fn(&str, &str) -> bool) -> u64 {
    thread_local! {
        static TOKENIZER: RefCell<Tokenizer> = RefCell::default();
    }
    let mut found = 0;
    TOKENIZER.with_borrow_mut(|tokenizer| {
        tokenizer.run(text, |token, _| {
            for (at, word) in asked.iter().take(64).enumerate() {
                if found & (1 << at) == 0 && agrees(token, word) {
                    found |= 1 << at;
                }
            }
        });
    });
    found
}

#[cfg(test)]
mod words_tests {
    use super::words;

    #[test]
    fn identifiers_give_their_parts() {
        assert_eq!(
            words("parse HTTPServer parse_it"),
            ["parse", "http", "server", "it"]
        );
        assert_eq!(words("a b"), ["a", "b"]);
        assert!(words("").is_empty());
    }
}
