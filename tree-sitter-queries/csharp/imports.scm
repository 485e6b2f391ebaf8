; What a C# file brings into scope. `using Json = A.B;` binds an alias; `global using` does so for the whole project.

(using_directive name: (identifier) @import.alias [(qualified_name) (generic_name) (alias_qualified_name)] @import.path) @import
(using_directive !name (qualified_name) @import.path) @import
(using_directive !name (identifier) @import.path) @import
