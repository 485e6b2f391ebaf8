; What belongs to the target that follows it.

(comment) @comment
