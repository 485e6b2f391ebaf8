//! Measures the graph leg: the name index over 100,000 unique names in one mapped part, indexing one file on each
//! keystroke, and the callers of a name with 200 references among 10,000 symbols.
//!
//! Budgets: a prefix 0.3 ms, a full fuzzy scan 3 ms, a 3,000-line file 0.5 ms, 200 references 5 ms. Data is seeded.

use divan::{Bencher, black_box};
use std::sync::{Arc, OnceLock};
use symseek_base::{ByteRange, Cancel, FileKey, LineRange, RelPath};
use symseek_index::graph::{
    FileGraph, FileSource, GraphBase, GraphPart, GraphPartWriter, GraphView, SymbolRef, callers,
};
use symseek_syntax::{FileFacts, Reference, ReferenceKind, Symbol, SymbolIdx, SymbolKind};

fn main() {
    divan::main();
}

const WORDS: &[&str] = &[
    "poll", "next", "read", "write", "stream", "buffer", "token", "parse", "index", "search",
    "node", "edge", "graph", "file", "path", "name", "symbol", "line", "range", "text", "query",
    "rank", "score", "hit", "merge", "part", "open", "close", "send", "recv", "spawn", "task",
    "wake", "park", "lock", "guard", "queue", "push", "pop", "front", "back", "hash", "map", "set",
    "tree", "leaf", "root", "child", "parent", "visit", "walk", "emit", "encode", "decode",
    "frame", "header", "body", "error", "result", "option", "config", "build", "run", "start",
    "stop",
];

/// A small generator (xorshift), so that every run has the same names.
struct Seeded(u64);

impl Seeded {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % n as u64) as usize
    }

    fn name(&mut self, at: usize) -> String {
        let n_words = 2 + self.below(3);
        let words: Vec<&str> = (0..n_words)
            .map(|_| WORDS[self.below(WORDS.len())])
            .collect();
        if at.is_multiple_of(3) {
            let humps = words
                .iter()
                .map(|word| word[..1].to_uppercase() + &word[1..]);
            humps.collect::<String>()
        } else {
            words.join("_")
        }
    }
}

fn symbol(name: &str, kind: SymbolKind) -> Symbol {
    Symbol {
        name: name.into(),
        qualified: name.into(),
        kind,
        container: None,
        range: ByteRange::default(),
        lines: LineRange::default(),
        selection: ByteRange::default(),
        doc: None,
        signature: "".into(),
        is_test: false,
    }
}

fn reference(name: &str, enclosing: u32) -> Reference {
    Reference {
        name: name.into(),
        kind: ReferenceKind::Call,
        range: ByteRange::default(),
        line: 0,
        enclosing: Some(SymbolIdx(enclosing)),
        qualifier: None,
        on_value: false,
    }
}

/// 100,000 different names in 1,000 files.
fn names() -> &'static Arc<GraphPart> {
    static PART: OnceLock<Arc<GraphPart>> = OnceLock::new();
    PART.get_or_init(|| {
        let mut seeded = Seeded(0x5eed);
        let mut seen = std::collections::HashSet::new();
        let mut writer = GraphPartWriter::new();
        for file in 0..1000 {
            let mut facts = FileFacts::default();
            while facts.symbols.len() < 100 {
                let name = seeded.name(seen.len());
                let name = if seen.contains(&name) {
                    format!("{name}_{}", seen.len())
                } else {
                    name
                };
                facts.symbols.push(symbol(&name, SymbolKind::Function));
                seen.insert(name);
            }
            writer.add_file(FileKey(file), &facts);
        }
        let path = std::env::temp_dir().join(format!("symseek-bench-{}.graph", std::process::id()));
        writer
            .finish(&path)
            .expect("the temporary folder is writable");
        let part = GraphPart::open(&path).expect("it was just written");
        assert_eq!(part.n_names(), 100_000);
        Arc::new(part)
    })
}

