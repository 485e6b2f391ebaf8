; What belongs to the definition that follows it. Documentation is an attribute of the module here.

(comment) @comment
(unary_operator operator: "@" operand: (call target: (identifier) @_doc (arguments [(string) (sigil)]))
  (#any-of? @_doc "doc" "typedoc")) @comment
(unary_operator operator: "@" operand: (call target: (identifier) @_doc (arguments [(string) (sigil)]))
  (#any-of? @_doc "moduledoc" "shortdoc")) @doc.inner
(unary_operator operator: "@" operand: (call target: (identifier) @_doc (arguments [(keywords) (boolean)]))
  (#any-of? @_doc "doc" "typedoc")) @attribute
(unary_operator operator: "@" operand: (call target: (identifier) @_attribute)
  (#any-of? @_attribute "spec" "impl" "deprecated" "tag" "dialyzer" "since")) @attribute
