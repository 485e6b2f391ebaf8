; What a style sheet names: rules by their first selector, animations, custom properties; and what it uses.

(rule_set (selectors . (_) @name) (block) @body) @definition.section
(keyframes_statement (keyframes_name) @name (keyframe_block_list) @body) @definition.section
(media_statement . (_) @name (block) @body) @definition.section
(supports_statement . (_) @name (block) @body) @definition.section
(declaration (property_name) @name (#match? @name "^--")) @definition.variable

; The grammar is that of CSS; of what SCSS adds it reads at least the at-rules.
(at_rule (at_keyword) @_kind (keyword_query) @name (#any-of? @_kind "@mixin" "@function")) @definition.function
(postcss_statement (at_keyword) @_include (call_expression (function_name) @name) (#eq? @_include "@include")) @reference.call
(postcss_statement (at_keyword) @_include (plain_value) @name (#eq? @_include "@include")) @reference.call
(at_rule (at_keyword) @_include (keyword_query) @name (#eq? @_include "@include")) @reference.call

; `var(--accent)`
(call_expression (function_name) @_var (arguments (plain_value) @name) (#eq? @_var "var")) @reference.read
(declaration (property_name) @_property (plain_value) @name (#match? @_property "^animation(-name)?$")) @reference.read
