//! Commands and the custom requests of the same names.

use super::TestClient;
use crate::lsp::shared::Options;
use serde_json::{Value, json};
use std::time::Duration;

const URI: &str = "file:///w/a.rs";
const TEXT: &str = "fn needle() {}\nfn other() { needle() }\n";

fn client() -> TestClient {
    let mut client = TestClient::new();
    client.open(URI, TEXT);
    client
}

fn run(client: &mut TestClient, command: &str, arguments: Value) -> Value {
    client.ask(
        "workspace/executeCommand",
        json!({"command": command, "arguments": arguments}),
    )
}

fn complaint(answer: &Value) -> String {
    assert_eq!(answer["error"]["code"], json!(-32602), "{answer}");
    answer["error"]["message"].as_str().unwrap().to_owned()
}

#[test]
fn search_answers_the_same_both_ways() {
    let mut client = client();
    let command = run(
        &mut client,
        "symseek.search",
        json!([{"query": "needle", "limit": 30}]),
    );
    let request = client.ask("symseek/search", json!({"query": "needle", "limit": 30}));
    let bare = run(&mut client, "symseek.search", json!(["needle"]));
    for answer in [&command, &request, &bare] {
        let answer = &answer["result"];
        assert_eq!(answer["version"], json!(1));
        assert_eq!(answer["complete"], json!(true));
        assert!(answer["tookMs"].is_number());
        let hits = answer["hits"].as_array().unwrap();
        assert_eq!(hits.len(), 2);
        assert_eq!(hits[0]["name"], json!("needle"));
        assert_eq!(hits[0]["kind"], json!(12));
        assert_eq!(hits[0]["kindName"], json!("function"));
        assert_eq!(hits[0]["containerName"], json!("fake::module"));
        assert_eq!(hits[0]["location"]["uri"], json!(URI));
        assert_eq!(
            hits[0]["selectionRange"]["start"],
            json!({"line": 0, "character": 3})
        );
        assert_eq!(hits[0]["path"], json!("/w/a.rs"));
        assert_eq!(
            (&hits[1]["startLine"], &hits[1]["endLine"]),
            (&json!(2), &json!(2))
        );
        assert_eq!(hits[0]["why"][0]["leg"], json!("lexical"));
        assert_eq!(hits[0]["signature"], json!("fn needle() {}"));
    }
}

#[test]
fn nothing_null_and_empty_are_the_empty_query() {
    let mut client = client();
    for params in [
        json!({"command": "symseek.search"}),
        json!({"command": "symseek.search", "arguments": null}),
        json!({"command": "symseek.search", "arguments": []}),
        json!({"command": "symseek.search", "arguments": [null]}),
        json!({"command": "symseek.search", "arguments": [{}]}),
    ] {
        let answer = client.ask("workspace/executeCommand", params.clone());
        assert!(answer["result"]["hits"].is_array(), "{params} {answer}");
    }
    client.send(&json!({"jsonrpc": "2.0", "id": "bare", "method": "symseek/status"}));
    let status = client.expect(|message| message["id"] == json!("bare"));
    assert_eq!(status["result"]["state"], json!("ready"));
}

