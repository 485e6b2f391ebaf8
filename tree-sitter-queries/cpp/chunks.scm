; inherits: c
; What belongs to the definition that follows it; attributes are part of the declaration.
