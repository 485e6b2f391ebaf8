; inherits: html
; Parts of a component that stand in files of their own are loaded as a page loads its scripts.
