//! What binding knows about files, candidates and types, read once per question and kept for it.

use super::FileSource;
use super::module_path::{Language, ModulePath, Segments, Target, bare};
use super::view::{GraphView, SymbolRef};
use compact_str::CompactString;
use rustc_hash::FxHashMap;
use std::rc::Rc;
use std::sync::Arc;
use symseek_base::{FileKey, RelPath};
use symseek_syntax::{FileFacts, Import, ReferenceKind, Symbol, SymbolIdx, SymbolKind};

/// A file's place in a view.
pub(super) type FileId = (Option<usize>, FileKey);

/// A file that takes part in binding.
#[derive(Debug)]
pub(super) struct FileContext {
    pub(super) id: FileId,
    pub(super) facts: Arc<FileFacts>,
    pub(super) path: RelPath,
    pub(super) module: ModulePath,
}

/// A definition that may be meant.
#[derive(Debug)]
pub(super) struct Candidate {
    pub(super) symbol: SymbolRef,
    pub(super) kind: SymbolKind,
    pub(super) file: Rc<FileContext>,
    /// The type it is a member of, bare.
    pub(super) owner: Option<CompactString>,
    /// The function it is local to.
    pub(super) local_to: Option<SymbolIdx>,
    /// Modules inside the file around it.
    pub(super) inline: Vec<CompactString>,
    /// Module path of file and inline modules.
    pub(super) module: Segments,
}

impl Candidate {
    pub(super) fn file_id(&self) -> FileId {
        (self.symbol.base, self.symbol.file)
    }

    pub(super) fn package_len(&self) -> usize {
        self.file.module.package_len
    }
}

/// All candidates of one name, by what selects them.
#[derive(Debug, Default)]
pub(super) struct Candidates {
    pub(super) all: Vec<Candidate>,
    by_file: FxHashMap<FileId, Vec<u32>>,
    by_owner: FxHashMap<CompactString, Vec<u32>>,
    by_folder: FxHashMap<CompactString, Vec<u32>>,
    /// Members of no type.
    free: Vec<u32>,
}

/// From this many candidates on, only those that some evidence selects are judged.
const MANY: usize = 48;

impl Candidates {
    /// The candidates worth judging for a use in `file` with these types in question.
    pub(super) fn selected<'c>(
        &'c self,
        file: &FileContext,
        types: &[CompactString],
    ) -> Vec<&'c Candidate> {
        if self.all.len() <= MANY {
            return self.all.iter().collect();
        }
        let mut chosen: Vec<u32> = Vec::new();
        chosen.extend(self.by_file.get(&file.id).into_iter().flatten());
        chosen.extend(
            self.by_folder
                .get(file.path.directory())
                .into_iter()
                .flatten(),
        );
        for owner in types {
            chosen.extend(self.by_owner.get(owner).into_iter().flatten());
        }
        self.picked(chosen)
    }

    /// Members of these types, and what is a member of none.
    pub(super) fn of_types<'c>(&'c self, types: &[CompactString]) -> Vec<&'c Candidate> {
        let mut chosen = self.free.clone();
        for owner in types {
            chosen.extend(self.by_owner.get(owner).into_iter().flatten());
        }
        self.picked(chosen)
    }

    fn picked(&self, mut chosen: Vec<u32>) -> Vec<&Candidate> {
        chosen.sort_unstable();
        chosen.dedup();
        chosen.iter().map(|&at| &self.all[at as usize]).collect()
    }

    pub(super) fn has_owner(&self, owner: &str) -> bool {
        self.by_owner.contains_key(owner)
    }
}

/// Reads and keeps what one question needs.
pub(super) struct Context<'a> {
    pub(super) view: &'a GraphView<'a>,
    source: &'a dyn FileSource,
    files: FxHashMap<FileId, Option<Rc<FileContext>>>,
    candidates: FxHashMap<CompactString, Rc<Candidates>>,
    supers: FxHashMap<CompactString, Rc<Vec<CompactString>>>,
}

impl<'a> Context<'a> {
    pub(super) fn new(view: &'a GraphView<'a>, source: &'a dyn FileSource) -> Self {
        Self {
            view,
            source,
            files: FxHashMap::default(),
            candidates: FxHashMap::default(),
            supers: FxHashMap::default(),
        }
    }

