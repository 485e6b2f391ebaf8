; inherits: c
; Definitions and references of C++, before those of C. Of two patterns that name the same node, the earlier wins.

; `Widget w(arg);` in a function is a variable, whatever else it could be.
(compound_statement (declaration type: (_) declarator: (function_declarator declarator: (identifier) @local)))

; Tests: GoogleTest, Catch2, doctest, Boost.Test -----------------------------------------------------
; `TEST(Suite, Name) { … }` looks like a function of two unnamed parameters; its name is the second.

(function_definition !type declarator: (function_declarator declarator: (identifier) @_test @ignore
    parameters: (parameter_list . (parameter_declaration type: (type_identifier) @container) (parameter_declaration type: (type_identifier) @name)))
  (#match? @_test "^(TEST|TEST_F|TEST_P|TYPED_TEST|TYPED_TEST_P|FRIEND_TEST|BENCHMARK_F|BENCHMARK_DEFINE_F|BOOST_FIXTURE_TEST_CASE)$")) @definition.function @test
(function_definition !type declarator: (function_declarator declarator: (identifier) @_test @ignore
    parameters: (parameter_list . (parameter_declaration type: (type_identifier) @name)))
  (#match? @_test "^(BOOST_AUTO_TEST_CASE|BOOST_AUTO_TEST_SUITE|BENCHMARK)$")) @definition.function @test
; `TEST_CASE("name") { … }` is a call, and its body a block that follows.
(expression_statement (call_expression function: (identifier) @_test @ignore arguments: (argument_list . (string_literal (string_content) @name)))
  (#match? @_test "^(TEST_CASE|SCENARIO|TEST_CASE_METHOD|TEMPLATE_TEST_CASE|SUBCASE)$")) @definition.function @test

; Definitions ------------------------------------------------------------------------------------

(namespace_definition name: (_) @name) @definition.namespace
(namespace_definition name: (nested_namespace_specifier (namespace_identifier) @ignore))
(namespace_alias_definition name: (namespace_identifier) @name) @definition.namespace
(concept_definition name: (identifier) @name) @definition.type
(alias_declaration name: (type_identifier) @name) @definition.type

; A template's head belongs to what it is a template of.
(template_declaration (class_specifier name: (type_identifier) @name body: (_) @body)) @definition.class
(template_declaration (class_specifier name: (template_type name: (type_identifier) @name) body: (_) @body)) @definition.class
(template_declaration (struct_specifier name: (type_identifier) @name body: (_) @body)) @definition.struct
(template_declaration (struct_specifier name: (template_type name: (type_identifier) @name) body: (_) @body)) @definition.struct
(template_declaration (union_specifier name: (type_identifier) @name body: (_) @body)) @definition.union
(template_declaration (alias_declaration name: (type_identifier) @name)) @definition.type
(template_declaration (concept_definition name: (identifier) @name)) @definition.type
(class_specifier name: (type_identifier) @name body: (_)) @definition.class
(class_specifier name: (template_type name: (type_identifier) @name) body: (_)) @definition.class
(class_specifier name: (qualified_identifier scope: (_) @container name: (type_identifier) @name) body: (_)) @definition.class
(struct_specifier name: (template_type name: (type_identifier) @name) body: (_)) @definition.struct
(struct_specifier name: (qualified_identifier scope: (_) @container name: (type_identifier) @name) body: (_)) @definition.struct
(struct_specifier name: (qualified_identifier scope: (_) @container name: (template_type name: (type_identifier) @name)) body: (_)) @definition.struct

; Constructors have no type. In a class they have its name; outside of it, `Class::` before theirs.
(field_declaration_list (function_definition !type declarator: (function_declarator declarator: (identifier) @name)) @definition.constructor)
(field_declaration_list (declaration !type declarator: (function_declarator declarator: (identifier) @name)) @definition.constructor)
(field_declaration_list (_ (function_definition !type declarator: (function_declarator declarator: (identifier) @name)) @definition.constructor))
(field_declaration_list (_ (declaration !type declarator: (function_declarator declarator: (identifier) @name)) @definition.constructor))
(template_declaration (function_definition !type declarator: (function_declarator declarator: (qualified_identifier scope: (_) @container name: (identifier) @name)) body: (_)? @body)) @definition.constructor
(function_definition !type declarator: (function_declarator declarator: (qualified_identifier scope: (_) @container name: (identifier) @name))) @definition.constructor
(function_definition !type declarator: (function_declarator declarator: (qualified_identifier name: (qualified_identifier scope: (_) @container name: (identifier) @name)))) @definition.constructor
(function_definition !type declarator: (function_declarator declarator: (qualified_identifier name: (qualified_identifier name: (qualified_identifier scope: (_) @container name: (identifier) @name))))) @definition.constructor

; Conversions: `operator bool()` is called `operator`.
(function_definition declarator: (operator_cast "operator" @name)) @definition.method
(declaration declarator: (operator_cast "operator" @name)) @definition.method
(field_declaration declarator: (operator_cast "operator" @name)) @definition.method
(function_definition declarator: (qualified_identifier scope: (_) @container name: (operator_cast "operator" @name))) @definition.method
(template_declaration (function_definition declarator: (qualified_identifier scope: (_) @container name: (operator_cast "operator" @name)))) @definition.method

; Functions and methods, defined or declared.
(template_declaration (_ declarator: [
  (function_declarator declarator: [(identifier) (field_identifier) (destructor_name) (operator_name)] @name)
  (_ declarator: (function_declarator declarator: [(identifier) (field_identifier) (destructor_name) (operator_name)] @name))
  (_ declarator: (_ declarator: (function_declarator declarator: [(identifier) (field_identifier) (destructor_name) (operator_name)] @name)))
  (reference_declarator (function_declarator declarator: [(identifier) (field_identifier) (destructor_name) (operator_name)] @name))
  (_ declarator: (reference_declarator (function_declarator declarator: [(identifier) (field_identifier) (destructor_name) (operator_name)] @name)))] body: (_)? @body)) @definition.function
(function_definition declarator: [
  (function_declarator declarator: [(identifier) (field_identifier) (destructor_name) (operator_name)] @name)
  (_ declarator: (function_declarator declarator: [(identifier) (field_identifier) (destructor_name) (operator_name)] @name))
  (_ declarator: (_ declarator: (function_declarator declarator: [(identifier) (field_identifier) (destructor_name) (operator_name)] @name)))
  (reference_declarator (function_declarator declarator: [(identifier) (field_identifier) (destructor_name) (operator_name)] @name))
  (_ declarator: (reference_declarator (function_declarator declarator: [(identifier) (field_identifier) (destructor_name) (operator_name)] @name)))]) @definition.function
(declaration declarator: [
  (function_declarator declarator: [(identifier) (field_identifier) (destructor_name) (operator_name)] @name)
  (_ declarator: (function_declarator declarator: [(identifier) (field_identifier) (destructor_name) (operator_name)] @name))
  (_ declarator: (_ declarator: (function_declarator declarator: [(identifier) (field_identifier) (destructor_name) (operator_name)] @name)))
  (reference_declarator (function_declarator declarator: [(identifier) (field_identifier) (destructor_name) (operator_name)] @name))
  (_ declarator: (reference_declarator (function_declarator declarator: [(identifier) (field_identifier) (destructor_name) (operator_name)] @name)))]) @definition.function
(field_declaration declarator: [
  (function_declarator declarator: [(identifier) (field_identifier) (destructor_name) (operator_name)] @name)
  (_ declarator: (function_declarator declarator: [(identifier) (field_identifier) (destructor_name) (operator_name)] @name))
  (_ declarator: (_ declarator: (function_declarator declarator: [(identifier) (field_identifier) (destructor_name) (operator_name)] @name)))
  (reference_declarator (function_declarator declarator: [(identifier) (field_identifier) (destructor_name) (operator_name)] @name))
  (_ declarator: (reference_declarator (function_declarator declarator: [(identifier) (field_identifier) (destructor_name) (operator_name)] @name)))]) @definition.function
; Specialisations: `template <> int size<char>()`.
(template_declaration (_ declarator: [
  (function_declarator declarator: (template_function name: (identifier) @name))
  (_ declarator: (function_declarator declarator: (template_function name: (identifier) @name)))
  (_ declarator: (_ declarator: (function_declarator declarator: (template_function name: (identifier) @name))))
  (reference_declarator (function_declarator declarator: (template_function name: (identifier) @name)))
  (_ declarator: (reference_declarator (function_declarator declarator: (template_function name: (identifier) @name))))] body: (_)? @body)) @definition.function
(function_definition declarator: [
  (function_declarator declarator: (template_function name: (identifier) @name))
  (_ declarator: (function_declarator declarator: (template_function name: (identifier) @name)))
  (_ declarator: (_ declarator: (function_declarator declarator: (template_function name: (identifier) @name))))
  (reference_declarator (function_declarator declarator: (template_function name: (identifier) @name)))
  (_ declarator: (reference_declarator (function_declarator declarator: (template_function name: (identifier) @name))))]) @definition.function
(declaration declarator: [
  (function_declarator declarator: (template_function name: (identifier) @name))
  (_ declarator: (function_declarator declarator: (template_function name: (identifier) @name)))
  (_ declarator: (_ declarator: (function_declarator declarator: (template_function name: (identifier) @name))))
  (reference_declarator (function_declarator declarator: (template_function name: (identifier) @name)))
  (_ declarator: (reference_declarator (function_declarator declarator: (template_function name: (identifier) @name))))]) @definition.function
(field_declaration declarator: [
  (function_declarator declarator: (template_function name: (identifier) @name))
  (_ declarator: (function_declarator declarator: (template_function name: (identifier) @name)))
  (_ declarator: (_ declarator: (function_declarator declarator: (template_function name: (identifier) @name))))
  (reference_declarator (function_declarator declarator: (template_function name: (identifier) @name)))
  (_ declarator: (reference_declarator (function_declarator declarator: (template_function name: (identifier) @name))))]) @definition.function
; Outside of their class.
(template_declaration (_ declarator: [
  (function_declarator declarator: (qualified_identifier scope: (_) @container name: [(identifier) (destructor_name) (operator_name)] @name))
  (_ declarator: (function_declarator declarator: (qualified_identifier scope: (_) @container name: [(identifier) (destructor_name) (operator_name)] @name)))
  (_ declarator: (_ declarator: (function_declarator declarator: (qualified_identifier scope: (_) @container name: [(identifier) (destructor_name) (operator_name)] @name))))
  (reference_declarator (function_declarator declarator: (qualified_identifier scope: (_) @container name: [(identifier) (destructor_name) (operator_name)] @name)))
  (_ declarator: (reference_declarator (function_declarator declarator: (qualified_identifier scope: (_) @container name: [(identifier) (destructor_name) (operator_name)] @name))))] body: (_)? @body)) @definition.function
(function_definition declarator: [
  (function_declarator declarator: (qualified_identifier scope: (_) @container name: [(identifier) (destructor_name) (operator_name)] @name))
  (_ declarator: (function_declarator declarator: (qualified_identifier scope: (_) @container name: [(identifier) (destructor_name) (operator_name)] @name)))
  (_ declarator: (_ declarator: (function_declarator declarator: (qualified_identifier scope: (_) @container name: [(identifier) (destructor_name) (operator_name)] @name))))
  (reference_declarator (function_declarator declarator: (qualified_identifier scope: (_) @container name: [(identifier) (destructor_name) (operator_name)] @name)))
  (_ declarator: (reference_declarator (function_declarator declarator: (qualified_identifier scope: (_) @container name: [(identifier) (destructor_name) (operator_name)] @name))))]) @definition.function
(template_declaration (_ declarator: [
  (function_declarator declarator: (qualified_identifier name: (qualified_identifier scope: (_) @container name: [(identifier) (destructor_name) (operator_name)] @name)))
  (_ declarator: (function_declarator declarator: (qualified_identifier name: (qualified_identifier scope: (_) @container name: [(identifier) (destructor_name) (operator_name)] @name))))
  (_ declarator: (_ declarator: (function_declarator declarator: (qualified_identifier name: (qualified_identifier scope: (_) @container name: [(identifier) (destructor_name) (operator_name)] @name)))))
  (reference_declarator (function_declarator declarator: (qualified_identifier name: (qualified_identifier scope: (_) @container name: [(identifier) (destructor_name) (operator_name)] @name))))
  (_ declarator: (reference_declarator (function_declarator declarator: (qualified_identifier name: (qualified_identifier scope: (_) @container name: [(identifier) (destructor_name) (operator_name)] @name)))))] body: (_)? @body)) @definition.function
(function_definition declarator: [
  (function_declarator declarator: (qualified_identifier name: (qualified_identifier scope: (_) @container name: [(identifier) (destructor_name) (operator_name)] @name)))
  (_ declarator: (function_declarator declarator: (qualified_identifier name: (qualified_identifier scope: (_) @container name: [(identifier) (destructor_name) (operator_name)] @name))))
  (_ declarator: (_ declarator: (function_declarator declarator: (qualified_identifier name: (qualified_identifier scope: (_) @container name: [(identifier) (destructor_name) (operator_name)] @name)))))
  (reference_declarator (function_declarator declarator: (qualified_identifier name: (qualified_identifier scope: (_) @container name: [(identifier) (destructor_name) (operator_name)] @name))))
  (_ declarator: (reference_declarator (function_declarator declarator: (qualified_identifier name: (qualified_identifier scope: (_) @container name: [(identifier) (destructor_name) (operator_name)] @name)))))]) @definition.function
(template_declaration (_ declarator: [
  (function_declarator declarator: (qualified_identifier name: (qualified_identifier name: (qualified_identifier scope: (_) @container name: [(identifier) (destructor_name) (operator_name)] @name))))
  (_ declarator: (function_declarator declarator: (qualified_identifier name: (qualified_identifier name: (qualified_identifier scope: (_) @container name: [(identifier) (destructor_name) (operator_name)] @name)))))
  (_ declarator: (_ declarator: (function_declarator declarator: (qualified_identifier name: (qualified_identifier name: (qualified_identifier scope: (_) @container name: [(identifier) (destructor_name) (operator_name)] @name))))))
  (reference_declarator (function_declarator declarator: (qualified_identifier name: (qualified_identifier name: (qualified_identifier scope: (_) @container name: [(identifier) (destructor_name) (operator_name)] @name)))))
  (_ declarator: (reference_declarator (function_declarator declarator: (qualified_identifier name: (qualified_identifier name: (qualified_identifier scope: (_) @container name: [(identifier) (destructor_name) (operator_name)] @name))))))] body: (_)? @body)) @definition.function
(function_definition declarator: [
  (function_declarator declarator: (qualified_identifier name: (qualified_identifier name: (qualified_identifier scope: (_) @container name: [(identifier) (destructor_name) (operator_name)] @name))))
  (_ declarator: (function_declarator declarator: (qualified_identifier name: (qualified_identifier name: (qualified_identifier scope: (_) @container name: [(identifier) (destructor_name) (operator_name)] @name)))))
  (_ declarator: (_ declarator: (function_declarator declarator: (qualified_identifier name: (qualified_identifier name: (qualified_identifier scope: (_) @container name: [(identifier) (destructor_name) (operator_name)] @name))))))
  (reference_declarator (function_declarator declarator: (qualified_identifier name: (qualified_identifier name: (qualified_identifier scope: (_) @container name: [(identifier) (destructor_name) (operator_name)] @name)))))
  (_ declarator: (reference_declarator (function_declarator declarator: (qualified_identifier name: (qualified_identifier name: (qualified_identifier scope: (_) @container name: [(identifier) (destructor_name) (operator_name)] @name))))))]) @definition.function
(template_declaration (_ declarator: [
  (function_declarator declarator: (qualified_identifier scope: (_) @container name: (template_function name: (identifier) @name)))
  (_ declarator: (function_declarator declarator: (qualified_identifier scope: (_) @container name: (template_function name: (identifier) @name))))
  (_ declarator: (_ declarator: (function_declarator declarator: (qualified_identifier scope: (_) @container name: (template_function name: (identifier) @name)))))
  (reference_declarator (function_declarator declarator: (qualified_identifier scope: (_) @container name: (template_function name: (identifier) @name))))
  (_ declarator: (reference_declarator (function_declarator declarator: (qualified_identifier scope: (_) @container name: (template_function name: (identifier) @name)))))] body: (_)? @body)) @definition.function
(function_definition declarator: [
  (function_declarator declarator: (qualified_identifier scope: (_) @container name: (template_function name: (identifier) @name)))
  (_ declarator: (function_declarator declarator: (qualified_identifier scope: (_) @container name: (template_function name: (identifier) @name))))
  (_ declarator: (_ declarator: (function_declarator declarator: (qualified_identifier scope: (_) @container name: (template_function name: (identifier) @name)))))
  (reference_declarator (function_declarator declarator: (qualified_identifier scope: (_) @container name: (template_function name: (identifier) @name))))
  (_ declarator: (reference_declarator (function_declarator declarator: (qualified_identifier scope: (_) @container name: (template_function name: (identifier) @name)))))]) @definition.function

; Fields behind a reference, and static members given their value outside of the class.
(field_declaration declarator: (reference_declarator (field_identifier) @name)) @definition.field
(declaration declarator: (init_declarator declarator: (qualified_identifier scope: (_) @container name: (identifier) @name))) @definition.variable
(declaration declarator: (init_declarator declarator: (_ declarator: (qualified_identifier scope: (_) @container name: (identifier) @name)))) @definition.variable
(declaration type: (_) declarator: (qualified_identifier scope: (_) @container name: (identifier) @name)) @definition.variable
(declaration declarator: (reference_declarator (identifier) @name) (#set! outside "compound_statement")) @definition.variable
(declaration declarator: (init_declarator declarator: (reference_declarator (identifier) @name)) (#set! outside "compound_statement")) @definition.variable
(template_declaration (declaration declarator: (init_declarator declarator: (identifier) @name))) @definition.variable
(declaration (type_qualifier) @_const declarator: (init_declarator declarator: (identifier) @name) (#eq? @_const "constexpr") (#set! repeated "declarator") (#set! outside "compound_statement")) @definition.constant
(field_declaration (type_qualifier) @_const declarator: (field_identifier) @name (#eq? @_const "constexpr")) @definition.constant

; Inheritance ------------------------------------------------------------------------------------

(base_class_clause (type_identifier) @name) @reference.implements
(base_class_clause (template_type name: (type_identifier) @name)) @reference.implements
(base_class_clause (qualified_identifier scope: (_) @qualifier name: (type_identifier) @name)) @reference.implements
(base_class_clause (qualified_identifier scope: (_) @qualifier name: (template_type name: (type_identifier) @name))) @reference.implements
(base_class_clause (qualified_identifier name: (qualified_identifier scope: (_) @qualifier name: (type_identifier) @name))) @reference.implements
(base_class_clause (qualified_identifier name: (qualified_identifier scope: (_) @qualifier name: (template_type name: (type_identifier) @name)))) @reference.implements

; Calls ------------------------------------------------------------------------------------------

(call_expression function: (template_function name: (identifier) @name)) @reference.call
(call_expression function: (field_expression argument: (_) @receiver field: (template_method name: (field_identifier) @name))) @reference.call
(call_expression function: (field_expression argument: (_) @receiver field: (qualified_identifier scope: (_) @qualifier name: (_) @name))) @reference.call
(call_expression function: (qualified_identifier scope: (_)? @qualifier name: (identifier) @name)) @reference.call
(call_expression function: (qualified_identifier scope: (_)? @qualifier name: (template_function name: (identifier) @name))) @reference.call
(call_expression function: (qualified_identifier name: (qualified_identifier scope: (_)? @qualifier name: (identifier) @name))) @reference.call
(call_expression function: (qualified_identifier name: (qualified_identifier scope: (_)? @qualifier name: (template_function name: (identifier) @name)))) @reference.call
(call_expression function: (qualified_identifier name: (qualified_identifier name: (qualified_identifier scope: (_)? @qualifier name: (identifier) @name)))) @reference.call
(call_expression function: (qualified_identifier name: (qualified_identifier name: (qualified_identifier scope: (_)? @qualifier name: (template_function name: (identifier) @name))))) @reference.call
(new_expression type: (type_identifier) @name) @reference.call
(new_expression type: (template_type name: (type_identifier) @name)) @reference.call
(new_expression type: (qualified_identifier scope: (_)? @qualifier name: (type_identifier) @name)) @reference.call
(compound_literal_expression type: (type_identifier) @name) @reference.call
(compound_literal_expression type: (qualified_identifier scope: (_)? @qualifier name: (type_identifier) @name)) @reference.call

; Types and reads --------------------------------------------------------------------------------

(attribute_declaration) @ignore
(destructor_name (identifier) @ignore)
(qualified_identifier scope: (_)? @qualifier name: (type_identifier) @name) @reference.type
(qualified_identifier scope: (_)? @qualifier name: (template_type name: (type_identifier) @name)) @reference.type
; A capitalised name before `::` is mostly a class.
((namespace_identifier) @name @reference.type (#match? @name "^[A-Z]"))
(qualified_identifier scope: (_)? @qualifier name: (identifier) @name) @reference.read
(field_initializer (field_identifier) @name) @reference.read
(using_declaration) @ignore
