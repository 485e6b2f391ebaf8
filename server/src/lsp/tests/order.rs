//! Edits apply in wire order whatever happens to the futures, and an answer shows every edit before its request.

use super::TestClient;
use super::client::PATIENCE;
use crate::lsp::connect;
use crate::lsp::fake::FakeBackend;
use crate::lsp::ingress::Ingress;
use crate::lsp::queue::Ticket;
use crate::lsp::shared::{Options, Shared};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tower::{Service, ServiceExt};
use tower_lsp::jsonrpc::Request;

const URI: &str = "file:///w/a.rs";

fn change(version: i32, column: u32, text: &str) -> Value {
    let at = json!({"line": 0, "character": column});
    json!({"textDocument": {"uri": URI, "version": version},
        "contentChanges": [{"range": {"start": at, "end": at}, "text": text}]})
}

fn open(text: &str) -> Value {
    json!({"textDocument": {"uri": URI, "languageId": "rust", "version": 0, "text": text}})
}

async fn applied(shared: &Shared, ticket: Ticket) {
    let mut applied = shared.applied.subscribe();
    let wait = applied.wait_for(|applied| applied.ticket >= ticket);
    tokio::time::timeout(PATIENCE, wait).await.unwrap().unwrap();
}

/// Two changes in flight whose futures are polled the wrong way round: the order of the calls decides.
#[tokio::test]
async fn changes_apply_in_wire_order_however_their_futures_are_polled() {
    let backend = Arc::<FakeBackend>::default();
    let (mut service, _socket, shared) = connect(backend.clone(), Options::default()).unwrap();
    let mut call = |method: &'static str, params: Value, id: Option<i64>| {
        let mut request = Request::build(method).params(params);
        if let Some(id) = id {
            request = request.id(id);
        }
        service.call(request.finish())
    };
    call("initialize", json!({"capabilities": {}}), Some(1))
        .await
        .unwrap();
    let mut futures = vec![call("textDocument/didOpen", open(""), None)];
    for (at, letter) in "abcdefgh".chars().enumerate() {
        let params = change(at as i32 + 1, at as u32, &letter.to_string());
        futures.push(call("textDocument/didChange", params, None));
    }
    for future in futures.into_iter().rev() {
        assert_eq!(future.await.unwrap(), None);
    }
    applied(&shared, shared.queue.newest()).await;
    assert_eq!(backend.text("/w/a.rs").unwrap(), "abcdefgh");
}

/// The same under tower-lsp's own server, which runs four handlers at once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn changes_apply_in_wire_order_under_tower_lsps_own_concurrency() {
    let backend = Arc::<FakeBackend>::default();
    let (service, socket, shared) = connect(backend.clone(), Options::default()).unwrap();
    let (mut client, server) = tokio::io::duplex(1 << 16);
    let (input, output) = tokio::io::split(server);
    let served = tokio::spawn(tower_lsp::Server::new(input, output, socket).serve(service));
    let mut messages = vec![
        json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"capabilities": {}}}),
        json!({"jsonrpc": "2.0", "method": "textDocument/didOpen", "params": open("")}),
    ];
    let expected: String = ('a'..='z').cycle().take(500).collect();
    for (at, letter) in expected.chars().enumerate() {
        let params = change(at as i32 + 1, at as u32, &letter.to_string());
        messages
            .push(json!({"jsonrpc": "2.0", "method": "textDocument/didChange", "params": params}));
    }
    for message in messages {
        let body = message.to_string();
        let frame = format!("Content-Length: {}\r\n\r\n{body}", body.len());
        client.write_all(frame.as_bytes()).await.unwrap();
    }
    let mut byte = [0];
    client.read_exact(&mut byte).await.unwrap();
    // `Start`, the document, the changes.
    applied(&shared, Ticket(502)).await;
    assert_eq!(backend.text("/w/a.rs").unwrap(), expected);
    drop(client);
    served.await.unwrap();
}

#[test]
fn a_query_sees_every_edit_before_it_on_the_wire() {
    let mut client = TestClient::new();
    client.open(URI, "fn start() {}\n");
    for version in 2..40 {
        let name = format!("typed_{version}");
        client.edit(URI, version, [0, 0, 0, 0], &format!("fn {name}() {{}}\n"));
        assert_eq!(client.symbols(&name), [name]);
    }
}

