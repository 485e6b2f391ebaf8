; Definitions and references of Scala 2 and 3. Of two patterns that name the same node, the earlier wins.

; Tests ------------------------------------------------------------------------------------------

; ScalaTest, MUnit, specs2, ScalaCheck, utest, ZIO: the class is the test, its cases are calls.
(class_definition extend: (extends_clause type: (_) @_suite (#set! repeated "type"))
  (#match? @_suite "(Suite|Spec|Specification|Test|Tests|TestCase|Properties|SpecLike|FlatSpecLike)$")) @test
(object_definition extend: (extends_clause type: (_) @_suite (#set! repeated "type"))
  (#match? @_suite "(Suite|Spec|Specification|TestSuite|Properties|SpecDefault|ZIOSpecDefault)$")) @test
(class_definition name: (identifier) @_name (#match? @_name "[a-z0-9](Suite|Spec|Test|Tests)$")) @test

; Definitions ------------------------------------------------------------------------------------

(class_definition name: (_) @name) @definition.class
(object_definition name: (_) @name) @definition.class
(package_object name: (_) @name) @definition.module
(trait_definition name: (_) @name) @definition.trait
(enum_definition name: (_) @name) @definition.enum
(simple_enum_case name: (_) @name) @definition.member
(full_enum_case name: (_) @name) @definition.member
(type_definition name: (_) @name) @definition.type

; A given without a name is named by its type.
(given_definition name: (_) @name) @definition.constant
(given_definition !name return_type: (generic_type type: (type_identifier) @name)) @definition.constant
(given_definition !name return_type: (type_identifier) @name) @definition.constant

; What an extension adds belongs to the type that it extends.
(extension_definition parameters: (parameters (parameter type: (type_identifier) @container))
  body: (function_definition name: (_) @name) @definition.function (#set! repeated "body"))
(extension_definition parameters: (parameters (parameter type: (generic_type type: (type_identifier) @container)))
  body: (function_definition name: (_) @name) @definition.function (#set! repeated "body"))

(function_definition name: (identifier) @name (#eq? @name "this")) @definition.constructor
(function_definition name: (_) @name) @definition.function
(function_declaration name: (_) @name) @definition.function

; Values of files and templates; inside functions they are locals.
(compilation_unit (val_definition pattern: (identifier) @name) @definition.field)
(compilation_unit (var_definition pattern: (identifier) @name) @definition.field)
(template_body (val_definition pattern: (identifier) @name (#match? @name "^[A-Z]")) @definition.constant)
(template_body (val_definition pattern: (identifier) @name) @definition.field)
(template_body (var_definition pattern: (identifier) @name) @definition.field)
(template_body (val_definition pattern: (tuple_pattern (identifier) @name)) @definition.field)
(with_template_body (val_definition pattern: (identifier) @name) @definition.field)
(with_template_body (var_definition pattern: (identifier) @name) @definition.field)
(enum_body (val_definition pattern: (identifier) @name) @definition.field)
(val_declaration name: (_) @name) @definition.field
(var_declaration name: (_) @name) @definition.field
(class_parameter name: (identifier) @name) @definition.field

(package_clause name: (_) @ignore)
(package_identifier) @ignore

; Inheritance and annotations --------------------------------------------------------------------

(extends_clause type: (type_identifier) @name (#set! repeated "type")) @reference.implements
(extends_clause type: (generic_type type: (type_identifier) @name) (#set! repeated "type")) @reference.implements
(extends_clause type: (stable_type_identifier (_) @qualifier (type_identifier) @name) (#set! repeated "type")) @reference.implements
(given_definition return_type: (generic_type type: (type_identifier) @name)) @reference.implements
(annotation name: (type_identifier) @name) @reference.macro

; Calls ------------------------------------------------------------------------------------------

(call_expression function: (identifier) @name) @reference.call
(call_expression function: (field_expression value: (_) @receiver field: (identifier) @name)) @reference.call
(call_expression function: (generic_function function: (identifier) @name)) @reference.call
(call_expression function: (generic_function function: (field_expression value: (_) @receiver field: (identifier) @name))) @reference.call
(infix_expression left: (_) @receiver operator: (identifier) @name) @reference.call
(postfix_expression . (_) @receiver (identifier) @name) @reference.call
(instance_expression . (type_identifier) @name) @reference.call
(instance_expression . (generic_type type: (type_identifier) @name)) @reference.call

; Types ------------------------------------------------------------------------------------------

(stable_type_identifier (_) @qualifier (type_identifier) @name) @reference.type
(case_class_pattern type: (stable_type_identifier (_) @qualifier (type_identifier) @name)) @reference.type
(type_identifier) @name @reference.type

; Reads ------------------------------------------------------------------------------------------

(assignment_expression left: (identifier) @name) @reference.read
(field_expression value: (identifier) @name (#match? @name "^[A-Z]")) @reference.type
(field_expression value: (_) @receiver field: (identifier) @name) @reference.read
(identifier) @name @reference.read
