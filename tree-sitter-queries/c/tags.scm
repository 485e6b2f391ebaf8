; Definitions and references of C. Of two patterns that name the same node, the earlier wins.
;
; A declarator wraps its name in pointers, arrays and parentheses; `_` stands for one such layer. What is hidden behind macros
; is uncovered before the parse (`mask.rs`).

; Definitions ------------------------------------------------------------------------------------

; What is left of a broken `else if (…) {` looks like a function.
(function_definition declarator: (function_declarator declarator: (identifier) @ignore) (#any-of? @ignore "if" "while" "for" "switch"))

; Functions, and their prototypes: people search headers, so a declared function is found as well.
(function_definition declarator: (function_declarator declarator: (identifier) @name)) @definition.function
(function_definition declarator: (_ declarator: (function_declarator declarator: (identifier) @name))) @definition.function
(function_definition declarator: (_ declarator: (_ declarator: (function_declarator declarator: (identifier) @name)))) @definition.function
(function_definition declarator: (function_declarator declarator: (parenthesized_declarator (identifier) @name))) @definition.function
(declaration declarator: (function_declarator declarator: (identifier) @name) (#set! repeated "declarator") (#set! outside "compound_statement")) @definition.function
(declaration declarator: (_ declarator: (function_declarator declarator: (identifier) @name)) (#set! repeated "declarator") (#set! outside "compound_statement")) @definition.function
(declaration declarator: (_ declarator: (_ declarator: (function_declarator declarator: (identifier) @name))) (#set! repeated "declarator") (#set! outside "compound_statement")) @definition.function
(declaration declarator: (function_declarator declarator: (parenthesized_declarator (identifier) @name)) (#set! repeated "declarator") (#set! outside "compound_statement")) @definition.function

; `typedef struct { … } point;` is a struct of that name. `typedef struct node { … } node_t;` is a struct and a type with one
; range, and one symbol where both have the same name.
(type_definition type: (struct_specifier !name body: (_) @body) declarator: (type_identifier) @name) @definition.struct
(type_definition type: (union_specifier !name body: (_) @body) declarator: (type_identifier) @name) @definition.union
(type_definition type: (enum_specifier !name body: (_) @body) declarator: (type_identifier) @name) @definition.enum
(type_definition type: (struct_specifier name: (type_identifier) @name body: (_) @body) (#set! merge)) @definition.struct
(type_definition type: (union_specifier name: (type_identifier) @name body: (_) @body) (#set! merge)) @definition.union
(type_definition type: (enum_specifier name: (type_identifier) @name body: (_) @body) (#set! merge)) @definition.enum
(type_definition type: (_ name: (type_identifier) body: (_) @body) declarator: (type_identifier) @name (#set! repeated "declarator") (#set! merge)) @definition.type
(type_definition declarator: (type_identifier) @name (#set! repeated "declarator")) @definition.type
(type_definition declarator: (_ declarator: (type_identifier) @name) (#set! repeated "declarator")) @definition.type
(type_definition declarator: (_ declarator: (_ declarator: (type_identifier) @name)) (#set! repeated "declarator")) @definition.type
(type_definition declarator: (_ declarator: (parenthesized_declarator (_ declarator: (type_identifier) @name))) (#set! repeated "declarator")) @definition.type
(type_definition declarator: (_ declarator: (_ declarator: (parenthesized_declarator (_ declarator: (type_identifier) @name)))) (#set! repeated "declarator")) @definition.type
; `typedef void (*free_func) OF((void *))`: the parameters are behind a macro that is masked.
(type_definition declarator: (parenthesized_declarator (_ declarator: (type_identifier) @name)) (#set! repeated "declarator")) @definition.type
(type_definition declarator: (function_declarator declarator: (parenthesized_declarator (type_identifier) @name)) (#set! repeated "declarator")) @definition.type

(struct_specifier name: (type_identifier) @name body: (_)) @definition.struct
(union_specifier name: (type_identifier) @name body: (_)) @definition.union
(enum_specifier name: (type_identifier) @name body: (_)) @definition.enum
(enumerator name: (identifier) @name) @definition.member

(field_declaration declarator: (field_identifier) @name (#set! repeated "declarator")) @definition.field
(field_declaration declarator: (_ declarator: (field_identifier) @name) (#set! repeated "declarator")) @definition.field
(field_declaration declarator: (_ declarator: (_ declarator: (field_identifier) @name)) (#set! repeated "declarator")) @definition.field
(field_declaration declarator: (_ declarator: (_ declarator: (_ declarator: (field_identifier) @name))) (#set! repeated "declarator")) @definition.field
(field_declaration declarator: (_ declarator: (parenthesized_declarator (_ declarator: (field_identifier) @name))) (#set! repeated "declarator")) @definition.field
(field_declaration declarator: (_ declarator: (_ declarator: (parenthesized_declarator (_ declarator: (field_identifier) @name)))) (#set! repeated "declarator")) @definition.field
(field_declaration declarator: (_ declarator: (parenthesized_declarator (_ declarator: (_ declarator: (field_identifier) @name)))) (#set! repeated "declarator")) @definition.field

; A macro with a value is a constant; one without only marks (`#define FOO_H`).
(preproc_function_def name: (identifier) @name value: (_)? @body) @definition.macro
(preproc_def name: (identifier) @name value: (_)) @definition.constant
(preproc_def name: (identifier) @ignore)

; Variables of the file; those of functions are in locals.scm. A `const` at its head makes it a constant.
(declaration (type_qualifier) @_const declarator: (identifier) @name (#eq? @_const "const") (#set! repeated "declarator") (#set! outside "compound_statement")) @definition.constant
(declaration (type_qualifier) @_const declarator: (init_declarator declarator: (identifier) @name) (#eq? @_const "const") (#set! repeated "declarator") (#set! outside "compound_statement")) @definition.constant
(declaration (type_qualifier) @_const declarator: (array_declarator declarator: (identifier) @name) (#eq? @_const "const") (#set! repeated "declarator") (#set! outside "compound_statement")) @definition.constant
(declaration (type_qualifier) @_const declarator: (init_declarator declarator: (array_declarator declarator: (identifier) @name)) (#eq? @_const "const") (#set! repeated "declarator") (#set! outside "compound_statement")) @definition.constant
(declaration declarator: (identifier) @name (#set! repeated "declarator") (#set! outside "compound_statement")) @definition.variable
(declaration declarator: (_ declarator: (identifier) @name) (#set! repeated "declarator") (#set! outside "compound_statement")) @definition.variable
(declaration declarator: (_ declarator: (_ declarator: (identifier) @name)) (#set! repeated "declarator") (#set! outside "compound_statement")) @definition.variable
(declaration declarator: (_ declarator: (_ declarator: (_ declarator: (identifier) @name))) (#set! repeated "declarator") (#set! outside "compound_statement")) @definition.variable
(declaration declarator: (_ declarator: (parenthesized_declarator (_ declarator: (identifier) @name))) (#set! repeated "declarator") (#set! outside "compound_statement")) @definition.variable
(declaration declarator: (_ declarator: (_ declarator: (parenthesized_declarator (_ declarator: (identifier) @name)))) (#set! repeated "declarator") (#set! outside "compound_statement")) @definition.variable
(declaration declarator: (_ declarator: (parenthesized_declarator (_ declarator: (_ declarator: (identifier) @name)))) (#set! repeated "declarator") (#set! outside "compound_statement")) @definition.variable

; Tests: Check, Criterion, Unity, CMocka and by name ------------------------------------------------

(function_definition declarator: (function_declarator declarator: (identifier) @_test)
  (#match? @_test "^(test_|START_TEST$|Test$|ParameterizedTest$|TEST$)")) @test

; Calls ------------------------------------------------------------------------------------------

(call_expression function: (identifier) @name) @reference.call
(call_expression function: (field_expression argument: (_) @receiver field: (field_identifier) @name)) @reference.call
(call_expression function: (parenthesized_expression (pointer_expression argument: (identifier) @name))) @reference.call

; Types ------------------------------------------------------------------------------------------

(type_identifier) @name @reference.type
(macro_type_specifier name: (identifier) @name) @reference.macro

; Reads ------------------------------------------------------------------------------------------

(preproc_ifdef name: (identifier) @ignore)
(preproc_defined (identifier) @ignore)
(attribute_specifier) @ignore
(ms_declspec_modifier) @ignore
(field_expression argument: (_) @receiver field: (field_identifier) @name) @reference.read
(field_designator (field_identifier) @name) @reference.read
(identifier) @name @reference.read
