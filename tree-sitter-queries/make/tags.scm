; Targets, variables and canned recipes of makefiles. Of two patterns that name the same node, the earlier wins.

; A rule may stand inside `ifeq`, and one line may name several targets. `.PHONY` and its kin are settings.
(rule (targets (word) @name (#not-match? @name "^\\.[A-Z_]+$"))) @definition.function
(variable_assignment name: (word) @name (#match? @name "^[A-Z][A-Z0-9_]*$")) @definition.constant
(variable_assignment name: (word) @name) @definition.variable
(define_directive name: (word) @name) @definition.macro

(prerequisites (word) @name) @reference.read
; Variables that make itself sets.
(variable_reference (word) @ignore (#any-of? @ignore "MAKE" "MAKEFLAGS" "MAKECMDGOALS" "CURDIR" "SHELL" "MAKEFILE_LIST"))
(variable_reference (word) @name) @reference.read
; A canned recipe is called with its arguments in one text, `$(call name,1)`, so its name cannot be told from them.
