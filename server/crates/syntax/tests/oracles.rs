//! What must hold on any text: every line is in a chunk, incremental facts equal fresh facts, nothing panics.
#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "tests")]

mod common;

use common::{Dice, assert_sound, language, samples, sources};
use proptest::prelude::*;
use std::sync::Arc;
use symseek_base::{Cancel, Edit};
use symseek_syntax::{ChunkKind, Document, detect, diff, facts};

/// How many real files per language; `SYMSEEK_FILES` for more.
fn n_files() -> usize {
    std::env::var("SYMSEEK_FILES").map_or(250, |n| n.parse().unwrap())
}

#[test]
fn every_line_of_real_files_is_in_a_chunk() {
    for name in ["rust", "python"] {
        let (mut n_lines, mut n_chunks, mut shared, mut degraded, mut errors) = (0, 0, 0, 0, 0);
        let mut slivers = 0;
        let files = sources(name, n_files());
        for (path, text) in &files {
            let facts = facts(text, language(name));
            shared += assert_sound(text, &facts, &path.display().to_string());
            n_lines += facts.n_lines;
            n_chunks += facts.chunks.len();
            degraded += usize::from(facts.degraded.is_some());
            errors += usize::from(facts.has_errors);
            slivers += facts
                .chunks
                .iter()
                .filter(|c| c.kind == ChunkKind::Gap && c.lines.count() <= 2)
                .count();
        }
        eprintln!(
            "{name}: {} files, {n_lines} lines, {n_chunks} chunks, {slivers} gaps of 1-2 lines, {shared} lines in two chunks, \
             {degraded} degraded, {errors} with errors",
            files.len()
        );
    }
}

#[test]
fn incremental_facts_equal_fresh_facts() {
    for name in ["rust", "python"] {
        let files: Vec<_> = sources(name, n_files() / 4)
            .into_iter()
            .filter(|(_, text)| text.len() < 60_000)
            .collect();
        let (mut steps, mut erroneous, mut differ, mut clean_differ) = (0, 0, 0, 0);
        for (idx, (path, original)) in files.iter().enumerate() {
            let mut dice = Dice(0x9E37_79B9 + idx as u64);
            let mut document = Document::open(original.as_str().into(), language(name));
            for _ in 0..12 {
                let mut text = document.text().to_string();
                let mut edits = Vec::new();
                for _ in 0..=dice.roll(2) {
                    let (edit, next) = random_edit(&mut dice, &text);
                    edits.push(edit);
                    text = next;
                }
                document
                    .edit(&edits, Arc::from(text.as_str()), &Cancel::new())
                    .unwrap();
                let fresh = facts(&text, language(name));
                steps += 1;
                let same = **document.facts() == fresh;
                if document.facts().has_errors {
                    erroneous += 1;
                    differ += usize::from(!same);
                } else if !same {
                    clean_differ += 1;
                    eprintln!("{}: differs without errors", path.display());
                }
                let was = document.facts().clone();
                let changed = document.settle(&Cancel::new()).unwrap();
                assert_eq!(**document.facts(), fresh, "{}", path.display());
                assert_eq!(changed, *was != fresh, "{}", path.display());
            }
        }
        eprintln!(
            "{name}: {steps} edits, {erroneous} left errors, {differ} of those differed before settle(); {clean_differ} without errors differed"
        );
        assert_eq!(clean_differ, 0);
    }
}

/// The same without settling in between: errors and history pile up, as they do while somebody types. Also checks
/// that the comparison means something: that parses were incremental, and that stale facts are told from fresh ones.
#[test]
fn a_long_history_is_settled_in_the_end() {
    for name in ["rust", "python"] {
        let files: Vec<_> = sources(name, n_files() / 4)
            .into_iter()
            .filter(|(_, text)| text.len() < 60_000)
            .collect();
        let (
            mut steps,
            mut incremental,
            mut unchanged,
            mut erroneous,
            mut differ,
            mut clean_differ,
        ) = (0, 0, 0, 0, 0, 0);
        for (idx, (path, original)) in files.iter().enumerate() {
            let mut dice = Dice(0xB529_7A4D + idx as u64);
            let mut document = Document::open(original.as_str().into(), language(name));
            for _ in 0..15 {
                let before = document.facts().clone();
                let text = document.text().to_string();
                let (edit, text) = random_edit(&mut dice, &text);
                document
                    .edit(&[edit], Arc::from(text.as_str()), &Cancel::new())
                    .unwrap();
                let fresh = facts(&text, language(name));
                steps += 1;
                unchanged += usize::from(*before == fresh);
                let same = **document.facts() == fresh;
                if document.facts().has_errors {
                    erroneous += 1;
                    incremental += usize::from(document.is_unsettled());
                    differ += usize::from(!same);
                } else if !same {
                    clean_differ += 1;
                    eprintln!("{}: differs without errors", path.display());
                }
            }
            document.settle(&Cancel::new()).unwrap();
            assert_eq!(
                **document.facts(),
                facts(document.text(), language(name)),
                "{}",
                path.display()
            );
        }
        eprintln!(
            "{name}, unsettled: {steps} edits ({unchanged} changed no fact), {erroneous} left errors, {incremental} of those parsed \
             incrementally, {differ} differed; {clean_differ} without errors differed"
        );
    }
}

