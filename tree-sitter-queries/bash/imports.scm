; What a script reads in: `source file`, `. file`, and `load` of Bats.

(command name: (command_name (word) @_source) argument: [(word) (concatenation)] @import.path (#any-of? @_source "source" "." "load")) @import
(command name: (command_name (word) @_source) argument: (string . (string_content) @import.path) (#any-of? @_source "source" "." "load")) @import
(command name: (command_name (word) @_source) argument: (raw_string) @import.path (#any-of? @_source "source" "." "load")) @import
; The directory before the name is worked out as the script runs; the name says enough.
(command name: (command_name (word) @_source) argument: (string [(expansion) (simple_expansion) (command_substitution)] (string_content) @import.path)
  (#any-of? @_source "source" "." "load")) @import
