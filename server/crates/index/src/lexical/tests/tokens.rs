//! The tokenizer: golden cases and properties.

use super::*;
use proptest::prelude::*;
use std::fmt::Write;

fn tokens(text: &str) -> String {
    tokens_with(text, TokenizerOptions::default())
}

/// Wholes as they are, parts in brackets.
fn tokens_with(text: &str, options: TokenizerOptions) -> String {
    let mut out = String::new();
    Tokenizer::new(options).run(text, |token, kind| match kind {
        TokenKind::Whole => write!(out, "{token} ").unwrap(),
        TokenKind::Part => write!(out, "({token}) ").unwrap(),
    });
    out.trim_end().to_owned()
}

#[test]
fn golden() {
    for (text, expected) in [
        ("", ""),
        ("a = b_c;", "a b_c"),
        ("parse the Thing", "parse the thing"),
        ("parseHTTPHeader", "parsehttpheader (parse) (http) (header)"),
        ("HTTPServer", "httpserver (http) (server)"),
        ("__init__", "__init__ (init)"),
        ("_ __ ___", ""),
        ("_private", "_private (private)"),
        ("MAX_RETRY_COUNT", "max_retry_count (max) (retry) (count)"),
        ("utf8Decoder", "utf8decoder (utf8) (utf) (decoder)"),
        ("utf8", "utf8 (utf)"),
        ("sha256sum", "sha256sum (sha) (256) (sum)"),
        ("x86_64", "x86_64 (x86) (86) (64)"),
        ("userIDs URLs", "userids (user) (ids) urls"),
        ("eBPF iPhone", "ebpf (bpf) iphone (phone)"),
        ("0xFF 1.5 42 1_000", "0xff 1 5 42 1_000"),
        ("src/lsp/mod.rs", "src lsp mod rs"),
        ("std::io::Error", "std io error"),
        ("größeÄndern", "größeändern (größe) (ändern)"),
        ("ÉTÉ", "été"),
        ("cafe\u{301} x", "cafe\u{301} x"),
        ("İstanbul", "i\u{307}stanbul"),
        ("検索engine", "検 索 engine"),
        ("don’t—stop… now", "don t stop now"),
        ("дом_мойДом", "дом_мойдом (дом) (мой) (дом)"),
        ("🦀crab", "crab"),
    ] {
        assert_eq!(tokens(text), expected, "{text:?}");
    }
}

#[test]
fn blobs_stay_in_one_piece() {
    let base64 = "aGVsbG8gd29ybGQhIHRoaXMgaXMgYSBibG9i";
    assert_eq!(tokens(base64), base64.to_lowercase());
    let hex = "deadbeef00112233445566778899aabbccddeeff0a1b2c3d4e5f60718293a4b5c6d7e8f9";
    assert_eq!(tokens(hex), hex[..64]);
    let huge = "Ab".repeat(100_000);
    assert_eq!(tokens(&huge), "ab".repeat(32));
    assert_eq!(tokens(&"é".repeat(50_000)), "é".repeat(32));
    let long = "test_that_a_very_long_name_of_a_test_is_still_found_by_each_of_its_words";
    assert!(tokens(long).starts_with(&long[..64]) && tokens(long).ends_with("(words)"));
}

#[test]
fn stemming_is_an_addition() {
    let options = TokenizerOptions { stem: true };
    assert_eq!(
        tokens_with("parsing parse Headers parsed_headers", options),
        "parsing (pars) parse (pars) headers (header) parsed_headers (pars) (header)"
    );
    assert_ne!(options.format(), TokenizerOptions::default().format());
}

#[test]
fn queries_count_their_words() {
    let terms = analyze_query("retry Retry fooBar bar");
    let told: Vec<_> = terms
        .iter()
        .map(|term| (term.text.as_str(), term.weight, term.kind))
        .collect();
    assert_eq!(
        told,
        [
            ("retry", 2.0, TokenKind::Whole),
            ("foobar", 1.0, TokenKind::Whole),
            ("foo", 1.0, TokenKind::Part),
            ("bar", 2.0, TokenKind::Whole),
        ]
    );
    let many: Vec<_> = (0..200).map(|i| format!("w{i}x")).collect();
    assert_eq!(analyze_query(&many.join(" ")).len(), MAX_QUERY_TERMS);
}

proptest! {
    #[test]
    fn never_panics_and_keeps_its_promises(text in "\\PC{0,300}", stem: bool) {
        Tokenizer::new(TokenizerOptions { stem }).run(&text, |token, _| {
            assert!(!token.is_empty() && token.len() <= 64);
            assert!(token.chars().all(|c| !c.is_ascii_uppercase() && !c.is_whitespace()));
        });
    }

    #[test]
    fn any_bytes_of_identifiers(text in "[a-zA-Z0-9_ÀéßĀ\u{301}検\u{200d}İ ]{0,400}", stem: bool) {
        Tokenizer::new(TokenizerOptions { stem }).run(&text, |token, _| assert!(token.len() <= 64));
    }

    #[test]
    fn parts_of_a_joined_identifier_are_found(words in prop::collection::vec("[a-z]{2,9}", 1..6), style in 0..4) {
        let upper_first = |word: &String| word[..1].to_uppercase() + &word[1..];
        let joined = match style {
            0 => words.join("_"),
            1 => words.join("_").to_uppercase(),
            2 => words.iter().map(upper_first).collect(),
            _ => words[0].clone() + &words[1..].iter().map(upper_first).collect::<String>(),
        };
        let mut found = Vec::new();
        Tokenizer::default().run(&joined, |token, _| found.push(token.to_owned()));
        for word in &words {
            prop_assert!(found.contains(word), "{} not in {:?} of {}", word, found, joined);
        }
        prop_assert!(joined.len() > 64 || found.contains(&joined.to_lowercase()));
    }
}
