; Definitions and references of Protocol Buffers. Of two patterns that name the same node, the earlier wins.

; Definitions ------------------------------------------------------------------------------------

; The package holds the rest of the file.
(package (full_ident) @name (#set! rest)) @definition.namespace

(message (message_name (identifier) @name) (message_body) @body) @definition.struct
(enum (enum_name (identifier) @name) (enum_body) @body) @definition.enum
(enum_field (identifier) @name) @definition.member
(service (service_name (identifier) @name)) @definition.interface
(rpc (rpc_name (identifier) @name)) @definition.method
(oneof . (identifier) @name) @definition.field
(oneof_field (identifier) @name) @definition.field
(map_field (identifier) @name) @definition.field
(field (identifier) @name) @definition.field

; Types ------------------------------------------------------------------------------------------

; Of `google.protobuf.Timestamp` the last part is the type; the package before it is not looked up.
(message_or_enum_type . (identifier) @ignore (identifier) @ignore (identifier) @ignore (identifier) @ignore (identifier) @name) @reference.type
(message_or_enum_type . (identifier) @ignore (identifier) @ignore (identifier) @ignore (identifier) @name) @reference.type
(message_or_enum_type . (identifier) @ignore (identifier) @ignore (identifier) @name) @reference.type
(message_or_enum_type . (identifier) @ignore (identifier) @name) @reference.type
(message_or_enum_type (identifier) @name) @reference.type

; A message that is extended elsewhere.
(extend (full_ident . (identifier) @ignore (identifier) @ignore (identifier) @ignore (identifier) @name)) @reference.implements
(extend (full_ident . (identifier) @ignore (identifier) @ignore (identifier) @name)) @reference.implements
(extend (full_ident . (identifier) @ignore (identifier) @name)) @reference.implements
(extend (full_ident (identifier) @name)) @reference.implements

; Options are settings.
(option) @ignore
(field_options) @ignore
(identifier) @ignore
