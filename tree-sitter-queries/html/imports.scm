; The scripts and style sheets that a page loads.

(script_element (start_tag (attribute (attribute_name) @_name (quoted_attribute_value (attribute_value) @import.path)))
  (#eq? @_name "src")) @import
(element (start_tag (tag_name) @_tag (attribute (attribute_name) @_name (quoted_attribute_value (attribute_value) @import.path)))
  (#eq? @_tag "link") (#eq? @_name "href")) @import
(element (self_closing_tag (tag_name) @_tag (attribute (attribute_name) @_name (quoted_attribute_value (attribute_value) @import.path)))
  (#eq? @_tag "link") (#eq? @_name "href")) @import
