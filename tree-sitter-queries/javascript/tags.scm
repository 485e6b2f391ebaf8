; Definitions and references of JavaScript and JSX. Of two patterns that name the same node, the earlier wins, and outer nodes
; come before inner ones: `export` first, so that it and the comment above it belong to the definition.

; Functions and classes --------------------------------------------------------------------------

(export_statement declaration: [
  (function_declaration name: (_) @name)
  (generator_function_declaration name: (_) @name)
]) @definition.function
(function_declaration name: (_) @name) @definition.function
(generator_function_declaration name: (_) @name) @definition.function

(export_statement declaration: (class_declaration name: (_) @name)) @definition.class
(class_declaration name: (_) @name) @definition.class

; Nameless, so called what an importer asks for.
(export_statement "default" @name value: [
  (arrow_function body: (_) @body)
  (function_expression !name body: (_) @body)
  (generator_function !name body: (_) @body)
]) @definition.function
(export_statement "default" @name value: (class !name body: (_) @body)) @definition.class

; A function or class is called what it is assigned to. Of several declarators the first begins with the statement and ends
; with itself; the others are themselves alone. React's wrappers make a component of a component.
(export_statement declaration: [
  (lexical_declaration . (variable_declarator name: (identifier) @name value: [
    (arrow_function body: (_) @body)
    (function_expression body: (_) @body)
    (generator_function body: (_) @body)
  ]) @end)
  (variable_declaration . (variable_declarator name: (identifier) @name value: [
    (arrow_function body: (_) @body)
    (function_expression body: (_) @body)
    (generator_function body: (_) @body)
  ]) @end)
]) @definition.function
(export_statement declaration: [
  (lexical_declaration (variable_declarator name: (identifier) @name value: [
    (arrow_function body: (_) @body)
    (function_expression body: (_) @body)
    (generator_function body: (_) @body)
  ]) @definition.function)
  (variable_declaration (variable_declarator name: (identifier) @name value: [
    (arrow_function body: (_) @body)
    (function_expression body: (_) @body)
    (generator_function body: (_) @body)
  ]) @definition.function)
])
(export_statement declaration: (lexical_declaration . (variable_declarator name: (identifier) @name
  value: (call_expression function: (_) @_wrapper arguments: (arguments . [
    (arrow_function body: (_) @body)
    (function_expression body: (_) @body)
  ]))) @end (#match? @_wrapper "(^|\\.)(memo|forwardRef|observer)$"))) @definition.function
(export_statement declaration: (lexical_declaration (variable_declarator name: (identifier) @name
  value: (call_expression function: (_) @_wrapper arguments: (arguments . [
    (arrow_function body: (_) @body)
    (function_expression body: (_) @body)
  ]))) @definition.function (#match? @_wrapper "(^|\\.)(memo|forwardRef|observer)$")))
(export_statement declaration: (lexical_declaration . (variable_declarator name: (identifier) @name
  value: (class body: (_) @body)) @end)) @definition.class
(export_statement declaration: (lexical_declaration (variable_declarator name: (identifier) @name
  value: (class body: (_) @body)) @definition.class))
(program (lexical_declaration . (variable_declarator name: (identifier) @name
  value: (call_expression function: (_) @_wrapper arguments: (arguments . [
    (arrow_function body: (_) @body)
    (function_expression body: (_) @body)
  ]))) @end) @definition.function (#match? @_wrapper "(^|\\.)(memo|forwardRef|observer)$"))
(program (lexical_declaration (variable_declarator name: (identifier) @name
  value: (call_expression function: (_) @_wrapper arguments: (arguments . [
    (arrow_function body: (_) @body)
    (function_expression body: (_) @body)
  ]))) @definition.function) (#match? @_wrapper "(^|\\.)(memo|forwardRef|observer)$"))
(lexical_declaration . (variable_declarator name: (identifier) @name value: [
  (arrow_function body: (_) @body)
  (function_expression body: (_) @body)
  (generator_function body: (_) @body)
]) @end) @definition.function
(lexical_declaration (variable_declarator name: (identifier) @name value: [
  (arrow_function body: (_) @body)
  (function_expression body: (_) @body)
  (generator_function body: (_) @body)
]) @definition.function)
(variable_declaration . (variable_declarator name: (identifier) @name value: [
  (arrow_function body: (_) @body)
  (function_expression body: (_) @body)
  (generator_function body: (_) @body)
]) @end) @definition.function
(variable_declaration (variable_declarator name: (identifier) @name value: [
  (arrow_function body: (_) @body)
  (function_expression body: (_) @body)
  (generator_function body: (_) @body)
]) @definition.function)
(lexical_declaration . (variable_declarator name: (identifier) @name value: (class body: (_) @body)) @end) @definition.class
(lexical_declaration (variable_declarator name: (identifier) @name value: (class body: (_) @body)) @definition.class)
(variable_declaration . (variable_declarator name: (identifier) @name value: (class body: (_) @body)) @end) @definition.class
(variable_declaration (variable_declarator name: (identifier) @name value: (class body: (_) @body)) @definition.class)

; `module.exports = function () {}` is called `exports` unless it has a name of its own.
(assignment_expression left: (member_expression object: (identifier) @_module property: (property_identifier) @name) right: [
  (arrow_function body: (_) @body)
  (function_expression !name body: (_) @body)
  (generator_function !name body: (_) @body)
] (#eq? @_module "module") (#eq? @name "exports")) @definition.function
(assignment_expression left: (member_expression object: (identifier) @_module property: (property_identifier) @name)
  right: (class !name body: (_) @body) (#eq? @_module "module") (#eq? @name "exports")) @definition.class

; `Type.prototype.name = function () {}`, and the whole of a prototype as an object.
(assignment_expression left: (member_expression
    object: (member_expression object: (_) @container property: (property_identifier) @_prototype (#eq? @_prototype "prototype"))
    property: (property_identifier) @name) right: [
  (arrow_function body: (_) @body)
  (function_expression body: (_) @body)
  (generator_function body: (_) @body)
]) @definition.method
; `A.prototype.first = A.prototype.second = function () {}`: the second holds the function, the first is a name for it.
(assignment_expression left: (member_expression
    object: (member_expression object: (_) @container property: (property_identifier) @_prototype (#eq? @_prototype "prototype"))
    property: (property_identifier) @name) @end
  right: (assignment_expression right: [(arrow_function) (function_expression) (generator_function)])) @definition.method
(assignment_expression left: (member_expression object: (identifier) @name property: (property_identifier) @_prototype)
  right: (object) @body (#eq? @_prototype "prototype")) @definition.impl
(call_expression function: (_) @_into arguments: (arguments . (member_expression object: (identifier) @name
  property: (property_identifier) @_prototype (#eq? @_prototype "prototype")) (object) @body)
  (#match? @_into "(^|\\.)(assign|extend|mixin)$")) @definition.impl

; `jQuery.fn.extend({ hide() {} })`
(expression_statement (call_expression
  function: (member_expression object: [(identifier) (member_expression)] @name property: (property_identifier) @_extend)
  arguments: (arguments . (object) @body) (#eq? @_extend "extend")) @definition.impl)

; `jQuery.event = { add() {} }`: an object of functions is a namespace.
(assignment_expression left: (member_expression object: [(identifier) (member_expression)] @container property: (property_identifier) @name)
  right: (object [(method_definition) (pair value: [(function_expression) (arrow_function)])]) @body
  (#not-any-of? @name "exports" "prototype")) @definition.namespace

; Members of a module, of the thing that is being built, of the global object belong to the file; others to their object.
(assignment_expression left: (member_expression object: [(identifier) (member_expression)] @_module property: (property_identifier) @name) right: [
  (arrow_function body: (_) @body)
  (function_expression body: (_) @body)
  (generator_function body: (_) @body)
] (#any-of? @_module "exports" "module.exports" "window" "global" "globalThis" "self" "that" "_this" "root")) @definition.function
(assignment_expression left: (member_expression object: [(identifier) (member_expression)] @_module property: (property_identifier) @name)
  right: (class body: (_) @body) (#any-of? @_module "exports" "module.exports" "window" "global" "globalThis")) @definition.class
(assignment_expression left: (member_expression object: (this) property: (_) @name) right: [
  (arrow_function body: (_) @body)
  (function_expression body: (_) @body)
  (generator_function body: (_) @body)
]) @definition.function
(assignment_expression left: (member_expression object: [(identifier) (member_expression)] @container property: (property_identifier) @name) right: [
  (arrow_function body: (_) @body)
  (function_expression body: (_) @body)
  (generator_function body: (_) @body)
]) @definition.function
(assignment_expression left: (member_expression object: [(identifier) (member_expression)] @container property: (property_identifier) @name)
  right: (class body: (_) @body)) @definition.class
(assignment_expression left: (identifier) @name right: [
  (arrow_function body: (_) @body)
  (function_expression body: (_) @body)
  (generator_function body: (_) @body)
]) @definition.function
(assignment_expression left: (identifier) @name right: (class body: (_) @body)) @definition.class

; Members ----------------------------------------------------------------------------------------

(class_body (method_definition name: (property_identifier) @name (#eq? @name "constructor")) @definition.constructor)
(method_definition name: (number) @ignore)
(method_definition name: (string) @name (#set! trim)) @definition.function
(method_definition name: (_) @name) @definition.function
(field_definition property: (_) @name value: [
  (arrow_function body: (_) @body)
  (function_expression body: (_) @body)
  (generator_function body: (_) @body)
]) @definition.function
(field_definition property: (_) @name) @definition.field
; Properties of an object. What only computes a value in passing, as in `{ key: () => 1 }` among arguments, is none.
(variable_declarator value: (object (pair key: [(property_identifier) (computed_property_name)] @name
  value: (arrow_function body: (_) @body)) @definition.function))
(variable_declarator value: (object (pair key: (string) @name
  value: (arrow_function body: (_) @body)) @definition.function (#set! trim)))
(pair key: [(property_identifier) (computed_property_name)] @name value: [
  (arrow_function body: (statement_block) @body)
  (function_expression body: (_) @body)
  (generator_function body: (_) @body)
]) @definition.function
(pair key: (string) @name value: [
  (arrow_function body: (statement_block) @body)
  (function_expression body: (_) @body)
  (generator_function body: (_) @body)
] (#set! trim)) @definition.function
(pair key: [(property_identifier) (computed_property_name)] @name value: (class body: (_) @body)) @definition.class

; Expressions with a name of their own that nothing else names.
(function_expression name: (_) @name) @definition.function
(generator_function name: (_) @name) @definition.function
(class name: (_) @name) @definition.class

; Tests ------------------------------------------------------------------------------------------

; Suites and cases are calls whose first argument is their title: Jest, Vitest, Mocha, node:test, Playwright, QUnit, tap.
(call_expression function: (identifier) @_suite
  arguments: (arguments . [(string . (string_fragment) @name) (template_string . (string_fragment) @name)] [
    (arrow_function body: (_) @body)
    (function_expression body: (_) @body)
  ])
  (#any-of? @_suite "describe" "suite" "context" "fdescribe" "xdescribe")) @definition.section @test
(call_expression function: (member_expression object: (identifier) @_suite property: (property_identifier) @_way)
  arguments: (arguments . [(string . (string_fragment) @name) (template_string . (string_fragment) @name)] [
    (arrow_function body: (_) @body)
    (function_expression body: (_) @body)
  ])
  (#any-of? @_suite "test" "QUnit") (#any-of? @_way "describe" "suite" "module")) @definition.section @test
(call_expression function: (member_expression object: (identifier) @_suite)
  arguments: (arguments . [(string . (string_fragment) @name) (template_string . (string_fragment) @name)] [
    (arrow_function body: (_) @body)
    (function_expression body: (_) @body)
  ])
  (#any-of? @_suite "describe" "suite" "context")) @definition.section @test
(call_expression function: (call_expression function: (member_expression object: (identifier) @_suite))
  arguments: (arguments . [(string . (string_fragment) @name) (template_string . (string_fragment) @name)] [
    (arrow_function body: (_) @body)
    (function_expression body: (_) @body)
  ])
  (#any-of? @_suite "describe" "suite" "context")) @definition.section @test
(call_expression function: (identifier) @_case
  arguments: (arguments . [(string . (string_fragment) @name) (template_string . (string_fragment) @name)] [
    (arrow_function body: (_) @body)
    (function_expression body: (_) @body)
  ])
  (#any-of? @_case "it" "test" "specify" "fit" "xit" "xtest" "bench")) @definition.function @test
(call_expression function: (member_expression object: (identifier) @_case property: (property_identifier) @_way)
  arguments: (arguments . [(string . (string_fragment) @name) (template_string . (string_fragment) @name)] [
    (arrow_function body: (_) @body)
    (function_expression body: (_) @body)
  ])
  (#any-of? @_case "it" "test" "specify" "bench" "t" "tap" "QUnit" "Deno")
  (#any-of? @_way "test" "only" "skip" "failing" "concurrent" "serial" "todo" "fails" "bench")) @definition.function @test
(call_expression function: (call_expression function: (member_expression object: (identifier) @_case))
  arguments: (arguments . [(string . (string_fragment) @name) (template_string . (string_fragment) @name)] [
    (arrow_function body: (_) @body)
    (function_expression body: (_) @body)
  ])
  (#any-of? @_case "it" "test")) @definition.function @test

; Variables of the file --------------------------------------------------------------------------

; What `require` answers is an import. Functions and classes are not in the list of values: they were defined above.
(export_statement declaration: (lexical_declaration . (variable_declarator name: (identifier) @name) @end) @_declaration
  (#match? @_declaration "^const\\b")) @definition.constant
(export_statement declaration: (lexical_declaration kind: "const" (variable_declarator name: (identifier) @name) @definition.constant))
(export_statement declaration: [
  (lexical_declaration . (variable_declarator name: (identifier) @name) @end)
  (variable_declaration . (variable_declarator name: (identifier) @name) @end)
]) @definition.variable
(export_statement declaration: [
  (lexical_declaration (variable_declarator name: (identifier) @name) @definition.variable)
  (variable_declaration (variable_declarator name: (identifier) @name) @definition.variable)
])
(export_statement declaration: (lexical_declaration . (variable_declarator name: [
  (object_pattern (shorthand_property_identifier_pattern) @name)
  (object_pattern (pair_pattern value: (identifier) @name))
  (array_pattern (identifier) @name)
]) @end)) @definition.variable
(export_statement declaration: (lexical_declaration (variable_declarator name: [
  (object_pattern (shorthand_property_identifier_pattern) @name)
  (object_pattern (pair_pattern value: (identifier) @name))
  (array_pattern (identifier) @name)
]) @definition.variable))
(program (lexical_declaration . (variable_declarator name: (identifier) @name value: [
  (array) (assignment_expression) (await_expression) (binary_expression) (call_expression) (false) (identifier)
  (member_expression) (new_expression) (null) (number) (object)
  (parenthesized_expression) (regex) (string) (subscript_expression) (template_string) (ternary_expression) (this) (true)
  (unary_expression) (undefined)
] @_value) @end) @definition.constant @_declaration (#match? @_declaration "^const\\b")
  (#not-match? @_value "^(require|await import)\\s*\\([^()]*\\)(\\.\\w+)?$"))
(program (lexical_declaration kind: "const" (variable_declarator name: (identifier) @name value: [
  (array) (assignment_expression) (await_expression) (binary_expression) (call_expression) (false) (identifier)
  (member_expression) (new_expression) (null) (number) (object)
  (parenthesized_expression) (regex) (string) (subscript_expression) (template_string) (ternary_expression) (this) (true)
  (unary_expression) (undefined)
] @_value) @definition.constant (#not-match? @_value "^(require|await import)\\s*\\([^()]*\\)(\\.\\w+)?$")))
(program (lexical_declaration . (variable_declarator name: (identifier) @name value: (jsx_element)) @end) @definition.constant)
(program (lexical_declaration (variable_declarator name: (identifier) @name value: (jsx_element)) @definition.constant))
(program (lexical_declaration . (variable_declarator name: (identifier) @name value: (jsx_self_closing_element)) @end) @definition.constant)
(program (lexical_declaration (variable_declarator name: (identifier) @name value: (jsx_self_closing_element)) @definition.constant))
(program [
  (lexical_declaration . (variable_declarator name: (identifier) @name !value) @end)
  (variable_declaration . (variable_declarator name: (identifier) @name !value) @end)
] @definition.variable)
(program [
  (lexical_declaration (variable_declarator name: (identifier) @name !value) @definition.variable)
  (variable_declaration (variable_declarator name: (identifier) @name !value) @definition.variable)
])
(program [
  (lexical_declaration . (variable_declarator name: (identifier) @name value: [
    (array) (assignment_expression) (await_expression) (binary_expression) (call_expression) (false) (identifier)
    (member_expression) (new_expression) (null) (number) (object)
    (parenthesized_expression) (regex) (string) (subscript_expression) (template_string) (ternary_expression) (this) (true)
    (unary_expression) (undefined)
  ] @_value) @end)
  (variable_declaration . (variable_declarator name: (identifier) @name value: [
    (array) (assignment_expression) (await_expression) (binary_expression) (call_expression) (false) (identifier)
    (member_expression) (new_expression) (null) (number) (object)
    (parenthesized_expression) (regex) (string) (subscript_expression) (template_string) (ternary_expression) (this) (true)
    (unary_expression) (undefined)
  ] @_value) @end)
] @definition.variable (#not-match? @_value "^(require|await import)\\s*\\([^()]*\\)(\\.\\w+)?$"))
(program [
  (lexical_declaration (variable_declarator name: (identifier) @name value: [
    (array) (assignment_expression) (await_expression) (binary_expression) (call_expression) (false) (identifier)
    (member_expression) (new_expression) (null) (number) (object)
    (parenthesized_expression) (regex) (string) (subscript_expression) (template_string) (ternary_expression) (this) (true)
    (unary_expression) (undefined)
  ] @_value) @definition.variable)
  (variable_declaration (variable_declarator name: (identifier) @name value: [
    (array) (assignment_expression) (await_expression) (binary_expression) (call_expression) (false) (identifier)
    (member_expression) (new_expression) (null) (number) (object)
    (parenthesized_expression) (regex) (string) (subscript_expression) (template_string) (ternary_expression) (this) (true)
    (unary_expression) (undefined)
  ] @_value) @definition.variable)
] (#not-match? @_value "^(require|await import)\\s*\\([^()]*\\)(\\.\\w+)?$"))
(program (lexical_declaration . (variable_declarator name: [
  (object_pattern (shorthand_property_identifier_pattern) @name)
  (object_pattern (pair_pattern value: (identifier) @name))
  (array_pattern (identifier) @name)
] value: (_) @_value) @end (#not-match? @_value "^(require|await import)\\s*\\([^()]*\\)$")) @definition.variable)
(program (lexical_declaration (variable_declarator name: [
  (object_pattern (shorthand_property_identifier_pattern) @name)
  (object_pattern (pair_pattern value: (identifier) @name))
  (array_pattern (identifier) @name)
] value: (_) @_value) @definition.variable (#not-match? @_value "^(require|await import)\\s*\\([^()]*\\)$")))

; Inheritance and decorators ---------------------------------------------------------------------

(class_heritage (identifier) @name) @reference.implements
(class_heritage (member_expression object: (_) @receiver property: (property_identifier) @name)) @reference.implements
(decorator (identifier) @name) @reference.macro
(decorator (member_expression object: (_) @receiver property: (property_identifier) @name)) @reference.macro
(decorator (call_expression function: (identifier) @name)) @reference.macro
(decorator (call_expression function: (member_expression object: (_) @receiver property: (property_identifier) @name))) @reference.macro

; Calls ------------------------------------------------------------------------------------------

(call_expression function: (identifier) @ignore (#eq? @ignore "require"))
(call_expression function: (identifier) @name) @reference.call
(call_expression function: (member_expression object: (_) @receiver property: (_) @name)) @reference.call
(new_expression constructor: (identifier) @name) @reference.call
(new_expression constructor: (member_expression object: (_) @receiver property: (_) @name)) @reference.call

; An element of a capitalised name renders a component; others are the page's own.
([
  (jsx_opening_element name: (identifier) @name)
  (jsx_self_closing_element name: (identifier) @name)
] @reference.call (#match? @name "^[A-Z]"))
[
  (jsx_opening_element name: (member_expression object: (_) @receiver property: (property_identifier) @name))
  (jsx_self_closing_element name: (member_expression object: (_) @receiver property: (property_identifier) @name))
] @reference.call
[
  (jsx_opening_element name: (identifier) @ignore)
  (jsx_self_closing_element name: (identifier) @ignore)
]
(jsx_closing_element) @ignore
(jsx_namespace_name) @ignore

; Reads ------------------------------------------------------------------------------------------

(export_specifier name: (identifier) @name alias: (_)? @ignore) @reference.read
(member_expression property: (_) @ignore (#any-of? @ignore "prototype" "exports"))
(member_expression object: (_) @receiver property: (_) @name) @reference.read
(shorthand_property_identifier) @name @reference.read
((identifier) @ignore (#any-of? @ignore "module" "exports" "arguments"))
(identifier) @name @reference.read
