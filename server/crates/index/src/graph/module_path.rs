//! Module paths: what a file's path says about the name its contents have, and whether an import path leads there.
//!
//! Guesses from paths alone; no manifest, no build system. `src` folders are left out, `-` is written `_`, and the files
//! that speak for their folder (`mod.rs`, `lib.rs`, `main.rs`, `__init__.py`, `index.ts`) have the folder's path.

use super::evidence::is_standard_root;
use compact_str::CompactString;
use smallvec::SmallVec;
use symseek_base::RelPath;

pub(super) type Segments = SmallVec<[CompactString; 8]>;

/// What rules names follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Language {
    Rust,
    Python,
    /// Names of one folder see each other, members are visible bare inside their type.
    Other,
}

/// Where a file stands among the modules.
#[derive(Debug, Clone)]
pub(super) struct ModulePath {
    pub(super) segments: Segments,
    /// How many leading segments lead to the crate (Rust), or one for the top folder.
    pub(super) package_len: usize,
    pub(super) language: Language,
    /// It speaks for its folder.
    pub(super) is_folder: bool,
}

/// A path as written in an import or before a name, made absolute where it can be.
#[derive(Debug, Clone)]
pub(super) struct Target {
    /// `segments` begin at the workspace root; otherwise they may begin anywhere.
    pub(super) anchored: bool,
    pub(super) segments: Segments,
    /// The crate around a file of `tests`, `benches` or `examples`: the first segment of an unanchored path may be its name.
    pub(super) own_crate: Option<Segments>,
}

/// How well a target leads to a module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Leads {
    /// To the module itself.
    There,
    /// To a folder, package or crate around it.
    Around,
    /// To what may be the crate around it: the name of a crate is not in its path.
    Perhaps,
}

/// Whether a file with this stem speaks for its folder.
pub(super) fn is_folder_module(stem: &str) -> bool {
    matches!(stem, "mod" | "lib" | "main" | "__init__" | "index")
}

impl ModulePath {
    pub(super) fn of(path: &RelPath) -> Self {
        let language = match path.extension() {
            "rs" => Language::Rust,
            "py" | "pyi" => Language::Python,
            _ => Language::Other,
        };
        let folders: Vec<&str> = path
            .directory()
            .split('/')
            .filter(|part| !part.is_empty())
            .collect();
        let source_root = folders.iter().rposition(|part| *part == "src");
        let is_source = |part: &&&str| **part != "src";
        let mut segments: Segments = folders
            .iter()
            .filter(is_source)
            .map(|it| plain(it))
            .collect();
        let package_len = match (language, source_root) {
            (Language::Rust, Some(at)) => folders[..at].iter().filter(is_source).count(),
            (Language::Rust, None) => folders
                .iter()
                .position(|part| is_beside_source(part))
                .unwrap_or(0),
            _ => segments.len().min(1),
        };
        let is_folder = is_folder_module(path.stem());
        if !is_folder {
            segments.push(plain(path.stem()));
        }
        Self {
            segments,
            package_len,
            language,
            is_folder,
        }
    }

    /// The crate or top folder.
    pub(super) fn package(&self) -> &[CompactString] {
        &self.segments[..self.package_len.min(self.segments.len())]
    }

    /// Makes a written path absolute, seen from the inline module `inline` of this file.
    pub(super) fn resolve(&self, inline: &[CompactString], written: &str) -> Target {
        match self.language {
            Language::Rust => self.resolve_rust(inline, written),
            _ if written.contains('/') => self.resolve_file(written),
            _ => self.resolve_dotted(written),
        }
    }

    fn resolve_rust(&self, inline: &[CompactString], written: &str) -> Target {
        let mut parts = written
            .split("::")
            .map(|part| bare(part.trim()))
            .filter(|part| !part.is_empty())
            .peekable();
        let here = || self.segments.iter().chain(inline).cloned().collect();
        let mut base: Option<Segments> = None;
        while let Some(part) = parts.peek() {
            match *part {
                "crate" | "$crate" => base = Some(self.package().iter().cloned().collect()),
                "self" => {
                    base.get_or_insert_with(here);
                }
                "super" => {
                    base.get_or_insert_with(here).pop();
                }
                _ => break,
            }
            parts.next();
        }
        let anchored = base.is_some();
        let mut segments = base.unwrap_or_default();
        segments.extend(parts.map(plain));
        let own_crate = (!anchored && self.is_beside_source()).then(|| {
            let package = self.package().iter().cloned();
            package.collect()
        });
        Target {
            anchored,
            segments,
            own_crate,
        }
    }

