; Names bound inside a function: reading them is no reference to a symbol. Variables of statements are in tags.scm,
; because they must come before the patterns of properties.

(parameter external_name: (simple_identifier) @ignore name: (simple_identifier) @local)
(parameter name: (simple_identifier) @local)
(lambda_parameter name: (simple_identifier) @local)
(lambda_parameter external_name: (simple_identifier) @local)
(pattern bound_identifier: (simple_identifier) @local)
(if_statement bound_identifier: (simple_identifier) @local (#set! repeated "bound_identifier"))
(guard_statement bound_identifier: (simple_identifier) @local (#set! repeated "bound_identifier"))
(while_statement bound_identifier: (simple_identifier) @local (#set! repeated "bound_identifier"))
; `case let .move(x, y)`: the names in the parentheses are bound; the case before them is read.
(pattern (value_binding_pattern) (pattern (simple_identifier) @local))
(type_parameter . (type_identifier) @local)
(capture_list_item name: (simple_identifier) @local)
