//! One document against a plain string: random edits in every encoding, bad ones, repeated ones.

use crate::lsp::document::{Applied, BadEdit, Document};
use crate::lsp::position::Encoding;
use proptest::prelude::*;
use symseek_base::Edit;
use tower_lsp::lsp_types::{Position, Range, TextDocumentContentChangeEvent as ContentChange};

fn edit(start: (u32, u32), end: (u32, u32), text: &str) -> ContentChange {
    let at = |(line, character)| Position { line, character };
    ContentChange {
        range: Some(Range::new(at(start), at(end))),
        range_length: None,
        text: text.to_owned(),
    }
}

fn full(text: &str) -> ContentChange {
    ContentChange {
        range: None,
        range_length: None,
        text: text.to_owned(),
    }
}

/// The protocol's rules over a plain string, written without looking at the rope.
fn naive_offset(text: &str, line: u32, character: u32, encoding: Encoding) -> Option<usize> {
    let mut start = 0;
    for _ in 0..line {
        match text[start..].find('\n') {
            Some(at) => start += at + 1,
            None if start < text.len() || line == 0 => return None,
            None => return None,
        }
    }
    let rest = &text[start..];
    let content = rest.split('\n').next().unwrap_or("");
    let content = if rest.len() > content.len() {
        content.strip_suffix('\r').unwrap_or(content)
    } else {
        content
    };
    let mut units = 0;
    for (at, c) in content.char_indices() {
        let width = match encoding {
            Encoding::Utf8 => c.len_utf8(),
            Encoding::Utf16 => c.len_utf16(),
            Encoding::Utf32 => 1,
        } as u32;
        if units + width > character {
            return Some(start + at);
        }
        units += width;
    }
    Some(start + content.len())
}

fn any_text(most: usize) -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        3 => "[a-c ]",
        2 => Just("\n".to_owned()),
        1 => Just("\r\n".to_owned()),
        1 => Just("\r".to_owned()),
        1 => Just("\u{feff}".to_owned()),
        1 => Just("\u{e9}".to_owned()),
        1 => Just("\u{fffd}".to_owned()),
        1 => Just("\u{1F600}".to_owned()),
        1 => Just("\u{1F468}\u{200D}\u{1F469}".to_owned()),
        1 => Just("\u{2028}\u{85}\u{c}".to_owned()),
    ];
    proptest::collection::vec(piece, 0..most).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn random_edits_agree_with_a_plain_string(
        text in any_text(40),
        edits in proptest::collection::vec(
            ((0u32..9, 0u32..12), (0u32..9, 0u32..12), any_text(6)), 1..24),
        encoding in prop_oneof![
            Just(Encoding::Utf8), Just(Encoding::Utf16), Just(Encoding::Utf32)],
    ) {
        let mut document = Document::new(0, &text);
        let (mut model, mut before) = (text.clone(), text);
        for (step, (a, b, inserted)) in edits.into_iter().enumerate() {
            let (start, end) = if a <= b { (a, b) } else { (b, a) };
            let lines = model.matches('\n').count() as u32 + 1;
            let at = |(line, column): (u32, u32)| {
                if line >= lines { None } else { naive_offset(&model, line, column, encoding) }
            };
            let first = at(start).or((start.0 == lines).then_some(model.len()));
            let outcome = document.change(
                step as i32 + 1, &[edit(start, end, &inserted)], encoding);
            let Some(first) = first else {
                let outside = matches!(outcome, Err(BadEdit::Outside { .. }));
                prop_assert!(outside);
                continue;
            };
            prop_assert_eq!(outcome, Ok(Applied::Changed));
            let last = at(end).unwrap_or(model.len());
            model.replace_range(first..last, &inserted);
            prop_assert_eq!(&*document.text(), model.as_str());
        }
        // The byte edits lead from the old text to the new one, and their points are right.
        if let Some((edits, after)) = document.take() {
            let mut lengths = before.len();
            for edit in &edits {
                prop_assert!(edit.old_end as usize <= lengths);
                lengths = lengths - edit.old_end as usize + edit.new_end as usize;
            }
            prop_assert_eq!(lengths, after.len());
            if let [only] = edits[..] {
                let inserted = after[only.start as usize..only.new_end as usize].to_owned();
                prop_assert_eq!(only, Edit::replace(
                    &before, only.start as usize, only.old_end as usize, &inserted));
                before.replace_range(only.start as usize..only.old_end as usize, &inserted);
                prop_assert_eq!(before.as_str(), &*after);
            }
        }
    }

    #[test]
    fn every_edit_carries_the_right_points(text in any_text(30), other in any_text(30),
        from in (0u32..6, 0u32..9), to in (0u32..6, 0u32..9)) {
        let mut document = Document::new(0, &text);
        let (start, end) = if from <= to { (from, to) } else { (to, from) };
        if document.change(1, &[edit(start, end, &other)], Encoding::Utf16).is_ok() {
            let (edits, after) = document.take().unwrap();
            let only = edits[0];
            let inserted = &after[only.start as usize..only.new_end as usize];
            prop_assert_eq!(inserted, other.as_str());
            prop_assert_eq!(
                only,
                Edit::replace(&text, only.start as usize, only.old_end as usize, inserted)
            );
        }
    }

    #[test]
    fn a_full_text_becomes_one_small_edit(old in any_text(30), new in any_text(30)) {
        let mut document = Document::new(0, &old);
        document.change(1, &[full(&new)], Encoding::Utf16).unwrap();
        prop_assert_eq!(&*document.text(), new.as_str());
        match document.take() {
            None => prop_assert_eq!(old, new),
            Some((edits, _)) => {
                prop_assert_eq!(edits.len(), 1);
                let inserted = &new[edits[0].start as usize..edits[0].new_end as usize];
                let (start, end) = (edits[0].start as usize, edits[0].old_end as usize);
                prop_assert_eq!(edits[0], Edit::replace(&old, start, end, inserted));
                let mut text = old;
                text.replace_range(start..end, inserted);
                prop_assert_eq!(text, new);
            }
        }
    }
}

