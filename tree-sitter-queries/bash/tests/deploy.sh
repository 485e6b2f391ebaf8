#!/usr/bin/env bash
# Brings a release to the hosts.
set -euo pipefail

source ./lib/log.sh
#      ^^^^^^^^^^^^ import ./lib/log.sh
. "$(dirname "$0")/common.sh"
#                 ^^^^^^^^^^ import /common.sh
source "${ROOT}/hosts.sh"
#              ^^^^^^^^^ import /hosts.sh
[ -f local.sh ] && . local.sh
#                    ^^^^^^^^ import local.sh

# What is brought.
# <- chunk.start VERSION
readonly VERSION="1.0"
#        ^^^^^^^ definition.constant VERSION
#        ^^^^^^^ doc What is brought
export TARGET=/srv
#      ^^^^^^ definition.constant TARGET
export PATH=/usr/bin
#      ^^^^ !definition
declare -A ports=([web]=80)
#          ^^^^^ definition.variable ports
COUNT=0
# <- definition.constant COUNT
name=x
# <- definition.variable name
alias ll='ls -l'
#     ^^ definition.function ll

# Greets a host.
# <- chunk.start greet
# Takes its name.
greet() {
# <- definition.function greet
# <- doc Takes its name
# <- signature greet
  local who="$1" other
#       ^^^ !definition
  echo "hi ${who:-$name} $VERSION $other"
#            ^^^ !reference
#                  ^^^^ reference.read in greet
#                         ^^^^^^^ reference.read in greet
#                                  ^^^^^ !reference
# ^^^^ !reference
  for host in a b; do log "$host"; done
#                     ^^^ reference.call in greet
#                           ^^^^ !reference
  while read -r line; do ship "$line"; done < file
#                        ^^^^ reference.call in greet
#                               ^^^^ !reference
  result=$(compute "$who" | filter)
# ^^^^^^ !definition
#          ^^^^^^^ reference.call in greet
#                           ^^^^^^ reference.call in greet
  if [[ -n $result ]]; then cleanup; fi
#           ^^^^^^ !reference
#                           ^^^^^^^ reference.call in greet
  (( COUNT++ ))
#    ^^^^^ reference.read in greet
}
# <- chunk.end greet

function with_keyword {
#        ^^^^^^^^^^^^ definition.function with_keyword
#        ^^^^^^^^^^^^ signature function with_keyword
#        ^^^^^^^^^^^^ !test
  greet me
# ^^^^^ reference.call in with_keyword
}
function both() ( greet you )
#        ^^^^ definition.function both
#                 ^^^^^ reference.call in both
log::info() { printf '%s\n' "$*"; }
#    ^^^^ definition.function log::info
outer() {
  inner() { :; }
# ^^^^^ definition.function outer::inner
}
trap cleanup EXIT
#    ^^^^^^^ reference.call
test_greet() { assertEquals 1 "$(greet)"; }
# <- definition.function test_greet
# <- test
attempts=0
# <- definition.variable attempts
attempts=$((attempts + 1))
# <- !definition
