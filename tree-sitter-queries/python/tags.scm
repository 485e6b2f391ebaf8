; Definitions and references of Python. Of two patterns that name the same node, the earlier wins.

; Definitions ------------------------------------------------------------------------------------

(decorated_definition definition: (function_definition name: (identifier) @name
  body: (block . (expression_statement (string) @doc)?)) (#eq? @name "__init__")) @definition.constructor
(decorated_definition definition: (function_definition name: (identifier) @name
  body: (block . (expression_statement (string) @doc)?))) @definition.function
(decorated_definition definition: (class_definition name: (identifier) @name
  body: (block . (expression_statement (string) @doc)?))) @definition.class
(function_definition name: (identifier) @name
  body: (block . (expression_statement (string) @doc)?) (#eq? @name "__init__")) @definition.constructor
(function_definition name: (identifier) @name
  body: (block . (expression_statement (string) @doc)?)) @definition.function
(class_definition name: (identifier) @name
  body: (block . (expression_statement (string) @doc)?)) @definition.class

(type_alias_statement left: (type (identifier) @name)) @definition.type
(type_alias_statement left: (type (generic_type (identifier) @name))) @definition.type

(module (expression_statement (assignment left: (identifier) @name) @definition.constant (#match? @name "^_*[A-Z][A-Z0-9_]*$")) (#set! once))
(module (expression_statement (assignment left: (identifier) @name) @definition.variable) (#set! once))
(module (expression_statement (assignment left: (pattern_list (identifier) @name)) @definition.variable) (#set! once))
(module (if_statement consequence: (block (expression_statement (assignment left: (identifier) @name) @definition.variable))) (#set! once))
(module (try_statement body: (block (expression_statement (assignment left: (identifier) @name) @definition.variable))) (#set! once))
(class_definition body: (block (expression_statement (assignment left: (identifier) @name) @definition.field)) (#set! once))

; Tests ------------------------------------------------------------------------------------------

(function_definition name: (identifier) @_name (#match? @_name "^test")) @test
(class_definition name: (identifier) @_name (#match? @_name "^Test")) @test
(class_definition superclasses: (argument_list [(identifier) (attribute)] @_base (#match? @_base "TestCase$"))) @test

; Inheritance and decorators ---------------------------------------------------------------------

(class_definition superclasses: (argument_list (identifier) @name)) @reference.implements
(class_definition superclasses: (argument_list (attribute object: (_) @receiver attribute: (identifier) @name))) @reference.implements
(class_definition superclasses: (argument_list (subscript value: (identifier) @name))) @reference.implements
(class_definition superclasses: (argument_list (subscript value: (attribute object: (_) @receiver attribute: (identifier) @name)))) @reference.implements
(decorator (identifier) @name) @reference.macro
(decorator (attribute object: (_) @receiver attribute: (identifier) @name)) @reference.macro
(decorator (call function: (identifier) @name)) @reference.macro
(decorator (call function: (attribute object: (_) @receiver attribute: (identifier) @name))) @reference.macro

; Calls ------------------------------------------------------------------------------------------

(call function: (identifier) @name) @reference.call
(call function: (attribute object: (_) @receiver attribute: (identifier) @name)) @reference.call

; Types ------------------------------------------------------------------------------------------

(type (identifier) @name) @reference.type
(type (attribute object: (_) @receiver attribute: (identifier) @name)) @reference.type
(type (subscript value: (identifier) @name)) @reference.type
(type (subscript value: (attribute object: (_) @receiver attribute: (identifier) @name))) @reference.type
(type (binary_operator (identifier) @name)) @reference.type
(type (binary_operator (attribute object: (_) @receiver attribute: (identifier) @name))) @reference.type
; A name that is not defined yet is written as a string.
(type (string (string_content) @name) (#match? @name "^[A-Za-z_]\\w*$")) @reference.type
(generic_type (identifier) @name) @reference.type
(member_type (identifier) @ignore)
(except_clause value: (identifier) @name) @reference.type
(except_clause value: (as_pattern (identifier) @name)) @reference.type
(class_pattern (dotted_name (identifier) @name)) @reference.type

; Reads ------------------------------------------------------------------------------------------

(keyword_argument name: (identifier) @ignore)
(keyword_pattern (identifier) @ignore)
(global_statement (identifier) @ignore)
(nonlocal_statement (identifier) @ignore)
(attribute object: (_) @receiver attribute: (identifier) @name) @reference.read
(identifier) @name @reference.read
