from typing import Any as Any
#                  ^^^ import typing.Any as Any

def loads(text: str, *, strict: bool = ...) -> Any: ...
#   ^^^^^ definition.function loads

class Decoder:
    strict: bool
#   ^^^^^^ definition.field Decoder.strict
    def decode(self, text: str) -> Any: ...
#       ^^^^^^ definition.method Decoder.decode
#                          ^^^ reference.type in Decoder.decode
