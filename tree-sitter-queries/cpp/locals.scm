; inherits: c
; Names bound in the head of a function, a loop, a lambda or a template: reading them is no reference to a symbol.

; A reference has no field for what it refers to, so it is a layer of its own.
(declaration declarator: (reference_declarator (identifier) @local))
(declaration declarator: (init_declarator declarator: (reference_declarator (identifier) @local)) (#set! repeated "declarator"))
(declaration declarator: (init_declarator declarator: (structured_binding_declarator (identifier) @local)))
(declaration declarator: (init_declarator declarator: (reference_declarator (structured_binding_declarator (identifier) @local))))
(parameter_declaration declarator: (reference_declarator (identifier) @local))
(parameter_declaration declarator: (_ declarator: (reference_declarator (identifier) @local)))
(optional_parameter_declaration declarator: (identifier) @local)
(optional_parameter_declaration declarator: (_ declarator: (identifier) @local))
(optional_parameter_declaration declarator: (_ (identifier) @local))
(variadic_parameter_declaration declarator: (variadic_declarator (identifier) @local))
(variadic_parameter_declaration declarator: (reference_declarator (variadic_declarator (identifier) @local)))
(for_range_loop declarator: (identifier) @local)
(for_range_loop declarator: (_ (identifier) @local))
(for_range_loop declarator: (_ declarator: (identifier) @local))
(for_range_loop declarator: (_ (structured_binding_declarator (identifier) @local)))
(lambda_capture_initializer left: (identifier) @local)
(type_parameter_declaration (type_identifier) @local)
(optional_type_parameter_declaration name: (type_identifier) @local)
(variadic_type_parameter_declaration (type_identifier) @local)
