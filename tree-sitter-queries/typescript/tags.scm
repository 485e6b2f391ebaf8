; inherits: javascript
; Definitions and references of TypeScript and TSX that JavaScript does not have. A declaration may stand bare, exported,
; declared, or both, and the words before it belong to it; so it has four patterns, outer nodes first.

; Functions --------------------------------------------------------------------------------------

; Overloads and the function that they announce are one symbol.
(export_statement declaration: (ambient_declaration (function_signature name: (_) @name)) (#set! merge)) @definition.function
(export_statement declaration: (function_signature name: (_) @name) (#set! merge)) @definition.function
(ambient_declaration (function_signature name: (_) @name) (#set! merge)) @definition.function
(function_signature name: (_) @name (#set! merge)) @definition.function
(export_statement declaration: (function_declaration name: (_) @name) (#set! merge)) @definition.function
(function_declaration name: (_) @name (#set! merge)) @definition.function

; Types ------------------------------------------------------------------------------------------

(export_statement declaration: (ambient_declaration (class_declaration name: (_) @name))) @definition.class
(ambient_declaration (class_declaration name: (_) @name)) @definition.class
(export_statement declaration: (ambient_declaration (abstract_class_declaration name: (_) @name))) @definition.class
(export_statement declaration: (abstract_class_declaration name: (_) @name)) @definition.class
(ambient_declaration (abstract_class_declaration name: (_) @name)) @definition.class
(abstract_class_declaration name: (_) @name) @definition.class
(export_statement declaration: (ambient_declaration (interface_declaration name: (_) @name))) @definition.interface
(export_statement declaration: (interface_declaration name: (_) @name)) @definition.interface
(ambient_declaration (interface_declaration name: (_) @name)) @definition.interface
(interface_declaration name: (_) @name) @definition.interface
(export_statement declaration: (ambient_declaration (type_alias_declaration name: (_) @name))) @definition.type
(export_statement declaration: (type_alias_declaration name: (_) @name)) @definition.type
(ambient_declaration (type_alias_declaration name: (_) @name)) @definition.type
(type_alias_declaration name: (_) @name) @definition.type
(export_statement declaration: (ambient_declaration (enum_declaration name: (_) @name))) @definition.enum
(export_statement declaration: (enum_declaration name: (_) @name)) @definition.enum
(ambient_declaration (enum_declaration name: (_) @name)) @definition.enum
(enum_declaration name: (_) @name) @definition.enum
(enum_body name: (property_identifier) @name @definition.member (#set! repeated "name"))
(enum_body name: (string) @name @definition.member (#set! repeated "name") (#set! trim))
(enum_assignment name: (property_identifier) @name) @definition.member
(enum_assignment name: (string) @name (#set! trim)) @definition.member

; Namespaces, and modules that a `.d.ts` file describes.
(export_statement declaration: (ambient_declaration (internal_module name: (_) @name))) @definition.namespace
(export_statement declaration: (internal_module name: (_) @name)) @definition.namespace
(ambient_declaration (internal_module name: (_) @name)) @definition.namespace
(internal_module name: (_) @name) @definition.namespace
(export_statement declaration: (ambient_declaration (module name: (string) @name)) (#set! trim)) @definition.module
(ambient_declaration (module name: (string) @name) (#set! trim)) @definition.module
(module name: (string) @name (#set! trim)) @definition.module
(export_statement declaration: (ambient_declaration (module name: (_) @name))) @definition.namespace
(export_statement declaration: (module name: (_) @name)) @definition.namespace
(ambient_declaration (module name: (_) @name)) @definition.namespace
(module name: (_) @name) @definition.namespace
(ambient_declaration "global" @name (statement_block) @body) @definition.namespace

; Members ----------------------------------------------------------------------------------------

; Overloads again; `get` and `set` of one name are two.
(class_body (method_definition name: (property_identifier) @name (#eq? @name "constructor") (#set! merge)) @definition.constructor)
(class_body (method_signature name: (property_identifier) @name (#eq? @name "constructor") (#set! merge)) @definition.constructor)
(method_definition name: (number) @ignore)
([
  (method_signature name: (string) @name)
  (abstract_method_signature name: (string) @name)
  (method_definition name: (string) @name)
] @definition.function (#set! merge) (#set! trim))
(method_definition ["get" "set"] name: (_) @name) @definition.function
(method_signature ["get" "set"] name: (_) @name) @definition.function
([
  (method_signature name: (_) @name)
  (abstract_method_signature name: (_) @name)
  (method_definition name: (_) @name)
] @definition.function (#set! merge))
(public_field_definition name: (_) @name value: [
  (arrow_function body: (_) @body)
  (function_expression body: (_) @body)
  (generator_function body: (_) @body)
]) @definition.function
(public_field_definition name: (string) @name (#set! trim)) @definition.field
(public_field_definition name: (_) @name) @definition.field
; `new (url: string): Socket` says how a value of the type is built.
(interface_body (construct_signature "new" @name) @definition.constructor)
; The fields that a type of its own name has; those of an anonymous one are shape only.
(interface_body (property_signature name: (string) @name (#set! trim)) @definition.field)
(interface_body (property_signature name: (_) @name) @definition.field)
(type_alias_declaration value: (object_type (property_signature name: (string) @name (#set! trim)) @definition.field))
(type_alias_declaration value: (object_type (property_signature name: (_) @name) @definition.field))
; `constructor(private readonly store: Store)` declares a field.
(required_parameter (accessibility_modifier) pattern: (identifier) @name) @definition.field

; Variables of the file, of namespaces and of declared modules -----------------------------------

(export_statement declaration: (ambient_declaration (lexical_declaration kind: "const" (variable_declarator name: (identifier) @name)))) @definition.constant
(export_statement declaration: (ambient_declaration [
  (lexical_declaration (variable_declarator name: (identifier) @name))
  (variable_declaration (variable_declarator name: (identifier) @name))
])) @definition.variable
(ambient_declaration (lexical_declaration kind: "const" (variable_declarator name: (identifier) @name))) @definition.constant
(ambient_declaration [
  (lexical_declaration (variable_declarator name: (identifier) @name))
  (variable_declaration (variable_declarator name: (identifier) @name))
]) @definition.variable
(program (lexical_declaration kind: "const" (variable_declarator name: (identifier) @name value: [(as_expression) (satisfies_expression) (non_null_expression) (instantiation_expression)])) @definition.constant)
(program [
  (lexical_declaration (variable_declarator name: (identifier) @name value: [(as_expression) (satisfies_expression) (non_null_expression) (instantiation_expression)]))
  (variable_declaration (variable_declarator name: (identifier) @name value: [(as_expression) (satisfies_expression) (non_null_expression) (instantiation_expression)]))
] @definition.variable)
(ambient_declaration (statement_block [
  (lexical_declaration (variable_declarator name: (identifier) @name !value))
  (variable_declaration (variable_declarator name: (identifier) @name !value))
] @definition.variable))
([
  (internal_module body: (statement_block (lexical_declaration kind: "const" (variable_declarator name: (identifier) @name)) @definition.constant))
  (module body: (statement_block (lexical_declaration kind: "const" (variable_declarator name: (identifier) @name)) @definition.constant))
])
([
  (internal_module body: (statement_block (variable_declaration (variable_declarator name: (identifier) @name)) @definition.variable))
  (module body: (statement_block (variable_declaration (variable_declarator name: (identifier) @name)) @definition.variable))
])

; Inheritance ------------------------------------------------------------------------------------

(extends_clause value: (identifier) @name) @reference.implements
(extends_clause value: (member_expression object: (_) @receiver property: (property_identifier) @name)) @reference.implements
(implements_clause (type_identifier) @name) @reference.implements
(implements_clause (generic_type name: (type_identifier) @name)) @reference.implements
(implements_clause (nested_type_identifier module: (_) @qualifier name: (type_identifier) @name)) @reference.implements
(implements_clause (generic_type name: (nested_type_identifier module: (_) @qualifier name: (type_identifier) @name))) @reference.implements
(extends_type_clause type: (type_identifier) @name (#set! repeated "type")) @reference.implements
(extends_type_clause type: (generic_type name: (type_identifier) @name) (#set! repeated "type")) @reference.implements
(extends_type_clause type: (nested_type_identifier module: (_) @qualifier name: (type_identifier) @name) (#set! repeated "type")) @reference.implements
(extends_type_clause type: (generic_type name: (nested_type_identifier module: (_) @qualifier name: (type_identifier) @name)) (#set! repeated "type")) @reference.implements

; Types that are used ----------------------------------------------------------------------------

(nested_type_identifier module: (_) @qualifier name: (type_identifier) @name) @reference.type
(nested_type_identifier module: (identifier) @ignore)
; `call<T>()` is a call of `call`; `new Map<K, V>()` is covered by JavaScript.
(instantiation_expression function: (identifier) @name) @reference.read
(type_identifier) @name @reference.type
