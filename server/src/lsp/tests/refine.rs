//! The second, refined order of an answer: within the budget for one-shot commands, asked for by id from our own clients.

use super::TestClient;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

fn client() -> TestClient {
    let mut client = TestClient::new();
    client.backend.with_model();
    client.open(
        "file:///w/a.rs",
        "needle 0\nneedle 1\nneedle 2\nlate 0\nlate 1\n",
    );
    client
}

fn command(client: &mut TestClient, argument: Value) -> Value {
    let params = json!({"command": "symseek.search", "arguments": [argument]});
    client.ask("workspace/executeCommand", params)["result"].clone()
}

fn lines(answer: &Value) -> Vec<u64> {
    let hits = answer["hits"].as_array().unwrap();
    hits.iter()
        .map(|hit| hit["startLine"].as_u64().unwrap())
        .collect()
}

#[test]
fn a_command_is_refined_at_once_and_a_request_when_it_asks() {
    let mut client = client();
    let now = command(&mut client, json!("needle"));
    assert_eq!(
        (lines(&now), &now["refined"]),
        (vec![3, 2, 1], &json!(true))
    );
    assert!(now["refine"].is_null());
    let first = client.ask("symseek/search", json!("needle"))["result"].clone();
    assert_eq!(lines(&first), [1, 2, 3]);
    assert!(first["refined"].is_null(), "{first}");
    let id = first["refine"].as_str().unwrap();
    let refined = client.ask("symseek/refine", json!({"id": id}))["result"].clone();
    assert_eq!(refined["id"], json!(id));
    assert_eq!(refined["order"], json!([2, 1, 0]));
    let scores: Vec<f64> = refined["scores"]
        .as_array()
        .unwrap()
        .iter()
        .map(|score| score.as_f64().unwrap())
        .collect();
    assert!(
        scores.len() == 3 && scores.is_sorted_by(|a, b| a >= b),
        "{scores:?}"
    );
    assert!(refined["tookMs"].is_number());
}

#[test]
fn the_arguments_decide_before_the_way_they_came() {
    let mut client = client();
    let never = command(&mut client, json!({"query": "needle", "refine": "never"}));
    assert_eq!(lines(&never), [1, 2, 3]);
    assert!(never["refine"].is_null());
    let later = command(&mut client, json!({"query": "needle", "refine": "later"}));
    assert_eq!(lines(&later), [1, 2, 3]);
    assert!(later["refine"].is_string());
    let now = client.ask(
        "symseek/search",
        json!({"query": "needle", "refine": "now"}),
    );
    assert_eq!(lines(&now["result"]), [3, 2, 1]);
    let wrong = client.ask("symseek/search", json!({"query": "a", "refine": "soon"}));
    assert_eq!(wrong["error"]["code"], json!(-32602), "{wrong}");
}

#[test]
fn a_late_model_costs_the_budget_and_no_hit() {
    let mut client = client();
    let settings = json!({"settings": {"symseek": {"embedding": {"budget": 50}}}});
    client.notify("workspace/didChangeConfiguration", settings);
    let began = Instant::now();
    let late = command(&mut client, json!("late"));
    assert!(began.elapsed() >= Duration::from_millis(50));
    assert!(began.elapsed() < Duration::from_secs(10));
    assert_eq!(lines(&late), [4, 5]);
    assert!(late["refined"].is_null(), "{late}");
}

#[test]
fn a_refinement_can_be_cancelled_and_holds_up_nothing() {
    let mut client = client();
    let first = client.ask("symseek/search", json!("late"))["result"].clone();
    let refinement = client.request("symseek/refine", first["refine"].clone());
    let other = client.ask("symseek/search", json!("needle"));
    assert_eq!(lines(&other["result"]), [1, 2, 3]);
    client.notify("$/cancelRequest", json!({"id": refinement}));
    let answer = client.answer(refinement);
    assert_eq!(answer["error"]["code"], json!(-32800), "{answer}");
}

#[test]
fn answers_are_kept_for_a_while_and_without_a_model_not_at_all() {
    let mut client = client();
    let first = client.ask("symseek/search", json!("needle"))["result"].clone();
    for _ in 0..16 {
        client.ask("symseek/search", json!("needle"));
    }
    let old = client.ask("symseek/refine", json!({"id": first["refine"]}));
    assert_eq!(old["error"]["code"], json!(-32803), "{old}");
    let message = old["error"]["message"].as_str().unwrap();
    assert!(message.contains("search again"), "{message}");
    let mut bare = TestClient::new();
    bare.open("file:///w/a.rs", "needle 0\nneedle 1\n");
    let answer = bare.ask("symseek/search", json!("needle"))["result"].clone();
    assert!(
        answer["refine"].is_null() && answer["refined"].is_null(),
        "{answer}"
    );
}

#[test]
fn the_user_is_told_why_there_is_no_model() {
    let mut client = client();
    client
        .backend
        .problem("tokenizer.json: belongs to another model");
    let shown = client.call("window/showMessage");
    assert_eq!(shown["params"]["type"], json!(2));
    let text = shown["params"]["message"].as_str().unwrap();
    assert!(
        text.contains("tokenizer.json: belongs to another model"),
        "{text}"
    );
}
