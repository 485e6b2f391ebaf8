; Definitions and references of Haskell. Of two patterns that name the same node, the earlier wins. A signature and the
; equations below it are one symbol. Only what stands at the top, in a class or in an instance is defined: `where` and `let`
; bind locals.

(header module: (module) @name (exports)? @ignore) @definition.module
(exports) @ignore

; Types ------------------------------------------------------------------------------------------

(data_type name: [(name) (prefix_id)] @name) @definition.struct
(newtype name: [(name) (prefix_id)] @name) @definition.struct
(type_synonym name: [(name) (prefix_id)] @name) @definition.type
(type_family name: [(name) (prefix_id)] @name) @definition.type
(data_family name: [(name) (prefix_id)] @name) @definition.type
(class name: [(name) (prefix_id)] @name) @definition.class

; Constructors, those of GADTs and infix ones too, and fields of records.
(data_constructor constructor: (prefix name: (constructor) @name)) @definition.constructor
(data_constructor constructor: (prefix name: (prefix_id (constructor_operator) @name))) @definition.constructor
(data_constructor constructor: (record name: (constructor) @name)) @definition.constructor
(data_constructor constructor: (infix operator: (constructor_operator) @name)) @definition.constructor
(data_constructor constructor: (infix operator: (infix_id (constructor) @name))) @definition.constructor
(newtype_constructor name: (constructor) @name) @definition.constructor
(gadt_constructor name: (constructor) @name) @definition.constructor
(gadt_constructor name: (prefix_id (constructor_operator) @name)) @definition.constructor
(gadt_constructor names: (binding_list name: (constructor) @name) (#set! repeated "name")) @definition.constructor
(field name: (field_name (variable) @name) (#set! repeated "name")) @definition.field

; Pattern synonyms.
(pattern_synonym (signature synonym: (constructor) @name) (#set! merge)) @definition.constructor
(pattern_synonym (equation synonym: (apply function: (constructor) @name)) (#set! merge)) @definition.constructor
(pattern_synonym (equation synonym: (apply function: (apply function: (constructor) @name))) (#set! merge)) @definition.constructor
(pattern_synonym (equation synonym: (constructor) @name) (#set! merge)) @definition.constructor
(pattern_synonym (equation synonym: (infix operator: (constructor_operator) @name)) (#set! merge)) @definition.constructor
(pattern_synonym (equation synonym: (record constructor: (constructor) @name)) (#set! merge)) @definition.constructor

; An instance is named by its type, by the first that is no variable where there are several; its methods lie in it.
(instance patterns: (type_patterns . (name) @name) declarations: (_)? @body) @definition.impl
(instance patterns: (type_patterns . (parens type: (apply constructor: (name) @name))) declarations: (_)? @body) @definition.impl
(instance patterns: (type_patterns . (apply constructor: (name) @name)) declarations: (_)? @body) @definition.impl
(instance patterns: (type_patterns . (parens type: (apply constructor: (apply constructor: (name) @name)))) declarations: (_)? @body) @definition.impl
(instance patterns: (type_patterns . (parens type: (apply constructor: (apply constructor: (apply constructor: (name) @name))))) declarations: (_)? @body) @definition.impl
(instance patterns: (type_patterns . (parens type: (apply constructor: (apply constructor: (apply constructor: (apply constructor: (name) @name)))))) declarations: (_)? @body) @definition.impl
(instance patterns: (type_patterns . (parens type: (apply constructor: (apply constructor: (apply constructor: (apply constructor: (apply constructor: (name) @name))))))) declarations: (_)? @body) @definition.impl
(instance patterns: (type_patterns . (qualified id: (name) @name)) declarations: (_)? @body) @definition.impl
(instance patterns: (type_patterns . (parens type: (apply constructor: (qualified id: (name) @name)))) declarations: (_)? @body) @definition.impl
(instance patterns: (type_patterns . (apply constructor: (qualified id: (name) @name))) declarations: (_)? @body) @definition.impl
(instance patterns: (type_patterns . (parens type: (apply constructor: (apply constructor: (qualified id: (name) @name))))) declarations: (_)? @body) @definition.impl
(instance patterns: (type_patterns . (parens type: (apply constructor: (apply constructor: (apply constructor: (qualified id: (name) @name)))))) declarations: (_)? @body) @definition.impl
(instance patterns: (type_patterns . (parens type: (apply constructor: (apply constructor: (apply constructor: (apply constructor: (qualified id: (name) @name))))))) declarations: (_)? @body) @definition.impl
(instance patterns: (type_patterns . (parens type: (apply constructor: (apply constructor: (apply constructor: (apply constructor: (apply constructor: (qualified id: (name) @name)))))))) declarations: (_)? @body) @definition.impl
(instance patterns: (type_patterns (name) @name) declarations: (_)? @body) @definition.impl
(instance patterns: (type_patterns (parens type: (apply constructor: (name) @name))) declarations: (_)? @body) @definition.impl
(instance patterns: (type_patterns (apply constructor: (name) @name)) declarations: (_)? @body) @definition.impl
(instance patterns: (type_patterns (parens type: (apply constructor: (apply constructor: (name) @name)))) declarations: (_)? @body) @definition.impl
(instance patterns: (type_patterns (parens type: (apply constructor: (apply constructor: (apply constructor: (name) @name))))) declarations: (_)? @body) @definition.impl
(instance patterns: (type_patterns (parens type: (apply constructor: (apply constructor: (apply constructor: (apply constructor: (name) @name)))))) declarations: (_)? @body) @definition.impl
(instance patterns: (type_patterns (parens type: (apply constructor: (apply constructor: (apply constructor: (apply constructor: (apply constructor: (name) @name))))))) declarations: (_)? @body) @definition.impl
(instance patterns: (type_patterns (qualified id: (name) @name)) declarations: (_)? @body) @definition.impl
(instance patterns: (type_patterns (parens type: (apply constructor: (qualified id: (name) @name)))) declarations: (_)? @body) @definition.impl
(instance patterns: (type_patterns (apply constructor: (qualified id: (name) @name))) declarations: (_)? @body) @definition.impl
(instance patterns: (type_patterns (parens type: (apply constructor: (apply constructor: (qualified id: (name) @name))))) declarations: (_)? @body) @definition.impl
(instance patterns: (type_patterns (parens type: (apply constructor: (apply constructor: (apply constructor: (qualified id: (name) @name)))))) declarations: (_)? @body) @definition.impl
(instance patterns: (type_patterns (parens type: (apply constructor: (apply constructor: (apply constructor: (apply constructor: (qualified id: (name) @name))))))) declarations: (_)? @body) @definition.impl
(instance patterns: (type_patterns (parens type: (apply constructor: (apply constructor: (apply constructor: (apply constructor: (apply constructor: (qualified id: (name) @name)))))))) declarations: (_)? @body) @definition.impl
(instance patterns: (type_patterns . (_) @name) declarations: (_)? @body) @definition.impl
(instance name: (name) @name declarations: (_)? @body) @definition.impl

; Functions --------------------------------------------------------------------------------------
(declarations (signature name: (variable) @name) @definition.function (#set! merge))
(declarations (signature name: (prefix_id (operator) @name)) @definition.function (#set! merge))
(declarations (function name: (variable) @name match: (match)? @body) @definition.function (#set! merge))
(declarations (function name: (prefix_id (operator) @name) match: (match)? @body) @definition.function (#set! merge))
(declarations (function (infix operator: (operator) @name) match: (match)? @body) @definition.function (#set! merge))
(declarations (function (infix operator: (infix_id (variable) @name)) match: (match)? @body) @definition.function (#set! merge))
(declarations (function parens: (function_head_parens (infix operator: (operator) @name)) match: (match)? @body) @definition.function (#set! merge))
(declarations (function parens: (function_head_parens (infix operator: (infix_id (variable) @name))) match: (match)? @body) @definition.function (#set! merge))
(declarations (bind name: (variable) @name match: (match)? @body) @definition.function (#set! merge))
(declarations (bind name: (prefix_id (operator) @name) match: (match)? @body) @definition.function (#set! merge))
(declarations (bind pattern: (tuple element: (variable) @name) match: (match)? @body) @definition.function (#set! repeated "element"))
(declarations (foreign_import signature: (signature name: (variable) @name)) @definition.function)
(class_declarations (signature name: (variable) @name) @definition.method (#set! merge))
(class_declarations (signature name: (prefix_id (operator) @name)) @definition.method (#set! merge))
(class_declarations (signature names: (binding_list name: (variable) @name)) @definition.method (#set! repeated "name"))
(class_declarations (signature names: (binding_list name: (prefix_id (operator) @name))) @definition.method (#set! repeated "name"))
(class_declarations (function name: (variable) @name match: (match)? @body) @definition.method (#set! merge))
(class_declarations (function name: (prefix_id (operator) @name) match: (match)? @body) @definition.method (#set! merge))
(class_declarations (function (infix operator: (operator) @name) match: (match)? @body) @definition.method (#set! merge))
(class_declarations (function (infix operator: (infix_id (variable) @name)) match: (match)? @body) @definition.method (#set! merge))
(class_declarations (function parens: (function_head_parens (infix operator: (operator) @name)) match: (match)? @body) @definition.method (#set! merge))
(class_declarations (function parens: (function_head_parens (infix operator: (infix_id (variable) @name))) match: (match)? @body) @definition.method (#set! merge))
(class_declarations (bind name: (variable) @name match: (match)? @body) @definition.method (#set! merge))
(class_declarations (bind name: (prefix_id (operator) @name) match: (match)? @body) @definition.method (#set! merge))
(instance_declarations (signature name: (variable) @name) @definition.method (#set! merge))
(instance_declarations (signature name: (prefix_id (operator) @name)) @definition.method (#set! merge))
(instance_declarations (signature names: (binding_list name: (variable) @name)) @definition.method (#set! repeated "name"))
(instance_declarations (signature names: (binding_list name: (prefix_id (operator) @name))) @definition.method (#set! repeated "name"))
(instance_declarations (function name: (variable) @name match: (match)? @body) @definition.method (#set! merge))
(instance_declarations (function name: (prefix_id (operator) @name) match: (match)? @body) @definition.method (#set! merge))
(instance_declarations (function (infix operator: (operator) @name) match: (match)? @body) @definition.method (#set! merge))
(instance_declarations (function (infix operator: (infix_id (variable) @name)) match: (match)? @body) @definition.method (#set! merge))
(instance_declarations (function parens: (function_head_parens (infix operator: (operator) @name)) match: (match)? @body) @definition.method (#set! merge))
(instance_declarations (function parens: (function_head_parens (infix operator: (infix_id (variable) @name))) match: (match)? @body) @definition.method (#set! merge))
(instance_declarations (bind name: (variable) @name match: (match)? @body) @definition.method (#set! merge))
(instance_declarations (bind name: (prefix_id (operator) @name) match: (match)? @body) @definition.method (#set! merge))

; Tests ------------------------------------------------------------------------------------------

(signature name: (variable) @_name (#match? @_name "^(prop|hprop|test|unit|spec|case)_")) @test
(function name: (variable) @_name (#match? @_name "^(prop|hprop|test|unit|spec|case)_")) @test
(bind name: (variable) @_name (#match? @_name "^(prop|hprop|test|unit|spec|case)_")) @test
(signature type: (name) @_type (#any-of? @_type "Spec" "TestTree" "Property" "Assertion")) @test

; Inheritance ------------------------------------------------------------------------------------

(instance name: (name) @name) @reference.implements
(instance name: (qualified module: (module) @qualifier id: (name) @name)) @reference.implements
(deriving_instance name: (name) @name) @reference.implements
(deriving classes: (name) @name) @reference.implements
(deriving classes: (tuple (name) @name)) @reference.implements
(deriving classes: (parens (name) @name)) @reference.implements
(class context: (context context: (apply constructor: (name) @name))) @reference.implements
(class context: (context context: (parens (apply constructor: (name) @name)))) @reference.implements
(class context: (context context: (tuple (apply constructor: (name) @name)))) @reference.implements

; Calls ------------------------------------------------------------------------------------------

; A single letter is a type variable or a local wherever it stands.
(variable (#match? @ignore "^_?[a-z][0-9']*$")) @ignore
; The left-hand side of an equation and a signature's name are no uses.
(signature name: (variable) @ignore)
(signature names: (binding_list name: (variable) @ignore) (#set! repeated "name"))
(function name: (variable) @ignore)
(bind name: (variable) @ignore)
(function (infix operator: (infix_id (variable) @ignore)))
(function (infix operator: (operator) @ignore))
(fixity) @ignore
(field_name (variable) @name) @reference.read
(apply function: (variable) @name) @reference.call
(apply function: (qualified module: (module) @qualifier id: (variable) @name)) @reference.call
(infix left_operand: (variable) @name operator: (operator) @_apply (#any-of? @_apply "$" "$!" "<$>" "." "=<<" "<$!>")) @reference.call
(infix left_operand: (qualified module: (module) @qualifier id: (variable) @name) operator: (operator) @_apply
  (#any-of? @_apply "$" "$!" "<$>" "." "=<<" "<$!>")) @reference.call
(infix_id (variable) @name) @reference.call
(infix_id (qualified module: (module) @qualifier id: (variable) @name)) @reference.call
; Operators of the Prelude are everywhere and say nothing.
(operator (#any-of? @ignore "$" "." "+" "-" "*" "/" "==" "/=" "<" ">" "<=" ">=" "&&" "||" "++" "!" "=" "<>" ">>=" ">>" "<$>" "<*>" "*>" "<*")) @ignore
(infix operator: (operator) @name) @reference.call
(operator) @name @reference.read
(th_quoted_name name: (variable) @name) @reference.read

; Types ------------------------------------------------------------------------------------------

(qualified module: (module) @qualifier id: [(name) (constructor)] @name) @reference.type
(name) @name @reference.type
; A constructor is used where its type is taken apart or put together.
(constructor (#any-of? @ignore "True" "False")) @ignore
(constructor) @name @reference.type

; Reads ------------------------------------------------------------------------------------------

(qualified module: (module) @qualifier id: (variable) @name) @reference.read
(variable) @name @reference.read
