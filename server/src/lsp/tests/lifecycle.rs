//! From the first message to the last, and everything that may go wrong between.

use super::TestClient;
use crate::lsp::ingress::Ingress;
use crate::lsp::queue::queue;
use crate::lsp::shared::{Options, Shared};
use crate::lsp::{backend::Backend, fake::FakeBackend};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tower::{Service, service_fn};
use tower_lsp::jsonrpc::{Request, Response};
use tower_lsp::{LspService, lsp_types};

fn code(answer: &Value) -> i64 {
    answer["error"]["code"]
        .as_i64()
        .unwrap_or_else(|| panic!("{answer}"))
}

#[test]
fn exit_codes() {
    let mut client = TestClient::new();
    assert_eq!(client.ask("shutdown", Value::Null)["result"], Value::Null);
    client.notify("exit", Value::Null);
    assert_eq!(client.code(), 0, "exit after shutdown");

    let mut client = TestClient::new();
    client.notify("exit", json!({}));
    assert_eq!(client.code(), 1, "exit without shutdown");

    let mut client = TestClient::fresh(Options::default());
    client.notify("exit", json!({}));
    assert_eq!(client.code(), 1, "exit before initialize");

    let mut client = TestClient::new();
    client.hang_up();
    assert_eq!(client.code(), 1, "end of input without shutdown");

    let mut client = TestClient::new();
    client.ask("shutdown", Value::Null);
    client.hang_up();
    assert_eq!(client.code(), 0, "end of input after shutdown");
}

#[test]
fn the_end_of_the_input_ends_the_server_even_under_load() {
    let mut client = TestClient::new();
    for _ in 0..40 {
        client.request("symseek/search", json!("slow!"));
    }
    client.hang_up();
    assert_eq!(client.code(), 1);
}

#[test]
fn what_is_asked_before_the_end_of_the_input_is_answered() {
    let mut client = TestClient::new();
    client.open("file:///a", "fn needle() {}");
    let id = client.request("symseek/search", json!("needle"));
    client.hang_up();
    assert_eq!(
        client.answer(id)["result"]["hits"][0]["name"],
        json!("needle")
    );
    assert_eq!(client.code(), 1);
}

#[test]
fn before_initialize_and_after_shutdown() {
    let mut client = TestClient::fresh(Options::default());
    for method in [
        "workspace/symbol",
        "nobody/knows",
        "shutdown",
        "symseek/status",
    ] {
        assert_eq!(code(&client.ask(method, json!({}))), -32002, "{method}");
    }
    client.open("file:///early", "fn early() {}");
    assert_eq!(code(&client.ask("initialize", json!([1]))), -32602);
    let answer = client.initialize(json!({"capabilities": {}}));
    assert_eq!(answer["result"]["serverInfo"]["name"], json!("symseek"));
    assert_eq!(client.symbols("early"), Vec::<String>::new());
    assert_eq!(
        code(&client.ask("initialize", json!({"capabilities": {}}))),
        -32600
    );
    assert_eq!(client.ask("shutdown", json!({}))["result"], Value::Null);
    for method in ["workspace/symbol", "nobody/knows", "shutdown", "initialize"] {
        assert_eq!(code(&client.ask(method, json!({}))), -32600, "{method}");
    }
    client.notify("exit", Value::Null);
    assert_eq!(client.code(), 0);
}

#[test]
fn a_client_that_pipelines_or_forgets_initialized_is_served() {
    let mut client = TestClient::fresh(Options::default());
    let id = client.request(
        "initialize",
        json!({"capabilities": {}, "rootUri": "file:///w"}),
    );
    client.open("file:///w/a.rs", "fn piped() {}");
    assert_eq!(client.symbols("piped"), ["piped"]);
    assert!(client.answer(id)["result"].is_object());
}

#[test]
fn odd_initialize_parameters_cost_nothing() {
    let mut client = TestClient::fresh(Options::default());
    let answer = client.initialize(json!({"processId": "x", "rootUri": "", "trace": 7,
        "capabilities": {"textDocument": 3, "window": {"workDoneProgress": "yes"}, "general": {"positionEncodings": [1]}}}));
    assert_eq!(
        answer["result"]["capabilities"]["positionEncoding"],
        json!("utf-16")
    );
}

