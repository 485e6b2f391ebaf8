//! Models for second opinions, from the command line: kept, chosen, used, removed. The model is a random one of 16 dimensions,
//! run by the interpreter inside the program.

use std::path::Path;

use symseek_tests::{EvalServer, Workspace, repository};

const BUILT_IN: [&str; 2] = ["--onnx-runtime", "builtin"];

/// A searched folder, and a model's folder beside it.
fn workspace() -> (Workspace, String) {
    let workspace = Workspace::new(&[
        ("src/a.py", "def retry(request):\n    wait(request)\n"),
        ("src/b.py", "def parse(config):\n    return config.file\n"),
        (
            "src/c.py",
            "def colour(invoice):\n    return invoice.colour\n",
        ),
    ]);
    let model = workspace.cache().with_file_name("model");
    tiny(&model);
    let model = model.to_str().expect("a scratch path is UTF-8").to_owned();
    (workspace, model)
}

/// Puts a random model of 16 dimensions into a folder.
pub(crate) fn tiny(model: &Path) {
    let tiny = repository().join("server/crates/embed/tests/tiny");
    for file in [
        "tokens/model.onnx",
        "tokens/config.json",
        "tokens/modules.json",
        "tokens/pool/config.json",
        "tokens/config_sentence_transformers.json",
        "tokenizer.json",
    ] {
        let place = model.join(file.strip_prefix("tokens/").unwrap_or(file));
        std::fs::create_dir_all(place.parent().unwrap_or(Path::new("")))
            .expect("the scratch directory is writable");
        std::fs::copy(tiny.join(file), place).expect("the scratch directory is writable");
    }
}

fn refined(workspace: &Workspace, options: &[&str]) -> (bool, Vec<String>) {
    let query = ["search", "request the file again", ".", "--json"];
    let output = workspace.run(&[&query[..], &["--refine-within", "60000"], options].concat());
    let is_refined = output.json()["refined"] == true;
    (is_refined, output.names())
}

#[test]
fn a_model_is_kept_chosen_used_and_removed() {
    let (workspace, folder) = workspace();
    let none = workspace.run(&["model", "list"]);
    assert_eq!(none.code, Some(1), "{none:?}");
    let (is_refined, first) = refined(&workspace, &[]);
    assert!(!is_refined);
    let add = ["model", "add", "small", "--from", &folder];
    let added = workspace.run(&[&add[..], &BUILT_IN].concat());
    assert_eq!(added.code, Some(0), "{added:?}");
    assert!(added.stdout.contains("small  16 dimensions"), "{added:?}");
    assert!(!refined(&workspace, &BUILT_IN).0, "kept, but not chosen");
    let chosen = workspace.run(&["model", "use", "small"]);
    assert_eq!(chosen.code, Some(0), "{chosen:?}");
    assert!(
        workspace
            .run(&["model", "list"])
            .stdout
            .contains("(in use)")
    );
    let (is_refined, mut names) = refined(&workspace, &BUILT_IN);
    assert!(is_refined);
    names.sort();
    let mut same = first.clone();
    same.sort();
    assert_eq!(names, same, "the same hits");
    assert!(!refined(&workspace, &["--onnx", "none"]).0);
    let status = workspace
        .run(&[&["status", "--json"][..], &BUILT_IN].concat())
        .json();
    assert_eq!(status["onnx"]["state"], "ready", "{status}");
    assert!(
        status["onnx"]["vectors"].as_u64() > Some(0),
        "kept: {status}"
    );
    let removed = workspace.run(&["model", "remove", "small"]);
    assert_eq!(removed.code, Some(0), "{removed:?}");
    assert_eq!(refined(&workspace, &[]), (false, first));
}

#[test]
fn a_model_that_cannot_be_had_is_said_and_search_goes_on() {
    let (workspace, folder) = workspace();
    let found = workspace.run(&["search", "request the file", ".", "--onnx", "nowhere"]);
    assert_eq!(found.code, Some(0), "{found:?}");
    assert!(
        found.stderr.contains("nowhere: no model of this name"),
        "{found:?}"
    );
    let add = ["model", "add", "small", "--from", "src"];
    let output = workspace.run(&add);
    assert_eq!(
        (output.code, output.stdout.as_str()),
        (Some(2), ""),
        "{output:?}"
    );
    assert!(output.stderr.contains("holds no model.onnx"), "{output:?}");
    let runtime = [
        "search",
        "request",
        ".",
        "--onnx",
        &folder,
        "--onnx-runtime",
        "src",
    ];
    let output = workspace.run(&runtime);
    assert_eq!(output.code, Some(0), "{output:?}");
}

#[test]
fn the_evaluation_takes_only_the_model_that_it_is_given() {
    let (workspace, folder) = workspace();
    let mut plain = EvalServer::start(&workspace.root(), &[]);
    assert_eq!(plain.ask(b"request the file again")["refined"], false);
    let options = ["--onnx", &folder, BUILT_IN[0], BUILT_IN[1]];
    let mut server = EvalServer::start(&workspace.root(), &options);
    let answer = server.ask(b"request the file again");
    assert_eq!(answer["refined"], true, "{answer}");
    let why = answer["results"][0]["why"]
        .as_array()
        .expect("reasons are a list");
    assert!(why.iter().any(|why| why["leg"] == "model"), "{answer}");
}
