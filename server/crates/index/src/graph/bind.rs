//! Binding one reference: every definition of its name is judged by the evidence for it, and confidence is shared out.
//!
//! Pure functions of a view and a [`FileSource`]; nothing is stored, so an answer is never staler than the facts. The table
//! of confidences is [`Evidence`]:
//!
//! | what stands in the text | candidates | evidence |
//! |---|---|---|
//! | `x` | in scope, same file, imported, glob-imported, near | `EnclosingScope`, `SameFile`, `Imported`, `Reexported`, `GlobImported`, `SameFolder`, … |
//! | `self.x`, `Self::x`, `cls.x` | members of the type around, of its bases and traits | `OwnMember`, `InheritedMember` |
//! | `Type::x`, `Class.x` | members of types of that name | `QualifiedByType`, `TypeNearby`, `TypeElsewhere`, `InheritedMember` |
//! | `a::b::x`, `module.x` | what that module path leads to | `QualifiedByModule`, `Reexported` |
//! | `value.x` | members only | `ReceiverType`, `UniqueMethod`, `ReceiverName`, `MethodOfFile`, … |
//!
//! A name that is imported from the standard library is bound to nothing here, and everyday methods (`unwrap`, `get`) need
//! evidence about the value.

use super::FileSource;
use super::context::{Candidate, Context, FileContext, FileId, containers, is_name, own_type};
use super::evidence::{Evidence, is_standard_root, share};
use super::members::{inline_modules, judge_own, judge_path, judge_value};
use super::module_path::{Language, Leads, Target};
use super::view::{GraphView, SymbolRef};
use compact_str::CompactString;
use std::rc::Rc;
use symseek_syntax::{Import, Reference, ReferenceKind, SymbolKind};

/// The definitions a reference may mean with their confidences, best first; they sum to at most 1. Empty when nothing
/// speaks for any, or file or reference do not exist.
pub fn bind(
    view: &GraphView<'_>,
    source: &dyn FileSource,
    file: FileId,
    reference: u32,
) -> Vec<(SymbolRef, f32)> {
    let mut context = Context::new(view, source);
    let Some(file) = context.file(file) else {
        return Vec::new();
    };
    bind_in(&mut context, &file, reference)
}

/// [`bind`] with what earlier questions read.
pub(super) fn bind_in(
    context: &mut Context<'_>,
    file: &Rc<FileContext>,
    reference: u32,
) -> Vec<(SymbolRef, f32)> {
    let Some(reference) = file.facts.references.get(reference as usize) else {
        return Vec::new();
    };
    let judged = judge(context, file, reference);
    in_order(context, share(judged))
}

/// What an import may mean.
pub(super) fn bind_import(
    context: &mut Context<'_>,
    file: &Rc<FileContext>,
    import: &Import,
) -> Vec<(SymbolRef, f32)> {
    let judged = judge_import(context, file, import, &|_| true);
    in_order(context, share(judged))
}

/// Orders equal confidences by path, because keys differ between an index that grew and one built anew.
fn in_order(context: &mut Context<'_>, shared: Vec<(SymbolRef, f32)>) -> Vec<(SymbolRef, f32)> {
    if shared.windows(2).all(|pair| pair[0].1 > pair[1].1) {
        return shared;
    }
    let mut located: Vec<_> = shared
        .into_iter()
        .map(|it| (context.file((it.0.base, it.0.file)), it))
        .collect();
    located.sort_by(|(a_file, a), (b_file, b)| {
        let path = |file: &Option<Rc<FileContext>>| file.as_ref().map(|it| it.path.clone());
        (b.1.total_cmp(&a.1))
            .then_with(|| path(a_file).cmp(&path(b_file)))
            .then_with(|| a.0.symbol.cmp(&b.0.symbol))
            .then_with(|| a.0.cmp(&b.0))
    });
    located.into_iter().map(|(_, it)| it).collect()
}

pub(super) type Judged = Vec<(SymbolRef, Evidence)>;

/// What stands before the name.
enum Receiver {
    Nothing,
    /// `self`, `Self`, `cls`, `super()`.
    Own,
    /// A module or type path; with the import its first part comes from.
    Path,
    /// Some value.
    Value,
}

fn judge(context: &mut Context<'_>, file: &Rc<FileContext>, reference: &Reference) -> Judged {
    let qualifier = reference.qualifier.as_deref().map_or("", str::trim);
    match receiver(context, file, reference, qualifier) {
        Receiver::Nothing => judge_bare(context, file, reference),
        Receiver::Own => judge_own(context, file, reference, qualifier),
        Receiver::Path => judge_path(context, file, reference, qualifier),
        Receiver::Value => judge_value(context, file, reference, qualifier),
    }
}

