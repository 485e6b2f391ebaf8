; What belongs to the definition that follows it. `//!` documents the file or container it opens.

((comment) @doc.inner (#match? @doc.inner "^//!"))
((comment) @comment (#not-match? @comment "^//!"))
