//! The server as an editor starts it: a child process, killed, hung up on and told to go.

#![allow(clippy::unwrap_used, clippy::needless_pass_by_value, reason = "a test")]

mod child;

use child::{BOTH, Server};
use serde_json::{Value, json};
use std::io::Read;

#[test]
fn exit_after_shutdown_is_0_and_without_is_1() {
    for &service in BOTH {
        // Without a subcommand, too, when stdin is no terminal.
        for (arguments, shutdown, code) in [
            (&["lsp"][..], true, 0),
            (&[], true, 0),
            (&["lsp"], false, 1),
        ] {
            let mut server = Server::start_as(service, arguments);
            server.initialize(None);
            if shutdown {
                let answer = server.ask(2, "shutdown", Value::Null);
                assert_eq!(answer.get("error"), None);
            }
            server.notify("exit", Value::Null);
            assert_eq!(server.ended().code(), Some(code), "{service} {arguments:?}");
        }
    }
}

#[test]
fn the_end_of_the_input_ends_the_process() {
    for &service in BOTH {
        let mut server = Server::start_as(service, &["lsp"]);
        server.initialize(None);
        server.input = None;
        assert_eq!(server.ended().code(), Some(1));
        let mut server = Server::start_as(service, &["lsp"]);
        server.input = None;
        assert_eq!(server.ended().code(), Some(1));
        let mut server = Server::start_as(service, &["lsp"]);
        server.initialize(None);
        server.ask(2, "shutdown", Value::Null);
        server.input = None;
        assert_eq!(server.ended().code(), Some(0), "it was told to go");
    }
}

#[test]
fn exit_ends_a_server_whose_output_nobody_reads() {
    for &service in BOTH {
        let mut server = Server::start_as(service, &["lsp"]);
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

#[test]
fn results_documents_are_private_and_gone_after_the_end() {
    let mut server = Server::start(&["lsp"]);
    server.initialize(None);
    let answer = server.ask(2, "symseek/searchToDocument", json!("needle"));
    let path = std::path::PathBuf::from(answer["result"]["path"].as_str().unwrap());
    let cache = server.cache.path().canonicalize().unwrap();
    assert!(path.canonicalize().unwrap().starts_with(cache), "{answer}");
    #[cfg(unix)]
    for (path, wanted) in [(path.as_path(), 0o600), (path.parent().unwrap(), 0o700)] {
        use std::os::unix::fs::PermissionsExt;
        let mode = path.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, wanted, "{}", path.display());
    }
    server.ask(3, "shutdown", Value::Null);
    server.notify("exit", Value::Null);
    assert_eq!(server.ended().code(), Some(0));
    assert!(!path.exists() && !path.parent().unwrap().exists());
}

#[test]
fn settings_named_as_in_the_readme_count_and_legs_that_are_off_are_told() {
    for &service in BOTH {
        let mut server = Server::start_as(service, &["lsp"]);
        server.initialize(None);
        let search = json!("what is needed");
        let notes = |answer: &Value| answer["result"]["notes"].to_string();
        let answer = server.ask(2, "symseek/search", search.clone());
        assert!(!notes(&answer).contains("both off"), "{answer}");
        let settings = json!({"symseek.legs.lexical": false, "symseek": {"legs.vector": false}});
        server.notify(
            "workspace/didChangeConfiguration",
            json!({"settings": settings}),
        );
        let answer = server.ask(3, "symseek/search", search);
        assert!(notes(&answer).contains("both off"), "{answer}");
    }
}

#[cfg(unix)]
#[test]
fn a_client_that_dies_without_closing_the_pipe_ends_the_server() {
    for &service in BOTH {
        let mut client = std::process::Command::new("sleep")
            .arg("60")
            .spawn()
            .unwrap();
        let mut server = Server::start_as(service, &["lsp"]);
        let params = json!({"processId": client.id(), "capabilities": {}});
        server.ask(1, "initialize", params);
        server.notify("initialized", json!({}));
        assert!(server.ask(2, "symseek/status", json!({}))["result"].is_object());
        assert_eq!(server.child.try_wait().unwrap(), None);
        client.kill().unwrap();
        client.wait().unwrap();
        assert_eq!(server.ended().code(), Some(1));
    }
}

#[test]
fn nothing_but_messages_is_written_to_stdout() {
    for &service in BOTH {
        let mut server = Server::start_as(service, &["lsp"]);
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
}
