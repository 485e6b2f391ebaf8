; inherits: javascript
; What only TypeScript has: `import fs = require("fs")` and `import Short = Long.Name`.

(import_statement (import_require_clause (identifier) @import.alias source: (string (string_fragment) @import.path))) @import
(import_alias . (identifier) @import.alias (nested_identifier) @import.path) @import
(import_alias . (identifier) @import.alias (identifier) @import.path) @import
