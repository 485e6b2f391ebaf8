; Definitions and references of Java. Of two patterns that name the same node, the earlier wins.

; Tests ------------------------------------------------------------------------------------------

; JUnit 4 and 5, TestNG: an annotated method; JUnit 3: a public method `testX` of a class that extends TestCase.
(method_declaration (modifiers [(marker_annotation name: (_) @_test) (annotation name: (_) @_test)])
  (#match? @_test "^(.*[.])?(Test|ParameterizedTest|RepeatedTest|TestFactory|TestTemplate|Property|Theory|Benchmark)$")) @test
(class_declaration superclass: (superclass [(type_identifier) (scoped_type_identifier)] @_base) (#match? @_base "TestCase$")) @test
(class_declaration name: (identifier) @_name (#match? @_name "[a-z0-9](Test|Tests|IT|TestCase)$")) @test

; Definitions ------------------------------------------------------------------------------------

(class_declaration name: (identifier) @name) @definition.class
(record_declaration name: (identifier) @name) @definition.class
(enum_declaration name: (identifier) @name) @definition.enum
(interface_declaration name: (identifier) @name) @definition.interface
(annotation_type_declaration name: (identifier) @name) @definition.interface
(enum_constant name: (identifier) @name) @definition.member
(module_declaration name: (_) @name) @definition.module

(method_declaration name: (identifier) @name) @definition.method
(annotation_type_element_declaration name: (identifier) @name) @definition.method
(constructor_declaration name: (identifier) @name) @definition.constructor
(compact_constructor_declaration name: (identifier) @name) @definition.constructor

; The parameters of a record are its fields.
(record_declaration parameters: (formal_parameters (formal_parameter name: (identifier) @name) @definition.field))

; A field in the manner of a constant, `static final MAX_SIZE`, is one.
(field_declaration (modifiers "static" "final") declarator: (variable_declarator name: (identifier) @name)
  (#set! repeated "declarator")) @definition.constant
(field_declaration (modifiers "final" "static") declarator: (variable_declarator name: (identifier) @name)
  (#set! repeated "declarator")) @definition.constant
(field_declaration declarator: (variable_declarator name: (identifier) @name) (#set! repeated "declarator")) @definition.field
(constant_declaration declarator: (variable_declarator name: (identifier) @name) (#set! repeated "declarator")) @definition.constant

(package_declaration) @ignore

; Inheritance and annotations --------------------------------------------------------------------

(superclass (type_identifier) @name) @reference.implements
(superclass (generic_type (type_identifier) @name)) @reference.implements
(superclass (scoped_type_identifier . (_) @qualifier (type_identifier) @name)) @reference.implements
(superclass (generic_type (scoped_type_identifier . (_) @qualifier (type_identifier) @name))) @reference.implements
(super_interfaces (type_list (type_identifier) @name)) @reference.implements
(super_interfaces (type_list (generic_type (type_identifier) @name))) @reference.implements
(super_interfaces (type_list (scoped_type_identifier . (_) @qualifier (type_identifier) @name))) @reference.implements
(super_interfaces (type_list (generic_type (scoped_type_identifier . (_) @qualifier (type_identifier) @name)))) @reference.implements
(extends_interfaces (type_list (type_identifier) @name)) @reference.implements
(extends_interfaces (type_list (generic_type (type_identifier) @name))) @reference.implements
(extends_interfaces (type_list (scoped_type_identifier . (_) @qualifier (type_identifier) @name))) @reference.implements
(extends_interfaces (type_list (generic_type (scoped_type_identifier . (_) @qualifier (type_identifier) @name)))) @reference.implements
; An anonymous class extends or implements what it is made of.
(object_creation_expression type: (type_identifier) @name (class_body)) @reference.implements
(object_creation_expression type: (generic_type (type_identifier) @name) (class_body)) @reference.implements

(marker_annotation name: (identifier) @name) @reference.macro
(marker_annotation name: (scoped_identifier scope: (_) @qualifier name: (identifier) @name)) @reference.macro
(annotation name: (identifier) @name) @reference.macro
(annotation name: (scoped_identifier scope: (_) @qualifier name: (identifier) @name)) @reference.macro
(element_value_pair key: (identifier) @ignore)

; Calls ------------------------------------------------------------------------------------------

; A capitalised name before the dot is a type: a static path, and a use of that type.
(method_invocation object: (identifier) @qualifier name: (identifier) @name (#match? @qualifier "^[A-Z]")) @reference.call
(method_invocation object: (_)? @receiver name: (identifier) @name) @reference.call
(object_creation_expression type: (type_identifier) @name) @reference.call
(object_creation_expression type: (generic_type (type_identifier) @name)) @reference.call
(object_creation_expression type: (scoped_type_identifier . (_) @qualifier (type_identifier) @name)) @reference.call
(object_creation_expression type: (generic_type (scoped_type_identifier . (_) @qualifier (type_identifier) @name))) @reference.call
(method_reference . (_) @qualifier "::" (identifier) @name) @reference.call

; Types ------------------------------------------------------------------------------------------

(scoped_type_identifier . (type_identifier) @ignore (#match? @ignore "^[a-z]"))
(scoped_type_identifier . (_) @qualifier (type_identifier) @name) @reference.type
(record_pattern (identifier) @name) @reference.type
((type_identifier) @ignore (#eq? @ignore "var"))
(type_identifier) @name @reference.type

; Reads ------------------------------------------------------------------------------------------

(method_invocation object: (identifier) @name (#match? @name "^[A-Z][a-zA-Z0-9]*[a-z]")) @reference.type
(field_access object: (identifier) @name (#match? @name "^[A-Z][a-zA-Z0-9]*[a-z]")) @reference.type
(method_reference . (identifier) @name (#match? @name "^[A-Z]")) @reference.type
(field_access object: (_) @receiver field: (identifier) @name) @reference.read
(labeled_statement . (identifier) @ignore)
(break_statement (identifier) @ignore)
(continue_statement (identifier) @ignore)
(identifier) @name @reference.read
