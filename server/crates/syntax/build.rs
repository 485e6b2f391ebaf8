//! Embeds `tree-sitter-queries`: the registry, every query file, and the grammar that each row of `languages.toml`
//! names. So a new language needs a folder, a row and a dependency, and no line of Rust.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// The files of a pack, in the order in which their patterns are matched.
const FILES: [&str; 4] = ["imports.scm", "tags.scm", "locals.scm", "chunks.scm"];

fn main() {
    let packs = PathBuf::from(env("CARGO_MANIFEST_DIR")).join("../../../tree-sitter-queries");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={}", packs.display());
    let registry = packs.join("languages.toml");
    let text = std::fs::read_to_string(&registry)
        .unwrap_or_else(|error| panic!("{}: {error}", registry.display()));
    let toml: toml::Table =
        toml::from_str(&text).unwrap_or_else(|error| panic!("languages.toml: {error}"));
    let rows = toml["language"]
        .as_array()
        .expect("languages.toml lists [[language]]");

    let mut code = String::from("static GRAMMARS: &[(&str, LanguageFn)] = &[\n");
    let mut grammars: Vec<&str> = rows
        .iter()
        .filter_map(|row| row.get("grammar")?.as_str())
        .collect();
    grammars.sort_unstable();
    grammars.dedup();
    for grammar in grammars {
        writeln!(code, "    (\"{grammar}\", {grammar}),").expect("a string takes all");
    }
    code.push_str("];\nstatic PACKS: &[(&str, &[(&str, &str)])] = &[\n");
    for pack in folders(&packs) {
        let name = pack
            .file_name()
            .and_then(|name| name.to_str())
            .expect("folders have plain names");
        writeln!(code, "    (\"{name}\", &[").expect("a string takes all");
        for file in FILES {
            let path = pack.join(file);
            if path.is_file() {
                let path = path.canonicalize().expect("it is a file");
                println!("cargo::rerun-if-changed={}", path.display());
                let path = path.to_str().expect("sources have plain paths");
                writeln!(code, "        ({file:?}, include_str!({path:?})),")
                    .expect("a string takes all");
            }
        }
        code.push_str("    ]),\n");
    }
    code.push_str("];\n");
    let registry = registry.canonicalize().expect("it was read");
    let registry = registry.to_str().expect("sources have plain paths");
    writeln!(code, "static LANGUAGES: &str = include_str!({registry:?});")
        .expect("a string takes all");
    let out = PathBuf::from(env("OUT_DIR")).join("packs.rs");
    std::fs::write(&out, code).unwrap_or_else(|error| panic!("{}: {error}", out.display()));
}

fn env(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("cargo sets {name}"))
}

fn folders(of: &Path) -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = std::fs::read_dir(of)
        .unwrap_or_else(|error| panic!("{}: {error}", of.display()))
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.is_dir())
        .collect();
    folders.sort();
    folders
}
