; What belongs to the key below it.

(comment) @comment
