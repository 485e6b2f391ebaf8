//! A user's own languages and query packs: what is sound counts, what is broken is named with file and line and left out.
//! A process is extended once, so this is one test in a binary of its own.
#![allow(clippy::unwrap_used, reason = "tests")]

use symseek_base::RelPath;
use symseek_syntax::{Extension, Language, SymbolKind, detect, extend, facts, label};

const LANGUAGES: &str = r#"
[[language]]
name = "starlark"
extensions = ["bzl"]
separator = "."
grammar = "tree_sitter_python::LANGUAGE"

[[language]]
name = "klingon"
extensions = ["tlh"]
grammar = "tree_sitter_klingon::LANGUAGE"
"#;

fn file(folder: &str, name: &str, text: &str) -> (String, String, String) {
    (folder.to_owned(), name.to_owned(), text.to_owned())
}

#[test]
fn sound_parts_count_and_broken_ones_are_named() {
    let rules = "; Rules are what a build file defines.\n(assignment left: (identifier) @name) @definition.constant\n";
    let problems = extend(Extension {
        languages: Some(LANGUAGES.to_owned()),
        files: vec![
            file("starlark", "tags.scm", rules),
            // The second line names a node that Go does not have, the fourth a capture that nobody knows.
            file(
                "go",
                "tags.scm",
                "; Mine.\n(no_such_node name: (identifier) @name) @definition.function\n",
            ),
            file(
                "rust",
                "tags.scm",
                "\n\n\n(function_item name: (identifier) @label) @definition.function\n",
            ),
            file("nowhere", "tags.scm", "(x) @name\n"),
        ],
        globs: vec![
            ("*.inc".to_owned(), "php".to_owned()),
            ("*.weird".to_owned(), "esperanto".to_owned()),
        ],
    });
    let said: Vec<String> = problems.iter().map(ToString::to_string).collect();
    for want in [
        "go/tags.scm:2: the grammar has no node no_such_node",
        "rust/tags.scm:4: unknown capture @label",
        "klingon: there is no grammar tree_sitter_klingon::LANGUAGE in this build",
        "nowhere/tags.scm:1: no language with a grammar uses this file",
        "there is no language esperanto",
    ] {
        assert!(
            said.iter().any(|problem| problem.contains(want)),
            "{want} in {said:#?}"
        );
    }
    assert_eq!(said.len(), 5, "{said:#?}");

    let language = |path: &str| detect(&RelPath::new(path).unwrap(), "").map(Language::name);
    assert_eq!(language("rules/cc.bzl"), Some("starlark"));
    assert_eq!(language("old/header.inc"), Some("php"));
    assert_eq!(language("poem.tlh"), None);
    assert_eq!(label(&RelPath::new("poem.tlh").unwrap(), ""), "klingon");
    let symbols = |text: &str, path: &str| -> Vec<(String, SymbolKind)> {
        let facts = facts(text, detect(&RelPath::new(path).unwrap(), text));
        let found = facts.symbols.into_iter();
        found
            .map(|symbol| (symbol.name.to_string(), symbol.kind))
            .collect()
    };
    let own = symbols("RULES = 1\ndef f(): pass\n", "a.bzl");
    assert_eq!(
        own,
        [("RULES".to_owned(), SymbolKind::Constant)],
        "the user's pack alone"
    );
    // The built-in packs serve where the user's are broken.
    let function = |name: &str| vec![(name.to_owned(), SymbolKind::Function)];
    assert_eq!(
        symbols("package main\nfunc run() {}\n", "main.go"),
        function("run")
    );
    assert_eq!(symbols("fn run() {}\n", "main.rs"), function("run"));

    let again = extend(Extension::default());
    assert!(again[0].message.contains("restart"), "{again:?}");
}
