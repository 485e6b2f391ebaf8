; inherits: html
; A single-file component is markup with scripts and styles in it; its markup uses components.
