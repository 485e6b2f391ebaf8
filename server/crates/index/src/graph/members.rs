//! Binding a name with something before it: members of the own type, paths, and members of values.
//!
//! Part of [`super::bind`]; bare names and imports are there.

use super::bind::{Judged, dedup, explicit_import, is_standard, leads_to_member, suits};
use super::context::{
    Candidate, Context, FileContext, containers, declared_types, is_name, own_type,
};
use super::evidence::{Evidence, is_everyday_method, is_standard_root};
use super::letters;
use super::module_path::{Language, Leads, Target, bare};
use compact_str::CompactString;
use std::rc::Rc;
use symseek_syntax::Reference;

/// `self.x`, `Self::x`, `cls.x`, `super().x`
pub(super) fn judge_own(
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
pub(super) fn judge_path(
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
        vec![
            file.module
                .resolve(&inline_modules(file, reference), qualifier),
        ]
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
    let selected = candidates.of_types(&types);
    let standard = import.is_some_and(|import| is_standard(file, import))
        || is_standard_root(first, file.module.language == Language::Rust);
    let mut judged = Judged::new();
    for candidate in selected {
        if candidate.local_to.is_some() || !suits(candidate, reference, file) {
            continue;
        }
        let led = targets.iter().enumerate().find_map(|(hop, target)| {
            let leads = leads_to_member(target, candidate)?;
            Some(match leads {
                Leads::There if hop > 0 => Leads::Around,
                leads => leads,
            })
        });
        let known = import.is_some() || !rest.is_empty();
        let evidence = match (&candidate.owner, led) {
            (Some(_), Some(Leads::There)) if known => Evidence::QualifiedByType,
            (None, Some(Leads::There)) => Evidence::QualifiedByModule,
            (_, Some(Leads::Around)) if known || candidate.owner.is_none() => Evidence::Reexported,
            (_, Some(Leads::Perhaps)) if known || candidate.owner.is_none() => {
                Evidence::PerhapsOwnCrate
            }
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

/// Inline modules around a use, outermost first.
pub(super) fn inline_modules(file: &FileContext, reference: &Reference) -> Vec<CompactString> {
    let around = containers(&file.facts, reference.enclosing);
    let mut modules: Vec<CompactString> = around
        .filter(|(_, it)| super::context::is_module(it.kind))
        .map(|(_, it)| it.name.clone())
        .collect();
    modules.reverse();
    modules
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
pub(super) fn judge_value(
    context: &mut Context<'_>,
    file: &Rc<FileContext>,
    reference: &Reference,
    qualifier: &str,
) -> Judged {
    let declared = receiver_types(file, reference, qualifier);
    let is_declared = declared.is_some();
    let mut types = declared.unwrap_or_default();
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
        } else if !is_declared && is_called_like(&value, owner) {
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
/// `None` when nothing declares it; a declaration may name no type that has members here (`&[u8]`).
fn receiver_types(
    file: &FileContext,
    reference: &Reference,
    qualifier: &str,
) -> Option<Vec<CompactString>> {
    let facts = &file.facts;
    if let Some(field) = (qualifier.strip_prefix("self.")).filter(|it| it.chars().all(is_name)) {
        let own = own_type(facts, reference.enclosing)?;
        let mut fields = facts.symbols.iter().filter(|it| it.name == field);
        return fields.find_map(|it| {
            let same = own_type(facts, it.container).as_ref() == Some(&own);
            same.then(|| declared_types(&it.signature, field)).flatten()
        });
    }
    if !qualifier.is_empty() && qualifier.chars().all(is_name) {
        return containers(facts, reference.enclosing)
            .find_map(|(_, it)| declared_types(&it.signature, qualifier));
    }
    let constructed = qualifier.split(['(', '<', ':']).next().unwrap_or_default();
    let is_constructed = constructed.len() < qualifier.len()
        && constructed.starts_with(char::is_uppercase)
        && constructed.chars().all(is_name)
        && qualifier.matches('(').count() == 1;
    is_constructed.then(|| vec![constructed.into()])
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
