//! Query packs are valid for tree-sitter itself and for our compiler. Whether both find the same matches is not compared.
#![allow(clippy::unwrap_used, reason = "tests")]

use symseek_syntax::Language;

fn grammar(name: &str) -> tree_sitter::Language {
    match name {
        "rust" => tree_sitter_rust::LANGUAGE.into(),
        "python" => tree_sitter_python::LANGUAGE.into(),
        other => panic!("bind the grammar of {other} here"),
    }
}

#[test]
fn every_query_file_compiles_with_tree_sitter() {
    for language in Language::all() {
        for (file, text) in language.query_files() {
            if let Err(error) = tree_sitter::Query::new(&grammar(language.name()), text) {
                panic!("{file}:{}: {error}", error.row + 1);
            }
        }
        language.check_pack().unwrap();
    }
}
