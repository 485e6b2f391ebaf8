//! What `initialize` agreed on. Read leniently, key by key: an unknown or odd capability of a client must not cost the
//! whole session, as it would with one strict type for all of it.

use crate::lsp::position::Encoding;
use crate::lsp::uri;
use serde_json::Value;
use std::path::PathBuf;

/// The agreement with one client.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Session {
    /// What columns count.
    pub(crate) encoding: Encoding,
    /// Absolute paths of the workspace folders.
    pub(crate) folders: Vec<PathBuf>,
    /// `initializationOptions`.
    pub(crate) options: Value,
    /// The client's process, where the client names one.
    pub(crate) process: Option<u32>,
    /// The client makes progress tokens.
    pub(crate) progress: bool,
    /// The client answers `workspace/configuration`.
    pub(crate) configuration: bool,
    /// `didChangeConfiguration` must be asked for.
    pub(crate) register_configuration: bool,
    /// The client watches files when asked.
    pub(crate) register_watcher: bool,
}

impl Session {
    /// Reads the parameters of `initialize`.
    pub(crate) fn new(params: &Value) -> Self {
        let flag = |pointer: &str| {
            params
                .pointer(&format!("/capabilities/{pointer}"))
                .and_then(Value::as_bool)
                .unwrap_or(false)
        };
        let offered = params
            .pointer("/capabilities/general/positionEncodings")
            .and_then(Value::as_array)
            .map_or(&[][..], Vec::as_slice);
        Self {
            encoding: Encoding::negotiate(offered.iter().filter_map(Value::as_str)),
            folders: folders(params),
            options: params
                .get("initializationOptions")
                .cloned()
                .unwrap_or_default(),
            process: params
                .get("processId")
                .and_then(Value::as_u64)
                .and_then(|id| id.try_into().ok()),
            progress: flag("window/workDoneProgress"),
            configuration: flag("workspace/configuration"),
            register_configuration: flag("workspace/didChangeConfiguration/dynamicRegistration"),
            register_watcher: flag("workspace/didChangeWatchedFiles/dynamicRegistration"),
        }
    }
}

/// `workspaceFolders`, else `rootUri`, else `rootPath`; without repetitions.
fn folders(params: &Value) -> Vec<PathBuf> {
    let listed = params.get("workspaceFolders").and_then(Value::as_array);
    let mut names: Vec<&str> = listed
        .into_iter()
        .flatten()
        .filter_map(|folder| folder.get("uri").and_then(Value::as_str))
        .collect();
    if names.is_empty() {
        let root = ["rootUri", "rootPath"]
            .iter()
            .find_map(|key| params.get(key).and_then(Value::as_str));
        names.extend(root);
    }
    let mut folders = Vec::new();
    for name in names {
        match uri::folder(name) {
            Some(path) if !folders.contains(&path) => folders.push(path),
            Some(_) => {}
            None => tracing::warn!(folder = name, "not a folder on this machine"),
        }
    }
    folders
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn folders_fall_back_to_the_root() {
        let read = |params: Value| Session::new(&params).folders;
        let both = json!({"workspaceFolders": [{"uri": "file:///a%20b", "name": ""}, {"uri": "file:///%C3%A4"},
            {"uri": "file:///a%20b"}, {"uri": "vscode-vfs://x/y"}], "rootUri": "file:///c"});
        assert_eq!(read(both), [PathBuf::from("/a b"), PathBuf::from("/ä")]);
        let root = json!({"workspaceFolders": null, "rootUri": "file:///c", "rootPath": "/d"});
        assert_eq!(read(root), [PathBuf::from("/c")]);
        assert_eq!(
            read(json!({"rootUri": null, "rootPath": "/d"})),
            [PathBuf::from("/d")]
        );
        assert_eq!(read(json!({"rootUri": ""})), Vec::<PathBuf>::new());
        assert_eq!(read(json!(null)), Vec::<PathBuf>::new());
    }
}