/// The control for the two tests above: an edit told to the tree in the wrong place (same length, so that it adds up)
/// must show as a difference, else "none differed" would say nothing. And an incremental parse must be cheaper.
#[test]
fn the_comparison_notices_a_wrong_edit() {
    for name in ["rust", "python"] {
        let (mut lies, mut noticed) = (0, 0);
        let (mut incremental, mut whole) = (std::time::Duration::ZERO, std::time::Duration::ZERO);
        for (idx, (_, text)) in sources(name, n_files() / 4).into_iter().enumerate() {
            if !(5_000..60_000).contains(&text.len()) || !text.is_ascii() {
                continue;
            }
            let mut dice = Dice(0x51_ED27 + idx as u64);
            let at = text.len() / 4 + dice.roll(text.len() / 4);
            let wrong = text.len() - 1 - dice.roll(text.len() / 8);
            let inserted = ["fn f(", "\n\nx = (1\n"][usize::from(name == "python")];
            let new: Arc<str> = format!("{}{inserted}{}", &text[..at], &text[at..]).into();
            let mut honest = Document::open(text.as_str().into(), language(name));
            let mut lied_to = honest.clone();
            let start = std::time::Instant::now();
            honest
                .edit(
                    &[Edit::replace(&text, at, at, inserted)],
                    new.clone(),
                    &Cancel::new(),
                )
                .unwrap();
            incremental += start.elapsed();
            lied_to
                .edit(
                    &[Edit::replace(&text, wrong, wrong, inserted)],
                    new.clone(),
                    &Cancel::new(),
                )
                .unwrap();
            let start = std::time::Instant::now();
            let fresh = facts(&new, language(name));
            whole += start.elapsed();
            assert_eq!(**honest.facts(), fresh);
            lies += 1;
            noticed += usize::from(**lied_to.facts() != fresh);
        }
        eprintln!(
            "{name}: {noticed} of {lies} wrong edits noticed; incremental {incremental:?}, fresh {whole:?}"
        );
        assert!(noticed * 2 > lies, "{name}: {noticed} of {lies}");
    }
}

/// Gentle edits, which mostly leave no error: there the facts must be right without settling.
#[test]
fn error_free_trees_need_no_settling() {
    for name in ["rust", "python"] {
        let (mut clean, mut erroneous, mut differ) = (0, 0, 0);
        for (idx, (path, text)) in sources(name, n_files() / 4).into_iter().enumerate() {
            if text.len() > 60_000 || facts(&text, language(name)).has_errors {
                continue;
            }
            let mut dice = Dice(0x00C0_FFEE + idx as u64);
            let mut document = Document::open(text.as_str().into(), language(name));
            for _ in 0..15 {
                let text = document.text().to_string();
                let mut at = dice.border(&text);
                let inserted = match dice.roll(3) {
                    // Longer identifiers and numbers.
                    0 => {
                        at += text[at..]
                            .find(|c: char| c.is_ascii_alphanumeric())
                            .unwrap_or(0);
                        text[at..]
                            .chars()
                            .next()
                            .filter(char::is_ascii_alphanumeric)
                            .map_or(String::new(), String::from)
                    }
                    1 => {
                        at += text[at..].find('\n').unwrap_or(text.len() - at);
                        "\n".to_owned()
                    }
                    _ => {
                        at += text[at..].find('\n').unwrap_or(text.len() - at);
                        if name == "rust" {
                            " // note".to_owned()
                        } else {
                            "  # note".to_owned()
                        }
                    }
                };
                let edit = Edit::replace(&text, at, at, &inserted);
                let new = format!("{}{inserted}{}", &text[..at], &text[at..]);
                document
                    .edit(&[edit], Arc::from(new.as_str()), &Cancel::new())
                    .unwrap();
                if document.facts().has_errors {
                    erroneous += 1;
                    continue;
                }
                clean += 1;
                if **document.facts() != facts(&new, language(name)) {
                    differ += 1;
                    eprintln!("{}: differs without errors", path.display());
                }
            }
        }
        eprintln!(
            "{name}, gentle: {clean} without errors, {differ} of those differed; {erroneous} with errors"
        );
        assert_eq!(differ, 0);
        assert!(clean > erroneous);
    }
}

