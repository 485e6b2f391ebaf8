//! Layers agree: memory and part, merged and fresh; damage is an error.

use super::*;
use crate::part::PartError;
use proptest::prelude::*;
use symseek_base::{ByteRange, LineRange};
use symseek_syntax::{Import, Reference, ReferenceKind, Symbol, SymbolKind};

/// Facts with these symbols (name, container), references and imports, all made of few names so that they collide.
pub(super) fn facts_of(
    symbols: &[(String, Option<usize>)],
    references: &[String],
    imports: &[(String, String)],
) -> FileFacts {
    let mut facts = FileFacts::default();
    for (at, (name, container)) in symbols.iter().enumerate() {
        let container = container
            .filter(|_| at > 0)
            .map(|it| SymbolIdx((it % at) as u32));
        let qualified = container.map_or_else(
            || name.as_str().into(),
            |it| compact_str::format_compact!("{}::{name}", facts.symbol(it).qualified),
        );
        facts.symbols.push(Symbol {
            name: name.as_str().into(),
            qualified,
            kind: if at % 2 == 0 {
                SymbolKind::Struct
            } else {
                SymbolKind::Method
            },
            container,
            range: ByteRange::default(),
            lines: LineRange::default(),
            selection: ByteRange::default(),
            doc: None,
            signature: "".into(),
            is_test: at % 3 == 0,
        });
    }
    for name in references {
        facts.references.push(Reference {
            name: name.as_str().into(),
            kind: ReferenceKind::Call,
            range: ByteRange::default(),
            line: 0,
            enclosing: None,
            qualifier: None,
            on_value: false,
        });
    }
    for (name, alias) in imports {
        facts.imports.push(Import {
            path: name.as_str().into(),
            name: name.as_str().into(),
            alias: alias.as_str().into(),
            range: ByteRange::default(),
            line: 0,
            reexport: false,
        });
    }
    facts
}

fn name() -> impl Strategy<Value = String> {
    "[abAB]{1,3}(_[ab]{1,2})?|ß|Ünicode"
}

fn any_facts() -> impl Strategy<Value = FileFacts> {
    let symbols = proptest::collection::vec((name(), proptest::option::of(0..9usize)), 0..12);
    let references = proptest::collection::vec(name(), 0..12);
    let imports = proptest::collection::vec((name(), name()), 0..4);
    (symbols, references, imports).prop_map(|(s, r, i)| facts_of(&s, &r, &i))
}

/// Every answer of a view, without base indices.
fn answers(view: &GraphView<'_>, names: &[&str]) -> Vec<String> {
    let mut out = Vec::new();
    for name in names {
        let mut all: Vec<String> = Vec::new();
        all.extend(view.definition_entries(name).iter().map(|it| {
            format!(
                "def {} {:?} {:?} {}",
                it.symbol.file.0, it.symbol.symbol, it.kind, it.is_test
            )
        }));
        all.extend(
            view.references(name)
                .iter()
                .map(|it| format!("ref {} {}", it.file.0, it.reference)),
        );
        all.extend(
            view.imports(name)
                .iter()
                .map(|it| format!("import {} {}", it.file.0, it.reference)),
        );
        all.sort();
        out.extend(all);
        for pattern in [
            (*name).to_owned(),
            format!("a::{name}"),
            format!("{name} b"),
            format!("{name}*"),
        ] {
            let hits = view
                .complete(&pattern, 5, &|_| true, &Cancel::new())
                .unwrap();
            let mut hits: Vec<_> = hits
                .iter()
                .map(|hit| {
                    format!(
                        "{:?} {:.6} {} {} {:?}",
                        hit.class, hit.score, hit.name, hit.symbol.file.0, hit.symbol.symbol
                    )
                })
                .collect();
            hits.sort();
            out.extend(hits);
        }
    }
    out
}

const NAMES: &[&str] = &[
    "a", "b", "ab", "aB", "AB", "a_b", "ba", "ab_a", "ß", "Ünicode", "n", "zz",
];

fn write(files: &[(FileKey, &FileFacts)], path: &std::path::Path) -> Arc<GraphPart> {
    let mut writer = GraphPartWriter::new();
    for (file, facts) in files {
        writer.add_file(*file, facts);
    }
    let info = writer.finish(path).unwrap();
    let part = GraphPart::open(path).unwrap();
    assert_eq!(part.info(), info);
    Arc::new(part)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn memory_answers_as_a_part(all in proptest::collection::vec(any_facts(), 1..5)) {
        let folder = tempfile::tempdir().unwrap();
        let files: Vec<(FileKey, &FileFacts)> = (0..).map(FileKey).zip(&all).collect();
        let parts = [write(&files, &folder.path().join("part"))];
        let graphs: Vec<FileGraph> = all.iter().map(FileGraph::new).collect();
        let memory: Vec<_> = (0..).map(FileKey).zip(&graphs).collect();
        let bases = [GraphBase { parts: &parts, alive: &|_| true }];
        let stored = answers(&GraphView { bases: &bases, memory: &[] }, NAMES);
        let in_memory = answers(&GraphView { bases: &[], memory: &memory }, NAMES);
        prop_assert_eq!(stored, in_memory);
    }

    #[test]
    fn merged_is_fresh(all in proptest::collection::vec(any_facts(), 1..6), dead in 0..64u32, cut in 0..6usize) {
        let folder = tempfile::tempdir().unwrap();
        let files: Vec<(FileKey, &FileFacts)> = (0..).map(FileKey).zip(&all).collect();
        let cut = cut.min(files.len());
        let parts = [
            write(&files[cut..], &folder.path().join("second")),
            write(&files[..cut], &folder.path().join("first")),
        ];
        let alive = |file: FileKey| dead & (1 << file.0) == 0;
        let before = answers(&GraphView { bases: &[GraphBase { parts: &parts, alive: &alive }], memory: &[] }, NAMES);
        let merged_path = folder.path().join("merged");
        let info = merge(&parts, &alive, &merged_path).unwrap();
        let kept: Vec<_> = files.iter().copied().filter(|it| alive(it.0)).collect();
        let fresh_path = folder.path().join("fresh");
        let fresh = write(&kept, &fresh_path);
        prop_assert_eq!(std::fs::read(&merged_path).unwrap(), std::fs::read(&fresh_path).unwrap());
        prop_assert_eq!(info, fresh.info());
        let after = answers(&GraphView { bases: &[GraphBase { parts: &[fresh], alive: &|_| true }], memory: &[] }, NAMES);
        prop_assert_eq!(before, after);
    }

    #[test]
    fn damage_is_an_error(facts in any_facts(), at in any::<prop::sample::Index>(), bit in 0..8u32, cut in any::<bool>()) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("part");
        drop(write(&[(FileKey(3), &facts)], &path));
        let mut bytes = std::fs::read(&path).unwrap();
        let at = at.index(bytes.len());
        if cut { bytes.truncate(at); } else { bytes[at] ^= 1 << bit; }
        std::fs::write(&path, bytes).unwrap();
        prop_assert!(GraphPart::open(&path).is_err());
    }
}

#[test]
fn an_empty_part_answers_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let parts = [write(&[], &folder.path().join("part"))];
    let bases = [GraphBase {
        parts: &parts,
        alive: &|_| true,
    }];
    assert!(
        answers(
            &GraphView {
                bases: &bases,
                memory: &[]
            },
            NAMES
        )
        .is_empty()
    );
    assert!(matches!(
        GraphPart::open(&folder.path().join("none")),
        Err(PartError::Io { .. })
    ));
}
