; What a Scala file brings into scope. A path is several children, so the statement is flattened in code.

(import_declaration) @import @import.tree
(export_declaration) @import @import.tree @reexport