#[test]
fn a_query_waits_for_publication_and_gives_up_with_complete_false() {
    let options = Options {
        patience: Duration::from_millis(150),
        ..Options::default()
    };
    let mut client = TestClient::fresh(options);
    client.initialize(json!({"capabilities": {}}));
    client.open(URI, "fn before() {}\n");
    client.settle();
    client.backend.hold(true);
    client.edit(URI, 2, [0, 0, 0, 0], "fn after() {}\n");
    let late = client.ask("symseek/search", json!("after"));
    assert_eq!(late["result"]["complete"], json!(false), "{late}");
    let id = client.request("symseek/search", json!("after"));
    client.backend.hold(false);
    let whole = client.answer(id);
    assert_eq!(whole["result"]["complete"], json!(true), "{whole}");
}

#[test]
fn ten_thousand_edits_in_a_burst_are_cheap_and_all_there() {
    let mut client = TestClient::new();
    client.open(URI, &"line of the file\n".repeat(3000));
    client.settle();
    for version in 0..10_000 {
        client.edit(URI, version + 2, [1500, 0, 1500, 0], "x");
    }
    let id = client.request(
        "symseek/search",
        json!({"query": "x".repeat(10_000), "limit": 1}),
    );
    let answer = client.answer(id);
    assert_eq!(answer["result"]["hits"].as_array().unwrap().len(), 1);
    let materialised = client.backend.changes().len();
    assert!(
        materialised < 9_000,
        "the bursts were coalesced: {materialised}"
    );
}

#[test]
fn a_newer_symbol_query_supersedes_older_ones() {
    let mut client = TestClient::new();
    client.open(URI, "fn found() {}\n");
    let older = client.request("workspace/symbol", json!({"query": "slow!"}));
    let command = client.request("symseek/search", json!("found"));
    let newer = client.request("workspace/symbol", json!({"query": "found"}));
    assert_eq!(client.answer(newer)["result"][0]["name"], json!("found"));
    assert_eq!(client.answer(older)["error"]["code"], json!(-32801));
    let hits = &client.answer(command)["result"]["hits"];
    assert_eq!(
        hits[0]["name"],
        json!("found"),
        "commands are not superseded"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    /// Duplicated changes, and requests and cancels in between, leave the same state as the plain traffic.
    #[test]
    fn duplicated_and_interleaved_traffic_leaves_the_same_state(
        edits in proptest::collection::vec((0u32..4, 0u32..9, "[a-z\u{1F600}]{0,3}\n?"), 1..20),
        noise in proptest::collection::vec(0u8..6, 20),
    ) {
        let other = "file:///w/other.rs";
        let run = |noisy: bool| {
            let mut client = TestClient::new();
            client.open(URI, "one\ntwo\r\nthree\n");
            for (at, (line, column, text)) in edits.iter().enumerate() {
                let version = at as i32 + 2;
                let place = [*line, *column, *line, column + 1];
                client.edit(URI, version, place, text);
                match noise[at % noise.len()] {
                    _ if !noisy => {}
                    0 => client.edit(URI, version, place, text),
                    1 => { let id = client.request("workspace/symbol", json!({"query": "o"}));
                           client.notify("$/cancelRequest", json!({"id": id})); }
                    2 => client.open(other, "other"),
                    3 => client.notify("textDocument/didClose", json!({"textDocument": {"uri": other}})),
                    4 => client.notify("textDocument/didSave", json!({"textDocument": {"uri": URI}})),
                    _ => client.send(&json!({"jsonrpc": "2.0", "id": 77, "result": null})),
                }
            }
            client.settle();
            client.backend.text("/w/a.rs")
        };
        prop_assert_eq!(run(true), run(false));
    }
}

/// The service is a plain tower service: nothing but this type stands between tower-lsp and the order.
#[tokio::test]
async fn the_door_keeps_the_contract_of_a_service() {
    let backend = Arc::<FakeBackend>::default();
    let (mut service, _socket, _) = connect(backend, Options::default()).unwrap();
    let service: &mut Ingress<_> = service.ready().await.unwrap();
    let request = Request::build("workspace/symbol").id(1).finish();
    let refused = service.call(request).await.unwrap().unwrap();
    assert_eq!(refused.error().unwrap().code.code(), -32002);
}
