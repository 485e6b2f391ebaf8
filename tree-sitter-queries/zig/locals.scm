; Names bound inside a function: reading them is no reference to a symbol. Variables of blocks are in tags.scm, because
; they must come before the patterns of containers' variables.

(parameter name: (identifier) @local)
(payload (identifier) @local)
