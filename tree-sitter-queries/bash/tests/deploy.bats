load test_helper
#    ^^^^^^^^^^^ import test_helper

@test "greets a host" {
#      ^^^^^^^^^^^^^ definition.function greets a host
#      ^^^^^^^^^^^^^ test
  run greet web
#     ^^^^^ reference.call
  [ "$status" -eq 0 ]
}

setup() { prepare; }
# <- definition.function setup
#         ^^^^^^^ reference.call in setup
