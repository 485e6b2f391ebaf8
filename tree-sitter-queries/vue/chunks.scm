; inherits: html
; Directives hold expressions: `@click="save(item)"`, `:title="label"`, `v-if="ready"`.

(attribute (attribute_name) @_name (quoted_attribute_value (attribute_value) @embedded)
  (#match? @_name "^(@|:|#|v-)") (#set! language "typescript"))
