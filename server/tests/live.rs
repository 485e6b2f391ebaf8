//! The server over the real engine: what is on the disk, what is typed, what is asked about both.

#![allow(clippy::unwrap_used, clippy::needless_pass_by_value, reason = "a test")]

mod child;

use child::Server;
use serde_json::{Value, json};
use std::path::Path;

const RETRY: &str = "//! Sending.

/// Sends the request again after a pause that doubles each time.
pub fn retry_with_backoff(attempts: u32) -> u32 {
    sleep_a_little(attempts)
}

fn sleep_a_little(n: u32) -> u32 {
    n * 2
}
";

struct Workspace {
    server: Server,
    root: tempfile::TempDir,
    next: u32,
}

impl Workspace {
    fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("a folder ä");
        std::fs::create_dir(&folder).unwrap();
        std::fs::write(folder.join("retry.rs"), RETRY).unwrap();
        let parser = "def parse_header(line):\n    \"\"\"Splits a header line.\"\"\"\n    return line.split(':')\n";
        std::fs::write(folder.join("parser.py"), parser).unwrap();
        let mut server = Server::start(&["lsp"]);
        server.initialize(Some(root.path()));
        let end = server.indexed();
        let message = end["params"]["value"]["message"].as_str().unwrap();
        assert!(message.contains("index"), "{message}");
        Self {
            server,
            root,
            next: 10,
        }
    }

    fn uri(&self, name: &str) -> String {
        let root = self.root.path().display();
        format!("file://{root}/a%20folder%20%C3%A4/{name}")
    }

    fn ask(&mut self, method: &str, params: Value) -> Value {
        self.next += 1;
        let answer = self.server.ask(self.next, method, params);
        assert_eq!(answer.get("error"), None, "{method}");
        answer["result"].clone()
    }

    fn names(&mut self, method: &str, params: Value) -> Vec<String> {
        let answer = self.ask(method, params);
        let hits = answer["hits"]
            .as_array()
            .unwrap_or_else(|| panic!("{answer}"));
        let name = |hit: &Value| hit["name"].as_str().unwrap().to_owned();
        hits.iter().map(name).collect()
    }

    fn symbols(&mut self, query: &str) -> Vec<String> {
        let found = self.ask("workspace/symbol", json!({"query": query}));
        let name = |symbol: &Value| symbol["name"].as_str().unwrap().to_owned();
        found.as_array().unwrap().iter().map(name).collect()
    }

    fn open(&mut self, uri: &str, text: &str) {
        let item = json!({"uri": uri, "languageId": "rust", "version": 1, "text": text});
        self.server
            .notify("textDocument/didOpen", json!({"textDocument": item}));
    }

    fn insert(&mut self, uri: &str, version: i32, line: u32, text: &str) {
        let at = json!({"line": line, "character": 0});
        let change = json!({"range": {"start": at, "end": at}, "text": text});
        let params =
            json!({"textDocument": {"uri": uri, "version": version}, "contentChanges": [change]});
        self.server.notify("textDocument/didChange", params);
    }
}

#[test]
fn saved_files_are_found_by_name_by_word_and_by_meaning() {
    let mut workspace = Workspace::new();
    assert_eq!(
        workspace.symbols("retry_with_backoff")[0],
        "retry_with_backoff"
    );
    let search = |query: &str| json!({"query": query, "limit": 5});
    let found = workspace.names("symseek/search", search("send the request again"));
    assert!(
        found.contains(&"retry_with_backoff".to_owned()),
        "{found:?}"
    );
    let answer = workspace.ask("symseek/search", search("lang:python split header"));
    let hit = &answer["hits"][0];
    assert_eq!(hit["name"], json!("parse_header"), "{answer}");
    assert_eq!(hit["location"]["uri"], json!(workspace.uri("parser.py")));
    assert_eq!(
        (&hit["startLine"], &answer["complete"]),
        (&json!(1), &json!(true))
    );
    assert!(hit["why"].as_array().is_some_and(|why| !why.is_empty()));
    let status = workspace.ask("symseek/status", json!({}));
    assert_eq!(
        (&status["state"], &status["files"]),
        (&json!("ready"), &json!(2))
    );
}