    /// A file; `None` when the source does not know it (any more).
    pub(super) fn file(&mut self, id: FileId) -> Option<Rc<FileContext>> {
        if let Some(known) = self.files.get(&id) {
            return known.clone();
        }
        let read = || {
            let path = self.source.path(id.0, id.1)?;
            Some(Rc::new(FileContext {
                id,
                facts: self.source.facts(id.0, id.1)?,
                module: ModulePath::of(&path),
                path,
            }))
        };
        let file = read();
        self.files.insert(id, file.clone());
        file
    }

    /// The definitions of a name, without `impl` blocks and sections.
    pub(super) fn candidates(&mut self, name: &str) -> Rc<Candidates> {
        if let Some(known) = self.candidates.get(name) {
            return Rc::clone(known);
        }
        let mut found = Candidates::default();
        for entry in self.view.definition_entries(name) {
            if matches!(entry.kind, SymbolKind::Impl | SymbolKind::Section) {
                continue;
            }
            let symbol = entry.symbol;
            let Some(file) = self.file((symbol.base, symbol.file)) else {
                continue;
            };
            let Some(candidate) = candidate(symbol, file) else {
                continue;
            };
            let at = found.all.len() as u32;
            found
                .by_file
                .entry(candidate.file_id())
                .or_default()
                .push(at);
            let folder = candidate.file.path.directory().into();
            found.by_folder.entry(folder).or_default().push(at);
            match &candidate.owner {
                Some(owner) => found.by_owner.entry(owner.clone()).or_default().push(at),
                None => found.free.push(at),
            }
            found.all.push(candidate);
        }
        let found = Rc::new(found);
        self.candidates.insert(name.into(), Rc::clone(&found));
        found
    }

    /// The names of the bases and traits of a type, and theirs, nearest first; at most 32.
    pub(super) fn supers(&mut self, type_name: &str) -> Rc<Vec<CompactString>> {
        if let Some(known) = self.supers.get(type_name) {
            return Rc::clone(known);
        }
        let mut found: Vec<CompactString> = Vec::new();
        let mut next: CompactString = type_name.into();
        let mut done = 0;
        loop {
            for entry in self.view.definition_entries(&next) {
                if !is_type(entry.kind) {
                    continue;
                }
                let Some(file) = self.file((entry.symbol.base, entry.symbol.file)) else {
                    continue;
                };
                for reference in &file.facts.references {
                    if reference.kind == ReferenceKind::Implements
                        && reference.enclosing == Some(entry.symbol.symbol)
                        && reference.name != type_name
                        && !found.contains(&reference.name)
                        && found.len() < 32
                    {
                        found.push(reference.name.clone());
                    }
                }
            }
            match found.get(done) {
                Some(name) => next.clone_from(name),
                None => break,
            }
            done += 1;
        }
        let found = Rc::new(found);
        self.supers.insert(type_name.into(), Rc::clone(&found));
        found
    }

    /// Where an import leads, after re-exports: the written target first, then what the modules on the way re-export it from.
    /// Each is a module path and the name sought there.
    pub(super) fn import_targets(
        &mut self,
        file: &Rc<FileContext>,
        import: &Import,
    ) -> Vec<(Target, CompactString)> {
        let mut targets = vec![(import_module(file, import), import.name.clone())];
        for step in 0..8 {
            let Some((target, name)) = targets.get(step).cloned() else {
                break;
            };
            for it in self.view.imports(&name) {
                let Some(other) = self.file((it.base, it.file)) else {
                    continue;
                };
                let Some(import) = other.facts.imports.get(it.reference as usize) else {
                    continue;
                };
                let passes_on = import.reexport
                    || (other.module.language == Language::Python && other.module.is_folder);
                if !passes_on || import.alias != name || other.id == file.id {
                    continue;
                }
                let module = &other.module;
                if target.leads_to(&module.segments, module.package_len)
                    == Some(super::module_path::Leads::There)
                {
                    let onward = (import_module(&other, import), import.name.clone());
                    if targets.len() < 8 {
                        targets.push(onward);
                    }
                }
            }
        }
        targets
    }
}

/// The module an import takes its name from.
pub(super) fn import_module(file: &FileContext, import: &Import) -> Target {
    let inline = inline_modules_at(&file.facts, import.range.start);
    let path = import.path.trim_end_matches('*');
    let path = if path.len() < import.path.len() {
        // `.*` of `from . import *` keeps its dots.
        path.strip_suffix("::").unwrap_or(path)
    } else {
        path
    };
    let mut target = file.module.resolve(&inline, path);
    if import.name != "*" && target.segments.last() == Some(&import.name) {
        target.segments.pop();
    }
    target
}

