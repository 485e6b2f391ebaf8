; What belongs to the table or key below it.

(comment) @comment
