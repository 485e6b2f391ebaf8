//! Documents through the protocol: encodings, odd texts, bad edits and their repair.

use super::TestClient;
use serde_json::{Value, json};

const URI: &str = "file:///w/a.rs";

fn logged(client: &mut TestClient, part: &str) -> Value {
    client.expect(|message| {
        message["method"] == json!("window/logMessage")
            && message["params"]["message"]
                .as_str()
                .unwrap()
                .contains(part)
    })
}

#[test]
fn each_encoding_edits_and_answers_in_its_own_columns() {
    for (offered, name, column) in [
        (json!(["utf-8", "utf-16"]), "utf-16", 5),
        (json!(["utf-8"]), "utf-8", 9),
        (json!(["utf-32"]), "utf-32", 4),
    ] {
        let mut client = TestClient::fresh(crate::lsp::shared::Options::default());
        let answer =
            client.initialize(json!({"capabilities": {"general": {"positionEncodings": offered}}}));
        assert_eq!(
            answer["result"]["capabilities"]["positionEncoding"],
            json!(name)
        );
        client.open(URI, "\u{feff}\u{1F600}  \r\nend\r\n");
        client.edit(URI, 2, [0, column, 0, 999], "needle");
        let text = client.ask("symseek/search", json!("needle"));
        assert_eq!(
            client.backend.text("/w/a.rs").unwrap(),
            "\u{feff}\u{1F600}  needle\r\nend\r\n"
        );
        let selection = &text["result"]["hits"][0]["selectionRange"];
        assert_eq!(
            selection["start"],
            json!({"line": 0, "character": column}),
            "{name}"
        );
    }
}

#[test]
fn half_an_emoji_does_not_lose_the_document() {
    let mut client = TestClient::new();
    client.open(URI, "ab");
    let body = r#"{"jsonrpc":"2.0","method":"textDocument/didChange","params":{"textDocument":{"uri":"file:///w/a.rs","version":2},"contentChanges":[{"range":{"start":{"line":0,"character":1},"end":{"line":0,"character":1}},"text":"\ud83d"}]}}"#;
    client.raw(format!("Content-Length: {}\r\n\r\n{body}", body.len()).as_bytes());
    client.edit(URI, 3, [0, 2, 0, 2], "c");
    client.settle();
    assert_eq!(client.backend.text("/w/a.rs").unwrap(), "a\u{fffd}cb");
}

#[test]
fn a_bad_edit_degrades_once_and_a_full_text_repairs() {
    let mut client = TestClient::new();
    client.open(URI, "fn good() {}\n");
    client.edit(URI, 2, [50, 0, 50, 0], "lost");
    client.edit(URI, 3, [0, 0, 0, 0], "lost too");
    logged(&mut client, "line 50");
    assert_eq!(
        client.symbols("good"),
        ["good"],
        "the last good text answers"
    );
    assert_eq!(client.symbols("lost"), Vec::<String>::new());
    client.change(URI, 4, json!([{"text": "fn repaired() {}\n"}]));
    client.edit(URI, 5, [0, 3, 0, 3], "well_");
    assert_eq!(client.symbols("well_"), ["well_repaired"]);
    let again = client.expect_within(std::time::Duration::ZERO, |message| {
        message["method"] == json!("window/logMessage")
    });
    assert_eq!(again, None, "one message for one fault");
}

#[test]
fn versions_that_go_back_and_malformed_changes_degrade_too() {
    let mut client = TestClient::new();
    client.open(URI, "fn a() {}\n");
    client.edit(URI, 5, [0, 0, 0, 0], "x");
    client.edit(URI, 3, [0, 0, 0, 0], "y");
    logged(&mut client, "version 3 follows version 5");
    client.change(URI, 6, json!([{"text": "fn b() {}\n"}]));
    assert_eq!(client.symbols("b("), ["b"]);
    client.change(URI, 7, json!([{"text": 3}]));
    logged(&mut client, "malformed");
    client.open(URI, "fn c() {}\n");
    assert_eq!(client.symbols("c("), ["c"], "opening again repairs");
    client.notify(
        "textDocument/didOpen",
        json!({"textDocument": {"uri": 3, "text": "secret"}}),
    );
    let message = logged(&mut client, "didOpen was not understood");
    assert!(!message.to_string().contains("secret"));
}

#[test]
fn a_save_repairs_from_the_disk() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("with space ä.rs");
    std::fs::write(&path, "fn on_disk() {}\n").unwrap();
    let uri = tower_lsp::lsp_types::Url::from_file_path(&path).unwrap();
    let mut client = TestClient::new();
    client.open(uri.as_str(), "fn other() {}\n");
    client.edit(uri.as_str(), 2, [9, 9, 9, 9], "bad");
    client.notify(
        "textDocument/didSave",
        json!({"textDocument": {"uri": uri}}),
    );
    assert_eq!(client.symbols("on_disk"), ["on_disk"]);
    client.edit(uri.as_str(), 3, [0, 3, 0, 3], "again_");
    assert_eq!(client.symbols("again_"), ["again_on_disk"]);
}

#[test]
fn edits_to_an_unknown_document_are_told_and_harmless() {
    let mut client = TestClient::new();
    client.edit("file:///never", 1, [0, 0, 0, 0], "x");
    logged(&mut client, "never opened");
    client.notify(
        "textDocument/didClose",
        json!({"textDocument": {"uri": "file:///never"}}),
    );
    client.notify(
        "textDocument/didSave",
        json!({"textDocument": {"uri": "file:///never"}}),
    );
    client.settle();
}

#[test]
fn documents_without_a_file_are_searched_and_others_are_not() {
    let mut client = TestClient::new();
    client.open("untitled:Untitled-1", "fn scratch() {}\n");
    client.open("git:/w/a.rs?ref", "fn scratch() {}\n");
    let answer = client.ask("workspace/symbol", json!({"query": "scratch"}));
    let found = answer["result"].as_array().unwrap();
    assert_eq!(found.len(), 1, "{answer}");
    assert_eq!(found[0]["location"]["uri"], json!("untitled:Untitled-1"));
    client.edit("git:/w/a.rs?ref", 2, [0, 0, 0, 0], "x");
    client.notify(
        "textDocument/didClose",
        json!({"textDocument": {"uri": "untitled:Untitled-1"}}),
    );
    assert_eq!(client.symbols("scratch"), Vec::<String>::new());
}

#[test]
fn an_open_document_keeps_the_spelling_of_its_uri() {
    let mut client = TestClient::new();
    let uri = "file:///w/a%2Bb/%C3%A4%20x.rs";
    client.open(uri, "fn spelled() {}\n");
    let answer = client.ask("workspace/symbol", json!({"query": "spelled"}));
    assert_eq!(answer["result"][0]["location"]["uri"], json!(uri));
    assert!(client.backend.text("/w/a+b/ä x.rs").is_some());
}
