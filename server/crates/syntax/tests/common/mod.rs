//! Real sources for the property tests: the registry's Rust, Python's library; whatever of them is installed.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    reason = "shared by several tests"
)]

use std::path::{Path, PathBuf};
use symseek_base::RelPath;
use symseek_syntax::{FileFacts, Language};

/// Every `step`-th source of a language, in a stable order.
pub fn sources(language: &str, n: usize) -> Vec<(PathBuf, String)> {
    let home = PathBuf::from(std::env::var_os("HOME").unwrap_or_default());
    let cargo = std::env::var_os("CARGO_HOME").map_or_else(|| home.join(".cargo"), PathBuf::from);
    // This repository's own sources are there even where nothing else is.
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..");
    let (roots, extension) = match language {
        "rust" => (vec![cargo.join("registry/src"), own.join("server")], "rs"),
        _ => (
            vec![
                home.join(".pyenv/versions"),
                "/usr/lib/python3".into(),
                "/usr/lib/python3.11".into(),
                "/usr/lib/python3.12".into(),
                own.join("tests"),
            ],
            "py",
        ),
    };
    let mut files = Vec::new();
    for root in roots {
        collect(&root, extension, &mut files);
    }
    files.sort();
    let step = (files.len() / n).max(1);
    files
        .into_iter()
        .step_by(step)
        .take(n)
        .filter_map(|path| Some((path.clone(), std::fs::read_to_string(path).ok()?)))
        .filter(|(_, text)| text.len() < 400_000)
        .collect()
}

/// The sources that the query packs are tested with, by their path below `tree-sitter-queries`.
pub fn samples() -> Vec<(RelPath, String)> {
    let packs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../tree-sitter-queries");
    let mut files = Vec::new();
    for pack in std::fs::read_dir(&packs).unwrap().flatten() {
        for file in std::fs::read_dir(pack.path().join("tests"))
            .into_iter()
            .flatten()
            .flatten()
        {
            let shown = file
                .path()
                .strip_prefix(&packs)
                .unwrap()
                .display()
                .to_string();
            files.push((
                RelPath::new(&shown).unwrap(),
                std::fs::read_to_string(file.path()).unwrap(),
            ));
        }
    }
    files.sort();
    files
}

fn collect(directory: &Path, extension: &str, into: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(directory).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, extension, into);
        } else if path.extension().is_some_and(|found| found == extension) {
            into.push(path);
        }
    }
}

pub fn language(name: &str) -> Option<Language> {
    Language::by_name(name)
}

/// Everything that must hold of the facts of any text. Answers how many lines lie in two chunks.
pub fn assert_sound(text: &str, facts: &FileFacts, name: &str) -> usize {
    let lines: Vec<&str> = text.split('\n').collect();
    assert_eq!(facts.n_lines as usize, lines.len(), "{name}");
    let mut covered = vec![0_u32; lines.len()];
    let mut before = None;
    for chunk in &facts.chunks {
        let body = text.get(chunk.range.range());
        assert!(
            body.is_some_and(|body| !body.trim().is_empty()),
            "{name}: {chunk:?}"
        );
        assert!(
            before <= Some(chunk.range.start),
            "{name}: unsorted {chunk:?}"
        );
        before = Some(chunk.range.start);
        assert!(chunk.range.len() <= 40 * 1024, "{name}: {chunk:?}");
        if chunk.lines.count() > 1 {
            assert!(
                chunk.range.len() <= 6 * 1024 + 40 * 1024,
                "{name}: {chunk:?}"
            );
            assert!(chunk.lines.count() <= 130, "{name}: {chunk:?}");
        }
        for line in chunk.lines.start..=chunk.lines.end {
            covered[line as usize] += 1;
        }
        if let Some(symbol) = chunk.symbol {
            assert!((symbol.0 as usize) < facts.symbols.len());
        }
    }
    for (idx, line) in lines.iter().enumerate() {
        let blank = line.trim_start_matches('\u{feff}').trim().is_empty();
        assert!(
            blank || covered[idx] > 0,
            "{name}:{}: in no chunk: {line:?}",
            idx + 1
        );
    }
    for (idx, symbol) in facts.symbols.iter().enumerate() {
        assert!(
            text.get(symbol.range.range()).is_some(),
            "{name}: {symbol:?}"
        );
        assert!(
            text.get(symbol.selection.range()).is_some(),
            "{name}: {symbol:?}"
        );
        assert!(
            symbol.range.contains(symbol.selection),
            "{name}: {symbol:?}"
        );
        assert!(
            symbol.signature.chars().count() <= 200,
            "{name}: {symbol:?}"
        );
        if let Some(doc) = symbol.doc {
            assert!(text.get(doc.range()).is_some(), "{name}: {symbol:?}");
            assert!(symbol.range.contains(doc), "{name}: {symbol:?}");
        }
        if let Some(container) = symbol.container {
            assert!((container.0 as usize) < idx);
            assert!(
                facts.symbol(container).range.contains(symbol.range),
                "{name}"
            );
        }
    }
    for reference in &facts.references {
        let at = text.get(reference.range.range());
        assert_eq!(at, Some(reference.name.as_str()), "{name}: {reference:?}");
        if let Some(symbol) = reference.enclosing {
            assert!(
                facts.symbol(symbol).range.contains(reference.range),
                "{name}: {reference:?}"
            );
        }
    }
    for import in &facts.imports {
        assert!(
            text.get(import.range.range()).is_some(),
            "{name}: {import:?}"
        );
    }
    covered.iter().filter(|&&n| n > 1).count()
}

/// A small generator with a seed, so that failures repeat.
pub struct Dice(pub u64);

impl Dice {
    pub fn roll(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % n.max(1) as u64) as usize
    }

    /// A character border of `text`.
    pub fn border(&mut self, text: &str) -> usize {
        let mut at = self.roll(text.len() + 1);
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    }
}
