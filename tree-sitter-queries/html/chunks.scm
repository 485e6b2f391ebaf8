; What belongs to the element below it, and the parts of a page in other languages. A script without a type is JavaScript.

(comment) @comment

(script_element (start_tag) @_tag (raw_text) @embedded
  (#not-match? @_tag "\\s(lang|type)\\s*=") (#set! language "javascript"))
(script_element (start_tag) @_tag (raw_text) @embedded
  (#match? @_tag "\\s(lang|type)\\s*=\\s*[\"']?(module|(text|application)/(x-)?(java|ecma)script|js|mjs)[\"'\\s>;]") (#set! language "javascript"))
(script_element (start_tag) @_tag (raw_text) @embedded
  (#match? @_tag "\\s(lang|type)\\s*=\\s*[\"']?(text/babel|text/jsx|jsx)[\"'\\s>]") (#set! language "jsx"))
(script_element (start_tag) @_tag (raw_text) @embedded
  (#match? @_tag "\\s(lang|type)\\s*=\\s*[\"']?((text|application)/(x-)?typescript|ts|typescript)[\"'\\s>]") (#set! language "typescript"))
(script_element (start_tag) @_tag (raw_text) @embedded
  (#match? @_tag "\\s(lang|type)\\s*=\\s*[\"']?tsx[\"'\\s>]") (#set! language "tsx"))
(script_element (start_tag) @_tag (raw_text) @embedded
  (#match? @_tag "\\stype\\s*=\\s*[\"']?(application/(ld\\+)?json|importmap|speculationrules)[\"'\\s>]") (#set! language "json"))
(style_element (start_tag) @_tag (raw_text) @embedded
  (#not-match? @_tag "\\slang\\s*=\\s*[\"']?(sass|stylus)") (#set! language "css"))
