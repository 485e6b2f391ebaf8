; Definitions and references of C#. Of two patterns that name the same node, the earlier wins.

; Definitions ------------------------------------------------------------------------------------

(namespace_declaration name: (_) @name) @definition.namespace
(namespace_declaration name: (qualified_name name: (identifier) @ignore))
(file_scoped_namespace_declaration name: (qualified_name name: (identifier) @ignore))
; `namespace A.B;` holds the rest of the file.
(file_scoped_namespace_declaration name: (_) @name (#set! rest)) @definition.namespace

(class_declaration name: (identifier) @name) @definition.class
(struct_declaration name: (identifier) @name) @definition.struct
(interface_declaration name: (identifier) @name) @definition.interface
(enum_declaration name: (identifier) @name) @definition.enum
(enum_member_declaration name: (identifier) @name) @definition.member
(record_declaration "struct" name: (identifier) @name) @definition.struct
(record_declaration name: (identifier) @name) @definition.class
(delegate_declaration name: (identifier) @name) @definition.type

; The parameters of a record are its properties.
(record_declaration (parameter_list (parameter name: (identifier) @name) @definition.property))

(method_declaration name: (identifier) @name) @definition.method
(constructor_declaration name: (identifier) @name) @definition.constructor
(destructor_declaration name: (identifier) @name) @definition.method
(operator_declaration operator: ["!" "!=" "%" "&" "*" "+" "++" "-" "--" "/" "<" "<<" "<=" "==" ">" ">=" ">>" ">>>" "^" "|" "~" "true" "false"] @name) @definition.method
(conversion_operator_declaration type: (_) @name) @definition.method
(indexer_declaration "this" @name) @definition.property
(property_declaration name: (identifier) @name) @definition.property
(event_declaration name: (identifier) @name) @definition.property
(event_field_declaration (variable_declaration (variable_declarator name: (identifier) @name))) @definition.property
((field_declaration (modifier) @_const (variable_declaration (variable_declarator name: (identifier) @name))) @definition.constant
  (#eq? @_const "const"))
(field_declaration (variable_declaration (variable_declarator name: (identifier) @name))) @definition.field
; Functions in functions, and those of top-level programs.
; What is left of `else if (…)` around a broken `#if` looks like a function.
(local_function_statement name: (identifier) @ignore (#any-of? @ignore "if" "while" "for" "foreach" "switch" "lock" "using" "catch"))
(local_function_statement name: (identifier) @name) @definition.function
(global_statement (local_declaration_statement (variable_declaration (variable_declarator name: (identifier) @name)))) @definition.variable

; Tests: xUnit, NUnit, MSTest ---------------------------------------------------------------------

(attribute name: (identifier) @_test @name @reference.macro
  (#match? @_test "^(Fact|Theory|Test|TestCase|TestCaseSource|TestFixture|TestMethod|TestClass|DataTestMethod|SetUp|OneTimeSetUp|TearDown|OneTimeTearDown|Benchmark)(Attribute)?$")) @test
(attribute name: (qualified_name name: (identifier) @_test
  (#match? @_test "^(Fact|Theory|Test|TestCase|TestFixture|TestMethod|TestClass)(Attribute)?$"))) @test

; Inheritance and attributes ---------------------------------------------------------------------

(base_list (identifier) @name) @reference.implements
(base_list (generic_name . (identifier) @name)) @reference.implements
(base_list (qualified_name qualifier: (_) @qualifier name: (identifier) @name)) @reference.implements
(base_list (qualified_name qualifier: (_) @qualifier name: (generic_name . (identifier) @name))) @reference.implements
(base_list (primary_constructor_base_type type: (identifier) @name)) @reference.implements
(base_list (primary_constructor_base_type type: (generic_name . (identifier) @name))) @reference.implements
(attribute name: (identifier) @name) @reference.macro
(attribute name: (qualified_name qualifier: (_) @qualifier name: (identifier) @name)) @reference.macro

; Calls ------------------------------------------------------------------------------------------

((invocation_expression function: (identifier) @ignore) (#eq? @ignore "nameof"))
(invocation_expression function: (identifier) @name) @reference.call
(invocation_expression function: (generic_name . (identifier) @name)) @reference.call
(invocation_expression function: (member_access_expression expression: (_) @receiver name: (identifier) @name)) @reference.call
(invocation_expression function: (member_access_expression expression: (_) @receiver name: (generic_name . (identifier) @name))) @reference.call
(invocation_expression function: (member_access_expression expression: ["this" "base"] @receiver name: (identifier) @name)) @reference.call
(invocation_expression function: (member_access_expression expression: ["this" "base"] @receiver name: (generic_name . (identifier) @name))) @reference.call
(invocation_expression function: (conditional_access_expression condition: (_) @receiver (member_binding_expression name: (identifier) @name))) @reference.call
(invocation_expression function: (conditional_access_expression condition: (_) @receiver (member_binding_expression name: (generic_name . (identifier) @name)))) @reference.call
(object_creation_expression type: (identifier) @name) @reference.call
(object_creation_expression type: (generic_name . (identifier) @name)) @reference.call
(object_creation_expression type: (qualified_name qualifier: (_) @qualifier name: (identifier) @name)) @reference.call
(object_creation_expression type: (qualified_name qualifier: (_) @qualifier name: (generic_name . (identifier) @name))) @reference.call

; Types ------------------------------------------------------------------------------------------

; Only the last name of a path is looked up.
(qualified_name qualifier: (qualified_name name: (identifier) @ignore))
(qualified_name qualifier: (_) @qualifier name: (identifier) @name) @reference.type
(qualified_name qualifier: (identifier) @ignore)
(generic_name . (identifier) @name) @reference.type
(type_argument_list (identifier) @name) @reference.type
(method_declaration returns: (identifier) @name) @reference.type
(local_function_statement type: (identifier) @name) @reference.type
(delegate_declaration type: (identifier) @name) @reference.type
(operator_declaration type: (identifier) @name) @reference.type
(conversion_operator_declaration type: (identifier) @name) @reference.type
(indexer_declaration type: (identifier) @name) @reference.type
(property_declaration type: (identifier) @name) @reference.type
(event_declaration type: (identifier) @name) @reference.type
(variable_declaration type: (identifier) @name) @reference.type
(parameter type: (identifier) @name) @reference.type
(parameter_list type: (identifier) @name) @reference.type
(explicit_interface_specifier (identifier) @name) @reference.type
(array_type type: (identifier) @name) @reference.type
(nullable_type type: (identifier) @name) @reference.type
(pointer_type type: (identifier) @name) @reference.type
(ref_type type: (identifier) @name) @reference.type
(tuple_element type: (identifier) @name) @reference.type
(array_creation_expression type: (array_type type: (identifier) @name)) @reference.type
(cast_expression type: (identifier) @name) @reference.type
(typeof_expression type: (identifier) @name) @reference.type
(sizeof_expression type: (identifier) @name) @reference.type
(default_expression type: (identifier) @name) @reference.type
(as_expression right: (identifier) @name) @reference.type
(is_expression right: (identifier) @name) @reference.type
(declaration_pattern type: (identifier) @name) @reference.type
(recursive_pattern type: (identifier) @name) @reference.type
(type_pattern type: (identifier) @name) @reference.type
(declaration_expression type: (identifier) @name) @reference.type
(catch_declaration type: (identifier) @name) @reference.type
(foreach_statement type: (identifier) @name) @reference.type
(type_parameter_constraint (_ (identifier) @name)) @reference.type
(type_parameter_constraint type: (identifier) @name) @reference.type
(type_parameter_constraints_clause . (identifier) @ignore)
; A capitalised name before a dot is mostly a type.
(member_access_expression expression: (identifier) @name (#match? @name "^[A-Z]")) @reference.type

; Reads ------------------------------------------------------------------------------------------

(member_access_expression expression: (_) @receiver name: (identifier) @name) @reference.read
(member_access_expression expression: ["this" "base"] @receiver name: (identifier) @name) @reference.read
(member_binding_expression name: (identifier) @name) @reference.read
; Names of arguments, of members in `{ A = 1 }` and of places to jump to.
(argument name: (identifier) @ignore)
(attribute_argument name: (identifier) @ignore)
(subpattern . (identifier) @ignore)
(goto_statement (identifier) @ignore)
(labeled_statement . (identifier) @ignore)
(identifier) @name @reference.read
