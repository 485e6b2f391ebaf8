; Comments of the dialects that have them.

(comment) @comment
