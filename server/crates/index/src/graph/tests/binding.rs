//! Rules of binding that do not depend on a language's text.

use super::evidence::{Evidence, share};
use super::*;

fn symbol(at: u32) -> SymbolRef {
    SymbolRef {
        base: None,
        file: FileKey(0),
        symbol: SymbolIdx(at),
    }
}

#[test]
fn decisive_evidence_hides_the_rest() {
    let shared = share(vec![
        (symbol(0), Evidence::NameOnly),
        (symbol(1), Evidence::SameFile),
    ]);
    assert_eq!(shared, [(symbol(1), 0.95)]);
}

#[test]
fn confidences_sum_to_at_most_one() {
    let shared = share(vec![
        (symbol(0), Evidence::NameOnly),
        (symbol(1), Evidence::SameFolder),
        (symbol(2), Evidence::SameFolder),
        (symbol(3), Evidence::MethodOfFile),
    ]);
    let confidences: Vec<f32> = shared.iter().map(|it| it.1).collect();
    assert!(confidences.iter().sum::<f32>() <= 1.0);
    assert!(confidences.is_sorted_by(|a, b| a >= b));
    assert_eq!(shared[0].0, symbol(3));
    assert_eq!(shared.len(), 4);
}

#[test]
fn evidence_is_listed_strongest_first() {
    use Evidence as E;
    let all = [
        E::EnclosingScope,
        E::OwnMember,
        E::SameFile,
        E::Imported,
        E::QualifiedByType,
        E::QualifiedByModule,
        E::Reexported,
        E::InheritedMember,
        E::ReceiverType,
        E::TypeNearby,
        E::PackageMacro,
        E::GlobImported,
        E::PerhapsOwnCrate,
        E::TypeElsewhere,
        E::UniqueMethod,
        E::ReceiverName,
        E::MethodOfFile,
        E::TypeInScope,
        E::SameFolder,
        E::UniqueImported,
        E::UniqueName,
        E::SamePackage,
        E::NameOnly,
    ];
    assert!(all.is_sorted());
    assert!(all.is_sorted_by(|a, b| a.weight().0 >= b.weight().0));
    assert!(all.iter().all(|it| it.weight().0 <= 1.0));
}
