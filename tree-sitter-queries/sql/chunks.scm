; What belongs to the statement that follows it.

(comment) @comment
(marginalia) @comment
