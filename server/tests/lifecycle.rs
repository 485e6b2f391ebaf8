//! The server as an editor starts it: a child process, killed, hung up on and told to go.

#![allow(clippy::unwrap_used, clippy::needless_pass_by_value, reason = "a test")]

use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// Nothing in a healthy server takes this long.
const PATIENCE: Duration = Duration::from_secs(20);

struct Server {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
    cache: tempfile::TempDir,
}

impl Server {
    fn start(arguments: &[&str]) -> Self {
        let cache = tempfile::tempdir().unwrap();
        Self::start_in(arguments, cache)
    }

    fn start_in(arguments: &[&str], cache: tempfile::TempDir) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_symseek"))
            .args(arguments)
            .env("XDG_CACHE_HOME", cache.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Self {
            input: child.stdin.take(),
            output: BufReader::new(child.stdout.take().unwrap()),
            child,
            cache,
        }
    }

    fn send(&mut self, message: &Value) {
        let body = message.to_string();
        let frame = format!("Content-Length: {}\r\n\r\n{body}", body.len());
        let input = self.input.as_mut().unwrap();
        input.write_all(frame.as_bytes()).unwrap();
        input.flush().unwrap();
    }

    fn notify(&mut self, method: &str, params: Value) {
        self.send(&json!({"jsonrpc": "2.0", "method": method, "params": params}));
    }

    /// The answer to a request; what the server says meanwhile is skipped.
    fn ask(&mut self, id: u32, method: &str, params: Value) -> Value {
        self.send(&json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}));
        loop {
            let message = self.read();
            if message["id"] == json!(id) && message.get("method").is_none() {
                return message;
            }
        }
    }

    fn read(&mut self) -> Value {
        let mut length = 0;
        loop {
            let mut line = String::new();
            assert_ne!(
                self.output.read_line(&mut line).unwrap(),
                0,
                "the server is gone"
            );
            match line.trim().split_once(": ") {
                Some((_, value)) => length = value.parse().unwrap(),
                None => break,
            }
        }
        let mut body = vec![0; length];
        self.output.read_exact(&mut body).unwrap();
        serde_json::from_slice(&body).unwrap()
    }

    fn initialize(&mut self, root: Option<&std::path::Path>) {
        let root = root.map(|root| format!("file://{}", root.display()));
        let params = json!({"processId": null, "rootUri": root, "capabilities": {}});
        assert!(self.ask(1, "initialize", params)["result"].is_object());
        self.notify("initialized", json!({}));
    }

    fn ended(&mut self) -> ExitStatus {
        let until = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(Instant::now() < until, "the server does not end");
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

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