    /// A Rust file that uses its crate from outside.
    fn is_beside_source(&self) -> bool {
        let inside = self.segments.get(self.package_len);
        self.language == Language::Rust && inside.is_some_and(|it| is_beside_source(it))
    }

    fn resolve_dotted(&self, written: &str) -> Target {
        let rest = written.trim_start_matches('.');
        let dots = written.len() - rest.len();
        let mut segments = Segments::new();
        if dots > 0 {
            segments.extend(self.segments.iter().cloned());
            let up = dots - usize::from(self.is_folder);
            segments.truncate(segments.len().saturating_sub(up));
        }
        let parts = rest.split('.').flat_map(|part| part.split("::"));
        segments.extend(parts.map(bare).filter(|part| !part.is_empty()).map(plain));
        Target {
            anchored: dots > 0,
            segments,
            own_crate: None,
        }
    }

    fn resolve_file(&self, written: &str) -> Target {
        let anchored = written.starts_with('.');
        let mut segments = Segments::new();
        if anchored {
            segments.extend(self.segments.iter().cloned());
            if !self.is_folder {
                segments.pop();
            }
        }
        for part in written.split('/') {
            match part {
                "" | "." => {}
                ".." => {
                    segments.pop();
                }
                part => segments.push(plain(part.split('.').next().unwrap_or(part))),
            }
        }
        Target {
            anchored,
            segments,
            own_crate: None,
        }
    }
}

impl Target {
    /// Whether it leads to the module with this path, of which the first `package_len` segments lead to its crate.
    pub(super) fn leads_to(&self, module: &[CompactString], package_len: usize) -> Option<Leads> {
        let wanted = self.segments.as_slice();
        if self.anchored {
            return if module == wanted {
                Some(Leads::There)
            } else {
                let first = wanted
                    .first()
                    .is_none_or(|first| module.first() == Some(first));
                (first && is_subsequence(wanted, module)).then_some(Leads::Around)
            };
        }
        let (first, rest) = wanted.split_first()?;
        if module.ends_with(wanted) {
            return Some(Leads::There);
        }
        let package_len = package_len.min(module.len());
        if let Some(package) = module[..package_len].last()
            && is_package_name(first, package)
        {
            let inside = &module[package_len..];
            if inside == rest {
                return Some(Leads::There);
            }
            if is_subsequence(rest, inside) {
                return Some(Leads::Around);
            }
        }
        let start = module.iter().position(|part| part == first);
        if start.is_some_and(|start| is_subsequence(rest, &module[start + 1..])) {
            return Some(Leads::Around);
        }
        let inside = module.strip_prefix(self.own_crate.as_deref()?)?;
        if package_len + inside.len() != module.len()
            || is_standard_root(first, true)
            || inside.first().is_some_and(|it| is_beside_source(it))
        {
            None
        } else if !rest.is_empty() && inside == rest {
            Some(Leads::Around)
        } else {
            is_subsequence(rest, inside).then_some(Leads::Perhaps)
        }
    }

    /// The same path with more parts behind it.
    pub(super) fn join<'t>(mut self, parts: impl Iterator<Item = &'t str>) -> Self {
        self.segments.extend(parts.map(plain));
        self
    }
}

fn is_beside_source(folder: &str) -> bool {
    matches!(folder, "tests" | "benches" | "examples")
}

/// Whether an imported crate or package may live in a folder of this name: `symseek_base` in `base`.
fn is_package_name(imported: &str, folder: &str) -> bool {
    imported == folder
        || imported
            .strip_suffix(folder)
            .is_some_and(|rest| rest.ends_with('_'))
}

