; Definitions and references of Ruby. Of two patterns that name the same node, the earlier wins.

; Types ------------------------------------------------------------------------------------------

; `Point = Struct.new(:x) do … end` and `Error = Class.new(StandardError)` are classes with another spelling.
(assignment left: (constant) @name right: (call receiver: (constant) @_maker method: (identifier) @_new block: (_)? @body)
  (#any-of? @_maker "Struct" "Data") (#any-of? @_new "new" "define")) @definition.struct
(assignment left: (constant) @name right: (call receiver: (constant) @_maker method: (identifier) @_new block: (_)? @body)
  (#eq? @_maker "Class") (#eq? @_new "new")) @definition.class
(assignment left: (constant) @name right: (call receiver: (constant) @_maker method: (identifier) @_new block: (_)? @body)
  (#eq? @_maker "Module") (#eq? @_new "new")) @definition.module
(call receiver: (constant) @_maker method: (identifier) @_new arguments: (argument_list (simple_symbol) @name @definition.field)
  (#any-of? @_maker "Struct" "Data") (#any-of? @_new "new" "define") (#set! trim))

(class name: (constant) @name) @definition.class
(class name: (scope_resolution scope: (_)? @container name: (constant) @name)) @definition.class
(module name: (constant) @name) @definition.module
(module name: (scope_resolution scope: (_)? @container name: (constant) @name)) @definition.module

; Methods ----------------------------------------------------------------------------------------

(program (method name: (_) @name) @definition.function)
(method name: (_) @name) @definition.method
(singleton_method object: (constant) @container name: (_) @name) @definition.method
(singleton_method name: (_) @name) @definition.method
(alias name: (_) @name) @definition.method

; Methods that a call defines. A name put together at run time (`"do_#{m}"`) is no name.
(call !receiver method: (identifier) @_call arguments: (argument_list . [(simple_symbol) (string)] @name) block: (_)? @body
  (#any-of? @_call "define_method" "define_singleton_method" "alias_method" "scope" "let" "let!" "subject")
  (#not-match? @name "#\\{") (#set! trim)) @definition.method
(call !receiver method: (identifier) @_call arguments: (argument_list (simple_symbol) @name)
  (#any-of? @_call "delegate" "def_delegators" "def_delegator" "def_instance_delegators") (#not-match? @name "^:@") (#set! trim)) @definition.method
(call !receiver method: (identifier) @_call arguments: (argument_list (simple_symbol) @name)
  (#any-of? @_call "attr_accessor" "attr_reader" "attr_writer" "attr" "cattr_accessor" "cattr_reader" "cattr_writer"
    "mattr_accessor" "mattr_reader" "mattr_writer" "class_attribute" "attribute")
  (#set! trim)) @definition.property
(call !receiver method: (identifier) @_call arguments: (argument_list . (simple_symbol) @name)
  (#any-of? @_call "has_many" "has_one" "belongs_to" "has_and_belongs_to_many" "has_one_attached" "has_many_attached")
  (#set! trim)) @definition.property

; Rake.
(call !receiver method: (identifier) @_call arguments: (argument_list . [(simple_symbol) (string)] @name) block: (_)? @body
  (#any-of? @_call "task" "multitask") (#not-match? @name "#\\{") (#set! trim)) @definition.function
(call !receiver method: (identifier) @_call arguments: (argument_list . (pair key: [(hash_key_symbol) (simple_symbol) (string)] @name)) block: (_)? @body
  (#any-of? @_call "task" "multitask" "file") (#not-match? @name "#\\{") (#set! trim)) @definition.function
(call !receiver method: (identifier) @_call arguments: (argument_list . [(simple_symbol) (string)] @name) block: (_) @body
  (#eq? @_call "namespace") (#set! trim)) @definition.namespace

; Tests ------------------------------------------------------------------------------------------

; A group is named by what it describes, an example by its words.
(call receiver: (constant)? @_rspec method: (identifier) @_call arguments: (argument_list . (string) @name) block: (_) @body
  (#any-of? @_call "describe" "context" "feature" "shared_examples" "shared_examples_for" "shared_context" "fdescribe" "xdescribe")
  (#set! trim)) @definition.namespace @test
(call receiver: (constant)? @_rspec method: (identifier) @_call arguments: (argument_list . [(constant) (scope_resolution)] @name) block: (_) @body
  (#any-of? @_call "describe" "context" "feature")) @definition.namespace @test
(call !receiver method: (identifier) @_call arguments: (argument_list . (string) @name) block: (_) @body
  (#any-of? @_call "it" "specify" "example" "scenario" "test" "should" "fit" "xit") (#set! trim)) @definition.function @test
(call !receiver method: (identifier) @_call block: (_)
  (#any-of? @_call "it" "specify" "before" "after" "around" "setup" "teardown")) @test
(method name: (identifier) @_name (#match? @_name "^test_")) @test
(class superclass: (superclass [(constant) (scope_resolution)] @_base) (#match? @_base "(TestCase|Minitest::Test|MiniTest::Test|Minitest::Spec|IntegrationTest)$")) @test

; Constants and variables ------------------------------------------------------------------------

; A constant cannot be assigned inside a method, so wherever one is assigned it is a definition.
(assignment left: (constant) @name) @definition.constant
(assignment left: (scope_resolution scope: (_)? @container name: (constant) @name)) @definition.constant
(assignment left: (left_assignment_list (constant) @name)) @definition.constant
(operator_assignment left: (constant) @name) @definition.constant
(class body: (body_statement (assignment left: (class_variable) @name) @definition.field))
(module body: (body_statement (assignment left: (class_variable) @name) @definition.field))
(program (assignment left: (global_variable) @name) @definition.variable)

; Inheritance ------------------------------------------------------------------------------------

(superclass (constant) @name) @reference.implements
(superclass (scope_resolution scope: (_)? @qualifier name: (constant) @name)) @reference.implements
; `class Point < Struct.new(:x)`
(superclass (call receiver: (constant) @name)) @reference.implements
(call !receiver method: (identifier) @_mixin arguments: (argument_list (constant) @name)
  (#any-of? @_mixin "include" "extend" "prepend")) @reference.implements
(call !receiver method: (identifier) @_mixin arguments: (argument_list (scope_resolution scope: (_)? @qualifier name: (constant) @name))
  (#any-of? @_mixin "include" "extend" "prepend")) @reference.implements
(call receiver: (constant) @_class method: (identifier) @_new arguments: (argument_list . (constant) @name)
  (#eq? @_class "Class") (#eq? @_new "new")) @reference.implements
(call receiver: (constant) @_class method: (identifier) @_new arguments: (argument_list . (scope_resolution scope: (_)? @qualifier name: (constant) @name))
  (#eq? @_class "Class") (#eq? @_new "new")) @reference.implements

; Calls ------------------------------------------------------------------------------------------

; What only shapes the class around it is no call that somebody looks for.
(call !receiver method: (identifier) @ignore (#any-of? @ignore
  "attr_accessor" "attr_reader" "attr_writer" "include" "extend" "prepend" "private" "protected" "public" "module_function"
  "private_constant" "private_class_method" "alias_method" "define_method"))
(body_statement (identifier) @ignore (#any-of? @ignore "private" "protected" "public" "module_function"))
(call receiver: [(constant) (scope_resolution)] @qualifier method: [(identifier) (constant)] @name) @reference.call
(call receiver: (_) @receiver method: [(identifier) (constant)] @name) @reference.call
(call method: [(identifier) (constant)] @name) @reference.call

; Constants that are used --------------------------------------------------------------------------

(scope_resolution scope: (_) @qualifier name: (constant) @name (#match? @name "^[A-Z][A-Z0-9_]+$")) @reference.read
(scope_resolution scope: (_)? @qualifier name: (constant) @name) @reference.type
(constant (#match? @name "^[A-Z][A-Z0-9_]+$")) @name @reference.read
(constant) @name @reference.type

; Reads ------------------------------------------------------------------------------------------

(class_variable) @name @reference.read
(global_variable) @name @reference.read
(identifier) @name @reference.read
