//! The protocol of the retrieval evaluation: a ready line, then one JSON line per query line, whatever the line.

use symseek_tests::{EvalServer, Workspace, finish, names};

fn workspace() -> Workspace {
    Workspace::new(&[
        (
            "src/clock.rs",
            "/// The time of day, in seconds since midnight.\npub fn seconds_today() -> u32 {\n    0\n}\n\npub fn noon() -> u32 {\n    seconds_today()\n}\n",
        ),
        (
            "src/colour.py",
            "def mix(a, b):\n    \"\"\"A colour half way between two.\"\"\"\n    return (a + b) / 2\n",
        ),
    ])
}

#[test]
fn one_ready_line_then_one_answer_per_line() {
    let workspace = workspace();
    let mut server = EvalServer::start(&workspace.root(), &[]);
    assert_eq!(server.ready["files"], 2);
    assert!(server.ready["chunks"].as_u64().unwrap() >= 3);
    assert!(server.ready["index_ms"].is_f64() && server.ready["index_bytes"].is_u64());
    let answer = server.ask(b"blend two colours");
    assert_eq!(answer["query"], "blend two colours");
    assert!(answer["ms"].is_f64());
    let best = &answer["results"][0];
    assert_eq!(
        (best["path"].as_str(), best["name"].as_str()),
        (Some("src/colour.py"), Some("mix"))
    );
    assert_eq!(
        (best["start_line"].as_u64(), best["end_line"].as_u64()),
        (Some(1), Some(3))
    );
    assert!(best["score"].is_f64() && best["why"].is_array());
    assert_eq!(
        names(&server.ask(b"callers of seconds_today")["results"])[0],
        "noon"
    );
    assert_eq!(server.end(), Some(0));
}

#[test]
fn odd_lines_are_answered_too() {
    let workspace = workspace();
    let mut server = EvalServer::start(&workspace.root(), &["--limit", "2"]);
    let empty = server.ask(b"");
    assert_eq!(empty["query"], "");
    assert!(empty["results"].as_array().unwrap().len() <= 2);
    let long = "seconds_today ".repeat(100_000 / 14);
    let answer = server.ask(long.as_bytes());
    assert_eq!(answer["query"].as_str().unwrap().len(), long.len());
    assert_eq!(answer["results"][0]["path"], "src/clock.rs");
    let one_word = server.ask("x".repeat(100_000).as_bytes());
    assert!(one_word["results"].is_array());
    let invalid = server.ask(b"\xff\xfe noon \x80");
    assert_eq!(invalid["query"], "\u{fffd}\u{fffd} noon \u{fffd}");
    assert!(invalid["results"].is_array());
    let control = server.ask(b"noon\0\x1b[31m\ttab");
    assert!(control["results"].is_array());
    // Lines of a log are no typed queries: a filter that means nothing is taken for words.
    let lenient = server.ask(b"kind:banana noon");
    assert!(
        lenient.get("error").is_none() && !lenient["results"].as_array().unwrap().is_empty(),
        "{lenient}"
    );
    assert_eq!(
        names(&server.ask(b"noon\r")["results"])[0],
        "noon",
        "lines may end in CRLF"
    );
    assert_eq!(server.end(), Some(0));
}

#[test]
fn the_last_line_needs_no_end_and_no_input_is_no_error() {
    let workspace = workspace();
    let mut command = workspace.command(&["eval-serve"]);
    command.arg(workspace.root());
    let output = finish(command, b"noon\nmix");
    assert_eq!(output.code, Some(0), "{output:?}");
    assert_eq!(output.stdout.lines().count(), 3, "{output:?}");
    let mut command = workspace.command(&["eval-serve"]);
    command.arg(workspace.root());
    let output = finish(command, b"");
    assert_eq!(
        (output.code, output.stdout.lines().count()),
        (Some(0), 1),
        "{output:?}"
    );
}

#[test]
fn each_leg_answers_alone() {
    let workspace = workspace();
    for (mode, query, name) in [
        ("lexical", "midnight", "seconds_today"),
        ("vector", "blend two colours", "mix"),
        ("symbols", "secondsT", "seconds_today"),
        ("full", "time since midnight", "seconds_today"),
    ] {
        let mut server = EvalServer::start(&workspace.root(), &["--mode", mode]);
        let answer = server.ask(query.as_bytes());
        assert_eq!(answer["results"][0]["name"], name, "{mode}: {answer}");
        let legs: Vec<&str> = answer["results"][0]["why"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|why| why["leg"].as_str())
            .collect();
        match mode {
            "lexical" => assert!(
                legs.contains(&"lexical") && !legs.contains(&"vector"),
                "{legs:?}"
            ),
            "vector" => assert!(
                legs.contains(&"vector") && !legs.contains(&"lexical"),
                "{legs:?}"
            ),
            "symbols" => assert_eq!(legs, ["symbol"]),
            _ => assert!(
                legs.contains(&"lexical") && legs.contains(&"vector"),
                "{legs:?}"
            ),
        }
    }
}

#[test]
fn it_leaves_nothing_behind() {
    let workspace = workspace();
    let scratch = tempfile::tempdir().unwrap();
    let mut command = std::process::Command::new(symseek_tests::binary());
    command
        .arg("eval-serve")
        .arg(workspace.root())
        .env("TMPDIR", scratch.path());
    command
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped());
    let output = finish(command, b"noon\n");
    assert_eq!(output.code, Some(0), "{output:?}");
    let left: Vec<_> = std::fs::read_dir(scratch.path()).unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
    assert!(!workspace.cache().exists());
}