/// Typing, deleting, pasting, moving a line: what hands do.
fn random_edit(dice: &mut Dice, text: &str) -> (Edit, String) {
    const PIECES: [&str; 14] = [
        "x",
        " ",
        "\n",
        "(",
        ")",
        "{",
        "}",
        "foo(bar)",
        "fn f() {}\n",
        "def f():\n    pass\n",
        "// note\n",
        "\"",
        "# note\n",
        "é",
    ];
    let at = dice.border(text);
    let (start, end, inserted) = match dice.roll(4) {
        0 => {
            let mut end = (at + dice.roll(30)).min(text.len());
            while !text.is_char_boundary(end) {
                end += 1;
            }
            (at, end, String::new())
        }
        1 => {
            // A whole line away.
            let start = text[..at].rfind('\n').map_or(0, |at| at + 1);
            let end = text[at..].find('\n').map_or(text.len(), |len| at + len + 1);
            (start, end, String::new())
        }
        2 => {
            let from = dice.border(text);
            let line = text[from..].lines().next().unwrap_or("");
            (at, at, format!("{line}\n"))
        }
        _ => (at, at, PIECES[dice.roll(PIECES.len())].to_owned()),
    };
    let edit = Edit::replace(text, start, end, &inserted);
    (
        edit,
        format!("{}{inserted}{}", &text[..start], &text[end..]),
    )
}

#[test]
fn mutilated_files_stay_sound() {
    for name in ["rust", "python"] {
        for (idx, (path, text)) in sources(name, n_files() / 4).into_iter().enumerate() {
            let mut dice = Dice(77 + idx as u64);
            for _ in 0..4 {
                let mut bytes = text.clone().into_bytes();
                bytes.truncate(dice.roll(bytes.len() + 1));
                for _ in 0..dice.roll(12) {
                    let at = dice.roll(bytes.len());
                    let junk: &[u8] = [
                        &b"\0"[..],
                        b"\r\n",
                        b"\xf0\x9f\xa6\x80",
                        b"{",
                        b"\"",
                        b"'",
                        b"\xff",
                        b"(",
                        b"\\\n",
                    ][dice.roll(9)];
                    let end = (at + dice.roll(3)).min(bytes.len());
                    bytes.splice(at.min(end)..end, junk.iter().copied());
                }
                let text = String::from_utf8_lossy(&bytes);
                assert_sound(
                    &text,
                    &facts(&text, language(name)),
                    &path.display().to_string(),
                );
            }
        }
    }
}

/// The sources of the query packs' own tests, in every language: cut at random bytes, and edited at random.
#[test]
fn samples_of_every_language_stay_sound() {
    let samples = samples();
    assert!(samples.len() > 30, "{}", samples.len());
    let (mut n_cuts, mut n_edits, mut differ) = (0, 0, 0);
    for (idx, (path, text)) in samples.iter().enumerate() {
        let name = path.as_str();
        let language = detect(path, text);
        assert!(language.is_some(), "{name}");
        assert_sound(text, &facts(text, language), name);
        let mut dice = Dice(0x51ED_270B + idx as u64);
        for _ in 0..12 {
            let cut = &text[..dice.border(text)];
            assert_sound(cut, &facts(cut, language), name);
            n_cuts += 1;
        }
        let mut document = Document::open(text.as_str().into(), language);
        for _ in 0..12 {
            let (edit, text) = random_edit(&mut dice, document.text());
            document
                .edit(&[edit], Arc::from(text.as_str()), &Cancel::new())
                .unwrap();
            let fresh = facts(&text, language);
            assert_sound(&text, &fresh, name);
            n_edits += 1;
            if !document.facts().has_errors && **document.facts() != fresh {
                differ += 1;
                eprintln!("{name}: differs without errors");
            }
            document.settle(&Cancel::new()).unwrap();
            if document.facts().has_errors {
                assert_eq!(**document.facts(), fresh, "{name}");
            }
        }
    }
    eprintln!(
        "{} samples, {n_cuts} cuts, {n_edits} edits, {differ} differ",
        samples.len()
    );
    assert_eq!(differ, 0);
}

