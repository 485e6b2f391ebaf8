; What belongs to the definition that follows it: comments, and Sorbet's signatures and Rake's descriptions, which are calls.

((comment) @comment (#not-match? @comment "^#!"))
(call !receiver method: (identifier) @_sig block: (_) (#eq? @_sig "sig")) @attribute
(call !receiver method: (identifier) @_desc arguments: (argument_list (string)) (#eq? @_desc "desc")) @attribute
