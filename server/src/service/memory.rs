//! What a new session must be told so that it goes on where another one stopped: settings, folders, open documents with their
//! unsaved text. Kept at the client's end of the connection, because the other end is what may die.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};
use tower_lsp::lsp_types::TextDocumentContentChangeEvent;

use crate::lsp::document::{BadEdit, Document};
use crate::lsp::position::Encoding;

/// Past the end of every document: an edit there makes a server ask for the full text.
const NOWHERE: u32 = 0x7fff_ffff;

/// The state of a client, as far as its notifications tell it.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    encoding: Encoding,
    /// The newest `didChangeConfiguration`.
    settings: Option<Vec<u8>>,
    /// Every `didChangeWorkspaceFolders`.
    folders: Vec<Vec<u8>>,
    documents: BTreeMap<String, Open>,
}

#[derive(Debug)]
struct Open {
    language: String,
    version: Option<i32>,
    document: Document,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Params {
    text_document: Item,
    #[serde(default)]
    content_changes: Vec<TextDocumentContentChangeEvent>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Item {
    uri: String,
    #[serde(default)]
    language_id: String,
    #[serde(default)]
    version: Option<i32>,
    #[serde(default)]
    text: String,
}

#[derive(Deserialize)]
struct Message<T> {
    params: T,
}

impl Memory {
    /// Takes in what the server's answer to `initialize` agreed on.
    pub(crate) fn agreed(&mut self, answer: &[u8]) {
        let answer: Value = serde_json::from_slice(answer).unwrap_or_default();
        let encoding = answer.pointer("/result/capabilities/positionEncoding");
        self.encoding = Encoding::negotiate(encoding.and_then(Value::as_str).into_iter());
    }

    /// Takes in a notification of the client.
    pub(crate) fn note(&mut self, method: &str, body: &[u8]) {
        match method {
            "workspace/didChangeConfiguration" => self.settings = Some(body.to_vec()),
            "workspace/didChangeWorkspaceFolders" => self.folders.push(body.to_vec()),
            "textDocument/didOpen" => {
                if let Some(Params { text_document, .. }) = parse(body) {
                    let version = text_document.version;
                    let open = Open {
                        language: text_document.language_id,
                        version,
                        document: Document::new(version.unwrap_or(0), &text_document.text),
                    };
                    self.documents.insert(text_document.uri, open);
                }
            }
            "textDocument/didChange" => self.change(body),
            "textDocument/didClose" => {
                if let Some(Params { text_document, .. }) = parse(body) {
                    self.documents.remove(&text_document.uri);
                }
            }
            _ => {}
        }
    }

    fn change(&mut self, body: &[u8]) {
        let Some(params) = parse(body) else {
            return;
        };
        let Some(open) = self.documents.get_mut(&params.text_document.uri) else {
            return;
        };
        let version = params.text_document.version;
        match open
            .document
            .change(version, &params.content_changes, self.encoding)
        {
            Ok(_) => open.version = version.or(open.version),
            // The session that saw it takes such an edit the same way.
            Err(BadEdit::Degraded | BadEdit::Backwards { .. }) => {}
            Err(_) => {
                open.document.degrade();
            }
        }
        // Nobody takes the edits from here.
        open.document.forget_edits();
    }

    /// The notifications that bring a new session to where the client is.
    pub(crate) fn replay(&self) -> Vec<Vec<u8>> {
        let mut bodies: Vec<Vec<u8>> = self.settings.iter().cloned().collect();
        bodies.extend(self.folders.iter().cloned());
        for (uri, open) in &self.documents {
            let text = open.document.rope().to_string();
            let item = json!({"uri": uri, "languageId": open.language, "version": open.version, "text": text});
            bodies.push(notification(
                "textDocument/didOpen",
                &json!({"textDocument": item}),
            ));
            if open.document.is_degraded() {
                let nowhere = json!({"line": NOWHERE, "character": 0});
                let change = json!({"range": {"start": nowhere, "end": nowhere}, "text": ""});
                let item = json!({"uri": uri, "version": open.version});
                bodies.push(notification(
                    "textDocument/didChange",
                    &json!({"textDocument": item, "contentChanges": [change]}),
                ));
            }
        }
        bodies
    }
}

fn parse(body: &[u8]) -> Option<Params> {
    let message: Message<Params> = serde_json::from_slice(body).ok()?;
    Some(message.params)
}

/// A notification's body.
pub(crate) fn notification(method: &str, params: &Value) -> Vec<u8> {
    json!({"jsonrpc": "2.0", "method": method, "params": params})
        .to_string()
        .into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(memory: &mut Memory, version: i32, changes: &Value) {
        let item = json!({"uri": "file:///a.rs", "version": version});
        let params = json!({"textDocument": item, "contentChanges": changes});
        memory.note(
            "textDocument/didChange",
            &notification("textDocument/didChange", &params),
        );
    }

    fn opened() -> Memory {
        let mut memory = Memory::default();
        memory.agreed(br#"{"result": {"capabilities": {"positionEncoding": "utf-16"}}}"#);
        let item =
            json!({"uri": "file:///a.rs", "languageId": "rust", "version": 1, "text": "ä𝄞b\n"});
        memory.note(
            "textDocument/didOpen",
            &notification("", &json!({"textDocument": item})),
        );
        memory
    }

    fn replayed(memory: &Memory) -> Vec<Value> {
        let bodies = memory.replay();
        let parsed = bodies
            .iter()
            .map(|body| serde_json::from_slice(body).unwrap());
        parsed.collect()
    }

    #[test]
    fn a_document_is_replayed_as_it_is_now_and_not_once_it_is_closed() {
        let mut memory = opened();
        let place =
            json!({"start": {"line": 0, "character": 3}, "end": {"line": 0, "character": 4}});
        change(&mut memory, 2, &json!([{"range": place, "text": "xyz"}]));
        let [opened] = &replayed(&memory)[..] else {
            panic!("one notification");
        };
        assert_eq!(opened["method"], "textDocument/didOpen");
        let item = &opened["params"]["textDocument"];
        assert_eq!(item["text"], "ä𝄞xyz\n");
        assert_eq!(
            (&item["version"], &item["languageId"]),
            (&json!(2), &json!("rust"))
        );
        let close = json!({"textDocument": {"uri": "file:///a.rs"}});
        memory.note("textDocument/didClose", &notification("", &close));
        assert!(memory.replay().is_empty());
    }

    #[test]
    fn a_bad_edit_is_replayed_as_one_until_the_full_text_comes() {
        let mut memory = opened();
        let place =
            json!({"start": {"line": 9, "character": 0}, "end": {"line": 9, "character": 0}});
        change(&mut memory, 2, &json!([{"range": place, "text": "x"}]));
        assert_eq!(replayed(&memory).len(), 2);
        change(&mut memory, 3, &json!([{"text": "whole"}]));
        let all = replayed(&memory);
        assert_eq!(all.len(), 1);
        assert_eq!(all[0]["params"]["textDocument"]["text"], "whole");
    }

    #[test]
    fn the_newest_settings_and_all_changes_of_folders_are_replayed_first() {
        let mut memory = opened();
        for n in 0..2 {
            let settings = notification("workspace/didChangeConfiguration", &json!(n));
            memory.note("workspace/didChangeConfiguration", &settings);
            let folders = notification("workspace/didChangeWorkspaceFolders", &json!(n));
            memory.note("workspace/didChangeWorkspaceFolders", &folders);
        }
        let all = replayed(&memory);
        let methods: Vec<_> = all
            .iter()
            .map(|it| it["method"].as_str().unwrap())
            .collect();
        assert_eq!(
            methods,
            [
                "workspace/didChangeConfiguration",
                "workspace/didChangeWorkspaceFolders",
                "workspace/didChangeWorkspaceFolders",
                "textDocument/didOpen"
            ]
        );
        assert_eq!(all[0]["params"], 1);
    }
}
