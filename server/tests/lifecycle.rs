//! The server as an editor starts it: a child process, killed, hung up on and told to go.

#![allow(clippy::unwrap_used, clippy::needless_pass_by_value, reason = "a test")]

mod child;

use child::Server;
use serde_json::{Value, json};
use std::io::Read;

#[test]
fn exit_after_shutdown_is_0_and_without_is_1() {
    // Without a subcommand, too, when stdin is no terminal.
    for (arguments, shutdown, code) in [
        (&["lsp"][..], true, 0),
        (&[], true, 0),
        (&["lsp"], false, 1),
    ] {
        let mut server = Server::start(arguments);
        server.initialize(None);
        if shutdown {
            let answer = server.ask(2, "shutdown", Value::Null);
            assert_eq!(answer.get("error"), None);
        }
        server.notify("exit", Value::Null);
        assert_eq!(server.ended().code(), Some(code), "{arguments:?}");
    }
}

#[test]
fn the_end_of_the_input_ends_the_process() {
    let mut server = Server::start(&["lsp"]);
    server.initialize(None);
    server.input = None;
    assert_eq!(server.ended().code(), Some(1));
    let mut server = Server::start(&["lsp"]);
    server.input = None;
    assert_eq!(server.ended().code(), Some(1));
}

#[test]
fn exit_ends_a_server_whose_output_nobody_reads() {
    let mut server = Server::start(&["lsp"]);
    server.initialize(None);
    let text = "fn needle() {}\n".repeat(3000);
    let item = json!({"uri": "untitled:a", "languageId": "rust", "version": 1, "text": text});
    server.notify("textDocument/didOpen", json!({"textDocument": item}));
    for id in 2..60 {
        let params = json!({"query": "needle", "limit": 1000});
        server.send(
            &json!({"jsonrpc": "2.0", "id": id, "method": "symseek/search", "params": params}),
        );
    }
    server.notify("exit", Value::Null);
    assert_eq!(server.ended().code(), Some(1));
}

#[test]
fn a_killed_server_starts_again_on_the_same_cache() {
    let root = tempfile::tempdir().unwrap();
    for at in 0..50 {
        let text = format!("pub fn function_{at}() -> u32 {{ {at} }}\n").repeat(20);
        std::fs::write(root.path().join(format!("f{at}.rs")), text).unwrap();
    }
    let mut server = Server::start(&["lsp"]);
    server.initialize(Some(root.path()));
    server.child.kill().unwrap();
    server.ended();
    let cache = std::mem::replace(&mut server.cache, tempfile::tempdir().unwrap());
    let mut server = Server::start_in(&["lsp"], cache);
    server.initialize(Some(root.path()));
    let item = json!({"uri": "untitled:a", "languageId": "rust", "version": 1, "text": "fn typed_now() {}\n"});
    server.notify("textDocument/didOpen", json!({"textDocument": item}));
    let answer = server.ask(2, "workspace/symbol", json!({"query": "typed_now"}));
    assert_eq!(answer["result"][0]["name"], json!("typed_now"), "{answer}");
    server.ask(3, "shutdown", Value::Null);
    server.notify("exit", Value::Null);
    assert_eq!(server.ended().code(), Some(0));
}

#[cfg(unix)]
#[test]
fn a_client_that_dies_without_closing_the_pipe_ends_the_server() {
    let mut client = std::process::Command::new("sleep")
        .arg("60")
        .spawn()
        .unwrap();
    let mut server = Server::start(&["lsp"]);
    let params = json!({"processId": client.id(), "capabilities": {}});
    server.ask(1, "initialize", params);
    server.notify("initialized", json!({}));
    assert!(server.ask(2, "symseek/status", json!({}))["result"].is_object());
    assert_eq!(server.child.try_wait().unwrap(), None);
    client.kill().unwrap();
    client.wait().unwrap();
    assert_eq!(server.ended().code(), Some(1));
}

#[test]
fn nothing_but_messages_is_written_to_stdout() {
    let mut server = Server::start(&["lsp"]);
    server.initialize(None);
    server.notify(
        "textDocument/didChange",
        json!({"textDocument": {"uri": "file:///x"}}),
    );
    server.ask(2, "nobody/knows", json!({}));
    server.ask(3, "shutdown", Value::Null);
    server.notify("exit", Value::Null);
    server.ended();
    let mut rest = Vec::new();
    server.output.read_to_end(&mut rest).unwrap();
    let text = String::from_utf8(rest).unwrap();
    assert!(
        text.is_empty() || text.starts_with("Content-Length: "),
        "{text}"
    );
}
