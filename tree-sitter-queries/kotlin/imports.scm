; What a Kotlin file brings into scope. The last part of a path is a type, a function or a property alike.

(import (qualified_identifier) @import.module "*" @import.glob) @import
(import (qualified_identifier) @import.path (identifier)? @import.alias (#not-match? @import "[*]")) @import
(import . (identifier) @import.path) @import
