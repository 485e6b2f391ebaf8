; What a Swift file brings into scope: all of a module.

((import_declaration (modifiers)? @_modifiers (identifier) @import.path) @import @reexport (#match? @_modifiers "_exported|public"))
((import_declaration (modifiers)? @_modifiers (identifier) @import.path) @import (#not-match? @_modifiers "_exported|public"))
