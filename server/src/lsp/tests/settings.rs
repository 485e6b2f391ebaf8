//! Settings, folders, watching and progress.

use super::TestClient;
use crate::lsp::backend::{Change, Progress};
use crate::lsp::shared::Options;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::time::{Duration, Instant};
use symseek_base::Cancel;

fn folders(client: &TestClient) -> Vec<String> {
    let changes = client.backend.changes().into_iter();
    changes
        .filter_map(|change| match change {
            Change::AddFolder(path) => Some(format!("+{}", path.display())),
            Change::RemoveFolder(path) => Some(format!("-{}", path.display())),
            _ => None,
        })
        .collect()
}

#[test]
fn settings_come_with_initialize_pushed_or_pulled() {
    let mut client = TestClient::fresh(Options::default());
    let options = json!({"symseek": {"exclude": ["a"], "workspaceSymbol": {"mode": "off"}}});
    client.initialize(json!({"capabilities": {}, "initializationOptions": options}));
    client.open("file:///a", "fn two_words() {}\n");
    assert_eq!(client.symbols("two_words"), Vec::<String>::new());
    let push = |mode: &str| json!({"settings": {"symseek": {"workspaceSymbol": {"mode": mode}}}});
    client.notify("workspace/didChangeConfiguration", push("nl"));
    assert_eq!(client.symbols("two_words"), Vec::<String>::new());
    assert_eq!(client.symbols("?two_words"), ["two_words"]);
    assert_eq!(
        client.symbols("fn two_words"),
        ["fn"],
        "two words are a question"
    );
    client.notify("workspace/didChangeConfiguration", push("lexical"));
    assert_eq!(client.symbols("two_words"), ["two_words"]);
    let settings = client.backend.settings();
    assert_eq!(settings[0].engine.exclude, ["a"]);
    assert_eq!(
        settings.last().unwrap().engine.exclude,
        ["a"],
        "the initialization options stay below"
    );
}

#[test]
fn bad_settings_are_told() {
    let mut client = TestClient::new();
    client.notify(
        "workspace/didChangeConfiguration",
        json!({"settings": {"symseek": {"watch": "often"}}}),
    );
    let message = client.call("window/logMessage");
    let text = message["params"]["message"].as_str().unwrap();
    assert!(
        text.contains("symseek.watch: expected true or false"),
        "{text}"
    );
}

#[test]
fn pulled_settings_come_before_the_folders() {
    let mut client = TestClient::fresh(Options {
        settings_patience: Duration::from_mins(1),
        ..Options::default()
    });
    let capabilities = json!({"workspace": {"configuration": true}});
    client.initialize(json!({"capabilities": capabilities, "rootUri": "file:///w%20w"}));
    let pull = client.call("workspace/configuration");
    client.settle();
    assert_eq!(folders(&client), Vec::<String>::new());
    client.reply(&pull, &json!([{"exclude": ["pulled"]}]));
    excluded(&mut client, &[&[], &["pulled"]]);
    let changed = json!({"settings": null});
    client.notify("workspace/didChangeConfiguration", changed);
    let again = client.call("workspace/configuration");
    client.reply(&again, &json!([null]));
    excluded(&mut client, &[&[], &["pulled"], &[]]);
    assert_eq!(folders(&client), ["+/w w"]);
}

/// Waits until the settings that were in force one after the other excluded these.
fn excluded(client: &mut TestClient, expected: &[&[&str]]) {
    let until = Instant::now() + Duration::from_mins(1);
    loop {
        let settings = client.backend.settings().into_iter();
        let excluded: Vec<_> = settings.map(|settings| settings.engine.exclude).collect();
        if excluded == expected {
            return;
        }
        assert!(Instant::now() < until, "{excluded:?} is not {expected:?}");
        client.settle();
    }
}

#[test]
fn an_answer_that_was_overtaken_replaces_nothing() {
    let mut client = TestClient::fresh(Options::default());
    let capabilities = json!({"workspace": {"configuration": true}});
    client.initialize(json!({"capabilities": capabilities}));
    let first = client.call("workspace/configuration");
    let changed = json!({"settings": null});
    client.notify("workspace/didChangeConfiguration", changed.clone());
    let second = client.call("workspace/configuration");
    client.reply(&second, &json!([{"exclude": ["second"]}]));
    excluded(&mut client, &[&[], &["second"]]);
    client.reply(&first, &json!([{"exclude": ["first"]}]));
    client.settle();
    client.notify("workspace/didChangeConfiguration", changed);
    let third = client.call("workspace/configuration");
    client.reply(&third, &json!([{"exclude": ["third"]}]));
    excluded(&mut client, &[&[], &["second"], &["third"]]);
}

