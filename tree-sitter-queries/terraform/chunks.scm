; What belongs to the block that follows it.

(comment) @comment
