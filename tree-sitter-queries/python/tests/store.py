"""Keeps what was fetched."""

from __future__ import annotations

import json
#      ^^^^ import json
import os.path as osp
#      ^^^^^^^ import os.path as osp
from collections.abc import Iterable, Mapping as Map
#                           ^^^^^^^^ import collections.abc.Iterable
#                                     ^^^^^^^ import collections.abc.Mapping as Map
from . import backend
#             ^^^^^^^ import .backend
from ..core.errors import *
#                         ^ import ..core.errors.*
from typing import (
    Generic,
#   ^^^^^^^ import typing.Generic
    TypeVar,
    overload,
)

T = TypeVar("T")
# <- definition.constant T
#   ^^^^^^^ reference.call
# How many are kept.
LIMIT: int = 10
# <- definition.constant LIMIT
# <- doc How many are kept
_registry = {}
# <- definition.variable _registry
type Pair[K] = tuple[K, K]
#    ^^^^ definition.type Pair
first, second = 1, 2
# <- definition.variable first
#      ^^^^^^ definition.variable second
if LIMIT > 5:
    wide = True
#   ^^^^ definition.variable wide
try:
    import ujson
#          ^^^^^ import ujson
except ImportError:
#      ^^^^^^^^^^^ reference.type
    ujson = None


@dataclass(frozen=True)
# <- chunk.start Entry
# ^^^^^^^^ reference.macro in Entry
class Entry(Base, Generic[T], metaclass=Meta):
#     ^^^^^ definition.class Entry
#     ^^^^^ doc One value with its name.
#           ^^^^ reference.implements in Entry
#                 ^^^^^^^ reference.implements in Entry
#                                       ^^^^ reference.read in Entry
    """One value with its name."""

    name: str
#   ^^^^ definition.field Entry.name
    size: int = field(default=0)
#   ^^^^ definition.field Entry.size
    colour = "red"
#   ^^^^^^ definition.field Entry.colour

    class Meta:
#         ^^^^ definition.class Entry.Meta
        ordering = ["name"]
#       ^^^^^^^^ definition.field Entry.Meta.ordering

    def __init__(self, name: str, *args: Value, size=LIMIT, **options):
#       ^^^^^^^^ definition.constructor Entry.__init__
#       ^^^^^^^^ signature def __init__(self, name: str, *args: Value, size=LIMIT, **options)
#                                        ^^^^^ reference.type in Entry.__init__
#                                                    ^^^^^ reference.read in Entry.__init__
        super().__init__()
#       ^^^^^ reference.call in Entry.__init__
        self.options = options
#                      ^^^^^^^ !reference

    @property
    def path(self) -> osp.Path:
#       ^^^^ definition.method Entry.path
        return self.join(self.name)
#                   ^^^^ reference.call in Entry.path on self

    @path.setter
#         ^^^^^^ reference.macro on path
    def path(self, value): ...

    @overload
    def get(self, key: int) -> int: ...
    @overload
    def get(self, key: str) -> str: ...
    def get(self, key):
#       ^^^ definition.method Entry.get
        def inner(found):
#           ^^^^^ definition.function Entry.get.inner
            return found
#                  ^^^^^ !reference

        for each, (left, right) in self.rows(key):
            yield inner(each), left, [part for part in right if part]
#                 ^^^^^ reference.call in Entry.get
#                       ^^^^ !reference
#                              ^^^^ !reference
#                                     ^^^^ !reference
        with open(key) as handle:
#            ^^^^ reference.call in Entry.get
            handle.read()
#           ^^^^^^ !reference
#                  ^^^^ reference.call in Entry.get on handle
        if (count := len(key)) > LIMIT:
#           ^^^^^ !reference
            return lambda x: x + count + wide
#                            ^ !reference
#                                        ^^^^ reference.read in Entry.get

    async def fetch(self, entries: list[Entry] | None = None) -> dict[str, Entry]:
#             ^^^^^ definition.method Entry.fetch
#             ^^^^^ signature async def fetch(self, entries: list[Entry] | None = None) -> dict[str, Entry]
#             ^^^^^ doc Fetches all of them
#                                       ^^^^^ reference.type in Entry.fetch
#                                                                          ^^^^^ reference.type in Entry.fetch
        """
        Fetches all of them.
        """
        match entries:
            case Entry(name=given):
#                ^^^^^ reference.type in Entry.fetch
                return given
#                      ^^^^^ !reference
            case {"key": bound} | Shade.RED as shade:
#                                       ^^^ reference.read
                return bound, shade
#                      ^^^^^ !reference
#                             ^^^^^ !reference
            case [head, *tail]:
                return head, tail
#                      ^^^^ !reference
#                            ^^^^ !reference
        return await backend.load(json.dumps(entries, default=str))
#                            ^^^^ reference.call in Entry.fetch on backend
#                                                     ^^^^^^^ !reference


def make[V](kind: type[Entry], like: "Entry", *rest: V) -> errors.Bad | Entry:
#   ^^^^ definition.function make
#                      ^^^^^ reference.type in make
#                                     ^^^^^ reference.type in make
#                                                    ^ !reference
#                                                                 ^^^ reference.type in make on errors
#                                                                       ^^^^^ reference.type in make
#   ^^^^ !doc
#   ^^^^ !test
    return kind(name="x")
#               ^^^^ !reference


if __name__ == "__main__":
    make(Entry)
#   ^^^^ reference.call


retries = 3
# <- definition.variable retries
retries = retries + 1
# <- !definition
load = backend.traced(backend.load)
# <- definition.variable load


class Limits:
    soft = 1
#   ^^^^ definition.field Limits.soft
    soft = soft * 2
#   ^^^^ !definition
