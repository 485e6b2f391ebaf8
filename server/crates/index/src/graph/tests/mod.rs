//! What the graph leg promises, tested over facts of real source text and over random tables.

mod binding;
mod completion;
mod layers;
mod python;
mod rust;

use super::*;
use std::collections::BTreeMap;
use symseek_base::Cancel;
use symseek_syntax::{SymbolIdx, detect, facts};

/// Files in one layer: the odd ones in memory, the even ones in a part, unless told otherwise.
struct World {
    files: BTreeMap<FileKey, (RelPath, Arc<FileFacts>)>,
    memory: Vec<(FileKey, FileGraph)>,
    parts: Vec<Arc<GraphPart>>,
    dead: Vec<FileKey>,
    folder: tempfile::TempDir,
}

#[derive(Clone, Copy, PartialEq)]
enum In {
    Part,
    Memory,
}

impl World {
    fn new() -> Self {
        Self {
            files: BTreeMap::new(),
            memory: Vec::new(),
            parts: Vec::new(),
            dead: Vec::new(),
            folder: tempfile::tempdir().unwrap(),
        }
    }

    /// `//- /path` lines begin files.
    fn parse(fixture: &str, layer: In) -> Self {
        let mut world = Self::new();
        let mut files: Vec<(String, String)> = Vec::new();
        for line in fixture.lines() {
            if let Some(path) = line.trim().strip_prefix("//- /") {
                files.push((path.to_owned(), String::new()));
            } else if let Some((_, text)) = files.last_mut() {
                text.push_str(line);
                text.push('\n');
            }
        }
        let files: Vec<(&str, &str)> = files
            .iter()
            .map(|(a, b)| (a.as_str(), b.as_str()))
            .collect();
        world.commit(&files, layer);
        world
    }

    fn commit(&mut self, files: &[(&str, &str)], layer: In) {
        let mut writer = GraphPartWriter::new();
        for (path, text) in files {
            let path = RelPath::new(path).unwrap();
            let facts = Arc::new(facts(text, detect(&path, text)));
            let old = self
                .files
                .iter()
                .find(|(key, (it, _))| *it == path && !self.dead.contains(key));
            let old = old.map(|(key, _)| *key);
            self.dead.extend(old);
            self.memory.retain(|(key, _)| Some(*key) != old);
            let n = self.files.len() as u32;
            let key = if layer == In::Part {
                writer.add_file(FileKey(n), &facts);
                FileKey(n)
            } else {
                let key = FileKey(FileKey::FIRST_MEMORY.0 + n);
                self.memory.push((key, FileGraph::new(&facts)));
                key
            };
            self.files.insert(key, (path, facts));
        }
        if layer == In::Part {
            let path = self
                .folder
                .path()
                .join(format!("{}.graph", self.parts.len()));
            writer.finish(&path).unwrap();
            self.parts.push(Arc::new(GraphPart::open(&path).unwrap()));
        }
    }

    fn with<T>(&self, ask: impl FnOnce(&GraphView<'_>) -> T) -> T {
        let alive = |file: FileKey| !self.dead.contains(&file);
        let bases = [GraphBase {
            parts: &self.parts,
            alive: &alive,
        }];
        let memory: Vec<_> = self
            .memory
            .iter()
            .map(|(key, graph)| (*key, graph))
            .collect();
        ask(&GraphView {
            bases: &bases,
            memory: &memory,
        })
    }

    /// `path#qualified`
    fn show(&self, symbol: SymbolRef) -> String {
        let (path, facts) = &self.files[&symbol.file];
        format!("{path}#{}", facts.symbol(symbol.symbol).qualified)
    }

    fn symbol(&self, shown: &str) -> SymbolRef {
        for (&file, (_, facts)) in &self.files {
            for symbol in (0..facts.symbols.len() as u32).map(SymbolIdx) {
                let base = (!file.is_memory()).then_some(0);
                let it = SymbolRef { base, file, symbol };
                if !self.dead.contains(&file)
                    && facts.symbol(symbol).kind != symseek_syntax::SymbolKind::Impl
                    && self.show(it) == shown
                {
                    return it;
                }
            }
        }
        panic!("no symbol {shown}")
    }

    fn show_edge(&self, edge: &Edge) -> String {
        let path = &self.files[&edge.from_file].0;
        let from = edge
            .from
            .map_or_else(|| path.to_string(), |from| self.show(from));
        format!(
            "{from}:{} {:?} {:.2}",
            edge.line + 1,
            edge.kind,
            edge.confidence
        )
    }

    /// Inbound edges, one a line.
    fn callers(&self, target: &str) -> Vec<String> {
        let target = self.symbol(target);
        let edges = self.with(|view| callers(view, self, target, &Cancel::new()).unwrap());
        edges.iter().map(|edge| self.show_edge(edge)).collect()
    }

    fn callees(&self, of: &str) -> Vec<String> {
        let of = self.symbol(of);
        let edges = self.with(|view| callees(view, self, of, &Cancel::new()).unwrap());
        let lines = edges.iter().map(|edge| {
            let to = edge.to.map_or_else(String::new, |to| self.show(to));
            format!(
                "{} {to} {:?} {:.2}",
                edge.line + 1,
                edge.kind,
                edge.confidence
            )
        });
        lines.collect()
    }
}

impl FileSource for World {
    fn facts(&self, _base: Option<usize>, file: FileKey) -> Option<Arc<FileFacts>> {
        self.files.get(&file).map(|(_, facts)| Arc::clone(facts))
    }

    fn path(&self, _base: Option<usize>, file: FileKey) -> Option<RelPath> {
        self.files.get(&file).map(|(path, _)| path.clone())
    }
}

/// Both layers must give these inbound edges.
#[track_caller]
fn check_callers(fixture: &str, target: &str, expected: &[&str]) {
    for layer in [In::Part, In::Memory] {
        let world = World::parse(fixture, layer);
        assert_eq!(world.callers(target), expected, "callers of {target}");
    }
}

#[track_caller]
fn check_callees(fixture: &str, of: &str, expected: &[&str]) {
    for layer in [In::Part, In::Memory] {
        let world = World::parse(fixture, layer);
        assert_eq!(world.callees(of), expected, "callees of {of}");
    }
}
