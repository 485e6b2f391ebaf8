//! Kinds of symbols on the wire. Where pickers hide a kind by default (snacks hides `Object`, `String`, `File`, …), the
//! nearest one they show is taken; `kindName` in our own answers says exactly what a hit is.

use symseek_syntax::SymbolKind as Kind;
use tower_lsp::lsp_types::SymbolKind;

/// The protocol's kind and our name for it; `None` is text that belongs to no symbol.
pub(crate) fn of(kind: Option<Kind>) -> (SymbolKind, &'static str) {
    match kind {
        None => (SymbolKind::MODULE, "text"),
        Some(Kind::Module) => (SymbolKind::MODULE, "module"),
        Some(Kind::Namespace) => (SymbolKind::NAMESPACE, "namespace"),
        Some(Kind::Class) => (SymbolKind::CLASS, "class"),
        Some(Kind::Struct) => (SymbolKind::STRUCT, "struct"),
        Some(Kind::Enum) => (SymbolKind::ENUM, "enum"),
        Some(Kind::EnumMember) => (SymbolKind::ENUM_MEMBER, "enum member"),
        Some(Kind::Union) => (SymbolKind::STRUCT, "union"),
        Some(Kind::Trait) => (SymbolKind::INTERFACE, "trait"),
        Some(Kind::Interface) => (SymbolKind::INTERFACE, "interface"),
        Some(Kind::Impl) => (SymbolKind::CLASS, "impl"),
        Some(Kind::Function) => (SymbolKind::FUNCTION, "function"),
        Some(Kind::Method) => (SymbolKind::METHOD, "method"),
        Some(Kind::Constructor) => (SymbolKind::CONSTRUCTOR, "constructor"),
        Some(Kind::Macro) => (SymbolKind::FUNCTION, "macro"),
        Some(Kind::Constant) => (SymbolKind::CONSTANT, "constant"),
        Some(Kind::Static) => (SymbolKind::CONSTANT, "static"),
        Some(Kind::Variable) => (SymbolKind::VARIABLE, "variable"),
        Some(Kind::Field) => (SymbolKind::FIELD, "field"),
        Some(Kind::Property) => (SymbolKind::PROPERTY, "property"),
        Some(Kind::TypeAlias) => (SymbolKind::CLASS, "type alias"),
        Some(Kind::Section) => (SymbolKind::NAMESPACE, "section"),
    }
}
