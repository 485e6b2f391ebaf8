; Definitions and references of Swift. Of two patterns that name the same node, the earlier wins.

; Definitions ------------------------------------------------------------------------------------

; One node for all of them, told apart by its keyword.
(class_declaration "struct" name: (type_identifier) @name) @definition.struct
(class_declaration "enum" name: (type_identifier) @name) @definition.enum
(class_declaration ["class" "actor"] name: (type_identifier) @name) @definition.class
; An extension is named by its type. Its name is a use of that type as well, so it is not claimed by `@name` alone.
(class_declaration "extension" name: (user_type) @name) @definition.impl
(protocol_declaration name: (type_identifier) @name) @definition.interface

((function_declaration name: (simple_identifier) @name body: (function_body "{" @body)?) @definition.function (#set! trim))
(function_declaration name: (custom_operator) @name body: (function_body "{" @body)?) @definition.function
(function_declaration name: ["!=" "!==" "%" "%=" "&" "*" "*=" "+" "++" "+=" "-" "--" "-=" "/" "/=" "<" "<<" "<=" "=" "==" "===" ">" ">=" ">>" "^" "|" "~"] @name body: (function_body "{" @body)?) @definition.function
(protocol_function_declaration name: (simple_identifier) @name) @definition.method
(protocol_function_declaration name: (custom_operator) @name) @definition.method
(protocol_function_declaration name: ["!=" "!==" "%" "%=" "&" "*" "*=" "+" "++" "+=" "-" "--" "-=" "/" "/=" "<" "<<" "<=" "=" "==" "===" ">" ">=" ">>" "^" "|" "~"] @name) @definition.method
(init_declaration "init" @name body: (function_body "{" @body)?) @definition.constructor
(deinit_declaration "deinit" @name body: (function_body "{" @body)?) @definition.method
(subscript_declaration "subscript" @name (computed_property "{" @body)?) @definition.method
(macro_declaration (simple_identifier) @name) @definition.macro
(operator_declaration (custom_operator) @name) @definition.function
(typealias_declaration name: (type_identifier) @name) @definition.type
(associatedtype_declaration name: (type_identifier) @name) @definition.type
; The marks of a quoted keyword are not part of the name.
(enum_entry name: (simple_identifier) @name (#set! repeated "name") (#set! trim)) @definition.member

; Properties of types, and variables of the file; those of functions are claimed by the statements around them (see locals.scm).
(statements (property_declaration name: (pattern bound_identifier: (simple_identifier) @local) (#set! repeated "name")))
(statements (property_declaration name: (pattern (pattern (simple_identifier) @local))))
(protocol_property_declaration name: (pattern bound_identifier: (simple_identifier) @name)) @definition.property
(source_file (property_declaration (value_binding_pattern "let") name: (pattern bound_identifier: (simple_identifier) @name)
  computed_value: (computed_property "{" @body)? (#set! repeated "name")) @definition.constant)
(source_file (property_declaration name: (pattern bound_identifier: (simple_identifier) @name)
  computed_value: (computed_property "{" @body)? (#set! repeated "name")) @definition.variable)
(property_declaration name: (pattern bound_identifier: (simple_identifier) @name)
  computed_value: (computed_property "{" @body)? (#set! repeated "name")) @definition.property

; Tests: XCTest and Swift Testing ------------------------------------------------------------------

(function_declaration name: (simple_identifier) @_name (#match? @_name "^test")) @test
(class_declaration (inheritance_specifier inherits_from: (user_type (type_identifier) @_base (#match? @_base "TestCase$")))) @test
(function_declaration (modifiers (attribute (user_type (type_identifier) @_test (#eq? @_test "Test"))))) @test
(class_declaration (modifiers (attribute (user_type (type_identifier) @_test (#eq? @_test "Suite"))))) @test

; Inheritance and attributes ---------------------------------------------------------------------

(inheritance_specifier inherits_from: (user_type . (type_identifier) @qualifier @ignore (type_identifier) @name)) @reference.implements
(inheritance_specifier inherits_from: (user_type (type_identifier) @name)) @reference.implements
(attribute (user_type (type_identifier) @name)) @reference.macro
(macro_invocation . (simple_identifier) @name) @reference.macro

; Calls ------------------------------------------------------------------------------------------

(call_expression . (simple_identifier) @name) @reference.call
(call_expression . (navigation_expression target: (_) @receiver suffix: (navigation_suffix suffix: (simple_identifier) @name))) @reference.call
(call_expression . (prefix_expression target: (simple_identifier) @name)) @reference.call
(constructor_expression constructed_type: (user_type . (type_identifier) @qualifier @ignore (type_identifier) @name)) @reference.call
(constructor_expression constructed_type: (user_type (type_identifier) @name)) @reference.call

; Types ------------------------------------------------------------------------------------------

(user_type . (type_identifier) @qualifier @ignore (type_identifier) @name) @reference.type
(type_identifier) @name @reference.type
(navigation_expression target: (simple_identifier) @name (#match? @name "^[A-Z]")) @reference.type

; Reads ------------------------------------------------------------------------------------------

(navigation_expression target: (_) @receiver suffix: (navigation_suffix suffix: (simple_identifier) @name)) @reference.read
(value_argument_label (simple_identifier) @ignore)
(parameter external_name: (simple_identifier) @ignore)
(tuple_type_item name: (simple_identifier) @ignore)
(precedence_group_declaration) @ignore
(operator_declaration (simple_identifier) @ignore)
(availability_condition) @ignore
; `$0`
((simple_identifier) @ignore (#match? @ignore "^\\$"))
(simple_identifier) @name @reference.read
