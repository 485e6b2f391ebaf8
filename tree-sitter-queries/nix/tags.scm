; Bindings of Nix files: what a `let` names, and the attributes of the sets that a file is made of. Sets handed to functions
; inside are arguments, and their attributes no symbols, except the one that the whole file hands on (`mkDerivation { … }`).
; Of two patterns that name the same node, the earlier wins.

(let_expression (binding_set (binding attrpath: (attrpath) @name expression: (function_expression)) @definition.function))
(let_expression (binding_set (binding attrpath: (attrpath) @name) @definition.variable))
(source_code expression: (attrset_expression (binding_set (binding attrpath: (attrpath) @name expression: (function_expression)) @definition.function)))
(source_code expression: (attrset_expression (binding_set (binding attrpath: (attrpath) @name) @definition.property)))
(function_expression body: (attrset_expression (binding_set (binding attrpath: (attrpath) @name expression: (function_expression)) @definition.function)))
(function_expression body: (attrset_expression (binding_set (binding attrpath: (attrpath) @name) @definition.property)))
(let_expression body: (attrset_expression (binding_set (binding attrpath: (attrpath) @name expression: (function_expression)) @definition.function)))
(let_expression body: (attrset_expression (binding_set (binding attrpath: (attrpath) @name) @definition.property)))
(with_expression body: (attrset_expression (binding_set (binding attrpath: (attrpath) @name expression: (function_expression)) @definition.function)))
(with_expression body: (attrset_expression (binding_set (binding attrpath: (attrpath) @name) @definition.property)))
(binding expression: (attrset_expression (binding_set (binding attrpath: (attrpath) @name expression: (function_expression)) @definition.function)))
(binding expression: (attrset_expression (binding_set (binding attrpath: (attrpath) @name) @definition.property)))
(source_code expression: (apply_expression argument: (attrset_expression (binding_set (binding attrpath: (attrpath) @name expression: (function_expression)) @definition.function))))
(source_code expression: (apply_expression argument: (attrset_expression (binding_set (binding attrpath: (attrpath) @name) @definition.property))))
(function_expression body: (apply_expression argument: (attrset_expression (binding_set (binding attrpath: (attrpath) @name expression: (function_expression)) @definition.function))))
(function_expression body: (apply_expression argument: (attrset_expression (binding_set (binding attrpath: (attrpath) @name) @definition.property))))
(let_expression body: (apply_expression argument: (attrset_expression (binding_set (binding attrpath: (attrpath) @name expression: (function_expression)) @definition.function))))
(let_expression body: (apply_expression argument: (attrset_expression (binding_set (binding attrpath: (attrpath) @name) @definition.property))))
(with_expression body: (apply_expression argument: (attrset_expression (binding_set (binding attrpath: (attrpath) @name expression: (function_expression)) @definition.function))))
(with_expression body: (apply_expression argument: (attrset_expression (binding_set (binding attrpath: (attrpath) @name) @definition.property))))
(source_code expression: (rec_attrset_expression (binding_set (binding attrpath: (attrpath) @name expression: (function_expression)) @definition.function)))
(source_code expression: (rec_attrset_expression (binding_set (binding attrpath: (attrpath) @name) @definition.property)))
(function_expression body: (rec_attrset_expression (binding_set (binding attrpath: (attrpath) @name expression: (function_expression)) @definition.function)))
(function_expression body: (rec_attrset_expression (binding_set (binding attrpath: (attrpath) @name) @definition.property)))
(let_expression body: (rec_attrset_expression (binding_set (binding attrpath: (attrpath) @name expression: (function_expression)) @definition.function)))
(let_expression body: (rec_attrset_expression (binding_set (binding attrpath: (attrpath) @name) @definition.property)))
(with_expression body: (rec_attrset_expression (binding_set (binding attrpath: (attrpath) @name expression: (function_expression)) @definition.function)))
(with_expression body: (rec_attrset_expression (binding_set (binding attrpath: (attrpath) @name) @definition.property)))
(binding expression: (rec_attrset_expression (binding_set (binding attrpath: (attrpath) @name expression: (function_expression)) @definition.function)))
(binding expression: (rec_attrset_expression (binding_set (binding attrpath: (attrpath) @name) @definition.property)))
(source_code expression: (apply_expression argument: (rec_attrset_expression (binding_set (binding attrpath: (attrpath) @name expression: (function_expression)) @definition.function))))
(source_code expression: (apply_expression argument: (rec_attrset_expression (binding_set (binding attrpath: (attrpath) @name) @definition.property))))
(function_expression body: (apply_expression argument: (rec_attrset_expression (binding_set (binding attrpath: (attrpath) @name expression: (function_expression)) @definition.function))))
(function_expression body: (apply_expression argument: (rec_attrset_expression (binding_set (binding attrpath: (attrpath) @name) @definition.property))))
(let_expression body: (apply_expression argument: (rec_attrset_expression (binding_set (binding attrpath: (attrpath) @name expression: (function_expression)) @definition.function))))
(let_expression body: (apply_expression argument: (rec_attrset_expression (binding_set (binding attrpath: (attrpath) @name) @definition.property))))
(with_expression body: (apply_expression argument: (rec_attrset_expression (binding_set (binding attrpath: (attrpath) @name expression: (function_expression)) @definition.function))))
(with_expression body: (apply_expression argument: (rec_attrset_expression (binding_set (binding attrpath: (attrpath) @name) @definition.property))))

; Calls ------------------------------------------------------------------------------------------

(apply_expression function: (variable_expression name: (identifier) @name (#not-eq? @name "import"))) @reference.call
(apply_expression function: (select_expression expression: (_) @receiver attrpath: (attrpath attr: (identifier) @name))) @reference.call

; Reads ------------------------------------------------------------------------------------------

; The name of an attribute is no use of it.
(binding attrpath: (attrpath attr: (identifier) @ignore (#set! repeated "attr")))
(inherited_attrs attr: (identifier) @name (#set! repeated "attr")) @reference.read
(variable_expression name: (identifier) @ignore (#any-of? @ignore "builtins" "true" "false" "null" "import"))
(variable_expression name: (identifier) @name) @reference.read
