; What belongs to the stage or setting that follows it.

(comment) @comment
