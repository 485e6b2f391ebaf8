; What a Lua file loads: `local json = require("json")`, and a bare `require`.

(variable_declaration (assignment_statement (variable_list . name: (identifier) @import.alias)
  (expression_list . value: (function_call name: (identifier) @_require arguments: (arguments . (string content: (string_content) @import.path)))))
  (#any-of? @_require "require" "dofile")) @import
; `local insert = require("table.tools").insert`
(variable_declaration (assignment_statement (variable_list . name: (identifier) @import.alias)
  (expression_list . value: (dot_index_expression
    table: (function_call name: (identifier) @_require arguments: (arguments . (string content: (string_content) @import.module)))
    field: (identifier) @import.name)))
  (#eq? @_require "require")) @import
(assignment_statement (variable_list . name: (identifier) @import.alias)
  (expression_list . value: (function_call name: (identifier) @_require arguments: (arguments . (string content: (string_content) @import.path))))
  (#any-of? @_require "require" "dofile")) @import
(function_call name: (identifier) @_require arguments: (arguments . (string content: (string_content) @import.path))
  (#any-of? @_require "require" "dofile")) @import
