; What a PHP file brings into scope: `use` at the top, alone or in a group, of classes, functions and constants.

(namespace_use_declaration (namespace_name) @import.module
  body: (namespace_use_group (namespace_use_clause . (name) @import.name alias: (name)? @import.alias))) @import
(namespace_use_declaration (namespace_name) @import.module
  body: (namespace_use_group (namespace_use_clause . (qualified_name) @import.name alias: (name)? @import.alias))) @import
(namespace_use_declaration (namespace_use_clause . (qualified_name (namespace_name) @import.module (name) @import.name) alias: (name)? @import.alias)) @import
(namespace_use_declaration (namespace_use_clause . (name) @import.path alias: (name)? @import.alias)) @import
