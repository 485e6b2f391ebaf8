; What a C file includes: all of a header.

(preproc_include path: (system_lib_string) @import.path) @import
(preproc_include path: (string_literal (string_content) @import.path)) @import
