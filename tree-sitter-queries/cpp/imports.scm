; inherits: c
; What a C++ file brings into scope: headers, names, all names of a namespace, and a namespace under another name.

(using_declaration [(identifier) (qualified_identifier)] @import.path) @import
(namespace_alias_definition name: (namespace_identifier) @import.alias [(namespace_identifier) (nested_namespace_specifier) (qualified_identifier)] @import.path) @import
