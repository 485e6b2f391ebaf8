; Definitions and references of Go. Of two patterns that name the same node, the earlier wins.

; Tests ------------------------------------------------------------------------------------------

; What `go test` runs: a small letter may not follow the word, and tests take something of package `testing`.
(function_declaration name: (identifier) @_name
  parameters: (parameter_list (parameter_declaration
    type: (pointer_type (qualified_type package: (package_identifier) @_testing))))
  (#match? @_name "^(Test|Benchmark|Fuzz)($|[^a-z])") (#eq? @_testing "testing")) @test
(function_declaration name: (identifier) @_name (#match? @_name "^Example($|[^a-z])")) @test
; Methods of a testify suite.
(method_declaration name: (field_identifier) @_name parameters: (parameter_list . ")")
  (#match? @_name "^Test($|[A-Z0-9_])")) @test

; Definitions ------------------------------------------------------------------------------------

(function_declaration name: (identifier) @name) @definition.function

; A method belongs to the type of its receiver, wherever that stands in the package.
(method_declaration receiver: (parameter_list (parameter_declaration type: (type_identifier) @container))
  name: (field_identifier) @name) @definition.method
(method_declaration receiver: (parameter_list (parameter_declaration type: (pointer_type (type_identifier) @container)))
  name: (field_identifier) @name) @definition.method
(method_declaration receiver: (parameter_list (parameter_declaration type: (generic_type type: (type_identifier) @container)))
  name: (field_identifier) @name) @definition.method
(method_declaration receiver: (parameter_list (parameter_declaration type: (pointer_type (generic_type type: (type_identifier) @container))))
  name: (field_identifier) @name) @definition.method
(method_declaration name: (field_identifier) @name) @definition.method

; In a group in parentheses each type, constant and variable is a definition with its own comment; alone, the definition
; starts at the keyword, below its comment.
(type_declaration "(" (type_spec name: (type_identifier) @name type: (struct_type (field_declaration_list) @body)) @definition.struct)
(type_declaration "(" (type_spec name: (type_identifier) @name type: (interface_type "{" @body)) @definition.interface)
(type_declaration "(" (type_spec name: (type_identifier) @name) @definition.type)
(type_declaration "(" (type_alias name: (type_identifier) @name) @definition.type)
(type_declaration (type_spec name: (type_identifier) @name type: (struct_type (field_declaration_list) @body))) @definition.struct
(type_declaration (type_spec name: (type_identifier) @name type: (interface_type "{" @body))) @definition.interface
(type_declaration (type_spec name: (type_identifier) @name)) @definition.type
(type_declaration (type_alias name: (type_identifier) @name)) @definition.type

; Fields of named types only: the anonymous structs of table tests are nobody's interface.
(type_spec type: (struct_type (field_declaration_list
  (field_declaration name: (field_identifier) @name (#set! repeated "name")) @definition.field)))
(field_declaration type: (struct_type (field_declaration_list
  (field_declaration name: (field_identifier) @name (#set! repeated "name")) @definition.field)))
(method_elem name: (field_identifier) @name) @definition.method

; `var _ I = T{}` only checks.
(source_file (var_declaration (var_spec name: (identifier) @ignore (#eq? @ignore "_"))))
(source_file (const_declaration "(" (const_spec name: (identifier) @name (#set! repeated "name")) @definition.constant))
(source_file (const_declaration (const_spec name: (identifier) @name (#set! repeated "name"))) @definition.constant)
(source_file (var_declaration (var_spec_list (var_spec name: (identifier) @name (#set! repeated "name")) @definition.variable)))
(source_file (var_declaration (var_spec name: (identifier) @name (#set! repeated "name"))) @definition.variable)

(package_clause (package_identifier) @ignore)

; Embedding: what Go has for inheritance --------------------------------------------------------

(field_declaration !name type: (type_identifier) @name) @reference.implements
(field_declaration !name type: (qualified_type package: (_) @qualifier name: (type_identifier) @name)) @reference.implements
(field_declaration !name type: (generic_type type: (type_identifier) @name)) @reference.implements
(field_declaration !name type: (generic_type type: (qualified_type package: (_) @qualifier name: (type_identifier) @name))) @reference.implements
; A union of predeclared types is a constraint, not an embedded interface.
(interface_type (type_elem (type_identifier) @name
  (#not-match? @name "^(u?int(8|16|32|64|ptr)?|float(32|64)|complex(64|128)|string|byte|rune|bool)$"))) @reference.implements
(interface_type (type_elem (qualified_type package: (_) @qualifier name: (type_identifier) @name))) @reference.implements

; Calls ------------------------------------------------------------------------------------------

(call_expression function: (identifier) @name) @reference.call
(call_expression function: (selector_expression operand: (_) @receiver field: (field_identifier) @name)) @reference.call
(call_expression function: (parenthesized_expression (identifier) @name)) @reference.call
; With explicit type arguments that the grammar takes for an index: `f[T](x)`.
(call_expression function: (index_expression operand: (identifier) @name)) @reference.call
(call_expression function: (index_expression operand: (selector_expression operand: (_) @receiver field: (field_identifier) @name))) @reference.call
(call_expression function: (type_instantiation_expression type: (type_identifier) @name)) @reference.call

; Types ------------------------------------------------------------------------------------------

(qualified_type package: (_) @qualifier name: (type_identifier) @name) @reference.type
(type_identifier) @name @reference.type

; Reads ------------------------------------------------------------------------------------------

(package_identifier) @ignore
(selector_expression operand: (_) @receiver field: (field_identifier) @name) @reference.read
(identifier) @name @reference.read
