; What belongs to the definition that follows it.

(comment) @comment
(haddock) @comment
; From `#else` to `#endif` is one leaf to the grammar; what stands there is Haskell all the same.
((cpp) @embedded (#match? @embedded "^#\\s*(else|elif)") (#set! language "haskell") (#set! skip_line))
