; A heading with all that stands under it is a section. The grammar makes no section of an underlined heading, so that
; heading is one by itself.

(section (atx_heading heading_content: (inline) @name) (_)? @body) @definition.section
(setext_heading heading_content: (paragraph (inline) @name)) @definition.section
