; Blocks of Terraform and other HCL. Of two patterns that name the same node, the earlier wins. Blocks inside blocks are
; settings, not symbols.

(block (identifier) @_kind (string_lit (template_literal) @container) (string_lit (template_literal) @name) (body)? @body
  (#any-of? @_kind "resource" "data" "ephemeral")) @definition.class
(block (identifier) @_kind (string_lit (template_literal) @name) (body)? @body (#eq? @_kind "module")) @definition.module
(block (identifier) @_kind (string_lit (template_literal) @name) (body)? @body (#eq? @_kind "variable")) @definition.variable
(block (identifier) @_kind (string_lit (template_literal) @name) (body)? @body (#eq? @_kind "output")) @definition.property
(block (identifier) @_kind (string_lit (template_literal) @name) (body)? @body (#any-of? @_kind "provider" "backend")) @definition.namespace
(block (identifier) @_kind (body (attribute (identifier) @name) @definition.constant) (#eq? @_kind "locals"))
(config_file (body (block (identifier) @name (body)? @body (#any-of? @name "terraform")) @definition.section))
; A file of values (`.tfvars`).
(config_file (body (attribute (identifier) @name) @definition.variable))

; `var.region`, `aws_instance.web.id`: each part is a use, after its root.
(expression (variable_expr (identifier) @qualifier) (get_attr (identifier) @name)) @reference.read
(template_interpolation (expression (variable_expr (identifier) @qualifier) (get_attr (identifier) @name))) @reference.read
