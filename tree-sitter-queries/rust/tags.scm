; Definitions and references of Rust. Of two patterns that name the same node, the earlier wins.

; Definitions ------------------------------------------------------------------------------------

(function_item name: (identifier) @name) @definition.function
(function_signature_item name: (identifier) @name) @definition.function

(struct_item name: (type_identifier) @name) @definition.struct
(enum_item name: (type_identifier) @name) @definition.enum
(enum_variant name: (identifier) @name) @definition.member
(union_item name: (type_identifier) @name) @definition.union
(field_declaration name: (field_identifier) @name) @definition.field
(trait_item name: (type_identifier) @name) @definition.trait
(type_item name: (type_identifier) @name) @definition.type
(associated_type name: (type_identifier) @name) @definition.type
(const_item name: (identifier) @name) @definition.constant
(static_item name: (identifier) @name) @definition.static
(mod_item name: (identifier) @name) @definition.module
(macro_definition name: (identifier) @name) @definition.macro

; An impl block is named by its type. Its name is a use of that type as well, so it is not claimed by `@name` alone.
(impl_item type: (type_identifier) @name) @definition.impl
(impl_item type: (primitive_type) @name) @definition.impl
(impl_item type: (scoped_type_identifier name: (type_identifier) @name)) @definition.impl
(impl_item type: (generic_type type: (type_identifier) @name)) @definition.impl
(impl_item type: (generic_type type: (scoped_type_identifier name: (type_identifier) @name))) @definition.impl
(impl_item type: (reference_type type: (type_identifier) @name)) @definition.impl
(impl_item type: (reference_type type: (generic_type type: (type_identifier) @name))) @definition.impl
(impl_item type: (reference_type type: (primitive_type) @name)) @definition.impl
(impl_item type: (dynamic_type trait: (type_identifier) @name)) @definition.impl
(impl_item type: (_) @name) @definition.impl

; Inheritance ------------------------------------------------------------------------------------

(impl_item trait: (type_identifier) @name) @reference.implements
(impl_item trait: (scoped_type_identifier path: (_) @qualifier name: (type_identifier) @name)) @reference.implements
(impl_item trait: (generic_type type: (type_identifier) @name)) @reference.implements
(impl_item trait: (generic_type type: (scoped_type_identifier path: (_) @qualifier name: (type_identifier) @name))) @reference.implements
(trait_item bounds: (trait_bounds (type_identifier) @name)) @reference.implements
(trait_item bounds: (trait_bounds (scoped_type_identifier path: (_) @qualifier name: (type_identifier) @name))) @reference.implements
(trait_item bounds: (trait_bounds (generic_type type: (type_identifier) @name))) @reference.implements
(attribute (identifier) @_derive arguments: (token_tree) @derive (#eq? @_derive "derive"))

; Tests ------------------------------------------------------------------------------------------

(attribute_item (attribute [(identifier) (scoped_identifier)] @_test
  (#match? @_test "(^|::)(test|bench|rstest|test_case|quickcheck|proptest|wasm_bindgen_test)$"))) @test
(attribute_item (attribute (identifier) @_cfg arguments: (token_tree) @_when
  (#eq? @_cfg "cfg") (#match? @_when "^\\((all\\()?\\s*test\\b"))) @test

; Calls ------------------------------------------------------------------------------------------

(call_expression function: (identifier) @name) @reference.call
(call_expression function: (scoped_identifier path: (_)? @qualifier name: (identifier) @name)) @reference.call
(call_expression function: (field_expression value: (_) @receiver field: (field_identifier) @name)) @reference.call
(call_expression function: (generic_function function: (identifier) @name)) @reference.call
(call_expression function: (generic_function function: (scoped_identifier path: (_)? @qualifier name: (identifier) @name))) @reference.call
(call_expression function: (generic_function function: (field_expression value: (_) @receiver field: (field_identifier) @name))) @reference.call

(macro_invocation macro: (identifier) @name) @reference.macro
(macro_invocation macro: (scoped_identifier path: (_)? @qualifier name: (identifier) @name)) @reference.macro
(macro_invocation (token_tree) @items)
; The branches of `cfg_if!` hold items, and `bitflags!` a struct that is written like none.
(macro_invocation macro: [(identifier) (scoped_identifier)] @_macro (token_tree (token_tree) @items) (#match? @_macro "^(cfg_if::)?cfg_if$"))
(macro_invocation macro: [(identifier) (scoped_identifier)] @_macro (token_tree "struct" (identifier) @name ":")
  (#match? @_macro "^(bitflags::)?bitflags$")) @definition.struct
(token_tree) @tokens

; Other attributes hold no references: their words are settings.
(attribute) @ignore

; Types ------------------------------------------------------------------------------------------

(struct_expression name: (type_identifier) @name) @reference.type
(struct_expression name: (scoped_type_identifier path: (_)? @qualifier name: (type_identifier) @name)) @reference.type
(tuple_struct_pattern type: (identifier) @name) @reference.type
(tuple_struct_pattern type: (scoped_identifier path: (_)? @qualifier name: (identifier) @name)) @reference.type
(scoped_type_identifier path: (_)? @qualifier name: (type_identifier) @name) @reference.type
(generic_type type: (identifier) @name) @reference.type
(type_binding name: (type_identifier) @ignore)
(type_identifier) @name @reference.type

; Reads ------------------------------------------------------------------------------------------

; A path in a value position: its last name is read; a capitalised name before it is a type that is used.
(visibility_modifier (_) @ignore)
(scoped_identifier path: (identifier) @name (#match? @name "^[A-Z]")) @reference.type
(scoped_identifier path: (scoped_identifier path: (_)? @qualifier name: (identifier) @name) (#match? @name "^[A-Z]")) @reference.type
(scoped_identifier path: (identifier) @ignore)
(scoped_identifier path: (scoped_identifier name: (identifier) @ignore))
(scoped_type_identifier path: (identifier) @name (#match? @name "^[A-Z]")) @reference.type
(scoped_type_identifier path: (identifier) @ignore)
(scoped_type_identifier path: (scoped_identifier name: (identifier) @ignore))
(scoped_identifier path: (_)? @qualifier name: (identifier) @name) @reference.read
(lifetime (identifier) @ignore)
(label (identifier) @ignore)
(identifier) @name @reference.read