/// Inline modules around an offset, outermost first.
fn inline_modules_at(facts: &FileFacts, offset: u32) -> Vec<CompactString> {
    let modules = facts.symbols.iter().filter(|it| is_module(it.kind));
    let around = modules.filter(|it| it.range.contains_offset(offset));
    around.map(|it| it.name.clone()).collect()
}

fn candidate(symbol: SymbolRef, file: Rc<FileContext>) -> Option<Candidate> {
    let own = file.facts.symbols.get(symbol.symbol.0 as usize)?;
    let (mut owner, mut local_to, mut inline) = (None, None, Vec::new());
    let mut nearest = true;
    for (idx, around) in containers(&file.facts, own.container) {
        if is_module(around.kind) {
            inline.push(around.name.clone());
        } else if nearest && is_type(around.kind) {
            owner = Some(CompactString::from(bare(&around.name)));
        } else if local_to.is_none() && !is_type(around.kind) {
            local_to = Some(idx);
        }
        nearest = false;
    }
    inline.reverse();
    let module = file
        .module
        .segments
        .iter()
        .chain(&inline)
        .cloned()
        .collect();
    Some(Candidate {
        symbol,
        kind: own.kind,
        owner,
        local_to,
        inline,
        module,
        file,
    })
}

/// The symbol and what it lies in, innermost first.
pub(super) fn containers(
    facts: &FileFacts,
    from: Option<SymbolIdx>,
) -> impl Iterator<Item = (SymbolIdx, &Symbol)> {
    let mut next = from;
    // Containers precede their members, so the walk only goes down; a broken link ends it.
    std::iter::from_fn(move || {
        let idx = next?;
        let symbol = facts.symbols.get(idx.0 as usize)?;
        next = symbol.container.filter(|outer| outer.0 < idx.0);
        Some((idx, symbol))
    })
}

/// The type around a place, bare.
pub(super) fn own_type(facts: &FileFacts, from: Option<SymbolIdx>) -> Option<CompactString> {
    containers(facts, from)
        .find(|(_, symbol)| is_type(symbol.kind))
        .map(|(_, symbol)| bare(&symbol.name).into())
}

pub(super) fn is_module(kind: SymbolKind) -> bool {
    matches!(kind, SymbolKind::Module | SymbolKind::Namespace)
}

/// Kinds that have members.
pub(super) fn is_type(kind: SymbolKind) -> bool {
    matches!(
        kind,
        SymbolKind::Class
            | SymbolKind::Struct
            | SymbolKind::Enum
            | SymbolKind::Union
            | SymbolKind::Trait
            | SymbolKind::Interface
            | SymbolKind::Impl
    )
}

/// The names in the declared type of a parameter or field `name`, found in a one-line signature: `x: &mut Foo<Bar>` gives
/// `Foo`, `Bar`.
/// `None` when it declares no such name.
pub(super) fn declared_types(signature: &str, name: &str) -> Option<Vec<CompactString>> {
    for (at, _) in signature.match_indices(name) {
        let whole = !signature[..at].ends_with(is_name);
        let rest = signature[at + name.len()..].trim_start();
        let Some(declared) = rest
            .strip_prefix(':')
            .filter(|it| whole && !it.starts_with(':'))
        else {
            continue;
        };
        let mut depth = 0;
        let end = declared.find(|letter| {
            match letter {
                '<' | '[' | '(' => depth += 1,
                '>' | ']' | ')' => depth -= 1,
                _ => {}
            }
            depth < 0 || (depth == 0 && matches!(letter, ',' | '=' | '{'))
        });
        let declared = &declared[..end.unwrap_or(declared.len())];
        let names = declared.split(|letter| !is_name(letter));
        let types = names.filter(|it| it.starts_with(char::is_uppercase));
        return Some(types.map(CompactString::from).collect());
    }
    None
}

pub(super) fn is_name(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

#[cfg(test)]
mod tests {
    use super::declared_types;

    #[test]
    fn types_of_parameters() {
        let signature = "fn f(max: usize, x: &mut Foo<Bar>, y: Option<Baz>) -> Result<X>";
        let types = |signature, name| declared_types(signature, name).unwrap();
        assert_eq!(types(signature, "x"), ["Foo", "Bar"]);
        assert_eq!(types(signature, "y"), ["Option", "Baz"]);
        assert_eq!(types("def f(self, a: Conn = None)", "a"), ["Conn"]);
        assert!(types(signature, "max").is_empty());
        assert_eq!(declared_types(signature, "z"), None);
    }
}
