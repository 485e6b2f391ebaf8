; What a page names: elements with an id, and headings by their text.

(element (start_tag (attribute (attribute_name) @_name (quoted_attribute_value (attribute_value) @name)) (#eq? @_name "id")) (_)? @body) @definition.section
(element (self_closing_tag (attribute (attribute_name) @_name (quoted_attribute_value (attribute_value) @name)) (#eq? @_name "id"))) @definition.property
(element (start_tag (tag_name) @_tag (#match? @_tag "^([hH][1-6]|title|legend|caption|summary)$")) (text) @name) @definition.section

; A capitalised element is a component; a name with a hyphen is a custom element.
(start_tag (tag_name) @name (#match? @name "^([A-Z]|\\w+-)")) @reference.call
(self_closing_tag (tag_name) @name (#match? @name "^([A-Z]|\\w+-)")) @reference.call
