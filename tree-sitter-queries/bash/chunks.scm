; What belongs to the definition that follows it.

((comment) @comment (#not-match? @comment "^#!"))
