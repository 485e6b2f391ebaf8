; Names bound inside a function: reading them is no reference to a symbol. Definitions were taken before.

(formal_parameters (identifier) @local)
(arrow_function parameter: (identifier) @local)
(variable_declarator name: (identifier) @local)
(for_in_statement left: (identifier) @local)
(catch_clause parameter: (identifier) @local)
(assignment_pattern left: (identifier) @local)
(rest_pattern (identifier) @local)
(array_pattern (identifier) @local)
(pair_pattern value: (identifier) @local)
(object_assignment_pattern left: (shorthand_property_identifier_pattern) @local)
(shorthand_property_identifier_pattern) @local

; The own name of a function or class expression is known in itself alone, where something else names it.
(variable_declarator value: [(function_expression name: (_) @local) (generator_function name: (_) @local) (class name: (_) @local)])
(variable_declarator value: (call_expression function: (_) @_wrapper arguments: (arguments . (function_expression name: (_) @local)))
  (#match? @_wrapper "(^|\\.)(memo|forwardRef|observer)$"))
(assignment_expression left: (identifier)
  right: [(function_expression name: (_) @local) (generator_function name: (_) @local) (class name: (_) @local)])
(assignment_expression left: (member_expression property: (_) @_to)
  right: [(function_expression name: (_) @local) (generator_function name: (_) @local) (class name: (_) @local)]
  (#not-eq? @_to "exports"))
(pair value: [(function_expression name: (_) @local) (generator_function name: (_) @local) (class name: (_) @local)])
