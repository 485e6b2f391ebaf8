; What a Go file brings into scope: packages by path, named by an alias or by the path's last part.

(import_spec name: (dot) @import.glob path: (_ [(interpreted_string_literal_content) (raw_string_literal_content)] @import.path)) @import
(import_spec name: (package_identifier)? @import.alias path: (_ [(interpreted_string_literal_content) (raw_string_literal_content)] @import.path)) @import
(import_spec name: (blank_identifier) path: (_ [(interpreted_string_literal_content) (raw_string_literal_content)] @import.path)) @import
