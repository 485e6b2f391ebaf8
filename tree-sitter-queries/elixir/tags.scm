; Definitions and references of Elixir, where everything is a call: `defmodule M do`, `def f(x) do`. Of two patterns that
; name the same node, the earlier wins, so what is defined comes before what is called.

; Modules ----------------------------------------------------------------------------------------

(call target: (identifier) @_call (arguments . (alias) @name) (do_block) @body (#eq? @_call "defmodule")) @definition.module
(call target: (identifier) @_call (arguments . (alias) @name) (#eq? @_call "defmodule")) @definition.module
(call target: (identifier) @_call (arguments . (alias) @name) (do_block) @body (#eq? @_call "defprotocol")) @definition.interface
; An implementation has the protocol's name below the name of the type it is for.
(call target: (identifier) @_call (arguments . (alias) @name (keywords (pair key: (keyword) @_for value: (alias) @container))) (do_block) @body
  (#eq? @_call "defimpl") (#match? @_for "^for:")) @definition.impl
(call target: (identifier) @_call (arguments . (alias) @name) (do_block) @body (#eq? @_call "defimpl")) @definition.impl
(call target: (identifier) @_call (arguments . (alias) @name) (#eq? @_call "defimpl")) @reference.implements
(call target: (identifier) @_call (arguments . (alias) @name) (#any-of? @_call "use" "import" "require")) @reference.implements

; Functions: every clause of a name in a row is one symbol. A head is a call, a bare name, or an operator, each with or
; without a guard; `do` follows as a block or as a keyword.

(call target: (identifier) @_def
  (arguments . [
    (call target: (identifier) @name)
    (identifier) @name
    (binary_operator left: (call target: (identifier) @name) operator: "when")
    (binary_operator left: (identifier) @name operator: "when")
    (binary_operator left: (binary_operator operator: ["+" "-" "*" "/" "++" "--" "+++" "---" ".." "<>" "in" "not in" "|>" "<<<" ">>>" "<<~" "~>>" "<~" "~>" "<~>" "<|>" "<" ">" "<=" ">=" "==" "!=" "=~" "===" "!==" "&&" "&&&" "||" "|||" "and" "or" "^^^" "**" "|" "<-" "::" "=" "//"] @name) operator: "when")
    (binary_operator left: (unary_operator operator: ["+" "-" "!" "^" "~~~" "not" "@" "&"] @name) operator: "when")
    (unary_operator operator: ["+" "-" "!" "^" "~~~" "not" "@" "&"] @name)
    (binary_operator operator: ["+" "-" "*" "/" "++" "--" "+++" "---" ".." "<>" "in" "not in" "|>" "<<<" ">>>" "<<~" "~>>" "<~" "~>" "<~>" "<|>" "<" ">" "<=" ">=" "==" "!=" "=~" "===" "!==" "&&" "&&&" "||" "|||" "and" "or" "^^^" "**" "|" "<-" "::" "=" "//"] @name)
  ])
  (do_block)? @body
  (#any-of? @_def "def" "defp") (#set! merge)) @definition.function
(call target: (identifier) @_def
  (arguments . [
    (call target: (identifier) @name)
    (identifier) @name
    (binary_operator left: (call target: (identifier) @name) operator: "when")
    (binary_operator left: (identifier) @name operator: "when")
    (binary_operator left: (binary_operator operator: ["+" "-" "*" "/" "++" "--" "+++" "---" ".." "<>" "in" "not in" "|>" "<<<" ">>>" "<<~" "~>>" "<~" "~>" "<~>" "<|>" "<" ">" "<=" ">=" "==" "!=" "=~" "===" "!==" "&&" "&&&" "||" "|||" "and" "or" "^^^" "**" "|" "<-" "::" "=" "//"] @name) operator: "when")
    (unary_operator operator: ["+" "-" "!" "^" "~~~" "not" "@" "&"] @name)
    (binary_operator operator: ["+" "-" "*" "/" "++" "--" "+++" "---" ".." "<>" "in" "not in" "|>" "<<<" ">>>" "<<~" "~>>" "<~" "~>" "<~>" "<|>" "<" ">" "<=" ">=" "==" "!=" "=~" "===" "!==" "&&" "&&&" "||" "|||" "and" "or" "^^^" "**" "|" "<-" "::" "=" "//"] @name)
  ])
  (do_block)? @body
  (#any-of? @_def "defmacro" "defmacrop" "defguard" "defguardp") (#set! merge)) @definition.macro
(call target: (identifier) @_def (arguments . [
    (call target: (identifier) @name)
    (identifier) @name
    (binary_operator left: (call target: (identifier) @name) operator: "when")
  ])
  (#any-of? @_def "defdelegate" "defcallback" "defn" "defnp")) @definition.function

; Data and attributes ----------------------------------------------------------------------------

; A struct has the name of its module, so its fields lie in that.
(call target: (identifier) @_call (arguments (list (atom) @name @definition.field))
  (#any-of? @_call "defstruct" "defexception") (#set! trim))
(call target: (identifier) @_call (arguments (keywords (pair key: (keyword) @name) @definition.field))
  (#any-of? @_call "defstruct" "defexception") (#set! trim))
(call target: (identifier) @_call (arguments (list (keywords (pair key: (keyword) @name) @definition.field)))
  (#any-of? @_call "defstruct" "defexception") (#set! trim))
(call target: (identifier) @_call (arguments . (atom) @name)
  (#any-of? @_call "field" "belongs_to" "has_many" "has_one" "many_to_many" "embeds_one" "embeds_many") (#set! trim)) @definition.field
(call target: (identifier) @_call (arguments . (atom) @name) (#any-of? @_call "defrecord" "defrecordp") (#set! trim)) @definition.struct
(call target: (dot left: (alias) @_record right: (identifier) @_call) (arguments . (atom) @name)
  (#eq? @_record "Record") (#any-of? @_call "defrecord" "defrecordp") (#set! trim)) @definition.struct

; A quoted attribute is a value, as in `quote(do: @type(t :: atom))`.
(pair value: (unary_operator operator: "@" operand: (call target: (identifier) @_type))
  (#any-of? @_type "type" "typep" "opaque" "callback" "macrocallback" "spec")) @ignore

; Types: `@type t :: …`, `@type list(a) :: …`; callbacks are what a behaviour asks for.
(unary_operator operator: "@" operand: (call target: (identifier) @_type (arguments (binary_operator left: (identifier) @name operator: "::")))
  (#any-of? @_type "type" "typep" "opaque")) @definition.type
(unary_operator operator: "@" operand: (call target: (identifier) @_type (arguments (binary_operator left: (call target: (identifier) @name) operator: "::")))
  (#any-of? @_type "type" "typep" "opaque")) @definition.type
(unary_operator operator: "@" operand: (call target: (identifier) @_callback (arguments (binary_operator left: (call target: (identifier) @name) operator: "::")))
  (#any-of? @_callback "callback" "macrocallback") (#set! merge)) @definition.method
(unary_operator operator: "@" operand: (call target: (identifier) @_callback
    (arguments (binary_operator left: (binary_operator left: (call target: (identifier) @name) operator: "::") operator: "when")))
  (#any-of? @_callback "callback" "macrocallback") (#set! merge)) @definition.method
(unary_operator operator: "@" operand: (call target: (identifier) @_behaviour (arguments . (alias) @name))
  (#eq? @_behaviour "behaviour")) @reference.implements

; Specifications and documentation belong to what follows them; chunks.scm says so. Only their types are used.
(unary_operator operator: "@" operand: (call target: (identifier) @ignore) (#any-of? @ignore
  "doc" "moduledoc" "typedoc" "spec" "impl" "type" "typep" "opaque" "callback" "macrocallback" "behaviour" "tag" "moduletag" "describetag"
  "deprecated" "since" "derive" "dialyzer" "compile" "before_compile" "after_compile" "external_resource" "on_load" "optional_callbacks"
  "enforce_keys" "fallback_to_any" "shortdoc" "on_definition" "preferred_cli_env" "requirements" "vsn" "file"))
; In a specification the function's own name is no call.
(unary_operator operator: "@" operand: (call target: (identifier) @_spec (arguments (binary_operator left: (call target: (identifier) @ignore) operator: "::")))
  (#eq? @_spec "spec"))
(unary_operator operator: "@" operand: (call target: (identifier) @_spec
    (arguments (binary_operator left: (binary_operator left: (call target: (identifier) @ignore) operator: "::") operator: "when")))
  (#eq? @_spec "spec"))
; Any other attribute with a value is a constant, and without one a read of it.
(unary_operator operator: "@" operand: (call target: (identifier) @name)) @definition.constant
(unary_operator operator: "@" operand: (identifier) @name) @reference.read

; Tests ------------------------------------------------------------------------------------------

(call target: (identifier) @_call (arguments . (string) @name) (do_block) @body
  (#any-of? @_call "test" "property") (#set! trim)) @definition.function @test
(call target: (identifier) @_call (arguments . (string) @name) (do_block) @body
  (#eq? @_call "describe") (#set! trim)) @definition.namespace @test
(call target: (identifier) @_call (arguments (alias) @_case) (#eq? @_call "use") (#match? @_case "(^|\\.)[A-Za-z]*Case$")) @test

; Calls ------------------------------------------------------------------------------------------

; The words of the language and of definitions are no calls.
(call target: (identifier) @ignore (#any-of? @ignore
  "def" "defp" "defmacro" "defmacrop" "defguard" "defguardp" "defmodule" "defprotocol" "defimpl" "defdelegate"
  "if" "unless" "case" "cond" "with" "for" "fn" "quote" "unquote" "unquote_splicing" "defstruct" "defexception" "receive" "try" "raise" "reraise" "throw" "super" "use" "import" "alias" "require"))
(call target: (dot left: [(alias) (atom)] @qualifier right: (identifier) @name)) @reference.call
(call target: (dot left: (identifier) @qualifier right: (identifier) @name) (#eq? @qualifier "__MODULE__")) @reference.call
(call target: (dot left: (_) @receiver right: (identifier) @name) (arguments)) @reference.call
(call target: (dot left: (_) @receiver right: (identifier) @name)) @reference.read
(call target: (identifier) @name) @reference.call
; `&helper/1` and `&Mod.helper/1` name a function without calling it; the second is a call of no arguments to the grammar.
(unary_operator operator: "&" operand: (binary_operator left: (identifier) @name operator: "/")) @reference.read
; `value |> helper` without parentheses.
(binary_operator operator: "|>" right: (identifier) @name) @reference.call

; Modules that are used --------------------------------------------------------------------------

(alias) @name @reference.type

; Reads ------------------------------------------------------------------------------------------

(identifier (#any-of? @ignore "__MODULE__" "__CALLER__" "__ENV__" "__DIR__" "_")) @ignore
(identifier) @name @reference.read
