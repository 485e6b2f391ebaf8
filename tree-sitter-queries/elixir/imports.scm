; What an Elixir module brings into scope. `use` and `import` are dependencies on a module as a whole.

(call target: (identifier) @_call (arguments . (dot left: (alias) @import.module right: (tuple (alias) @import.name)))
  (#any-of? @_call "alias" "import" "require" "use")) @import
(call target: (identifier) @_call (arguments . (alias) @import.path (keywords (pair key: (keyword) @_as value: (alias) @import.alias)))
  (#any-of? @_call "alias" "require") (#match? @_as "^as:")) @import
(call target: (identifier) @_call (arguments . (alias) @import.path (keywords)?)
  (#any-of? @_call "alias" "import" "require")) @import
