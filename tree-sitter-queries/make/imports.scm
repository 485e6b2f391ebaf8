; Makefiles that are read in.

(include_directive filenames: (list (word) @import.path)) @import