#[test]
fn unknown_malformed_and_duplicate_messages() {
    let mut client = TestClient::new();
    assert_eq!(code(&client.ask("nobody/knows", json!({}))), -32601);
    assert_eq!(code(&client.ask("$/nobody/knows", json!({}))), -32601);
    assert_eq!(code(&client.ask("textDocument/didOpen", json!({}))), -32600);
    assert_eq!(
        code(&client.ask("workspace/symbol", json!({"query": 3}))),
        -32602
    );
    client.notify("nobody/knows", json!({}));
    client.notify("workspace/symbol", json!({"query": "no id, no answer"}));
    client.raw(b"Content-Length: 9\r\n\r\n{\"jsonrpc");
    assert_eq!(
        code(&client.expect(|m| m["id"].is_null() && m["error"].is_object())),
        -32700
    );
    client.raw(b"Content-Length: 2\r\n\r\n[]");
    assert_eq!(
        code(&client.expect(|m| m["id"].is_null() && m["error"].is_object())),
        -32600
    );
    let slow =
        json!({"jsonrpc": "2.0", "id": "twice", "method": "symseek/search", "params": "slow!"});
    client.send(&slow);
    client.send(&slow);
    let second = client.expect(|message| message["id"] == json!("twice"));
    assert_eq!(code(&second), -32600);
    client.notify("$/cancelRequest", json!({"id": "twice"}));
    let first = client.expect(|message| message["id"] == json!("twice"));
    assert_eq!(code(&first), -32800);
    client.send(&slow);
    client.notify("$/cancelRequest", json!({"id": "twice"}));
    let reused = client.expect(|message| message["id"] == json!("twice"));
    assert_eq!(code(&reused), -32800, "the id is free again");
}

#[test]
fn answers_nobody_waits_for_are_harmless() {
    let mut client = TestClient::new();
    for id in [json!(0), json!(99), json!("x"), Value::Null] {
        client.send(&json!({"jsonrpc": "2.0", "id": id, "result": null}));
        client.send(&json!({"jsonrpc": "2.0", "id": id, "error": {"code": 1, "message": "m"}}));
    }
    client.settle();
}

#[test]
fn a_panicking_search_is_answered_and_the_server_lives() {
    let mut client = TestClient::new();
    client.open("file:///a", "fn alive() {}");
    for method in ["symseek/search", "symseek/similar", "symseek/callers"] {
        let answer = client.ask(method, json!("panic!"));
        assert_eq!(code(&answer), -32603);
        assert!(
            !answer.to_string().contains("as asked"),
            "the payload stays inside"
        );
    }
    assert_eq!(
        code(&client.ask("workspace/symbol", json!({"query": "panic!"}))),
        -32603
    );
    assert_eq!(client.symbols("alive"), ["alive"]);
}

#[tokio::test]
async fn a_panicking_handler_is_answered() {
    let backend: Arc<dyn Backend> = Arc::new(FakeBackend::default());
    let (queue, _receiver) = queue();
    let mut made = None;
    let (_service, _socket) = LspService::new(|client| {
        let shared = Shared::new(backend, client, queue, Options::default());
        made = Some(shared.clone());
        crate::lsp::server::Server { shared }
    });
    let inner = service_fn(async |request: Request| -> Result<Option<Response>, ()> {
        tokio::task::yield_now().await;
        match request.into_parts() {
            (method, Some(id), _) if method == "initialize" => {
                Ok(Some(Response::from_ok(id, Value::Null)))
            }
            _ => panic!("a handler's own fault"),
        }
    });
    // A stand-in that is not ready at once does not answer `initialize`: that is an internal error, not a hang.
    let mut service = Ingress::new(inner, made.unwrap());
    let call = Request::build("initialize")
        .params(json!({}))
        .id(1)
        .finish();
    let answer = service.call(call).await.unwrap().unwrap();
    assert_eq!(answer.error().unwrap().code.code(), -32603);
}

