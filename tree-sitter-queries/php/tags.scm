; Definitions and references of PHP. Of two patterns that name the same node, the earlier wins.

; Tests ------------------------------------------------------------------------------------------

; PHPUnit: methods `testX`, or with the attribute; classes that extend TestCase.
(method_declaration name: (name) @_name (#match? @_name "^test([A-Z0-9_]|$)")) @test
(method_declaration attributes: (attribute_list (attribute_group (attribute . (_) @_test)))
  (#match? @_test "(^|\\\\)(Test|DataProvider)$")) @test
(class_declaration (base_clause (_) @_base) (#match? @_base "TestCase$")) @test
; Pest: functions named `test` and `it` with a closure.
(function_call_expression function: (name) @_call arguments: (arguments . (argument (_) @name) (argument [(anonymous_function) (arrow_function)]))
  (#any-of? @_call "test" "it") (#set! trim)) @definition.function
(function_call_expression function: (name) @_call arguments: (arguments . (argument (_)) (argument [(anonymous_function) (arrow_function)]))
  (#any-of? @_call "test" "it")) @test

; Definitions ------------------------------------------------------------------------------------

; `namespace X;` lasts to the next one or to the end of the file, `namespace X { }` to its brace.
(namespace_definition name: (namespace_name) @name !body (#set! rest)) @definition.namespace
(namespace_definition name: (namespace_name) @name) @definition.namespace
(class_declaration name: (name) @name) @definition.class
(interface_declaration name: (name) @name) @definition.interface
(trait_declaration name: (name) @name) @definition.trait
(enum_declaration name: (name) @name) @definition.enum
(enum_case name: (name) @name) @definition.member
(method_declaration name: (name) @name (#eq? @name "__construct")) @definition.constructor
(method_declaration name: (name) @name) @definition.method
(function_definition name: (name) @name) @definition.function

(const_declaration (const_element . (name) @name)) @definition.constant
(expression_statement (function_call_expression function: (name) @_define
  arguments: (arguments . (argument (string (string_content) @name))) (#eq? @_define "define"))) @definition.constant
(property_declaration (property_element name: (variable_name (name) @name))) @definition.property
; A parameter of the constructor with a visibility is a property as well.
(property_promotion_parameter name: (variable_name (name) @name)) @definition.property
(property_promotion_parameter name: (by_ref (variable_name (name) @name))) @definition.property

; Inheritance and attributes ---------------------------------------------------------------------

(base_clause (name) @name) @reference.implements
(base_clause (qualified_name (namespace_name)? @qualifier (name) @name)) @reference.implements
(class_interface_clause (name) @name) @reference.implements
(class_interface_clause (qualified_name (namespace_name)? @qualifier (name) @name)) @reference.implements
; Traits that a class uses.
(use_declaration (name) @name) @reference.implements
(use_declaration (qualified_name (namespace_name)? @qualifier (name) @name)) @reference.implements
(attribute . (name) @name) @reference.macro
(attribute . (qualified_name (namespace_name)? @qualifier (name) @name)) @reference.macro

; Calls ------------------------------------------------------------------------------------------

(function_call_expression function: (name) @name) @reference.call
(function_call_expression function: (qualified_name (namespace_name)? @qualifier (name) @name)) @reference.call
(member_call_expression object: (_) @receiver name: (name) @name) @reference.call
(nullsafe_member_call_expression object: (_) @receiver name: (name) @name) @reference.call
(scoped_call_expression scope: (_) @qualifier name: (name) @name) @reference.call
(object_creation_expression (name) @name) @reference.call
(object_creation_expression (qualified_name (namespace_name)? @qualifier (name) @name)) @reference.call

; Types ------------------------------------------------------------------------------------------

(named_type (name) @ignore (#any-of? @ignore "static" "self" "parent"))
(named_type (name) @name) @reference.type
(named_type (qualified_name (namespace_name)? @qualifier (name) @name)) @reference.type
(scoped_call_expression scope: (name) @name) @reference.type
(scoped_call_expression scope: (qualified_name (namespace_name)? @qualifier (name) @name)) @reference.type
(scoped_property_access_expression scope: (name) @name) @reference.type
(class_constant_access_expression . (name) @name) @reference.type
(class_constant_access_expression . (qualified_name (namespace_name)? @qualifier (name) @name)) @reference.type
(binary_expression operator: "instanceof" right: (name) @name) @reference.type
(binary_expression operator: "instanceof" right: (qualified_name (namespace_name)? @qualifier (name) @name)) @reference.type

; Reads ------------------------------------------------------------------------------------------

(member_access_expression object: (_) @receiver name: (name) @name) @reference.read
(nullsafe_member_access_expression object: (_) @receiver name: (name) @name) @reference.read
(scoped_property_access_expression scope: (_) @qualifier name: (variable_name (name) @name)) @reference.read
(class_constant_access_expression . (_) (name) @ignore (#eq? @ignore "class"))
(class_constant_access_expression . (_) @qualifier (name) @name) @reference.read
(argument name: (name) @ignore)
(namespace_name) @ignore
(name) @name @reference.read
