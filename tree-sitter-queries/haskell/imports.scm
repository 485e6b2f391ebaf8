; What a Haskell module brings into scope: names of a list; everything without a list or with `hiding`; only the module when
; the import is qualified.

((import module: (module) @import.path alias: (module)? @import.alias) @import @_import
  (#match? @_import "^import\\s+(\\{-.*-\\}\\s*)?(safe\\s+)?(qualified\\b|[A-Z][\\w.']*\\s+qualified\\b)"))
(import module: (module) @import.path alias: (module) @import.alias (#not-match? @_import "\\bqualified\\b")) @import @_import
(import !names module: (module) @import.module @import.glob (#not-match? @_import "\\bqualified\\b")) @import @_import
(import module: (module) @import.module @import.glob names: (import_list) (#match? @_import "\\bhiding\\b") (#not-match? @_import "\\bqualified\\b")) @import @_import
(import module: (module) @import.module names: (import_list name: (import_name [(variable) (name)] @import.name))
  (#not-match? @_import "\\b(hiding|qualified)\\b") (#set! repeated "name")) @import @_import
(import module: (module) @import.module names: (import_list name: (import_name (prefix_id (operator) @import.name)))
  (#not-match? @_import "\\b(hiding|qualified)\\b") (#set! repeated "name")) @import @_import
