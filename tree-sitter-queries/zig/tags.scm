; Definitions and references of Zig. Of two patterns that name the same node, the earlier wins.

; Definitions ------------------------------------------------------------------------------------

(function_declaration name: (identifier) @name) @definition.function

; A container gets its name from the constant that holds it.
(variable_declaration . (identifier) @name (struct_declaration "{" @body)) @definition.struct
(variable_declaration . (identifier) @name (enum_declaration "{" @body)) @definition.enum
(variable_declaration . (identifier) @name (union_declaration "{" @body)) @definition.union
(variable_declaration . (identifier) @name (opaque_declaration "{" @body)) @definition.struct
(variable_declaration . (identifier) @name (error_set_declaration "{" @body)) @definition.enum
(error_set_declaration (identifier) @name @definition.member)
(enum_declaration (container_field name: (identifier) @name) @definition.member)
; The tags of an enum are written like the types of tuple fields.
(enum_declaration (container_field !name type: (identifier) @name) @definition.member)
(container_field name: (identifier) @name) @definition.field

; Variables in functions are local and claimed by the block around them (see locals.scm).
(block (variable_declaration . (identifier) @local))
((variable_declaration . (identifier) @name) @definition.constant @_declaration
  (#match? @_declaration "^([a-z]+\\s+|\"\\w*\"\\s+)*const\\b"))
(variable_declaration . (identifier) @name) @definition.variable

(test_declaration (string (string_content) @name) (block) @body) @definition.function @test
(test_declaration (identifier) @name (block) @body) @definition.function @test

; Calls ------------------------------------------------------------------------------------------

(call_expression function: (identifier) @name) @reference.call
(call_expression function: (field_expression object: (_) @receiver member: (identifier) @name)) @reference.call
(call_expression function: (field_expression !object member: (identifier) @name)) @reference.call

; Types ------------------------------------------------------------------------------------------

; By convention a capitalised name is a type, wherever it stands.
(struct_initializer . (identifier) @name) @reference.type
(struct_initializer . (field_expression object: (_) @qualifier member: (identifier) @name)) @reference.type
(parameter type: (identifier) @name) @reference.type
(parameter type: (field_expression object: (_) @qualifier member: (identifier) @name)) @reference.type
(container_field type: (identifier) @name) @reference.type
(container_field type: (field_expression object: (_) @qualifier member: (identifier) @name)) @reference.type
(function_declaration type: (identifier) @name) @reference.type
(function_declaration type: (field_expression object: (_) @qualifier member: (identifier) @name)) @reference.type
(variable_declaration type: (identifier) @name) @reference.type
(variable_declaration type: (field_expression object: (_) @qualifier member: (identifier) @name)) @reference.type
(pointer_type (identifier) @name) @reference.type
(pointer_type (field_expression object: (_) @qualifier member: (identifier) @name)) @reference.type
(slice_type (identifier) @name) @reference.type
(nullable_type (identifier) @name) @reference.type
(error_union_type (identifier) @name) @reference.type
(field_expression object: (_) @receiver member: (identifier) @name (#match? @name "^[A-Z][A-Za-z0-9]*[a-z]")) @reference.type

; Reads ------------------------------------------------------------------------------------------

; `.{ .x = 1 }` names a field; `.red` names a tag.
(initializer_list (assignment_expression left: (field_expression !object member: (identifier) @ignore)))
(field_expression object: (_) @receiver member: (identifier) @name) @reference.read
(field_expression member: (identifier) @name) @reference.read
(block_label (identifier) @ignore)
(break_label (identifier) @ignore)
((identifier) @_wildcard @ignore (#eq? @_wildcard "_"))
((identifier) @name @reference.type (#match? @name "^[A-Z][A-Za-z0-9]*[a-z]"))
(identifier) @name @reference.read
