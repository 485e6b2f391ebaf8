; What a style sheet names: rules by their first selector, animations, custom properties; and what it uses.

(rule_set (selectors . (_) @name) (block) @body) @definition.section
(keyframes_statement (keyframes_name) @name (keyframe_block_list) @body) @definition.section
(media_statement . (_) @name (block) @body) @definition.section
(declaration (property_name) @name (#match? @name "^--")) @definition.variable

; `var(--accent)`
(call_expression (function_name) @_var (arguments (plain_value) @name) (#eq? @_var "var")) @reference.read
(declaration (property_name) @_property (plain_value) @name (#match? @_property "^animation(-name)?$")) @reference.read