#[test]
fn a_client_that_never_answers_is_indexed_all_the_same() {
    let mut client = TestClient::with(json!({"workspace": {"configuration": true,
        "didChangeWatchedFiles": {"dynamicRegistration": true}}}));
    client.call("workspace/configuration");
    let added = json!({"added": [{"uri": "file:///late", "name": ""}], "removed": []});
    client.notify(
        "workspace/didChangeWorkspaceFolders",
        json!({"event": added}),
    );
    client.settle();
    assert_eq!(folders(&client), ["+/late"]);
}

#[test]
fn folders_come_and_go() {
    let mut client = TestClient::fresh(Options::default());
    client.initialize(json!({"capabilities": {}, "workspaceFolders": [
        {"uri": "file:///one", "name": "one"}, {"uri": "file:///zw%C3%B6i", "name": "two"}]}));
    let event = json!({"removed": [{"uri": "file:///one", "name": ""}], "added": [{"uri": "file:///three", "name": ""}]});
    client.notify(
        "workspace/didChangeWorkspaceFolders",
        json!({"event": event}),
    );
    client.settle();
    assert_eq!(folders(&client), ["+/one", "+/zwöi", "-/one", "+/three"]);
}

#[test]
fn files_are_watched_where_the_client_can() {
    let mut client = TestClient::with(json!({"workspace": {
        "didChangeWatchedFiles": {"dynamicRegistration": true},
        "didChangeConfiguration": {"dynamicRegistration": true}}}));
    let call = client.call("client/registerCapability");
    let methods: Vec<&Value> = call["params"]["registrations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| &r["method"])
        .collect();
    assert_eq!(
        methods,
        [
            "workspace/didChangeWatchedFiles",
            "workspace/didChangeConfiguration"
        ]
    );
    client.reply(&call, &Value::Null);
    let changes = json!([{"uri": "file:///w/b", "type": 1}, {"uri": "file:///w/a", "type": 2}, {"uri": "file:///w/b", "type": 3}]);
    client.notify(
        "workspace/didChangeWatchedFiles",
        json!({"changes": changes}),
    );
    client.settle();
    let changes = client.backend.changes();
    let Some(Change::DiskChanged(paths)) = changes.last() else {
        panic!("{changes:?}")
    };
    assert_eq!(*paths, ["/w/a", "/w/b"].map(PathBuf::from));
}

fn root() -> PathBuf {
    PathBuf::from("/some/w")
}

fn begin(cancel: &Cancel) -> Progress {
    Progress::Begin {
        root: root(),
        total: 200,
        cancel: cancel.clone(),
    }
}

#[test]
fn progress_begins_moves_ends_and_can_be_cancelled() {
    let mut client = TestClient::with(json!({"window": {"workDoneProgress": true}}));
    client.settle();
    let cancel = Cancel::new();
    client.backend.progress(&begin(&cancel));
    let create = client.call("window/workDoneProgress/create");
    let token = create["params"]["token"].clone();
    // The client has not made the token yet: nothing is reported, nothing waits.
    client.backend.progress(&Progress::Update {
        root: root(),
        done: 50,
        total: 200,
    });
    client.settle();
    let early = client.expect_within(Duration::ZERO, |m| m["method"] == json!("$/progress"));
    assert_eq!(early, None);
    client.reply(&create, &Value::Null);
    let begin = client.call("$/progress");
    assert_eq!(begin["params"]["value"]["title"], json!("Indexing w"));
    assert_eq!(begin["params"]["value"]["cancellable"], json!(true));
    let report = client.call("$/progress");
    assert_eq!(report["params"]["value"]["percentage"], json!(25));
    assert_eq!(
        report["params"]["value"]["message"],
        json!("50 / 200 files")
    );
    client.notify(
        "window/workDoneProgress/cancel",
        json!({"token": "symseek/index/8"}),
    );
    client.settle();
    assert!(!cancel.is_cancelled());
    client.notify("window/workDoneProgress/cancel", json!({"token": token}));
    client.settle();
    assert!(cancel.is_cancelled());
    client.backend.progress(&Progress::End {
        root: root(),
        message: "index stopped".into(),
    });
    let end = client.call("$/progress");
    assert_eq!(
        end["params"]["value"],
        json!({"kind": "end", "message": "index stopped"})
    );
}

#[test]
fn a_client_that_makes_no_tokens_sees_no_progress() {
    for refuses in [false, true] {
        let mut client = TestClient::with(json!({"window": {"workDoneProgress": refuses}}));
        client.settle();
        client.backend.progress(&begin(&Cancel::new()));
        if refuses {
            let create = client.call("window/workDoneProgress/create");
            let error = json!({"code": -32601, "message": "no"});
            client.send(&json!({"jsonrpc": "2.0", "id": create["id"], "error": error}));
        }
        client.backend.progress(&Progress::End {
            root: root(),
            message: String::new(),
        });
        client.settle();
        let any = client.expect_within(Duration::from_millis(50), |m| {
            m["method"]
                .as_str()
                .is_some_and(|method| method.contains("rogress"))
        });
        assert_eq!(any, None);
    }
}