fn is_subsequence(wanted: &[CompactString], all: &[CompactString]) -> bool {
    let mut all = all.iter();
    wanted.iter().all(|part| all.any(|it| it == part))
}

fn plain(part: &str) -> CompactString {
    if part.contains('-') {
        part.replace('-', "_").into()
    } else {
        part.into()
    }
}

/// A name without what follows it in brackets: `Vec` of `Vec<T>`, `Foo` of `&'a mut Foo[0]`.
pub(super) fn bare(part: &str) -> &str {
    let end = part.find(['<', '[', '(', '{']).unwrap_or(part.len());
    let part = part[..end].trim();
    part.rsplit([' ', '&', '*']).next().unwrap_or(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn module(path: &str) -> ModulePath {
        ModulePath::of(&RelPath::new(path).unwrap())
    }

    fn leads(from: &str, written: &str, to: &str) -> Option<Leads> {
        let to = module(to);
        let target = module(from).resolve(&[], written);
        target.leads_to(&to.segments, to.package_len)
    }

    #[test]
    fn rust_paths() {
        let from = "server/crates/base/src/net/tcp.rs";
        let there = Some(Leads::There);
        let around = Some(Leads::Around);
        assert_eq!(
            leads(from, "crate::io::poll", "server/crates/base/src/io/poll.rs"),
            there
        );
        assert_eq!(
            leads(from, "crate::io", "server/crates/base/src/io/poll.rs"),
            around
        );
        assert_eq!(
            leads(
                from,
                "crate::io::poll",
                "server/crates/embed/src/io/poll.rs"
            ),
            None
        );
        assert_eq!(
            leads(from, "super::udp", "server/crates/base/src/net/udp.rs"),
            there
        );
        assert_eq!(
            leads(from, "super", "server/crates/base/src/net/mod.rs"),
            there
        );
        assert_eq!(
            leads(from, "symseek_embed", "server/crates/embed/src/lib.rs"),
            there
        );
        assert_eq!(
            leads(from, "symseek_embed", "server/crates/embed/src/onnx.rs"),
            around
        );
        assert_eq!(
            leads(from, "tokio_util::codec", "tokio-util/src/codec/mod.rs"),
            there
        );
        assert_eq!(
            leads(from, "std::io", "server/crates/base/src/io/poll.rs"),
            None
        );
    }

    #[test]
    fn tests_use_their_crate_by_name() {
        let from = "crates/base/tests/net.rs";
        let to = "crates/base/src/net/tcp.rs";
        assert_eq!(leads(from, "anything::net::tcp", to), Some(Leads::Around));
        assert_eq!(leads(from, "anything::net", to), Some(Leads::Perhaps));
        assert_eq!(leads(from, "anything::fs", to), None);
        assert_eq!(leads(from, "std::net", to), None);
        assert_eq!(
            leads("tests/net.rs", "tokio::net", "src/net/mod.rs"),
            Some(Leads::Around)
        );
        assert_eq!(leads("tests/net.rs", "std::io", "src/io.rs"), None);
    }

    #[test]
    fn python_paths() {
        let there = Some(Leads::There);
        assert_eq!(
            leads("app/web/views.py", ".forms", "app/web/forms.py"),
            there
        );
        assert_eq!(
            leads("app/web/views.py", "..core.models", "app/core/models.py"),
            there
        );
        assert_eq!(
            leads("app/web/__init__.py", ".forms", "app/web/forms.py"),
            there
        );
        assert_eq!(leads("x.py", "app.web", "src/app/web/__init__.py"), there);
        assert_eq!(
            leads("x.py", "app", "app/web/forms.py"),
            Some(Leads::Around)
        );
        assert_eq!(leads("x.py", "os.path", "app/path.py"), None);
    }

    #[test]
    fn file_imports() {
        assert_eq!(
            leads("ui/a/view.ts", "../b/model", "ui/b/model.ts"),
            Some(Leads::There)
        );
    }

    #[test]
    fn bare_names() {
        assert_eq!(bare("&'a mut Foo<T>"), "Foo");
        assert_eq!(bare("Vec<u8>"), "Vec");
    }
}
