; Names bound inside a clause: reading them is no reference to a symbol. A pattern binds every name in it, wherever it
; stands, and the walk knows no "any depth", so the usual shapes are spelled out.

; Parameters.
(call target: (identifier) @_def (arguments . (call (arguments (identifier) @local))) (#match? @_def "^def"))
(call target: (identifier) @_def (arguments . (call (arguments (tuple (identifier) @local)))) (#match? @_def "^def"))
(call target: (identifier) @_def (arguments . (call (arguments (list (identifier) @local)))) (#match? @_def "^def"))
(call target: (identifier) @_def (arguments . (call (arguments (binary_operator left: (identifier) @local operator: "=")))) (#match? @_def "^def"))
(call target: (identifier) @_def (arguments . (call (arguments (binary_operator right: (identifier) @local operator: "=")))) (#match? @_def "^def"))
(call target: (identifier) @_def (arguments . (call (arguments (binary_operator left: (identifier) @local operator: "\\\\")))) (#match? @_def "^def"))
(call target: (identifier) @_def (arguments . (call (arguments (map (map_content (keywords (pair value: (identifier) @local))))))) (#match? @_def "^def"))
(call target: (identifier) @_def (arguments . (call (arguments (keywords (pair value: (identifier) @local))))) (#match? @_def "^def"))

; Parameters before a guard.
(call target: (identifier) @_def (arguments . (binary_operator left: (call (arguments (identifier) @local)) operator: "when")) (#match? @_def "^def"))
(call target: (identifier) @_def (arguments . (binary_operator left: (call (arguments (tuple (identifier) @local))) operator: "when")) (#match? @_def "^def"))
(call target: (identifier) @_def (arguments . (binary_operator left: (call (arguments (list (identifier) @local))) operator: "when")) (#match? @_def "^def"))
(call target: (identifier) @_def (arguments . (binary_operator left: (call (arguments (binary_operator left: (identifier) @local operator: "="))) operator: "when")) (#match? @_def "^def"))
(call target: (identifier) @_def (arguments . (binary_operator left: (call (arguments (binary_operator right: (identifier) @local operator: "="))) operator: "when")) (#match? @_def "^def"))
(call target: (identifier) @_def (arguments . (binary_operator left: (call (arguments (binary_operator left: (identifier) @local operator: "\\\\"))) operator: "when")) (#match? @_def "^def"))
(call target: (identifier) @_def (arguments . (binary_operator left: (call (arguments (map (map_content (keywords (pair value: (identifier) @local)))))) operator: "when")) (#match? @_def "^def"))
(call target: (identifier) @_def (arguments . (binary_operator left: (call (arguments (keywords (pair value: (identifier) @local)))) operator: "when")) (#match? @_def "^def"))

; Clauses of `case`, `fn`, `receive`.
(stab_clause left: (arguments (identifier) @local))
(stab_clause left: (arguments (tuple (identifier) @local)))
(stab_clause left: (arguments (list (identifier) @local)))
(stab_clause left: (arguments (binary_operator left: (identifier) @local operator: "=")))
(stab_clause left: (arguments (binary_operator right: (identifier) @local operator: "=")))
(stab_clause left: (arguments (binary_operator left: (identifier) @local operator: "\\\\")))
(stab_clause left: (arguments (map (map_content (keywords (pair value: (identifier) @local))))))
(stab_clause left: (arguments (keywords (pair value: (identifier) @local))))

(stab_clause left: (binary_operator left: (arguments (identifier) @local) operator: "when"))
; Wherever they stand: nested patterns, matches, generators.
(call target: (identifier) @_def (arguments . (binary_operator left: (identifier) @local right: (identifier) @local)) (#match? @_def "^def"))
(binary_operator left: (identifier) @local operator: "=")
(binary_operator left: (tuple (identifier) @local) operator: "=")
(binary_operator left: (list (identifier) @local) operator: "=")
(binary_operator left: (list (binary_operator left: (identifier) @local operator: "|")) operator: "=")
(binary_operator left: (list (binary_operator right: (identifier) @local operator: "|")) operator: "=")
(binary_operator left: (map (map_content (keywords (pair value: (identifier) @local)))) operator: "=")
(binary_operator left: (tuple (tuple (identifier) @local)) operator: "=")
(binary_operator left: (identifier) @local operator: "<-")
(binary_operator left: (tuple (identifier) @local) operator: "<-")
(binary_operator left: (map (map_content (keywords (pair value: (identifier) @local)))) operator: "<-")
(arguments (list (binary_operator left: (identifier) @local operator: "|")))
(arguments (list (binary_operator right: (identifier) @local operator: "|")))
