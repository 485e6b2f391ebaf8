; Names bound inside a function: reading them is no reference to a variable of the script.

(declaration_command ["local" "declare" "typeset"] (variable_name) @local)
(declaration_command ["local" "declare" "typeset"] (variable_assignment name: (variable_name) @local))
(compound_statement (variable_assignment name: (variable_name) @local))
(for_statement variable: (variable_name) @local)
(command name: (command_name (word) @_read) argument: (word) @local (#any-of? @_read "read" "mapfile" "readarray") (#match? @local "^[A-Za-z_]\\w*$") (#set! repeated "argument"))
