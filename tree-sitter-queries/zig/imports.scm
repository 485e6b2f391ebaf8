; What a Zig file brings into scope: `const std = @import("std")` binds the alias, `usingnamespace` everything.

(variable_declaration . (identifier) @import.alias @ignore
  (builtin_function (builtin_identifier) @_import (arguments (string (string_content) @import.path)))
  (#eq? @_import "@import")) @import
(variable_declaration . (identifier) @import.alias @ignore
  (field_expression object: (builtin_function (builtin_identifier) @_import
      (arguments (string (string_content) @import.module))) member: (identifier) @import.name)
  (#eq? @_import "@import")) @import
(using_namespace_declaration (builtin_function (builtin_identifier) @_import
  (arguments (string (string_content) @import.module @import.glob))) (#eq? @_import "@import")) @import
(builtin_function (builtin_identifier) @_include (arguments (string (string_content) @import.path))
  (#eq? @_include "@cInclude")) @import
