; inherits: html
; Styles and scripts from other files are loaded as a page loads them.
