; inherits: html
; Braces hold expressions, in attributes, in text and in blocks.

(expression (svelte_raw_text) @embedded (#set! language "typescript"))
(if_start condition: (svelte_raw_text) @embedded (#set! language "typescript"))
(else_if_start condition: (svelte_raw_text) @embedded (#set! language "typescript"))
(each_start identifier: (svelte_raw_text) @embedded (#set! language "typescript"))
([
  (key_start (svelte_raw_text) @embedded)
  (await_start (svelte_raw_text) @embedded)
  (render_tag (svelte_raw_text) @embedded)
  (html_tag (svelte_raw_text) @embedded)
  (const_tag (svelte_raw_text) @embedded)
] (#set! language "typescript"))