fn receiver(
    context: &mut Context<'_>,
    file: &FileContext,
    reference: &Reference,
    qualifier: &str,
) -> Receiver {
    match qualifier {
        "" if reference.on_value => return Receiver::Value,
        "" => return Receiver::Nothing,
        "self" if !reference.on_value && file.module.language == Language::Rust => {
            return Receiver::Path;
        }
        "self" | "Self" | "cls" | "this" | "super()" | "base" => return Receiver::Own,
        "super" if file.module.language != Language::Rust => return Receiver::Own,
        _ => {}
    }
    if qualifier.starts_with("super(") {
        return Receiver::Own;
    }
    if !reference.on_value {
        return Receiver::Path;
    }
    // Where modules and values are written alike, an imported name or a known type is a path.
    let path_like = |letter| is_name(letter) || matches!(letter, '.' | ':');
    if file.module.language == Language::Rust || !qualifier.chars().all(path_like) {
        return Receiver::Value;
    }
    let first = qualifier.split(['.', ':']).next().unwrap_or(qualifier);
    let last = qualifier.rsplit(['.', ':']).next().unwrap_or(qualifier);
    let imported = file.facts.imports.iter().any(|import| {
        import.alias == first
            || import.path == qualifier
            || import.path.starts_with(&format!("{first}."))
    });
    if imported || context.candidates(&reference.name).has_owner(last) {
        Receiver::Path
    } else {
        Receiver::Value
    }
}

/// `x`
fn judge_bare(context: &mut Context<'_>, file: &Rc<FileContext>, reference: &Reference) -> Judged {
    let candidates = context.candidates(&reference.name);
    let selected = candidates.selected(file, &[]);
    let own = own_type(&file.facts, reference.enclosing);
    let inline = inline_modules(file, reference);
    let mut judged = Judged::new();
    for candidate in &selected {
        if candidate.file_id() == file.id
            && suits(candidate, reference, file)
            && let Some(evidence) = in_file(candidate, file, reference, own.as_deref(), &inline)
        {
            judged.push((candidate.symbol, evidence));
        }
    }
    if !judged.is_empty() {
        // An inner module's own name hides that of the file.
        let depth = |it: &(SymbolRef, Evidence)| {
            let mut of = selected.iter().filter(|candidate| candidate.symbol == it.0);
            of.next().map_or(0, |candidate| candidate.inline.len())
        };
        let deepest = judged.iter().map(depth).max();
        judged.retain(|it| it.1 != Evidence::SameFile || Some(depth(it)) == deepest);
        return judged;
    }

    if let Some(import) = explicit_import(file, &reference.name) {
        return judge_import(context, file, import, &|candidate| {
            suits(candidate, reference, file)
        });
    }

    let globs: Vec<Target> = (file.facts.imports.iter())
        .filter(|import| import.name == "*")
        .map(|import| super::context::import_module(file, import))
        .collect();
    let visible =
        |candidate: &&&Candidate| candidate.local_to.is_none() && suits(candidate, reference, file);
    let free: Vec<&Candidate> = (selected.iter().filter(visible)).copied().collect();
    let n_free = free.iter().filter(|it| it.owner.is_none()).count();
    let few = candidates.all.len() == selected.len();
    // A Python name that is neither defined nor imported is a builtin, unless a glob brings it.
    let guess = file.module.language != Language::Python || !globs.is_empty();
    for candidate in free {
        if let Some(evidence) = near(candidate, file, &globs) {
            judged.push((candidate.symbol, evidence));
        } else if candidate.owner.is_none() && few && guess {
            let evidence = if n_free == 1 {
                Evidence::UniqueName
            } else if candidate.module.starts_with(file.module.package())
                && candidate.package_len() == file.module.package_len
            {
                Evidence::SamePackage
            } else {
                Evidence::NameOnly
            };
            judged.push((candidate.symbol, evidence));
        }
    }
    judged
}

/// A bare name and a definition of the same file.
fn in_file(
    candidate: &Candidate,
    file: &FileContext,
    reference: &Reference,
    own: Option<&str>,
    inline: &[CompactString],
) -> Option<Evidence> {
    if let Some(function) = candidate.local_to {
        return containers(&file.facts, reference.enclosing)
            .any(|(idx, _)| idx == function)
            .then_some(Evidence::EnclosingScope);
    }
    match candidate.owner.as_deref() {
        // The contents of an inner module are not visible around it.
        None => (file.module.language == Language::Other || inline.starts_with(&candidate.inline))
            .then_some(Evidence::SameFile),
        // Members are visible bare inside their type, but neither in Rust nor in Python.
        Some(owner) if file.module.language == Language::Other => {
            (own == Some(owner)).then_some(Evidence::OwnMember)
        }
        Some(_) => None,
    }
}

