; Modules that a configuration draws in: a source with a path in it. The source of a provider has no dots or scheme before it.

(attribute (identifier) @_source (expression (literal_value (string_lit (template_literal) @import.path)))
  (#eq? @_source "source") (#match? @import.path "^(\\.{1,2}/|git::|git@|https?:|github\\.com/|[\\w-]+/[\\w-]+/[\\w-]+)")) @import
