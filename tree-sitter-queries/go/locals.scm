; Names bound inside a function: reading them is no reference to a symbol. `var` and `const` at the top of a file are
; taken as definitions before these patterns are asked.

(parameter_declaration name: (identifier) @local (#set! repeated "name"))
(variadic_parameter_declaration name: (identifier) @local)
(type_parameter_declaration name: (identifier) @local (#set! repeated "name"))
; A receiver names its type's parameters anew: `func (c *Cache[K, V])`.
(method_declaration receiver: (parameter_list (parameter_declaration
  type: (generic_type type_arguments: (type_arguments (type_elem (type_identifier) @local))))))
(method_declaration receiver: (parameter_list (parameter_declaration
  type: (pointer_type (generic_type type_arguments: (type_arguments (type_elem (type_identifier) @local)))))))
(short_var_declaration left: (expression_list (identifier) @local))
(range_clause left: (expression_list (identifier) @local))
(receive_statement left: (expression_list (identifier) @local))
(type_switch_statement alias: (expression_list (identifier) @local))
(var_spec name: (identifier) @local (#set! repeated "name"))
(const_spec name: (identifier) @local (#set! repeated "name"))
