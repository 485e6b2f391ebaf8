//! Code actions for similar code, callers and callees, where the setting `symseek.codeActions` asks for them.
//!
//! For editors in which nothing but a code action reaches a server with a selection. Each ends in a results document: in a
//! command that has the editor show it, or, resolved, in an edit that makes it (Zed shows no document for a server, but
//! opens what a code action has edited). Offering them asks the engine nothing.

use crate::config::CodeActions;
use crate::lsp::arguments::Command;
use crate::lsp::ingress::internal;
use crate::lsp::server::{Server, context};
use crate::lsp::uri;
use ropey::Rope;
use serde_json::{Value, json};
use tower_lsp::jsonrpc::Result;
use tower_lsp::lsp_types::{
    self as lsp, CodeAction, CodeActionKind, CodeActionOptions, CodeActionOrCommand,
    CodeActionParams, CodeActionProviderCapability, CreateFile, CreateFileOptions,
    DocumentChangeOperation, DocumentChanges, OneOf, OptionalVersionedTextDocumentIdentifier,
    Position, Range, ResourceOp, TextDocumentEdit, TextEdit, Url, WorkspaceEdit,
};

/// A source action: light bulbs are for fixes and refactorings, and on saving nobody asks for this kind.
const KIND: CodeActionKind = CodeActionKind::new("source.symseek");

/// What is offered in the capabilities.
pub(crate) fn provider(setting: CodeActions) -> Option<CodeActionProviderCapability> {
    let options = CodeActionOptions {
        code_action_kinds: Some(vec![KIND]),
        resolve_provider: Some(setting == CodeActions::Edit),
        ..CodeActionOptions::default()
    };
    (setting != CodeActions::Off).then_some(CodeActionProviderCapability::Options(options))
}

impl Server {
    /// The actions for a selection: similar code anywhere, relations where a name stands.
    pub(crate) async fn actions(
        &self,
        params: CodeActionParams,
    ) -> Result<Vec<CodeActionOrCommand>> {
        // The text must be the one that the client's columns count in.
        self.shared.taken(context().ticket).await;
        let setting = self.shared.config().code_actions;
        let wanted = params.context.only.as_deref();
        if setting == CodeActions::Off || !wanted.is_none_or(|only| only.iter().any(includes_ours))
        {
            return Ok(Vec::new());
        }
        let (document, range) = (params.text_document.uri, params.range);
        let open = uri::to_path(&document).and_then(|path| self.shared.text(&path));
        let Some(open) = open else {
            return Ok(Vec::new());
        };
        let encoding = self.shared.session().encoding;
        let place = json!({"uri": document, "position": range.start});
        let code = if range.start == range.end {
            place.clone()
        } else {
            json!({"uri": document, "range": range})
        };
        let mut offered = vec![(Command::SimilarToDocument, "Find similar code", code)];
        let at = crate::lsp::position::char_at(&open.rope, range.start, encoding);
        if at.is_some_and(|at| touches_name(&open.rope, at)) {
            offered.push((Command::CallersToDocument, "Show callers", place.clone()));
            offered.push((Command::CalleesToDocument, "Show callees", place));
        }
        let actions = offered.into_iter();
        Ok(actions
            .map(|(command, title, argument)| action(setting, command, title, argument).into())
            .collect())
    }

    /// Makes the edit of an action: a new document with the results.
    pub(crate) async fn resolve(&self, mut action: CodeAction) -> Result<CodeAction> {
        let Some(data) = action.data.take() else {
            return Ok(action);
        };
        let command = data.get("command").and_then(Value::as_str);
        let command = Command::named(command.unwrap_or_default())?;
        let argument = data.get("argument").cloned().unwrap_or_default();
        let (text, _) = self.report(self.question(command, argument)?).await?;
        // The name of a document of our own; its text comes by the edit, so that the editor sees a change.
        let path = self.write_report(String::new()).await?;
        let uri = Url::from_file_path(&path).map_err(|()| internal())?;
        action.edit = Some(new_document(uri, text));
        Ok(action)
    }
}

fn action(setting: CodeActions, command: Command, title: &str, argument: Value) -> CodeAction {
    let mut action = CodeAction {
        title: title.to_owned(),
        kind: Some(KIND),
        ..CodeAction::default()
    };
    if setting == CodeActions::Edit {
        action.data = Some(json!({"command": command.id(), "argument": argument}));
    } else {
        action.command = Some(lsp::Command {
            title: title.to_owned(),
            command: command.id().to_owned(),
            arguments: Some(vec![argument]),
        });
    }
    action
}

/// Kinds are paths: one includes what lies below it, and the empty one everything.
fn includes_ours(kind: &CodeActionKind) -> bool {
    let (kind, ours) = (kind.as_str(), KIND);
    let below = ours.as_str().strip_prefix(kind);
    kind.is_empty() || below.is_some_and(|below| below.is_empty() || below.starts_with('.'))
}

fn touches_name(rope: &Rope, at: usize) -> bool {
    let is_name = |at: usize| {
        rope.get_char(at)
            .is_some_and(|c| c.is_alphanumeric() || c == '_')
    };
    is_name(at) || at.checked_sub(1).is_some_and(is_name)
}

fn new_document(uri: Url, text: String) -> WorkspaceEdit {
    let create = CreateFile {
        uri: uri.clone(),
        options: Some(CreateFileOptions {
            overwrite: Some(true),
            ignore_if_exists: None,
        }),
        annotation_id: None,
    };
    let start = Position::default();
    let insert = TextDocumentEdit {
        text_document: OptionalVersionedTextDocumentIdentifier { uri, version: None },
        edits: vec![OneOf::Left(TextEdit {
            range: Range { start, end: start },
            new_text: text,
        })],
    };
    let operations = vec![
        DocumentChangeOperation::Op(ResourceOp::Create(create)),
        DocumentChangeOperation::Edit(insert),
    ];
    WorkspaceEdit {
        document_changes: Some(DocumentChanges::Operations(operations)),
        ..WorkspaceEdit::default()
    }
}
