; What a JavaScript file brings into scope, in both module systems. A default import and a whole module are named by the
; module's path; a named import is `module.name`.

(import_statement (import_clause (identifier) @import.alias) source: (string (string_fragment) @import.path)) @import
(import_statement (import_clause (namespace_import (identifier) @import.alias)) source: (string (string_fragment) @import.path)) @import
(import_statement (import_clause (named_imports (import_specifier name: (_) @import.name alias: (identifier)? @import.alias)))
  source: (string (string_fragment) @import.module)) @import
; For its effects only.
(import_statement . source: (string (string_fragment) @import.path)) @import
(import_statement) @import

(export_statement "*" @import.glob source: (string (string_fragment) @import.module)) @import @reexport
(export_statement (namespace_export (identifier) @import.alias) source: (string (string_fragment) @import.path)) @import @reexport
(export_statement (export_clause (export_specifier name: (_) @import.name alias: (_)? @import.alias))
  source: (string (string_fragment) @import.module)) @import @reexport

; CommonJS: the whole module, one member of it, some members.
(variable_declarator name: (identifier) @import.alias
  value: (call_expression function: (identifier) @_require arguments: (arguments . (string (string_fragment) @import.path)))
  (#eq? @_require "require")) @import
(variable_declarator name: (identifier) @import.alias
  value: (member_expression
    object: (call_expression function: (identifier) @_require arguments: (arguments . (string (string_fragment) @import.module)))
    property: (property_identifier) @import.name)
  (#eq? @_require "require")) @import
(variable_declarator name: (object_pattern (shorthand_property_identifier_pattern) @import.name)
  value: (call_expression function: (identifier) @_require arguments: (arguments . (string (string_fragment) @import.module)))
  (#eq? @_require "require")) @import
(variable_declarator name: (object_pattern (pair_pattern key: (property_identifier) @import.name value: (identifier) @import.alias))
  value: (call_expression function: (identifier) @_require arguments: (arguments . (string (string_fragment) @import.module)))
  (#eq? @_require "require")) @import

; At run time.
(variable_declarator name: (identifier) @import.alias
  value: (await_expression (call_expression function: (import) arguments: (arguments . (string (string_fragment) @import.path))))) @import
(variable_declarator name: (object_pattern (shorthand_property_identifier_pattern) @import.name)
  value: (await_expression (call_expression function: (import) arguments: (arguments . (string (string_fragment) @import.module))))) @import
(call_expression function: (import) arguments: (arguments . (string (string_fragment) @import.path))) @import
(call_expression function: (identifier) @_require arguments: (arguments . (string (string_fragment) @import.path))
  (#eq? @_require "require")) @import
