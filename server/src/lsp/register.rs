//! What is asked of the client once it is initialized: to watch files and to tell of changed settings, where it can only
//! do so on request. Sent from a task of its own; nobody waits for the answer.

use crate::lsp::shared::Shared;
use serde_json::json;
use std::sync::Arc;
use tower_lsp::lsp_types::Registration;

/// Registers what the client offers.
pub(crate) fn register(shared: &Arc<Shared>) {
    let session = shared.session();
    let mut wanted = Vec::new();
    if session.register_watcher {
        wanted.push(Registration {
            id: "symseek-watch".into(),
            method: "workspace/didChangeWatchedFiles".into(),
            register_options: Some(json!({"watchers": [{"globPattern": "**/*"}]})),
        });
    }
    if session.register_configuration {
        wanted.push(Registration {
            id: "symseek-settings".into(),
            method: "workspace/didChangeConfiguration".into(),
            register_options: Some(json!({"section": "symseek"})),
        });
    }
    if wanted.is_empty() {
        return;
    }
    let client = shared.client.clone();
    shared.runtime.spawn(async move {
        if let Err(error) = client.register_capability(wanted).await {
            tracing::info!(%error, "the client registers nothing");
        }
    });
}
