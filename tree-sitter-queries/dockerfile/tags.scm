; Stages and settings of Dockerfiles. Of two patterns that name the same node, the earlier wins. The grammar does not nest
; a stage's instructions in it, so a stage is the line that opens it.

(from_instruction as: (image_alias) @name) @definition.module
(arg_instruction (arg_pair name: (unquoted_string) @name)) @definition.variable
(env_instruction (env_pair name: (unquoted_string) @name)) @definition.constant

; `FROM build` may name an earlier stage.
(from_instruction (image_spec name: (image_name) @name)) @reference.type
(expansion (variable) @name) @reference.read
