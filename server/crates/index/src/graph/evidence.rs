//! The confidence table: what speaks for binding a reference to a definition, and how much.

use super::SymbolRef;
use rustc_hash::FxHashSet;
use std::sync::LazyLock;

/// Why a reference is thought to mean a definition, strongest first. The confidence belongs to the kind of evidence and is
/// shared by all candidates that have it; what a kind leaves over goes to the next weaker one, and nothing follows a
/// *decisive* kind. Hence the confidences of one reference sum to at most 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Evidence {
    /// Defined in a function or class body around the use.
    EnclosingScope,
    /// `self.x`, `Self::x`, `cls.x`: a member of the type around the use.
    OwnMember,
    /// A bare name defined in the same file (and not inside a type).
    SameFile,
    /// Imported by name, and the import path leads to the very file.
    Imported,
    /// `Type::x`, and `Type` is of this file or imported from the candidate's file.
    QualifiedByType,
    /// `module::x`, and the module path is the candidate's.
    QualifiedByModule,
    /// As the three before, but through re-exports: the path leads to a folder, package or crate around the candidate.
    Reexported,
    /// `self.x`: a member of a base class or of a trait of the type around the use.
    InheritedMember,
    /// The parameter, field or constructed value before the dot is declared with the candidate's type.
    ReceiverType,
    /// `Type::x`, and the candidate's type of that name lies in the same folder.
    TypeNearby,
    /// A macro of the same crate.
    PackageMacro,
    /// A glob import leads to the candidate's module, or around it.
    GlobImported,
    /// As `Reexported`, from a crate that may be the one around the test.
    PerhapsOwnCrate,
    /// `Type::x`, and the candidate's type has that name, somewhere.
    TypeElsewhere,
    /// A method call on an unknown value; no other method here has this name.
    UniqueMethod,
    /// The value is called like the candidate's type: `tcp_stream.x()`, `self.stream.x()`.
    ReceiverName,
    /// A method call on an unknown value; the candidate is in the same file.
    MethodOfFile,
    /// A method call on an unknown value; this file imports the candidate's type.
    TypeInScope,
    /// The same folder.
    SameFolder,
    /// The name is imported from somewhere unknown, and only one definition here has it.
    UniqueImported,
    /// No other definition here has this name.
    UniqueName,
    /// The same crate or top folder.
    SamePackage,
    /// Nothing but the name.
    NameOnly,
}

impl Evidence {
    /// The confidence all candidates with this evidence share, and whether it is decisive.
    pub fn weight(self) -> (f32, bool) {
        match self {
            Self::EnclosingScope => (0.98, true),
            Self::OwnMember => (0.97, true),
            Self::SameFile | Self::Imported | Self::QualifiedByType => (0.95, true),
            Self::QualifiedByModule => (0.92, true),
            Self::Reexported => (0.88, true),
            Self::InheritedMember | Self::ReceiverType | Self::TypeNearby => (0.85, true),
            Self::PackageMacro | Self::GlobImported => (0.8, true),
            Self::PerhapsOwnCrate | Self::TypeElsewhere => (0.75, true),
            Self::UniqueMethod => (0.65, false),
            Self::ReceiverName => (0.6, false),
            Self::MethodOfFile => (0.55, false),
            Self::TypeInScope => (0.5, false),
            Self::SameFolder => (0.45, false),
            Self::UniqueImported | Self::UniqueName => (0.4, false),
            Self::SamePackage => (0.35, false),
            Self::NameOnly => (0.25, false),
        }
    }
}

/// Confidences below this are noise: the many candidates of a name such as `get`.
pub(super) const FLOOR: f32 = 0.01;

