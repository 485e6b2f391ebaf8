; Variables, which live in their function: reading one is no reference to a symbol. Properties are `name` nodes behind an
; arrow or definitions, which are taken before this pattern is asked.

(variable_name (name) @ignore)
