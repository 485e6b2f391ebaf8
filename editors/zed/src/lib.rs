//! Symseek in Zed: which program is started, what it is told, and how its symbols look.
//!
//! Zed does the rest, and it filters what the server answers; what that means for a user stands in README.md.

use zed_extension_api::lsp::{Symbol, SymbolKind};
use zed_extension_api::serde_json::{json, Map, Value};
use zed_extension_api::settings::LspSettings;
use zed_extension_api::{
    register_extension, CodeLabel, CodeLabelSpan, Command, Extension, LanguageServerId, Result,
    Worktree,
};

const INSTALL: &str = "cargo install --path server";

struct SymseekExtension;

impl Extension for SymseekExtension {
    fn new() -> Self {
        Self
    }

    fn language_server_command(
        &mut self,
        id: &LanguageServerId,
        worktree: &Worktree,
    ) -> Result<Command> {
        let settings = LspSettings::for_worktree(id.as_ref(), worktree)?;
        let (path, arguments, extra) = match settings.binary {
            Some(binary) => (binary.path, binary.arguments, binary.env),
            None => (None, None, None),
        };
        let home = worktree
            .shell_env()
            .into_iter()
            .find(|(name, _)| name == "HOME");
        let command = path
            .or_else(|| worktree.which("symseek"))
            .ok_or_else(|| missing(home.as_ref().map(|(_, home)| home.as_str())))?;
        let mut env = worktree.shell_env();
        env.extend(extra.into_iter().flatten());
        Ok(Command {
            command,
            args: arguments.unwrap_or_else(|| vec!["lsp".to_owned()]),
            env,
        })
    }

    fn language_server_initialization_options(
        &mut self,
        id: &LanguageServerId,
        worktree: &Worktree,
    ) -> Result<Option<Value>> {
        let settings = LspSettings::for_worktree(id.as_ref(), worktree)?;
        Ok(Some(options(
            settings.initialization_options,
            settings.settings,
        )))
    }

    fn language_server_workspace_configuration(
        &mut self,
        id: &LanguageServerId,
        worktree: &Worktree,
    ) -> Result<Option<Value>> {
        let settings = LspSettings::for_worktree(id.as_ref(), worktree)?;
        let options = options(settings.initialization_options, settings.settings);
        Ok(Some(json!({ "symseek": options })))
    }

    fn label_for_symbol(&self, _: &LanguageServerId, symbol: Symbol) -> Option<CodeLabel> {
        Some(label(&symbol))
    }
}

/// What is said when there is no program. An extension cannot look at the disk, so the usual place is only named.
fn missing(home: Option<&str>) -> String {
    let place = home.map_or_else(
        || "its place".to_owned(),
        |home| format!("{home}/.cargo/bin/symseek"),
    );
    format!(
        "the program `symseek` is not in PATH. Install it with `{INSTALL}`; if it is installed, put {place} into the \
         settings: \"lsp\": {{ \"symseek\": {{ \"binary\": {{ \"path\": \"…\" }} }} }}"
    )
}

/// What the server is told at its start: `settings` over `initialization_options`, both of them with or without `symseek`
/// around. Beside another server names would be listed twice, so names are left to it unless the user says otherwise. Code
/// actions are the only way to the server with a selection; Zed shows what they edit, and no document that a server asks for.
fn options(initialization: Option<Value>, settings: Option<Value>) -> Value {
    let mut all = Map::new();
    for given in [initialization, settings] {
        let inner = match given {
            Some(Value::Object(mut map)) => match map.remove("symseek") {
                Some(Value::Object(wrapped)) => wrapped,
                _ => map,
            },
            _ => continue,
        };
        all.extend(inner);
    }
    if !all.contains_key("workspaceSymbol") && !all.contains_key("workspaceSymbol.mode") {
        all.insert("workspaceSymbol.mode".to_owned(), json!("nl"));
    }
    if !all.contains_key("codeActions") {
        all.insert("codeActions".to_owned(), json!("edit"));
    }
    Value::Object(all)
}

/// The name alone is matched against the query; the kind stands before it.
fn label(symbol: &Symbol) -> CodeLabel {
    let kind = kind(symbol.kind);
    let code = format!("{kind} {}", symbol.name);
    let name = kind.len() + 1..code.len();
    CodeLabel {
        spans: vec![
            CodeLabelSpan::literal(format!("{kind} "), Some("keyword".to_owned())),
            CodeLabelSpan::code_range(name.clone()),
        ],
        filter_range: name.into(),
        code,
    }
}

/// The protocol's kinds in words, as far as the server gives them.
fn kind(kind: SymbolKind) -> &'static str {
    match kind {
        SymbolKind::Module => "module",
        SymbolKind::Namespace => "namespace",
        SymbolKind::Class => "class",
        SymbolKind::Method => "method",
        SymbolKind::Property => "property",
        SymbolKind::Field => "field",
        SymbolKind::Constructor => "constructor",
        SymbolKind::Enum => "enum",
        SymbolKind::Interface => "interface",
        SymbolKind::Function => "function",
        SymbolKind::Variable => "variable",
        SymbolKind::Constant => "constant",
        SymbolKind::EnumMember => "variant",
        SymbolKind::Struct => "struct",
        _ => "symbol",
    }
}

register_extension!(SymseekExtension);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_left_to_other_servers_unless_told_otherwise() {
        let ours = json!({"workspaceSymbol.mode": "nl", "codeActions": "edit"});
        assert_eq!(options(None, None), ours);
        for given in [
            json!({"workspaceSymbol": {"mode": "full"}}),
            json!({"symseek": {"workspaceSymbol": {"mode": "full"}}}),
        ] {
            let expected = json!({"workspaceSymbol": {"mode": "full"}, "codeActions": "edit"});
            assert_eq!(options(Some(given.clone()), None), expected);
            assert_eq!(options(None, Some(given)), expected);
        }
    }

    #[test]
    fn settings_win_over_initialization_options() {
        let merged = options(
            Some(json!({"watch": true, "maxFileSize": 1})),
            Some(json!({"watch": false, "codeActions": "off"})),
        );
        assert_eq!(
            merged,
            json!({"watch": false, "maxFileSize": 1, "workspaceSymbol.mode": "nl", "codeActions": "off"})
        );
    }

    #[test]
    fn only_the_name_is_matched() {
        let symbol = Symbol {
            kind: SymbolKind::Function,
            name: "größe".to_owned(),
        };
        let label = label(&symbol);
        assert_eq!(label.code, "function größe");
        let range = label.filter_range;
        assert_eq!(
            &label.code[range.start as usize..range.end as usize],
            "größe"
        );
    }

    #[test]
    fn a_missing_program_says_what_to_do() {
        let text = missing(Some("/home/you"));
        assert!(text.contains(INSTALL) && text.contains("/home/you/.cargo/bin/symseek"));
    }
}
