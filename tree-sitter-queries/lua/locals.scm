; Names bound inside a function: reading them is no reference to a symbol. A `local` of the file itself is no such name:
; functions of the file share it.

(parameters name: (identifier) @local (#set! repeated "name"))
(block (variable_declaration (assignment_statement (variable_list name: (identifier) @local))) (#set! repeated "name"))
(block (variable_declaration (variable_list name: (identifier) @local)) (#set! repeated "name"))
(for_numeric_clause name: (identifier) @local)
(for_generic_clause (variable_list name: (identifier) @local) (#set! repeated "name"))
