; What belongs to the rule below it.

(comment) @comment
(js_comment) @comment
