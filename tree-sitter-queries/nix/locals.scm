; Parameters of functions: reading them is no reference to a symbol.

(function_expression universal: (identifier) @local)
(formal name: (identifier) @local)
