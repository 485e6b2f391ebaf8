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

use super::context::{
    Candidate, Context, FileContext, FileId, containers, declared_types, is_name, own_type,
};
use super::evidence::{Evidence, is_everyday_method, is_standard_root, share};
use super::module_path::{Language, Leads, Target, bare};
use super::view::{GraphView, SymbolRef};
use super::{FileSource, letters};
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
    share(judge(context, file, reference))
}

/// What an import may mean.
pub(super) fn bind_import(
    context: &mut Context<'_>,
    file: &Rc<FileContext>,
    import: &Import,
) -> Vec<(SymbolRef, f32)> {
    share(judge_import(context, file, import, &|_| true))
}

type Judged = Vec<(SymbolRef, Evidence)>;

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
    let mut judged = Judged::new();
    for candidate in &selected {
        if candidate.file_id() == file.id
            && suits(candidate, reference, file)
            && let Some(evidence) = in_file(candidate, file, reference, own.as_deref())
        {
            judged.push((candidate.symbol, evidence));
        }
    }
    if !judged.is_empty() {
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
    let visible = |candidate: &&&Candidate| {
        candidate.file_id() != file.id
            && candidate.local_to.is_none()
            && suits(candidate, reference, file)
    };
    let free: Vec<&Candidate> = (selected.iter().filter(visible)).copied().collect();
    let n_free = free.iter().filter(|it| it.owner.is_none()).count();
    let few = candidates.all.len() == selected.len();
    for candidate in free {
        if let Some(evidence) = near(candidate, file, &globs) {
            judged.push((candidate.symbol, evidence));
        } else if candidate.owner.is_none() && few {
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
) -> Option<Evidence> {
    if let Some(function) = candidate.local_to {
        return containers(&file.facts, reference.enclosing)
            .any(|(idx, _)| idx == function)
            .then_some(Evidence::EnclosingScope);
    }
    match candidate.owner.as_deref() {
        None => Some(Evidence::SameFile),
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
                let direct = hop == 0 && leads == Leads::There;
                let evidence = if direct {
                    Evidence::Imported
                } else {
                    Evidence::Reexported
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

/// `self.x`, `Self::x`, `cls.x`, `super().x`
fn judge_own(
    context: &mut Context<'_>,
    file: &Rc<FileContext>,
    reference: &Reference,
    qualifier: &str,
) -> Judged {
    let Some(own) = own_type(&file.facts, reference.enclosing) else {
        return judge_value(context, file, reference, "");
    };
    let supers = context.supers(&own);
    let mut types = vec![own.clone()];
    types.extend(supers.iter().cloned());
    let candidates = context.candidates(&reference.name);
    let mut judged = Judged::new();
    for candidate in candidates.selected(file, &types) {
        let Some(owner) = &candidate.owner else {
            continue;
        };
        if !suits(candidate, reference, file) {
            continue;
        }
        let evidence = if *owner == own && !qualifier.starts_with("super") && qualifier != "base" {
            if candidate.file_id() == file.id {
                Evidence::OwnMember
            } else {
                Evidence::TypeNearby
            }
        } else if supers.contains(owner) {
            Evidence::InheritedMember
        } else {
            continue;
        };
        judged.push((candidate.symbol, evidence));
    }
    // A member nobody here defines comes from a base elsewhere: no guess.
    judged
}

/// `Type::x`, `module::x`, `a.b.x`
fn judge_path(
    context: &mut Context<'_>,
    file: &Rc<FileContext>,
    reference: &Reference,
    qualifier: &str,
) -> Judged {
    let mut parts = (qualifier.split("::").flat_map(|it| it.split('.')))
        .map(bare)
        .filter(|part| !part.is_empty());
    let Some(first) = parts.next() else {
        return judge_value(context, file, reference, "");
    };
    let rest: Vec<&str> = parts.collect();
    let last = rest.last().copied().unwrap_or(first);
    let import = explicit_import(file, first);
    let inline: Vec<CompactString> = (containers(&file.facts, reference.enclosing))
        .filter(|(_, it)| super::context::is_module(it.kind))
        .map(|(_, it)| it.name.clone())
        .collect();
    let targets: Vec<Target> = if first == "Self" {
        let own = own_type(&file.facts, reference.enclosing);
        own.map(|own| file.module.resolve(&[], &own).join(rest.iter().copied()))
            .into_iter()
            .collect()
    } else if let Some(import) = import {
        let targets = context.import_targets(file, import);
        let joined = targets.into_iter().map(|(module, name)| {
            module.join(std::iter::once(name.as_str()).chain(rest.iter().copied()))
        });
        joined.collect()
    } else {
        let inline: Vec<CompactString> = inline.into_iter().rev().collect();
        vec![file.module.resolve(&inline, qualifier)]
    };
    // The type's own name: an import may rename it.
    let owner: CompactString = (targets.last())
        .and_then(|target| target.segments.last().cloned())
        .unwrap_or_else(|| last.into());
    let supers = context.supers(&owner);
    let mut types = vec![owner.clone()];
    types.extend(targets.iter().filter_map(|it| it.segments.last().cloned()));
    types.extend(supers.iter().cloned());

    let candidates = context.candidates(&reference.name);
    let selected = if import.is_some() || rest.len() > 1 || candidates.all.len() < 512 {
        candidates.all.iter().collect()
    } else {
        candidates.selected(file, &types)
    };
    let standard = import.is_some_and(|import| is_standard(file, import))
        || is_standard_root(first, file.module.language == Language::Rust);
    let mut judged = Judged::new();
    for candidate in selected {
        if candidate.local_to.is_some() || !suits(candidate, reference, file) {
            continue;
        }
        let led = targets.iter().enumerate().find_map(|(hop, target)| {
            let leads = leads_to_member(target, candidate)?;
            Some(if hop == 0 { leads } else { Leads::Around })
        });
        let known = import.is_some() || rest.first().is_some();
        let evidence = match (&candidate.owner, led) {
            (Some(_), Some(Leads::There)) if known => Evidence::QualifiedByType,
            (None, Some(Leads::There)) => Evidence::QualifiedByModule,
            (_, Some(Leads::Around)) if known || candidate.owner.is_none() => Evidence::Reexported,
            (Some(of), _) if *of == owner && !standard => {
                of_type(candidate, file, import.is_some())
            }
            (Some(of), _) if supers.contains(of) => Evidence::InheritedMember,
            _ => continue,
        };
        judged.push((candidate.symbol, evidence));
    }
    dedup(&mut judged);
    let is_parameter = last.len() <= 2 && last.chars().all(char::is_uppercase);
    if judged.is_empty() && is_parameter && rest.is_empty() {
        // `T::x` of a generic parameter.
        return judge_value(context, file, reference, "");
    }
    judged
}

/// `Type::x` where nothing says which `Type`.
fn of_type(candidate: &Candidate, file: &FileContext, imported_elsewhere: bool) -> Evidence {
    if candidate.file_id() == file.id {
        Evidence::QualifiedByType
    } else if !imported_elsewhere && candidate.file.path.directory() == file.path.directory() {
        Evidence::TypeNearby
    } else {
        Evidence::TypeElsewhere
    }
}

/// `value.x`
fn judge_value(
    context: &mut Context<'_>,
    file: &Rc<FileContext>,
    reference: &Reference,
    qualifier: &str,
) -> Judged {
    let mut types = receiver_types(file, reference, qualifier);
    for at in 0..types.len() {
        let supers = context.supers(&types[at].clone());
        types.extend(supers.iter().cloned());
    }
    let candidates = context.candidates(&reference.name);
    let everyday = is_everyday_method(&reference.name);
    let few = candidates.selected(file, &[]).len() == candidates.all.len();
    let members: Vec<&Candidate> = (candidates.selected(file, &types).into_iter())
        .filter(|it| it.owner.is_some() && suits(it, reference, file))
        .collect();
    let unique = few && members.len() == 1;
    let last = qualifier.rsplit(['.', ':']).next().unwrap_or(qualifier);
    let value = squeeze(bare(last));
    let mut judged = Judged::new();
    for candidate in members {
        let owner = candidate.owner.as_deref().unwrap_or_default();
        let evidence = if types.iter().any(|it| it == owner) {
            Evidence::ReceiverType
        } else if is_called_like(&value, owner) {
            Evidence::ReceiverName
        } else if everyday {
            continue;
        } else if candidate.file_id() == file.id {
            Evidence::MethodOfFile
        } else if explicit_import(file, owner).is_some() {
            Evidence::TypeInScope
        } else if candidate.file.path.directory() == file.path.directory() {
            Evidence::SameFolder
        } else if candidate.file.module.package() == file.module.package() {
            Evidence::SamePackage
        } else {
            Evidence::NameOnly
        };
        let evidence = if unique && !everyday {
            evidence.min(Evidence::UniqueMethod)
        } else {
            evidence
        };
        if few || evidence <= Evidence::SameFolder {
            judged.push((candidate.symbol, evidence));
        }
    }
    judged
}

/// Types the receiver is declared with: by a parameter in the signature of a function around, by a field of the type
/// around (`self.field`), or by being constructed on the spot (`Type::new().x()`, `Type().x()`).
fn receiver_types(
    file: &FileContext,
    reference: &Reference,
    qualifier: &str,
) -> Vec<CompactString> {
    let facts = &file.facts;
    if let Some(field) = (qualifier.strip_prefix("self.")).filter(|it| it.chars().all(is_name)) {
        let own = own_type(facts, reference.enclosing);
        let fields = facts
            .symbols
            .iter()
            .filter(|it| it.name == field && own.is_some() && own_type(facts, it.container) == own);
        return fields
            .flat_map(|it| declared_types(&it.signature, field))
            .collect();
    }
    if !qualifier.is_empty() && qualifier.chars().all(is_name) {
        let declared = containers(facts, reference.enclosing)
            .map(|(_, it)| declared_types(&it.signature, qualifier))
            .find(|types| !types.is_empty());
        return declared.unwrap_or_default();
    }
    let constructed = qualifier.split(['(', '<', ':']).next().unwrap_or_default();
    let is_constructed = constructed.len() < qualifier.len()
        && constructed.starts_with(char::is_uppercase)
        && constructed.chars().all(is_name)
        && qualifier.matches('(').count() == 1;
    is_constructed
        .then(|| constructed.into())
        .into_iter()
        .collect()
}

/// `tcp_stream` and `stream` for `TcpStream`; at least three letters.
fn is_called_like(value: &[u8], owner: &str) -> bool {
    value.len() >= 3 && {
        let humps = letters::hump_bits(owner);
        let owner_letters = squeeze(owner);
        owner_letters == value
            || (owner_letters.ends_with(value)
                && owner.len() == owner_letters.len()
                && humps & (1 << (owner.len() - value.len()).min(63)) != 0)
    }
}

/// Folded, without separators.
fn squeeze(name: &str) -> Vec<u8> {
    let mut folded = letters::fold(name);
    folded.retain(|byte| *byte != b'_');
    folded
}

/// Whether a target (a module, then perhaps a type) leads to what the candidate lies in.
fn leads_to_member(target: &Target, candidate: &Candidate) -> Option<Leads> {
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
        segments: module.iter().cloned().collect(),
    };
    module.leads_to(&candidate.module, package_len)
}

/// The import that gives this name its meaning here.
fn explicit_import<'f>(file: &'f FileContext, alias: &str) -> Option<&'f Import> {
    let imports = file.facts.imports.iter();
    imports
        .filter(|it| it.name != "*")
        .find(|it| it.alias == alias)
}

fn is_standard(file: &FileContext, import: &Import) -> bool {
    let root = import.path.split([':', '.']).next().unwrap_or_default();
    match file.module.language {
        Language::Rust => is_standard_root(root, true),
        Language::Python => is_standard_root(root, false),
        Language::Other => false,
    }
}

/// Keeps the strongest evidence of each symbol.
fn dedup(judged: &mut Judged) {
    judged.sort_unstable();
    judged.dedup_by_key(|it| it.0);
}

/// Whether a definition of this kind can be used in this way.
fn suits(candidate: &Candidate, reference: &Reference, file: &FileContext) -> bool {
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
