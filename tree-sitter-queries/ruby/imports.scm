; What a Ruby file loads.

(call !receiver method: (identifier) @_load arguments: (argument_list . (string (string_content) @import.path))
  (#any-of? @_load "require" "require_relative" "load" "require_dependency")) @import
(call !receiver method: (identifier) @_load arguments: (argument_list . (simple_symbol) (string (string_content) @import.path))
  (#eq? @_load "autoload")) @import
