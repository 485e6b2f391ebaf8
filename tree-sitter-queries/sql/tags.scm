; Definitions and references of SQL. Of two patterns that name the same node, the earlier wins. A schema before a name is
; its container: `app.users`.

; Definitions ------------------------------------------------------------------------------------

(statement (create_table (object_reference schema: (identifier)? @container name: (identifier) @name) (column_definitions)? @body)) @definition.struct
(statement (create_view (object_reference schema: (identifier)? @container name: (identifier) @name) (create_query)? @body)) @definition.type
(statement (create_materialized_view (object_reference schema: (identifier)? @container name: (identifier) @name) (create_query)? @body)) @definition.type
(statement (create_function (object_reference schema: (identifier)? @container name: (identifier) @name) (function_body)? @body)) @definition.function
; A trigger names itself, its table after ON, and after EXECUTE the function that it calls, so the last goes first.
(statement (create_trigger (keyword_execute) (object_reference schema: (identifier)? @qualifier name: (identifier) @name))) @reference.call
(statement (create_trigger (keyword_on) (object_reference schema: (identifier)? @qualifier name: (identifier) @name))) @reference.type
(statement (create_trigger (object_reference schema: (identifier)? @container name: (identifier) @name))) @definition.function
(statement (create_type (object_reference schema: (identifier)? @container name: (identifier) @name))) @definition.type
(statement (create_sequence (object_reference schema: (identifier)? @container name: (identifier) @name))) @definition.variable
(statement (create_index column: (identifier) @name)) @definition.property
(statement (create_schema (identifier) @name)) @definition.namespace
(statement (create_database (identifier) @name)) @definition.namespace
(statement (create_extension (identifier) @name)) @definition.module
(column_definition name: (identifier) @name) @definition.field

; Uses -------------------------------------------------------------------------------------------

(invocation (object_reference schema: (identifier)? @qualifier name: (identifier) @name)) @reference.call
; The alias of a table or of a common expression is nobody else's name.
(cte . (identifier) @local)
(relation alias: (identifier) @local)
(term alias: (identifier) @local)
(function_argument . (identifier) @local)
(field (object_reference name: (identifier) @ignore))
(object_reference schema: (identifier) @ignore)
(object_reference schema: (identifier)? @qualifier name: (identifier) @name) @reference.type
(function_language) @ignore
(field name: (identifier) @name) @reference.read
(field column: (identifier) @name) @reference.read
(column (identifier) @name) @reference.read
