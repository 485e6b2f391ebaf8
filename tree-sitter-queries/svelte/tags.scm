; inherits: html
; What a component's markup adds to a page: snippets are its functions.

(snippet_statement (snippet_start (snippet_name) @name) (_)? @body) @definition.function