#[test]
fn wrong_arguments_are_named() {
    let mut client = client();
    let mut say =
        |command: &str, arguments: Value| complaint(&run(&mut client, command, arguments));
    assert!(say("symseek.find", json!([])).contains("symseek.find"));
    assert!(say("symseek.search", json!([{"queery": "x"}])).contains("`queery`"));
    assert!(say("symseek.search", json!(["a", "b"])).contains("2 arguments"));
    assert!(say("symseek.search", json!([7])).contains("expected { query: string"));
    assert!(say("symseek.search", json!(["bad!"])).contains("unknown filter"));
    assert!(say("symseek.similar", json!([])).contains("nothing to compare"));
    assert!(say("symseek.similar", json!([{"uri": URI}])).contains("`position` or a `range`"));
    assert!(say("symseek.callers", json!([])).contains("no symbol was given"));
    assert!(
        say(
            "symseek.callers",
            json!([{"uri": "file:///gone", "position": {"line": 0, "character": 0}}])
        )
        .contains("cannot be read")
    );
    assert!(
        say(
            "symseek.callers",
            json!([{"uri": URI, "position": {"line": 900, "character": 0}}])
        )
        .contains("line 900")
    );
    let inverted = json!([{"uri": URI, "range": {"start": {"line": 1, "character": 0}, "end": {"line": 0, "character": 0}}}]);
    assert!(say("symseek.similar", inverted.clone()).contains("ends before"));
    assert!(say("symseek.callers", inverted).contains("ends before"));
    let beyond = json!([{"uri": URI, "range": {"start": {"line": 0, "character": 0}, "end": {"line": 900, "character": 0}}}]);
    assert!(say("symseek.callees", beyond).contains("line 900"));
    assert!(say("symseek.similar", json!([{"text": " \n"}])).contains("`text` is empty"));
    assert!(say("symseek.status", json!([{"loud": true}])).contains("`loud`"));
}

#[test]
fn similar_and_the_graph_take_places_names_and_text() {
    let mut client = client();
    let range = json!({"start": {"line": 0, "character": 3}, "end": {"line": 0, "character": 9}});
    for argument in [
        json!({"uri": URI, "range": range}),
        json!({"textDocument": {"uri": URI}, "range": range}),
        json!({"text": "needle"}),
        json!("needle"),
    ] {
        let answer = client.ask("symseek/similar", argument);
        assert_eq!(
            answer["result"]["hits"].as_array().unwrap().len(),
            2,
            "{answer}"
        );
    }
    for method in ["symseek/callers", "symseek/callees"] {
        let answer = client.ask(method, json!({"name": "needle"}));
        let site = &answer["result"]["hits"][1]["sites"][0];
        assert_eq!((&site["line"], &site["uri"]), (&json!(2), &json!(URI)));
        assert_eq!(site["range"]["start"], json!({"line": 1, "character": 13}));
        assert_eq!(site["confidence"], json!(0.5));
        assert_eq!(site["text"], json!("fn other() { needle() }"));
        let at = json!({"uri": URI, "position": {"line": 0, "character": 4}});
        assert!(client.ask(method, at)["result"]["hits"].is_array());
    }
}

#[test]
fn endless_queries_are_taken_with_a_note() {
    let mut client = client();
    let answer = client.ask("symseek/search", json!("é".repeat(50_000)));
    assert!(
        answer["result"]["notes"][0]
            .as_str()
            .unwrap()
            .contains("100000 bytes"),
        "{answer}"
    );
    assert!(client.symbols(&"q".repeat(100_000)).is_empty());
}

#[test]
fn reindex_starts() {
    let mut client = client();
    assert_eq!(
        client.ask("symseek/reindex", Value::Null)["result"]["started"],
        json!(true)
    );
    let status = client.ask("symseek/status", json!({}));
    assert_eq!(status["result"]["reindexed"], json!(1));
}

