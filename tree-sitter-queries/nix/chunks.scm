; What belongs to the binding that follows it.

(comment) @comment
