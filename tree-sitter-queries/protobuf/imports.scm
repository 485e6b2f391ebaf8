; What a Protocol Buffers file brings into scope. `import public` hands it on.

((import path: (string) @import.path) @import @reexport (#match? @reexport "^import\\s+public\\b"))
((import path: (string) @import.path) @import (#not-match? @import "^import\\s+public\\b"))
