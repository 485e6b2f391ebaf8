//! Texts that would end the process inside a grammar's scanner, and such as nest beyond all use. What fails here without its
//! guard takes the whole test program with it, or a minute.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::fmt::Write;
use std::sync::Arc;
use symseek_base::{Cancel, Edit};
use symseek_syntax::{Document, FileFacts, Language, facts};

fn of(language: &str, text: &str) -> FileFacts {
    let facts = facts(text, Some(Language::by_name(language).unwrap()));
    let found: usize = facts
        .chunks
        .iter()
        .map(|it| it.lines.count() as usize)
        .sum();
    let lines = text.lines().filter(|line| !line.trim().is_empty()).count();
    assert!(found >= lines, "{language}: {found} of {lines} lines");
    facts
}

fn stairs(n: usize, step: &str) -> String {
    (0..n).fold(String::new(), |mut text, depth| {
        writeln!(text, "{}{step}", " ".repeat(depth)).unwrap();
        text
    })
}

/// Texts just within what a scanner holds, and beyond it.
fn cases() -> Vec<(&'static str, String, String)> {
    let python = |n| format!("{}{}x = 'a'\n", stairs(n, "if a:"), " ".repeat(n));
    let heredoc = |n: usize| {
        let word = "A".repeat(n);
        format!("x = <<{word}\n a\n{word}\n")
    };
    let heredocs = |n: usize| {
        let words = ["B".repeat(196).as_str(); 5].map(|word| format!("<<{word}"));
        format!("x = [{}, <<{}]\n a\n", words.join(", "), "C".repeat(n))
    };
    vec![
        ("yaml", stairs(240, "a:"), stairs(254, "a:")),
        ("yaml", stairs(120, "- a:"), stairs(400, "- a:")),
        ("yaml", "- ".repeat(240) + "a", "- ".repeat(400) + "a"),
        ("yaml", "- &b ".repeat(200) + "a", "? ".repeat(400)),
        (
            "yaml",
            "--- ".to_owned(),
            "--- ".to_owned() + &"- ".repeat(300),
        ),
        (
            "yaml",
            "\u{feff}a: b".to_owned(),
            "\u{feff}".to_owned() + &"- ".repeat(300),
        ),
        ("python", python(300), python(511)),
        ("ruby", heredoc(190), heredoc(256)),
        ("ruby", heredoc(200), heredoc(1_019)),
        ("ruby", "x = <<'a b'\n c\na b\n".to_owned(), heredocs(19)),
    ]
}

#[test]
fn what_a_scanner_cannot_hold_is_cut_into_windows() {
    for (language, fits, too_much) in cases() {
        assert_eq!(of(language, &fits).degraded, None, "{language}");
        let facts = of(language, &too_much);
        assert!(facts.degraded.is_some(), "{language} {too_much:.20}");
        assert!(facts.symbols.is_empty());
    }
}

#[test]
fn an_edit_that_makes_it_too_much_is_no_different() {
    for (language, fits, too_much) in cases() {
        let language = Language::by_name(language);
        let mut document = Document::open(fits.as_str().into(), language);
        for (old, new) in [(&fits, &too_much), (&too_much, &fits)] {
            let edit = Edit::replace(old, 0, old.len(), new);
            let text: Arc<str> = new.as_str().into();
            document.edit(&[edit], text, &Cancel::new()).unwrap();
            assert_eq!(**document.facts(), facts(new, language));
        }
        // Typed at the end, so that the tree of what stands before is used again.
        let typed = format!("{fits}\n{}", too_much.trim_start_matches('\u{feff}'));
        let at = fits.len();
        let edit = Edit::replace(&fits, at, at, &typed[at..]);
        document
            .edit(&[edit], typed.as_str().into(), &Cancel::new())
            .unwrap();
        assert!(document.facts().degraded.is_some());
    }
}

#[test]
fn parts_in_another_language_are_guarded_as_well() {
    for (language, _, too_much) in cases() {
        let page = format!("# Title\n\n```{language}\n{too_much}\n```\n");
        assert_eq!(of("markdown", &page).degraded, None);
    }
    of(
        "markdown",
        &format!("---\n{}---\n# Title\n", stairs(300, "a:")),
    );
}

/// Kotlin's scanner does not see the end of the text behind an `@`.
#[test]
fn an_annotation_at_the_end_of_a_kotlin_file_ends() {
    let class = "class A(val a: Int) {\n    fun f() = 1\n}\n";
    let language = Language::by_name("kotlin");
    for typed in [
        "@Inject",
        "@",
        "@Named(\"é\")",
        "fun g() = this@A",
        "class B\n\n@",
        "/* c */@a@b",
        "class B { val x = 1 }\n@x",
    ] {
        let text = format!("{class}{typed}");
        let facts = of("kotlin", &text);
        assert_eq!(facts.degraded, None);
        assert!(facts.symbols.iter().any(|symbol| symbol.name == "f"));
        let mut document = Document::open(class.into(), language);
        let mut before = class.to_owned();
        for at in typed.char_indices().map(|(at, c)| at + c.len_utf8()) {
            let now = format!("{class}{}", &typed[..at]);
            let edit = Edit::replace(&before, before.len(), before.len(), &now[before.len()..]);
            let text: Arc<str> = now.as_str().into();
            document.edit(&[edit], text, &Cancel::new()).unwrap();
            before = now;
        }
        assert_eq!(**document.facts(), facts);
    }
}

#[test]
fn deep_nesting_costs_no_more_than_its_length() {
    for (language, open, close) in [
        ("rust", "mod a {", "}"),
        ("rust", "fn f() {", "}"),
        ("css", "a {", "}"),
        ("protobuf", "message A {", "}"),
        ("javascript", "class A { m() {", "}}"),
    ] {
        let n = 5_000;
        let text = format!(
            "{}{}",
            format!("{open}\n").repeat(n),
            format!("{close}\n").repeat(n)
        );
        let facts = of(language, &text);
        let named: usize = facts.symbols.iter().map(|it| it.qualified.len()).sum();
        assert!(
            (2..200).contains(&facts.symbols.len()),
            "{language} {}",
            facts.symbols.len()
        );
        assert!(named < 20_000, "{language} {named}");
    }
}

#[test]
fn a_long_name_is_not_repeated_in_all_that_it_holds() {
    let members = (0..2_000).fold(String::new(), |mut text, n| {
        writeln!(text, "\"k{n}\": {{\"a\": 1}},").unwrap();
        text
    });
    let text = format!("{{\"{}\": {{\n{members}\"z\": 1}}}}\n", "x".repeat(20_000));
    let facts = of("json", &text);
    let named: usize = facts.symbols.iter().map(|it| it.qualified.len()).sum();
    assert!(facts.symbols.len() > 1_000, "{}", facts.symbols.len());
    assert!(named < 200_000, "{named}");
}