#[test]
fn a_bad_change_applies_nothing_and_a_full_text_repairs() {
    let mut document = Document::new(1, "one\ntwo\n");
    let bad = document.change(
        2,
        &[edit((0, 0), (0, 3), "1"), edit((9, 0), (9, 0), "x")],
        Encoding::Utf16,
    );
    assert_eq!(bad, Err(BadEdit::Outside { line: 9, lines: 3 }));
    assert!(document.degrade() && !document.degrade());
    assert_eq!(&*document.text(), "one\ntwo\n");
    assert!(document.take().is_none());
    let more = document.change(3, &[edit((0, 0), (0, 0), "x")], Encoding::Utf16);
    assert_eq!(more, Err(BadEdit::Degraded));
    let repaired = document.change(
        4,
        &[
            edit((9, 9), (9, 9), "?"),
            full("three"),
            edit((0, 0), (0, 1), "T"),
        ],
        Encoding::Utf16,
    );
    assert_eq!(repaired, Ok(Applied::Changed));
    assert_eq!(&*document.text(), "Three");
    assert!(!document.is_degraded());
}

#[test]
fn versions() {
    let mut document = Document::new(5, "a");
    let insert = |text| [edit((0, 0), (0, 0), text)];
    let utf16 = Encoding::Utf16;
    assert_eq!(
        document.change(9, &insert("b"), utf16),
        Ok(Applied::Changed)
    );
    assert_eq!(
        document.change(9, &insert("b"), utf16),
        Ok(Applied::Duplicate)
    );
    assert_eq!(
        document.change(10, &insert("c"), utf16),
        Ok(Applied::Changed)
    );
    assert_eq!(
        document.change(9, &insert("b"), utf16),
        Ok(Applied::Duplicate)
    );
    let back = BadEdit::Backwards { old: 10, new: 8 };
    assert_eq!(document.change(8, &insert("d"), utf16), Err(back.clone()));
    assert_eq!(document.change(8, &[full("old")], utf16), Err(back));
    let inverted = document.change(11, &[edit((0, 2), (0, 1), "")], utf16);
    assert_eq!(inverted, Err(BadEdit::Inverted));
    assert_eq!((&*document.text(), document.version()), ("cba", 10));
}
