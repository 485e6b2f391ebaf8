; Definitions and references of shell scripts. Of two patterns that name the same node, the earlier wins.

; Functions, in both spellings and with any body -------------------------------------------------

(function_definition name: (word) @name (#match? @name "^test_")) @definition.function @test
(function_definition name: (word) @name) @definition.function
(command name: (command_name (word) @_alias) argument: (concatenation . (word) @name) (#eq? @_alias "alias") (#match? @name "^[^-=].*=$")
  (#set! repeated "argument") (#set! trim)) @definition.function

; Bats: `@test "name" {` is a command to the grammar; its lines follow as commands of the file.
(command name: (command_name (word) @_test) argument: (string (string_content) @name) (#eq? @_test "@test")) @definition.function @test
(command name: (command_name (word) @_test) argument: (raw_string) @name (#eq? @_test "@test") (#set! trim)) @definition.function @test

; Variables of the script: a constant when it cannot change, is handed on, or has an upper-case name. What a function
; assigns is left to it: nothing tells a global that it sets from a local that it forgot to declare.
; Variables of every shell are set here, not defined; and what is assigned again is defined where it was assigned first.
(program (declaration_command ["readonly" "export"] (variable_assignment name: (variable_name) @name)) @definition.constant
  (#not-any-of? @name "PATH" "IFS" "TERM" "HOME" "LANG" "LC_ALL" "LC_CTYPE" "SHELL" "PS1" "PS2" "PS3" "PS4" "PWD" "OLDPWD" "DISPLAY" "UMASK" "TMPDIR" "LD_LIBRARY_PATH" "DEBIAN_FRONTEND") (#set! once))
(program (declaration_command ["declare" "typeset"] (variable_assignment name: (variable_name) @name)) @definition.variable (#set! once))
(program (variable_assignment name: (variable_name) @name) @definition.constant (#match? @name "^_*[A-Z][A-Z0-9_]*$")
  (#not-any-of? @name "PATH" "IFS" "TERM" "HOME" "LANG" "LC_ALL" "LC_CTYPE" "SHELL" "PS1" "PS2" "PS3" "PS4" "PWD" "OLDPWD" "DISPLAY" "UMASK" "TMPDIR" "LD_LIBRARY_PATH" "DEBIAN_FRONTEND") (#set! once))
(program (variable_assignment name: (variable_name) @name) @definition.variable (#not-match? @name "^[A-Z]") (#set! once))
(program (variable_assignments (variable_assignment name: (variable_name) @name) @definition.variable) (#set! once))

; Calls ------------------------------------------------------------------------------------------

; Builtins, and tools that every script uses, are no references to anything that a project defines.
(command_name (word) @ignore (#any-of? @ignore
  "." "source" ":" "[" "alias" "bg" "bind" "break" "builtin" "cat" "cd" "chmod" "command" "compgen" "complete" "continue" "cp" "cut" "declare"
  "dirname" "basename" "echo" "eval" "exec" "exit" "export" "false" "fg" "getopts" "grep" "hash" "head" "jobs" "kill" "let" "local" "ls" "mapfile"
  "mkdir" "mv" "popd" "printf" "pushd" "pwd" "read" "readarray" "readonly" "return" "rm" "sed" "set" "shift" "shopt" "sleep" "sort" "tail"
  "test" "times" "touch" "tr" "trap" "true" "type" "typeset" "ulimit" "umask" "unalias" "uniq" "unset" "wait" "wc" "xargs" "}" "{" "@test"))
(command_name (word) @name (#match? @name "^[A-Za-z_][\\w:.+-]*$")) @reference.call
; Functions that are handed on by name: `trap cleanup EXIT`, and `run greet` of Bats.
(command name: (command_name (word) @_by) argument: (word) @name (#any-of? @_by "trap" "run") (#match? @name "^[a-z_][\\w:.-]*$")) @reference.call

; Reads ------------------------------------------------------------------------------------------

; An assignment names no use; nor does a parameter by number.
(variable_assignment name: (variable_name) @ignore)
(unset_command (variable_name) @ignore)
(variable_name (#match? @ignore "^([0-9]+|IFS|PATH|HOME|PWD|OLDPWD|RANDOM|REPLY|SECONDS|LINENO|FUNCNAME|BASH_.*|UID|EUID|PS[0-4])$")) @ignore
(variable_name) @name @reference.read