#[test]
fn every_keystroke_counts_and_closing_returns_to_the_disk() {
    let mut workspace = Workspace::new();
    let uri = workspace.uri("retry.rs");
    workspace.open(&uri, RETRY);
    for version in 2..12 {
        let name = format!("typed_number_{version}");
        workspace.insert(&uri, version, 0, &format!("pub fn {name}() {{}}\n"));
        assert_eq!(workspace.symbols(&name)[0], name);
    }
    let query = json!({"query": "retry_with_backoff", "limit": 1});
    let moved = workspace.ask("symseek/search", query.clone());
    assert_eq!(
        moved["hits"][0]["selectionRange"]["start"]["line"],
        json!(13),
        "{moved}"
    );
    let close = json!({"textDocument": {"uri": uri}});
    workspace.server.notify("textDocument/didClose", close);
    assert!(
        !workspace
            .symbols("typed_number_5")
            .contains(&"typed_number_5".to_owned())
    );
    let back = workspace.ask("symseek/search", query);
    assert_eq!(
        back["hits"][0]["selectionRange"]["start"]["line"],
        json!(3),
        "{back}"
    );
}

#[test]
fn callers_callees_and_similar_code() {
    let mut workspace = Workspace::new();
    let uri = workspace.uri("retry.rs");
    for argument in [
        json!({"name": "sleep_a_little"}),
        json!({"uri": uri, "position": {"line": 7, "character": 5}}),
        json!({"uri": uri, "position": {"line": 4, "character": 6}}),
    ] {
        let answer = workspace.ask("symseek/callers", argument.clone());
        let hit = &answer["hits"][0];
        assert_eq!(
            hit["name"],
            json!("retry_with_backoff"),
            "{argument} {answer}"
        );
        assert_eq!(hit["sites"][0]["line"], json!(5), "{answer}");
    }
    let callees = workspace.names("symseek/callees", json!("retry_with_backoff"));
    assert_eq!(callees, ["sleep_a_little"]);
    let text = json!({"text": "def split_header(text): return text.split(':')", "limit": 3});
    assert!(
        workspace
            .names("symseek/similar", text)
            .contains(&"parse_header".to_owned())
    );
    let at = json!({"uri": uri, "position": {"line": 3, "character": 8}});
    assert!(!workspace.names("symseek/similar", at).is_empty());
}

#[test]
fn untitled_documents_are_found() {
    let mut workspace = Workspace::new();
    workspace.open("untitled:Untitled-1", "fn scribbled_here() {}\n");
    workspace.open("file:///nowhere/at_all.rs", "fn elsewhere_entirely() {}\n");
    assert_eq!(workspace.symbols("scribbled_here")[0], "scribbled_here");
    assert_eq!(
        workspace.symbols("elsewhere_entirely")[0],
        "elsewhere_entirely"
    );
    workspace.insert("untitled:Untitled-1", 2, 0, "fn added_later() {}\n");
    assert_eq!(workspace.symbols("added_later")[0], "added_later");
}

#[test]
fn files_changed_outside_are_followed_when_the_client_tells() {
    let mut workspace = Workspace::new();
    let path = workspace.root.path().join("a folder ä/made.rs");
    std::fs::write(&path, "fn made_outside() {}\n").unwrap();
    let uri = workspace.uri("made.rs");
    let changes = json!({"changes": [{"uri": uri, "type": 1}]});
    workspace
        .server
        .notify("workspace/didChangeWatchedFiles", changes);
    let until = std::time::Instant::now() + child::PATIENCE;
    while workspace
        .symbols("made_outside")
        .first()
        .map(String::as_str)
        != Some("made_outside")
    {
        assert!(
            std::time::Instant::now() < until,
            "{} is not followed",
            Path::new(&uri).display()
        );
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
}

#[test]
fn a_search_becomes_a_document() {
    let mut workspace = Workspace::new();
    let answer = workspace.ask("symseek/searchToDocument", json!("send the request again"));
    let text = std::fs::read_to_string(answer["path"].as_str().unwrap()).unwrap();
    assert!(
        text.contains("retry.rs:3\n") && text.contains("```rust\n"),
        "{text}"
    );
}
