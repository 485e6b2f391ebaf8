; Definitions and references of Lua, where a module is a table that functions are put into. Of two patterns that name the
; same node, the earlier wins.

; Functions --------------------------------------------------------------------------------------

(function_declaration name: (identifier) @name) @definition.function
(function_declaration name: (dot_index_expression table: (_) @container field: (identifier) @name)) @definition.function
(function_declaration name: (method_index_expression table: (_) @container method: (identifier) @name)) @definition.method

; `M.f = function() end` and its kin. The right side's first value counts: `M.a, M.b = 1, function() end` is rare.
(assignment_statement (variable_list . name: (identifier) @name) (expression_list . value: (function_definition body: (block)? @body))) @definition.function
(assignment_statement (variable_list . name: (dot_index_expression table: (_) @container field: (identifier) @name))
  (expression_list . value: (function_definition body: (block)? @body))) @definition.function
(assignment_statement (variable_list . name: (bracket_index_expression table: (_) @container field: (string) @name))
  (expression_list . value: (function_definition body: (block)? @body)) (#set! trim)) @definition.function
; `local unpack = table.unpack or function() end`
(assignment_statement (variable_list . name: (identifier) @name) (expression_list . value: (binary_expression "or" right: (function_definition body: (block)? @body)))) @definition.function
(assignment_statement (variable_list . name: (dot_index_expression table: (_) @container field: (identifier) @name))
  (expression_list . value: (binary_expression "or" right: (function_definition body: (block)? @body)))) @definition.function
; `{ run = function() end }`: a function of the table around it.
(field name: (identifier) @name value: (function_definition body: (block)? @body)) @definition.function
(field name: (string) @name value: (function_definition body: (block)? @body) (#set! trim)) @definition.function

; Tables and constants of the file: whatever is no function ---------------------------------------------------------------

; A table that is filled below, or made by a call such as `setmetatable` or `class`, is what functions belong to.
(chunk (variable_declaration (assignment_statement (variable_list . name: (identifier) @name) (expression_list . value: (table_constructor)))) @definition.variable (#set! once))
(chunk (variable_declaration (assignment_statement (variable_list . name: (identifier) @name)
  (expression_list . value: (function_call name: (identifier) @_make)))) @definition.class
  (#any-of? @_make "setmetatable" "class" "Class"))
(chunk (variable_declaration (assignment_statement (variable_list . name: (identifier) @name)
  (expression_list . value: (function_call name: [(dot_index_expression) (method_index_expression)] @_make)))) @definition.class
  (#match? @_make "[.:](extend|subclass|derive|class)$"))
(chunk (variable_declaration (assignment_statement (variable_list name: (identifier) @name))) @definition.constant
  (#match? @name "^_*[A-Z][A-Z0-9_]+$") (#set! repeated "name") (#set! once))
(chunk (assignment_statement (variable_list name: (identifier) @name)) @definition.constant
  (#match? @name "^_*[A-Z][A-Z0-9_]+$") (#set! repeated "name") (#set! once))
(chunk (assignment_statement (variable_list name: (identifier) @name) (expression_list . value: 
    [(table_constructor) (number) (string) (true) (false) (nil) (identifier) (function_call) (dot_index_expression) (bracket_index_expression) (binary_expression) (unary_expression) (parenthesized_expression)])) @definition.variable (#set! repeated "name") (#set! once))
(chunk (assignment_statement (variable_list name: (dot_index_expression table: (_) @container field: (identifier) @name))) @definition.constant
  (#match? @name "^[A-Z][A-Z0-9_]+$") (#set! repeated "name") (#set! once))
(chunk (assignment_statement (variable_list name: (dot_index_expression table: (_) @container field: (identifier) @name))
    (expression_list . value: 
    [(table_constructor) (number) (string) (true) (false) (nil) (identifier) (function_call) (dot_index_expression) (bracket_index_expression) (binary_expression) (unary_expression) (parenthesized_expression)])) @definition.field
  (#not-match? @name "^__") (#set! repeated "name") (#set! once))
(chunk (variable_declaration (assignment_statement (expression_list value: (table_constructor (field name: (identifier) @name value: 
    [(table_constructor) (number) (string) (true) (false) (nil) (identifier) (function_call) (dot_index_expression) (bracket_index_expression) (binary_expression) (unary_expression) (parenthesized_expression)]) @definition.field)))))
(chunk (return_statement (expression_list (table_constructor (field name: (identifier) @name value: 
    [(table_constructor) (number) (string) (true) (false) (nil) (identifier) (function_call) (dot_index_expression) (bracket_index_expression) (binary_expression) (unary_expression) (parenthesized_expression)]) @definition.field))))

; Tests (busted) ---------------------------------------------------------------------------------

(function_call name: (identifier) @_call arguments: (arguments . (string) @name (function_definition body: (block)? @body))
  (#any-of? @_call "describe" "context" "insulate" "expose") (#set! trim)) @definition.namespace @test
(function_call name: (identifier) @_call arguments: (arguments . (string) @name (function_definition body: (block)? @body))
  (#any-of? @_call "it" "spec" "test" "pending") (#set! trim)) @definition.function @test
(function_declaration name: (identifier) @_name (#match? @_name "^test")) @test
(function_declaration name: (dot_index_expression field: (identifier) @_name) (#match? @_name "^test")) @test
(function_declaration name: (method_index_expression method: (identifier) @_name) (#match? @_name "^test")) @test

; Inheritance ------------------------------------------------------------------------------------

; `setmetatable(Class, { __index = Base })` and `Class = Base:extend()`.
(function_call name: (identifier) @_set arguments: (arguments (_) (table_constructor (field name: (identifier) @_index value: (identifier) @name)))
  (#eq? @_set "setmetatable") (#eq? @_index "__index")) @reference.implements
(function_call name: (dot_index_expression table: (identifier) @name field: (identifier) @_extend) (#any-of? @_extend "extend" "subclass" "derive")) @reference.implements
(function_call name: (method_index_expression table: (identifier) @name method: (identifier) @_extend) (#any-of? @_extend "extend" "subclass" "derive")) @reference.implements

; Calls ------------------------------------------------------------------------------------------

(function_call name: (identifier) @name) @reference.call
(function_call name: (dot_index_expression table: (_) @qualifier field: (identifier) @name)) @reference.call
(function_call name: (method_index_expression table: (_) @receiver method: (identifier) @name)) @reference.call

; Reads ------------------------------------------------------------------------------------------

(field name: (identifier) @ignore)
(attribute (identifier) @ignore)
(goto_statement (identifier) @ignore)
(label_statement (identifier) @ignore)
(identifier (#any-of? @ignore "self" "_G" "_ENV" "_")) @ignore
(dot_index_expression table: (_) @receiver field: (identifier) @name) @reference.read
(identifier) @name @reference.read
