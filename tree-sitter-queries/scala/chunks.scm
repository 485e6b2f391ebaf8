; What belongs to the definition that follows it. Annotations are part of the declaration.

(comment) @comment
(block_comment) @comment
