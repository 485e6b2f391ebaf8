; Names bound in the head of a function: reading them is no reference to a symbol. Variables of its body are in tags.scm,
; because they must come before the patterns of file scope.

(parameter_declaration declarator: (identifier) @local)
(parameter_declaration declarator: (_ declarator: (identifier) @local))
(parameter_declaration declarator: (_ declarator: (_ declarator: (identifier) @local)))
(parameter_declaration declarator: (_ declarator: (_ declarator: (_ declarator: (identifier) @local))))
(parameter_declaration declarator: (_ declarator: (parenthesized_declarator (_ declarator: (identifier) @local))))
(parameter_declaration declarator: (_ declarator: (_ declarator: (parenthesized_declarator (_ declarator: (identifier) @local)))))
(preproc_params (identifier) @local)
; Old style: the names stand alone and look like types; their types below are masked.
(parameter_list (identifier) @local)
(function_definition declarator: (function_declarator parameters: (parameter_list (parameter_declaration !declarator type: (type_identifier) @local)))
  (#match? @local "^[a-z][A-Za-z0-9]*$"))
(function_definition declarator: (_ declarator: (function_declarator parameters: (parameter_list (parameter_declaration !declarator type: (type_identifier) @local))))
  (#match? @local "^[a-z][A-Za-z0-9]*$"))
(function_definition (declaration declarator: (identifier) @local (#set! repeated "declarator")))
(function_definition (declaration declarator: (_ declarator: (identifier) @local) (#set! repeated "declarator")))
(function_definition (declaration declarator: (_ declarator: (_ declarator: (identifier) @local)) (#set! repeated "declarator")))