#[test]
fn a_slow_handler_delays_nobody_and_cancels_are_cheap() {
    let mut client = TestClient::new();
    client.open("file:///a", "fn quick() {}");
    let slow: Vec<i64> = (0..8)
        .map(|_| client.request("symseek/search", json!("slow!")))
        .collect();
    assert_eq!(client.symbols("quick"), ["quick"]);
    client.edit("file:///a", 2, [0, 3, 0, 8], "later");
    assert_eq!(client.symbols("later"), ["later"]);
    for id in &slow {
        client.notify("$/cancelRequest", json!({"id": id}));
        assert_eq!(code(&client.answer(*id)), -32800);
    }
    // A storm: far more than there are threads.
    let storm: Vec<i64> = (0..2000)
        .map(|_| {
            let id = client.request("symseek/search", json!("slow!"));
            client.notify("$/cancelRequest", json!({"id": id}));
            id
        })
        .collect();
    assert_eq!(client.symbols("later"), ["later"]);
    for id in storm {
        assert_eq!(code(&client.answer(id)), -32800);
    }
}

#[test]
fn five_handlers_that_wait_for_the_client_stall_nothing() {
    let mut client = TestClient::with(json!({"window": {"showDocument": {"support": true}}}));
    client.open("file:///a", "fn shown() {}");
    let mut shows = Vec::new();
    for _ in 0..5 {
        let answer = client.ask("symseek/searchToDocument", json!("shown"));
        assert_eq!(answer["result"]["shown"], json!("asked"), "{answer}");
        shows.push(client.call("window/showDocument"));
    }
    assert_eq!(client.symbols("shown"), ["shown"]);
    for show in shows {
        client.reply(&show, &json!({"success": true}));
    }
    client.settle();
}

#[test]
fn a_client_that_never_reads_stalls_no_edit() {
    let mut client = TestClient::deaf(Options::default());
    let long = "fn needle() {} // ".to_owned() + &"x".repeat(2000);
    client.send(
        &json!({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {"capabilities": {}}}),
    );
    client.open("file:///a", &(long.clone() + "\n").repeat(50));
    // Answers of some hundred kilobytes each: far more than the pipe holds.
    for _ in 0..50 {
        client.request("symseek/search", json!({"query": "needle", "limit": 50}));
    }
    for version in 0..500 {
        client.edit("file:///a", version + 2, [0, 0, 0, 0], "y");
    }
    let until = std::time::Instant::now() + super::client::PATIENCE;
    let wanted = "y".repeat(500);
    while !client
        .backend
        .text("/a")
        .is_some_and(|text| text.starts_with(&wanted))
    {
        assert!(std::time::Instant::now() < until, "the edits are stuck");
        std::thread::sleep(Duration::from_millis(2));
    }
    // When it reads at last, every answer is there.
    client.listen();
    for id in 1..=50 {
        client.answer(id);
    }
}

#[test]
fn the_offer() {
    let mut client = TestClient::fresh(Options::default());
    let answer = client.initialize(json!({"capabilities": {}}));
    let offered: lsp_types::ServerCapabilities =
        serde_json::from_value(answer["result"]["capabilities"].clone()).unwrap();
    let commands = offered.execute_command_provider.unwrap().commands;
    assert_eq!(commands.len(), 11);
    assert!(commands.contains(&"symseek.searchToDocument".to_owned()));
    let workspace = offered.workspace.unwrap().workspace_folders.unwrap();
    assert_eq!(workspace.supported, Some(true));
    let mut client = TestClient::fresh(Options::default());
    let options = json!({"symseek": {"advertiseCommands": false}});
    let answer = client.initialize(json!({"capabilities": {}, "initializationOptions": options}));
    let offered = &answer["result"]["capabilities"];
    assert_eq!(offered.get("executeCommandProvider"), None);
    assert!(
        client.ask(
            "workspace/executeCommand",
            json!({"command": "symseek.status"})
        )["result"]
            .is_object()
    );
}
