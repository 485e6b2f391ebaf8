//! Query packs are valid for tree-sitter itself and for our compiler. Whether both find the same matches is not compared.
#![allow(clippy::unwrap_used, reason = "tests")]

use symseek_syntax::Language;

#[test]
fn every_query_file_compiles_with_tree_sitter() {
    let mut errors = Vec::new();
    for language in Language::all() {
        let own = language
            .query_files()
            .next()
            .map(|(file, _)| file.split('/').next());
        for (file, text) in language.query_files() {
            // What is inherited was written for another grammar and is checked there.
            if Some(file.split('/').next()) != own {
                continue;
            }
            if let Err(error) = tree_sitter::Query::new(language.grammar(), text) {
                errors.push(format!("{file}:{}: {error}", error.row + 1));
            }
        }
        language.check_pack().unwrap();
    }
    assert!(errors.is_empty(), "{}", errors.join("\n"));
}
