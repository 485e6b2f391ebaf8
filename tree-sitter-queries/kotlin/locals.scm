; Names bound inside a function: reading them is no reference to a symbol. Properties of files and classes are taken as
; definitions before these patterns are asked.

(parameter . (identifier) @local)
(class_parameter (identifier) @local ":")
(variable_declaration (identifier) @local)
(catch_block (identifier) @local)
(type_parameter (identifier) @local)
(setter (identifier) @local)
