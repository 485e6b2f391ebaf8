; Definitions and references of Kotlin. Of two patterns that name the same node, the earlier wins.

; Tests ------------------------------------------------------------------------------------------

(function_declaration (modifiers (annotation (user_type (identifier) @_test)))
  (#any-of? @_test "Test" "ParameterizedTest" "RepeatedTest" "TestFactory" "TestTemplate" "Theory" "Benchmark")) @test
(function_declaration (modifiers (annotation (constructor_invocation (user_type (identifier) @_test))))
  (#any-of? @_test "Test" "ParameterizedTest" "RepeatedTest")) @test
; A Kotest specification, whose cases are calls in its constructor's argument.
(class_declaration (delegation_specifiers (delegation_specifier (constructor_invocation (user_type (identifier) @_spec))))
  (#match? @_spec "^(Fun|String|Should|Describe|Behavior|Word|Free|Feature|Expect|Annotation)Spec$")) @test
(class_declaration name: (identifier) @_name (#match? @_name "[a-z0-9](Test|Tests|IT|Spec)$")) @test

; Definitions ------------------------------------------------------------------------------------

(class_declaration "interface" name: (identifier) @name (class_body)? @body) @definition.interface
(class_declaration (modifiers (class_modifier "enum")) name: (identifier) @name (enum_class_body)? @body) @definition.enum
(class_declaration name: (identifier) @name (enum_class_body) @body) @definition.enum
(class_declaration name: (identifier) @name (class_body) @body) @definition.class
(class_declaration name: (identifier) @name) @definition.class
; One annotation with arguments above an `annotation class` without a constructor is an expression to the grammar.
(annotated_expression (infix_expression (identifier) @_annotation @ignore (identifier) @_class @ignore (identifier) @name
  (#eq? @_annotation "annotation") (#eq? @_class "class"))) @definition.class
(object_declaration name: (identifier) @name (class_body)? @body) @definition.class
; A companion without a name is called Companion. Its members are reached through the class, so only a name makes it
; a container of its own.
(companion_object name: (identifier) @name (class_body)? @body) @definition.class
(enum_entry (identifier) @name) @definition.member
(type_alias type: (identifier) @name) @definition.type

; An extension belongs to the type that it extends: `String.shout`.
(function_declaration (user_type (identifier) @container) "." name: (identifier) @name (function_body)? @body) @definition.function
(function_declaration (nullable_type (user_type (identifier) @container)) "." name: (identifier) @name (function_body)? @body) @definition.function
(function_declaration name: (identifier) @name (function_body)? @body) @definition.function
(secondary_constructor "constructor" @name (block)? @body) @definition.constructor

; Properties of a file and of classes; `const val` is a constant.
(source_file (property_declaration (modifiers (property_modifier "const")) (variable_declaration (identifier) @name)) @definition.constant)
(source_file (property_declaration (user_type (identifier) @container) "." (variable_declaration (identifier) @name)) @definition.property)
(source_file (property_declaration (variable_declaration (identifier) @name)) @definition.property)
(class_body (property_declaration (modifiers (property_modifier "const")) (variable_declaration (identifier) @name)) @definition.constant)
(class_body (property_declaration (variable_declaration (identifier) @name)) @definition.property)
(enum_class_body (property_declaration (variable_declaration (identifier) @name)) @definition.property)
; A parameter of the primary constructor with `val` or `var` is a property as well
; (the colon tells its name from a default value, which may be an identifier too).
(class_parameter ["val" "var"] (identifier) @name ":") @definition.property

(package_header) @ignore

; Inheritance and annotations --------------------------------------------------------------------

(delegation_specifier (user_type (identifier) @name)) @reference.implements
(delegation_specifier (constructor_invocation (user_type (identifier) @name))) @reference.implements
(delegation_specifier (explicit_delegation (user_type (identifier) @name))) @reference.implements
(annotation (user_type (identifier) @name)) @reference.macro
(annotation (constructor_invocation (user_type (identifier) @name))) @reference.macro

; Calls ------------------------------------------------------------------------------------------

(call_expression . (identifier) @name) @reference.call
(call_expression . (navigation_expression . (_) @receiver (identifier) @name)) @reference.call
(infix_expression . (_) @receiver (identifier) @name) @reference.call
(callable_reference (identifier) @name) @reference.read

; Types ------------------------------------------------------------------------------------------

(user_type (identifier) @name) @reference.type

; Reads ------------------------------------------------------------------------------------------

(value_argument (identifier) @ignore "=")
(label) @ignore
(this_expression (identifier) @ignore)
(super_expression (identifier) @ignore)
(return_expression label: (identifier) @ignore)
; The name that a lambda gives its only parameter.
((identifier) @ignore (#eq? @ignore "it"))
(navigation_expression . (identifier) @name (#match? @name "^[A-Z][a-zA-Z0-9]*[a-z]")) @reference.type
(navigation_expression . (_) @receiver (identifier) @name) @reference.read
(identifier) @name @reference.read
