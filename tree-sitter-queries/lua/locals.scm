; Names bound inside a function: reading them is no reference to a symbol.

(parameters name: (identifier) @local (#set! repeated "name"))
; Rooted at the list itself, so that a function assigned in it has its name by then.
(variable_list name: (identifier) @local (#set! repeated "name"))
(for_numeric_clause name: (identifier) @local)
