; Names bound in the head of a function: reading them is no reference to a symbol. Variables of its body are in tags.scm,
; because they must come before the patterns of file scope.

(parameter_declaration declarator: (identifier) @local)
(parameter_declaration declarator: (_ declarator: (identifier) @local))
(parameter_declaration declarator: (_ declarator: (_ declarator: (identifier) @local)))
(parameter_declaration declarator: (_ declarator: (_ declarator: (_ declarator: (identifier) @local))))
(parameter_declaration declarator: (_ declarator: (parenthesized_declarator (_ declarator: (identifier) @local))))
(parameter_declaration declarator: (_ declarator: (_ declarator: (parenthesized_declarator (_ declarator: (identifier) @local)))))
(preproc_params (identifier) @local)
; Old style: the names stand alone, their types below.
(parameter_list (identifier) @local)
(function_definition (declaration declarator: (identifier) @local (#set! repeated "declarator")))
(function_definition (declaration declarator: (_ declarator: (identifier) @local) (#set! repeated "declarator")))
(function_definition (declaration declarator: (_ declarator: (_ declarator: (identifier) @local)) (#set! repeated "declarator")))
