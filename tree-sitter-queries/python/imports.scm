; What a Python file brings into scope.

(import_statement name: (dotted_name) @import.path (#set! repeated "name")) @import
(import_statement name: (aliased_import name: (dotted_name) @import.path alias: (identifier) @import.alias) (#set! repeated "name")) @import
(import_from_statement module_name: (_) @import.module name: (dotted_name) @import.name (#set! repeated "name")) @import
(import_from_statement module_name: (_) @import.module name: (aliased_import name: (dotted_name) @import.name alias: (identifier) @import.alias) (#set! repeated "name")) @import
(import_from_statement module_name: (_) @import.module (wildcard_import) @import.glob) @import
(future_import_statement) @import