/// A bare name and a definition of another file.
fn near(candidate: &Candidate, file: &FileContext, globs: &[Target]) -> Option<Evidence> {
    let mut module = candidate.module.clone();
    module.extend(candidate.owner.clone());
    let mut globbed = globs.iter().filter_map(|glob| {
        let leads = glob.leads_to(&module, candidate.package_len())?;
        (leads == Leads::There || candidate.owner.is_none()).then_some(leads)
    });
    if globbed.next().is_some() {
        return Some(Evidence::GlobImported);
    }
    if candidate.owner.is_some() {
        return None;
    }
    let same_package = candidate.file.module.package() == file.module.package();
    if candidate.kind == SymbolKind::Macro && same_package {
        return Some(Evidence::PackageMacro);
    }
    // In Rust and Python a neighbour must be imported; elsewhere the folder is the scope.
    (file.module.language == Language::Other
        && candidate.file.path.directory() == file.path.directory())
    .then_some(Evidence::SameFolder)
}

/// A name that an import brings in.
fn judge_import(
    context: &mut Context<'_>,
    file: &Rc<FileContext>,
    import: &Import,
    suits: &dyn Fn(&Candidate) -> bool,
) -> Judged {
    let mut judged = Judged::new();
    let targets = context.import_targets(file, import);
    for (hop, (target, name)) in targets.iter().enumerate() {
        let candidates = context.candidates(name);
        for candidate in candidates.all.iter().filter(|it| suits(it)) {
            if candidate.local_to.is_some() {
                continue;
            }
            if let Some(leads) = leads_to_member(target, candidate) {
                let evidence = match leads {
                    Leads::There if hop == 0 => Evidence::Imported,
                    Leads::There | Leads::Around => Evidence::Reexported,
                    Leads::Perhaps => Evidence::PerhapsOwnCrate,
                };
                judged.push((candidate.symbol, evidence));
            }
        }
    }
    dedup(&mut judged);
    if judged.is_empty() && !is_standard(file, import) {
        let candidates = context.candidates(&import.name);
        let mut free = (candidates.all.iter())
            .filter(|it| it.owner.is_none() && it.local_to.is_none() && suits(it));
        if let (Some(only), None) = (free.next(), free.next()) {
            judged.push((only.symbol, Evidence::UniqueImported));
        }
    }
    judged
}

/// Whether a target (a module, then perhaps a type) leads to what the candidate lies in.
pub(super) fn leads_to_member(target: &Target, candidate: &Candidate) -> Option<Leads> {
    let package_len = candidate.package_len();
    let Some(owner) = &candidate.owner else {
        return target.leads_to(&candidate.module, package_len);
    };
    let (last, module) = target.segments.split_last()?;
    if last != owner {
        return None;
    }
    if module.is_empty() && !target.anchored {
        return Some(Leads::There);
    }
    let module = Target {
        anchored: target.anchored,
        own_crate: target.own_crate.clone(),
        segments: module.iter().cloned().collect(),
    };
    module.leads_to(&candidate.module, package_len)
}

/// The import that gives this name its meaning here.
pub(super) fn explicit_import<'f>(file: &'f FileContext, alias: &str) -> Option<&'f Import> {
    let imports = file.facts.imports.iter();
    imports
        .filter(|it| it.name != "*")
        .find(|it| it.alias == alias)
}

pub(super) fn is_standard(file: &FileContext, import: &Import) -> bool {
    let root = import.path.split([':', '.']).next().unwrap_or_default();
    match file.module.language {
        Language::Rust => is_standard_root(root, true),
        Language::Python => is_standard_root(root, false),
        Language::Other => false,
    }
}

/// Keeps the strongest evidence of each symbol.
pub(super) fn dedup(judged: &mut Judged) {
    judged.sort_unstable();
    judged.dedup_by_key(|it| it.0);
}

/// Whether a definition of this kind can be used in this way.
pub(super) fn suits(candidate: &Candidate, reference: &Reference, file: &FileContext) -> bool {
    use SymbolKind as S;
    let kind = candidate.kind;
    let is_type = matches!(
        kind,
        S::Class | S::Struct | S::Enum | S::Union | S::Trait | S::Interface | S::TypeAlias
    );
    let rust = file.module.language == Language::Rust;
    match reference.kind {
        ReferenceKind::Call => {
            matches!(
                kind,
                S::Function | S::Method | S::Constructor | S::EnumMember
            ) || matches!(kind, S::Class | S::Struct | S::TypeAlias)
                || (!rust && matches!(kind, S::Macro | S::Property))
        }
        ReferenceKind::Macro if rust => kind == S::Macro,
        ReferenceKind::Macro => matches!(kind, S::Function | S::Method | S::Class | S::Macro),
        ReferenceKind::Type => is_type || kind == S::EnumMember,
        ReferenceKind::Implements => is_type,
        ReferenceKind::Read => kind != S::Macro && (rust || !super::context::is_module(kind)),
    }
}