/// Prefixes, humps, substrings, a subsequence, a typing error, nothing at all.
#[divan::bench(args = ["poll", "p", "poll_next_re", "pnr", "PoNeRe", "ueryra", "strmbuf", "polll_nxet", "zzzzzzzz"])]
fn complete(bencher: Bencher<'_, '_>, pattern: &str) {
    let parts = [Arc::clone(names())];
    let bases = [GraphBase {
        parts: &parts,
        alive: &|_| true,
    }];
    let view = GraphView {
        bases: &bases,
        memory: &[],
    };
    let cancel = Cancel::new();
    bencher.bench(|| view.complete(black_box(pattern), 50, &|_| true, &cancel));
}

#[divan::bench(args = ["stream::poll", "poll*next", "poll stream"])]
fn complete_words(bencher: Bencher<'_, '_>, pattern: &str) {
    let parts = [Arc::clone(names())];
    let bases = [GraphBase {
        parts: &parts,
        alive: &|_| true,
    }];
    let view = GraphView {
        bases: &bases,
        memory: &[],
    };
    let cancel = Cancel::new();
    bencher.bench(|| view.complete(black_box(pattern), 50, &|_| true, &cancel));
}

/// 300 symbols and 6,000 references to 800 names: about 3,000 lines.
#[divan::bench]
fn file_graph(bencher: Bencher<'_, '_>) {
    let mut seeded = Seeded(0x5eed);
    let names: Vec<String> = (0..800).map(|at| seeded.name(at)).collect();
    let mut facts = FileFacts::default();
    for name in &names[..300] {
        facts.symbols.push(symbol(name, SymbolKind::Function));
    }
    for _ in 0..6000 {
        let name = &names[seeded.below(800)];
        facts
            .references
            .push(reference(name, seeded.below(300) as u32));
    }
    bencher.bench(|| FileGraph::new(black_box(&facts)));
}

struct Source(Vec<Arc<FileFacts>>);

impl FileSource for Source {
    fn facts(&self, _base: Option<usize>, file: FileKey) -> Option<Arc<FileFacts>> {
        self.0.get(file.0 as usize).cloned()
    }

    fn path(&self, _base: Option<usize>, file: FileKey) -> Option<RelPath> {
        RelPath::new(&format!("crates/c{}/src/m{}.rs", file.0 / 20, file.0)).ok()
    }
}

/// 200 files of 50 functions; the target is called once in each file, and one in ten other files defines its name too.
#[divan::bench]
fn callers_200(bencher: Bencher<'_, '_>) {
    let mut seeded = Seeded(0x5eed);
    let mut writer = GraphPartWriter::new();
    let mut all = Vec::new();
    for file in 0..200u32 {
        let mut facts = FileFacts::default();
        for at in 0..50 {
            facts
                .symbols
                .push(symbol(&seeded.name(at), SymbolKind::Function));
        }
        for _ in 0..500 {
            facts
                .references
                .push(reference(&seeded.name(0), seeded.below(50) as u32));
        }
        if file % 20 == 0 {
            facts
                .symbols
                .push(symbol("the_target", SymbolKind::Function));
        }
        facts.references.push(reference("the_target", 3));
        writer.add_file(FileKey(file), &facts);
        all.push(Arc::new(facts));
    }
    let folder = std::env::temp_dir().join(format!(
        "symseek-bench-callers-{}.graph",
        std::process::id()
    ));
    writer
        .finish(&folder)
        .expect("the temporary folder is writable");
    let parts = [Arc::new(
        GraphPart::open(&folder).expect("it was just written"),
    )];
    let bases = [GraphBase {
        parts: &parts,
        alive: &|_| true,
    }];
    let view = GraphView {
        bases: &bases,
        memory: &[],
    };
    let source = Source(all);
    let target = SymbolRef {
        base: Some(0),
        file: FileKey(0),
        symbol: SymbolIdx(50),
    };
    let cancel = Cancel::new();
    let edges = callers(&view, &source, target, &cancel).expect("nobody cancels");
    assert!(!edges.is_empty());
    bencher.bench(|| callers(&view, &source, target, &cancel));
}