#[test]
fn foreign_texts_stay_sound() {
    // A file in the wrong language, and in none.
    for (path, text) in sources("python", 40) {
        assert_sound(
            &text,
            &facts(&text, language("rust")),
            &path.display().to_string(),
        );
        assert_sound(&text, &facts(&text, None), &path.display().to_string());
    }
    let crlf = sources("rust", 20);
    for (path, text) in crlf {
        let text = format!("\u{feff}{}", text.replace('\n', "\r\n"));
        assert_sound(
            &text,
            &facts(&text, language("rust")),
            &path.display().to_string(),
        );
        assert_sound(&text, &facts(&text, None), &path.display().to_string());
    }
}

#[test]
fn extreme_texts_stay_sound() {
    let deep = |open: &str, close: &str, n: usize| format!("{}{}", open.repeat(n), close.repeat(n));
    let cases = [
        String::new(),
        "\n\n\n".to_owned(),
        "\u{feff}".to_owned(),
        "\0".to_owned(),
        "x".repeat(200_000),
        format!("fn f() {{ {} }}", "a(); ".repeat(40_000)),
        format!("fn f() {{ {} }}", deep("{", "}", 10_000)),
        format!("fn f() {{ {} }}", deep("(", ")", 10_000)),
        "{".repeat(10_000),
        "(".repeat(10_000),
        "}".repeat(10_000),
        deep("mod a { ", "}", 5_000),
        deep("m! { ", "}", 3_000),
        format!("fn f() {{ x{} }}", " + x".repeat(20_000)),
        format!("use {};", deep("a::{", "}", 5_000)),
        deep("class A:\n ", "", 2_000),
        "é".repeat(100_000),
        "# heading\n".repeat(3_000),
        "line\n".repeat(400_000),
    ];
    for (idx, text) in cases.iter().enumerate() {
        for name in ["rust", "python", "none"] {
            let start = std::time::Instant::now();
            assert_sound(
                text,
                &facts(text, language(name)),
                &format!("case {idx} {name}"),
            );
            let took = start.elapsed();
            if took.as_millis() > 500 {
                eprintln!("case {idx} as {name}: {took:?}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_tokens_stay_sound(parts in proptest::collection::vec(proptest::sample::select(vec![
        "fn ", "f", "(", ")", "{", "}", "impl ", "T", " for ", "#[test]", "///d\n", "//c\n", "//!i\n", "\n", "mod ", "use a::{b, c as d};",
        "m! {", "pub ", "struct ", ";", "::", "x.y(z)", "vec![g(1)]", "\u{1f980}", "\r\n", "const A: u8 = 1;", "enum E { A, B(u8) }", "\0",
        "def ", "class ", ":", "    ", "pass", "@d\n", "import a.b as c", "from . import *", "\"\"\"", "x = 1\n", "async ", "<T>", "$x",
    ]), 0..60)) {
        let text: String = parts.concat();
        for name in ["rust", "python", "none"] {
            assert_sound(&text, &facts(&text, language(name)), name);
        }
    }

    #[test]
    fn a_delta_accounts_for_every_chunk(a in "([ab]{1,3}\n\n){0,40}", b in "([ab]{1,3}\n\n){0,40}") {
        let (old, new) = (facts(&a, None), facts(&b, None));
        let delta = diff(&old, &new);
        prop_assert_eq!(delta.moved.len() + delta.removed.len(), old.chunks.len());
        prop_assert_eq!(delta.moved.len() + delta.added.len(), new.chunks.len());
        for &(was, is) in &delta.moved {
            prop_assert_eq!(old.chunks[was as usize].hash, new.chunks[is as usize].hash);
        }
        let same = diff(&new, &new);
        prop_assert!(same.added.is_empty() && same.removed.is_empty());
        prop_assert!(same.moved.iter().all(|(was, is)| was == is));
    }
}
