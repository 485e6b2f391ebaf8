; What belongs to the definition that follows it. Attributes are part of the declaration.

(comment) @comment
