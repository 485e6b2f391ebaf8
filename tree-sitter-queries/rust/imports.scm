; What a Rust file brings into scope. A use tree is flattened in Rust code.

(use_declaration (visibility_modifier)? @reexport argument: (_) @import.tree) @import
(extern_crate_declaration (visibility_modifier)? @reexport name: (identifier) @import.path alias: (identifier)? @import.alias) @import
