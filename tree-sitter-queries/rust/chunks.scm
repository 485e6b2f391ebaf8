; What belongs to the definition that follows it.

(line_comment !inner) @comment
(block_comment !inner) @comment
(line_comment inner: (_)) @doc.inner
(block_comment inner: (_)) @doc.inner
(attribute_item) @attribute
