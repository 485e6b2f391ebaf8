# A package.
{ lib, stdenv, fetchurl ? null, ... }@args:
let
  # Of the release.
  version = "1.0";
# ^^^^^^^ definition.variable version
# ^^^^^^^ doc Of the release
  add = left: right: left + right;
# ^^^ definition.function add
#                    ^^^^ !reference
in
stdenv.mkDerivation rec {
#      ^^^^^^^^^^^^ reference.call on stdenv
  pname = "store";
# ^^^^^ definition.property pname
  inherit version;
#         ^^^^^^^ reference.read
  src = fetchurl { url = "x"; };
# ^^^ definition.property src
#                  ^^^ !definition
  meta.license = lib.licenses.mit;
#      ^^^^^^^ definition.property meta.license
  sum = add 1 2;
#       ^^^ reference.call
  imports = [ ./hardware.nix ];
#             ^^^^^^^^^^^^^^ import ./hardware.nix as hardware
  overlay = final: prev: { hello = final.hi; };
# ^^^^^^^ definition.function overlay
#                          ^^^^^ definition.property overlay.hello
  other = import ./other.nix { inherit lib; };
#                ^^^^^^^^^^^ import ./other.nix as other
}
