; What belongs to the definition that follows it. Decorators are part of `decorated_definition`.

((comment) @comment (#not-match? @comment "^#!"))