#[test]
fn a_results_document_is_written_and_shown() {
    let mut client = client();
    let answer = client.ask("symseek/searchToDocument", json!("needle"));
    assert_eq!(answer["result"]["shown"], json!("asked"), "of everyone");
    let show = client.call("window/showDocument");
    client.reply(&show, &json!({"success": false}));
    let text = std::fs::read_to_string(answer["result"]["path"].as_str().unwrap()).unwrap();
    for part in [
        "# needle",
        "2 results",
        "/w/a.rs:1\n",
        "```rust\nfn needle() {}\n```",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    let mut client = TestClient::with(json!({"window": {"showDocument": {"support": true}}}));
    let answer = client.ask(
        "symseek/searchToDocument",
        json!({"query": "x", "limit": 3}),
    );
    let show = client.call("window/showDocument");
    assert_eq!(show["params"]["uri"], answer["result"]["uri"]);
    client.reply(&show, &json!({"success": true}));
}

#[test]
fn similar_and_relations_end_in_shown_documents() {
    let mut client = client();
    let at = json!({"uri": URI, "position": {"line": 0, "character": 4}});
    let range = json!({"start": {"line": 0, "character": 3}, "end": {"line": 0, "character": 9}});
    for (command, argument, parts) in [
        (
            "symseek.similarToDocument",
            json!({"uri": URI, "range": range}),
            ["# similar code\n\n2 results", "/w/a.rs:1\n"],
        ),
        (
            "symseek.callersToDocument",
            json!("needle"),
            [
                "# users of needle\n\n2 results",
                "/w/a.rs:2\n    fn other() { needle() } (50 %)\n",
            ],
        ),
        (
            "symseek.calleesToDocument",
            json!({"name": "needle", "limit": 1}),
            [
                "# users of needle\n\n1 results",
                "/w/a.rs:1\n    fn needle() {} (50 %)\n",
            ],
        ),
        (
            "symseek.calleesToDocument",
            at,
            ["# users of /w/a.rs@4\n\n0 results", ""],
        ),
    ] {
        let answer = run(&mut client, command, json!([argument]));
        let show = client.call("window/showDocument");
        assert_eq!(show["params"]["uri"], answer["result"]["uri"], "{command}");
        client.reply(&show, &json!({"success": true}));
        let text = std::fs::read_to_string(answer["result"]["path"].as_str().unwrap()).unwrap();
        for part in parts {
            assert!(text.contains(part), "{command}: {part} in {text}");
        }
    }
    let wrong = run(&mut client, "symseek.callersToDocument", json!([]));
    assert!(complaint(&wrong).contains("symseek.callersToDocument: no symbol was given"));
}

/// The code actions in a range given as `[line, column, line, column]`.
fn actions(client: &mut TestClient, at: [u32; 4], only: Value) -> Value {
    let [a, b, c, d] = at;
    let range = json!({"start": {"line": a, "character": b}, "end": {"line": c, "character": d}});
    let params = json!({"textDocument": {"uri": URI}, "range": range, "context": {"diagnostics": [], "only": only}});
    client.ask("textDocument/codeAction", params)["result"].take()
}

fn titles(actions: &Value) -> Vec<&str> {
    let actions = actions.as_array().unwrap().iter();
    actions.map(|it| it["title"].as_str().unwrap()).collect()
}

/// A client whose initialization options name a setting of code actions, and the capability it is told.
fn acting(setting: &str) -> (TestClient, Value) {
    let mut client = TestClient::fresh(Options::default());
    let options = json!({"codeActions": setting});
    let answer = client.initialize(json!({"capabilities": {}, "initializationOptions": options}));
    let provider = answer["result"]["capabilities"]["codeActionProvider"].clone();
    client.open(URI, "fn needle() {}\nfn other() { needle() }\n");
    (client, provider)
}

#[test]
fn code_actions_are_offered_only_where_they_are_wanted() {
    let (mut client, provider) = acting("off");
    assert_eq!(provider, Value::Null);
    let none = actions(&mut client, [0, 3, 0, 3], Value::Null);
    assert_eq!(none, json!([]));
    let (mut client, provider) = acting("command");
    assert_eq!(provider["codeActionKinds"], json!(["source.symseek"]));
    assert_eq!(provider["resolveProvider"], json!(false));
    let all = ["Find similar code", "Show callers", "Show callees"];
    for (at, only, expected) in [
        ([0, 4, 0, 4], Value::Null, &all[..]),
        ([0, 9, 0, 9], json!(["source"]), &all[..]),
        ([0, 9, 0, 9], json!(["source.symseek"]), &all[..]),
        ([0, 4, 0, 4], json!([""]), &all[..]),
        ([0, 12, 1, 0], json!([]), &[]),
        ([0, 12, 1, 0], Value::Null, &all[..1]),
        (
            [0, 4, 0, 4],
            json!(["quickfix", "source.organizeImports"]),
            &[],
        ),
        ([900, 0, 900, 0], Value::Null, &all[..1]),
    ] {
        let offered = actions(&mut client, at, only.clone());
        assert_eq!(titles(&offered), expected, "{at:?} {only}");
    }
}

#[test]
fn a_code_action_ends_in_a_command_that_shows_a_document() {
    let (mut client, _) = acting("command");
    let offered = actions(&mut client, [0, 3, 0, 9], Value::Null);
    assert_eq!(titles(&offered)[0], "Find similar code");
    let command = &offered[0]["command"];
    let params = json!({"command": command["command"], "arguments": command["arguments"]});
    let answer = client.ask("workspace/executeCommand", params);
    assert_eq!(answer["result"]["hits"], json!(2), "{answer}");
    let show = client.call("window/showDocument");
    assert_eq!(show["params"]["uri"], answer["result"]["uri"]);
}

#[test]
fn a_code_action_is_resolved_to_an_edit_that_makes_a_document() {
    let (mut client, provider) = acting("edit");
    assert_eq!(provider["resolveProvider"], json!(true));
    let offered = actions(&mut client, [0, 3, 0, 9], Value::Null);
    assert_eq!(offered[0]["command"], Value::Null);
    let resolved = client.ask("codeAction/resolve", offered[0].clone());
    let changes = &resolved["result"]["edit"]["documentChanges"];
    assert_eq!(changes[0]["kind"], json!("create"), "{resolved}");
    assert_eq!(changes[1]["textDocument"]["uri"], changes[0]["uri"]);
    let text = changes[1]["edits"][0]["newText"].as_str().unwrap();
    assert!(text.starts_with("# similar code\n\n2 results"), "{text}");
    // What has no data was made by somebody else, and comes back as it is.
    let foreign = json!({"title": "x"});
    assert_eq!(
        client.ask("codeAction/resolve", foreign.clone())["result"],
        foreign
    );
    let wrong = json!({"title": "x", "data": {"command": "symseek.status"}});
    complaint(&client.ask("codeAction/resolve", wrong));
}

#[test]
fn a_picker_waits_for_the_stored_index_to_open_and_no_longer_than_any_answer() {
    let options = || Options {
        patience: Duration::from_millis(300),
        ..Options::default()
    };
    let mut client = TestClient::fresh(options());
    client.backend.is_opening_for(3);
    client.initialize(json!({"capabilities": {}}));
    client.open(URI, TEXT);
    assert_eq!(client.symbols("needle").len(), 2);
    let mut client = TestClient::fresh(options());
    client.backend.is_opening_for(u32::MAX);
    client.initialize(json!({"capabilities": {}}));
    assert_eq!(client.symbols("needle"), Vec::<String>::new());
}

#[test]
fn symbols_for_pickers() {
    let mut client = client();
    let text = "fn needle_two() {}\nfn needle() {}\n";
    client.open("file:///w/0.rs", text);
    let answer = client.ask("workspace/symbol", json!({"query": "needle"}));
    let found = answer["result"].as_array().unwrap();
    let names: Vec<_> = found
        .iter()
        .map(|symbol| symbol["name"].as_str().unwrap())
        .collect();
    assert_eq!(
        names,
        ["needle", "needle", "needle", "needle_two"],
        "exact names first"
    );
    let scores = found.iter().map(|symbol| symbol["score"].as_f64().unwrap());
    assert!(
        scores.is_sorted_by(|before, after| before > after),
        "clients that sort by score keep the order"
    );
    for symbol in found {
        assert_ne!(symbol["kind"], json!(13));
        assert!(symbol["location"]["range"]["end"].is_object());
    }
    assert_eq!(
        found[3]["containerName"],
        json!("fake::module — fn needle_two() {}")
    );
    let many: String = (0..80)
        .flat_map(|n| ["fn many_".to_owned(), n.to_string(), "() {}\n".to_owned()])
        .collect();
    client.open("file:///w/many.rs", &many);
    assert_eq!(client.symbols("many_").len(), 50);
    assert!(client.symbols("").len() <= 50);
}
