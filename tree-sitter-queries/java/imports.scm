; What a Java file brings into scope: a type or package by its path, or members of a type (`import static`).

(import_declaration (scoped_identifier) @import.module (asterisk) @import.glob) @import
(import_declaration (identifier) @import.module (asterisk) @import.glob) @import
(import_declaration (scoped_identifier scope: (_) @import.module name: (identifier) @import.name) (#not-match? @import "[*]")) @import
(import_declaration (identifier) @import.path (#not-match? @import "[*]")) @import
