; Fenced code is read in its own language, and front matter as YAML.

(fenced_code_block (info_string (language) @embedded.language) (code_fence_content) @embedded)
((minus_metadata) @embedded (#set! language "yaml"))
