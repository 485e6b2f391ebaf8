; What a Scala file brings into scope, in the spellings of Scala 2 (`{A => B, _}`) and 3 (`A as B`, `*`, `given`).

(import_declaration) @import
