; inherits: javascript
; Parameters have nodes of their own here, and types have parameters.

(required_parameter pattern: (identifier) @local)
(required_parameter pattern: (rest_pattern (identifier) @local))
(optional_parameter pattern: (identifier) @local)
(required_parameter name: (identifier) @local)
(optional_parameter name: (identifier) @local)
(type_parameter name: (type_identifier) @local)
(mapped_type_clause name: (type_identifier) @local)
(infer_type (type_identifier) @local)
(index_signature name: (identifier) @local)