/// Shares out confidence by the rule of [`Evidence`]; best first, then by symbol.
pub(super) fn share(mut judged: Vec<(SymbolRef, Evidence)>) -> Vec<(SymbolRef, f32)> {
    judged.sort_unstable_by_key(|&(symbol, evidence)| (evidence, symbol));
    let mut left = 1.0;
    let mut shared = Vec::new();
    for group in judged.chunk_by(|a, b| a.1 == b.1) {
        let (weight, decisive) = group[0].1.weight();
        let each = left * weight / group.len() as f32;
        if each >= FLOOR {
            shared.extend(group.iter().map(|&(symbol, _)| (symbol, each)));
        }
        left *= 1.0 - weight;
        if decisive {
            break;
        }
    }
    shared.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    shared
}

/// Methods of the standard libraries of Rust and Python that nearly every value has. A call of one on an unknown value is
/// bound only with evidence about that value.
pub(super) fn is_everyday_method(name: &str) -> bool {
    EVERYDAY_SET.contains(name)
}

static EVERYDAY_SET: LazyLock<FxHashSet<&str>> = LazyLock::new(|| EVERYDAY.split(' ').collect());
static PYTHON_STANDARD_SET: LazyLock<FxHashSet<&str>> =
    LazyLock::new(|| PYTHON_STANDARD.split(' ').collect());

/// Sorted.
const EVERYDAY: &str = "\
    all and_then any append as_bytes as_deref as_millis as_mut as_path as_ref as_secs as_slice as_str \
    binary_search borrow borrow_mut by_ref capitalize casefold chain chunks clear clone cloned cmp collect \
    concat contains contains_key copied copy count cycle decode dedup default display drain drop elapsed encode \
    ends_with endswith entry enumerate eq err exists expect extend fetch_add fill filter filter_map find first \
    flat_map flatten flush fmt fold format from get get_mut get_or_insert_with hash index insert inspect into \
    into_inner into_iter is_dir is_empty is_err is_file is_none is_none_or is_ok is_some is_some_and isalnum \
    isalpha isdigit islower isupper items iter iter_mut join keys last leak len lines ljust load lock lower \
    lstrip map map_err map_or max max_by max_by_key min min_by min_by_key ne next ok ok_or ok_or_else or_default \
    or_else or_insert or_insert_with parse partial_cmp partition peek peekable pop pop_front popitem position \
    product push push_back push_str read read_to_string remove replace resize retain rev rfind rjust rpartition \
    rsplit rstrip saturating_sub scan setdefault skip sort sort_by sort_by_key sort_unstable split split_at \
    split_whitespace splitlines starts_with startswith step_by store strip strip_prefix sum swap take then title \
    to_lowercase to_owned to_path_buf to_string to_uppercase to_vec trim trim_end trim_start truncate unwrap \
    unwrap_or unwrap_or_default unwrap_or_else unzip update upper values windows wrapping_add write write_all \
    zip";

/// Whether the first part of an import path names a library that comes with the language.
pub(super) fn is_standard_root(root: &str, rust: bool) -> bool {
    if rust {
        matches!(root, "std" | "core" | "alloc" | "proc_macro")
    } else {
        PYTHON_STANDARD_SET.contains(root)
    }
}

/// Sorted; the modules whose functions are most often taken for one's own.
const PYTHON_STANDARD: &str = "\
    __future__ abc argparse ast asyncio base64 bisect builtins codecs collections concurrent contextlib copy csv \
    ctypes dataclasses datetime decimal difflib email enum errno fnmatch functools gc getpass glob gzip hashlib \
    heapq hmac html http importlib inspect io ipaddress itertools json locale logging math mimetypes \
    multiprocessing operator os pathlib pickle platform pprint queue random re secrets select shlex shutil \
    signal socket sqlite3 ssl stat string struct subprocess sys tempfile textwrap threading time tokenize \
    traceback types typing unittest urllib uuid warnings weakref xml zipfile zlib";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_sorted() {
        for list in [EVERYDAY, PYTHON_STANDARD] {
            assert!(list.split(' ').is_sorted());
        }
        assert!(is_everyday_method("unwrap") && !is_everyday_method("app"));
        assert!(is_standard_root("os", false) && !is_standard_root("os", true));
    }
}
