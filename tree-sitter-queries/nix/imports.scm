; Files that a Nix file reads: `import ./x.nix`, `callPackage ./x { }`, and the modules of `imports`.

(apply_expression function: (variable_expression name: (identifier) @_import) argument: (path_expression) @import.path
  (#any-of? @_import "import" "callPackage")) @import
(binding attrpath: (attrpath) @_imports expression: (list_expression element: (path_expression) @import.path)
  (#eq? @_imports "imports") (#set! repeated "element")) @import
